"""`guichet-server status`: what stands in the database, in lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.server.backups import confirmed
from sync.server.corrections import WAITING
from sync.server.exposure import usable_pools
from sync.server.pools import NEWEST_FIRST
from sync.server.scope import OWN, WHOLE
from sync.server.store import tables as t


def status_lines(connection: Connection) -> Iterator[str]:
    """Counts, devices and the exposure: what could at most be lost through risk pools.

    A pool in use is exposed by what it has left. Until it is drawn on, the one that it replaced may
    still be charged with what its counter had given away, and not sent, before it heard of the new.
    """
    for programme in connection.execute(sa.select(t.programme)):
        mine = programme.programme_id

        def one(
            expression: sa.ColumnElement[int], table: sa.Table, *where: sa.ColumnElement[bool]
        ) -> int:
            statement = sa.select(expression).select_from(table)
            found = connection.execute(
                statement.where(table.c.programme_id == mine, *where)  # noqa: B023
            )
            return int(found.scalar_one() or 0)

        count = sa.func.count()
        yield f"programme\t{programme.name}"
        yield f"members\t{one(count, t.member)}"
        yield f"entries\t{one(count, t.entry)}"
        open_items = one(count, t.exception_item, t.exception_item.c.state == "open")
        yield f"exceptions open\t{open_items}"
        lost = one(
            count,
            t.exception_item,
            t.exception_item.c.state == "open",
            t.exception_item.c.code == "unreadable",
        )
        yield f"entries to be rescued\t{lost}"
        waiting = one(count, t.adjustment, t.adjustment.c.state == WAITING)
        yield f"adjustments that wait for a second person\t{waiting}"
        cases = one(count, t.service_case, t.service_case.c.state != "closed")
        yield f"cases open\t{cases}"
        acting = one(count, t.corrective_action, t.corrective_action.c.state == "open")
        yield f"actions open\t{acting}"
        yield from _listening(connection, mine)
        yield f"points posted\t{one(sa.func.sum(t.balance.c.posted), t.balance)}"
        yield f"points leased\t{one(sa.func.sum(t.balance.c.leased), t.balance)}"
        left = Counter[bool]()
        for pool in usable_pools(connection, mine):
            left[pool.is_replaced] += pool.left
        yield f"points at risk\t{left[False]}"
        yield f"points at risk on pools just replaced\t{left[True]}"
        yield f"points overdrawn\t{one(sa.func.sum(t.balance.c.overdrawn), t.balance)}"
        backup = confirmed(connection, mine)
        yield f"backed up\t{_moment(0 if backup is None else backup.confirmed_ms)}"
        yield from _offices(connection, mine)
        yield from _devices(connection, mine)


def _listening(connection: Connection, programme_id: UUID) -> Iterator[str]:
    """A line for each office: of how many on its newest lists it is written down how it went."""
    listed, said = t.listening, t.listening_said
    newest = (
        sa.select(listed.c.office_id, sa.func.max(listed.c.week).label("week"))
        .where(listed.c.programme_id == programme_id)
        .group_by(listed.c.office_id)
        .subquery("newest")
    )
    logged = sa.exists().where(
        said.c.programme_id == listed.c.programme_id,
        said.c.about_id == listed.c.listening_id,
        said.c.field == "outcome",
    )
    rows = connection.execute(
        sa.select(
            t.office.c.code,
            newest.c.week,
            sa.func.count().label("drawn"),
            sa.func.sum(sa.case((logged, 1), else_=0)).label("logged"),
        )
        .select_from(listed)
        .join(newest, (newest.c.office_id == listed.c.office_id) & (newest.c.week == listed.c.week))
        .join(t.office, t.office.c.office_id == listed.c.office_id)
        .where(listed.c.programme_id == programme_id)
        .group_by(t.office.c.code, newest.c.week)
        .order_by(t.office.c.code)
    )
    for row in rows:
        yield f"customers listened to at {row.code}, {row.week}\t{row.logged} of {row.drawn}"


def _offices(connection: Connection, programme_id: UUID) -> Iterator[str]:
    """A line for each office with members of its own: how many, or that they are being gathered."""
    office, held = t.office, t.replica_sum
    for row in connection.execute(
        sa.select(office)
        .where(office.c.programme_id == programme_id, office.c.members != WHOLE)
        .order_by(office.c.code)
    ):
        count = sa.select(sa.func.coalesce(sa.func.sum(held.c.row_count), 0)).where(
            held.c.programme_id == programme_id, held.c.scope == str(row.scope_id)
        )
        state = "" if row.members == OWN else ", being gathered; its seats hold everybody"
        yield f"members of {row.code}\t{connection.execute(count).scalar_one()}{state}"


def _devices(connection: Connection, programme_id: UUID) -> Iterator[str]:
    """A table of the devices, by place: no blanks inside a cell, so that scripts can split it."""
    device, pool = t.device, t.risk_pool

    def per_device(table: sa.Table, value: sa.ColumnElement[int]) -> sa.Select[tuple[UUID, int]]:
        found = sa.select(table.c.device_id, value).where(table.c.programme_id == programme_id)
        return found.group_by(table.c.device_id)

    count, last = sa.func.count(), sa.func.max
    entries = _by_device(connection, per_device(t.entry, count))
    uploads = _by_device(connection, per_device(t.entry, last(t.entry.c.received_ms)))
    urgent = _by_device(connection, per_device(t.urgent_copy, last(t.urgent_copy.c.received_ms)))
    contact = sa.select(t.contact.c.device_id, t.contact.c.last_ms)
    contacts = _by_device(connection, contact.where(t.contact.c.programme_id == programme_id))
    item = t.exception_item
    open_items = per_device(item, count).where(item.c.state == "open")
    exceptions = _by_device(connection, open_items)
    pools = connection.execute(
        sa.select(pool.c.device_id, pool.c.points, pool.c.spent)
        .where(pool.c.programme_id == programme_id)
        .order_by(*NEWEST_FIRST)
    )
    in_use: dict[UUID, str] = {}
    for row in pools:
        in_use.setdefault(row.device_id, f"{row.points - row.spent}/{row.points}")
    rows = [
        (
            "PLACE",
            "KIND",
            "LAST-CONTACT",
            "LAST-UPLOAD",
            "INCARNATION",
            "ENTRIES",
            "EXCEPTIONS",
            "POOL-LEFT",
            "ID",
        )
    ]
    places = (
        sa.select(device, t.office.c.code, t.counter.c.label)
        .join(t.office, t.office.c.office_id == device.c.office_id)
        .join(t.counter, t.counter.c.counter_id == device.c.counter_id)
        .where(device.c.programme_id == programme_id)
        .order_by(t.office.c.code, t.counter.c.label, device.c.enrolled_ms)
    )
    for row in connection.execute(places):
        seen = max(uploads.get(row.device_id, 0), urgent.get(row.device_id, 0))
        rows.append(
            (
                f"{row.code}/{row.label}".replace(" ", "_"),
                row.kind if row.revoked_ms is None else f"{row.kind},revoked",
                _moment(max(seen, contacts.get(row.device_id, 0))),
                _moment(seen),
                str(row.incarnation),
                str(entries.get(row.device_id, 0)),
                str(exceptions.get(row.device_id, 0)),
                in_use.get(row.device_id, "-"),
                str(row.device_id),
            )
        )
    yield f"devices\t{len(rows) - 1}"
    if len(rows) > 1:
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for cells in rows:
            yield "  ".join(map(str.ljust, cells, widths)).rstrip()


def _by_device(connection: Connection, rows: sa.Select[tuple[UUID, int]]) -> dict[UUID, int]:
    return {device_id: int(value) for device_id, value in connection.execute(rows).tuples()}


def _moment(ms: int) -> str:
    """ISO 8601; 0 is never."""
    if not ms:
        return "never"
    return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
