"""Audit of what desks were told of their offices' days."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.records import Cell, Figures
from sync.server.joins import outer
from sync.server.store import tables as t
from sync.server.store.bulk import stream


def published_days(connection: Connection) -> Iterator[str]:
    """What desks were told of days that nothing changed since, against the visits of these days."""
    visit, mark = t.encounter, t.day_mark
    day = _place(visit)
    is_kept = visit.c.appeal.is_(None) | (visit.c.appeal != "upheld")
    due = {tuple(row) for row in connection.execute(sa.select(*_place(mark)).distinct())}
    counted: defaultdict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    for row in connection.execute(sa.select(*day, sa.func.count()).group_by(*day)):
        counted[tuple(row[:3])]["visits"] = row[3]
    kept: defaultdict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    for name, column, counts in (
        ("state", visit.c.rating_state, visit.c.rating_state != ""),
        ("score", visit.c.score, visit.c.score.is_not(None) & (visit.c.flags == "") & is_kept),
    ):
        rows = connection.execute(
            sa.select(*day, column, sa.func.count()).where(counts).group_by(*day, column)
        )
        for row in rows:
            counted[tuple(row[:3])][f"{name} {row[3]}"] = row[4]
    for row in connection.execute(_linked(day)):
        counted[tuple(row[:3])][f"{row.source} {row.given}"] = row.n
    told = sa.select(t.record.c.programme_id, t.record.c.body).where(t.record.c.kind == "figures")
    for row in stream(connection, told):
        figures = msgspec.json.decode(row.body, type=Figures)
        kept[row.programme_id, figures.office_id, figures.day] = _told(figures)
        if figures.cells and _told(figures) != _in_cells(figures):
            yield f"record figures {figures.office_id} {figures.day}: its cells don't add up"
        kept[row.programme_id, figures.office_id, figures.day].update(_phones(figures))
    for key in sorted((counted.keys() | kept.keys()) - due, key=str):
        _, office_id, date = key
        for name in sorted(counted[key].keys() | kept[key].keys()):
            if counted[key][name] != kept[key][name]:
                yield (
                    f"record figures {office_id} {date}, {name}: {kept[key][name]},"
                    f" counted {counted[key][name]}"
                )


def _linked(day: tuple[Any, ...]) -> sa.Select[Any]:
    """Ratings from customers' own phones, of visits that are theirs."""
    visit, link, rating = t.encounter, t.rating_link, t.link_rating
    source = sa.case((visit.c.score.is_(None) & (rating.c.place == 1), "phone"), else_="companion")
    found = (
        sa.select(*day, source.label("source"), rating.c.score.label("given"))
        .select_from(outer(rating, visit, "programme_id", "encounter_id"))
        .join(
            link,
            (link.c.programme_id == rating.c.programme_id)
            & (link.c.encounter_id == rating.c.encounter_id),
        )
        .where(visit.c.device_id == link.c.device_id)
        .subquery()
    )
    return sa.select(*found.c, sa.func.count().label("n")).group_by(*found.c)


def _phones(figures: Figures) -> Counter[str]:
    total: Counter[str] = Counter()
    for cell in figures.cells:
        total.update({f"phone {score}": n for score, n in cell.phone.items()})
        total.update({f"companion {score}": n for score, n in cell.companions.items()})
    return total


def _place(table: sa.Table) -> tuple[Any, ...]:
    return (table.c.programme_id, table.c.office_id, table.c.day)


def _told(figures: Figures | Cell) -> Counter[str]:
    told = Counter({"visits": figures.encounters})
    told.update({f"state {state}": n for state, n in figures.by_state.items()})
    told.update({f"score {score}": n for score, n in figures.by_score.items()})
    return told


def _in_cells(figures: Figures) -> Counter[str]:
    total: Counter[str] = Counter()
    for cell in figures.cells:
        total.update(_told(cell))
    return total
