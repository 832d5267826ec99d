"""What changed since a cursor.

A place in the log is (xid, seq). On PostgreSQL a transaction may commit after one with a greater
xid, so the cursor never goes beyond the oldest transaction still open (`horizon`). What is visible
beyond it is sent as well, without moving the cursor: it comes again later, which does no harm, and
the last page then shows exactly one state of the database, whose sum goes with it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, Final
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.protocol.messages import (
    MAX_PAGE_ROWS,
    NOTHING,
    Cursor,
    LeaseGrant,
    MemberRow,
    PullAnswer,
    Record,
    RiskPool,
    StockGrant,
)
from sync.server import cursors
from sync.server.devices import Device
from sync.server.horizon import HORIZON, LAST_XID
from sync.server.problems import ProblemError
from sync.server.scope import SCOPE_KIND
from sync.server.shown import MEMBERS, in_scope, record_of
from sync.server.store import tables as t
from sync.server.store.bulk import select_in
from sync.server.store.engine import is_postgresql
from sync.server.sums import Lanes
from sync.server.work import PROGRAMME_SCOPE, RECORD_SCOPE

_OF_MEMBERS: Final = ("member", SCOPE_KIND)

# What each pull asks, composed once
_EPOCH: Final = (
    sa.select(t.epoch.c.epoch_id)
    .where(t.epoch.c.programme_id == sa.bindparam("programme"))
    .order_by(t.epoch.c.started_ms.desc())
    .limit(1)
)
_LEASES: Final = (
    # in the order of a grant's fields
    sa.select(
        t.lease.c.lease_id,
        t.lease.c.member_id,
        t.lease.c.points,
        t.lease.c.restored,
        t.lease.c.expires_ms,
        # One that was written off is to be handed back all the same: that ends what it is exposed
        sa.case((t.lease.c.state == "written_off", "recall"), else_=t.lease.c.state).label("state"),
        t.lease.c.signature,
        (sa.func.length(t.lease.c.signature) > 0).label("may_hand_on"),
    )
    .where(
        t.lease.c.programme_id == sa.bindparam("programme"),
        t.lease.c.device_id == sa.bindparam("device"),
        t.lease.c.state != "closed",
    )
    .order_by(t.lease.c.lease_id)
)
_STOCK_LEASES: Final = (
    # in the order of a grant's fields
    sa.select(
        t.stock_lease.c.stock_lease_id,
        t.stock_lease.c.reward_id,
        t.stock_lease.c.units,
        t.stock_lease.c.restored,
        sa.case(
            (t.stock_lease.c.state == "written_off", "recall"), else_=t.stock_lease.c.state
        ).label("state"),
        t.stock_lease.c.signature,
    )
    .where(
        t.stock_lease.c.programme_id == sa.bindparam("programme"),
        t.stock_lease.c.device_id == sa.bindparam("device"),
        t.stock_lease.c.state != "closed",
    )
    .order_by(t.stock_lease.c.stock_lease_id)
)
_POOL: Final = (
    sa.select(
        t.risk_pool.c.pool_id,
        t.risk_pool.c.points,
        *(t.risk_pool.c[name] for name in RiskPool.__struct_fields__[2:]),
    )
    .where(
        t.risk_pool.c.programme_id == sa.bindparam("programme"),
        t.risk_pool.c.device_id == sa.bindparam("device"),
    )
    .order_by(t.risk_pool.c.issued_ms.desc(), t.risk_pool.c.pool_id.desc())
    .limit(1)
)
_OF_POOL: Final = len(RiskPool.__struct_fields__)
_SUM: Final = sa.select(
    *(
        sa.func.coalesce(sa.func.sum(t.replica_sum.c[name]), 0).label(name)
        for name in ("row_count", "lane0", "lane1", "lane2", "lane3")
    )
).where(
    t.replica_sum.c.programme_id == sa.bindparam("programme"),
    t.replica_sum.c.scope.in_([RECORD_SCOPE, sa.bindparam("members"), sa.bindparam("besides")]),
)
_LOG_FROM: Final = sa.select(t.programme.c.log_from_xid).where(
    t.programme.c.programme_id == sa.bindparam("programme")
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


_is_membership = t.change_log.c.kind == SCOPE_KIND
_of_all = t.change_log.c.office_id.is_(None)
_of_office = t.change_log.c.office_id == sa.bindparam("office", type_=sa.Uuid())
_of_desk = _of_office & ~_is_membership


def _of_own(*, on_postgresql: bool) -> sa.ColumnElement[bool]:
    """Changes of members in the scope, who entered and left it, and all devices' records.

    A change of somebody who isn't in it now is passed over: the row that tells of their leaving, or
    of their entering, stands for itself.
    """
    log = t.change_log
    ref: sa.ColumnElement[Any] = sa.func.replace(log.c.ref, "-", "")  # as SQLite keeps an id
    if on_postgresql:
        ref = sa.cast(sa.case((log.c.kind == "member", log.c.ref)), sa.Uuid())
    changed = (log.c.kind != "member") | in_scope(ref)
    return (_of_all & changed) | (_of_office & _is_membership)


@cache
def _log_statement(*, on_postgresql: bool, is_desk: bool, is_own: bool) -> sa.Select[Any]:
    rows = _of_own(on_postgresql=on_postgresql) if is_own else _of_all
    return _log_after(rows | _of_desk if is_desk else rows)


def _joined(columns: Sequence[sa.ColumnElement[Any]]) -> sa.ColumnElement[Any]:
    each: sa.ColumnElement[Any] = sa.literal("")
    for column in columns:
        each = each + " " + sa.cast(column, sa.String)
    return each


_IN_SCOPE: Final = sa.select(t.scope_member.c.member_id).where(
    t.scope_member.c.programme_id == sa.bindparam("programme"),
    t.scope_member.c.scope_id == sa.bindparam("scope"),
)
_RECORDS: Final = sa.select(t.record).where(t.record.c.programme_id == sa.bindparam("programme"))


@cache
def _look(*, on_postgresql: bool, is_desk: bool, is_own: bool) -> sa.Select[Any]:
    """All that a pull of nothing new has to know, in one question: most pulls are such."""
    sums = _SUM.subquery()
    pool = _POOL.subquery()
    lease = _LEASES.subquery()
    told = ("lease_id", "member_id", "points", "restored", "expires_ms", "state")
    each = _joined([lease.c[name] for name in told])
    stock = _STOCK_LEASES.subquery()
    units = _joined((stock.c.stock_lease_id, stock.c.units, stock.c.restored, stock.c.state))
    log = _log_statement(on_postgresql=on_postgresql, is_desk=is_desk, is_own=is_own)
    return sa.select(
        HORIZON if on_postgresql else (LAST_XID.scalar_subquery() + 1).label("horizon"),
        _EPOCH.scalar_subquery(),
        log.exists(),
        _LOG_FROM.scalar_subquery(),
        sa.select(sa.func.aggregate_strings(each, ",")).select_from(lease).scalar_subquery(),
        sa.select(sa.func.aggregate_strings(units, ",")).select_from(stock).scalar_subquery(),
        *pool.c,
        *sums.c,
    ).select_from(sums.outerjoin(pool, sa.true()))


def pull(
    connection: Connection,
    device: Device,
    after: Cursor,
    *,
    limit: int,
    now_ms: int,
    standing: str = "",
) -> PullAnswer:
    """One page of changes; `connection` sees one unchanging state.

    Args:
        connection: reading.
        device: who asks.
        after: the place it has reached.
        limit: rows at most.
        now_ms: the server's time.
        standing: of the leases and the pool that the device was told last, '' for none.

    Raises:
        ProblemError: cursor_unknown, for a cursor that this database has never given, that was
            given for other members, or before which the log is gone.
    """
    limit = max(1, min(limit, MAX_PAGE_ROWS))
    after = cursors.place_of(after, device.scope_number)
    kind = _kind_of(connection, device)
    members = PROGRAMME_SCOPE if device.scope_id is None else str(device.scope_id)
    found = connection.execute(
        _look(**kind),
        {
            **_place(device, after, 1),
            "device": device.device_id,
            "members": members,
            "besides": str(device.office_id) if device.is_desk else RECORD_SCOPE,
        },
    ).one()
    bound, epoch, is_newer, log_from_xid, leased, stocked, *rest = found
    pool, total = rest[:_OF_POOL], [int(value) for value in rest[_OF_POOL:]]
    bound = int(bound)
    if after.xid > bound or after.xid < 0:
        raise ProblemError("cursor_unknown", "This server never gave that cursor")
    if after < cursors.newest(log_from_xid - 1):
        raise ProblemError("cursor_unknown", "What has changed since is no longer known")
    log = _log(connection, device, after, limit + 1) if is_newer else []
    settled = [row for row in log[:limit] if row.xid < bound]
    more = len(settled) == limit and len(log) > limit
    cursor = Cursor(settled[-1].xid, settled[-1].seq) if settled else after
    if not more:
        # nothing below the bound can still appear, so the next pull may start there
        cursor = max(cursor, cursors.newest(bound - 1)) if bound > after.xid else cursor
    page = settled if more else log[:limit]
    rows, removed = _members(connection, device, page)
    answer = PullAnswer(
        epoch=epoch,
        cursor=cursors.told(cursor, device.scope_number),
        more=more,
        members=rows,
        removed_members=removed,
        records=_records(connection, device, [r for r in page if r.kind not in _OF_MEMBERS]),
        row_count=None,
        row_sum=None,
        leases=[],
        pool=None,
        horizon=bound,
        server_ms=now_ms,
    )
    if more:
        return answer
    now_stands = _standing(f"{leased or ''};{stocked or ''}", pool)
    stands = standing == now_stands
    return msgspec.structs.replace(
        answer,
        row_count=total[0] if len(log) <= limit else None,
        row_sum=_folded(total[1:]) if len(log) <= limit else None,
        leases=[] if stands else _leases(connection, device),
        stock_leases=[] if stands else _stock_leases(connection, device),
        pool=None if stands or pool[0] is None else RiskPool(*pool),
        standing=now_stands,
        stands=stands,
    )


def _standing(leased: str, pool: Sequence[Any]) -> str:
    """A short name for a device's leases and pool as this version tells of them."""
    text = f"2;{leased};{' '.join(str(value) for value in pool)}"
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _place(device: Device, after: Cursor, most: int) -> dict[str, Any]:
    place = {"programme": device.programme_id, "xid": after.xid, "seq": after.seq, "most": most}
    if device.is_desk or device.scope_id is not None:
        place["office"] = device.office_id
    return place if device.scope_id is None else {**place, "scope": device.scope_id}


