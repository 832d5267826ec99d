"""The tables of work.db. The migrations make them; a test holds the two together."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator


class Id(TypeDecorator[UUID]):
    """A UUID as its 16 bytes."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> bytes | None:
        return None if value is None else value.bytes

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> UUID | None:
        return None if value is None else UUID(bytes=value)


metadata: Final = MetaData()


def _needed(name: str, kind: Any, *more: Any, **options: Any) -> Column[Any]:
    return Column(name, kind, *more, nullable=False, **options)


# ------------------------------------------------------------------------ who and in which state

seat: Final = Table(
    "seat",
    metadata,
    Column("id", Integer, primary_key=True),  # always 1; no row until enrolled
    _needed("server_url", Text),
    _needed("device_id", Id),
    _needed("incarnation", Integer),
    _needed("kind", Text),
    _needed("programme_id", Id),
    _needed("office_id", Id),
    _needed("epoch", Id),
    _needed("document", JSON),  # the enrolment's answer as it came
)

state: Final = Table(
    "state",
    metadata,
    Column("id", Integer, primary_key=True),  # always 1, always there
    Column("members_file", Text),
    _needed("online", Boolean),
    _needed("problem", Text),
    _needed("matters", Integer),  # how many were numbered here
    Column("shift_id", Id),  # the open shift, which outlives the sessions within it
    Column("shift_opened_ms", Integer),
    Column("last_contact_ms", Integer),
    Column("last_pull_ms", Integer),
    Column("offset_ms", Integer),
    Column("contact_boot_id", Text),
    Column("contact_boot_ms", Integer),
)

absence: Final = Table(
    "absence",
    metadata,
    Column("id", Integer, primary_key=True),  # always 1; no row before the first look
    _needed("absent_ms", Integer),
    _needed("limit_ms", Integer),
    _needed("wall_ms", Integer),
    _needed("boot_id", Text),
    _needed("boot_ms", Integer),
    _needed("journal_row", Integer),  # up to where the journal's times are part of it
)

session: Final = Table(
    "session",
    metadata,
    Column("id", Integer, primary_key=True),  # always 1; no row while nobody is signed in
    _needed("session_id", Id),
    _needed("staff_id", Id),
    Column("shift_id", Id),
    Column("shift_opened_ms", Integer),
)

failed_try: Final = Table(
    "failed_try",
    metadata,
    Column("staff_number", Text, primary_key=True),
    _needed("tries", Integer),
    _needed("last_ms", Integer),
)

# -------------------------------------------------------------------------------- the journal

chain: Final = Table(
    "chain",
    metadata,
    Column("incarnation", Integer, primary_key=True),
    _needed("last_seq", Integer),
    _needed("last_link", LargeBinary),
    _needed("confirmed_seq", Integer),
    _needed("safe_seq", Integer),  # in the server's confirmed backups
    _needed("pruned_seq", Integer),  # bodies up to here are gone on purpose (see `pruning`)
)

# Up to where the chain was taken in by which of the server's transactions
acknowledged: Final = Table(
    "acknowledged",
    metadata,
    Column("incarnation", Integer, primary_key=True),
    Column("seq", Integer, primary_key=True),
    _needed("mark", Integer),
    _needed("since_ms", Integer),
)

journal: Final = Table(
    "journal",
    metadata,
    Column("incarnation", Integer, primary_key=True),
    Column("seq", Integer, primary_key=True),
    _needed("event_id", Id, unique=True),
    _needed("type", Text),
    _needed("wall_ms", Integer),
    Column("shift_id", Id),
    _needed("body", LargeBinary),  # empty: the disk doesn't give it back (see `mending`)
    _needed("link", LargeBinary),
    Column("urgent", Text),  # 'waiting', 'delivered'; NULL: travels with its chain alone
    Column("decision", Text),  # 'duplicate', 'exception'; NULL: none yet, or accepted
    _needed("code", Text),
    _needed("message", Text),
    # What is left of an entry whose page is damaged stands here, on pages of its own
    Index(
        "journal_places", "incarnation", "seq", "event_id", "type", "wall_ms", "shift_id", "link"
    ),
)

