"""Leases and risk pools as the server grants and charges them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import islice
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain import ledger
from app.domain.lease import lease_statement
from app.domain.lease_policy import DAY_MS, LeaseRules
from app.domain.office_time import local_day
from app.domain.risk import RiskCaps, pool_in
from sync.server.devices import Device
from sync.server.keys import ServerKeys
from sync.server.lease_candidates import plan_for
from sync.server.pools import CAPS, NEWEST_FIRST, caps_of, pool_values
from sync.server.settings_of import (
    CHEAPEST,
    SETTING,
    lease_rules,
    lease_rules_in,
    setting_object,
    setting_value,
)
from sync.server.store import tables as t
from sync.server.store.bulk import insert_rows, update_rows
from sync.server.work import Work

MOST_AT_ONCE: Final = 500
"""Grants and top-ups of one transaction, some tenths of a second."""

_HELD: Final = sa.select(sa.func.count()).where(
    t.lease.c.programme_id == sa.bindparam("programme"),
    t.lease.c.device_id == sa.bindparam("device"),
    t.lease.c.state != "closed",
)
_NEWEST_POOL: Final = (
    sa.select(t.risk_pool.c.spent, t.risk_pool.c.points, *CAPS)
    .where(
        t.risk_pool.c.programme_id == sa.bindparam("programme"),
        t.risk_pool.c.device_id == sa.bindparam("device"),
    )
    .order_by(*NEWEST_FIRST)
    .limit(1)
)
# Asked by most pulls that bring something, so in one question, composed once
_POOL_HELD: Final = _NEWEST_POOL.subquery()
_STANDING: Final = sa.select(
    SETTING.scalar_subquery().label("setting"),
    CHEAPEST.scalar_subquery().label("cheapest"),
    _HELD.scalar_subquery().label("held"),
    *_POOL_HELD.c,
).select_from(sa.select(sa.literal(1)).subquery().outerjoin(_POOL_HELD, sa.true()))


def wants_leases(
    connection: Connection,
    device: Device,
    now_ms: int,
    *,
    heeds_caps: bool,
    thoroughly: bool = True,
) -> bool:
    """Whether `issue` would find something to do; a read, so that most pulls write nothing.

    Unless `thoroughly`, one that has all the leases that it may have is passed over.
    """
    of = {**_of(device), "setting_name": "redemption"}
    found = connection.execute(_STANDING, of).one()
    value = setting_object(found.setting)
    rules = lease_rules_in(value, found.cheapest)
    newest = None if found.spent is None else found
    if _is_to_be_renewed(newest, *_caps_for(value, heeds_caps)):
        return True
    if found.held >= rules.per_device and not thoroughly:
        return False
    return bool(plan_for(connection, device, rules, now_ms))


def _of(device: Device) -> dict[str, Any]:
    return {"programme": device.programme_id, "device": device.device_id}


def _is_to_be_renewed(newest: Any, points: int, caps: RiskCaps) -> bool:
    """Whether a device gets another pool: it has none, drew on it, or the rules name another."""
    if newest is None:
        return True
    return (newest.spent, newest.points, caps_of(newest)) != (0, points, caps)


def _caps_for(value: dict[str, Any], heeds_caps: bool) -> tuple[int, RiskCaps]:
    points, caps = pool_in(value)
    if heeds_caps:
        return points, caps
    return points, RiskCaps.unheeded(caps.per_redemption, caps.per_member[1])


def issue(work: Work, device: Device, keys: ServerKeys, *, heeds_caps: bool) -> bool:
    """Do what the policy plans for a device that is locked, and renew a drawn pool.

    Thousands of members' points are set aside some hundreds a transaction: those first who matter
    most.

    Args:
        work: the transaction.
        device: for which.
        keys: that sign.
        heeds_caps: its program knows of all that bounds a pool.

    Returns:
        Whether the plan goes on.
    """
    rules = lease_rules(work.connection, work.programme_id)
    _renew_pool(work, device, heeds_caps)
    plan = plan_for(work.connection, device, rules, work.now_ms)
    grants = dict(islice(plan.grants.items(), MOST_AT_ONCE))
    top_ups = dict(islice(plan.top_ups.items(), MOST_AT_ONCE - len(grants)))
    named = [*top_ups, *plan.recalls, *plan.used_up]
    members = {row.member_id for row in work.find(t.lease, "lease_id", named)}
    work.load_members(grants.keys() | members)
    # Another counter may have asked for one between the look and the locks
    leases = {
        row.lease_id: row
        for row in work.find(t.lease, "lease_id", named, lock=True)
        if row.state == "open"
    }
    used_up = {i for i in leases.keys() & set(plan.used_up) if not leases[i].remaining}
    _set_state(work, used_up, "closed")
    _set_state(work, leases.keys() & set(plan.recalls), "recall")
    issuing = _Issuing(work, device, keys, rules)
    for lease_id, points in top_ups.items():
        if lease_id in leases:
            issuing.top_up(leases[lease_id], points)
    for member_id, points in grants.items():
        issuing.grant(member_id, points)
    is_part = len(grants) + len(top_ups) < len(plan.grants) + len(plan.top_ups)
    return is_part and issuing.done > 0


def _set_state(work: Work, lease_ids: Collection[UUID], state: str) -> None:
    update_rows(
        work.connection,
        t.lease,
        ["lease_id"],
        ["state"],
        [(lease_id, state) for lease_id in sorted(lease_ids)],
        programme_id=work.programme_id,
    )


class _Issuing:
    """Grants to one device and fills up, of members that are loaded.

    Attributes:
        done: how often either was.
    """

    def __init__(self, work: Work, device: Device, keys: ServerKeys, rules: LeaseRules) -> None:
        self.done = 0
        self._work = work
        self._device = device
        self._keys = keys
        self._expires_ms = work.now_ms + rules.days * DAY_MS
        self._today = local_day(work.now_ms, device.office_time_zone).isoformat()

    def grant(self, member_id: UUID, points: int) -> None:
        work, lease_id = self._work, self._work.new_id()
        shares = self._set_aside(lease_id, member_id, points)
        if not shares:
            return
        self.done += 1
        work.scopes.leased(self._device.office_id, member_id)
        work.add(
            t.lease,
            lease_id,
            self._device.device_id,
            member_id,
            t.POINTS,
            points,
            points,
            0,
            self._expires_ms,
            "open",
            self._sign(lease_id, member_id, points),
            work.now_ms,
            0,
            None,
        )
        for lot_id, part in shares:
            work.add(t.lease_lot, lease_id, lot_id, part)

    def top_up(self, lease: Any, points: int) -> None:
        """Add points to a lease, prolong it, and sign it anew."""
        work = self._work
        shares = self._set_aside(lease.lease_id, lease.member_id, points) if points else ()
        if points and not shares:
            return
        self.done += 1
        insert_rows(
            work.connection,
            t.lease_lot,
            [column.name for column in t.lease_lot.columns],
            [(work.programme_id, lease.lease_id, lot_id, part) for lot_id, part in shares],
            add=("points",),
        )
        granted = lease.points + points
        update_rows(
            work.connection,
            t.lease,
            ["lease_id"],
            ["points", "remaining", "expires_ms", "signature"],
            [
                (
                    lease.lease_id,
                    granted,
                    lease.remaining + points,
                    self._expires_ms,
                    self._sign(lease.lease_id, lease.member_id, granted),
                )
            ],
            programme_id=work.programme_id,
        )

    def _set_aside(
        self, lease_id: UUID, member_id: UUID, points: int
    ) -> Sequence[tuple[UUID, int]]:
        """Move a member's points under a lease; returns (lot, points), nothing if too few are left.

        Another counter's lease, midnight, or a merge may have come between the look and the lock.
        """
        state = self._work.members.get(member_id)
        if state is None or state.holdings.spendable(self._today) < points:
            return ()
        change = ledger.grant_lease(state.holdings, points, today=self._today)
        self._work.post(state, change, kind="lease", ref_id=lease_id, event_id=None)
        return [
            (posting.lot_id, posting.amount)
            for posting in change.postings
            if posting.account == ledger.Account.LEASED and posting.lot_id is not None
        ]

    def _sign(self, lease_id: UUID, member_id: UUID, points: int) -> bytes:
        device_id = self._device.device_id
        return sign(self._keys, lease_id, device_id, member_id, points, self._expires_ms)


def sign(
    keys: ServerKeys,
    lease_id: UUID,
    device_id: UUID,
    member_id: UUID,
    points: int,
    expires_ms: int,
) -> bytes:
    """The server's signature on what it set aside."""
    return keys.authority_key.sign(
        lease_statement(lease_id, device_id, member_id, points, expires_ms)
    )


def _renew_pool(work: Work, device: Device, heeds_caps: bool) -> None:
    value = setting_value(work.connection, work.programme_id, "redemption")
    points, caps = _caps_for(value, heeds_caps)
    newest = work.connection.execute(_NEWEST_POOL, _of(device)).one_or_none()
    if _is_to_be_renewed(newest, points, caps):
        values = pool_values(points, caps, work.now_ms)
        work.add(t.risk_pool, work.new_id(), device.device_id, *values)
