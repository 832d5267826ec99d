"""What the server lets this seat spend without asking: leases, and the pool for risk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from app.domain.entry import Actor
from app.domain.events import LeaseReturned
from app.ports.clock import Clock
from app.ports.sync_store import GrantedLease, GrantedPool
from app.store.journal import Journal
from app.store.tables import lease, pool

_TOLD: Final = (
    "member_id",
    "points",
    "restored_points",
    "expires_ms",
    "state",
    "signature",
    "may_hand_on",
    "received_by",
)
_HELD: Final = select(lease.c.lease_id, *(lease.c[name] for name in _TOLD)).where(
    lease.c.state == "open"
)
_grant = upsert(lease)
_GRANT: Final = _grant.on_conflict_do_update(
    index_elements=["lease_id"],
    set_={name: _grant.excluded[name] for name in _TOLD},
)
_CLOSE: Final = update(lease).where(lease.c.lease_id == bindparam("of")).values(state="closed")
_LEFT: Final = (
    select(
        lease.c.lease_id,
        lease.c.points - lease.c.spent_points + lease.c.restored_points,
    )
    .where(lease.c.lease_id.in_(bindparam("these", expanding=True)), lease.c.state == "open")
    .order_by(lease.c.lease_id)
)
_RETURN: Final = update(lease).where(lease.c.lease_id == bindparam("of")).values(state="returned")
_RETURNED: Final = select(lease.c.lease_id).where(
    lease.c.lease_id.in_(bindparam("these", expanding=True)), lease.c.state == "returned"
)
_WITHDRAW: Final = update(pool).where(pool.c.current).values(current=False)
_issue = upsert(pool)
_ISSUE: Final = _issue.on_conflict_do_update(
    index_elements=["pool_id"],
    set_={
        name: _issue.excluded[name]
        for name in pool.columns.keys()  # noqa: SIM118 # columns, not rows
        if name != "pool_id"
    },
)


def grant_leases(connection: Connection, leases: Sequence[GrantedLease]) -> None:
    """Take the server's word on all leases; what was spent here only this seat knows.

    Every pull names them all, and hardly ever has one changed: only what is new is written. One
    that was handed back stays so, whatever a server says that was set back since. One that a
    neighbour handed on stays until the server has heard of it.
    """
    told = {
        grant.lease_id: {
            "member_id": grant.member_id,
            "points": grant.points,
            "restored_points": grant.restored_points,
            "expires_ms": grant.expires_ms,
            "state": "closed" if grant.state == "closed" else "open",
            "signature": grant.signature,
            "may_hand_on": grant.may_hand_on,
            "received_by": None,
        }
        for grant in leases
    }
    rows = connection.execute(_HELD)
    held = {row.lease_id: dict(zip(_TOLD, row[1:], strict=True)) for row in rows}
    untold = held.keys() - told.keys()
    if gone := [{"of": lease_id} for lease_id in untold if held[lease_id]["received_by"] is None]:
        connection.execute(_CLOSE, gone)
    new = [lease_id for lease_id, values in told.items() if held.get(lease_id) != values]
    returned = set(connection.execute(_RETURNED, {"these": new}).scalars()) if new else set()
    if fresh := [
        {"lease_id": lease_id, "spent_points": 0, **told[lease_id]}
        for lease_id in new
        if lease_id not in returned
    ]:
        connection.execute(_GRANT, fresh)


def hand_back(
    connection: Connection,
    leases: Sequence[GrantedLease],
    clock: Clock,
    new_id: Callable[[], UUID],
) -> bool:
    """Journal that those leases are given back that the server asks for, and spend them no more.

    All that was spent under them stands before it in the chain, so that the server hears of that
    first.

    Returns:
        Whether there was one.
    """
    asked_for = [grant.lease_id for grant in leases if grant.state == "recall"]
    rows = connection.execute(_LEFT, {"these": asked_for}).all() if asked_for else []
    if not rows:
        return False
    chain_end = Journal(connection, clock)
    for lease_id, left in rows:
        chain_end.append(LeaseReturned(lease_id, left), new_id(), Actor(), (), urgent=False)
    chain_end.flush()
    connection.execute(_RETURN, [{"of": lease_id} for lease_id, _ in rows])
    return True


def issue_pool(connection: Connection, issued: GrantedPool | None) -> None:
    """Make `issued` the pool in use; one issued again keeps what was spent from it."""
    connection.execute(_WITHDRAW)
    if issued is None:
        return
    caps = issued.caps
    new, known, trusted = caps.per_member
    connection.execute(
        _ISSUE,
        {
            "pool_id": issued.pool_id,
            "points": issued.points,
            "per_redemption": caps.per_redemption,
            "per_member": known,
            "current": True,
            "per_new": new,
            "per_trusted": trusted,
            "window_points": caps.window_points,
            "window_redemptions": caps.window_redemptions,
            "list_hours": caps.list_hours,
            "approval_points": caps.approval_points,
        },
    )
