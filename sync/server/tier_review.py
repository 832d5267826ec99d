"""Tiers whose last day is over are decided again, a few members a transaction.

Idempotent: who was reviewed has a later last day, or none, and is not found again. Who came with
their tier, by an import, has no last day here and keeps it: nobody's first review takes away what
nobody here has counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.server.days import programme_day
from sync.server.qualifying import Qualifying
from sync.server.rules import Rules
from sync.server.store import tables as t
from sync.server.work import Work

START = UUID(int=0)


def find_due(
    connection: Connection, programme_id: UUID, *, after: UUID, rows: int, now_ms: int
) -> list[UUID]:
    """The next members whose tier's last day is over in every office.

    Args:
        connection: reads.
        programme_id: whose.
        after: the last one of the chunk before, `START` at first.
        rows: at most so many.
        now_ms: the server's clock.
    """
    held = t.tier_held
    found = connection.execute(
        sa.select(held.c.member_id)
        .where(
            held.c.programme_id == programme_id,
            held.c.until < programme_day(connection, programme_id, now_ms),
            held.c.member_id > after,
        )
        .order_by(held.c.member_id)
        .limit(rows)
    )
    return list(found.scalars())


def review(work: Work, member_ids: Sequence[UUID]) -> int:
    """Review members that `find_due` found, for each of the years that have gone by.

    Returns:
        How many there were.
    """
    work.load_members(member_ids)
    qualifying = Qualifying(work, Rules(work.connection, work.programme_id))
    qualifying.load(member_ids)
    for member_id in member_ids:
        while qualifying.review(work.members[member_id], work.today):
            pass
    qualifying.forget_overruled(member_ids)
    qualifying.write()
    return len(member_ids)
