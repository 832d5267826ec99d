"""Members files ready made: built once, sent to every new seat, indexes and all.

A snapshot is a plain SQLite file with room for the client's cipher, cut into chunks of whole pages,
each compressed by itself. Its rows are the database at one moment, whose
cursor goes with it: the seat pulls on from there. A snapshot is offered once all its chunks are
stored; who builds while another builds wastes work and nothing else.
"""

from __future__ import annotations

import hashlib
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

import sqlalchemy as sa
import zstandard
from sqlalchemy.engine import Connection, Engine

from app.domain.member import Member
from sync.protocol.messages import Cursor, SnapshotAnswer
from sync.protocol.replica.blank import PAGE_BYTES, create_blank
from sync.protocol.replica.ddl import SCHEMA_VERSION, create_replica, format_cursor, set_meta
from sync.protocol.replica.encoding import Record
from sync.protocol.replica.rows import load_members, upsert_records
from sync.server.epochs import current_epoch
from sync.server.problems import ProblemError
from sync.server.pull import horizon, member_select, newest_cursor
from sync.server.store import tables as t
from sync.server.store.engine import is_postgresql, reading, writing

CHUNK_PAGES: Final = 1024
"""4 MiB of pages, some 1.5 MB compressed: what a broken connection loses at most."""

_LEVEL: Final = 9
"""A ninth less on the wire than zstd's own 3, and unpacked as quickly; paid once a day."""

_CLEARED_CHUNKS: Final = 16  # a transaction: some 25 MB
_FETCH_ROWS: Final = 2_000
_PATIENCE_MS: Final = 600_000  # between two fetches, while a million members are indexed
_FRESH_MS: Final = 24 * 3_600_000
_LONGEST_BUILD_MS: Final = 3_600_000
_KEPT_MS: Final = 24 * 3_600_000
"""How long a snapshot that a newer one replaced stays: somebody may be in the middle of it."""


@dataclass(frozen=True, slots=True)
class Built:
    """What a build came to."""

    rows: int
    file_bytes: int
    wire_bytes: int


def build(
    engine: Engine,
    programme_id: UUID,
    *,
    now_ms: Callable[[], int],
    new_id: Callable[[], UUID],
    chunk_pages: int = CHUNK_PAGES,
) -> Built:
    """Build a programme's snapshot and offer it from now on.

    Reads one unchanging view without holding anybody up; writes a chunk a transaction.

    Raises:
        OSError, sqlite3.Error: no room for the file.
    """
    snapshot_id = new_id()
    with tempfile.TemporaryDirectory(prefix="guichet-snapshot-") as folder:
        path = Path(folder) / "members.db"
        with reading(engine) as connection:
            if is_postgresql(connection):
                connection.exec_driver_sql(
                    f"SET LOCAL idle_in_transaction_session_timeout = {_PATIENCE_MS}"
                )
            epoch = current_epoch(connection, programme_id)
            cursor = newest_cursor(horizon(connection, programme_id) - 1)
            row = {
                "programme_id": programme_id,
                "snapshot_id": snapshot_id,
                "schema_version": SCHEMA_VERSION,
                "epoch_id": epoch,
                "xid": cursor.xid,
                "built_ms": now_ms(),
            }
            rows = _write(connection, programme_id, path, epoch=epoch, cursor=cursor)
        file_bytes = path.stat().st_size
        with writing(engine) as connection:
            connection.execute(
                sa.insert(t.snapshot).values(
                    {
                        **row,
                        "row_count": rows,
                        "page_count": file_bytes // PAGE_BYTES,
                        "chunk_pages": chunk_pages,
                        "wire_bytes": 0,
                        "complete": False,
                    }
                )
            )
        wire_bytes = sum(
            _keep(engine, programme_id, snapshot_id, number, pages)
            for number, pages in enumerate(_chunks(path, chunk_pages))
        )
    with writing(engine) as connection:
        connection.execute(
            sa.update(t.snapshot)
            .where(
                t.snapshot.c.programme_id == programme_id, t.snapshot.c.snapshot_id == snapshot_id
            )
            .values(wire_bytes=wire_bytes, complete=True)
        )
    _clear(engine, programme_id, snapshot_id, before_ms=now_ms() - _KEPT_MS)
    return Built(rows, file_bytes, wire_bytes)


def _write(
    connection: Connection, programme_id: UUID, path: Path, *, epoch: UUID, cursor: Cursor
) -> int:
    """Write the members and the records that all devices hold; returns how many members."""
    create_blank(path)
    file = sqlite3.connect(path, isolation_level=None)
    try:
        # Nobody else sees the file, and one that isn't finished is thrown away
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -65536"):
            file.execute(f"PRAGMA {pragma}")
        file.execute("BEGIN")
        create_replica(file, scope=str(programme_id))
        set_meta(file, "epoch", str(epoch))
        set_meta(file, "cursor", format_cursor(cursor.xid, cursor.seq))
        load_members(file, _members(connection, programme_id))
        record = t.record
        found = connection.execute(
            sa.select(record).where(
                record.c.programme_id == programme_id, record.c.office_id.is_(None)
            )
        )
        upsert_records(file, (Record(row.kind, row.id, bytes(row.body)) for row in found))
        file.execute("INSERT INTO member_terms (member_terms) VALUES ('optimize')")
        file.execute("COMMIT")
        file.execute("VACUUM")  # pages in the order they are read, none empty
        (count,) = file.execute("SELECT count(*) FROM member").fetchone()
        return int(count)
    finally:
        file.close()


