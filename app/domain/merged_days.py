"""Offices' days put together for whoever may not see all that is in them, or wants to see less."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from app.domain.records import Cell, Figures, Handled, Pressed, Served

NOBODY = ""


def without_staff(day: Figures) -> Figures:
    """Leave out who it was, as another office's managers see a day."""
    return replace(
        day,
        cells=_merged((cell, cell.counter) for cell in day.cells),
        cases=tuple(replace(case, staff=NOBODY) for case in day.cases),
    )


def by_office(days: Iterable[tuple[str, Figures]]) -> tuple[Figures, ...]:
    """Make one day out of all offices' for each date, each office as if it were one counter.

    Args:
        days: with the code of the office whose each is, in any order.

    Returns:
        By date; without staff, and of no office.
    """
    cells: defaultdict[str, list[tuple[Cell, str]]] = defaultdict(list)
    cases: defaultdict[str, list[Handled]] = defaultdict(list)
    served: defaultdict[str, list[Served]] = defaultdict(list)
    pressed: defaultdict[str, list[Pressed]] = defaultdict(list)
    for code, day in days:
        cells[day.day] += [(cell, code) for cell in day.cells]
        cases[day.day] += [replace(case, counter=code, staff=NOBODY) for case in day.cases]
        if day.served:
            n, unopened = (
                sum(getattr(each, name) for each in day.served) for name in ("n", "unopened")
            )
            served[day.day].append(Served(code, n, unopened))
        pressed[day.day] += [replace(each, counter=code) for each in day.pressed]
    return tuple(
        replace(
            _day(day, _merged(of_day)),
            cases=tuple(cases[day]),
            served=tuple(served[day]),
            pressed=tuple(pressed[day]),
        )
        for day, of_day in sorted(cells.items())
    )


def _day(day: str, cells: tuple[Cell, ...]) -> Figures:
    states: dict[str, int] = {}
    scores: dict[str, int] = {}
    for cell in cells:
        _add(states, cell.by_state)
        _add(scores, cell.by_score)
    visits = sum(cell.encounters for cell in cells)
    return Figures(UUID(int=0), day, visits, states, scores, cells)


def _merged(cells: Iterable[tuple[Cell, str]]) -> tuple[Cell, ...]:
    """Cells by the counter that is named for each, and by service."""
    visits: dict[tuple[str, str], int] = {}
    found: dict[tuple[str, str], Cell] = {}
    for cell, counter in cells:
        place = counter, cell.service
        into = found.get(place)
        if into is None:
            into = found[place] = Cell(counter, NOBODY, cell.service, 0, {})
            visits[place] = 0
        visits[place] += cell.encounters
        _add(into.by_state, cell.by_state)
        _add(into.by_score, cell.by_score)
        _add(into.excluded, cell.excluded)
        _add(into.reasons, cell.reasons)
        _add(into.phone, cell.phone)
        _add(into.companions, cell.companions)
        for hour, (n, ratings, good) in cell.hours.items():
            before = into.hours.get(hour, (0, 0, 0))
            into.hours[hour] = (before[0] + n, before[1] + ratings, before[2] + good)
        for step, took in cell.seconds.items():
            _add(into.seconds.setdefault(step, {}), took)
    return tuple(replace(found[place], encounters=visits[place]) for place in sorted(found))


def _add(into: dict[Any, int], of: Mapping[Any, int]) -> None:
    for name, n in of.items():
        into[name] = into.get(name, 0) + n
