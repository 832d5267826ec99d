"""Opening encrypted files: every connection to work.db or a members file is made here."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any, Final

import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool

KEY_BYTES: Final = 32

# Longer than any commit here takes; only a backup program in the way makes anybody wait.
_BUSY_TIMEOUT_MS: Final = 5_000


def connect(path: Path, key: bytes, *, read_only: bool = False, at_rest: bool = False) -> Any:
    """Open an encrypted file; a writable connection makes it if it is not there.

    The raw key skips SQLCipher's key derivation (some 0.2 s). WAL with synchronous=FULL: a
    commit that has returned survives a power cut.

    Args:
        path: the database file.
        key: 32 bytes.
        read_only: nothing can be written through this connection, not even by mistake.
        at_rest: nobody writes meanwhile, so nothing is made beside the file to read it.

    Returns:
        A DB-API connection that may wander between threads, used by one at a time; transactions
        begin by BEGIN alone.

    Raises:
        sqlcipher3.dbapi2.Error: wrong key, damaged file, or the disk (see `failures`).
    """
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key has {KEY_BYTES} bytes, not {len(key)}")
    if not read_only and not path.exists():
        # SQLite's own rights would shut the folder's group out; what fails here fails below
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)  # of a link to nowhere, the file would be made there
            path.touch(0o660, exist_ok=False)
    connection = sqlcipher.connect(
        f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}"
        f"{'&immutable=1' if at_rest else ''}",
        uri=True,
        check_same_thread=False,
        isolation_level=None,
    )
    try:
        # SQLCipher would write its own complaints about a wrong key to stderr.
        connection.execute("PRAGMA cipher_log_level = NONE")
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        connection.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if not read_only:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
    except BaseException:
        connection.close()
        raise
    return connection


def write_engine(path: Path, key: bytes) -> Engine:
    """The engine of the writer's one connection; a transaction takes the write lock at once."""

    def creator() -> Any:
        connection = connect(path, key)
        # Erased blobs leave no trace in free pages.
        connection.execute("PRAGMA secure_delete = ON")
        return connection

    engine = create_engine(
        "sqlite://",
        module=sqlcipher,
        creator=creator,
        poolclass=NullPool,
        hide_parameters=True,  # an error's text ends in the crash log, which is not encrypted
    )

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def read_engine(path: Path, key: bytes) -> Engine:
    """The engine of the readers' connections, each used by one thread at a time."""
    return create_engine(
        "sqlite://",
        module=sqlcipher,
        creator=lambda: connect(path, key, read_only=True),
        poolclass=NullPool,
        hide_parameters=True,
        # Reads are single statements, so there is nothing to roll back.
        isolation_level="AUTOCOMMIT",
    )
