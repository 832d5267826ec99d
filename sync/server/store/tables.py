"""The server's tables. `programme_id` leads every primary key: it is the distribution key.

Ids are UUIDs, times milliseconds since 1970 UTC, points whole numbers up to 2**53, local days ISO
text. What is derived (balance, record, replica_sum) says so, and `audit` proves it.
"""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

METADATA: Final = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

POINTS: Final = "points"
"""The redeemable unit; qualifying units stand beside it in the same tables under other names."""


def _id(name: str, *, key: bool = False, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid(), primary_key=key, nullable=null)


def _text(name: str, *, key: bool = False, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), primary_key=key, nullable=null)


def _int(name: str, *, key: bool = False, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), primary_key=key, nullable=null, autoincrement=False)


def _bytes(name: str, *, key: bool = False, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.LargeBinary(), primary_key=key, nullable=null)


def _flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _table(name: str, *parts: sa.Column[Any] | sa.UniqueConstraint | sa.Index) -> sa.Table:
    return sa.Table(name, METADATA, _id("programme_id", key=True), *parts)


# --- who and where ------------------------------------------------------------------------------

programme = _table(
    "programme",
    _text("name"),
    _int("created_ms"),
    _int("last_rank"),
    _int("log_from_xid"),  # what the change log said of transactions before it is gone
    _bytes("approval_key"),  # behind the keys of desks and counters (app.domain.approval)
)

# A restored or moved database begins a new epoch; the newest counts. `home` is the copy of the
# database in which it began.
epoch = _table("epoch", _int("started_ms", key=True), _id("epoch_id"), _text("home"))

# Transactions below the horizon are in backups that the operator says are safe.
backup = _table("backup", _id("epoch_id", key=True), _int("horizon"), _int("confirmed_ms"))

# SQLite has no transaction ids: the number of the newest writing transaction stands here.
write_counter = _table("write_counter", _int("xid"))

office = _table(
    "office",
    _id("office_id", key=True),
    _text("code"),
    _text("name"),
    _text("time_zone"),
    _text("duty_phone"),
    # 'whole': its replicas hold everybody; 'own': the members of `scope_id`, which are gathered
    # while it is 'gathering' and replicas still hold everybody
    _text("members"),
    _id("scope_id", null=True),
    _int("scope_number"),  # of what its replicas hold; cursors carry it
    _int("file_asked_ms"),  # when one of its seats asked last for a members file ready made
    sa.UniqueConstraint("programme_id", "code"),
)

counter = _table(
    "counter",
    _id("counter_id", key=True),
    _id("office_id"),
    _text("label"),
    sa.UniqueConstraint("programme_id", "office_id", "label"),
)

device = _table(
    "device",
    _id("device_id", key=True),
    _id("counter_id"),
    _id("office_id"),
    _text("kind"),
    _bytes("public_key"),
    _text("serial"),
    _text("certificate"),
    _text("hostname"),
    _text("version"),
    _int("incarnation"),
    _int("enrolled_ms"),
    _int("revoked_ms", null=True),
    _bytes("sealed_work_key", null=True),
    sa.Index(None, "device_id"),
)

# Apart from the device, whose row an upload holds: written once a minute by each process.
contact = _table("contact", _id("device_id", key=True), _int("last_ms"))

# What each device said last of itself (app.domain.fleet).
condition = _table(
    "condition",
    _id("device_id", key=True),
    _int("at_ms"),
    _text("version"),
    _text("system"),
    _int("unsent"),
    _int("oldest_unsent_ms"),
    _int("free_mb", null=True),
    _int("offset_ms", null=True),
    _int("doctor_ran_ms", null=True),
    _text("doctor_worst"),
    _text("doctor_codes"),  # with blanks between
)

# Who shut a device out, or gave up what it held, at which desk and why; or that its PC left by
# itself: then the device stands for the desk, and the nil UUID for whoever was signed in.
device_act = _table(
    "device_act",
    _id("act_id", key=True),
    _int("at_ms"),
    _text("act"),  # revoke, release, leave
    _id("device_id"),
    _id("desk_id"),
    _id("staff_id"),
    _id("session_id"),
    _text("reason"),
)

# A code is kept as its hash alone.
enrol_code = _table(
    "enrol_code",
    _bytes("code_hash", key=True),
    _id("counter_id"),
    _text("kind"),
    _int("expires_ms"),
    _int("used_ms", null=True),
    _id("device_id", null=True),
    sa.Index(None, "code_hash"),
)

