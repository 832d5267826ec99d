"""All that a new replica holds: page by page, or first what its seat can't wait for."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.protocol.messages import BootstrapAnswer, Cursor, MemberRow, Record
from sync.server import cursors
from sync.server.devices import Device
from sync.server.epochs import current_epoch
from sync.server.horizon import horizon
from sync.server.shown import member_select, record_of
from sync.server.store import tables as t
from sync.server.store.bulk import select_in

MAX_BOOTSTRAP_ROWS: Final = 5_000
FIRST_MEMBERS: Final = 1_000


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
    members = member_select(device.programme_id, device.scope_id)
    rows = select_in(connection, members, t.member.c.member_id, ids)
    return BootstrapAnswer(
        epoch=current_epoch(connection, device.programme_id),
        cursor=_cursor_now(connection, device),
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
    return [record_of(row) for row in connection.execute(ordered)]


def bootstrap(
    connection: Connection, device: Device, *, after_rank: int, limit: int, now_ms: int
) -> BootstrapAnswer:
    """One page of the scope in rank order, all records with the first."""
    limit = max(1, min(limit, MAX_BOOTSTRAP_ROWS))
    rows = list(
        connection.execute(
            member_select(device.programme_id, device.scope_id)
            .where(t.member.c.rank > after_rank)
            .order_by(t.member.c.rank)
            .limit(limit + 1)
        )
    )
    members = [MemberRow(*row) for row in rows[:limit]]
    return BootstrapAnswer(
        epoch=current_epoch(connection, device.programme_id),
        cursor=_cursor_now(connection, device),
        next_rank=members[-1].rank if len(rows) > limit else None,
        members=members,
        records=_all_records(connection, device) if after_rank <= 0 else [],
        server_ms=now_ms,
    )


def _cursor_now(connection: Connection, device: Device) -> Cursor:
    place = cursors.newest(horizon(connection, device.programme_id) - 1)
    return cursors.told(place, device.scope_number)
