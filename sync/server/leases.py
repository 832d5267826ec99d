"""Leases and risk pools as the server grants and charges them."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain import ledger
from app.domain.errors import Rejected
from app.domain.events import RedemptionGranted
from app.domain.lease import lease_statement
from app.domain.lease_policy import Candidate, LeaseRules, plan_leases
from sync.server.batch import Batch
from sync.server.days import local_day
from sync.server.devices import Device
from sync.server.keys import ServerKeys
from sync.server.settings_of import (
    CHEAPEST,
    SETTING,
    lease_rules,
    lease_rules_in,
    number_in,
    setting_object,
    setting_value,
)
from sync.server.store import tables as t
from sync.server.work import Work

DAY_MS: Final = 86_400_000

NEWEST_FIRST: Final = (t.risk_pool.c.issued_ms.desc(), t.risk_pool.c.pool_id.desc())
"""The order of a device's pools; the first is the one in use."""


def charge_pool(batch: Batch, event: RedemptionGranted, member_id: UUID) -> None:
    """Charge the risk pool that the counter says it drew on, with what nothing else covers.

    A renewed pool replaces the one before: that one takes what the counter drew on it before it
    had heard of the new one, and nothing once the new one has been drawn on.

    Args:
        batch: the upload's.
        event: what was given away.
        member_id: whose points they are, the survivor's where members were merged.

    Raises:
        Rejected: unknown_pool; over_limit, where the device gave away more than it was allowed.
    """
    work, pool = batch.work, t.risk_pool
    pools = list(
        work.connection.execute(
            work.mine(pool)
            .where(pool.c.device_id == batch.device.device_id)
            .order_by(*NEWEST_FIRST)
            .limit(2)
            .with_for_update()
        )
    )
    usable = pools[:1] if pools and pools[0].spent else pools
    drawn_on = next((row for row in usable if row.pool_id == event.pool_id), None)
    if drawn_on is None:
        raise Rejected("unknown_pool", "The counter drew on an allowance that it doesn't have")
    if event.points > min(drawn_on.points - drawn_on.spent, drawn_on.per_redemption):
        raise Rejected("over_limit", "The counter gave away more than it was allowed to")
    drawn = _drawn_by(batch, member_id, drawn_on.pool_id)
    if drawn + event.points > drawn_on.per_member:
        raise Rejected("over_limit", "The member drew more at this counter than is allowed")
    work.connection.execute(
        pool.update()
        .where(pool.c.programme_id == work.programme_id, pool.c.pool_id == drawn_on.pool_id)
        .values(spent=pool.c.spent + event.points)
    )


def _drawn_by(batch: Batch, member_id: UUID, pool_id: UUID) -> int:
    """What the member drew on a pool and hasn't undone."""
    redemption = t.redemption
    stored = batch.work.connection.execute(
        sa.select(redemption.c.redemption_id, redemption.c.points).where(
            redemption.c.programme_id == batch.work.programme_id,
            redemption.c.member_id == member_id,
            redemption.c.pool_id == pool_id,
            redemption.c.state == "posted",
        )
    )
    counted = {row.redemption_id: row.points for row in stored}
    for redemption_id, state in batch.redemptions.items():
        if state.member_id != member_id or state.pool_id != pool_id:
            continue
        if state.state == "voided":
            counted.pop(redemption_id, None)
        elif batch.is_new_redemption(redemption_id):
            counted[redemption_id] = state.points
    return sum(counted.values())


_OPEN: Final = sa.select(sa.func.count()).where(
    t.lease.c.programme_id == sa.bindparam("programme"),
    t.lease.c.device_id == sa.bindparam("device"),
    t.lease.c.state == "open",
)
_DRAWN: Final = (
    sa.select(t.risk_pool.c.spent)
    .where(
        t.risk_pool.c.programme_id == sa.bindparam("programme"),
        t.risk_pool.c.device_id == sa.bindparam("device"),
    )
    .order_by(*NEWEST_FIRST)
    .limit(1)
)
# Asked by most pulls that bring something, so in one question, composed once
_STANDING: Final = sa.select(
    SETTING.scalar_subquery(),
    CHEAPEST.scalar_subquery(),
    _DRAWN.scalar_subquery(),
    _OPEN.scalar_subquery(),
)


def wants_leases(connection: Connection, device: Device, now_ms: int) -> bool:
    """Whether `issue` would find something to do; a read, so that most pulls write nothing."""
    of = {**_of(device), "setting_name": "redemption"}
    setting, cheapest, drawn, open_leases = connection.execute(_STANDING, of).one()
    rules = lease_rules_in(setting_object(setting), cheapest)
    if _is_to_be_renewed(drawn):
        return True
    if open_leases >= rules.per_device:
        return False
    return any(
        plan_leases(_candidates(connection, device, rules, now_ms, 1), open_leases=0, rules=rules)
    )


def _of(device: Device) -> dict[str, Any]:
    return {"programme": device.programme_id, "device": device.device_id}


