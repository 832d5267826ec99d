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
from sync.server.devices import Device
from sync.server.store import tables as t
from sync.server.store.bulk import select_in, update_rows
from sync.server.work import Work

NEWEST_FIRST: Final = (t.risk_pool.c.issued_ms.desc(), t.risk_pool.c.pool_id.desc())
"""The order of a device's pools; the first is the one in use."""


@dataclass(slots=True)
class _Pool:
    row: Any
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
            self._pools = [_Pool(row, row.spent) for row in rows]
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

    def charge(self, event: RedemptionGranted, member_id: UUID) -> None:
        """Charge the pool that the counter says it drew on.

        Args:
            event: what was given away.
            member_id: whose points they are, the survivor's where members were merged; loaded.

        Raises:
            Rejected: unknown_pool; over_limit, where the device gave away more than it was allowed.
        """
        pools = self._pools or []
        usable = pools[:1] if pools and pools[0].spent else pools
        pool = next((each for each in usable if each.row.pool_id == event.pool_id), None)
        if pool is None:
            raise Rejected("unknown_pool", "The counter drew on an allowance that it doesn't have")
        if event.points > min(pool.left, pool.row.per_redemption):
            raise Rejected("over_limit", "The counter gave away more than it was allowed to")
        drawn = sum(self._drawn[member_id, pool.row.pool_id].values())
        if drawn + event.points > pool.row.per_member:
            raise Rejected("over_limit", "The member drew more at this counter than is allowed")
        pool.spent += event.points

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
