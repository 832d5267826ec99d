"""From the embedded SQLite into PostgreSQL: everything, in one transaction, compared row by row.

Transactions are numbered otherwise there, so the programme begins a new epoch in it (`epochs.py`):
what tells of places in the change log stays behind, and counters fetch their members anew. The
file that was left knows that it was, and isn't served any more.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from alembic.migration import MigrationContext
from sqlalchemy.engine import Connection, Engine

from app.domain.errors import Rejected
from sync.server import epochs
from sync.server.audit import audit
from sync.server.store import tables as t
from sync.server.store.bulk import insert_rows, stream
from sync.server.store.engine import is_postgresql, take_time
from sync.server.store.migrate import migrate, newest_version

_BATCH_ROWS: Final = 2_000
_BATCH_BYTES: Final = 4 * 2**20
_PATIENCE_MS: Final = 2_000
_SUM: Final = 2**128

LEFT_BEHIND: Final = frozenset(
    {"change_log", "log_mark", "write_counter", "snapshot", "snapshot_chunk"}
)
"""What means nothing under another numbering of transactions, and is made anew."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a table holds, whatever the order of its rows.

    Attributes:
        rows: how many.
        digest: sum of the rows' hashes modulo 2**128.
    """

    rows: int = 0
    digest: int = 0


@dataclass(frozen=True, slots=True)
class Moved:
    """What was done.

    Attributes:
        contents: by table.
        was_there: all of it had been copied by a run that didn't come to its end.
        findings: of `audit`, the same before and after.
    """

    contents: dict[str, Content]
    was_there: bool
    findings: tuple[str, ...]


def move(
    source: Engine,
    target: Engine,
    *,
    now_ms: int,
    new_id: Callable[[], UUID],
    as_it_is: bool,
    report: Callable[[str], None],
) -> Moved:
    """Copy a programme's database; it begins a new epoch where it came to.

    Nothing is kept of a run that ends early. One that ended right behind its commit is recognised
    by the next, which does the rest.

    Args:
        source: the SQLite file, migrated, and opened by nobody else.
        target: PostgreSQL, empty.
        now_ms: the server's time.
        new_id: makes the epoch's id.
        as_it_is: go on where `audit` finds something wrong.
        report: told how far it is, and what `audit` finds.

    Raises:
        Rejected: no_sqlite, no_postgresql; in_use, somebody has the file open; other_encoding,
            other_version, not_empty: the target; unbalanced: `audit` finds something; moved: to
            elsewhere; not_the_same, what arrived isn't what was sent.
    """
    if is_postgresql(source):
        raise Rejected("no_sqlite", "This server's database is PostgreSQL already")
    if not is_postgresql(target):
        raise Rejected("no_postgresql", "Say the URL of a PostgreSQL: postgresql://USER@HOST/NAME")
    with _held(source) as here:
        _check_target(target)
        migrate(target)
        report("Auditing the database as it is")
        findings = _audited(here, now_ms, report)
        if findings and not as_it_is:
            raise Rejected(
                "unbalanced",
                f"Nothing was copied: {len(findings)} wrong, see above. Mend it first, or move it"
                " --as-it-is",
            )
        with target.begin() as there:
            take_time(there)
            there.exec_driver_sql("LOCK TABLE programme IN EXCLUSIVE MODE")
            was_there = _has_rows(there)
            if was_there:
                contents = _recognised(here, there, report)
            else:
                epochs.refuse_left(here)
                contents = _copy(here, there, report)
                for programme_id in (
                    there.execute(sa.select(t.programme.c.programme_id)).scalars().all()
                ):
                    epochs.begin(there, programme_id, epoch_id=new_id(), now_ms=now_ms)
                there.exec_driver_sql("ANALYZE")
                report("Auditing what has arrived")
                if sorted(_audited(there, now_ms, report)) != sorted(findings):
                    raise Rejected("not_the_same", "What arrived doesn't balance; nothing was kept")
        epochs.leave(here)
    return Moved(contents, was_there, tuple(findings))


@contextmanager
def _held(source: Engine) -> Iterator[Connection]:
    """A writing transaction on an SQLite file that nobody else has open, nor can open."""
    source.dispose()  # our own connections would be in our way
    with source.connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.execute(f"PRAGMA busy_timeout = {_PATIENCE_MS}")
        driver.execute("PRAGMA locking_mode = EXCLUSIVE")
        try:
            with connection.begin():
                # The lock on the file itself comes with the first page that is written
                connection.execute(t.write_counter.update().values(xid=t.write_counter.c.xid))
                yield connection
        except sa.exc.OperationalError as error:
            code = getattr(error.orig, "sqlite_errorcode", None)
            if code is None or code & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            raise Rejected(
                "in_use",
                f"Somebody has {source.url.database} open: stop the server, and whatever else reads"
                " the file, and say it again",
            ) from error
        finally:
            connection.detach()  # the file is let go of with the connection


def _check_target(target: Engine) -> None:
    """Raises Rejected for a database with anything in it but this version's empty tables."""
    with target.connect() as connection:
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
        if encoding != "UTF8":
            raise Rejected(
                "other_encoding",
                f"The database's texts are in {encoding}. Make it with: createdb --encoding=UTF8"
                " --template=template0 NAME",
            )
        present = set(sa.inspect(connection).get_table_names())
        ours = {table.name for table in t.METADATA.sorted_tables}
        if strange := sorted(present - ours - {"alembic_version"}):
            raise Rejected(
                "not_empty",
                f"The database holds tables of something else ({', '.join(strange[:3])}); make one"
                " for Guichet alone",
            )
        if not present:
            return
        context = MigrationContext.configure(connection)
        if context.get_current_revision() != newest_version() or ours - present:
            raise Rejected(
                "other_version",
                "The database has tables of another version of this program; make an empty one",
            )