# A token is kept as its hash alone; `used` is how many PCs it enrolled, a use a row.
enrol_token = _table(
    "enrol_token",
    _id("token_id", key=True),
    _bytes("token_hash"),
    _id("office_id"),
    _text("kind"),
    _int("most"),
    _int("used"),
    _int("made_ms"),
    _int("expires_ms"),
    _int("revoked_ms", null=True),
    sa.Index(None, "token_hash"),
)

enrol_token_use = _table(
    "enrol_token_use",
    _id("token_id", key=True),
    _id("device_id", key=True),
    _int("used_ms"),
)

staff = _table(
    "staff",
    _id("staff_id", key=True),
    _text("number"),
    _text("name"),
    _text("roles"),
    _id("office_id"),
    _text("pin_verifier"),
    _text("badge_hash"),
    _flag("active"),
    _id("member_id", null=True),
    sa.UniqueConstraint("programme_id", "number"),
)

reward = _table(
    "reward",
    _id("reward_id", key=True),
    _int("number"),
    _text("name"),
    _text("name_en"),
    _int("points"),
    _flag("active"),
    _text("terms"),  # JSON (app.domain.catalogue)
    sa.UniqueConstraint("programme_id", "number"),
)

setting = _table("setting", _text("name", key=True), _int("version"), _text("value"))

# Every version that a setting ever had: postings name the one that they were decided by.
setting_version = _table(
    "setting_version",
    _text("name", key=True),
    _int("version", key=True),
    _text("value"),
    _int("since_ms"),
)

# --- members and their points -------------------------------------------------------------------

member = _table(
    "member",
    _id("member_id", key=True),
    _int("rank"),
    _text("card_no"),
    _text("name"),
    _text("latin_name"),
    _text("initials"),
    _text("phone"),
    _text("tier"),
    _text("home_office"),
    _text("status"),
    _id("merged_into", null=True),
    _text("preference"),
    _text("open_matter"),
    _text("language"),
    _int("born_on_year", null=True),
    _text("joined_on", null=True),
    _flag("generated"),
    _bytes("row_hash"),  # derived: what the row counts for in replica_sum
    _text("phone_ending"),  # derived: the phone's last four digits, by which names are looked up
    sa.UniqueConstraint("programme_id", "rank"),
    sa.Index(None, "programme_id", "home_office", "member_id"),
    sa.Index(None, "programme_id", "phone_ending"),
)

# Every card number ever handed out leads to its member.
card = _table("card", _text("card_no", key=True), _id("member_id"), _int("since_ms"))

# Who is an alias of whom, and always of one who isn't an alias: `member.merged_into` says the same.
member_merge = _table(
    "member_merge",
    _id("member_id", key=True),
    _id("into_id"),
    _int("at_ms"),
    _text("reason"),
    _text("recorded_by"),
    _int("postings"),  # of the alias, which get no more
    sa.Index(None, "programme_id", "into_id"),
)

# Each time that a member's card or phone was changed at a counter.
member_change = _table(
    "member_change",
    _id("member_id", key=True),
    _id("event_id", key=True),
    _int("at_ms"),
)

ledger_txn = _table(
    "ledger_txn",
    _id("txn_id", key=True),
    _text("kind"),
    _id("ref_id"),  # the accrual, redemption, lease or member it is about
    _id("event_id", null=True),
    _int("at_ms"),
    _text("why", null=True),  # JSON: the versions of the rules, and what they were asked with
    sa.Index(None, "programme_id", "ref_id"),
)

posting = _table(
    "posting",
    _id("txn_id", key=True),
    _int("line", key=True),
    _text("account"),
    _id("member_id", null=True),
    _id("lot_id", null=True),
    _text("unit"),
    _int("amount"),
    sa.Index(None, "programme_id", "member_id"),
)

# remaining = not yet spent, the leased share within it.
lot = _table(
    "lot",
    _id("member_id", key=True),
    _id("lot_id", key=True),
    _text("unit"),
    _int("earned"),
    _int("remaining"),
    _int("leased"),
    _text("expires_on", null=True),
    sa.Index(None, "programme_id", "expires_on"),
)

# Derived from postings and lots: posted = available + leased = sum of remaining - overdrawn.
balance = _table(
    "balance",
    _id("member_id", key=True),
    _text("unit", key=True),
    _int("posted"),
    _int("leased"),
    _int("pending"),
    _int("overdrawn"),
    _text("next_expiry_on", null=True),
    _int("next_expiry_points"),
)

