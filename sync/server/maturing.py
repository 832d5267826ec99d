"""Points that could not be spent yet become so, a few accruals a transaction.

Idempotent: what has matured is not found again, so a run may end anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain import ledger
from app.domain.ledger import MAX_POINTS, Account
from sync.server.days import programme_day
from sync.server.pooling import Pooling
from sync.server.store import tables as t
from sync.server.work import Work

START: Final = ("", UUID(int=0))

KIND: Final = "maturing"

_PENDING: Final = sa.text("state = 'pending'")  # as the index has it


def find_due(
    connection: Connection, programme_id: UUID, *, after: tuple[str, UUID], rows: int, now_ms: int
) -> list[tuple[str, UUID, UUID]]:
    """The next accruals, as (day, accrual, member), whose day has come in every office.

    Args:
        connection: reads.
        programme_id: whose.
        after: (day, accrual) of the last one of the chunk before, `START` at first.
        rows: at most so many.
        now_ms: the server's clock.
    """
    accrual = t.accrual
    place = sa.tuple_(accrual.c.spendable_from, accrual.c.accrual_id)
    found = connection.execute(
        sa.select(accrual.c.spendable_from, accrual.c.accrual_id, accrual.c.member_id)
        .where(
            accrual.c.programme_id == programme_id,
            _PENDING,
            accrual.c.spendable_from <= programme_day(connection, programme_id, now_ms),
            place > sa.tuple_(sa.literal(after[0]), sa.literal(after[1], sa.Uuid())),
        )
        .order_by(accrual.c.spendable_from, accrual.c.accrual_id)
        .limit(rows)
    )
    return [(row.spendable_from, row.accrual_id, row.member_id) for row in found]


def mature(work: Work, due: Sequence[tuple[str, UUID, UUID]]) -> int:
    """Let accruals that `find_due` found be spent, in the order of their days.

    Those that were undone or have matured meanwhile are passed over.

    Returns:
        The points.
    """
    ids = [accrual_id for _, accrual_id, _ in due]
    pooling = Pooling(work)
    work.load_members({*(member_id for _, _, member_id in due), *pooling.whose((), ids)})
    pooling.load((), ids)
    rows = {row.accrual_id: row for row in work.find(t.accrual, "accrual_id", ids, lock=True)}
    points = 0
    done = []
    for row in map(rows.__getitem__, ids):
        state = work.members[row.member_id]
        rest = row.points - row.reduced
        share = pooling.share_of(row.accrual_id)
        if (
            row.state != "pending"
            or state.holdings.posted + rest > MAX_POINTS
            or not pooling.has_room(share, rest)
        ):
            continue
        owed = state.holdings.overdrawn
        change = ledger.earn(
            state.holdings,
            lot_id=row.accrual_id,
            points=rest,
            expires_on=row.expires_on,
            source=Account.PENDING,
        )
        state.pending -= rest
        work.post(
            state,
            change,
            kind=KIND,
            ref_id=row.accrual_id,
            event_id=None,
            why=pooling.why(share, state) or None,
        )
        pooling.give(
            row.accrual_id,
            state,
            points=rest,
            owed=owed,
            expires_on=row.expires_on,
            event_id=None,
        )
        points += rest
        done.append(row.accrual_id)
    pooling.write()
    accrual = t.accrual
    work.connection.execute(
        accrual.update()
        .where(accrual.c.programme_id == work.programme_id, accrual.c.accrual_id.in_(done))
        .values(state="posted")
    )
    return points
