"""Many rows in one statement, the same call on both databases.

PostgreSQL takes arrays through `unnest`, which costs one parse whatever the number of rows; SQLite
takes `executemany`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection

from sync.server.store.engine import is_postgresql

_POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call] # SQLAlchemy leaves it untyped


@lru_cache(maxsize=256)
def _statement(table: sa.Table, columns: tuple[str, ...], ending: str, postgres: bool) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    types = [table.c[name].type for name in columns]
    if postgres:
        arrays = ", ".join(f"%b::{t.compile(dialect=_POSTGRESQL)}[]" for t in types)
        source = f"SELECT * FROM unnest({arrays})"  # noqa: S608 # names of our own tables
    else:
        source = f"VALUES ({', '.join('?' * len(columns))})"
    return f'INSERT INTO "{table.name}" ({names}) {source} {ending}'


def insert_rows(
    connection: Connection,
    table: sa.Table,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    replace: Iterable[str] | None = None,
    add: Iterable[str] = (),
    skip_known: bool = False,
) -> None:
    """Insert rows, and say what becomes of those whose primary key is there already.

    Args:
        connection: in a writing transaction.
        table: where to.
        columns: names, in the order of each row's values.
        rows: no two of them with the same primary key.
        replace: columns to overwrite (PK columns not among them).
        add: columns whose new value is added to the old one.
        skip_known: leave the old row as it is.

    Raises:
        sqlalchemy.exc.IntegrityError: a key is taken and none of the three was asked for.
    """
    if not rows:
        return
    ending = ""
    if skip_known:
        ending = "ON CONFLICT DO NOTHING"
    elif replace is not None or add:
        key = ", ".join(column.name for column in table.primary_key)
        changes = [f'"{name}" = excluded."{name}"' for name in replace or ()]
        changes += [f'"{name}" = "{table.name}"."{name}" + excluded."{name}"' for name in add]
        ending = f"ON CONFLICT ({key}) DO UPDATE SET {', '.join(changes)}"
    postgres = is_postgresql(connection)
    sql = _statement(table, tuple(columns), ending, postgres)
    if postgres:
        connection.exec_driver_sql(sql, tuple(list(column) for column in zip(*rows, strict=True)))
        return
    connection.exec_driver_sql(sql, [tuple(row) for row in rows])


def update_rows(
    connection: Connection,
    table: sa.Table,
    key: Sequence[str],
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    programme_id: UUID,
) -> None:
    """Set `columns` where the programme's row has `key`; each row is its key, then the values."""
    if not rows:
        return
    names = (*key, *columns)
    types = [table.c[name].type for name in names]
    postgres = is_postgresql(connection)
    if postgres:
        arrays = ", ".join(f"%b::{t.compile(dialect=_POSTGRESQL)}[]" for t in types)
        sets = ", ".join(f'"{name}" = u."{name}"' for name in columns)
        match = " AND ".join(f't."{name}" = u."{name}"' for name in key)
        labels = ", ".join(f'"{name}"' for name in names)
        sql = (  # names of our own tables
            f'UPDATE "{table.name}" t SET {sets} FROM unnest({arrays}) AS u({labels})'  # noqa: S608
            f" WHERE t.programme_id = %b::uuid AND {match}"
        )
        arrays_of = tuple(list(column) for column in zip(*rows, strict=True))
        connection.exec_driver_sql(sql, (*arrays_of, programme_id))
        return
    statement = (
        table.update()
        .where(table.c.programme_id == programme_id)
        .where(*(table.c[name] == sa.bindparam(f"k_{name}") for name in key))
        .values({name: sa.bindparam(f"v_{name}") for name in columns})
    )
    labels_of = [*(f"k_{name}" for name in key), *(f"v_{name}" for name in columns)]
    connection.execute(statement, [dict(zip(labels_of, row, strict=True)) for row in rows])


def select_in(
    connection: Connection,
    statement: sa.Select[Any],
    column: sa.ColumnElement[Any],
    values: Iterable[Any],
) -> list[Any]:
    """Run a select once for every few hundred wanted values (one array on PostgreSQL)."""
    wanted = sorted(set(values))
    if not wanted:
        return []
    if is_postgresql(connection):
        kind = postgresql.ARRAY(column.type)
        array = sa.cast(sa.literal(wanted, kind), kind)
        return list(connection.execute(statement.where(column == sa.func.any(array))))
    found: list[Any] = []
    for start in range(0, len(wanted), 500):
        part = statement.where(column.in_(wanted[start : start + 500]))
        found.extend(connection.execute(part))
    return found