# A device holds it while it is 'open', and in 'recall', when it was asked to hand it back. What was
# left of one that was 'written_off' is its member's again, and `exposed`: its device may have spent
# it, and is believed so far. One that was handed back or used up is 'closed'.
lease = _table(
    "lease",
    _id("lease_id", key=True),
    _id("device_id"),
    _id("member_id"),
    _text("unit"),
    _int("points"),
    _int("remaining"),
    _int("restored"),
    _int("expires_ms"),
    _text("state"),
    _bytes("signature"),
    _int("granted_ms"),
    _int("exposed"),
    _int("recalled_ms", null=True),  # when its member stood elsewhere and needed it
    sa.Index(None, "programme_id", "device_id", "state"),
    sa.Index(None, "programme_id", "member_id"),
)
LEASE_HELD: Final = ("open", "recall")
"""States of a lease whose points stand aside for its device."""

lease_lot = _table("lease_lot", _id("lease_id", key=True), _id("lot_id", key=True), _int("points"))

# What a counter handed on of its lease to another of its office, whose lease has the transfer's id.
lease_transfer = _table(
    "lease_transfer",
    _id("transfer_id", key=True),
    _id("lease_id"),  # the giver's
    _id("member_id"),
    _id("from_device_id"),
    _id("to_device_id"),
    _int("points"),
    _int("exposed"),  # of `points`, what the giver's lease did not hold when it was heard of,
    _flag("was_exposed"),  # but was exposed for, because it had been written off
    _flag("handed_on"),  # the giver has said so
    _flag("received"),  # the receiver has
    _int("at_ms"),
    sa.Index(None, "programme_id", "lease_id"),
)

denial = _table(
    "denial",
    _id("member_id", key=True),
    _int("since_ms"),
    _text("reason"),  # in somebody's words, never sent to a replica
    _text("recorded_by"),
)
"""Members whom counters promise nothing by themselves, because a person said so."""

risk_pool = _table(
    "risk_pool",
    _id("pool_id", key=True),
    _id("device_id"),
    _int("points"),
    _int("spent"),
    _int("per_redemption"),
    _int("per_member"),  # of a known member
    _int("issued_ms"),
    _int("per_new"),
    _int("per_trusted"),
    _int("window_points"),
    _int("window_redemptions"),
    _int("list_hours"),
    _int("approval_points"),
    sa.Index(None, "programme_id", "device_id", "issued_ms"),
)

# A reward without a row has no end; the row stays once the reward is unlimited again. What there
# ever was is free, under a lease, or given and not returned, from 'stock' or 'lease'.
reward_stock = _table(
    "reward_stock",
    _id("reward_id", key=True),
    _flag("limited"),
    _int("total"),  # units that there ever were
    _int("free"),  # neither given nor set aside
)

stock_lease = _table(
    "stock_lease",
    _id("stock_lease_id", key=True),
    _id("device_id"),
    _id("reward_id"),
    _int("units"),
    _int("remaining"),
    _int("restored"),
    _text("state"),  # as a lease's
    _bytes("signature"),
    _int("granted_ms"),
    _int("written_off"),  # units that were under it then
    _int("late"),  # of these, what has come in since
    _int("recalled_ms", null=True),  # when somebody stood elsewhere and wanted one
    sa.Index(None, "programme_id", "device_id", "state"),
    sa.Index(None, "programme_id", "reward_id"),
)

stock_use = _table(
    "stock_use",
    _id("redemption_id", key=True),
    _id("reward_id"),
    _id("office_id"),
    _int("at_ms"),
    _text("source"),  # stock, lease; beyond: given though there was none
    _id("stock_lease_id", null=True),  # that the counter gave it under
    _flag("returned"),
    sa.Index(None, "programme_id", "reward_id", "office_id", "at_ms"),
)

redemption = _table(
    "redemption",
    _id("redemption_id", key=True),
    _id("member_id", null=True),
    _id("encounter_id"),
    _id("reward_id", null=True),
    _int("points"),
    _text("state"),  # posted, voided; awaited: refunds of it came before it did
    _text("cover"),  # online, lease, at_risk; written_off: its lease was, before this came in
    _id("lease_id", null=True),
    _id("pool_id", null=True),
    _id("device_id"),
    _id("txn_id", null=True),
    _int("at_ms"),
    _flag("late"),  # spent under a lease after its expiry: honoured, and shown
    _int("cash_minor"),  # paid with money besides the points, in the smallest coin
    _text("currency"),
    _int("refunded"),  # of `points`, what was given back in parts, before any fee
    _id("staff_id", null=True),  # who gave it; None where nobody wrote that down
    _text("proof"),  # how the clerk knew the member; '' where it didn't come with the redemption
    _flag("watched"),  # looked at for patterns (watching.py)
    sa.Index(None, "programme_id", "member_id"),
    sa.Index(None, "programme_id", "staff_id", "at_ms"),
    sa.Index(
        "ix_redemption_unwatched",
        "programme_id",
        "redemption_id",
        postgresql_where=sa.text("NOT watched"),
        sqlite_where=sa.text("NOT watched"),
    ),
)

