"""For whom a counter might hold points, as the policy wants to know of them.

Who is expected at its office today or tomorrow, who came of late, who has a lease there, and, where
room is left, its home members with the most points.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.lease_policy import (
    DAY_MS,
    Candidate,
    Claim,
    HeldLease,
    LeaseRules,
    Plan,
    plan_leases,
)
from app.domain.office_time import local_day
from app.domain.trust import Standing, trust_of
from sync.server.devices import Device
from sync.server.store import tables as t
from sync.server.store.bulk import select_in


class _Visits(NamedTuple):
    last_ms: int
    times: int


_NONE: Final = _Visits(0, 0)

_lease, _expects, _encounter = t.lease, t.expected, t.encounter
_HELD: Final = sa.select(
    _lease.c.lease_id,
    _lease.c.member_id,
    _lease.c.remaining,
    _lease.c.expires_ms,
    _lease.c.state,
).where(
    _lease.c.programme_id == sa.bindparam("programme"),
    _lease.c.device_id == sa.bindparam("device"),
    _lease.c.state != "closed",
)
_ASKED_BACK: Final = sa.select(_lease.c.member_id).where(
    _lease.c.programme_id == sa.bindparam("programme"),
    _lease.c.recalled_ms > sa.bindparam("since_ms"),
)
_EXPECTED: Final = (
    sa.select(_expects.c.day, _expects.c.member_id)
    .where(
        _expects.c.programme_id == sa.bindparam("programme"),
        _expects.c.office_id == sa.bindparam("office"),
        _expects.c.day.in_(sa.bindparam("days", expanding=True)),
    )
    .order_by(_expects.c.day, _expects.c.member_id)
    .limit(sa.bindparam("most"))
)
_last_ms, _times = sa.func.max(_encounter.c.opened_ms), sa.func.count()
_VISITORS: Final = (
    sa.select(_encounter.c.member_id, _last_ms, _times)
    .where(
        _encounter.c.programme_id == sa.bindparam("programme"),
        _encounter.c.office_id == sa.bindparam("office"),
        _encounter.c.day >= sa.bindparam("first_day"),
        _encounter.c.member_id.is_not(None),
        _encounter.c.opened_ms > sa.bindparam("since_ms"),
    )
    .group_by(_encounter.c.member_id)
    .order_by(_times.desc(), _last_ms.desc())
    .limit(sa.bindparam("most"))
)
_STANDING: Final = (
    sa.select(
        t.member.c.member_id,
        t.member.c.status,
        t.member.c.merged_into,
        t.member.c.tier,
        t.member.c.joined_on,
        t.member.c.home_office,
        t.balance.c.posted,
        t.balance.c.leased,
        t.balance.c.overdrawn,
        t.denial.c.member_id.label("denied"),
    )
    .join(
        t.balance,
        (t.balance.c.programme_id == t.member.c.programme_id)
        & (t.balance.c.member_id == t.member.c.member_id)
        & (t.balance.c.unit == t.POINTS),
    )
    .outerjoin(
        t.denial,
        (t.denial.c.programme_id == t.member.c.programme_id)
        & (t.denial.c.member_id == t.member.c.member_id),
    )
    .where(t.member.c.programme_id == sa.bindparam("programme"))
)
_free = t.balance.c.posted - t.balance.c.leased
_AT_HOME: Final = (
    _STANDING.where(
        t.member.c.home_office == sa.bindparam("office"),
        t.member.c.status == "active",
        _free >= sa.bindparam("least"),
    )
    .order_by(_free.desc(), t.member.c.member_id)
    .limit(sa.bindparam("most"))
)


def plan_for(connection: Connection, device: Device, rules: LeaseRules, now_ms: int) -> Plan:
    """What is to be done about a device's leases, as things stand."""
    held = _held(connection, device)
    # Of two leases of a member, because one was handed on to it, that which holds more
    open_here = {
        row.member_id: row
        for row in sorted(held, key=lambda row: row.remaining)
        if row.state == "open"
    }
    spent = [
        row.lease_id
        for row in held
        if row.state == "open" and not row.remaining and open_here[row.member_id] is not row
    ]
    recalled = {row.member_id for row in held} - open_here.keys()
    today = local_day(now_ms, device.office_time_zone)
    expected = _expected(connection, device, rules, now_ms)
    visits = _visits(connection, device, rules, now_ms)
    wanted = expected.keys() | visits.keys() | open_here.keys()
    found = {row.member_id: row for row in _members(connection, device, wanted - recalled)}
    if merged := {i: row.merged_into for i, row in found.items() if row.merged_into is not None}:
        expected = _expected_survivors(expected, merged)
        visits = _by_survivor(visits, merged)
        survivors = set(merged.values()) - recalled
        found |= {row.member_id: row for row in _members(connection, device, survivors)}
    room = rules.per_device - len(held)
    if room > 0 and Claim.HOME in rules.claims:
        home = _home(connection, device, rules, room, found.keys() | recalled)
        found.update((row.member_id, row) for row in home)
    candidates = [
        _candidate(
            row,
            device,
            rules,
            today,
            expected=expected.get(row.member_id),
            visits=visits.get(row.member_id, _NONE),
            lease=open_here.get(row.member_id),
        )
        for row in found.values()
    ]
    plan = plan_leases(candidates, recalled=len(recalled), rules=rules, now_ms=now_ms)
    plan = replace(plan, used_up=(*plan.used_up, *spent))
    for member_id in _needed_elsewhere(connection, device, rules, plan.grants, now_ms):
        del plan.grants[member_id]
    return plan


