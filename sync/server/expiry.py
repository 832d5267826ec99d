"""Points whose last day is over everywhere leave their members, a few rows a transaction.

Idempotent: what has gone is not found again, so a run may end anywhere and anybody may repeat it.
Spending doesn't wait for it: an expired lot is passed over from the office's midnight on.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain import ledger
from sync.server.days import programme_day
from sync.server.store import tables as t
from sync.server.store.engine import is_postgresql
from sync.server.work import Work

START: Final = (UUID(int=0), UUID(int=0))

KIND: Final = "expiry"

MOST_LOTS: Final = 250
"""In one transaction, each mostly another member's: half as long as one may take, or less."""

_LEADER: Final = 0x6775_6963_6865  # of PostgreSQL's advisory locks, ours for this job


def find_expired(
    connection: Connection,
    programme_id: UUID,
    *,
    after: tuple[UUID, UUID],
    rows: int,
    now_ms: int,
) -> list[tuple[UUID, UUID]]:
    """The next lots, as (member, lot), whose last day is over in every office.

    To be asked in a reading transaction, which keeps no pull waiting however long it looks.

    Args:
        connection: reads.
        programme_id: whose.
        after: the last one of the chunk before, `START` at first.
        rows: at most so many.
        now_ms: the server's clock.
    """
    lot = t.lot
    found = connection.execute(
        sa.select(lot.c.member_id, lot.c.lot_id)
        .where(
            lot.c.programme_id == programme_id,
            lot.c.expires_on < programme_day(connection, programme_id, now_ms),
            lot.c.remaining > lot.c.leased,
            sa.tuple_(lot.c.member_id, lot.c.lot_id)
            > sa.tuple_(sa.literal(after[0], sa.Uuid()), sa.literal(after[1], sa.Uuid())),
        )
        .order_by(lot.c.member_id, lot.c.lot_id)
        .limit(rows)
    )
    return [(row.member_id, row.lot_id) for row in found]


def expire(work: Work, lots: Sequence[tuple[UUID, UUID]]) -> int | None:
    """Let lots go that `find_expired` found; what has gone meanwhile goes no second time.

    Returns:
        The points, None where another server is at it.
    """
    if (
        is_postgresql(work.connection)
        and not work.connection.execute(
            sa.select(sa.func.pg_try_advisory_xact_lock(_LEADER))
        ).scalar_one()
    ):
        return None
    gone = 0
    members = dict.fromkeys(member_id for member_id, _ in lots)
    work.load_members(members)
    for member_id in members:
        state = work.members[member_id]
        change = ledger.expire(state.holdings, work.today)
        if change.postings:
            gone += state.holdings.posted - change.after.posted
            work.post(state, change, kind=KIND, ref_id=member_id, event_id=None)
    return gone


def expired_points(
    work: Work,
    member_id: UUID,
    lot_id: UUID,
    *,
    counted: tuple[UUID, Collection[str]] | None = None,
) -> int:
    """What has expired of a lot, and was not counted when a part of it was taken back.

    Args:
        work: the transaction, in which the member is loaded.
        member_id: whose lot it is by now.
        lot_id: the lot.
        counted: what parts were posted under, as (what they are about, the ledger's kinds); None:
            no part of it was taken back.
    """
    posting, txn = t.posting, t.ledger_txn
    amounts = (
        sa.select(sa.func.coalesce(sa.func.sum(posting.c.amount), 0))
        .join(
            txn,
            (txn.c.programme_id == posting.c.programme_id) & (txn.c.txn_id == posting.c.txn_id),
        )
        .where(posting.c.programme_id == work.programme_id)
    )
    merged = sa.select(t.member_merge.c.member_id).where(
        t.member_merge.c.programme_id == work.programme_id, t.member_merge.c.into_id == member_id
    )
    theirs = (posting.c.member_id == member_id) | posting.c.member_id.in_(merged)
    of_lot = amounts.where(theirs, posting.c.lot_id == lot_id, txn.c.kind == KIND)
    expired = -int(work.connection.execute(of_lot).scalar_one())
    if counted is None:
        return expired
    work.flush()  # maybe a moment ago
    ref_id, kinds = counted
    in_parts = amounts.where(
        txn.c.ref_id == ref_id,
        txn.c.kind.in_(kinds),
        posting.c.account == str(ledger.Account.EXPIRED),
    )
    return expired + int(work.connection.execute(in_parts).scalar_one())  # which is below zero
