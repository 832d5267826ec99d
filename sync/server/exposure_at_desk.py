"""What a desk is told of the worst possible loss: its office's by counter, and the whole sum."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.protocol.told import CounterExposure, ExposureAnswer
from sync.server.devices import Device
from sync.server.exposure import DeviceExposure, exposure
from sync.server.problems import ProblemError
from sync.server.store import tables as t


def exposure_at(connection: Connection, device: Device, *, now_ms: int) -> ExposureAnswer:
    """Add up the exposure, in one unchanging view of the database.

    Raises:
        ProblemError: forbidden, for a counter.
    """
    if not device.is_desk:
        raise ProblemError("forbidden", "The exposure is shown at desks")
    found = exposure(connection, device.programme_id)
    places = {each.device_id: each for each in found.devices}
    return ExposureAnswer(
        counters=list(_counters(connection, device, places)),
        programme_points=found.points,
        one_member_points=found.one_member,
        owed_points=found.owed,
        server_ms=now_ms,
    )


def _counters(
    connection: Connection, desk: Device, places: dict[UUID, DeviceExposure]
) -> Iterable[CounterExposure]:
    """The office's counters: those that were shut out as far as something is exposed there."""
    device, contact, lease = t.device, t.contact, t.lease
    held = (
        sa.select(
            lease.c.device_id,
            sa.func.count().label("leases"),
            sa.func.sum(lease.c.remaining).label("points"),
        )
        .where(
            lease.c.programme_id == desk.programme_id,
            lease.c.state.in_(t.LEASE_HELD),
            lease.c.remaining > 0,
        )
        .group_by(lease.c.device_id)
        .subquery()
    )
    rows = connection.execute(
        sa.select(
            device.c.device_id,
            device.c.revoked_ms,
            contact.c.last_ms,
            held.c.leases,
            held.c.points,
        )
        .select_from(
            device.outerjoin(
                contact,
                (contact.c.programme_id == device.c.programme_id)
                & (contact.c.device_id == device.c.device_id),
            ).outerjoin(held, held.c.device_id == device.c.device_id)
        )
        .where(
            device.c.programme_id == desk.programme_id,
            device.c.office_id == desk.office_id,
            device.c.kind == "counter",
        )
    )
    counters = [
        CounterExposure(
            device_id=row.device_id,
            counter_label=places[row.device_id].counter_label,
            parts={str(part): points for part, points in places[row.device_id].parts.items()},
            leases=int(row.leases or 0),
            leased_points=int(row.points or 0),
            last_contact_ms=row.last_ms,
            is_shut_out=row.revoked_ms is not None,
        )
        for row in rows
    ]
    shown = (each for each in counters if not each.is_shut_out or each.parts or each.leases)
    return sorted(shown, key=lambda each: (each.counter_label, each.device_id))
