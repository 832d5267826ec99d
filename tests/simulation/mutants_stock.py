"""Planted bugs about rewards with stock; see mutants.py."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, Final

from sync.server import stock_leases
from sync.server.stock import Stocks
from sync.server.store import tables as t
from tests.simulation.planting import Mutant, on

_SOON_MS: Final = 20_000


def _promised_twice(stack: ExitStack) -> None:
    """What is set aside for a counter stays free for everybody else."""

    def twice(real: Any, work: Any, device: Any, keys: Any, reward_id: Any, plan: Any) -> None:
        real(work, device, keys, reward_id, plan)
        stock = t.reward_stock
        work.connection.execute(
            stock.update()
            .where(stock.c.reward_id == reward_id)
            .values(free=stock.c.free + plan.add)
        )

    on(stack, stock_leases, "_carry_out", twice)


def _returned_twice(stack: ExitStack) -> None:
    """A unit that comes back to a counter's lease is free besides."""

    def both(real: Any, stocks: Any, redemption_id: Any) -> None:
        use = stocks._uses.get(redemption_id)
        comes_back = use is not None and not use.returned
        real(stocks, redemption_id)
        if comes_back:
            stocks._free(use.reward_id, 1)

    on(stack, Stocks, "give_back", both)


def _clock_reclaim(stack: ExitStack) -> None:
    """Units that a counter has held for long enough are taken back by the clock."""

    def reclaim(real: Any, work: Any, device: Any, keys: Any) -> None:
        lease, stock = t.stock_lease, t.reward_stock
        late = (lease.c.granted_ms < work.now_ms - _SOON_MS) & lease.c.state.in_(t.LEASE_HELD)
        for row in work.connection.execute(work.mine(lease).where(late)).all():
            work.connection.execute(
                stock.update()
                .where(stock.c.reward_id == row.reward_id)
                .values(free=stock.c.free + row.remaining)
            )
            work.connection.execute(
                lease.update()
                .where(lease.c.stock_lease_id == row.stock_lease_id)
                .values(remaining=0, state="closed")
            )
        real(work, device, keys)

    on(stack, stock_leases, "issue", reclaim)


STOCK_MUTANTS: Final[dict[str, tuple[str, Mutant]]] = {
    "stock promised twice": ("I15", _promised_twice),
    "stock returned twice": ("I15", _returned_twice),
    "stock taken back by the clock": ("I15", _clock_reclaim),
}
