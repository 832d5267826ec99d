"""Members files ready made: built once, sent to every new seat, indexes and all.

A snapshot is a plain SQLite file with room for the client's cipher, cut into chunks of whole pages,
each compressed by itself. Its rows are the database at one moment, whose
cursor goes with it: the seat pulls on from there. A snapshot is offered once all its chunks are
stored; who builds while another builds wastes work and nothing else.

Everybody is in the programme's, which is made daily. That of an office with members of its own is
made when the office begins to have them, and daily as long as its seats ask for one.
"""

from __future__ import annotations

import hashlib
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

import sqlalchemy as sa
import zstandard
from sqlalchemy.engine import Connection, Engine

from app.domain.member import Member
from sync.protocol.messages import Cursor
from sync.protocol.replica.blank import PAGE_BYTES, create_blank
from sync.protocol.replica.ddl import SCHEMA_VERSION, create_replica, format_cursor, set_meta
from sync.protocol.replica.encoding import Record
from sync.protocol.replica.rows import load_members, upsert_records
from sync.server import cursors
from sync.server.epochs import current_epoch
from sync.server.horizon import horizon
from sync.server.scope import OWN, Scope
from sync.server.shown import member_select
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
    scope: Scope | None = None,
    chunk_pages: int = CHUNK_PAGES,
) -> Built | None:
    """Build a snapshot and offer it from now on.

    Reads one unchanging view without holding anybody up; writes a chunk a transaction. Its row is
    there before it reads: whoever withdraws what holds a member withdraws what is being built, too.

    Args:
        engine: the server's.
        programme_id: whose.
        now_ms: the server's clock.
        new_id: makes ids.
        scope: whose members are in it, None: everybody.
        chunk_pages: of how many pages a chunk is.

    Returns:
        None when it was withdrawn meanwhile.

    Raises:
        OSError, sqlite3.Error: no room for the file.
    """
    snapshot_id = new_id()
    scope_id = None if scope is None else scope.scope_id
    with writing(engine) as connection:
        connection.execute(
            sa.insert(t.snapshot).values(
                programme_id=programme_id,
                snapshot_id=snapshot_id,
                scope_id=scope_id,
                schema_version=SCHEMA_VERSION,
                epoch_id=current_epoch(connection, programme_id),
                xid=0,
                row_count=0,
                page_count=0,
                chunk_pages=chunk_pages,
                wire_bytes=0,
                built_ms=now_ms(),
                complete=False,
            )
        )
    built = None
    with suppress(_WithdrawnError):
        built = _fill(engine, programme_id, snapshot_id, scope, chunk_pages)
    snapshot = t.snapshot
    _clear(
        engine,
        programme_id,
        is_of(scope_id),
        snapshot.c.snapshot_id != snapshot_id,
        snapshot.c.built_ms < now_ms() - _KEPT_MS,
    )
    return built


class _WithdrawnError(Exception):
    """The snapshot that is being built is to be offered to nobody."""


def _fill(
    engine: Engine, programme_id: UUID, snapshot_id: UUID, scope: Scope | None, chunk_pages: int
) -> Built:
    """Read, store and offer. Raises _WithdrawnError."""
    scope_id, number = (None, 0) if scope is None else (scope.scope_id, scope.number)
    with tempfile.TemporaryDirectory(prefix="guichet-snapshot-") as folder:
        path = Path(folder) / "members.db"
        with reading(engine) as connection:
            if is_postgresql(connection):
                connection.exec_driver_sql(
                    f"SET LOCAL idle_in_transaction_session_timeout = {_PATIENCE_MS}"
                )
            epoch = current_epoch(connection, programme_id)
            cursor = cursors.newest(horizon(connection, programme_id) - 1)
            place = {"epoch_id": epoch, "xid": cursor.xid}
            cursor = cursors.told(cursor, number)
            rows = _write(connection, programme_id, scope_id, path, epoch=epoch, cursor=cursor)
        file_bytes = path.stat().st_size
        wire_bytes = sum(
            _keep(engine, programme_id, snapshot_id, number, pages)
            for number, pages in enumerate(_chunks(path, chunk_pages))
        )
    with writing(engine) as connection:
        offered = connection.execute(
            sa.update(t.snapshot)
            .where(
                t.snapshot.c.programme_id == programme_id, t.snapshot.c.snapshot_id == snapshot_id
            )
            .values(
                {
                    **place,
                    "row_count": rows,
                    "page_count": file_bytes // PAGE_BYTES,
                    "wire_bytes": wire_bytes,
                    "complete": True,
                }
            )
            .returning(t.snapshot.c.snapshot_id)
        ).one_or_none()
    if offered is None:
        raise _WithdrawnError
    return Built(rows, file_bytes, wire_bytes)


