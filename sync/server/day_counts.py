"""What happened on offices' days, counted from the visits and cases themselves.

Nothing is added up as entries come in: what arrives late, or counts no more, is right at the next
count of its day, and counting twice makes no difference.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.events import LOW_SCORES
from app.domain.records import STEP_EDGES_S, STEPS, Cell, Figures, Handled, Hour
from sync.server.store import tables as t

Day = tuple[UUID, str]
"""(office, ISO date)"""

GOOD_SCORES: Final = (4, 5)
_PART_MS: Final = 1_800_000  # every zone's hours begin at a half or a whole one of UTC's


@dataclass
class _Cell:
    encounters: int = 0
    by_state: Counter[str] = field(default_factory=Counter)
    by_score: Counter[str] = field(default_factory=Counter)
    excluded: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)


@dataclass
class _Day:
    cells: defaultdict[tuple[str, str, str], _Cell] = field(
        default_factory=lambda: defaultdict(_Cell)
    )
    hours: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0] * 3))
    seconds: dict[str, list[int]] = field(default_factory=dict)
    cases: list[Handled] = field(default_factory=list)


def count_days(
    connection: Connection, programme_id: UUID, days: Collection[Day]
) -> dict[Day, Figures]:
    """Count these days anew, as the database has them now.

    Returns:
        each of them, also one on which nothing happened.
    """
    counted = {day: _Day() for day in days}
    places = list(counted)
    _add_cells(counted, connection.execute(_cells(programme_id, places)))
    zones = _zones(connection, programme_id, {office_id for office_id, _ in places})
    _add_hours(counted, connection.execute(_hours(programme_id, places)), zones)
    for step in STEPS:
        _add_seconds(counted, step, connection.execute(_seconds(programme_id, places, step)))
    _add_cases(counted, connection.execute(_cases(programme_id, places)))
    return {day: _figures(day, of_day) for day, of_day in counted.items()}


def _figures(day: Day, counted: _Day) -> Figures:
    cells = tuple(
        Cell(
            *place,
            cell.encounters,
            *(_sorted(c) for c in (cell.by_state, cell.by_score, cell.excluded, cell.reasons)),
        )
        for place, cell in sorted(counted.cells.items())
    )
    return Figures(
        *day,
        encounters=sum(cell.encounters for cell in cells),
        by_state=_added(cell.by_state for cell in cells),
        by_score=_added(cell.by_score for cell in cells),
        cells=cells,
        hours=tuple(Hour(hour, *found) for hour, found in sorted(counted.hours.items())),
        seconds={step: tuple(found) for step, found in sorted(counted.seconds.items())},
        cases=tuple(counted.cases),
    )


def _sorted(counted: Counter[str]) -> dict[str, int]:
    """The same day is the same document, whatever the database's order was."""
    return dict(sorted(counted.items()))


def _added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return _sorted(total)


def _within(table: sa.Table, programme_id: UUID, days: Collection[Day]) -> sa.ColumnElement[bool]:
    place = sa.tuple_(table.c.office_id, table.c.day)
    return sa.and_(table.c.programme_id == programme_id, place.in_(days))


def _cells(programme_id: UUID, days: Collection[Day]) -> sa.Select[Any]:
    visit = t.encounter.c
    alike = (
        visit.office_id,
        visit.day,
        visit.device_id,
        visit.staff_id,
        visit.service,
        visit.rating_state,
        visit.score,
        visit.flags,
        visit.reasons,
    )
    found = (
        sa.select(*alike, sa.func.count().label("n"))
        .where(_within(t.encounter, programme_id, days))
        .group_by(*alike)
        .subquery()
    )
    device, counter, staff = t.device.c, t.counter.c, t.staff.c
    return sa.select(found, counter.label, staff.number).select_from(
        found.join(
            t.device,
            (device.programme_id == programme_id) & (device.device_id == found.c.device_id),
        )
        .join(
            t.counter,
            (counter.programme_id == programme_id) & (counter.counter_id == device.counter_id),
        )
        .outerjoin(
            t.staff, (staff.programme_id == programme_id) & (staff.staff_id == found.c.staff_id)
        )
    )


def _add_cells(counted: Mapping[Day, _Day], rows: Iterable[Any]) -> None:
    for row in rows:
        cell = counted[row.office_id, row.day].cells[row.label, row.number or "", row.service]
        cell.encounters += row.n
        if row.rating_state:
            cell.by_state[row.rating_state] += row.n
        if row.score is None:
            continue
        for flag in filter(None, row.flags.split(",")):
            cell.excluded[flag] += row.n
        if not row.flags:
            cell.by_score[str(row.score)] += row.n
            if row.score in LOW_SCORES:
                for reason in filter(None, row.reasons.split(",")):
                    cell.reasons[reason] += row.n