journal_archive: Final = Table(
    "journal_archive",
    metadata,
    Column("incarnation", Integer, primary_key=True),
    Column("seq", Integer, primary_key=True),
    _needed("event_id", Id),
    _needed("body", LargeBinary),
    _needed("link", LargeBinary),
)

blob: Final = Table(
    "blob",
    metadata,
    Column("commitment", Text, primary_key=True),
    _needed("event_id", Id, ForeignKey("journal.event_id")),
    _needed("salt", LargeBinary),
    _needed("content", LargeBinary),
)

# ------------------------------------------------------------------------ what the counter did

encounter: Final = Table(
    "encounter",
    metadata,
    Column("encounter_id", Id, primary_key=True),
    _needed("opened_ms", Integer),
    Column("member_id", Id),
    Column("proof", Text),
    Column("shift_id", Id),
    Column("outcome", Text),
    Column("rating_state", Text),
    Column("rating_id", Id),
    _needed("rating_revision", Integer),
    Column("rating_score", Integer),
    Column("rated_ms", Integer),
    Column("staff_id", Id),  # who began to serve
    Column("appeal_id", Id),  # theirs against its rating
)

line: Final = Table(
    "line",
    metadata,
    Column("id", Integer, primary_key=True),  # in the order of recording
    _needed("ref_id", Id),
    _needed("encounter_id", Id, ForeignKey("encounter.encounter_id")),
    _needed("kind", Text),
    _needed("text", Text),
    Column("points", Integer),
    _needed("event_id", Id, ForeignKey("journal.event_id")),
    _needed("undone", Boolean),
)

redemption: Final = Table(
    "redemption",
    metadata,
    Column("redemption_id", Id, primary_key=True),
    _needed("encounter_id", Id, ForeignKey("encounter.encounter_id")),
    _needed("member_id", Id),
    _needed("reward_id", Id),
    _needed("reward_name", Text),
    _needed("points", Integer),
    _needed("state", Text),
    Column("cover", Text),
    Column("lease_id", Id),
    _needed("cash_minor", Integer),
    _needed("currency", Text),
    Column("staff_id", Id),
    _needed("at_ms", Integer),
    Index("redemption_given", "staff_id", "at_ms"),
    Index("redemption_member", "member_id"),
)

# Rewards that came back here, wherever they had been given
refund: Final = Table(
    "refund",
    metadata,
    Column("refund_id", Id, primary_key=True),
    _needed("redemption_id", Id),
    _needed("points", Integer),  # of what was spent
    _needed("event_id", Id),
    Index("refund_of", "redemption_id"),
)

coupon: Final = Table(
    "coupon",
    metadata,
    Column("coupon_key", Text, primary_key=True),
    _needed("ref_id", Id),
)

# --------------------------------------- the overlay: done here, not yet in the members file
# `mark` is the server's transaction that applied the change, NULL while it hasn't confirmed it.

effect: Final = Table(
    "effect",
    metadata,
    Column("id", Integer, primary_key=True),
    _needed("ref_id", Id),  # the accrual or redemption
    _needed("member_id", Id),
    _needed("points", Integer),  # signed: what it does to the balance
    _needed("undo", Boolean),  # takes back the effect of the same ref
    Column("event_id", Id),  # NULL: posted online, known by its mark alone
    Column("mark", Integer),
    _needed("state", Text),  # 'pending', 'shown' by the members file, 'void': refused
)

joined: Final = Table(
    "joined",
    metadata,
    Column("member_id", Id, primary_key=True),
    _needed("profile", JSON),
    _needed("event_id", Id),
    Column("mark", Integer),
)

contact: Final = Table(
    "contact",
    metadata,
    Column("id", Integer, primary_key=True),
    _needed("member_id", Id),
    _needed("change", JSON),
    _needed("event_id", Id),
    Column("mark", Integer),
)

case_action: Final = Table(
    "case_action",
    metadata,
    Column("id", Integer, primary_key=True),
    _needed("case_id", Id),
    _needed("action", Text),
    _needed("at_ms", Integer),
    _needed("staff_id", Id),
    _needed("text", Text),
    _needed("event_id", Id),
    Column("mark", Integer),
)

