"""Ratings that came by a link before their visit's own entries: put together once these come."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.server.appeals import Appeals
from sync.server.batch import Batch
from sync.server.cases import write_cases
from sync.server.devices import find_device
from sync.server.links.taking import clerk_number, load_case
from sync.server.store import tables as t
from sync.server.work import Work

CHUNK_LINKS: Final = 50
START: Final = UUID(int=0)


def find_due(connection: Connection, programme_id: UUID, *, after: UUID) -> Sequence[UUID]:
    """The visits, some of those behind `after`, that are here now and whose links wait."""
    link, visit = t.rating_link, t.encounter
    rows = connection.execute(
        sa.select(link.c.encounter_id)
        .join(
            visit,
            (visit.c.programme_id == link.c.programme_id)
            & (visit.c.encounter_id == link.c.encounter_id),
        )
        .where(link.c.programme_id == programme_id, t.WAITING, link.c.encounter_id > after)
        .order_by(link.c.encounter_id)
        .limit(CHUNK_LINKS)
    )
    return rows.scalars().all()


def join(work: Work, encounter_ids: Collection[UUID]) -> int:
    """Have these visits' days counted, and name their clerks in the cases; returns how many.

    What another counter's link said is left out for good.
    """
    link = t.rating_link
    found = work.find(t.encounter, "encounter_id", encounter_ids)
    visits = {row.encounter_id: row for row in found}
    links = work.find(link, "encounter_id", encounter_ids, lock=True)
    appeals = Appeals(work)
    due = [row for row in links if row.state == "waiting" and row.encounter_id in visits]
    for row in due:
        visit = visits[row.encounter_id]
        is_own = visit.device_id == row.device_id
        work.connection.execute(
            sa.update(link)
            .where(
                link.c.programme_id == work.programme_id, link.c.encounter_id == row.encounter_id
            )
            .values(state="joined" if is_own else "foreign")
        )
        if is_own:
            _name_clerk(work, row, clerk_number(work, visit))
            work.mark_day(visit.office_id, visit.day, row.device_id)
            if visit.appeal is not None:
                appeals.rated_anew(row.encounter_id)
    appeals.publish()
    return len(due)


def _name_clerk(work: Work, link: Any, number: str) -> None:
    device = find_device(work.connection, link.device_id)
    assert device is not None, "no device is ever deleted"
    batch = Batch(work, device)
    for rating in work.find(t.link_rating, "encounter_id", [link.encounter_id]):
        if load_case(batch, rating.rating_id) and not batch.cases[rating.rating_id]["clerk_number"]:
            batch.cases[rating.rating_id]["clerk_number"] = number
            batch.changed_cases[rating.rating_id] = None
    write_cases(batch)
