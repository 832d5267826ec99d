"""Which members file is in use, and swapping it while others read."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from app.domain.errors import Unavailable
from app.store.cipher import connect
from app.store.failures import translated
from app.store.members_import import MembersImport

T = TypeVar("T")

_NAME: Final = re.compile(r"members-(\d+)\.db(-wal|-shm|-journal)?")
_TABLES: Final = "SELECT name FROM sqlite_schema WHERE name IN ('member', 'member_terms', 'record')"
_TABLE_COUNT: Final = 3
_CACHE_KIB: Final = 8192
"""Of pages decrypted: with SQLite's own 2 MB a keystroke in thirty decrypts most of its pages."""


class _Readers:
    """The read-only connections to one file; the file goes when it is retired and nobody reads."""

    def __init__(self, path: Path, key: bytes) -> None:
        self.path = path
        self._key = key
        self._lock = threading.Lock()
        self._idle: list[Any] = []
        self._reading = 0
        self._retired = False

    @property
    def is_read(self) -> bool:
        with self._lock:
            return self._reading > 0

    def take(self) -> Any:
        with self._lock:
            self._reading += 1
            connection = self._idle.pop() if self._idle else None
        if connection is not None:
            return connection
        try:
            connection = connect(self.path, self._key, read_only=True)
            connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        except BaseException:
            self._left()
            raise
        return connection

    def give_back(self, connection: Any, *, usable: bool) -> None:
        with self._lock:
            keep = usable and not self._retired
            if keep:
                self._idle.append(connection)
        if not keep:
            connection.close()
        self._left()

    def _left(self) -> None:
        with self._lock:
            self._reading -= 1
            unread = self._retired and self._reading == 0
        if unread:
            remove(self.path)

    def close(self, *, retire: bool) -> None:
        """Close idle connections; with `retire` the file goes with its last reader."""
        with self._lock:
            self._retired = retire
            idle, self._idle = self._idle, []
            unread = retire and self._reading == 0
        for connection in idle:
            connection.close()
        if unread:
            remove(self.path)


class MembersFiles:
    """The members files in the seat's folder; one, or none yet, is in use.

    Thread-safe.
    """

    def __init__(self, folder: Path, key: bytes) -> None:
        self._folder = folder
        self._key = key
        self._lock = threading.Lock()
        self._readers: _Readers | None = None
        self._retired: list[_Readers] = []
        self._last_number = 0
        self._local = threading.local()
        self._refusal: Unavailable | None = None

    def refuse(self, refusal: Unavailable) -> None:
        """From now on nothing is found and no file can be opened; the files go."""
        self._refusal = refusal
        with self._lock:
            readers, self._readers = self._readers, None
        if readers is not None:
            readers.close(retire=True)
        self.remove_leftovers()

    @property
    def path(self) -> Path | None:
        """The file in use."""
        readers = self._readers
        return None if readers is None else readers.path

    def use(self, path: Path) -> None:
        """From now on read `path`; the file before it is deleted when nobody reads it.

        Raises:
            Unavailable: the file can't be read (then nothing has changed).
        """
        self.check(path)
        readers = _Readers(path, self._key)
        with self._lock:
            before, self._readers = self._readers, readers
            self._retired = [r for r in self._retired if r.is_read]
            if before is not None and before.path != path:
                self._retired.append(before)
        if before is not None:
            before.close(retire=before.path != path)

    def check(self, path: Path) -> None:
        """See that `path` is a members file.

        Raises:
            Unavailable: members_damaged, disk_error.
        """
        with translated(damaged="members_damaged"):
            connection = connect(path, self._key, read_only=True)
            try:
                found = connection.execute(_TABLES).fetchall()
            finally:
                connection.close()
        if len(found) < _TABLE_COUNT:
            raise Unavailable("members_damaged", "This is no members file.")

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """Lend a read-only connection to the file in use; `current` gives it meanwhile.

        Raises:
            Unavailable: no_members before the first bootstrap; disk and file failures.
        """
        with self._lock:
            readers = self._readers
        if readers is None:
            raise Unavailable("no_members", "The members are not on this PC yet.")
        with translated(damaged="members_damaged"):
            connection = readers.take()
            self._local.connection = connection
            usable = False
            try:
                yield connection
                usable = True
            finally:
                self._local.connection = None
                readers.give_back(connection, usable=usable)

    def current(self) -> Any:
        """The connection lent to the calling thread."""
        return self._local.connection

    def next_path(self) -> Path:
        """A name that no file has, for a rebuild; leftovers are removed."""
        used = [int(match[1]) for match in self._matches()]
        self._last_number = max(self._last_number, *used, 0) + 1
        self.remove_leftovers()
        return self._folder / f"members-{self._last_number}.db"

    def remove_leftovers(self) -> None:
        """Delete members files that nobody uses, of unfinished rebuilds for one."""
        with self._lock:
            kept = {r.path for r in self._retired if r.is_read}
            if self._readers is not None:
                kept.add(self._readers.path)
        for match in self._matches():
            path = self._folder / f"members-{match[1]}.db"
            if path not in kept:
                remove(path)

    def _matches(self) -> list[re.Match[str]]:
        names = (path.name for path in self._folder.iterdir())
        return [match for name in names if (match := _NAME.fullmatch(name))]

    def connect(self, path: Path) -> Any:
        """A read-write connection, for the writer."""
        if self._refusal is not None:
            raise Unavailable(self._refusal.code, self._refusal.message)
        with translated(damaged="members_damaged"):
            return connect(path, self._key)

    def arriving(self) -> MembersImport:
        """The file that comes in ready made."""
        return MembersImport(self._folder, self._key)

    def close(self) -> None:
        readers, self._readers = self._readers, None
        if readers is not None:
            readers.close(retire=False)


def unless_damaged(read: Callable[[], T], otherwise: T) -> T:
    """What `read` says, `otherwise` if the file in use can't be read: sync makes it anew."""
    try:
        return read()
    except Unavailable as problem:
        if problem.code != "members_damaged":
            raise
        return otherwise


def remove(path: Path) -> None:
    """Delete a database and what belongs to it; what is still held open stays for next time."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        try:
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        except PermissionError:
            return  # Windows keeps open files; `remove_leftovers` comes by again


def write_through(path: Path) -> None:
    """Put a file and its name safely on the disk, before work.db speaks of it."""
    targets = [path, path.parent] if os.name == "posix" else []
    for target in targets:
        descriptor = os.open(target, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
