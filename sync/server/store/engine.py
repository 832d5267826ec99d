"""Engines for both databases: how a transaction begins, and what waits for what."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

import psycopg
import sqlalchemy as sa
from psycopg.pq.abc import PGconn
from sqlalchemy.engine import Connection, Engine

from sync.server.store.driver import Cursor, gathering, send_gathered

_READ = "guichet_read"
_DIRECT = "guichet_direct_url"
_PATIENCE_S: Final = 5.0

# A forgotten transaction hides everything newer from every pull
_SESSION_SETTINGS: Final = {
    "idle_in_transaction_session_timeout": "2s",
    "lock_timeout": "5s",
}

# A machine that vanished hangs up on nobody; the system's own patience is hours
_NOTICING: Final[dict[str, Any]] = {
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,  # ms for what was sent to be acknowledged
}

# Behind a firewall that swallows everything, a request would be held for minutes
_CONNECT_S: Final = 3

# As SQLAlchemy's Uuid type stores them; for statements of our own (store.bulk)
sqlite3.register_adapter(UUID, lambda value: value.hex)


def make_engine(url: str, *, pool_size: int = 8, direct_url: str = "") -> Engine:
    """Open a SQLite or PostgreSQL database.

    Args:
        url: `sqlite:///file`, `sqlite://` (in memory, one thread), or `postgresql://…`.
        pool_size: connections kept open to PostgreSQL.
        direct_url: the same PostgreSQL, where `url` leads to a pooler that lends connections
            transaction by transaction; '' where it doesn't.

    Raises:
        ValueError: another kind of database.
    """
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed)
    if parsed.get_backend_name() in ("postgresql", "postgres"):
        return _postgresql(parsed, pool_size, direct_url)
    raise ValueError(f"{parsed.get_backend_name()} is not SQLite or PostgreSQL")


def _sqlite(url: sa.URL) -> Engine:
    options: dict[str, Any] = {
        "connect_args": {"timeout": 30, "check_same_thread": False},
        "hide_parameters": True,  # an error's text may end in a log
    }
    if url.database in (None, "", ":memory:"):
        options["poolclass"] = sa.pool.StaticPool
    engine = sa.create_engine(url, **options)

    @sa.event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: Any) -> None:
        # pysqlite must not begin transactions by itself: ours are immediate when they write
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",  # who is to be forgotten must not stay in the file
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get(_READ, False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _postgresql(url: sa.URL, pool_size: int, direct_url: str) -> Engine:
    # Behind a pooler a session is anybody's the next moment: nothing may be left in it
    kept: dict[str, Any] = (
        {"prepare_threshold": None}
        if direct_url
        else {
            "options": " ".join(f"-c {name}={value}" for name, value in _SESSION_SETTINGS.items())
        }
    )
    engine = sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        max_overflow=0,
        pool_use_lifo=True,  # the one used last has its statements and its caches ready
        pool_timeout=5,
        hide_parameters=True,
        connect_args={
            "cursor_factory": Cursor,
            "connect_timeout": _CONNECT_S,
            "client_encoding": "utf8",
            **_NOTICING,
            **kept,
        },
        execution_options={_DIRECT: sa.make_url(direct_url) if direct_url else url},
    )

    @sa.event.listens_for(engine, "checkout")
    def _look(driver: Any, _record: Any, _proxy: Any) -> None:
        if _has_ended(driver.pgconn):
            raise sa.exc.DisconnectionError("the database has hung up")

    @sa.event.listens_for(engine, "before_cursor_execute")
    def _send(connection: Connection, *_: object) -> None:
        send_gathered(connection)

    return engine


async def connect_session(engine: Engine, *, options: str = "") -> psycopg.AsyncConnection[Any]:
    """Open a connection of its own to PostgreSQL, for LISTEN or a lock that is held for long.

    Raises:
        psycopg.Error, TimeoutError: the database can't be reached.
    """
    url: sa.URL = engine.get_execution_options()[_DIRECT].set(drivername="postgresql")
    async with asyncio.timeout(_PATIENCE_S):
        return await psycopg.AsyncConnection.connect(
            url.render_as_string(hide_password=False),
            autocommit=True,
            options=options,
            **_NOTICING,
        )


def missing_settings(engine: Engine) -> dict[str, str]:
    """What sessions of this PostgreSQL should have set and have not, as behind a pooler."""
    with engine.connect() as connection:
        return {
            name: value
            for name, value in _SESSION_SETTINGS.items()
            if connection.exec_driver_sql(f"SHOW {name}").scalar_one() != value
        }


def _has_ended(pgconn: PGconn) -> bool:
    """Whether the other end hung up on a resting connection, as far as that is known here.

    Asking the other end, as SQLAlchemy would, costs as much as a statement.
    """
    try:
        pgconn.consume_input()  # its last words
        pgconn.consume_input()  # and the end behind them
    except psycopg.OperationalError:
        return True
    return False


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One unchanging view of the database."""
    options: dict[str, Any] = (
        {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        if is_postgresql(engine)
        else {_READ: True}
    )
    with engine.connect() as connection:
        connection = connection.execution_options(**options)
        with connection.begin():
            yield connection


def take_time(connection: Connection) -> None:
    """Let a reading transaction think for as long as it likes between two questions.

    One that only reads hides nothing from anybody.
    """
    if is_postgresql(connection):
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")


@contextmanager
def writing(engine: Engine, *, pipelined: bool = True) -> Iterator[Connection]:
    """One transaction; on SQLite it holds the write lock from the start.

    On PostgreSQL writing statements are not waited for one by one, only before the commit. Where
    there is so little to write that a pipeline costs more than it brings, they are gathered.
    """
    with engine.begin() as connection:
        if not is_postgresql(connection):
            yield connection
            return
        if not pipelined:
            with gathering(connection):
                yield connection
            return
        driver: Any = connection.connection.driver_connection
        with driver.pipeline():
            yield connection
            connection.exec_driver_sql("SELECT 1")  # what went wrong is known before the commit


def is_postgresql(bind: Engine | Connection) -> bool:
    """Tell the two databases apart."""
    return bind.dialect.name == "postgresql"
