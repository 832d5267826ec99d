"""Looking at a seat's databases beside whoever works on them: no lock, no mending, no migration."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import sqlcipher3.dbapi2 as sqlcipher

from app.domain.lean import dataclass
from app.store.cipher import connect
from app.store.failures import as_unavailable, translated
from app.store.migrations import STEPS
from app.store.tables import metadata

_BUSY_MS: Final = 500
_STEPS_BETWEEN_LOOKS: Final = 10_000  # of SQLite's machine; some milliseconds
# What every released schema has
_FACTS: Final = (
    "SELECT seat.server_url, state.online, state.problem, state.last_contact_ms,"
    " state.last_pull_ms, state.offset_ms, state.members_file FROM seat, state"
)
_UNSENT: Final = (
    "SELECT coalesce(sum(last_seq - confirmed_seq), 0), min((SELECT wall_ms FROM journal"
    " WHERE journal.incarnation = chain.incarnation AND journal.seq = chain.confirmed_seq + 1))"
    " FROM chain"
)
_WAITING: Final = (
    "SELECT type, count(*) FROM journal JOIN chain ON chain.incarnation = journal.incarnation"
    " WHERE journal.seq > chain.confirmed_seq GROUP BY type"
)
_COUNT: Final = 'SELECT count(*) FROM "{name}"'
_TABLES: Final = "SELECT name FROM sqlite_schema WHERE type = 'table'"


WORK_TABLES: Final = frozenset(metadata.tables)
MEMBERS_TABLES: Final = frozenset({"member", "record", "replica_meta"})


@dataclass(frozen=True, slots=True)
class SeatFacts:
    """What an enrolled seat's work.db says of it; times in ms since 1970.

    Attributes:
        server_url: of its central server.
        unsent: entries that no server confirmed.
        unsent_since_ms: when the oldest of them was recorded, None without any.
        online: as the program last noted it.
        problem: the code of why not, '' for none (`app.ports.sync_store.SyncStore`).
        last_contact_ms, last_pull_ms: None before the first.
        offset_ms: the server's clock minus the PC's, when they last spoke.
        members_file: its name in the folder, None before the first.
    """

    server_url: str
    unsent: int
    unsent_since_ms: int | None
    online: bool
    problem: str
    last_contact_ms: int | None
    last_pull_ms: int | None
    offset_ms: int | None
    members_file: str | None


@dataclass(frozen=True, slots=True)
class WorkSeen:
    """A work.db that opens.

    Attributes:
        schema: its version.
        known_schema: the newest that this program reads.
        is_sound: whether each of its pages can be read; None: not looked through in time.
        facts: None before enrolment, where the schema is newer, and where pages of it are damaged.
    """

    schema: int
    known_schema: int
    is_sound: bool | None
    facts: SeatFacts | None


def see_work(path: Path, key: bytes, *, limit_s: float) -> WorkSeen:
    """Look at a work.db.

    Args:
        path: the file; somebody may be working on it.
        key: its key.
        limit_s: for looking through its pages.

    Raises:
        Unavailable: database_damaged, database_busy, disk_error.
    """
    with _reading(path, key) as connection:
        (schema,) = connection.execute("PRAGMA user_version").fetchone()
        if schema > len(STEPS):
            return WorkSeen(schema, len(STEPS), _is_sound(connection, limit_s), None)
        try:
            facts = _facts(connection)
        except sqlcipher.DatabaseError as error:
            if as_unavailable(error) is None:
                raise
            return WorkSeen(schema, len(STEPS), is_sound=False, facts=None)
        return WorkSeen(schema, len(STEPS), _is_sound(connection, limit_s), facts)


def see_members(path: Path, key: bytes, *, limit_s: float) -> bool | None:
    """Whether each page of a members file can be read; None: not looked through in time.

    Raises:
        Unavailable: database_damaged, database_busy, disk_error.
    """
    with _reading(path, key) as connection:
        return _is_sound(connection, limit_s)


def count_rows(path: Path, key: bytes, names: frozenset[str]) -> tuple[int, dict[str, int]]:
    """The schema's version, and how many rows the tables of these names have, as far as they exist.

    Raises:
        Unavailable: database_damaged, database_busy, disk_error.
    """
    with _reading(path, key) as connection:
        (schema,) = connection.execute("PRAGMA user_version").fetchone()
        there = {name for (name,) in connection.execute(_TABLES)} & names
        counts = {
            name: int(connection.execute(_COUNT.format(name=name)).fetchone()[0])
            for name in sorted(there)
        }
    return schema, counts


@contextmanager
def _reading(path: Path, key: bytes) -> Iterator[Any]:
    with translated(), closing(_connection(path, key)) as connection:
        connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
        yield connection


def _connection(path: Path, key: bytes) -> Any:
    """Open without leaving anything: a log beside the file means that somebody works on it."""
    log = path.with_name(f"{path.name}-wal")
    if not log.exists():
        with suppress(sqlcipher.DatabaseError):  # somebody has just begun to
            return connect(path, key, read_only=True, at_rest=True)
    return connect(path, key, read_only=True)


def _facts(connection: Any) -> SeatFacts | None:
    row = connection.execute(_FACTS).fetchone()
    if row is None:
        return None
    server_url, online, problem, contact_ms, pull_ms, offset_ms, members_file = row
    unsent, since_ms = connection.execute(_UNSENT).fetchone()
    return SeatFacts(
        server_url,
        int(unsent),
        since_ms if unsent else None,
        bool(online),
        problem,
        contact_ms,
        pull_ms,
        offset_ms,
        members_file,
    )


def _is_sound(connection: Any, limit_s: float) -> bool | None:
    ends = time.monotonic() + limit_s
    connection.set_progress_handler(lambda: time.monotonic() > ends, _STEPS_BETWEEN_LOOKS)
    try:
        found = connection.execute("PRAGMA quick_check(1)").fetchall()
    except sqlcipher.DatabaseError as error:
        return None if "interrupted" in str(error) else False
    finally:
        connection.set_progress_handler(None, 0)
    return bool(found == [("ok",)])


def count_waiting(path: Path, key: bytes, types: frozenset[str]) -> dict[str, int]:
    """How many entries of these types no server confirmed.

    Raises:
        Unavailable: database_damaged, database_busy, disk_error.
    """
    with _reading(path, key) as connection:
        counted = connection.execute(_WAITING).fetchall()
    return {kind: int(count) for kind, count in counted if kind in types}
