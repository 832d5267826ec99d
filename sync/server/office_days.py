"""Offices' days, told to their desks apart from what they count.

Every upload counts. If each also published its office's day, all counters of the office would wait
for each other there until they commit, and a second of uploads would be told over and over.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.server.store import tables as t
from sync.server.store.bulk import update_rows
from sync.server.work import Work

CHUNK_DAYS: Final = 50

Day = tuple[UUID, str]
"""(office, ISO date)"""


START: Final[Day] = (UUID(int=0), "")


def find_unpublished(connection: Connection, programme_id: UUID, *, after: Day) -> list[Day]:
    """Some of the days behind `after` whose desks know other figures than are counted."""
    figure = t.figure
    place = sa.tuple_(figure.c.office_id, figure.c.day)
    of_after = sa.tuple_(
        sa.literal(after[0], figure.c.office_id.type), sa.literal(after[1], figure.c.day.type)
    )
    rows = connection.execute(
        sa.select(figure.c.office_id, figure.c.day)
        .where(
            figure.c.programme_id == programme_id,
            figure.c.n != figure.c.published,
            place > of_after,
        )
        .distinct()
        .order_by(figure.c.office_id, figure.c.day)
        .limit(CHUNK_DAYS)
    )
    return [(row.office_id, row.day) for row in rows]


def publish(work: Work, days: Iterable[Day]) -> int:
    """Publish days as they are counted now; returns how many figures were news."""
    figure, office = t.figure, t.office
    rows = work.connection.execute(
        work.mine(figure)
        .add_columns(office.c.code)
        .join(
            office,
            (office.c.programme_id == figure.c.programme_id)
            & (office.c.office_id == figure.c.office_id),
        )
        .where(sa.tuple_(figure.c.office_id, figure.c.day).in_(list(days)))
        .order_by(figure.c.office_id, figure.c.day, figure.c.name)
        .with_for_update(of=figure)
    ).all()
    counted: dict[tuple[str, str, UUID], dict[str, int]] = {}
    for row in rows:
        counted.setdefault((row.code, row.day, row.office_id), {})[row.name] = row.n
    for (code, day, office_id), names in counted.items():
        work.put_record("figures", f"{code} {day}", _document(office_id, day, names), office_id)
    news = [(r.office_id, r.day, r.name, r.n) for r in rows if r.n != r.published]
    key = ("office_id", "day", "name")
    update_rows(work.connection, figure, key, ["published"], news, programme_id=work.programme_id)
    return len(news)


def _document(office_id: UUID, day: str, names: dict[str, int]) -> dict[str, Any]:
    def part(prefix: str) -> dict[str, int]:
        return {
            name.removeprefix(prefix): n
            for name, n in names.items()
            if n and name.startswith(prefix)
        }

    return {
        "office_id": office_id,
        "day": day,
        "encounters": names.get("encounters", 0),
        "by_state": part("state:"),
        "by_score": part("score:"),
    }
