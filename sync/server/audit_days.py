"""Audit of what desks were told of their offices' days."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.records import Cell, Figures
from sync.server.joins import outer
from sync.server.store import tables as t
from sync.server.store.bulk import stream

Day = tuple[Any, ...]
"""(programme, office, ISO date)"""

_IS_KEPT: Final = sa.func.coalesce(t.encounter.c.appeal, "") != "upheld"


def published_days(connection: Connection) -> Iterator[str]:
    """What was told of days that nothing changed since, against the visits of these days."""
    visit = t.encounter
    day = _place(visit)
    due = days_due(connection)
    counted: defaultdict[Day, Counter[str]] = defaultdict(Counter)
    for row in connection.execute(sa.select(*day, sa.func.count()).group_by(*day)):
        counted[tuple(row[:3])]["visits"] = row[3]
    for name, column, counts in (
        ("state", visit.c.rating_state, visit.c.rating_state != ""),
        ("score", visit.c.score, visit.c.score.is_not(None) & (visit.c.flags == "") & _IS_KEPT),
    ):
        rows = connection.execute(
            sa.select(*day, column, sa.func.count()).where(counts).group_by(*day, column)
        )
        for row in rows:
            counted[tuple(row[:3])][f"{name} {row[3]}"] = row[4]
    for row in connection.execute(_linked(day)):
        counted[tuple(row[:3])][f"{row.source} {row.given}"] = row.n
    told = sa.select(t.record.c.programme_id, t.record.c.body).where(t.record.c.kind == "figures")
    sums = sa.select(t.day_sum.c.programme_id, t.day_sum.c.body)
    for name, statement in (("record figures", told), ("day_sum", sums)):
        kept: defaultdict[Day, Counter[str]] = defaultdict(Counter)
        for row in stream(connection, statement):
            figures = msgspec.json.decode(row.body, type=Figures)
            of_day = _told(figures)
            whole = figures.whole
            if (figures.cells and of_day != _in_cells(figures)) or (
                whole is not None and of_day != _told(whole)
            ):
                yield f"{name} {figures.office_id} {figures.day}: its cells don't add up"
            of_day.update(_phones(figures))
            kept[row.programme_id, figures.office_id, figures.day] = of_day
        yield from compared(name, counted, kept, due)


def days_due(connection: Connection) -> set[Day]:
    """Days that are still to be counted."""
    return {tuple(row) for row in connection.execute(sa.select(*_place(t.day_mark)).distinct())}


def compared(
    name: str, counted: Mapping[Day, Counter[str]], kept: Mapping[Day, Counter[str]], due: set[Day]
) -> Iterator[str]:
    """Say where what is `kept` differs from what was `counted`, but for days that are due."""
    nothing: Counter[str] = Counter()
    for key in sorted((counted.keys() | kept.keys()) - due, key=str):
        _, office_id, date = key
        real, said = counted.get(key, nothing), kept.get(key, nothing)
        for what in sorted(real.keys() | said.keys()):
            if real[what] != said[what]:
                yield f"{name} {office_id} {date}, {what}: {said[what]}, counted {real[what]}"


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
        .where(visit.c.device_id == link.c.device_id, _IS_KEPT)
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
