"""Units of rewards that the server set aside for this seat, and that it asks back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from app.domain.entry import Actor
from app.domain.events import StockReturned
from app.ports.clock import Clock
from app.ports.sync_store import GrantedStock
from app.store.journal import Journal
from app.store.tables import stock_lease

_grant = upsert(stock_lease)
_GRANT: Final = _grant.on_conflict_do_update(
    index_elements=["stock_lease_id"],
    set_={
        name: _grant.excluded[name] for name in ("units", "restored_units", "state", "signature")
    },
    where=stock_lease.c.state != "returned",
)
_OPEN: Final = select(stock_lease.c.stock_lease_id).where(stock_lease.c.state == "open")
_LEFT: Final = (
    select(
        stock_lease.c.stock_lease_id,
        stock_lease.c.units - stock_lease.c.spent_units + stock_lease.c.restored_units,
    )
    .where(
        stock_lease.c.stock_lease_id.in_(bindparam("these", expanding=True)),
        stock_lease.c.state == "open",
    )
    .order_by(stock_lease.c.stock_lease_id)
)
_SET_STATE: Final = (
    update(stock_lease)
    .where(stock_lease.c.stock_lease_id == bindparam("of"))
    .values(state=bindparam("now"))
)


def grant_stock(connection: Connection, granted: Sequence[GrantedStock]) -> None:
    """Take the server's word on all of them; what was given here only this seat knows.

    One that was handed back stays so, whatever a server says that was set back since.
    """
    told = {grant.stock_lease_id for grant in granted}
    gone = set(connection.execute(_OPEN).scalars()) - told
    if gone:
        connection.execute(_SET_STATE, [{"of": i, "now": "closed"} for i in sorted(gone)])
    if granted:
        connection.execute(
            _GRANT,
            [
                {
                    "stock_lease_id": grant.stock_lease_id,
                    "reward_id": grant.reward_id,
                    "units": grant.units,
                    "spent_units": 0,
                    "restored_units": grant.restored_units,
                    "state": "open",
                    "signature": grant.signature,
                }
                for grant in granted
            ],
        )


def hand_back_stock(
    connection: Connection,
    granted: Sequence[GrantedStock],
    clock: Clock,
    new_id: Callable[[], UUID],
) -> bool:
    """Journal that those units are given back that the server asks for, and give none of them.

    All that was given of them stands before it in the chain, so that the server hears of that
    first.

    Returns:
        Whether there were any to give back.
    """
    asked_for = [grant.stock_lease_id for grant in granted if grant.state == "recall"]
    rows = connection.execute(_LEFT, {"these": asked_for}).all() if asked_for else []
    if not rows:
        return False
    chain_end = Journal(connection, clock)
    for stock_lease_id, left in rows:
        event = StockReturned(stock_lease_id, left)
        chain_end.append(event, new_id(), Actor(), (), urgent=False)
    chain_end.flush()
    connection.execute(_SET_STATE, [{"of": i, "now": "returned"} for i, _ in rows])
    return True
