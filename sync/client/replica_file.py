"""Writing the members file, in tasks so small that a user's command never waits long behind one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec

from app.domain.errors import Unavailable
from app.domain.lean import dataclass
from app.domain.member import MEMBER_FIELDS, Member, check_member
from app.ports.sync_store import SyncStore
from sync.protocol.messages import MAX_PAGE_ROWS, NOTHING, Cursor, MemberRow
from sync.protocol.messages import Record as WireRecord
from sync.protocol.replica.ddl import (
    SCHEMA_VERSION,
    create_replica,
    format_cursor,
    get_meta,
    parse_cursor,
    set_meta,
)
from sync.protocol.replica.encoding import Record, RowSum
from sync.protocol.replica.rows import (
    Flat,
    delete_members,
    delete_records,
    stored_sum,
    upsert_flat,
    upsert_records,
)

TASK_ROWS: Final = 50
"""Rows a writer task: some 2 ms, 10 where all of them have other names, which a tap waits for."""

# Rows in the write-ahead log, some 4 KiB each: worth merging, and merged even between two pages
_LONG_LOG: Final = 200
_LONGEST_LOG: Final = 2_000

_IDS: Final = tuple(map(MEMBER_FIELDS.index, ("member_id", "merged_into")))
_DAYS: Final = tuple(map(MEMBER_FIELDS.index, ("next_expiry_on", "joined_on")))
_GENERATED: Final = MEMBER_FIELDS.index("generated")

T = TypeVar("T")
_Change = Callable[[Any], None]


class Damaged(Exception):
    """The file can't be read as a members file of this program; it is to be rebuilt."""


class BadPage(Exception):
    """What the server sent can't be a page; nothing was written."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one page, checked and ready to be written.

    Raises:
        ValueError: from `from_wire`, a row is outside what a member can be.
    """

    members: Sequence[Flat] = ()
    removed_members: Sequence[UUID] = ()
    records: Sequence[Record] = ()
    removed_records: Sequence[tuple[str, str]] = ()

    @classmethod
    def from_wire(
        cls,
        members: Sequence[MemberRow],
        removed_members: Sequence[UUID],
        records: Sequence[WireRecord],
    ) -> Rows:
        return cls(
            members=[to_flat(row) for row in members],
            removed_members=removed_members,
            records=[Record(r.kind, r.id, bytes(r.body)) for r in records if r.body != NOTHING],
            removed_records=[(r.kind, r.id) for r in records if r.body == NOTHING],
        )

    @property
    def count(self) -> int:
        """How many rows there are, removed ones among them."""
        changed, removed = (
            (self.members, self.records),
            (self.removed_members, self.removed_records),
        )
        return sum(map(len, (*changed, *removed)))

    def tasks(self, most: int) -> Iterator[list[_Change]]:
        """Cut into writer tasks of `most` rows at most; removals first, they free ranks."""
        task: list[_Change] = []
        room = most
        kinds: tuple[tuple[Any, Sequence[Any]], ...] = (
            (delete_members, self.removed_members),
            (delete_records, self.removed_records),
            (upsert_flat, self.members),
            (upsert_records, self.records),
        )
        for write, rows in kinds:
            start = 0
            while start < len(rows):
                piece = rows[start : start + room]
                start += len(piece)
                room -= len(piece)
                task.append(partial(_apply, write, piece))
                if room == 0:
                    yield task
                    task, room = [], most
        yield task


def _apply(write: Callable[[Any, Sequence[Any]], None], rows: Sequence[Any], file: Any) -> None:
    write(file, rows)


def to_flat(row: MemberRow) -> Flat:
    """Lay a member off the wire out as `Member.to_flat` does, without making one.

    Raises:
        ValueError: a field is out of bounds.
    """
    check_member(row)
    values = list(msgspec.structs.astuple(row))  # the fields are a member's own, in order
    for at in _IDS:
        if values[at] is not None:
            values[at] = values[at].bytes
    for at in _DAYS:
        if values[at] is not None:
            values[at] = date.fromisoformat(values[at]).isoformat()
    values[_GENERATED] = int(values[_GENERATED])
    return tuple(values)


def to_member(row: MemberRow) -> Member:
    """Read a member off the wire. Raises ValueError where a field is out of bounds."""
    values = msgspec.structs.asdict(row)  # the fields are a member's own
    for name in ("next_expiry_on", "joined_on"):
        if values[name] is not None:
            values[name] = date.fromisoformat(values[name])
    return Member(**values)


