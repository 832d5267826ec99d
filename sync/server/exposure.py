"""The worst possible loss now: what counters may still give away that nobody's points stand behind.

The promise is that no balance goes further below zero (I4). Each part is a sum of rows that `audit`
proves; nothing is estimated but what a restored server has forgotten, which its own rules bound.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.events import LeaseReceived, RedemptionGranted, VoucherUsed
from app.domain.honouring import COUNTED
from app.domain.settling import is_given_away
from app.domain.trust import Trust
from sync.server.leaving import left_for_good
from sync.server.pools import NEWEST_FIRST
from sync.server.settings_of import lease_rules
from sync.server.store import tables as t
from sync.server.write_off import KIND


class Part(StrEnum):
    """What a loss may come from."""

    POOL = "pool"
    REPLACED = "replaced"
    WRITTEN_OFF = "written_off"
    WAITING = "waiting"
    FORGOTTEN = "forgotten"


EXPLANATIONS: Final[Mapping[Part, str]] = {
    Part.POOL: "What is left of the allowance that each counter may give away without asking:"
    " what it was issued less what of it has come in, and at most what it may give away before"
    " the server hears of it.",
    Part.REPLACED: "What is left of the allowance before that one. The counter may have given it"
    " away before it heard of the new one; this ends with the first that comes in on the new one.",
    Part.WRITTEN_OFF: "Points set aside for a counter that was given up: their members have them"
    " back, and the counter may have spent them all the same; or that a cloned or reset PC handed"
    " on twice. This ends when the counter hands them back.",
    Part.WAITING: "Rewards that counters gave away beyond what they were allowed, or twice, as a"
    " cloned or reset PC does, or for a voucher that was used before: they wait for a manager, who"
    " honours them, claims them back from their members or writes them off.",
    Part.FORGOTTEN: "The database was restored, and a counter that hasn't called since may hold"
    " points set aside of which nothing is known here: at most as many as the rules let it hold.",
}


@dataclass(frozen=True, slots=True)
class DeviceExposure:
    """Of one device; parts without points are left out."""

    device_id: UUID
    office_code: str
    counter_label: str
    parts: Mapping[Part, int]

    @property
    def points(self) -> int:
        return sum(self.parts.values())


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A device whose leases were written off, and of which something is exposed still.

    Attributes:
        exposed: points of those that were written off together.
        by, reason: who did it and why; '' of those before anybody was asked.
    """

    device_id: UUID
    place: str
    exposed: int
    at_ms: int
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Exposure:
    """Of a programme.

    Attributes:
        devices: by place, those that expose it to nothing too.
        given_up: by time.
        one_member: the most that a single member could draw on all allowances.
        owed: what members owe already, which is no more than a possible loss come true.
    """

    devices: Sequence[DeviceExposure]
    given_up: Sequence[GivenUp]
    one_member: int
    owed: int

    @property
    def points(self) -> int:
        return sum(device.points for device in self.devices)


@dataclass(frozen=True, slots=True)
class UsablePool:
    """A pool that what comes in may be charged to.

    Attributes:
        is_replaced: it was replaced by a newer one that nothing was drawn on yet.
        left: of it.
        window: so much of it at most may be given away before the server hears of it.
        per_member: the most of it that a member could draw, a trusted one.
    """

    device_id: UUID
    is_replaced: bool
    left: int
    window: int
    per_member: int


def usable_pools(connection: Connection, programme_id: UUID) -> Iterator[UsablePool]:
    """The pools that `pools` would charge."""
    pool = t.risk_pool
    ranked = (
        sa.select(
            pool.c.device_id,
            (pool.c.points - pool.c.spent).label("left"),
            pool.c.window_points,
            pool.c.per_trusted.label("per_member"),
            sa.func.row_number()
            .over(partition_by=pool.c.device_id, order_by=NEWEST_FIRST)
            .label("place"),
            sa.func.lag(pool.c.spent)
            .over(partition_by=pool.c.device_id, order_by=NEWEST_FIRST)
            .label("newer_spent"),
        )
        .where(pool.c.programme_id == programme_id)
        .subquery()
    )
    usable = sa.select(ranked).where(
        sa.or_(ranked.c.place == 1, (ranked.c.place == 2) & (ranked.c.newer_spent == 0))
    )
    for row in connection.execute(usable.order_by(ranked.c.device_id, ranked.c.place)):
        yield UsablePool(
            row.device_id, row.place == 2, int(row.left), row.window_points, row.per_member
        )


@dataclass(frozen=True, slots=True)
class _Unheard:
    parts: Mapping[Part, int]
    one_member: int


def _device_of(pool: UsablePool) -> UUID:
    return pool.device_id


def _unheard(pools: Sequence[UsablePool]) -> _Unheard:
    """What a device may have given away at risk that nobody here has heard of: at most a window.

    What it drew on both of its pools counts for one window, that of the pool which it drew on last.
    """
    window = max((pool.window for pool in pools if pool.left), default=0)
    parts, one_member = dict[Part, int](), 0
    for pool in pools:  # the one in use comes first
        points = min(pool.left, window - sum(parts.values()))
        parts[Part.REPLACED if pool.is_replaced else Part.POOL] = points
        one_member += min(pool.left, pool.per_member)
    return _Unheard(parts, min(one_member, window))