# Who took a redemption's voucher; claimed where no entry has said so yet
voucher_use = _table(
    "voucher_use",
    _id("redemption_id", key=True),
    _id("use_id"),
    _id("device_id"),
    _id("office_id"),
    _int("at_ms"),
    _text("last_day"),
    _text("shelf"),  # of the record that tells replicas (app.domain.voucher)
    _id("event_id", null=True),
    sa.Index(None, "programme_id", "shelf", "last_day"),
)

# A coupon earns once, a member once for a flight (app.domain.flown); a reversal frees both.
accrual = _table(
    "accrual",
    _id("accrual_id", key=True),
    _id("member_id"),
    _id("encounter_id"),
    _int("points"),
    _text("source"),
    _text("coupon_key", null=True),
    _text("state"),  # pending (can't be spent yet), posted, reversed
    _id("txn_id", null=True),
    _int("at_ms"),
    _text("departure_key", null=True),
    _text("arrival_key", null=True),
    _int("reduced"),  # of `points`, what was taken back in parts
    _text("expires_on", null=True),
    _text("spendable_from", null=True),  # ISO date; None: at once
    sa.Index(
        "ix_accrual_maturing",
        "programme_id",
        "spendable_from",
        "accrual_id",
        postgresql_where=sa.text("state = 'pending'"),
        sqlite_where=sa.text("state = 'pending'"),
    ),
    sa.UniqueConstraint("programme_id", "coupon_key"),
    sa.Index(None, "programme_id", "departure_key", unique=True),
    sa.Index(None, "programme_id", "arrival_key", unique=True),
)

# A family puts points together with its head. One that ended, or whose head became another by a
# merge, has its last moment; so every row says who was what when.
family = _table(
    "family",
    _id("family_id", key=True),
    _id("head_id"),
    _int("since_ms"),
    _text("reason"),
    _text("recorded_by"),
    _int("until_ms", null=True),
    _text("end_reason"),
    _text("ended_by"),
    sa.Index(None, "programme_id", "head_id"),
    sa.Index(
        "ix_family_now",
        "programme_id",
        "head_id",
        unique=True,
        postgresql_where=sa.text("until_ms IS NULL"),
        sqlite_where=sa.text("until_ms IS NULL"),
    ),
)

# Who gives how much of what they earn to whom; another percentage is another row.
family_share = _table(
    "family_share",
    _id("share_id", key=True),
    _id("family_id"),
    _id("member_id"),
    _id("head_id"),  # the family's
    _int("percent"),
    _int("since_ms"),
    _text("reason"),
    _text("recorded_by"),
    _int("until_ms", null=True),
    _text("end_reason"),
    _text("ended_by"),
    sa.Index(None, "programme_id", "member_id"),
    sa.Index(None, "programme_id", "head_id"),
    sa.Index(
        "ix_family_share_now",
        "programme_id",
        "member_id",
        unique=True,
        postgresql_where=sa.text("until_ms IS NULL"),
        sqlite_where=sa.text("until_ms IS NULL"),
    ),
)

# What of an accrual a head has: none yet of one that is pending.
accrual_share = _table(
    "accrual_share",
    _id("accrual_id", key=True),
    _id("share_id"),
    _id("head_id"),
    _id("lot_id"),  # the head's
    _int("percent"),
    _int("earned"),  # by who gave it, when it could be spent
    _int("points"),  # that went to the head of these
    _int("returned"),  # by the head, with what was taken back
    sa.Index(None, "programme_id", "share_id"),
)

# Parts of redemptions and accruals that were undone, each once.
refund = _table(
    "refund",
    _id("refund_id", key=True),
    _id("of_id"),  # the redemption or accrual
    _int("points"),
    _int("fee"),  # of them, kept back
    _flag("involuntary"),
    _text("state"),  # waiting for its redemption, posted
    _id("txn_id", null=True),
    _id("event_id"),
    _int("at_ms"),
    sa.Index(None, "programme_id", "of_id"),
)