def _open_count(connection: Connection, device: Device) -> int:
    return int(connection.execute(_OPEN, _of(device)).scalar_one())


def _is_to_be_renewed(drawn: int | None) -> bool:
    """Whether a device whose newest pool was drawn on so far, None without any, gets another."""
    return drawn is None or drawn > 0


def _candidates(
    connection: Connection, device: Device, rules: LeaseRules, now_ms: int, limit: int
) -> list[Candidate]:
    """Visitors of late and home members with something worth leasing and no lease here."""
    member, balance, lease, encounter = t.member, t.balance, t.lease, t.encounter
    free = balance.c.posted - balance.c.leased
    least = max(1, rules.useful_points * 100 // max(1, rules.share_percent))
    unleased = ~sa.exists().where(
        lease.c.programme_id == device.programme_id,
        lease.c.device_id == device.device_id,
        lease.c.member_id == member.c.member_id,
        lease.c.state == "open",
    )
    base = (
        sa.select(member.c.member_id, free)
        .join(
            balance,
            (balance.c.programme_id == member.c.programme_id)
            & (balance.c.member_id == member.c.member_id)
            & (balance.c.unit == t.POINTS),
        )
        .where(
            member.c.programme_id == device.programme_id,
            member.c.status == "active",
            free >= least,
            unleased,
        )
    )
    visit = (
        sa.select(encounter.c.member_id, sa.func.max(encounter.c.opened_ms).label("visited_ms"))
        .where(
            encounter.c.programme_id == device.programme_id,
            encounter.c.office_id == device.office_id,
            encounter.c.member_id.is_not(None),
            encounter.c.opened_ms > now_ms - rules.visitor_days * DAY_MS,
        )
        .group_by(encounter.c.member_id)
        .subquery()
    )
    visitors = (
        base.add_columns(visit.c.visited_ms)
        .join(visit, visit.c.member_id == member.c.member_id)
        .order_by(visit.c.visited_ms.desc())
        .limit(limit)
    )
    home = base.where(member.c.home_office == device.office_code).order_by(free.desc()).limit(limit)
    found = {row[0]: Candidate(row[0], row[1]) for row in connection.execute(home)}
    found.update({row[0]: Candidate(*row) for row in connection.execute(visitors)})
    return list(found.values())


def issue(work: Work, device: Device, keys: ServerKeys) -> None:
    """Grant what the policy allows the device, close what is used up, renew a drawn pool."""
    rules = lease_rules(work.connection, work.programme_id)
    _renew_pool(work, device)
    lease = t.lease
    work.connection.execute(
        lease.update()
        .where(
            lease.c.programme_id == work.programme_id,
            lease.c.device_id == device.device_id,
            lease.c.state == "open",
            lease.c.remaining == 0,
        )
        .values(state="closed")
    )
    open_leases = _open_count(work.connection, device)
    room = rules.per_device - open_leases
    if room <= 0:
        return
    found = _candidates(work.connection, device, rules, work.now_ms, room)
    planned = dict(plan_leases(found, open_leases=open_leases, rules=rules))
    work.load_members(planned)
    today = local_day(device.office_time_zone, work.now_ms)
    for member_id, points in planned.items():
        state = work.members[member_id]
        # another counter's lease, or midnight, may have come between the look and the lock
        if state.holdings.spendable(today) >= points:
            change = ledger.grant_lease(state.holdings, points, today=today)
            _grant(work, device, keys, member_id, points, change, rules)


def _grant(
    work: Work,
    device: Device,
    keys: ServerKeys,
    member_id: UUID,
    points: int,
    change: ledger.Change,
    rules: LeaseRules,
) -> None:
    lease_id = work.new_id()
    work.scopes.leased(device.office_id, member_id)
    work.post(work.members[member_id], change, kind="lease", ref_id=lease_id, event_id=None)
    expires_ms = work.now_ms + rules.days * DAY_MS
    signature = keys.authority_key.sign(
        lease_statement(lease_id, device.device_id, member_id, points, expires_ms)
    )
    work.add(
        t.lease,
        lease_id,
        device.device_id,
        member_id,
        t.POINTS,
        points,
        points,
        0,
        expires_ms,
        "open",
        signature,
        work.now_ms,
    )
    for posting in change.postings:
        if posting.account == ledger.Account.LEASED:
            work.add(t.lease_lot, lease_id, posting.lot_id, posting.amount)


def _renew_pool(work: Work, device: Device) -> None:
    if not _is_to_be_renewed(work.connection.execute(_DRAWN, _of(device)).scalar_one_or_none()):
        return
    value: dict[str, Any] = setting_value(work.connection, work.programme_id, "redemption")
    points = number_in(value, "pool_points", 20_000)
    work.add(
        t.risk_pool,
        work.new_id(),
        device.device_id,
        points,
        0,
        number_in(value, "pool_per_redemption", min(5_000, points)),
        number_in(value, "pool_per_member", min(5_000, points)),
        work.now_ms,
    )