def exposure(connection: Connection, programme_id: UUID) -> Exposure:
    """What could be lost at most, by device, in one unchanging view of the database."""
    parts: dict[UUID, dict[Part, int]] = {}

    def add(device_id: UUID, part: Part, points: int) -> None:
        if points > 0:
            of = parts.setdefault(device_id, {})
            of[part] = of.get(part, 0) + points

    one_member = 0
    left = left_for_good(connection, programme_id)
    for device_id, pools in groupby(usable_pools(connection, programme_id), _device_of):
        if device_id in left:
            continue
        unheard = _unheard(list(pools))
        for part, points in unheard.parts.items():
            add(device_id, part, points)
        one_member += unheard.one_member
    for device_id, points in connection.execute(_written_off(programme_id)):
        add(device_id, Part.WRITTEN_OFF, int(points))
    for device_id, points in _waiting(connection, programme_id):
        add(device_id, Part.WAITING, points)
    for device_id, points in _forgotten(connection, programme_id):
        if device_id not in left:
            add(device_id, Part.FORGOTTEN, points)
    owed = connection.execute(
        sa.select(sa.func.coalesce(sa.func.sum(t.balance.c.overdrawn), 0)).where(
            t.balance.c.programme_id == programme_id
        )
    ).scalar_one()
    devices = [
        DeviceExposure(row.device_id, row.code, row.label, parts.get(row.device_id, {}))
        for row in connection.execute(_places(programme_id))
    ]
    places = {d.device_id: f"{d.office_code}/{d.counter_label}" for d in devices}
    given_up = list(_given_up(connection, programme_id, places))
    return Exposure(devices, given_up, one_member, int(owed))


def _places(programme_id: UUID) -> sa.Select[Any]:
    device, office, counter = t.device, t.office, t.counter
    return (
        sa.select(device.c.device_id, office.c.code, counter.c.label)
        .join(
            office,
            (office.c.programme_id == device.c.programme_id)
            & (office.c.office_id == device.c.office_id),
        )
        .join(
            counter,
            (counter.c.programme_id == device.c.programme_id)
            & (counter.c.counter_id == device.c.counter_id),
        )
        .where(device.c.programme_id == programme_id)
        .order_by(office.c.code, counter.c.label, device.c.enrolled_ms, device.c.device_id)
    )


def _written_off(programme_id: UUID) -> sa.Select[Any]:
    lease = t.lease
    return (
        sa.select(lease.c.device_id, sa.func.sum(lease.c.exposed))
        .where(lease.c.programme_id == programme_id, lease.c.state == "written_off")
        .group_by(lease.c.device_id)
    )


def _given_up(
    connection: Connection, programme_id: UUID, places: Mapping[UUID, str]
) -> Iterator[GivenUp]:
    lease, txn = t.lease, t.ledger_txn
    rows = connection.execute(
        sa.select(
            lease.c.device_id,
            sa.func.sum(lease.c.exposed).label("exposed"),
            sa.func.min(txn.c.at_ms).label("at_ms"),
            txn.c.why,
        )
        .join(
            txn,
            (txn.c.programme_id == lease.c.programme_id)
            & (txn.c.ref_id == lease.c.lease_id)
            & (txn.c.kind == KIND),
        )
        .where(
            lease.c.programme_id == programme_id,
            lease.c.state == "written_off",
            lease.c.exposed > 0,
        )
        .group_by(lease.c.device_id, txn.c.why)
        .order_by(sa.literal_column("at_ms"), lease.c.device_id)
    )
    for row in rows:
        why = json.loads(row.why or "{}")
        yield GivenUp(
            row.device_id,
            places[row.device_id],
            int(row.exposed),
            int(row.at_ms),
            str(why.get("by", "")),
            str(why.get("reason", "")),
        )


def _waiting(connection: Connection, programme_id: UUID) -> Iterator[tuple[UUID, int]]:
    """What was given away and waits for a manager's answer; what counts already isn't."""
    item = t.exception_item
    of = (item.c.device_id, item.c.entry_type, item.c.code)
    waiting = (
        sa.select(*of, sa.func.coalesce(sa.func.sum(item.c.points), 0))
        .where(
            item.c.programme_id == programme_id,
            item.c.state == "open",
            item.c.entry_type.in_((RedemptionGranted.TYPE, VoucherUsed.TYPE, LeaseReceived.TYPE)),
        )
        .group_by(*of)
    )
    for device_id, entry_type, code, points in connection.execute(waiting):
        # What was taken over and isn't believed may be given away before its counter hears of that
        is_taken_over = entry_type == LeaseReceived.TYPE and code not in COUNTED
        if is_taken_over or is_given_away(entry_type, code):
            yield device_id, int(points)


def _forgotten(connection: Connection, programme_id: UUID) -> Iterator[tuple[UUID, int]]:
    """For devices that haven't called since a restore: all that the rules let them hold."""
    epoch = t.epoch
    begun = connection.execute(
        sa.select(sa.func.count(), sa.func.max(epoch.c.started_ms)).where(
            epoch.c.programme_id == programme_id
        )
    ).one()
    if begun[0] < 2:
        return
    device, contact, lease = t.device, t.contact, t.lease
    held = (
        sa.select(sa.func.count())
        .where(
            lease.c.programme_id == device.c.programme_id,
            lease.c.device_id == device.c.device_id,
            lease.c.state.in_(t.LEASE_HELD),
        )
        .scalar_subquery()
    )
    silent = (
        sa.select(device.c.device_id, held)
        .outerjoin(
            contact,
            (contact.c.programme_id == device.c.programme_id)
            & (contact.c.device_id == device.c.device_id),
        )
        .where(
            device.c.programme_id == programme_id,
            device.c.kind == "counter",
            sa.func.coalesce(contact.c.last_ms, 0) < begun[1],
        )
    )
    rules = lease_rules(connection, programme_id)
    most = rules.slice_points * rules.trust.percent(Trust.TRUSTED) // 100
    for device_id, known in connection.execute(silent):
        yield device_id, max(0, rules.per_device - int(known)) * most
