"""What changed since a cursor, and the whole scope for a new replica.

A place in the log is (xid, seq). On PostgreSQL a transaction may commit after one with a greater
xid, so the cursor never goes beyond the oldest transaction still open (`horizon`). What is visible
beyond it is sent as well, without moving the cursor: it comes again later, which does no harm, and
the last page then shows exactly one state of the database, whose sum goes with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.protocol.messages import (
    MAX_PAGE_ROWS,
    NOTHING,
    BootstrapAnswer,
    Cursor,
    LeaseGrant,
    MemberRow,
    PullAnswer,
    Record,
    RiskPool,
)
from sync.server.devices import Device
from sync.server.problems import ProblemError
from sync.server.store import tables as t
from sync.server.store.bulk import select_in
from sync.server.store.engine import is_postgresql
from sync.server.work import FORGOTTEN, PROGRAMME_SCOPE

MAX_BOOTSTRAP_ROWS: Final = 5_000
FIRST_MEMBERS: Final = 1_000

_MODULUS: Final = 2**128
_OF_BALANCE: Final = {
    "posted_points": t.balance.c.posted,
    "leased_points": t.balance.c.leased,
    "pending_points": t.balance.c.pending,
    "next_expiry_on": t.balance.c.next_expiry_on,
    "next_expiry_points": t.balance.c.next_expiry_points,
}
# In the order of a row's fields: naming them one by one takes as long as reading the table
_MEMBER_COLUMNS: Final = tuple(
    _OF_BALANCE[name] if name in _OF_BALANCE else t.member.c[name]
    for name in MemberRow.__struct_fields__
)


# What each pull asks, composed once
_LAST_XID: Final = sa.select(t.write_counter.c.xid).where(
    t.write_counter.c.programme_id == sa.bindparam("programme")
)
_EPOCH: Final = (
    sa.select(t.epoch.c.epoch_id)
    .where(t.epoch.c.programme_id == sa.bindparam("programme"))
    .order_by(t.epoch.c.started_ms.desc())
    .limit(1)
)
_LEASES: Final = (
    sa.select(t.lease)
    .where(
        t.lease.c.programme_id == sa.bindparam("programme"),
        t.lease.c.device_id == sa.bindparam("device"),
        t.lease.c.state != "closed",
    )
    .order_by(t.lease.c.lease_id)
)
_POOL: Final = (
    sa.select(t.risk_pool)
    .where(
        t.risk_pool.c.programme_id == sa.bindparam("programme"),
        t.risk_pool.c.device_id == sa.bindparam("device"),
    )
    .order_by(t.risk_pool.c.issued_ms.desc(), t.risk_pool.c.pool_id.desc())
    .limit(1)
)
_SUM: Final = sa.select(
    *(
        sa.func.coalesce(sa.func.sum(t.replica_sum.c[name]), 0)
        for name in ("row_count", "lane0", "lane1", "lane2", "lane3")
    )
).where(
    t.replica_sum.c.programme_id == sa.bindparam("programme"),
    t.replica_sum.c.scope.in_(sa.bindparam("scopes", expanding=True)),
)


def _log_after(scope: sa.ColumnElement[bool]) -> sa.Select[Any]:
    log = t.change_log
    return (
        sa.select(log.c.xid, log.c.seq, log.c.kind, log.c.ref)
        .where(
            log.c.programme_id == sa.bindparam("programme"),
            sa.tuple_(log.c.xid, log.c.seq)
            > sa.tuple_(
                sa.bindparam("xid", type_=log.c.xid.type), sa.bindparam("seq", type_=log.c.seq.type)
            ),
            scope,
        )
        .order_by(log.c.xid, log.c.seq)
        .limit(sa.bindparam("most"))
    )


_LOG_OF_COUNTER: Final = _log_after(t.change_log.c.office_id.is_(None))
_LOG_OF_DESK: Final = _log_after(
    t.change_log.c.office_id.is_(None) | (t.change_log.c.office_id == sa.bindparam("office"))
)


def horizon(connection: Connection, programme_id: UUID) -> int:
    """Every transaction numbered below it has ended and is visible here."""
    if is_postgresql(connection):
        found = connection.exec_driver_sql("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
        return int(found.scalar_one())
    return int(connection.execute(_LAST_XID, {"programme": programme_id}).scalar_one()) + 1


def newest_cursor(xid: int) -> Cursor:
    """The place behind everything up to the transaction `xid`."""
    return Cursor(xid, 2**53)


def current_epoch(connection: Connection, programme_id: UUID) -> UUID:
    """The epoch in force."""
    found = connection.execute(_EPOCH, {"programme": programme_id}).scalar_one()
    assert isinstance(found, UUID)
    return found


def pull(
    connection: Connection, device: Device, after: Cursor, *, limit: int, now_ms: int
) -> PullAnswer:
    """One page of changes; `connection` sees one unchanging state.

    Raises:
        ProblemError: cursor_unknown, for a cursor that this database has never given.
    """
    limit = max(1, min(limit, MAX_PAGE_ROWS))
    bound = horizon(connection, device.programme_id)
    if after.xid > bound or after.xid < 0:
        raise ProblemError("cursor_unknown", "This server never gave that cursor")
    log = _log(connection, device, after, limit + 1)
    settled = [row for row in log[:limit] if row.xid < bound]
    more = len(settled) == limit and len(log) > limit
    cursor = Cursor(settled[-1].xid, settled[-1].seq) if settled else after
    if not more:
        # nothing below the bound can still appear, so the next pull may start there
        cursor = max(cursor, newest_cursor(bound - 1)) if bound > after.xid else cursor
    page = settled if more else log[:limit]
    whole = not more and len(log) <= limit
    members, removed = _members(connection, device, [r.ref for r in page if r.kind == "member"])
    count, total = _sum(connection, device) if whole else (None, None)
    return PullAnswer(
        epoch=current_epoch(connection, device.programme_id),
        cursor=cursor,
        more=more,
        members=members,
        removed_members=removed,
        records=_records(connection, device, [r for r in page if r.kind != "member"]),
        row_count=count,
        row_sum=total,
        leases=[] if more else _leases(connection, device),
        pool=None if more else _pool(connection, device),
        horizon=bound,
        server_ms=now_ms,
    )


def _log(connection: Connection, device: Device, after: Cursor, limit: int) -> list[Any]:
    place = {"programme": device.programme_id, "xid": after.xid, "seq": after.seq, "most": limit}
    if device.is_desk:
        return list(connection.execute(_LOG_OF_DESK, {**place, "office": device.office_id}))
    return list(connection.execute(_LOG_OF_COUNTER, place))


def member_select(programme_id: UUID) -> sa.Select[Any]:
    """Members that replicas show, with their balances."""
    member, balance = t.member, t.balance
    return (
        sa.select(*_MEMBER_COLUMNS)
        .join_from(
            member,
            balance,
            (balance.c.programme_id == member.c.programme_id)
            & (balance.c.member_id == member.c.member_id)
            & (balance.c.unit == t.POINTS),
        )
        .where(member.c.programme_id == programme_id, member.c.status != FORGOTTEN)
    )


def _members(
    connection: Connection, device: Device, refs: Iterable[str]
) -> tuple[list[MemberRow], list[UUID]]:
    """(members as they are now, ids that are no longer there), oldest change first."""
    ids = list(dict.fromkeys(UUID(ref) for ref in refs))
    rows = {
        row.member_id: MemberRow(*row)
        for row in select_in(
            connection, member_select(device.programme_id), t.member.c.member_id, ids
        )
    }
    return [rows[i] for i in ids if i in rows], [i for i in ids if i not in rows]


def _record(row: Any) -> Record:
    return Record(row.kind, row.id, msgspec.Raw(bytes(row.body)))


def _records(connection: Connection, device: Device, log: Sequence[Any]) -> list[Record]:
    keys = list(dict.fromkeys((row.kind, row.ref) for row in log))
    statement = sa.select(t.record).where(t.record.c.programme_id == device.programme_id)
    rows = {
        (row.kind, row.id): row
        for row in select_in(connection, statement, t.record.c.id, {key[1] for key in keys})
    }
    return [_record(rows[key]) if key in rows else Record(*key, NOTHING) for key in keys]


def _sum(connection: Connection, device: Device) -> tuple[int, bytes]:
    scopes = [PROGRAMME_SCOPE, str(device.office_id)] if device.is_desk else [PROGRAMME_SCOPE]
    row = connection.execute(_SUM, {"programme": device.programme_id, "scopes": scopes}).one()
    count, *lanes = (int(value) for value in row)
    total = sum(lane << 32 * place for place, lane in enumerate(lanes)) % _MODULUS
    return count, total.to_bytes(16, "big")


def _leases(connection: Connection, device: Device) -> list[LeaseGrant]:
    of = {"programme": device.programme_id, "device": device.device_id}
    rows = connection.execute(_LEASES, of)
    return [
        LeaseGrant(
            lease_id=row.lease_id,
            member_id=row.member_id,
            points=row.points,
            restored_points=row.restored,
            expires_ms=row.expires_ms,
            state=row.state,
            signature=row.signature,
        )
        for row in rows
    ]


def _pool(connection: Connection, device: Device) -> RiskPool | None:
    of = {"programme": device.programme_id, "device": device.device_id}
    row = connection.execute(_POOL, of).one_or_none()
    if row is None:
        return None
    return RiskPool(row.pool_id, row.points, row.per_redemption, row.per_member)


def first(connection: Connection, device: Device, *, now_ms: int) -> BootstrapAnswer:
    """All records of the scope, and the members likeliest to come to this office.

    Whoever came lately, newest visit first, then the office's own, up to FIRST_MEMBERS together.
    """
    visit = t.encounter
    lately = (
        sa.select(visit.c.member_id, sa.func.max(visit.c.opened_ms).label("last_ms"))
        .where(
            visit.c.programme_id == device.programme_id,
            visit.c.office_id == device.office_id,
            visit.c.member_id.is_not(None),
        )
        .group_by(visit.c.member_id)
        .order_by(sa.desc("last_ms"))
        .limit(FIRST_MEMBERS)
    )
    ids = list(connection.execute(lately).scalars())
    own = (
        sa.select(t.member.c.member_id)
        .join(
            t.office,
            (t.office.c.programme_id == t.member.c.programme_id)
            & (t.office.c.code == t.member.c.home_office),
        )
        .where(
            t.member.c.programme_id == device.programme_id,
            t.office.c.office_id == device.office_id,
        )
        .order_by(t.member.c.rank)
        .limit(FIRST_MEMBERS)
    )
    ids = list(dict.fromkeys([*ids, *connection.execute(own).scalars()]))[:FIRST_MEMBERS]
    rows = select_in(connection, member_select(device.programme_id), t.member.c.member_id, ids)
    return BootstrapAnswer(
        epoch=current_epoch(connection, device.programme_id),
        cursor=newest_cursor(horizon(connection, device.programme_id) - 1),
        next_rank=None,
        members=sorted((MemberRow(*row) for row in rows), key=lambda row: row.rank),
        records=_all_records(connection, device),
        server_ms=now_ms,
    )


def _all_records(connection: Connection, device: Device) -> list[Record]:
    scope: sa.ColumnElement[bool] = t.record.c.office_id.is_(None)
    if device.is_desk:
        scope |= t.record.c.office_id == device.office_id
    statement = sa.select(t.record).where(t.record.c.programme_id == device.programme_id, scope)
    ordered = statement.order_by(t.record.c.kind, t.record.c.id)
    return [_record(row) for row in connection.execute(ordered)]


def bootstrap(
    connection: Connection, device: Device, *, after_rank: int, limit: int, now_ms: int
) -> BootstrapAnswer:
    """One page of the scope in rank order, all records with the first."""
    limit = max(1, min(limit, MAX_BOOTSTRAP_ROWS))
    rows = list(
        connection.execute(
            member_select(device.programme_id)
            .where(t.member.c.rank > after_rank)
            .order_by(t.member.c.rank)
            .limit(limit + 1)
        )
    )
    members = [MemberRow(*row) for row in rows[:limit]]
    return BootstrapAnswer(
        epoch=current_epoch(connection, device.programme_id),
        cursor=newest_cursor(horizon(connection, device.programme_id) - 1),
        next_rank=members[-1].rank if len(rows) > limit else None,
        members=members,
        records=_all_records(connection, device) if after_rank <= 0 else [],
        server_ms=now_ms,
    )
