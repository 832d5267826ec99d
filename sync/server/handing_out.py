"""Handing out members files ready made: which one a seat is offered, and its chunks.

A seat is offered what `snapshots` has built of the members that its replica holds.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.protocol.messages import SnapshotAnswer
from sync.protocol.replica.blank import PAGE_BYTES
from sync.protocol.replica.ddl import SCHEMA_VERSION
from sync.server import cursors
from sync.server.devices import Device
from sync.server.epochs import current_epoch
from sync.server.problems import ProblemError
from sync.server.snapshots import is_of
from sync.server.store import tables as t

_NOTED_MS: Final = 3_600_000


def note_asked(connection: Connection, device: Device, *, now_ms: int) -> None:
    """Take note, once an hour, that an office's seats ask for a file of its members."""
    office = t.office
    connection.execute(
        office.update()
        .where(
            office.c.programme_id == device.programme_id,
            office.c.office_id == device.office_id,
            office.c.file_asked_ms <= now_ms - _NOTED_MS,
        )
        .values(file_asked_ms=now_ms)
    )


def offered(
    connection: Connection, device: Device, *, going_on: UUID | None, now_ms: int
) -> SnapshotAnswer:
    """The newest snapshot, or the one a seat is in the middle of (`going_on`) while it is there.

    Raises:
        ProblemError: no_snapshot, when there is none of this epoch, this program's schema and the
            members that the seat's replica holds, or the change log doesn't go back to it.
    """
    snapshot, chunk = t.snapshot, t.snapshot_chunk
    programme_id = device.programme_id
    log_from = sa.select(t.programme.c.log_from_xid).where(
        t.programme.c.programme_id == programme_id
    )
    row = connection.execute(
        sa.select(snapshot)
        .where(
            snapshot.c.programme_id == programme_id,
            is_of(device.scope_id),
            snapshot.c.epoch_id == current_epoch(connection, programme_id),
            snapshot.c.schema_version == SCHEMA_VERSION,
            snapshot.c.complete,
            snapshot.c.xid >= log_from.scalar_subquery() - 1,
        )
        .order_by(
            (snapshot.c.snapshot_id == going_on).desc(),
            snapshot.c.built_ms.desc(),
            snapshot.c.snapshot_id.desc(),
        )
        .limit(1)
    ).one_or_none()
    if row is None:
        raise ProblemError("no_snapshot", "No members file is ready; take the members page by page")
    digests = connection.execute(
        sa.select(chunk.c.digest)
        .where(chunk.c.programme_id == programme_id, chunk.c.snapshot_id == row.snapshot_id)
        .order_by(chunk.c.number)
    ).scalars()
    return SnapshotAnswer(
        snapshot_id=row.snapshot_id,
        schema_version=row.schema_version,
        page_bytes=PAGE_BYTES,
        page_count=row.page_count,
        chunk_pages=row.chunk_pages,
        digests=[bytes(digest) for digest in digests],
        epoch=row.epoch_id,
        cursor=cursors.told(cursors.newest(row.xid), device.scope_number),
        row_count=row.row_count,
        built_ms=row.built_ms,
        server_ms=now_ms,
    )


def chunk(connection: Connection, device: Device, snapshot_id: UUID, number: int) -> bytes:
    """One chunk as it was stored: a zstd frame of whole pages.

    Raises:
        ProblemError: snapshot_gone, also for one of other members than the device's replica holds.
    """
    snapshot, piece = t.snapshot, t.snapshot_chunk
    found = connection.execute(
        sa.select(piece.c.body)
        .join(
            snapshot,
            (snapshot.c.programme_id == piece.c.programme_id)
            & (snapshot.c.snapshot_id == piece.c.snapshot_id),
        )
        .where(
            piece.c.programme_id == device.programme_id,
            piece.c.snapshot_id == snapshot_id,
            piece.c.number == number,
            is_of(device.scope_id),
        )
    ).scalar_one_or_none()
    if found is None:
        raise ProblemError("snapshot_gone", "A newer members file has taken its place; begin again")
    return bytes(found)
