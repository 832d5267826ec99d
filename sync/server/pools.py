"""A device's allowance for redemptions that nothing else covers, as one upload charges it.

A renewed pool replaces the one before: that one takes what the counter drew on it before it had
heard of the new one, and nothing once the new one has been drawn on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from app.domain.errors import Rejected
from app.domain.events import RedemptionGranted
from app.domain.risk import RiskCaps, Unheard
from app.domain.trust import Trust
from sync.server.approving import check_approval
from sync.server.devices import Device
from sync.server.store import tables as t
from sync.server.store.bulk import select_in, update_rows
from sync.server.work import Work

CAPS: Final = (
    t.risk_pool.c.per_redemption,
    t.risk_pool.c.per_new,
    t.risk_pool.c.per_member,
    t.risk_pool.c.per_trusted,
    t.risk_pool.c.window_points,
    t.risk_pool.c.window_redemptions,
    t.risk_pool.c.list_hours,
    t.risk_pool.c.approval_points,
)
NEWEST_FIRST: Final = (t.risk_pool.c.issued_ms.desc(), t.risk_pool.c.pool_id.desc())
"""The order of a device's pools; the first is the one in use."""


def caps_of(row: Any) -> RiskCaps:
    """What binds a pool, from a row with `CAPS`."""
    return RiskCaps(
        row.per_redemption,
        (row.per_new, row.per_member, row.per_trusted),
        row.window_points,
        row.window_redemptions,
        row.list_hours,
        row.approval_points,
    )


def pool_values(points: int, caps: RiskCaps, now_ms: int) -> tuple[int, ...]:
    """A new pool's columns behind its device, in their order."""
    new, known, trusted = caps.per_member
    return (
        points,
        0,
        caps.per_redemption,
        known,
        now_ms,
        new,
        trusted,
        caps.window_points,
        caps.window_redemptions,
        caps.list_hours,
        caps.approval_points,
    )


@dataclass(slots=True)
class _Pool:
    row: Any
    caps: RiskCaps
    spent: int

    @property
    def left(self) -> int:
        return int(self.row.points) - self.spent


class Pools:
    """The pools that a device may draw on, locked and read once, and written with the rest."""

    def __init__(self, work: Work, device: Device) -> None:
        self._work = work
        self._device = device
        self._pools: list[_Pool] | None = None
        self._loaded: set[UUID] = set()
        self._unheard = Unheard()  # of this upload: what the device gave before its server heard
        # what members drew on a pool and haven't undone: points by redemption
        self._drawn: defaultdict[tuple[UUID | None, UUID], dict[UUID, int]] = defaultdict(dict)

    def load(self, members: Collection[UUID]) -> None:
        """Lock the pools, and read what these members have drawn on them."""
        if not members:
            return
        if self._pools is None:
            pool = t.risk_pool
            mine = self._work.mine(pool).where(pool.c.device_id == self._device.device_id)
            newest = mine.order_by(*NEWEST_FIRST).limit(2).with_for_update()
            rows = self._work.connection.execute(newest).all()
            self._pools = [_Pool(row, caps_of(row), row.spent) for row in rows]
        redemption = t.redemption
        drawn = sa.select(
            redemption.c.redemption_id,
            redemption.c.member_id,
            redemption.c.pool_id,
            redemption.c.points,
        ).where(
            redemption.c.programme_id == self._work.programme_id,
            redemption.c.pool_id.in_([pool.row.pool_id for pool in self._pools]),
            redemption.c.state == "posted",
        )
        new = set(members) - self._loaded
        for row in select_in(self._work.connection, drawn, redemption.c.member_id, new):
            self._drawn[row.member_id, row.pool_id][row.redemption_id] = row.points
        self._loaded |= new

    def charge(self, event: RedemptionGranted, member_id: UUID, clerk_id: UUID | None) -> None:
        """Charge the pool that the counter says it drew on.

        Args:
            event: what was given away.
            member_id: whose points they are, the survivor's where members were merged; loaded.
            clerk_id: who gave it.

        Raises:
            Rejected: unknown_pool; not_approved, where it took a manager's yes; over_limit, where
                the device gave away more than it was allowed; over_window, where that is more
                than it might before its server heard of it. What comes in one upload had all been
                given when the first of it hadn't been heard.
        """
        pools = self._pools or []
        usable = pools[:1] if pools and pools[0].spent else pools
        pool = next((each for each in usable if each.row.pool_id == event.pool_id), None)
        if pool is None:
            raise Rejected("unknown_pool", "The counter drew on an allowance that it doesn't have")
        caps = pool.caps
        if event.points > min(pool.left, caps.per_redemption):
            raise Rejected("over_limit", "The counter gave away more than it was allowed to")
        drawn = sum(self._drawn[member_id, pool.row.pool_id].values())
        if drawn + event.points > caps.of_member(_trust_told(event)):
            raise Rejected("over_limit", "The member drew more at this counter than is allowed")
        unheard = self._unheard.more(event.points)
        if unheard.points > caps.window_points or unheard.redemptions > caps.window_redemptions:
            raise Rejected("over_window", "The counter gave away too much without the server")
        if event.points > caps.approval_points:
            check_approval(self._work, self._device, event, clerk_id)
        pool.spent += event.points
        self._unheard = unheard

    def note(
        self, redemption_id: UUID, member_id: UUID | None, pool_id: UUID | None, points: int
    ) -> None:
        """Take note of what a redemption draws on a pool from now on: 0 once it is undone."""
        if pool_id is not None:
            self._drawn[member_id, pool_id][redemption_id] = points

    def write(self) -> None:
        """Write what was charged."""
        changed = [pool for pool in self._pools or [] if pool.spent != pool.row.spent]
        update_rows(
            self._work.connection,
            t.risk_pool,
            ["pool_id"],
            ["spent"],
            [(pool.row.pool_id, pool.spent) for pool in changed],
            programme_id=self._work.programme_id,
        )


def _trust_told(event: RedemptionGranted) -> Trust:
    """By which level the counter decided; older ones knew of none.

    The replica of a counter may be days old, so nobody holds it against it that the member's level
    is another one by now; one that lies has the cap of a trusted member, which is accounted for.
    """
    try:
        return Trust(event.trust)
    except ValueError:
        return Trust.KNOWN
