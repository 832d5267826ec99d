"""Points whose last day is over everywhere leave their members, a few rows a transaction.

Idempotent: what has gone is not found again, so a run may end anywhere and anybody may repeat it.
Spending doesn't wait for it: an expired lot is passed over from the office's midnight on.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

import sqlalchemy as sa

from app.domain import ledger
from sync.server.store import tables as t
from sync.server.store.engine import is_postgresql
from sync.server.work import Work

CHUNK_ROWS: Final = 200
START: Final = (UUID(int=0), UUID(int=0))

KIND: Final = "expiry"

_LEADER: Final = 0x6775_6963_6865  # of PostgreSQL's advisory locks, ours for this job


def expire_chunk(work: Work, after: tuple[UUID, UUID]) -> tuple[int, tuple[UUID, UUID] | None]:
    """Let the next lots go.

    Args:
        work: the transaction.
        after: (member, lot) where the chunk before ended, `START` at first.

    Returns:
        (points that expired, where to go on); None when there is no more, or when another server
        is at it.
    """
    if (
        is_postgresql(work.connection)
        and not work.connection.execute(
            sa.select(sa.func.pg_try_advisory_xact_lock(_LEADER))
        ).scalar_one()
    ):
        return 0, None
    lot, today = t.lot, work.today
    found = work.connection.execute(
        sa.select(lot.c.member_id, lot.c.lot_id)
        .where(
            lot.c.programme_id == work.programme_id,
            lot.c.expires_on < today,
            lot.c.remaining > lot.c.leased,
            sa.tuple_(lot.c.member_id, lot.c.lot_id)
            > sa.tuple_(sa.literal(after[0], sa.Uuid()), sa.literal(after[1], sa.Uuid())),
        )
        .order_by(lot.c.member_id, lot.c.lot_id)
        .limit(CHUNK_ROWS)
    ).all()
    if not found:
        return 0, None
    gone = 0
    work.load_members({row.member_id for row in found})
    for member_id in dict.fromkeys(row.member_id for row in found):
        state = work.members[member_id]
        change = ledger.expire(state.holdings, today)
        if change.postings:
            gone += state.holdings.posted - change.after.posted
            work.post(state, change, kind=KIND, ref_id=member_id, event_id=None)
    return gone, (found[-1].member_id, found[-1].lot_id)


def expired_points(work: Work, member_id: UUID, lot_id: UUID) -> int:
    """What has expired of a member's lot."""
    posting, txn = t.posting, t.ledger_txn
    found = work.connection.execute(
        sa.select(sa.func.coalesce(sa.func.sum(posting.c.amount), 0))
        .join(
            txn,
            (txn.c.programme_id == posting.c.programme_id) & (txn.c.txn_id == posting.c.txn_id),
        )
        .where(
            posting.c.programme_id == work.programme_id,
            posting.c.member_id == member_id,
            posting.c.lot_id == lot_id,
            txn.c.kind == KIND,
        )
    )
    return -int(found.scalar_one())
