"""Taking back what a device holds that is gone: its members have it again.

Of a lost device it is written off: what was left under each lease is available again and booked as
exposed, because the programme bears the risk. Should the device have spent it, that comes in later
and is honoured, up to what was exposed (handlers.points); a device that turns up hands the lease
back after all its entries, which ends it. Of one whose entries are all here it ends at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from app.domain import ledger
from sync.server.devices import find_device
from sync.server.stock_keeping import write_off_stock
from sync.server.store import tables as t
from sync.server.store.bulk import insert_rows, update_rows
from sync.server.work import Work

KIND: Final = "lease_write_off"
"""The ledger's kind of what is given back of a lost device."""
RETURNED: Final = "lease_return"
"""Of one that handed it back, or left for good."""
AT_ONCE: Final = 100
"""Leases a transaction."""


@dataclass(frozen=True, slots=True)
class WrittenOff:
    """What one transaction took back: leases, their points, and units of rewards."""

    leases: int
    points: int
    units: int = 0


def write_off(
    work: Work, device_id: UUID, *, by: str, reason: str, exposes: bool = True
) -> WrittenOff:
    """Take back some of the leases that a device holds; to be repeated until there are none.

    Args:
        work: the transaction.
        device_id: whose.
        by: who does it; stands with each posting for good, as does `reason`.
        reason: why.
        exposes: the device may have spent them all the same. Else it is as if it had handed them
            back: nothing more can come, nor of those that were written off before.
    """
    find_device(work.connection, device_id, lock=True)  # so that none of its uploads is under way
    lease = t.lease
    ending = t.LEASE_HELD if exposes else (*t.LEASE_HELD, "written_off")
    found = work.connection.execute(
        work.mine(lease)
        .where(lease.c.device_id == device_id, lease.c.state.in_(ending))
        .order_by(lease.c.lease_id)
        .limit(AT_ONCE)
    ).all()
    work.load_members(row.member_id for row in found)
    shares: dict[UUID, dict[UUID, int]] = {row.lease_id: {} for row in found}
    for row in work.find(t.lease_lot, "lease_id", shares):
        shares[row.lease_id][row.lot_id] = row.points
    kind = KIND if exposes else RETURNED
    for row in found:
        _give_back(work, row, shares[row.lease_id], kind, {"by": by, "reason": reason})
    update_rows(
        work.connection,
        lease,
        ["lease_id"],
        ["remaining", "state", "exposed"],
        [
            (row.lease_id, 0, "written_off", row.remaining)
            if exposes and row.remaining
            else (row.lease_id, 0, "closed", 0)
            for row in found
        ],
        programme_id=work.programme_id,
    )
    insert_rows(
        work.connection,
        t.lease_lot,
        [column.name for column in t.lease_lot.columns],
        [
            (work.programme_id, lease_id, lot_id, 0)
            for lease_id, lots in shares.items()
            for lot_id in lots
        ],
        replace=("points",),
    )
    units = write_off_stock(work, device_id, exposes=exposes)
    return WrittenOff(len(found), sum(row.remaining for row in found), units)


def _give_back(
    work: Work, row: Any, shares: dict[UUID, int], kind: str, why: dict[str, object]
) -> None:
    state = work.survivor(row.member_id)
    assert state is not None, "whoever has a lease is a member"
    change = ledger.close_lease(state.holdings, shares)
    if change.postings:
        work.post(state, change, kind=kind, ref_id=row.lease_id, event_id=None, why=why)


def held_by(work: Work, device_id: UUID) -> WrittenOff:
    """What `write_off` would write off of a device."""
    lease = t.lease
    row = work.connection.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(lease.c.remaining), 0)).where(
            lease.c.programme_id == work.programme_id,
            lease.c.device_id == device_id,
            lease.c.state.in_(t.LEASE_HELD),
        )
    ).one()
    stock = t.stock_lease
    units = work.connection.execute(
        sa.select(sa.func.coalesce(sa.func.sum(stock.c.remaining), 0)).where(
            stock.c.programme_id == work.programme_id,
            stock.c.device_id == device_id,
            stock.c.state.in_(t.LEASE_HELD),
        )
    ).scalar_one()
    return WrittenOff(int(row[0]), int(row[1]), int(units))
