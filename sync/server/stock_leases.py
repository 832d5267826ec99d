"""Units of scarce rewards as the server sets them aside for counters, and asks for them back.

How many is `app.domain.stock_policy`; here its figures are read and its plan is carried out.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.lease_policy import DAY_MS
from app.domain.stock import stock_statement
from app.domain.stock_policy import Demand, StockPlan, plan_stock
from sync.server.devices import Device
from sync.server.keys import ServerKeys
from sync.server.settings_of import setting_value, stock_rules_in
from sync.server.store import tables as t
from sync.server.store.bulk import update_rows
from sync.server.work import Work

_LIMITED: Final = sa.select(t.reward_stock.c.reward_id, t.reward_stock.c.limited).where(
    t.reward_stock.c.programme_id == sa.bindparam("programme")
)


def _figures() -> sa.Select[Any]:
    """What the plans of some rewards for a device go by, one row each."""
    stock, lease, use = t.reward_stock, t.stock_lease, t.stock_use
    of_reward = (
        lease.c.programme_id == stock.c.programme_id,
        lease.c.reward_id == stock.c.reward_id,
    )
    mine = lease.c.device_id == sa.bindparam("device")

    def summed(*where: sa.ColumnElement[bool]) -> sa.Select[Any]:
        return sa.select(sa.func.sum(lease.c.remaining)).where(*of_reward, *where)

    given = sa.select(sa.func.count()).where(
        use.c.programme_id == stock.c.programme_id,
        use.c.reward_id == stock.c.reward_id,
        use.c.office_id == sa.bindparam("office"),
        use.c.at_ms > sa.bindparam("since_ms"),
    )
    counters = sa.select(sa.func.count()).where(
        t.device.c.programme_id == sa.bindparam("programme"),
        t.device.c.office_id == sa.bindparam("office"),
        t.device.c.kind == "counter",
        t.device.c.revoked_ms.is_(None),
    )
    asked = sa.select(sa.func.max(lease.c.recalled_ms)).where(*of_reward)
    awaited = sa.select(sa.func.count()).where(
        *of_reward, mine, lease.c.state.in_(("recall", "written_off"))
    )
    return (
        sa.select(
            stock.c.reward_id,
            stock.c.free,
            t.reward.c.active,
            sa.func.coalesce(summed(lease.c.state.in_(t.LEASE_HELD)).scalar_subquery(), 0).label(
                "held"
            ),
            summed(mine, lease.c.state == "open").scalar_subquery().label("here"),
            given.scalar_subquery().label("given"),
            counters.scalar_subquery().label("counters"),
            asked.scalar_subquery().label("asked_ms"),
            awaited.scalar_subquery().label("awaited"),
        )
        .join(
            t.reward,
            (t.reward.c.programme_id == stock.c.programme_id)
            & (t.reward.c.reward_id == stock.c.reward_id),
        )
        .where(
            stock.c.programme_id == sa.bindparam("programme"),
            stock.c.reward_id.in_(sa.bindparam("rewards", expanding=True)),
        )
    )


_FIGURES: Final = _figures()


def wants_stock(connection: Connection, device: Device, now_ms: int) -> bool:
    """Whether `issue` would find something to do."""
    return bool(_plans(connection, device, now_ms))


def issue(work: Work, device: Device, keys: ServerKeys) -> None:
    """Do what the policy plans for a device that is locked."""
    wanted = _plans(work.connection, device, work.now_ms)
    if not wanted:
        return
    work.find(t.reward_stock, "reward_id", wanted, lock=True)
    # As things stand behind the locks: another counter may have taken what was there
    for reward_id, plan in sorted(_plans(work.connection, device, work.now_ms, wanted).items()):
        _carry_out(work, device, keys, reward_id, plan)


def _plans(
    connection: Connection, device: Device, now_ms: int, only: Collection[UUID] | None = None
) -> dict[UUID, StockPlan]:
    """What is to be done for a device, by reward; rewards with nothing to do are left out."""
    stocks = connection.execute(_LIMITED, {"programme": device.programme_id}).all()
    ids = [row.reward_id for row in stocks if only is None or row.reward_id in only]
    if not ids:
        return {}
    rules = stock_rules_in(setting_value(connection, device.programme_id, "redemption"))
    limited = {row.reward_id for row in stocks if row.limited}
    plans = {}
    of = {
        "programme": device.programme_id,
        "office": device.office_id,
        "device": device.device_id,
        "since_ms": now_ms - rules.window_days * DAY_MS,
        "rewards": ids,
    }
    for row in connection.execute(_FIGURES, of):
        is_asked = row.asked_ms is not None and row.asked_ms > now_ms - rules.calm_minutes * 60_000
        here = None if row.here is None else int(row.here)
        demand = Demand(row.free, int(row.held), row.given, max(1, row.counters), here)
        plan = plan_stock(demand, rules)
        if row.reward_id not in limited or not row.active:
            plan = StockPlan(recall=bool(row.here))
        elif row.awaited or is_asked:
            plan = StockPlan(recall=plan.recall)
        if plan:
            plans[row.reward_id] = plan
    return plans


def _carry_out(
    work: Work, device: Device, keys: ServerKeys, reward_id: UUID, plan: StockPlan
) -> None:
    lease, stock = t.stock_lease, t.reward_stock
    row = work.connection.execute(
        work.mine(lease).where(
            lease.c.device_id == device.device_id,
            lease.c.reward_id == reward_id,
            lease.c.state == "open",
        )
    ).one_or_none()
    of = work.programme_id
    if plan.recall:
        if row is not None:
            asked = [(row.stock_lease_id, "recall")]
            update_rows(
                work.connection, lease, ["stock_lease_id"], ["state"], asked, programme_id=of
            )
        return
    work.connection.execute(
        stock.update()
        .where(stock.c.programme_id == of, stock.c.reward_id == reward_id)
        .values(free=stock.c.free - plan.add)
    )
    stock_lease_id = work.new_id() if row is None else row.stock_lease_id
    units = plan.add + (0 if row is None else row.units)
    signature = keys.authority_key.sign(
        stock_statement(stock_lease_id, device.device_id, reward_id, units)
    )
    if row is None:
        work.add_or_replace(
            lease,
            stock_lease_id,
            device.device_id,
            reward_id,
            units,
            units,
            0,
            "open",
            signature,
            work.now_ms,
            0,
            0,
            None,
        )
        return
    update_rows(
        work.connection,
        lease,
        ["stock_lease_id"],
        ["units", "remaining", "signature"],
        [(stock_lease_id, units, row.remaining + plan.add, signature)],
        programme_id=of,
    )