# What each accrual counts for a tier, on the day of its flight.
qualifying = _table(
    "qualifying",
    _id("member_id", key=True),
    _id("accrual_id", key=True),
    _text("day"),
    _int("units"),
)

# Tiers that were reached or reviewed here (app.domain.tiers); who came with one has no row.
tier_held = _table(
    "tier_held",
    _id("member_id", key=True),
    _text("tier"),
    _text("since", null=True),
    _text("until", null=True),
    _text("before", null=True),
    _text("before_until", null=True),
    _int("version"),  # of the 'tiers' setting
    sa.Index(None, "programme_id", "until"),
)

adjustment = _table(
    "adjustment",
    _id("adjustment_id", key=True),
    _id("member_id"),
    _int("points"),
    _text("kind"),
    _text("reason_hash"),
    _text("state"),  # waiting for a second person, posted, declined
    _id("recorded_by"),
    _id("confirmed_by", null=True),
    _id("txn_id", null=True),
    _int("at_ms"),
    _id("office_id"),
    sa.Index(None, "programme_id", "member_id"),
)

# --- what happened at the counters --------------------------------------------------------------

encounter = _table(
    "encounter",
    _id("encounter_id", key=True),
    _id("device_id"),
    _id("office_id"),
    _id("staff_id", null=True),
    _id("session_id", null=True),
    _id("shift_id", null=True),
    _id("member_id", null=True),
    _text("day"),  # local day of the office
    _int("opened_ms"),
    _int("ended_ms", null=True),
    _text("outcome"),
    _text("rating_state"),
    _int("score", null=True),
    _text("flags"),  # why its rating doesn't count, with commas between
    _text("reasons"),  # of its rating, the same way
    _text("service"),  # the weightiest of `app.domain.records.SERVICES`
    _int("identified_ms", null=True),
    _int("rated_ms", null=True),
    _int("closed_ms", null=True),  # its question, without a rating
    _text("appeal", null=True),  # against its rating: waiting, upheld (it doesn't count), declined
    sa.Index(None, "programme_id", "office_id", "day"),
    sa.Index(
        "ix_encounter_of_member",
        "programme_id",
        "member_id",
        "day",
        postgresql_where=sa.text("member_id IS NOT NULL"),
        sqlite_where=sa.text("member_id IS NOT NULL"),
    ),
)

# What panels show: by `app.domain.pictures.Picture.key`, and each content once.
picture = _table(
    "picture",
    _text("key", key=True),
    _text("place"),
    _id("office_id", null=True),
    _text("digest"),
    _int("size_bytes"),
    _int("width"),
    _int("height"),
    _int("added_ms"),
)
picture_content = _table(
    "picture_content",
    _text("digest", key=True),
    _bytes("content"),
)

# Presses while no question was open, folded: whose panel, under whom; they rate nobody.
stray_press = _table(
    "stray_press",
    _id("event_id", key=True),
    _id("office_id"),
    _text("day"),
    _id("device_id"),
    _id("staff_id", null=True),
    _text("source"),  # of app.domain.stray_presses
    _int("presses"),
    _int("began_ms"),
    _int("lasted_ms"),
    _flag("is_stuck"),
    sa.Index(None, "programme_id", "office_id", "day"),
)

# Customers whom a queue or a host system counted, imported; counter '' is the whole office.
served_count = _table(
    "served_count",
    _id("office_id", key=True),
    _text("day", key=True),
    _text("counter", key=True),  # its label
    _int("n"),
)

appeal = _table(
    "appeal",
    _id("appeal_id", key=True),
    _id("encounter_id"),
    _id("office_id"),
    _text("counter_label"),
    _id("staff_id"),
    _int("at_ms"),
    _text("reason_hash"),
    _text("state"),  # waiting, upheld, declined
    _id("decided_by", null=True),
    _int("decided_ms", null=True),
    _text("answer_hash", null=True),
    sa.Index(None, "programme_id", "encounter_id"),
)

# That a manager's list of a week was drawn, by which version of the setting, and how many of each
# stratum there were.
listening_draw = _table(
    "listening_draw",
    _id("staff_id", key=True),
    _text("week", key=True),  # ISO date of its Monday
    _id("office_id"),
    _int("drawn_ms"),
    _int("version"),
    _text("frame"),  # JSON: {stratum: members}, in the order of `listening.strata`
)

