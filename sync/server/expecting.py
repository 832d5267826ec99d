"""Who is expected at an office, by its booking list; every office may have one.

Points are set aside for them that day (`lease_candidates`), and where the office has members of its
own they are among them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from sync.server.scope import Reason
from sync.server.store import tables as t
from sync.server.store.bulk import delete_rows, insert_rows
from sync.server.work import Work

_CHUNK_ROWS: Final = 1_000


def end_of_day(day: str, time_zone: str) -> int:
    """When a local day ends, milliseconds since 1970 UTC."""
    morning = datetime.combine(
        date.fromisoformat(day) + timedelta(1), datetime.min.time(), ZoneInfo(time_zone)
    )
    return int(morning.timestamp() * 1000)


def expect(work: Work, office: Any, member_ids: Collection[UUID], day: str) -> None:
    """Let an office expect members on a local day."""
    insert_rows(
        work.connection,
        t.expected,
        [column.name for column in t.expected.columns],
        [(work.programme_id, office.office_id, day, i) for i in sorted(member_ids)],
        skip_known=True,
    )
    hold(work, office.office_id, office.time_zone, [(day, i) for i in sorted(member_ids)])


def hold(work: Work, office_id: UUID, time_zone: str, rows: Iterable[tuple[str, UUID]]) -> None:
    """Let an office with members of its own hold members until their (day, member) is over."""
    for day, member_id in rows:
        until_ms = end_of_day(day, time_zone)
        work.scopes.enter(office_id, member_id, Reason.EXPECTED, until_ms)


def forget_chunk(work: Work) -> int:
    """Drop who was expected on days that are over everywhere; returns how many."""
    expected = t.expected
    key = (expected.c.office_id, expected.c.day, expected.c.member_id)
    over = work.connection.execute(
        sa.select(*key)
        .where(expected.c.programme_id == work.programme_id, expected.c.day < work.today)
        .limit(_CHUNK_ROWS)
    ).all()
    names = [column.name for column in key]
    delete_rows(work.connection, expected, names, over, programme_id=work.programme_id)
    return len(over)