def _expected_survivors(expected: dict[UUID, Claim], merged: dict[UUID, UUID]) -> dict[UUID, Claim]:
    """The same for who stays, of two claims the better one."""
    found: dict[UUID, Claim] = {}
    for member_id, claim in expected.items():
        survivor = merged.get(member_id, member_id)
        found[survivor] = min(claim, found.get(survivor, claim))
    return found


def _by_survivor(visits: dict[UUID, _Visits], merged: dict[UUID, UUID]) -> dict[UUID, _Visits]:
    """The same, with what was recorded of aliases under who stays."""
    summed: dict[UUID, _Visits] = {}
    for member_id, visited in visits.items():
        survivor = merged.get(member_id, member_id)
        last_ms, times = summed.get(survivor, _NONE)
        summed[survivor] = _Visits(max(last_ms, visited.last_ms), times + visited.times)
    return summed


def _candidate(
    row: Any,
    device: Device,
    rules: LeaseRules,
    today: date,
    *,
    expected: Claim | None,
    visits: _Visits,
    lease: Any,
) -> Candidate:
    claim = Claim.NONE
    if expected is not None:
        claim = expected
    elif visits.times:
        claim = Claim.VISITOR
    elif row.home_office == device.office_code:
        claim = Claim.HOME
    days = None
    if row.joined_on is not None:
        days = (today - date.fromisoformat(row.joined_on)).days
    standing = Standing(
        row.status == "active", row.overdrawn, days, visits.times, row.tier, row.denied is not None
    )
    return Candidate(
        row.member_id,
        row.posted - row.leased,
        row.leased,
        claim,
        visits.last_ms,
        visits.times,
        trust_of(standing, rules.trust),
        None if lease is None else HeldLease(lease.lease_id, lease.remaining, lease.expires_ms),
    )


def _held(connection: Connection, device: Device) -> list[Any]:
    """Leases that the device has yet to hand back, those written off among them."""
    of = {"programme": device.programme_id, "device": device.device_id}
    return list(connection.execute(_HELD, of))


def _expected(
    connection: Connection, device: Device, rules: LeaseRules, now_ms: int
) -> dict[UUID, Claim]:
    claims = {
        local_day(now_ms + DAY_MS, device.office_time_zone).isoformat(): Claim.TOMORROW,
        local_day(now_ms, device.office_time_zone).isoformat(): Claim.EXPECTED,
    }
    of = {"programme": device.programme_id, "office": device.office_id}
    asked = {**of, "days": list(claims), "most": rules.per_device}
    found = connection.execute(_EXPECTED, asked).all()
    # Whoever is expected on both days is today's
    return {row.member_id: claims[row.day] for row in reversed(found)}


def _visits(
    connection: Connection, device: Device, rules: LeaseRules, now_ms: int
) -> dict[UUID, _Visits]:
    """The office's visitors, the most frequent first: a quarter more than a device can hold.

    The day before the first is asked for too, since a visit's day may be another than its moment's.
    """
    since_ms = now_ms - rules.visitor_days * DAY_MS
    first_day = local_day(since_ms - DAY_MS, device.office_time_zone)
    found = connection.execute(
        _VISITORS,
        {
            "programme": device.programme_id,
            "office": device.office_id,
            "first_day": first_day.isoformat(),
            "since_ms": since_ms,
            "most": rules.per_device + rules.per_device // 4,
        },
    )
    return {member_id: _Visits(last, count) for member_id, last, count in found}


def _members(connection: Connection, device: Device, ids: Iterable[UUID]) -> list[Any]:
    of = {"programme": device.programme_id}
    return select_in(connection, _STANDING, t.member.c.member_id, set(ids), of)


def _home(
    connection: Connection, device: Device, rules: LeaseRules, room: int, but: Collection[UUID]
) -> list[Any]:
    """So many home members more with something worth leasing, who have no lease here."""
    least = max(1, rules.useful_points * 100 // max(1, rules.share_percent))
    of = {"programme": device.programme_id, "office": device.office_code}
    found = connection.execute(_AT_HOME, {**of, "least": least, "most": room + len(but)})
    return [row for row in found if row.member_id not in but][:room]


def _needed_elsewhere(
    connection: Connection,
    device: Device,
    rules: LeaseRules,
    member_ids: Collection[UUID],
    now_ms: int,
) -> set[UUID]:
    """Whose points were asked back a moment ago, because they stand at another counter."""
    since_ms = now_ms - rules.calm_minutes * 60_000
    of = {"programme": device.programme_id, "since_ms": since_ms}
    asked = select_in(connection, _ASKED_BACK, t.lease.c.member_id, member_ids, of)
    return {row.member_id for row in asked}
