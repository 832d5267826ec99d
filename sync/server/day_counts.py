"""What happened on offices' days, counted from the visits and cases themselves.

Nothing is added up as entries come in: what arrives late, or counts no more, is right at the next
count of its day, and counting twice makes no difference.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.appeal import EXCLUDED
from app.domain.events import LOW_SCORES
from app.domain.merged_days import as_one
from app.domain.rating import GOOD_SCORES
from app.domain.records import STEP_EDGES_S, STEPS, Cell, Figures, Handled, Pressed, Served
from sync.server.case_tiers import tier_seconds
from sync.server.joins import outer
from sync.server.store import tables as t

Day = tuple[UUID, str]
"""(office, ISO date)"""

_Place = tuple[UUID, UUID | None, str]
"""(device, staff, service)"""

_PART_MS: Final = 1_800_000  # every zone's hours begin at a half or a whole one of UTC's
_LAST_S: Final = 253_370_764_800  # a journal's clock may say anything; the calendar ends here


@dataclass
class _Cell:
    encounters: int = 0
    by_state: Counter[str] = field(default_factory=Counter)
    by_score: Counter[str] = field(default_factory=Counter)
    excluded: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    hours: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0] * 3))
    seconds: dict[str, dict[int, int]] = field(default_factory=dict)
    phone: Counter[str] = field(default_factory=Counter)
    companions: Counter[str] = field(default_factory=Counter)


_Key = TypeVar("_Key", str, int)
_Cells = dict[Day, defaultdict[_Place, _Cell]]


def count_days(
    connection: Connection, programme_id: UUID, days: Collection[Day]
) -> dict[Day, Figures]:
    """Count these days anew, as the database has them now.

    Returns:
        each of them, also one on which nothing happened.
    """
    cells: _Cells = {day: defaultdict(_Cell) for day in days}
    places = list(cells)
    _add_ratings(cells, connection.execute(_ratings(programme_id, places)))
    _add_linked(cells, connection.execute(_linked(programme_id, places)))
    zones = _named(
        connection, programme_id, t.office, "time_zone", {office_id for office_id, _ in places}
    )
    _add_hours(
        cells,
        connection.execute(_hours(programme_id, places)),
        {office_id: ZoneInfo(zone) for office_id, zone in zones.items()},
    )
    for step in STEPS:
        _add_seconds(cells, step, connection.execute(_seconds(programme_id, places, step)))
    used = {place for of_day in cells.values() for place in of_day}
    labels = _labels(connection, programme_id, {device_id for device_id, _, _ in used})
    staff_ids = {staff_id for _, staff_id, _ in used if staff_id is not None}
    numbers = _named(connection, programme_id, t.staff, "number", staff_ids)
    cases: defaultdict[Day, list[Handled]] = defaultdict(list)
    rows = connection.execute(_cases(programme_id, places)).all()
    tiers = tier_seconds(connection, programme_id, rows)
    for row in rows:
        cases[row.office_id, row.day].append(_handled(row, tiers.get(row.case_id, {})))
    served = _served(connection, programme_id, places)
    pressed = _pressed(connection, programme_id, places)
    return {
        day: replace(
            _figures(day, _told(of_day, labels, numbers), tuple(cases[day]), served.get(day, {})),
            pressed=tuple(pressed.get(day, ())),
        )
        for day, of_day in cells.items()
    }


def _figures(
    day: Day, cells: tuple[Cell, ...], cases: tuple[Handled, ...], served: Mapping[str, int]
) -> Figures:
    return Figures(
        *day,
        encounters=sum(cell.encounters for cell in cells),
        by_state=_added(cell.by_state for cell in cells),
        by_score=_added(cell.by_score for cell in cells),
        cells=cells,
        cases=cases,
        served=_unopened(served, cells),
        whole=as_one(cells),
    )


def _unopened(served: Mapping[str, int], cells: Iterable[Cell]) -> tuple[Served, ...]:
    """Compare each count with the visits opened there; the whole office's only without others."""
    opened: Counter[str] = Counter()
    for cell in cells:
        opened[cell.counter] += cell.encounters
        opened[""] += cell.encounters
    counted = {counter: n for counter, n in served.items() if counter} or served
    return tuple(
        Served(counter, n, max(0, n - opened[counter])) for counter, n in sorted(counted.items())
    )


def _told(
    cells: Mapping[_Place, _Cell], labels: Mapping[UUID, str], numbers: Mapping[UUID, str]
) -> tuple[Cell, ...]:
    """The same day is the same document, whatever the database's order was."""
    named = (
        Cell(
            labels[device_id],
            "" if staff_id is None else numbers[staff_id],
            service,
            cell.encounters,
            _sorted(cell.by_state),
            _sorted(cell.by_score),
            _sorted(cell.excluded),
            _sorted(cell.reasons),
            {hour: (n, rated, good) for hour, (n, rated, good) in sorted(cell.hours.items())},
            {step: _sorted(took) for step, took in cell.seconds.items()},
            _sorted(cell.phone),
            _sorted(cell.companions),
        )
        for (device_id, staff_id, service), cell in cells.items()
    )
    # A PC that was exchanged leaves a counter with two devices on one day: two cells, which add up
    return tuple(
        sorted(named, key=lambda cell: (cell.counter, cell.staff, cell.service, str(cell)))
    )