def _has_rows(connection: Connection) -> bool:
    return any(
        connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first()
        for table in t.METADATA.sorted_tables
    )


def _audited(connection: Connection, now_ms: int, report: Callable[[str], None]) -> list[str]:
    findings = []
    for finding in audit(connection, now_ms=now_ms):
        findings.append(finding)
        report(finding)
    return findings


def _copy(here: Connection, there: Connection, report: Callable[[str], None]) -> dict[str, Content]:
    contents = {}
    for table in _carried():
        sent = Content()
        for batch in _batches(_rows(here, table)):
            insert_rows(there, table, [column.name for column in table.columns], batch)
            sent = _with(sent, batch)
        arrived = _content(_rows(there, table))
        if arrived != sent:
            raise Rejected(
                "not_the_same",
                f"{table.name}: {sent.rows} rows were sent and {arrived.rows} arrived, or others"
                " than were sent; nothing was kept",
            )
        contents[table.name] = sent
        if sent.rows:
            report(f"{table.name}\t{sent.rows}")
    return contents


def _recognised(
    here: Connection, there: Connection, report: Callable[[str], None]
) -> dict[str, Content]:
    """Raises Rejected('not_empty') where that isn't what a run that ended early has left."""
    report("The target holds data; comparing it with what would be sent")
    contents = {}
    for table in _carried():
        contents[table.name] = _content(_rows(here, table))
        begun_since = 1 if table is t.epoch else 0
        arrived = _rows(there, table)
        if begun_since:
            arrived = iter(sorted(arrived, key=lambda row: row[1])[:-begun_since])
        if _content(arrived) != contents[table.name]:
            raise Rejected(
                "not_empty",
                f"The target isn't empty, and holds other data than this server ({table.name})."
                " Nothing was touched: make an empty database",
            )
    return contents


def _carried() -> list[sa.Table]:
    return [table for table in t.METADATA.sorted_tables if table.name not in LEFT_BEHIND]


def _rows(connection: Connection, table: sa.Table) -> Iterator[tuple[Any, ...]]:
    """A table's rows as they are carried: without homes of epochs, nor places in the log."""
    columns = [
        sa.literal("").label("home")
        if column is t.epoch.c.home
        else sa.cast(sa.literal(0), column.type).label(column.name)
        if column is t.programme.c.log_from_xid
        else column
        for column in table.columns
    ]
    for row in stream(connection, sa.select(*columns).select_from(table)):
        yield tuple(row)


def _batches(rows: Iterator[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    batch: list[tuple[Any, ...]] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += sum(len(value) for value in row if isinstance(value, str | bytes))
        if len(batch) >= _BATCH_ROWS or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _content(rows: Iterator[tuple[Any, ...]]) -> Content:
    found = Content()
    for batch in _batches(rows):
        found = _with(found, batch)
    return found


def _with(content: Content, rows: list[tuple[Any, ...]]) -> Content:
    digest = content.digest
    for row in rows:
        text = repr(row).encode("utf-8", "surrogatepass")
        digest += int.from_bytes(hashlib.blake2b(text, digest_size=16).digest(), "big")
    return Content(content.rows + len(rows), digest % _SUM)