class ReplicaFile:
    """One members file and its connection, which lives on the seat's writer.

    Each method commits, or raises and leaves the file as it was:
        Damaged: the file is broken or of another schema.
        Unavailable: 'disk_full' or 'disk_error'.
    """

    def __init__(
        self, store: SyncStore, path: Path, *, scope: str | None, nobody_waits: bool = False
    ) -> None:
        """Open the file, or with a `scope` make it (an office's id, whose rows it will hold).

        Before a seat has its first file nobody can sign in, so `nobody_waits` for the writer: a
        page is then one task, which takes half the processor time.
        """
        self._store = store
        self._task_rows = MAX_PAGE_ROWS if nobody_waits else TASK_ROWS
        self.path = path
        self._connection: Any = None
        self.epoch = ""
        self.cursor: Cursor | None = None
        self._logged_rows = 0
        self._leaves_log = False
        self.is_partial = False
        """It holds the members that come first, until the whole file takes its place."""
        try:
            self._on_writer(partial(self._make, scope) if scope is not None else self._open)
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        connection = self._connection
        if get_meta(connection, "schema_version") != str(SCHEMA_VERSION):
            raise Damaged("another schema")
        connection.execute("PRAGMA synchronous = NORMAL")
        self._leave_the_log()
        self.epoch = get_meta(connection, "epoch")
        self.is_partial = get_meta(connection, "partial") != ""
        self.cursor = Cursor(*parse_cursor(get_meta(connection, "cursor")))

    def _make(self, scope: str) -> None:
        # Nobody reads a file in the making, and an unfinished one is thrown away: it may be lost in
        # a power cut until `finish` has written it through.
        self._connection.execute("PRAGMA synchronous = OFF")
        self._transact([partial(create_replica, scope=scope)])

    def write(self, rows: Rows, cursor: Cursor | None) -> None:
        """Write a page; `cursor` moves with the page's last rows (None: it stays).

        A page cut short by a crash is pulled again: rows written twice change nothing. So only the
        commit that moves the cursor waits for the disk, and puts those before it there as well.
        """
        *tasks, last = rows.tasks(self._task_rows)
        for task in tasks:
            self._on_writer(partial(self._transact, task))
        if cursor is None:
            self._on_writer(partial(self._transact, last))
        else:
            last.append(
                partial(_set_meta, key="cursor", value=format_cursor(cursor.xid, cursor.seq))
            )
            self._on_writer(partial(self._transact_durably, last))
            self.cursor = cursor
        self._logged_rows += rows.count + 1
        if self._leaves_log and self._logged_rows >= _LONGEST_LOG:
            self.merge_log()

    @property
    def has_long_log(self) -> bool:
        """Whether it is time to `merge_log`, when nothing else is to be done."""
        return self._leaves_log and self._logged_rows >= _LONG_LOG

    def merge_log(self) -> None:
        """Bring what the write-ahead log holds into the file, on the caller's thread.

        Writing and reading go on beside it. Until then the log makes reading slower and longer.
        """
        self._logged_rows = 0
        connection = self._store.connect_members(self.path)
        try:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        except connection.DatabaseError as error:
            raise translate(error) from error
        finally:
            connection.close()

    def finish(self, epoch: UUID, cursor: Cursor, *, is_partial: bool = False) -> None:
        """Mark a new file complete, or complete so far, and put it safely on the disk."""
        self._on_writer(
            partial(
                self._transact,
                [
                    partial(_set_meta, key="partial", value="yes" if is_partial else ""),
                    partial(_set_meta, key="epoch", value=str(epoch)),
                    partial(_set_meta, key="cursor", value=format_cursor(cursor.xid, cursor.seq)),
                ],
            )
        )
        self._on_writer(self._write_through)
        self._task_rows = TASK_ROWS
        self.epoch, self.cursor, self.is_partial = str(epoch), cursor, is_partial

    def _write_through(self) -> None:
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self._leave_the_log()

    def _leave_the_log(self) -> None:
        """Have no commit merge the log into the file, which a tap would wait for."""
        self._connection.execute("PRAGMA wal_autocheckpoint = 0").fetchall()
        self._leaves_log = True

    def sum(self) -> RowSum:
        """Count and sum of the rows, as kept change by change."""
        return self._on_writer(lambda: stored_sum(self._connection))

    def close(self) -> None:
        """Let go of the connection; the file stays."""

        def close() -> None:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

        self._store.write(close)

    def _transact(self, changes: Sequence[_Change]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            for change in changes:
                change(self._connection)
            self._connection.execute("COMMIT")
        except BaseException:
            # After some errors SQLite has rolled back by itself
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def _transact_durably(self, changes: Sequence[_Change]) -> None:
        self._connection.execute("PRAGMA synchronous = FULL")
        try:
            self._transact(changes)
        finally:
            self._connection.execute("PRAGMA synchronous = NORMAL")

    def _on_writer(self, work: Callable[[], T]) -> T:
        return self._store.write(partial(self._translated, work))

    def _translated(self, work: Callable[[], T]) -> T:
        """Turn the driver's errors into ours; the driver is the store's choice, so ask it."""
        if self._connection is None:
            self._connection = self._store.connect_members(self.path)
        try:
            return work()
        except self._connection.DatabaseError as error:
            raise translate(error) from error
        except (KeyError, ValueError) as error:
            raise Damaged(str(error)) from error


# SQLite's own, whichever build of it says them: https://www.sqlite.org/rescode.html
_CORRUPT, _NOT_A_DATABASE, _CONSTRAINT, _FULL = 11, 26, 19, 13
_ERROR: Final = 1  # a table that should be there isn't
_DAMAGE: Final = {_CORRUPT, _NOT_A_DATABASE, _CONSTRAINT, _ERROR}


def translate(error: Exception) -> Exception:
    """Tell a full or failing disk, which passes, from a file that has to be made anew."""
    code = getattr(error, "sqlite_errorcode", None)
    text = str(error)
    if code is not None and code & 0xFF in _DAMAGE:
        return Damaged(text)
    if code == _FULL or "is full" in text:
        return Unavailable("disk_full", text)
    if code is None and ("malformed" in text or "not a database" in text or "no such" in text):
        return Damaged(text)
    return Unavailable("disk_error", text)


def _set_meta(connection: Any, *, key: str, value: str) -> None:
    set_meta(connection, key, value)
