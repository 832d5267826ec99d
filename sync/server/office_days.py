"""Offices' days, counted anew where something changed, and told to their desks.

An upload only marks the days that it changed, in rows of its own device: no counter waits for
another's. A job counts them (`day_counts`) and publishes a document for each, which desks show.
What it counts by service alone is kept beside it, for reports over all offices.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.merged_days import by_service
from sync.server.day_counts import Day, count_days
from sync.server.store import tables as t
from sync.server.store.bulk import delete_rows
from sync.server.work import Work

CHUNK_DAYS: Final = 50
OLDER_CHUNKS: Final = 10
"""So many of older days at a time, however many there are, before new ones are looked for again."""
START: Final[Day] = (UUID(int=0), "")
_RECENT: Final = timedelta(2)


class Mark(NamedTuple):
    """A device changed a day for the n-th time since it was counted."""

    office_id: UUID
    day: str
    device_id: UUID
    n: int


def first_recent(now_ms: int) -> str:
    """The ISO date from which on days are looked at as they come in: every office's today is one.

    Whoever waits for figures waits for these. Older ones come late, or all at once.
    """
    return (datetime.fromtimestamp(now_ms / 1000, UTC).date() - _RECENT).isoformat()


def find_marked(
    connection: Connection,
    programme_id: UUID,
    *,
    after: Day,
    from_day: str = "",
    before_day: str | None = None,
) -> list[Day]:
    """Some of the days behind `after` that were changed since they were counted.

    Args:
        connection: in any transaction.
        programme_id: whose days.
        after: by office, then by day.
        from_day: ISO date of the first that are wanted.
        before_day: of the first that aren't any more.
    """
    mark = t.day_mark.c
    wanted = [mark.programme_id == programme_id, mark.day >= from_day]
    if before_day is not None:
        wanted.append(mark.day < before_day)
    of_after = sa.tuple_(
        sa.literal(after[0], mark.office_id.type), sa.literal(after[1], mark.day.type)
    )
    rows = connection.execute(
        sa.select(mark.office_id, mark.day)
        .where(*wanted, sa.tuple_(mark.office_id, mark.day) > of_after)
        .distinct()
        .order_by(mark.office_id, mark.day)
        .limit(CHUNK_DAYS)
    )
    return [(row.office_id, row.day) for row in rows]


def publish(work: Work, days: Collection[Day]) -> list[Mark]:
    """Publish days as they are now.

    Returns:
        Their marks as they were before the count, for `unmark`.
    """
    connection, programme_id = work.connection, work.programme_id
    codes = _codes(connection, programme_id, {office_id for office_id, _ in days})
    records = {day: f"{codes[day[0]]} {day[1]}" for day in days}
    # Whoever else publishes them, who led before this one, comes before this count or after it
    work.find(t.record, "id", records.values(), lock=True)
    mark = t.day_mark.c
    found = connection.execute(
        sa.select(mark.office_id, mark.day, mark.device_id, mark.n).where(
            mark.programme_id == programme_id, sa.tuple_(mark.office_id, mark.day).in_(days)
        )
    )
    marks = [Mark(*row) for row in found]
    counted = count_days(connection, programme_id, days)
    for day, figures in counted.items():
        work.put_record("figures", records[day], figures, figures.office_id)
    work.replace_rows(
        t.day_sum,
        [
            (date, office_id, msgspec.json.encode(by_service(figures)))
            for (office_id, date), figures in counted.items()
        ],
    )
    return marks


def unmark(work: Work, marks: Collection[Mark]) -> None:
    """Take marks away whose days were counted, but for those that were added to since.

    In a transaction of its own, so that no upload waits for the counting.
    """
    rows = sorted(marks)  # as uploads lock them
    delete_rows(work.connection, t.day_mark, Mark._fields, rows, programme_id=work.programme_id)


def _codes(
    connection: Connection, programme_id: UUID, office_ids: Collection[UUID]
) -> dict[UUID, str]:
    office = t.office.c
    rows = connection.execute(
        sa.select(office.office_id, office.code).where(
            office.programme_id == programme_id, office.office_id.in_(office_ids)
        )
    )
    return {row.office_id: row.code for row in rows}