def _kind_of(connection: Connection, device: Device) -> dict[str, bool]:
    return {
        "on_postgresql": is_postgresql(connection),
        "is_desk": device.is_desk,
        "is_own": device.scope_id is not None,
    }


def _log(connection: Connection, device: Device, after: Cursor, limit: int) -> list[Any]:
    statement = _log_statement(**_kind_of(connection, device))
    return list(connection.execute(statement, _place(device, after, limit)))


def _members(
    connection: Connection, device: Device, page: Sequence[Any]
) -> tuple[list[MemberRow], list[UUID]]:
    """(members as they are now, ids that are no longer there), oldest change first."""
    ids = list(dict.fromkeys(UUID(row.ref) for row in page if row.kind in _OF_MEMBERS))
    if not ids:
        return [], []
    # Who changed is in the scope, or the row would not be here; who entered may have left again
    left = _not_in_scope(connection, device, [r.ref for r in page if r.kind == SCOPE_KIND])
    of = {"programme": device.programme_id}
    staying = [i for i in ids if i not in left]
    found = select_in(connection, MEMBERS, t.member.c.member_id, staying, of)
    rows = {row.member_id: MemberRow(*row) for row in found}
    return [rows[i] for i in ids if i in rows], [i for i in ids if i not in rows]


def _not_in_scope(connection: Connection, device: Device, refs: Iterable[str]) -> set[UUID]:
    ids = {UUID(ref) for ref in refs}
    of = {"programme": device.programme_id, "scope": device.scope_id}
    inside = select_in(connection, _IN_SCOPE, t.scope_member.c.member_id, ids, of)
    return ids - {row.member_id for row in inside}


def _records(connection: Connection, device: Device, log: Sequence[Any]) -> list[Record]:
    keys = list(dict.fromkeys((row.kind, row.ref) for row in log))
    if not keys:
        return []
    of = {"programme": device.programme_id}
    found = select_in(connection, _RECORDS, t.record.c.id, {key[1] for key in keys}, of)
    rows = {(row.kind, row.id): row for row in found}
    return [record_of(rows[key]) if key in rows else Record(*key, NOTHING) for key in keys]


def _folded(lanes: Sequence[int]) -> bytes:
    return Lanes(0, list(lanes)).folded().to_bytes(16, "big")


def _leases(connection: Connection, device: Device) -> list[LeaseGrant]:
    of = {"programme": device.programme_id, "device": device.device_id}
    return [LeaseGrant(*row) for row in connection.execute(_LEASES, of)]


def _stock_leases(connection: Connection, device: Device) -> list[StockGrant]:
    of = {"programme": device.programme_id, "device": device.device_id}
    return [StockGrant(*row) for row in connection.execute(_STOCK_LEASES, of)]
