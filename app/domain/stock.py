"""Rewards of which there are only so many: what a counter may promise of them, and when.

Units are held as points are: the server keeps what is free, and moves some of it under a lease of
one device, which may promise them alone. Offline a unit is given from such a lease or not at all:
points given at risk are a debt that somebody pays, a voucher promised twice is one that isn't
there.
"""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from app.domain.lean import dataclass


def stock_statement(stock_lease_id: UUID, device_id: UUID, reward_id: UUID, units: int) -> bytes:
    """What the server signs when it sets units of a reward aside for a device."""
    return (
        b"guichet stock 1\0"
        + stock_lease_id.bytes
        + device_id.bytes
        + reward_id.bytes
        + units.to_bytes(8, "big")
    )


@dataclass(frozen=True, slots=True)
class StockLease:
    """Units of a reward that this device may promise, as it sees them.

    Attributes:
        units: set aside by the server in all.
        spent_units: given under it here, less what the server gave back.
        state: 'returned' once it was handed back here, which is never undone.
    """

    stock_lease_id: UUID
    reward_id: UUID
    units: int
    spent_units: int
    state: Literal["open", "returned", "closed"]

    @property
    def remaining_units(self) -> int:
        return max(0, self.units - self.spent_units) if self.state == "open" else 0


@dataclass(frozen=True, slots=True)
class Stock:
    """What this counter knows of a reward's stock.

    Attributes:
        here: units that it may promise by itself.
        free: units that the server had for whoever asks first; None where it hasn't told.
        held: units that it had set aside for counters, this one among them.
        as_of_ms: when it told so, None where it hasn't.
    """

    here: int
    free: int | None = None
    held: int = 0
    as_of_ms: int | None = None

    def why_not(self, *, online: bool) -> str:
        """Why no unit can be promised: out_of_stock, stock_online_only; '' where one can.

        What other counters hold is asked back once somebody wants it online.

        >>> Stock(here=0, free=3, held=2).why_not(online=False)
        'stock_online_only'
        >>> Stock(here=0, free=0, held=0).why_not(online=True)
        'out_of_stock'
        """
        if self.here:
            return ""
        if self.free is not None and self.free + self.held <= 0:
            return "out_of_stock"
        return "" if online else "stock_online_only"
