"""Draws each manager's customers of the week, from the office's Monday on, and tells its desks.

A job. An office's customers are read in short pieces outside of any writing transaction; a list
that was drawn stays as it is, and nobody is on another one for a time, whose ever.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.listening import (
    SETTING,
    Customer,
    Frame,
    ListeningRules,
    draw,
    in_turn,
    lot,
    monday_of,
    strata,
    stratum_of,
)
from app.domain.office_time import local_day
from sync.server.listenings import publish
from sync.server.recovery import COUNTS, merged, survivor
from sync.server.scope import OWN
from sync.server.settings_of import setting_value
from sync.server.store import tables as t
from sync.server.store.bulk import find_rows
from sync.server.work import Work

MANAGER: Final = "duty_manager"
_CHUNK: Final = 2_000
_VISIT: Final = t.encounter.c


class Due(NamedTuple):
    """An office some of whose managers have no list of this week yet."""

    office_id: UUID
    code: str
    day: str  # local, ISO
    week: str
    are_own: bool  # its replicas hold members of its own
    staff_ids: tuple[UUID, ...]


def find_due(connection: Connection, programme_id: UUID, *, now_ms: int) -> list[Due]:
    """Offices with managers whose list is to be drawn; none where lists are turned off."""
    rules = ListeningRules.from_setting(setting_value(connection, programme_id, SETTING))
    if not rules.per_week:
        return []
    offices = connection.execute(
        sa.select(t.office).where(t.office.c.programme_id == programme_id)
    ).all()
    days = {row.office_id: local_day(now_ms, row.time_zone) for row in offices}
    weeks = {office_id: monday_of(day) for office_id, day in days.items()}
    made = t.listening_draw.c
    drawn = {
        (row.staff_id, row.week)
        for row in connection.execute(
            sa.select(made.staff_id, made.week).where(
                made.programme_id == programme_id, made.week.in_(sorted(set(weeks.values())))
            )
        )
    }
    person = t.staff.c
    without: dict[UUID, list[UUID]] = {}
    for row in connection.execute(
        sa.select(person.staff_id, person.office_id, person.roles)
        .where(person.programme_id == programme_id, person.active, person.roles.contains(MANAGER))
        .order_by(person.staff_id)
    ):
        week = weeks.get(row.office_id)
        if MANAGER in row.roles.split(",") and week and (row.staff_id, week) not in drawn:
            without.setdefault(row.office_id, []).append(row.staff_id)
    return [
        Due(
            row.office_id,
            row.code,
            days[row.office_id].isoformat(),
            weeks[row.office_id],
            row.members == OWN,
            tuple(without[row.office_id]),
        )
        for row in sorted(offices, key=lambda row: str(row.code))
        if row.office_id in without
    ]


@dataclass(slots=True)
class _Known:
    """A customer as the office's visits show them; a merged one's under who they are now."""

    visits: int = 0
    last_day: str = ""
    score: int | None = None


@dataclass(frozen=True, slots=True)
class _Reading:
    connection: Connection
    programme_id: UUID
    due: Due
    rules: ListeningRules
    into: Mapping[UUID, UUID]
    barred: frozenset[UUID]
    known: dict[UUID, _Known] = field(default_factory=dict)

    @property
    def since(self) -> str:
        return _before(self.due.day, self.rules.visited_days)


def gather(connection: Connection, programme_id: UUID, due: Due) -> Frame:
    """Read whom an office's lists can be drawn among; only reads."""
    rules = ListeningRules.from_setting(setting_value(connection, programme_id, SETTING))
    rating = setting_value(connection, programme_id, "rating")
    among = strata(are_named=bool(rating.get("show_member_name")))
    into = merged(connection, programme_id)
    barred = frozenset(_barred(connection, programme_id, due, rules, into))
    reading = _Reading(connection, programme_id, due, rules, into, barred)
    _know(reading)
    frame = Frame(due.week, due.office_id, among, rules.per_week * len(due.staff_ids))
    for customer in (*_visitors(reading), *_at_home(reading)):
        frame.add(customer.member_id, stratum_of(customer, rules, among))
    return frame


def record(work: Work, due: Due, frame: Frame) -> int:
    """Write down the lists of those who have none yet; returns how many customers were drawn."""
    rules = ListeningRules.from_setting(work.setting(SETTING))
    setting = work.find(t.setting, "name", [SETTING])
    version = setting[0].version if setting else 0
    had = {
        row.staff_id
        for row in work.find(t.listening_draw, "staff_id", due.staff_ids)
        if row.week == due.week
    }
    rows = []
    for staff_id in in_turn(due.week, due.staff_ids):
        if staff_id in had:
            continue
        before, drawn = draw(frame, staff_id, rules.per_week)
        work.add(
            t.listening_draw,
            staff_id,
            due.week,
            due.office_id,
            work.now_ms,
            version,
            json.dumps(before),
        )
        for place, (stratum, member_id) in enumerate(drawn, 1):
            row = _Row(
                uuid5(staff_id, f"{due.week} {place}"),
                due.office_id,
                staff_id,
                due.week,
                place,
                member_id,
                stratum,
                lot(due.week, due.office_id, member_id),
            )
            work.add(t.listening, *row)
            rows.append(row)
    publish(work, rows)
    return len(rows)


