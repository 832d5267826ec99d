"""Looks once a day at each office's visits of the last days for what may keep ratings away.

A job, as `watching.py` is for spending: what shows is put before the office's manager, once a week
for the same clerk and pattern, and stops nothing. What counters bring late is looked at with the
next day, as long as it is of these days.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.office_time import local_day
from app.domain.suppressing import Visit, suppression
from app.domain.watching import SETTING, Pattern, Sign, WatchRules
from sync.server.devices import find_device
from sync.server.store import tables as t
from sync.server.watching import put_sign
from sync.server.work import Work

_SENTENCES: Final[Mapping[Pattern, str]] = {
    Pattern.UNASKED: "{part} of {n} customers weren't asked in {days} days, {usual} % with others",
    Pattern.AT_ONCE: "{part} of {n} questions closed at once in {days} days, {usual} % with others",
    Pattern.AFTER_LOW: (
        "{part} of {n} visits after a low rating without one in {days} days, {usual} % otherwise"
    ),
    Pattern.TOO_FAST: (
        "{part} of {n} ratings sooner than a touch in {days} days, {usual} % with others"
    ),
    Pattern.STRAY: (
        "Pressed outside a question {part} times in {n} visits in {days} days, {usual} % with"
        " others"
    ),
}


class Due(NamedTuple):
    """An office whose day is over that was looked at last."""

    office_id: UUID
    day: str


def find_due(connection: Connection, programme_id: UUID, *, now_ms: int) -> list[Due]:
    """Offices whose yesterday wasn't looked at yet."""
    office, seen = t.office.c, t.rating_watch.c
    rows = connection.execute(
        sa.select(office.office_id, office.time_zone, seen.day)
        .select_from(
            t.office.outerjoin(
                t.rating_watch,
                (seen.programme_id == office.programme_id) & (seen.office_id == office.office_id),
            )
        )
        .where(office.programme_id == programme_id)
        .order_by(office.office_id)
    )
    found = []
    for row in rows:
        day = (local_day(now_ms, row.time_zone) - timedelta(1)).isoformat()
        if row.day is None or row.day < day:
            found.append(Due(row.office_id, day))
    return found


def look_at(work: Work, due: Due) -> int:
    """Look at one office's days, and raise what shows; returns how many visits there were."""
    rules = WatchRules.from_setting(work.setting(SETTING))
    rows = _visits(work, due, rules) if rules.ratings_n else []
    devices = {row.staff_id: row.device_id for row in rows}  # of the last visit
    strays = _strays(work, due, rules) if rows else {}
    for staff_id, signs in suppression(map(_visit, rows), rules, strays).items():
        for sign in signs:
            _raise(work, due, staff_id, devices[staff_id], sign)
    work.replace_rows(t.rating_watch, [due])
    return len(rows)


def _visits(work: Work, due: Due, rules: WatchRules) -> list[Any]:
    visit = t.encounter.c
    return list(
        work.connection.execute(
            sa.select(
                visit.staff_id, visit.device_id, visit.opened_ms, visit.ended_ms,
                visit.rated_ms, visit.closed_ms, visit.rating_state, visit.score,
            )
            .where(
                visit.programme_id == work.programme_id,
                visit.office_id == due.office_id,
                visit.day.between(_first(due, rules), due.day),
                visit.staff_id.is_not(None),
            )
            .order_by(visit.opened_ms, visit.encounter_id)
        )
    )  # fmt: skip


def _strays(work: Work, due: Due, rules: WatchRules) -> dict[UUID, int]:
    """How often somebody pressed outside a question, by who was signed in; no key that sticks."""
    press = t.stray_press.c
    rows = work.connection.execute(
        sa.select(press.staff_id, sa.func.count().label("times"))
        .where(
            press.programme_id == work.programme_id,
            press.office_id == due.office_id,
            press.day.between(_first(due, rules), due.day),
            press.staff_id.is_not(None),
            sa.not_(press.is_stuck),
        )
        .group_by(press.staff_id)
    )
    return {row.staff_id: row.times for row in rows}


def _first(due: Due, rules: WatchRules) -> str:
    return (date.fromisoformat(due.day) - timedelta(rules.ratings_days - 1)).isoformat()


def _visit(row: Any) -> Visit:
    answered_ms = row.closed_ms if row.rated_ms is None else row.rated_ms
    return Visit(
        row.staff_id, row.opened_ms, row.ended_ms, answered_ms, row.rating_state, row.score
    )


def _raise(work: Work, due: Due, staff_id: UUID, device_id: UUID, sign: Sign) -> None:
    device = find_device(work.connection, device_id)
    assert device is not None, "a visit has its device"
    week = date.fromisoformat(due.day).toordinal() // 7
    put_sign(
        work,
        device,
        sign,
        _SENTENCES[sign.pattern],
        about=f"{due.office_id} {sign.pattern} {staff_id} {week}",
        office_id=due.office_id,
        staff_id=staff_id,
    )