def _sorted(counted: Mapping[_Key, int]) -> dict[_Key, int]:
    return dict(sorted(counted.items()))


def _added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return _sorted(total)


# --- asking ---------------------------------------------------------------------------------------

_VISIT: Final = t.encounter.c
_ALIKE: Final = (
    _VISIT.office_id, _VISIT.day, _VISIT.device_id, _VISIT.staff_id, _VISIT.service,
)  # fmt: skip

_IS_APPEALED: Final = sa.func.coalesce(_VISIT.appeal, "") == "upheld"
"""A manager has upheld an appeal against its rating."""


def _within(table: sa.Table, programme_id: UUID, days: Collection[Day]) -> sa.ColumnElement[bool]:
    place = sa.tuple_(table.c.office_id, table.c.day)
    return sa.and_(table.c.programme_id == programme_id, place.in_(days))


def _named(
    connection: Connection, programme_id: UUID, table: sa.Table, name: str, ids: Collection[UUID]
) -> dict[UUID, str]:
    """A column of a table's rows, by the id that is their key."""
    key = table.c[f"{table.name}_id"]
    statement = sa.select(key, table.c[name]).where(
        table.c.programme_id == programme_id, key.in_(ids)
    )
    return {row[0]: row[1] for row in connection.execute(statement)}


def _labels(
    connection: Connection, programme_id: UUID, device_ids: Collection[UUID]
) -> dict[UUID, str]:
    device, counter = t.device.c, t.counter.c
    statement = (
        sa.select(device.device_id, counter.label)
        .join(
            t.counter,
            (counter.programme_id == device.programme_id)
            & (counter.counter_id == device.counter_id),
        )
        .where(device.programme_id == programme_id, device.device_id.in_(device_ids))
    )
    return {row.device_id: row.label for row in connection.execute(statement)}


def _ratings(programme_id: UUID, days: Collection[Day]) -> sa.Select[Any]:
    is_appealed = sa.case((_IS_APPEALED, EXCLUDED), else_="").label("appealed")
    alike = (
        *_ALIKE, _VISIT.rating_state, _VISIT.score, _VISIT.flags, _VISIT.reasons, is_appealed,
    )  # fmt: skip
    return (
        sa.select(*alike, sa.func.count().label("n"))
        .where(_within(t.encounter, programme_id, days))
        .group_by(*alike)
    )


def _add_ratings(cells: _Cells, rows: Iterable[Any]) -> None:
    for row in rows:
        cell = cells[row[:2]][row[2:5]]
        cell.encounters += row.n
        if row.rating_state:
            cell.by_state[row.rating_state] += row.n
        if row.score is None:
            continue
        why = [each for each in (*row.flags.split(","), row.appealed) if each]
        for each in why:
            cell.excluded[each] += row.n
        if not why:
            cell.by_score[str(row.score)] += row.n
            if row.score in LOW_SCORES:
                for reason in filter(None, row.reasons.split(",")):
                    cell.reasons[reason] += row.n


def _linked(programme_id: UUID, days: Collection[Day]) -> sa.Select[Any]:
    """Ratings by visits' links: the first is the customer's where the panel has none of theirs."""
    link, rating = t.rating_link, t.link_rating
    is_first = sa.case((_VISIT.score.is_(None) & (rating.c.place == 1), 1), else_=0)
    is_appealed = sa.case((_IS_APPEALED, 1), else_=0)
    found = (
        sa.select(
            *_ALIKE,
            is_first.label("is_first"),
            is_appealed.label("is_appealed"),
            rating.c.score.label("given"),
        )
        .select_from(t.encounter)
        .join(
            link,
            (link.c.programme_id == _VISIT.programme_id)
            & (link.c.encounter_id == _VISIT.encounter_id)
            & (link.c.device_id == _VISIT.device_id),  # no counter speaks of another's visits
        )
        .join(
            rating,
            (rating.c.programme_id == _VISIT.programme_id)
            & (rating.c.encounter_id == _VISIT.encounter_id),
        )
        .where(_within(t.encounter, programme_id, days))
        .subquery()
    )
    alike = (*(found.c[column.name] for column in _ALIKE), *tuple(found.c)[len(_ALIKE) :])
    return sa.select(*alike, sa.func.count().label("n")).group_by(*alike)


def _add_linked(cells: _Cells, rows: Iterable[Any]) -> None:
    for row in rows:
        cell = cells[row[:2]][row[2:5]]
        if row.is_appealed:
            cell.excluded[EXCLUDED] += row.n
        else:
            counted = cell.phone if row.is_first else cell.companions
            counted[str(row.given)] += row.n