listening = _table(
    "listening",
    _id("listening_id", key=True),
    _id("office_id"),
    _id("staff_id"),  # the manager's
    _text("week"),
    _int("place"),
    _id("member_id"),
    _text("stratum"),
    _bytes("lot"),
    sa.Index(None, "programme_id", "week"),
    sa.Index(None, "programme_id", "member_id"),
)

corrective_action = _table(
    "corrective_action",
    _id("action_id", key=True),
    _id("listening_id"),
    _id("office_id"),
    _id("staff_id"),
    _int("opened_ms"),
    _text("what_hash"),
    _text("state"),  # derived, as the next two: app.domain.acting
    _id("owner_id", null=True),
    _text("check_on"),
    sa.Index(None, "programme_id", "listening_id"),
    sa.Index(None, "programme_id", "what_hash"),
)

# What was said of either, a version of a field each.
listening_said = _table(
    "listening_said",
    _id("about_id", key=True),
    _id("event_id", key=True),
    _int("at_ms"),
    _id("staff_id"),
    _text("field"),
    _text("value"),
    _text("saw"),  # event ids, with commas between them
    _int("list_version"),
    _text("text_hash", null=True),
    sa.Index(None, "programme_id", "text_hash"),
)

# Up to which day an office's ratings were looked at for what may have suppressed them.
rating_watch = _table("rating_watch", _id("office_id", key=True), _text("day"))

# Each press is a row; the highest revision counts.
rating = _table(
    "rating",
    _id("rating_id", key=True),
    _int("revision", key=True),
    _id("encounter_id"),
    _id("office_id"),
    _int("score"),
    _text("flags"),
    _int("at_ms"),
)

rating_detail = _table(
    "rating_detail",
    _id("rating_id", key=True),
    _text("reasons"),
    _int("reasons_version"),
    _text("comment_hash", null=True),
    _text("call"),
)

# A link that was rated by, of a visit whose entries may not be here yet; 'waiting' for them,
# 'joined', or 'foreign' where they turn out to be another counter's.
rating_link = _table(
    "rating_link",
    _id("encounter_id", key=True),
    _id("device_id"),  # that signed it
    _id("office_id"),
    _int("begun_ms"),
    _text("state"),
)
sa.Index(
    "ix_rating_link_waiting",
    rating_link.c.programme_id,
    rating_link.c.encounter_id,
    postgresql_where=sa.text("state = 'waiting'"),
    sqlite_where=sa.text("state = 'waiting'"),
)
WAITING: Final = sa.text("rating_link.state = 'waiting'")
"""As that index has it."""

# What came by a link, in the order in which it came; presses and words stand with the others.
link_rating = _table(
    "link_rating",
    _id("rating_id", key=True),
    _id("encounter_id"),
    _int("place"),  # 1, 2, …: the first is the customer's, unless the panel has theirs
    _int("score"),  # of the last press
    _int("at_ms"),  # of the first, by the server's clock
    _int("said_ms", null=True),  # when reasons or words came with it, or that there are none
    _int("called_ms", null=True),
    sa.UniqueConstraint("programme_id", "encounter_id", "place"),
)

service_case = _table(
    "service_case",
    _id("case_id", key=True),
    _text("origin"),
    _id("office_id"),
    _text("day"),  # local day of the office
    _text("counter_label"),
    _text("clerk_number"),
    _id("encounter_id"),
    _id("member_id", null=True),
    _int("opened_ms"),
    _text("state"),
    _int("score", null=True),
    _text("number"),
    _text("topic"),
    _text("department"),
    _text("owner"),
    _int("due_ms", null=True),
    _text("text_hash", null=True),
    _int("acknowledged_ms", null=True),
    _text("acknowledged_by"),
    _int("closed_ms", null=True),
    _text("closed_by"),
    _text("outcome"),
    _text("stage"),
    _flag("blank"),  # names and words are gone from what desks hold
    _int("rang_ms"),  # by the server's clock
    _text("source"),  # 'phone': the rating came from the customer's own
    sa.Index(None, "programme_id", "office_id", "day"),
)
sa.Index(
    "ix_service_case_untaken",
    service_case.c.programme_id,
    service_case.c.rang_ms,
    postgresql_where=sa.text("state = 'new'"),
    sqlite_where=sa.text("state = 'new'"),
)
UNTAKEN: Final = sa.text("service_case.state = 'new'")
"""As that index has it."""
sa.Index(
    "ix_service_case_worded",
    service_case.c.programme_id,
    service_case.c.closed_ms,
    postgresql_where=sa.text("NOT blank"),
    sqlite_where=sa.text("NOT blank"),
)
WORDED: Final = sa.text("NOT service_case.blank")
"""As that index has it: SQLite takes it for no other way to say so, such as `blank = 0`."""

