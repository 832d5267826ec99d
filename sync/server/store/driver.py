"""Our own statements on PostgreSQL, given to its driver past SQLAlchemy, which takes as long again.

A writing statement is not waited for where that pays. In a pipeline it is sent, and the next
question waits for it. Where there is little to write it is gathered instead (`gathering`): all that
is written between two questions goes as one statement, because the driver, the way there and the
database's getting ready take longer than a few rows do. Questions that don't depend on each other's
answers are sent together, and waited for once (`together`).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final, Self

import psycopg
import sqlalchemy as sa
from psycopg.pq import PipelineStatus
from psycopg.pq.abc import PGconn
from psycopg.waiting import Wait
from sqlalchemy.engine import Connection

Rows = list[tuple[Any, ...]]

_GATHERED: Final = "guichet_gathered"
_ASKED: Final = "guichet_asked"
_MARK: Final = "%b"
_STREAM: Final = "guichet_stream"


class Cursor(psycopg.Cursor[Any]):
    """Inside a pipeline goes on at once behind a writing statement, and waits where it asks.

    PostgreSQL works on what was sent while the next statement is made ready. Whatever goes wrong
    with a statement that wasn't waited for is raised by the next one that is.
    """

    def execute(self, query: Any, params: Any = None, **named: Any) -> Self:
        super().execute(query, params, **named)
        connection = self.connection
        if connection.pgconn.pipeline_status != PipelineStatus.OFF:
            if _is_question(query):
                with connection.pipeline() as pipeline:
                    pipeline.sync()
            else:
                connection.wait(_flushing(connection.pgconn))
        return self


class _NumberedCursor(psycopg.RawCursor[Any], Cursor):
    """The same for statements whose parameters are `$1` and so on, which the driver takes as is."""


def _is_question(query: Any) -> bool:
    return not (
        isinstance(query, str)
        and query.startswith(("INSERT ", "UPDATE ", "DELETE "))
        and "RETURNING" not in query
    )


def _flushing(pgconn: PGconn) -> Generator[Wait, Any, None]:
    """A statement larger than the socket's buffer would else lie here half sent."""
    while pgconn.flush():
        yield Wait.W


def ask(
    connection: Connection, sql: str, parameters: Sequence[Any], read: Callable[[Rows], list[Any]]
) -> list[Any]:
    """Ask for rows, now or with what else is asked `together`.

    Args:
        connection: in any transaction.
        sql: its parameters are written `%b`.
        parameters: in that order.
        read: makes of them what is returned.

    Raises:
        sqlalchemy.exc.DBAPIError: as SQLAlchemy would.
    """
    asked = connection.info.get(_ASKED)
    if asked is None:
        send_gathered(connection)
        return read(_execute(connection, _numbered((sql,)), parameters).fetchall())
    cursor = psycopg.RawCursor(_driver(connection))
    cursor.execute(_numbered((sql,)), parameters, binary=True)
    answer: list[Any] = []
    asked.append((cursor, read, answer))
    return answer


def stream(
    connection: Connection, sql: str, parameters: Sequence[Any], *, at_once: int
) -> Iterator[Rows]:
    """Ask for rows that are too many to hold, so many of them at a time.

    Other questions may be asked meanwhile. Raises as `ask` does.
    """
    send_gathered(connection)
    with (
        _as_sqlalchemy(connection, sql),
        _driver(connection).cursor(_STREAM, binary=True) as cursor,
    ):
        cursor.execute(sql, parameters)
        while rows := cursor.fetchmany(at_once):
            yield rows


@contextmanager
def together(connection: Connection) -> Iterator[None]:
    """Send what is asked in the block one behind the other, and wait for it once, at its end.

    Until then the lists that were returned are empty. The database answers in order, each question
    from what is there when its turn has come.
    """
    send_gathered(connection)
    info = connection.info
    assert _ASKED not in info, "such a block has no other within it"
    asked: list[tuple[psycopg.Cursor[Any], Callable[[Rows], list[Any]], list[Any]]] = []
    info[_ASKED] = asked
    try:
        with _as_sqlalchemy(connection, "questions asked together"):
            with _driver(connection).pipeline():
                yield
            for cursor, read, answer in asked:
                answer += read(cursor.fetchall())
    finally:
        del info[_ASKED]


def write(connection: Connection, table: str, sql: str, parameters: Sequence[Any]) -> None:
    """Write rows of one table, now or with what else is gathered; `ask` says the rest.

    No statement sees what another part of it writes, so a table is written once by each: what
    comes a second time waits for the next.
    """
    gathered = connection.info.get(_GATHERED)
    if gathered is None:
        _execute(connection, _numbered((sql,)), parameters)
        return
    if table in gathered:
        send_gathered(connection)
    gathered[table] = sql, parameters


def send_gathered(connection: Connection) -> None:
    """Send what was gathered, as must happen before anything that might see it."""
    gathered = connection.info.get(_GATHERED)
    if not gathered:
        return
    # The database promises no order among the parts, and works from the last to the first. In
    # whichever order they lock what others want, too: at worst one of two is done again
    parts = list(reversed(gathered.values()))
    gathered.clear()
    sql = _numbered(tuple(sql for sql, _ in parts))
    _execute(connection, sql, [value for _, values in parts for value in values])


@contextmanager
def gathering(connection: Connection) -> Iterator[None]:
    """Gather what `write` writes on a connection; nothing is left of it behind an error."""
    info = connection.info
    info[_GATHERED] = {}
    try:
        yield
        send_gathered(connection)
    finally:
        del info[_GATHERED]


@lru_cache(maxsize=1_024)
def _numbered(parts: tuple[str, ...]) -> str:
    """One statement of all, its parameters numbered through."""
    whole = parts[0]
    if len(parts) > 1:
        listed = ", ".join(f"w{place} AS ({part})" for place, part in enumerate(parts))
        whole = f"WITH {listed} SELECT 1"
    pieces = whole.split(_MARK)
    return (
        "".join(f"{piece}${number}" for number, piece in enumerate(pieces[:-1], start=1))
        + pieces[-1]
    )


def _execute(connection: Connection, sql: str, parameters: Sequence[Any]) -> psycopg.Cursor[Any]:
    with _as_sqlalchemy(connection, sql):
        return _NumberedCursor(_driver(connection)).execute(sql, parameters, binary=True)


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    return connection.connection.driver_connection  # type: ignore[return-value]


@contextmanager
def _as_sqlalchemy(connection: Connection, sql: str) -> Iterator[None]:
    """Raise the driver's errors as SQLAlchemy would."""
    driver = _driver(connection)
    try:
        yield
    except psycopg.Error as error:
        lost = driver.closed
        raised = sa.exc.DBAPIError.instance(
            sql,
            None,
            error,
            psycopg.Error,
            hide_parameters=True,
            connection_invalidated=lost,
            dialect=connection.dialect,
        )
        if lost:
            connection.invalidate(error)
        raise raised from error