def _counted_by(found: sa.Subquery, key: str, *counts: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Rows of (office, day, device, staff, service, key, how many, and of `counts`)."""
    alike = (*(found.c[column.name] for column in _ALIKE), found.c[key])
    return sa.select(*alike, sa.func.count(), *counts).group_by(*alike)


def _hours(programme_id: UUID, days: Collection[Day]) -> sa.Select[Any]:
    counts = _VISIT.score.is_not(None) & (_VISIT.flags == "") & ~_IS_APPEALED
    found = (
        sa.select(
            *_ALIKE,
            (_VISIT.opened_ms // _PART_MS).label("part"),
            sa.case((counts, 1)).label("rating"),
            sa.case((counts & _VISIT.score.in_(GOOD_SCORES), 1)).label("good"),
        )
        .where(_within(t.encounter, programme_id, days))
        .subquery()
    )
    return _counted_by(found, "part", sa.func.count(found.c.rating), sa.func.count(found.c.good))


def _add_hours(cells: _Cells, rows: Iterable[Any], zones: Mapping[UUID, ZoneInfo]) -> None:
    for row in rows:
        at_s = min(max(row.part * _PART_MS // 1000, 0), _LAST_S)
        hour = datetime.fromtimestamp(at_s, UTC).astimezone(zones[row.office_id]).hour
        found = cells[row[:2]][row[2:5]].hours[hour]
        for place, n in enumerate(row[6:]):
            found[place] += n


def _seconds(programme_id: UUID, days: Collection[Day], step: str) -> sa.Select[Any]:
    took_ms = {
        "identify": _VISIT.identified_ms - _VISIT.opened_ms,
        "serve": _VISIT.ended_ms - _VISIT.opened_ms,
        "answer": _VISIT.rated_ms - _VISIT.ended_ms,
    }[step]
    bucket = sa.case(
        *((took_ms < edge * 1000, place) for place, edge in enumerate(STEP_EDGES_S)),
        else_=len(STEP_EDGES_S),
    )
    found = (
        sa.select(*_ALIKE, bucket.label("bucket"))
        # below nothing where a clock was set back meanwhile; null where the step wasn't taken
        .where(_within(t.encounter, programme_id, days), took_ms >= 0)
        .subquery()
    )
    return _counted_by(found, "bucket")


def _add_seconds(cells: _Cells, step: str, rows: Iterable[Any]) -> None:
    for row in rows:
        cells[row[:2]][row[2:5]].seconds.setdefault(step, {})[row.bucket] = row[6]


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
        sa.select(case, there.label("there_ms"), _VISIT.service)
        .select_from(outer(case, t.encounter, "programme_id", "encounter_id"))
        .where(_within(case, programme_id, days))
        .order_by(case.c.opened_ms, case.c.case_id)
    )


def _served(
    connection: Connection, programme_id: UUID, days: Collection[Day]
) -> dict[Day, dict[str, int]]:
    """What somebody else counted on these days, by counter."""
    served = t.served_count
    found: defaultdict[Day, dict[str, int]] = defaultdict(dict)
    for row in connection.execute(sa.select(served).where(_within(served, programme_id, days))):
        found[row.office_id, row.day][row.counter] = row.n
    return found


def _pressed(
    connection: Connection, programme_id: UUID, days: Collection[Day]
) -> dict[Day, list[Pressed]]:
    """What was pressed on these days while no question was open, by counter."""
    press, device, counter = t.stray_press, t.device, t.counter
    alike = (press.c.office_id, press.c.day, counter.c.label)
    rows = connection.execute(
        sa.select(*alike, sa.func.count().label("times"), sa.func.sum(press.c.presses).label("n"))
        .join(
            device,
            (device.c.programme_id == press.c.programme_id)
            & (device.c.device_id == press.c.device_id),
        )
        .join(
            counter,
            (counter.c.programme_id == device.c.programme_id)
            & (counter.c.counter_id == device.c.counter_id),
        )
        .where(_within(press, programme_id, days), press.c.presses > 0)
        .group_by(*alike)
        .order_by(*alike)
    )
    found: defaultdict[Day, list[Pressed]] = defaultdict(list)
    for row in rows:
        found[row.office_id, row.day].append(Pressed(row.label, row.times, int(row.n)))
    return found


def _handled(row: Any, with_s: dict[str, int]) -> Handled:
    soon = partial(_seconds_to, row.opened_ms)
    return Handled(
        row.origin,
        row.counter_label,
        row.clerk_number,
        row.service or "",
        row.score,
        taken_s=soon(row.acknowledged_ms),
        there_s=soon(row.there_ms),
        closed_s=soon(row.closed_ms),
        outcome=row.outcome,
        with_s=with_s,
    )


def _seconds_to(opened_ms: int, at_ms: int | None) -> int | None:
    return None if at_ms is None else max(0, (at_ms - opened_ms) // 1000)