# Where low ratings go besides the desks; the target often is a secret.
alarm_route = _table(
    "alarm_route",
    _id("route_id", key=True),
    _text("label"),
    _id("office_id", null=True),
    _int("after_s"),
    _text("kind"),
    _text("target"),
    _text("language"),
    _text("hours"),
    sa.UniqueConstraint("programme_id", "label"),
)

alarm_sent = _table(
    "alarm_sent",
    _id("case_id", key=True),
    _id("route_id", key=True),
    _int("tries"),
    _int("next_ms"),
    _int("done_ms", null=True),
    _text("problem"),
)

case_step = _table(
    "case_step",
    _id("case_id", key=True),
    _id("event_id", key=True),
    _int("at_ms"),
    _text("staff_name"),
    _text("kind"),
)

case_fact = _table(
    "case_fact",
    _id("case_id", key=True),
    _id("event_id", key=True),
    _int("at_ms"),
    _text("staff_name"),
    _text("field"),
    _text("value"),
    _text("saw"),  # event ids, with commas between them
    _int("list_version"),
    _id("adjustment_id", null=True),
)

case_note = _table(
    "case_note",
    _id("case_id", key=True),
    _id("event_id", key=True),
    _int("at_ms"),
    _text("staff_name"),
    _text("note_hash"),
)

# Somebody signed in on a phone; the row lasts as long as who looked is written down.
phone_session = _table(
    "phone_session",
    _id("session_id", key=True),
    _id("staff_id"),
    _id("office_id"),  # whose cases are shown
    _bytes("pin_mark"),  # of the PIN's verifier: another PIN ends the session
    _int("started_ms"),
    _int("seen_ms"),
    _int("ended_ms", null=True),
)

# Wrong PINs in a row, by a keyed digest of the number that was typed, which may be nobody's.
phone_try = _table("phone_try", _bytes("number_key", key=True), _int("tries"), _int("last_ms"))

# What was touched on phones, by the id that the phone gave it, and the step that it became.
phone_tap = _table(
    "phone_tap",
    _id("tap_id", key=True),
    _id("case_id"),
    _id("event_id"),  # of the step
    _id("session_id"),
    _id("staff_id"),
    _text("step"),
    _int("at_ms"),
)

matter = _table(
    "matter",
    _id("matter_id", key=True),
    _id("encounter_id"),
    _id("office_id"),
    _id("member_id", null=True),
    _text("number"),
    _text("topic"),
    _text("department"),
    _int("due_ms"),
    _text("text_hash"),
    _int("opened_ms"),
)

exception_item = _table(
    "exception_item",
    _id("exception_id", key=True),
    _id("device_id"),
    _id("office_id"),
    _text("counter_label"),
    _text("entry_type"),
    _text("code"),
    _text("message"),
    _int("points", null=True),
    _id("member_id", null=True),
    _int("received_ms"),
    _text("state"),
    _text("answer"),
    _text("settled_by"),
    _text("note_hash", null=True),
    _int("settled_ms", null=True),  # None: it is open, or was settled before this was written down
    _id("txn_id", null=True),  # what the answer booked of points
    _text("clerk_number"),
    _text("seen"),  # JSON: the figures of a pattern (app.domain.watching), {} otherwise
)

# --- the journal as it came in ------------------------------------------------------------------

chain = _table(
    "chain",
    _id("device_id", key=True),
    _int("incarnation", key=True),
    _int("head_seq"),
    _bytes("head_link"),
    _int("signed_seq"),
    _bytes("signature"),
)

entry = _table(
    "entry",
    _id("device_id", key=True),
    _int("incarnation", key=True),
    _int("seq", key=True),
    _id("event_id"),  # an unreadable entry gets one derived from its place in the chain
    _text("type"),
    _bytes("raw"),
    _bytes("link"),
    _text("decision"),
    _text("code"),
    _text("message"),
    _int("received_ms"),
    sa.Index(None, "programme_id", "event_id"),
)

# Entries of a forked chain: same place, other bytes.
quarantine = _table(
    "quarantine",
    _id("device_id", key=True),
    _int("incarnation", key=True),
    _int("seq", key=True),
    _bytes("raw_hash", key=True),
    _bytes("raw"),
    _int("received_ms"),
)

