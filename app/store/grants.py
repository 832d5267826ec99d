"""What the server lets this seat spend without asking: leases, and the pool for risk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from app.ports.sync_store import GrantedLease, GrantedPool
from app.store.tables import lease, pool

_grant = upsert(lease)
_GRANT: Final = _grant.on_conflict_do_update(
    index_elements=["lease_id"],
    set_={
        name: _grant.excluded[name]
        for name in ("points", "restored_points", "expires_ms", "state", "signature")
    },
)
_CLOSE: Final = update(lease).where(lease.c.lease_id == bindparam("of")).values(state="closed")
_issue = upsert(pool)
_ISSUE: Final = _issue.on_conflict_do_update(
    index_elements=["pool_id"],
    set_={
        name: _issue.excluded[name]
        for name in ("points", "per_redemption", "per_member", "current")
    },
)


def grant_leases(connection: Connection, leases: Sequence[GrantedLease]) -> None:
    """Take the server's word on all leases; what was spent here only this seat knows.

    Every pull names them all, and hardly ever has one changed: only what is new is written.
    """
    told = {
        grant.lease_id: {
            "member_id": grant.member_id,
            "points": grant.points,
            "restored_points": grant.restored_points,
            "expires_ms": grant.expires_ms,
            "state": grant.state,
            "signature": grant.signature,
        }
        for grant in leases
    }
    names = ("member_id", "points", "restored_points", "expires_ms", "state", "signature")
    columns = [lease.c[name] for name in names]
    rows = connection.execute(select(lease.c.lease_id, *columns).where(lease.c.state != "closed"))
    held = {row.lease_id: dict(zip(names, row[1:], strict=True)) for row in rows}
    if gone := [{"of": lease_id} for lease_id in held.keys() - told.keys()]:
        connection.execute(_CLOSE, gone)
    if new := [
        {"lease_id": lease_id, "spent_points": 0, **values}
        for lease_id, values in told.items()
        if held.get(lease_id) != values
    ]:
        connection.execute(_GRANT, new)


def issue_pool(connection: Connection, issued: GrantedPool | None) -> None:
    """Make `issued` the pool in use; one issued again keeps what was spent from it."""
    connection.execute(update(pool).where(pool.c.current).values(current=False))
    if issued is None:
        return
    connection.execute(
        _ISSUE,
        {
            "pool_id": issued.pool_id,
            "points": issued.points,
            "per_redemption": issued.per_redemption,
            "per_member": issued.per_member,
            "current": True,
        },
    )
