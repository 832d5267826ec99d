"""All devices of a programme as they are: what each said last, when it called, what it holds."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.fleet import DOCTOR_WORST, MOST_CODES, Condition, FleetDevice
from sync.protocol.told import ConditionRequest
from sync.server.devices import Device
from sync.server.plain import plain_line
from sync.server.problems import ProblemError
from sync.server.store import tables as t
from sync.server.store.bulk import insert_rows

_LONGEST: Final = 80
_MOST: Final = 2**53


def keep_condition(
    connection: Connection, device: Device, said: ConditionRequest, *, now_ms: int
) -> None:
    """Keep what a device says of itself, over what it said before.

    Raises ProblemError('bad_request') for numbers that can't be.
    """
    numbers = (said.unsent, said.oldest_unsent_ms, said.free_mb or 0, said.doctor_ran_ms or 0)
    if not all(0 <= n <= _MOST for n in numbers) or abs(said.offset_ms or 0) > _MOST:
        raise ProblemError("bad_request", "Numbers of a condition are from 0 to 2^53")
    codes = [
        plain_line(code, _LONGEST).replace(" ", "_") for code in said.doctor_codes[:MOST_CODES]
    ]
    columns = [column.name for column in t.condition.columns]
    row = (
        device.programme_id,
        device.device_id,
        now_ms,
        plain_line(said.version, _LONGEST),
        plain_line(said.system, _LONGEST),
        said.unsent,
        said.oldest_unsent_ms,
        said.free_mb,
        said.offset_ms,
        said.doctor_ran_ms,
        said.doctor_worst if said.doctor_worst in DOCTOR_WORST else "",
        " ".join(filter(None, codes)),
    )
    insert_rows(connection, t.condition, columns, [row], replace=columns[2:])


def devices_of(
    connection: Connection, programme_id: UUID, *, office_id: UUID | None = None
) -> list[FleetDevice]:
    """Every device, or an office's, as they were enrolled."""
    device, said, contact, lease = t.device, t.condition, t.contact, t.lease
    held = (
        sa.select(
            lease.c.device_id,
            sa.func.count().label("leases"),
            sa.func.sum(lease.c.remaining).label("points"),
        )
        .where(lease.c.programme_id == programme_id, lease.c.state.in_(t.LEASE_HELD))
        .group_by(lease.c.device_id)
        .subquery("held")
    )

    def same_device(table: sa.Table) -> sa.ColumnElement[bool]:
        return (table.c.programme_id == device.c.programme_id) & (
            table.c.device_id == device.c.device_id
        )

    statement = (
        sa.select(
            device.c.device_id,
            t.office.c.code,
            t.counter.c.label,
            device.c.kind,
            device.c.revoked_ms,
            device.c.version.label("enrolled_version"),
            device.c.enrolled_ms,
            contact.c.last_ms,
            held.c.leases,
            held.c.points,
            *said.c[2:],
        )
        .select_from(
            device.join(
                t.office,
                (t.office.c.programme_id == device.c.programme_id)
                & (t.office.c.office_id == device.c.office_id),
            )
            .join(
                t.counter,
                (t.counter.c.programme_id == device.c.programme_id)
                & (t.counter.c.counter_id == device.c.counter_id),
            )
            .outerjoin(contact, same_device(contact))
            .outerjoin(said, same_device(said))
            .outerjoin(held, held.c.device_id == device.c.device_id)
        )
        .where(device.c.programme_id == programme_id)
        .order_by(device.c.enrolled_ms, device.c.device_id)
    )
    if office_id is not None:
        statement = statement.where(device.c.office_id == office_id)
    return [_device(row) for row in connection.execute(statement)]


def _device(row: sa.Row[tuple[object, ...]]) -> FleetDevice:
    condition = (
        Condition(row.enrolled_version, "")
        if row.at_ms is None
        else Condition(
            row.version,
            row.system,
            row.unsent,
            row.oldest_unsent_ms,
            row.free_mb,
            row.offset_ms,
            row.doctor_ran_ms,
            row.doctor_worst,
            tuple(row.doctor_codes.split()),
        )
    )
    return FleetDevice(
        row.device_id,
        row.code,
        row.label,
        row.kind,
        row.revoked_ms is not None,
        max(row.enrolled_ms, row.last_ms or 0, row.at_ms or 0),
        row.at_ms,
        condition,
        int(row.leases or 0),
        int(row.points or 0),
    )