class _Row(NamedTuple):
    """A row of `listening`, behind the programme's id."""

    listening_id: UUID
    office_id: UUID
    staff_id: UUID
    week: str
    place: int
    member_id: UUID
    stratum: str
    lot: bytes


def apart_from(week: str, rules: ListeningRules) -> str:
    """Nobody of this week's may be on a list of a later Monday than this ISO date."""
    return _before(week, rules.apart_days)


def _barred(
    connection: Connection,
    programme_id: UUID,
    due: Due,
    rules: ListeningRules,
    into: Mapping[UUID, UUID],
) -> Iterator[UUID]:
    """Who was on a list lately, or works here: nobody listens to themselves."""
    listed = t.listening.c
    lately = sa.select(listed.member_id).where(
        listed.programme_id == programme_id, listed.week > apart_from(due.week, rules)
    )
    staff = sa.select(t.staff.c.member_id).where(
        t.staff.c.programme_id == programme_id, t.staff.c.member_id.is_not(None)
    )
    for statement in (lately, staff):
        for member_id in connection.execute(statement).scalars():
            yield survivor(into, member_id)


def _know(reading: _Reading) -> None:
    """Count visits, and find the last rating that counts, of whoever was here."""
    rules, due = reading.rules, reading.due
    days = rules.visited_days if due.are_own else max(rules.lapsed_days, rules.visited_days)
    here = sa.and_(
        _VISIT.programme_id == reading.programme_id,
        _VISIT.office_id == due.office_id,
        _VISIT.member_id.is_not(None),
    )
    recent = sa.func.sum(sa.case((_VISIT.day > reading.since, 1), else_=0))
    visits = (
        sa.select(_VISIT.member_id, recent.label("n"), sa.func.max(_VISIT.day).label("day"))
        .where(here, _VISIT.day > _before(due.day, days))
        .group_by(_VISIT.member_id)
    )
    for row in reading.connection.execute(visits):
        known = reading.known.setdefault(survivor(reading.into, row.member_id), _Known())
        known.visits += int(row.n)
        known.last_day = max(known.last_day, row.day)
    rated = (
        sa.select(_VISIT.member_id, _VISIT.score)
        .where(here, _VISIT.day > reading.since, _VISIT.score.is_not(None), COUNTS)
        .order_by(_VISIT.opened_ms, _VISIT.encounter_id)
    )
    for row in reading.connection.execute(rated):
        reading.known[survivor(reading.into, row.member_id)].score = row.score


def _visitors(reading: _Reading) -> Iterator[Customer]:
    ids = [i for i in reading.known if i not in reading.barred]
    columns = ("member_id", "tier", "status", "merged_into", "phone")
    for begin in range(0, len(ids), _CHUNK):
        for row in find_rows(
            reading.connection,
            t.member,
            "member_id",
            ids[begin : begin + _CHUNK],
            programme_id=reading.programme_id,
            columns=columns,
        ):
            if _can_be_called(row):
                known = reading.known[row.member_id]
                yield Customer(row.member_id, row.tier, known.visits, known.score)


def _at_home(reading: _Reading) -> Iterator[Customer]:
    """Members of this office who haven't been here for longer than the visits were looked at."""
    member = t.member.c
    after = UUID(int=0)
    while True:
        rows = reading.connection.execute(
            sa.select(
                member.member_id, member.tier, member.status, member.merged_into, member.phone,
                member.joined_on,
            )
            .where(
                member.programme_id == reading.programme_id,
                member.home_office == reading.due.code,
                member.member_id > after,
            )
            .order_by(member.member_id)
            .limit(_CHUNK)
        ).all()  # fmt: skip
        for row in rows:
            is_new = row.joined_on is not None and row.joined_on > reading.since
            is_free = row.member_id not in reading.known and row.member_id not in reading.barred
            if is_free and not is_new and _can_be_called(row):
                yield Customer(row.member_id, row.tier, 0)
        if len(rows) < _CHUNK:
            return
        after = rows[-1].member_id


def _can_be_called(row: Any) -> bool:
    return row.status == "active" and row.merged_into is None and bool(row.phone)


def _before(day: str, days: int) -> str:
    return (date.fromisoformat(day) - timedelta(days)).isoformat()