def _hours(programme_id: UUID, days: Collection[Day]) -> sa.Select[Any]:
    visit = t.encounter.c
    counts = visit.score.is_not(None) & (visit.flags == "")
    found = (
        sa.select(
            visit.office_id,
            visit.day,
            (visit.opened_ms // _PART_MS).label("part"),
            sa.case((counts, 1)).label("rating"),
            sa.case((counts & visit.score.in_(GOOD_SCORES), 1)).label("good"),
        )
        .where(_within(t.encounter, programme_id, days))
        .subquery()
        .c
    )
    alike = (found.office_id, found.day, found.part)
    counted = (sa.func.count(), sa.func.count(found.rating), sa.func.count(found.good))
    return sa.select(*alike, *counted).group_by(*alike)


def _add_hours(
    counted: Mapping[Day, _Day], rows: Iterable[Any], zones: Mapping[UUID, ZoneInfo]
) -> None:
    for office_id, day, part, *counts in rows:
        # a journal's clock may say anything; what is outside the calendar is its first hour
        at_s = min(max(part * _PART_MS // 1000, 0), 253_370_764_800)
        hour = datetime.fromtimestamp(at_s, UTC).astimezone(zones[office_id]).hour
        found = counted[office_id, day].hours[hour]
        for place, n in enumerate(counts):
            found[place] += n


def _zones(
    connection: Connection, programme_id: UUID, office_ids: Collection[UUID]
) -> dict[UUID, ZoneInfo]:
    office = t.office.c
    rows = connection.execute(
        sa.select(office.office_id, office.time_zone).where(
            office.programme_id == programme_id, office.office_id.in_(office_ids)
        )
    )
    return {row.office_id: ZoneInfo(row.time_zone) for row in rows}


def _seconds(programme_id: UUID, days: Collection[Day], step: str) -> sa.Select[Any]:
    visit = t.encounter.c
    took_ms = {
        "identify": visit.identified_ms - visit.opened_ms,
        "serve": visit.ended_ms - visit.opened_ms,
        "answer": visit.rated_ms - visit.ended_ms,
    }[step]
    bucket = sa.case(
        *((took_ms < edge * 1000, place) for place, edge in enumerate(STEP_EDGES_S)),
        else_=len(STEP_EDGES_S),
    )
    found = (
        sa.select(visit.office_id, visit.day, bucket.label("bucket"))
        # below nothing where a clock was set back meanwhile; null where the step wasn't taken
        .where(_within(t.encounter, programme_id, days), took_ms >= 0)
        .subquery()
        .c
    )
    alike = (found.office_id, found.day, found.bucket)
    return sa.select(*alike, sa.func.count().label("n")).group_by(*alike)


def _add_seconds(counted: Mapping[Day, _Day], step: str, rows: Iterable[Any]) -> None:
    for row in rows:
        seconds = counted[row.office_id, row.day].seconds
        seconds.setdefault(step, [0] * (len(STEP_EDGES_S) + 1))[row.bucket] += row.n


def _cases(programme_id: UUID, days: Collection[Day]) -> sa.Select[Any]:
    case, step = t.service_case, t.case_step
    there = (
        sa.select(sa.func.min(step.c.at_ms))
        .where(
            step.c.programme_id == programme_id,
            step.c.case_id == case.c.case_id,
            step.c.kind == "arrived",
        )
        .scalar_subquery()
    )
    return (
        sa.select(case, there.label("there_ms"))
        .where(_within(case, programme_id, days))
        .order_by(case.c.opened_ms, case.c.case_id)
    )


def _add_cases(counted: Mapping[Day, _Day], rows: Iterable[Any]) -> None:
    for row in rows:
        soon = partial(_seconds_to, row.opened_ms)
        counted[row.office_id, row.day].cases.append(
            Handled(
                row.origin,
                row.counter_label,
                row.clerk_number,
                row.score,
                taken_s=soon(row.acknowledged_ms),
                there_s=soon(row.there_ms),
                closed_s=soon(row.closed_ms),
                outcome=row.outcome,
            )
        )


def _seconds_to(opened_ms: int, at_ms: int | None) -> int | None:
    return None if at_ms is None else max(0, (at_ms - opened_ms) // 1000)