def _members(connection: Connection, programme_id: UUID) -> Iterator[Member]:
    rows = connection.execution_options(stream_results=True, yield_per=_FETCH_ROWS).execute(
        member_select(programme_id).order_by(t.member.c.rank)
    )
    for row in rows:
        yield Member.from_flat([v.bytes if isinstance(v, UUID) else v for v in row])


def _chunks(path: Path, chunk_pages: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        while pages := file.read(chunk_pages * PAGE_BYTES):
            yield pages


def _keep(engine: Engine, programme_id: UUID, snapshot_id: UUID, number: int, pages: bytes) -> int:
    """Store a chunk; returns its size on the wire."""
    body = zstandard.ZstdCompressor(level=_LEVEL).compress(pages)
    with writing(engine) as connection:
        connection.execute(
            sa.insert(t.snapshot_chunk).values(
                programme_id=programme_id,
                snapshot_id=snapshot_id,
                number=number,
                digest=hashlib.sha256(pages).digest(),
                body=body,
            )
        )
    return len(body)


def _clear(engine: Engine, programme_id: UUID, newest_id: UUID, *, before_ms: int) -> None:
    """Drop what nobody fetches any more, builds that were never finished among it.

    Some chunks a transaction, which lasts a fraction of a second; nobody is offered what is being
    cleared, and what is left of it goes with the next build's.
    """
    snapshot, chunk = t.snapshot, t.snapshot_chunk
    old = (
        snapshot.c.programme_id == programme_id,
        snapshot.c.snapshot_id != newest_id,
        snapshot.c.built_ms < before_ms,
    )
    with writing(engine) as connection:
        connection.execute(sa.update(snapshot).where(*old).values(complete=False))
        gone = connection.execute(
            sa.select(snapshot.c.snapshot_id, snapshot.c.page_count, snapshot.c.chunk_pages)
            .where(*old)
            .order_by(snapshot.c.snapshot_id)
        ).all()
    for row in gone:
        own = (chunk.c.programme_id == programme_id, chunk.c.snapshot_id == row.snapshot_id)
        for first in range(0, -(-row.page_count // row.chunk_pages), _CLEARED_CHUNKS):
            some = chunk.c.number.between(first, first + _CLEARED_CHUNKS - 1)
            with writing(engine) as connection:
                connection.execute(sa.delete(chunk).where(*own, some))
        with writing(engine) as connection:
            connection.execute(
                sa.delete(snapshot).where(*old, snapshot.c.snapshot_id == row.snapshot_id)
            )


def is_due(connection: Connection, programme_id: UUID, *, now_ms: int) -> bool:
    """Whether none fits, or the newest is a day old, and nobody is building one."""
    snapshot = t.snapshot
    found = connection.execute(
        sa.select(snapshot.c.complete, sa.func.max(snapshot.c.built_ms))
        .where(
            snapshot.c.programme_id == programme_id,
            snapshot.c.epoch_id == current_epoch(connection, programme_id),
            snapshot.c.schema_version == SCHEMA_VERSION,
        )
        .group_by(snapshot.c.complete)
    )
    newest_ms = {bool(complete): built_ms for complete, built_ms in found}
    being_built = newest_ms.get(False, 0) > now_ms - _LONGEST_BUILD_MS
    return not being_built and newest_ms.get(True, 0) <= now_ms - _FRESH_MS


def offered(
    connection: Connection, programme_id: UUID, *, going_on: UUID | None, now_ms: int
) -> SnapshotAnswer:
    """The newest snapshot, or the one a seat is in the middle of (`going_on`) while it is there.

    Raises:
        ProblemError: no_snapshot, when there is none of this epoch and this program's schema.
    """
    snapshot, chunk = t.snapshot, t.snapshot_chunk
    row = connection.execute(
        sa.select(snapshot)
        .where(
            snapshot.c.programme_id == programme_id,
            snapshot.c.epoch_id == current_epoch(connection, programme_id),
            snapshot.c.schema_version == SCHEMA_VERSION,
            snapshot.c.complete,
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
        cursor=newest_cursor(row.xid),
        row_count=row.row_count,
        built_ms=row.built_ms,
        server_ms=now_ms,
    )


def chunk(connection: Connection, programme_id: UUID, snapshot_id: UUID, number: int) -> bytes:
    """One chunk as it was stored: a zstd frame of whole pages.

    Raises:
        ProblemError: snapshot_gone.
    """
    found = connection.execute(
        sa.select(t.snapshot_chunk.c.body).where(
            t.snapshot_chunk.c.programme_id == programme_id,
            t.snapshot_chunk.c.snapshot_id == snapshot_id,
            t.snapshot_chunk.c.number == number,
        )
    ).scalar_one_or_none()
    if found is None:
        raise ProblemError("snapshot_gone", "A newer members file has taken its place; begin again")
    return bytes(found)
