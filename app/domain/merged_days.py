"""Offices' days put together for whoever may not see all that is in them, or wants to see less."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from app.domain.records import SERVICES, Cell, Figures, Pressed, Served

NOBODY: Final = ""
NOTHING: Final = SERVICES[0]
NO_OFFICE: Final = UUID(int=0)


def without_staff(day: Figures) -> Figures:
    """Leave out who it was, as another office's managers see a day."""
    return replace(
        day,
        cells=_merged((cell, cell.counter, cell.service) for cell in day.cells),
        cases=tuple(replace(case, staff=NOBODY) for case in day.cases),
    )


def by_service(day: Figures) -> Figures:
    """Put an office's counters and clerks together: of these are reports over all offices made."""
    return _day(day.office_id, day.day, [day])


def together(days: Iterable[Figures]) -> tuple[Figures, ...]:
    """Make one day out of all offices' for each date, by service alone.

    Args:
        days: by date; they are read as they are needed.

    Returns:
        By date; of no office.
    """
    by_date = groupby(days, key=attrgetter("day"))
    return tuple(_day(NO_OFFICE, date, list(of_date)) for date, of_date in by_date)


def _day(office_id: UUID, date: str, days: Sequence[Figures]) -> Figures:
    cells = _merged((cell, NOBODY, cell.service) for day in days for cell in day.cells)
    cases = tuple(
        replace(case, counter=NOBODY, staff=NOBODY) if case.counter or case.staff else case
        for day in days
        for case in day.cases
    )
    served = [each for day in days for each in day.served]
    n, unopened = (sum(getattr(each, name) for each in served) for name in ("n", "unopened"))
    pressed = [each for day in days for each in day.pressed]
    times, presses = (sum(getattr(each, name) for each in pressed) for name in ("times", "presses"))
    states: dict[str, int] = {}
    scores: dict[str, int] = {}
    for cell in cells:
        _add(states, cell.by_state)
        _add(scores, cell.by_score)
    return Figures(
        office_id,
        date,
        sum(cell.encounters for cell in cells),
        states,
        scores,
        cells,
        cases,
        (Served(NOBODY, n, unopened),) if served else (),
        (Pressed(NOBODY, times, presses),) if pressed else (),
    )


def as_one(cells: Iterable[Cell]) -> Cell | None:
    """Make one cell of all, that nobody and no service has; None of none."""
    return next(iter(_merged((cell, NOBODY, NOTHING) for cell in cells)), None)


def _merged(cells: Iterable[tuple[Cell, str, str]]) -> tuple[Cell, ...]:
    """Cells by the counter and the service that are named for each."""
    visits: dict[tuple[str, str], int] = {}
    found: dict[tuple[str, str], Cell] = {}
    for cell, counter, service in cells:
        place = counter, service
        into = found.get(place)
        if into is None:
            into = found[place] = Cell(counter, NOBODY, service, 0, {})
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