def _write(
    connection: Connection,
    programme_id: UUID,
    scope_id: UUID | None,
    path: Path,
    *,
    epoch: UUID,
    cursor: Cursor,
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
        load_members(file, _members(connection, programme_id, scope_id))
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


def _members(connection: Connection, programme_id: UUID, scope_id: UUID | None) -> Iterator[Member]:
    rows = connection.execution_options(stream_results=True, yield_per=_FETCH_ROWS).execute(
        member_select(programme_id, scope_id).order_by(t.member.c.rank)
    )
    for row in rows:
        yield Member.from_flat([v.bytes if isinstance(v, UUID) else v for v in row])


def _chunks(path: Path, chunk_pages: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        while pages := file.read(chunk_pages * PAGE_BYTES):
            yield pages


def _keep(engine: Engine, programme_id: UUID, snapshot_id: UUID, number: int, pages: bytes) -> int:
    """Store a chunk; returns its size on the wire. Raises _WithdrawnError."""
    body = zstandard.ZstdCompressor(level=_LEVEL).compress(pages)
    snapshot = t.snapshot
    with writing(engine) as connection:
        # Under a lock: who withdraws the snapshot waits, and finds this chunk
        is_there = connection.execute(
            sa.select(snapshot.c.snapshot_id)
            .where(snapshot.c.programme_id == programme_id, snapshot.c.snapshot_id == snapshot_id)
            .with_for_update(read=True)
        ).one_or_none()
        if is_there is None:
            raise _WithdrawnError
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


def is_of(scope_id: UUID | None) -> sa.ColumnElement[bool]:
    """Whether a snapshot holds the members of a scope, or everybody."""
    column = t.snapshot.c.scope_id
    return column.is_(None) if scope_id is None else column == scope_id


def withdraw(connection: Connection, programme_id: UUID) -> None:
    """Offer none of the programme's any more, whole or being built; `drop_loose` does the rest.

    What is built from now on is read after the caller's transaction.
    """
    snapshot = t.snapshot
    if is_postgresql(connection):
        # A build whose row isn't there yet waits, and reads what this transaction wrote
        connection.exec_driver_sql(f"LOCK TABLE {snapshot.name} IN SHARE ROW EXCLUSIVE MODE")
    connection.execute(sa.delete(snapshot).where(snapshot.c.programme_id == programme_id))


def _clear(engine: Engine, programme_id: UUID, *which: sa.ColumnElement[bool]) -> int:
    """Drop what nobody fetches any more, builds that were never finished among it.

    Returns:
        how many went.
    """
    snapshot = t.snapshot
    with writing(engine) as connection:
        gone = connection.execute(
            sa.delete(snapshot)
            .where(snapshot.c.programme_id == programme_id, *which)
            .returning(snapshot.c.snapshot_id)
        ).all()
    drop_loose(engine, programme_id)
    return len(gone)


def drop_loose(engine: Engine, programme_id: UUID) -> None:
    """Drop the chunks of snapshots that are no more; nobody is offered them.

    Some chunks a transaction, which lasts a fraction of a second. The next clearing goes on.
    """
    snapshot, chunk = t.snapshot, t.snapshot_chunk
    own = (snapshot.c.programme_id == chunk.c.programme_id) & (
        snapshot.c.snapshot_id == chunk.c.snapshot_id
    )
    loose = (
        sa.select(chunk.c.snapshot_id, chunk.c.number)
        .where(chunk.c.programme_id == programme_id, ~sa.exists().where(own))
        .order_by(chunk.c.snapshot_id, chunk.c.number)
        .limit(_CLEARED_CHUNKS)
    )
    some = (
        sa.delete(chunk)
        .where(
            chunk.c.programme_id == programme_id,
            sa.tuple_(chunk.c.snapshot_id, chunk.c.number).in_(loose),
        )
        .returning(chunk.c.number)
    )
    gone = _CLEARED_CHUNKS
    while gone == _CLEARED_CHUNKS:
        with writing(engine) as connection:
            gone = len(connection.execute(some).all())


def drop_unasked(engine: Engine, programme_id: UUID, *, asked_since_ms: int) -> int:
    """Drop the snapshots of offices whose seats ask for none, or that hold other members now."""
    snapshot, office = t.snapshot, t.office
    asked = sa.select(office.c.scope_id).where(
        office.c.programme_id == programme_id,
        office.c.scope_id.is_not(None),
        office.c.file_asked_ms >= asked_since_ms,
    )
    unasked = snapshot.c.scope_id.is_not(None) & snapshot.c.scope_id.not_in(asked)
    return _clear(engine, programme_id, unasked)


def due(connection: Connection, programme_id: UUID, *, now_ms: int) -> list[Scope | None]:
    """What is to be built: everybody's, and that of each office whose seats ask for one."""
    office = t.office
    asked = connection.execute(
        sa.select(office).where(
            office.c.programme_id == programme_id,
            office.c.members == OWN,
            office.c.file_asked_ms > now_ms - _FRESH_MS,
        )
    )
    scopes: list[Scope | None] = [None, *map(Scope.of_office, asked)]
    return [each for each in scopes if _is_due(connection, programme_id, each, now_ms=now_ms)]


def _is_due(
    connection: Connection, programme_id: UUID, scope: Scope | None, *, now_ms: int
) -> bool:
    """Whether none fits, or the newest is a day old, and nobody is building one."""
    snapshot = t.snapshot
    found = connection.execute(
        sa.select(snapshot.c.complete, sa.func.max(snapshot.c.built_ms))
        .where(
            snapshot.c.programme_id == programme_id,
            is_of(None if scope is None else scope.scope_id),
            snapshot.c.epoch_id == current_epoch(connection, programme_id),
            snapshot.c.schema_version == SCHEMA_VERSION,
        )
        .group_by(snapshot.c.complete)
    )
    newest_ms = {bool(complete): built_ms for complete, built_ms in found}
    being_built = newest_ms.get(False, 0) > now_ms - _LONGEST_BUILD_MS
    return not being_built and newest_ms.get(True, 0) <= now_ms - _FRESH_MS
