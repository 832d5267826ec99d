"""Reading what the server set aside for this seat and what it allows: leases, stock, the pool."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Executable, Row, and_, bindparam, func, select

from app.domain.lease import Lease, Pool
from app.domain.risk import RiskCaps, Unheard
from app.domain.stock import StockLease
from app.ports.clock import Clock
from app.store.tables import chain, lease, pool, pool_spend, risk_draw, stock_lease

Fetch = Callable[[Executable, dict[str, Any]], Sequence[Row[Any]]]
"""Runs one statement and gives all its rows."""

_left = lease.c.points - lease.c.spent_points + lease.c.restored_points
_LEASES: Final = (
    select(
        lease.c.lease_id,
        lease.c.member_id,
        lease.c.points,
        func.max(lease.c.spent_points - lease.c.restored_points, 0),
        lease.c.expires_ms,
        lease.c.state,
    )
    .where(lease.c.member_id == bindparam("id"), lease.c.state == "open")
    .order_by(_left.desc(), lease.c.lease_id)
)
_LEASES_OFFERED: Final = select(func.count(lease.c.member_id.distinct())).where(
    lease.c.state == "open"
)
_LEASES_HELD: Final = _LEASES_OFFERED.where(_left > 0)
_STOCK_LEASE: Final = (
    select(
        stock_lease.c.stock_lease_id,
        stock_lease.c.reward_id,
        stock_lease.c.units,
        func.max(stock_lease.c.spent_units - stock_lease.c.restored_units, 0),
        stock_lease.c.state,
    )
    .where(stock_lease.c.reward_id == bindparam("id"), stock_lease.c.state == "open")
    .order_by((stock_lease.c.units - stock_lease.c.spent_units).desc())
    .limit(1)
)
_POOL: Final = (
    select(
        pool.c.pool_id,
        pool.c.points,
        func.coalesce(func.sum(pool_spend.c.points), 0),
        pool.c.per_redemption,
        pool.c.per_new,
        pool.c.per_member,
        pool.c.per_trusted,
        pool.c.window_points,
        pool.c.window_redemptions,
        pool.c.list_hours,
        pool.c.approval_points,
    )
    .outerjoin(pool_spend, pool_spend.c.pool_id == pool.c.pool_id)
    .where(pool.c.current)
    .group_by(pool.c.pool_id)
)
_AT_RISK: Final = (
    select(pool_spend.c.points)
    .join(pool, and_(pool.c.pool_id == pool_spend.c.pool_id, pool.c.current))
    .where(pool_spend.c.member_id == bindparam("id"))
)
_UNHEARD: Final = select(
    func.coalesce(func.sum(risk_draw.c.points), 0), func.count(risk_draw.c.points)
).select_from(
    chain.join(
        risk_draw,
        and_(
            risk_draw.c.incarnation == chain.c.incarnation,
            risk_draw.c.seq > chain.c.confirmed_seq,
        ),
    )
)


class SqlGrantReads:
    """The part of `SqlWorkReads` that is about grants."""

    def __init__(self, fetch: Fetch, clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock

    def _first(self, statement: Executable, **parameters: Any) -> Row[Any] | None:
        rows = self._fetch(statement, parameters)
        return rows[0] if rows else None

    def leases(self, member_id: UUID) -> Sequence[Lease]:
        return [Lease(*row) for row in self._fetch(_LEASES, {"id": member_id})]

    def leases_held(self) -> int:
        return int(self._fetch(_LEASES_HELD, {})[0][0])

    def leases_offered(self) -> int:
        return int(self._fetch(_LEASES_OFFERED, {})[0][0])

    def stock_lease(self, reward_id: UUID) -> StockLease | None:
        row = self._first(_STOCK_LEASE, id=reward_id)
        return None if row is None else StockLease(*row)

    def pool(self) -> Pool | None:
        row = self._first(_POOL)
        if row is None:
            return None
        pool_id, points, spent, per_redemption, new, known, trusted, *others = row
        caps = RiskCaps(per_redemption, (new, known, trusted), *others)
        return Pool(pool_id, points, spent, caps)

    def at_risk_spent(self, member_id: UUID) -> int:
        row = self._first(_AT_RISK, id=member_id)
        return 0 if row is None else int(row[0])

    def unheard(self) -> Unheard:
        return Unheard(*self._fetch(_UNHEARD, {})[0])
