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
    lease = t.lease
    return list(
        connection.execute(
            sa.select(
                lease.c.lease_id,
                lease.c.member_id,
                lease.c.remaining,
                lease.c.expires_ms,
                lease.c.state,
            ).where(
                lease.c.programme_id == device.programme_id,
                lease.c.device_id == device.device_id,
                lease.c.state != "closed",
            )
        )
    )


def _expected(
    connection: Connection, device: Device, rules: LeaseRules, now_ms: int
) -> dict[UUID, Claim]:
    expected = t.expected
    claims = {
        local_day(now_ms + DAY_MS, device.office_time_zone).isoformat(): Claim.TOMORROW,
        local_day(now_ms, device.office_time_zone).isoformat(): Claim.EXPECTED,
    }
    found = connection.execute(
        sa.select(expected.c.day, expected.c.member_id)
        .where(
            expected.c.programme_id == device.programme_id,
            expected.c.office_id == device.office_id,
            expected.c.day.in_(claims),
        )
        .order_by(expected.c.day, expected.c.member_id)
        .limit(rules.per_device)
    ).all()
    # Whoever is expected on both days is today's
    return {row.member_id: claims[row.day] for row in reversed(found)}


def _visits(
    connection: Connection, device: Device, rules: LeaseRules, now_ms: int
) -> dict[UUID, _Visits]:
    """The office's visitors, the most frequent first: a quarter more than a device can hold.

    The day before the first is asked for too, since a visit's day may be another than its moment's.
    """
    encounter = t.encounter
    since_ms = now_ms - rules.visitor_days * DAY_MS
    first_day = local_day(since_ms - DAY_MS, device.office_time_zone)
    last_ms, times = sa.func.max(encounter.c.opened_ms), sa.func.count()
    found = connection.execute(
        sa.select(encounter.c.member_id, last_ms, times)
        .where(
            encounter.c.programme_id == device.programme_id,
            encounter.c.office_id == device.office_id,
            encounter.c.day >= first_day.isoformat(),
            encounter.c.member_id.is_not(None),
            encounter.c.opened_ms > since_ms,
        )
        .group_by(encounter.c.member_id)
        .order_by(times.desc(), last_ms.desc())
        .limit(rules.per_device + rules.per_device // 4)
    )
    return {member_id: _Visits(last, count) for member_id, last, count in found}


def _standing(device: Device) -> sa.Select[Any]:
    member, balance, denial = t.member, t.balance, t.denial
    return (
        sa.select(
            member.c.member_id,
            member.c.status,
            member.c.merged_into,
            member.c.tier,
            member.c.joined_on,
            member.c.home_office,
            balance.c.posted,
            balance.c.leased,
            balance.c.overdrawn,
            denial.c.member_id.label("denied"),
        )
        .join(
            balance,
            (balance.c.programme_id == member.c.programme_id)
            & (balance.c.member_id == member.c.member_id)
            & (balance.c.unit == t.POINTS),
        )
        .outerjoin(
            denial,
            (denial.c.programme_id == member.c.programme_id)
            & (denial.c.member_id == member.c.member_id),
        )
        .where(member.c.programme_id == device.programme_id)
    )


def _members(connection: Connection, device: Device, ids: Iterable[UUID]) -> list[Any]:
    return list(select_in(connection, _standing(device), t.member.c.member_id, set(ids)))


def _home(
    connection: Connection, device: Device, rules: LeaseRules, room: int, but: Collection[UUID]
) -> list[Any]:
    """So many home members more with something worth leasing, who have no lease here."""
    free = t.balance.c.posted - t.balance.c.leased
    least = max(1, rules.useful_points * 100 // max(1, rules.share_percent))
    found = connection.execute(
        _standing(device)
        .where(
            t.member.c.home_office == device.office_code,
            t.member.c.status == "active",
            free >= least,
        )
        .order_by(free.desc(), t.member.c.member_id)
        .limit(room + len(but))
    )
    return [row for row in found if row.member_id not in but][:room]


def _needed_elsewhere(
    connection: Connection,
    device: Device,
    rules: LeaseRules,
    member_ids: Collection[UUID],
    now_ms: int,
) -> set[UUID]:
    """Whose points were asked back a moment ago, because they stand at another counter."""
    lease = t.lease
    asked = sa.select(lease.c.member_id).where(
        lease.c.programme_id == device.programme_id,
        lease.c.recalled_ms > now_ms - rules.calm_minutes * 60_000,
    )
    return {row.member_id for row in select_in(connection, asked, lease.c.member_id, member_ids)}