# ------------------------------------------------------------------------ promised by the server

lease: Final = Table(
    "lease",
    metadata,
    Column("lease_id", Id, primary_key=True),
    _needed("member_id", Id),
    _needed("points", Integer),
    _needed("spent_points", Integer),  # here, less what was undone here
    _needed("restored_points", Integer),  # given back by the server
    _needed("expires_ms", Integer),
    _needed("state", Text),
    _needed("signature", LargeBinary),
    _needed("may_hand_on", Boolean),
    # The entry by which it was taken over from a neighbour, until the server tells of it
    Column("received_by", Id),
)

handed_on: Final = Table(
    "handed_on",
    metadata,
    Column("transfer_id", Id, primary_key=True),
    _needed("lease_id", Id),
    _needed("member_id", Id),
    _needed("to_device_id", Id),
    _needed("points", Integer),
)

stock_lease: Final = Table(
    "stock_lease",
    metadata,
    Column("stock_lease_id", Id, primary_key=True),
    _needed("reward_id", Id),
    _needed("units", Integer),
    _needed("spent_units", Integer),  # given here
    _needed("restored_units", Integer),  # given back by the server
    _needed("state", Text),
    _needed("signature", LargeBinary),
)

pool: Final = Table(
    "pool",
    metadata,
    Column("pool_id", Id, primary_key=True),
    _needed("points", Integer),
    _needed("per_redemption", Integer),
    _needed("per_member", Integer),
    _needed("current", Boolean),
    _needed("per_new", Integer),
    _needed("per_trusted", Integer),
    _needed("window_points", Integer),
    _needed("window_redemptions", Integer),
    _needed("list_hours", Integer),
    _needed("approval_points", Integer),
)

pool_spend: Final = Table(
    "pool_spend",
    metadata,
    Column("pool_id", Id, ForeignKey("pool.pool_id"), primary_key=True),
    Column("member_id", Id, primary_key=True),
    _needed("points", Integer),
)

# The entries that gave something away at risk: until they are confirmed nobody else knows of it
risk_draw: Final = Table(
    "risk_draw",
    metadata,
    Column("incarnation", Integer, primary_key=True),
    Column("seq", Integer, primary_key=True),
    _needed("points", Integer),
)

# ------------------------------------------------------------------------ on paper

receipt: Final = Table(
    "receipt",
    metadata,
    Column("id", Integer, primary_key=True),  # in the order of what they are receipts of
    _needed("receipt_id", Id, unique=True),
    _needed("kind", Text),
    _needed("ref_id", Id),
    _needed("encounter_id", Id),
    Column("member_id", Id),
    _needed("staff_number", Text),
    _needed("at_ms", Integer),
    _needed("facts", JSON),
    _needed("state", Text),
    _needed("problem", Text),
    _needed("times", Integer),
)

voucher_use: Final = Table(
    "voucher_use",
    metadata,
    Column("redemption_id", Id, primary_key=True),
    _needed("use_id", Id),
)

# -------------------------------------------- neighbours' low ratings, until the server's are here

heard: Final = Table(
    "heard",
    metadata,
    Column("id", Integer, primary_key=True),  # in the order of hearing
    _needed("event_id", Id, unique=True),
    _needed("case_id", Id),
    _needed("device_id", Id),  # who signed it
    _needed("counter_label", Text),
    _needed("body", LargeBinary),
    _needed("comment", Text),
    _needed("heard_ms", Integer),
    Column("signature", LargeBinary),  # the signer's; NULL of what was heard before it was kept
    Column("salt", LargeBinary),  # of the comment
    Column("told", Integer, nullable=False, server_default="0"),  # passed on to the server
)

# ----------------------------------- members whom the server found for us, outside the members file

looked_up: Final = Table(
    "looked_up",
    metadata,
    Column("member_id", Id, primary_key=True),
    _needed("member", LargeBinary),  # as JSON
    _needed("found_ms", Integer),
)