urgent_copy = _table(
    "urgent_copy",
    _id("event_id", key=True),
    _id("device_id"),
    _bytes("raw"),
    _bytes("signature"),
    _text("decision"),
    _text("code"),
    _text("message"),
    _int("received_ms"),
)

# Texts and contacts, which entries commit to; they go after a time, or with their member.
blob = _table(
    "blob",
    _text("commitment", key=True),
    _bytes("salt"),
    _bytes("content"),
    _int("received_ms"),
    sa.Index(None, "programme_id", "received_ms"),
)

# --- what replicas get --------------------------------------------------------------------------

# A place in the log is (xid, seq): the writing transaction's 64-bit id, and a number within it.
change_log = _table(
    "change_log",
    _int("xid", key=True),
    _int("seq", key=True),
    _text("kind"),
    _text("ref"),
    # None: for all devices; else for the desks of that office, and kind 'scope' for all devices of
    # an office with members of its own
    _id("office_id", null=True),
)

# Now and then: the transactions numbered below `xid` had all ended by `at_ms`.
log_mark = _table("log_mark", _int("xid", key=True), _int("at_ms"))

# Derived, but for who is expected: whom the replicas of an office with members of its own hold,
# and why: home, visited, expected, leased. Written under the lock of the member's row. A scope that
# no office names any more is dead, and goes by and by.
scope_member = _table(
    "scope_member",
    _id("scope_id", key=True),
    _id("member_id", key=True),
    _text("reason", key=True),
    _int("until_ms", null=True),  # when it ends, or is looked at again; None: when it is changed
    sa.Index(None, "programme_id", "member_id"),
    sa.Index(None, "programme_id", "until_ms"),
)

# Who is expected at an office, by its booking list: points are set aside for them that day.
expected = _table(
    "expected",
    _id("office_id", key=True),
    _text("day", key=True),  # local day of the office
    _id("member_id", key=True),
    sa.Index(None, "programme_id", "member_id"),
)

# Derived: each document as replicas hold it, byte for byte.
record = _table(
    "record",
    _text("kind", key=True),
    _text("id", key=True),
    _id("office_id", null=True),
    _bytes("body"),
    _bytes("row_hash"),
)

# Derived: additive sums in four 32-bit lanes, spread over slots so that writers don't queue.
replica_sum = _table(
    "replica_sum",
    # 'programme' for all members, 'records' for what all devices get, an office's id for what its
    # desks get besides, a scope's id for its members
    _text("scope", key=True),
    _int("slot", key=True),
    _int("row_count"),
    _int("lane0"),
    _int("lane1"),
    _int("lane2"),
    _int("lane3"),
)

# Derived: a members file ready made, in chunks that are zstd frames of whole pages.
snapshot = _table(
    "snapshot",
    _id("snapshot_id", key=True),
    _id("scope_id", null=True),  # None: everybody is in it
    _int("schema_version"),
    _id("epoch_id"),
    _int("xid"),  # pulls go on behind it
    _int("page_count"),
    _int("chunk_pages"),
    _int("row_count"),
    _int("wire_bytes"),
    _int("built_ms"),
    _flag("complete"),
)

snapshot_chunk = _table(
    "snapshot_chunk",
    _id("snapshot_id", key=True),
    _int("number", key=True),
    _bytes("digest"),
    _bytes("body"),
)

# Offices' days that are to be counted anew, and how often each device changed them since.
day_mark = _table(
    "day_mark",
    _id("office_id", key=True),
    _text("day", key=True),
    _id("device_id", key=True),
    _int("n"),
)

# Derived: what an office's day counts, by service alone, of which reports over all offices are
# made. By day first: a month of them is one run of the key.
day_sum = _table(
    "day_sum",
    _text("day", key=True),
    _id("office_id", key=True),
    _bytes("body"),
)

# Who asked about members that their PC doesn't hold, and whom that found; never what was typed.
look_up = _table(
    "look_up",
    _id("look_up_id", key=True),
    _int("at_ms"),
    _id("device_id"),
    _id("office_id"),
    _id("staff_id"),
    _id("session_id"),
    _text("keys"),  # the kinds that were asked by: 'card,phone'
    _text("outcome"),
    _text("member_ids"),  # those that were answered, with blanks between
    sa.Index(None, "programme_id", "device_id", "at_ms"),
    sa.Index(None, "programme_id", "staff_id", "at_ms"),
    sa.Index(None, "programme_id", "at_ms"),
)
