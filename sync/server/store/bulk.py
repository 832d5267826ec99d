"""Many rows in one statement, the same call on both databases.

PostgreSQL takes arrays through `unnest`, which costs one parse whatever the number of rows; a
column that is the same in all rows is sent once. SQLite takes `executemany`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import psycopg as psycopg_dialect
from sqlalchemy.engine import Connection
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData

from sync.server.store import driver
from sync.server.store.binary import Binary, array, constant
from sync.server.store.engine import is_postgresql

_POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call] # SQLAlchemy leaves it untyped
_DRIVEN = psycopg_dialect.dialect(paramstyle="format")  # type: ignore[no-untyped-call]

# From so many rows on a column of one value is worth a statement of its own
_FEW: Final = 8
_STREAMED_ROWS: Final = 1_000


def _is_one(column: Sequence[Any]) -> bool:
    """Whether all values are the same: mostly told by the last, or by their being one object."""
    return column[0] == column[-1] and column.count(column[0]) == len(column)


@lru_cache(maxsize=512)
def _kind(column: sa.ColumnElement[Any]) -> str:
    return column.type.compile(dialect=_POSTGRESQL)


@lru_cache(maxsize=512)
def _insert(table: sa.Table, columns: tuple[str, ...], ending: str) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    marks = ", ".join("?" * len(columns))
    return f'INSERT INTO "{table.name}" ({names}) VALUES ({marks}) {ending}'  # noqa: S608 # our own


@lru_cache(maxsize=512)
def _row_of(names: tuple[str, ...]) -> SimpleResultMetaData:
    return SimpleResultMetaData(names)


@lru_cache(maxsize=512)
def _forms(table: sa.Table, columns: tuple[str, ...]) -> tuple[tuple[str, bool], ...]:
    """(type, whether it may be null) of columns."""
    return tuple((_kind(table.c[name]), table.c[name].nullable is not False) for name in columns)


@lru_cache(maxsize=512)
def _source(table: sa.Table, columns: tuple[str, ...], same: tuple[bool, ...]) -> str:
    """A SELECT of the rows: constants as they are, the other columns unnested side by side."""
    types = [kind for kind, _ in _forms(table, columns)]
    listed = ", ".join(
        f"%b::{kind}" if one else f'u."{name}"'
        for name, kind, one in zip(columns, types, same, strict=True)
    )
    if all(same):
        return f"SELECT {listed}"
    varying = [(n, k) for n, k, one in zip(columns, types, same, strict=True) if not one]
    arrays = ", ".join(f"%b::{kind}[]" for _, kind in varying)
    labels = ", ".join(f'"{name}"' for name, _ in varying)
    return f"SELECT {listed} FROM unnest({arrays}) AS u({labels})"  # noqa: S608 # our own names


def _unnested(
    table: sa.Table, names: tuple[str, ...], columns: Sequence[Sequence[Any]]
) -> tuple[tuple[bool, ...], tuple[Any, ...]]:
    """(which columns are one value in all rows, the parameters of `_source`)."""
    count = len(columns[0])
    same = [count == 1 or (count >= _FEW and _is_one(column)) for column in columns]
    if count > 1 and all(same):
        same[0] = False
    constants: list[Binary | None] = []
    arrays: list[Binary] = []
    for (kind, nullable), column, one in zip(_forms(table, names), columns, same, strict=True):
        if one:
            constants.append(constant(kind, column[0]))
        else:
            arrays.append(array(kind, column, nullable=nullable))
    return tuple(same), (*constants, *arrays)


@lru_cache(maxsize=1_024)
def _insert_all(
    table: sa.Table, names: tuple[str, ...], same: tuple[bool, ...], ending: str
) -> str:
    listed = ", ".join(f'"{name}"' for name in names)
    return f'INSERT INTO "{table.name}" ({listed}) {_source(table, names, same)} {ending}'


def insert_columns(
    connection: Connection, table: sa.Table, columns: Mapping[str, Sequence[Any]], ending: str = ""
) -> None:
    """Insert rows that are given column by column, all equally long.

    Args:
        connection: in a writing transaction.
        table: where to.
        columns: each row's values, by column.
        ending: SQL behind the rows.

    Raises:
        sqlalchemy.exc.IntegrityError: a key is taken, and `ending` doesn't say what then.
    """
    names = tuple(columns)
    if not is_postgresql(connection):
        rows = list(zip(*columns.values(), strict=True))
        connection.exec_driver_sql(_insert(table, names, ending), rows)
        return
    same, parameters = _unnested(table, names, list(columns.values()))
    sql = _insert_all(table, names, same, ending)
    driver.write(connection, table.name, sql, parameters)


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
    by_column = zip(columns, zip(*rows, strict=True), strict=True)
    insert_columns(connection, table, dict(by_column), ending)


@lru_cache(maxsize=512)
def _update_all(
    table: sa.Table, key: tuple[str, ...], columns: tuple[str, ...], same: tuple[bool, ...]
) -> str:
    sets = ", ".join(f'"{name}" = u."{name}"' for name in columns)
    return f'UPDATE "{table.name}" t SET {sets} FROM {_keyed(table, key, columns, same)}'  # noqa: S608


def _keyed(
    table: sa.Table, key: tuple[str, ...], columns: tuple[str, ...], same: tuple[bool, ...]
) -> str:
    """The rows, and which of the programme's in `t` are meant by them."""
    names = (*key, *columns)
    labels = ", ".join(f'"{name}"' for name in names)
    match = " AND ".join(f't."{name}" = u."{name}"' for name in key)
    source = _source(table, names, same)
    return f"({source}) AS u({labels}) WHERE t.programme_id = %b::uuid AND {match}"


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
    if is_postgresql(connection):
        names = (*key, *columns)
        same, parameters = _unnested(table, names, list(zip(*rows, strict=True)))
        sql = _update_all(table, tuple(key), tuple(columns), same)
        driver.write(connection, table.name, sql, (*parameters, programme_id))
        return
    labels = ["programme", *(f"k_{name}" for name in key), *(f"v_{name}" for name in columns)]
    values = [dict(zip(labels, (programme_id, *row), strict=True)) for row in rows]
    connection.execute(_update(table, tuple(key), tuple(columns)), values)


@lru_cache(maxsize=512)
def _update(table: sa.Table, key: tuple[str, ...], columns: tuple[str, ...]) -> sa.Update:
    return (
        table.update()
        .where(table.c.programme_id == sa.bindparam("programme"))
        .where(*(table.c[name] == sa.bindparam(f"k_{name}") for name in key))
        .values({name: sa.bindparam(f"v_{name}") for name in columns})
    )


@lru_cache(maxsize=512)
def _delete_all(table: sa.Table, key: tuple[str, ...], same: tuple[bool, ...]) -> str:
    return f'DELETE FROM "{table.name}" t USING {_keyed(table, key, (), same)}'  # noqa: S608


def delete_rows(
    connection: Connection,
    table: sa.Table,
    key: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    programme_id: UUID,
) -> None:
    """Delete the programme's rows whose `key` is one of `rows`."""
    if not rows:
        return
    if is_postgresql(connection):
        same, parameters = _unnested(table, tuple(key), list(zip(*rows, strict=True)))
        sql = _delete_all(table, tuple(key), same)
        driver.write(connection, table.name, sql, (*parameters, programme_id))
        return
    statement = table.delete().where(
        table.c.programme_id == programme_id,
        *(table.c[name] == sa.bindparam(f"k_{name}") for name in key),
    )
    labels_of = [f"k_{name}" for name in key]
    connection.execute(statement, [dict(zip(labels_of, row, strict=True)) for row in rows])


@lru_cache(maxsize=512)
def _compiled(
    statement: sa.Select[Any],
) -> tuple[str, tuple[str, ...], tuple[str, ...], dict[str, Any]]:
    """(SQL, its parameters' names in order, the columns' names, parameters of the statement's)."""
    compiled = statement.compile(dialect=_DRIVEN)
    sql = str(compiled).replace("%s", "%b")
    names = tuple(column.name for column in statement.selected_columns)
    return sql, tuple(compiled.positiontup or ()), names, dict(compiled.params)


def ask(connection: Connection, statement: sa.Select[Any], parameters: dict[str, Any]) -> list[Any]:
    """Run a select that is composed once and asked again and again.

    Args:
        connection: in any transaction.
        statement: its types are those that the driver has by itself.
        parameters: of its bindparams.

    Returns:
        rows in the statement's order.
    """
    if not is_postgresql(connection):
        return list(connection.execute(statement, parameters).all())
    sql, places, names, constants = _compiled(statement)
    values = {**constants, **parameters}
    in_order = [values[name] for name in places]
    return driver.ask(connection, sql, in_order, partial(_rows, names))


@contextmanager
def together(connection: Connection) -> Iterator[None]:
    """Let what is asked in the block by `ask` and `find_rows` be waited for once, at its end.

    Until then their lists are empty on PostgreSQL. No question may need another's answer.
    """
    if is_postgresql(connection):
        with driver.together(connection):
            yield
    else:
        yield


def _rows(names: tuple[str, ...], found: driver.Rows) -> list[Any]:
    return list(IteratorResult(_row_of(names), iter(found)).all()) if found else []


@lru_cache(maxsize=512)
def _find(
    table: sa.Table, column: str, columns: tuple[str, ...], *, single: bool, lock: bool
) -> str:
    """A question for one value, which costs the database a third of that, or for an array."""
    listed = ", ".join(f'"{name}"' for name in columns)
    key = ", ".join(f'"{each.name}"' for each in table.primary_key)
    kind = _kind(table.c[column])
    wanted = f"= %b::{kind}" if single else f"IN (SELECT unnest(%b::{kind}[]))"
    return (
        f'SELECT {listed} FROM "{table.name}" WHERE programme_id = %b::uuid'  # noqa: S608 # our own
        f' AND "{column}" {wanted}' + (f" ORDER BY {key} FOR UPDATE" if lock else "")
    )


def find_rows(
    connection: Connection,
    table: sa.Table,
    column: str,
    values: Iterable[Any],
    *,
    programme_id: UUID,
    columns: tuple[str, ...] = (),
    lock: bool = False,
) -> list[Any]:
    """The programme's rows where `column` is one of `values`.

    An upload asks a dozen times: the statements are written once, not composed each time.

    Args:
        connection: in any transaction.
        table: where to look.
        column: by what.
        values: in any order, also more than once.
        programme_id: whose rows.
        columns: what to read; all columns if none are named.
        lock: lock the rows, in key order.

    Returns:
        rows in no order.
    """
    wanted = _distinct(values)
    if not wanted:
        return []
    columns = columns or _names(table)
    if is_postgresql(connection):
        single, kind = len(wanted) == 1, _kind(table.c[column])
        sql = _find(table, column, columns, single=single, lock=lock)
        sought = constant(kind, wanted[0]) if single else array(kind, wanted)
        return driver.ask(connection, sql, (programme_id, sought), partial(_rows, columns))
    # whoever writes on SQLite has locked everything
    statement = _select(table, column, columns)
    rows: list[Any] = []
    for start in range(0, len(wanted), 500):
        part = {"programme": programme_id, "wanted": wanted[start : start + 500]}
        rows.extend(connection.execute(statement, part).all())
    return rows


@lru_cache(maxsize=512)
def _select(table: sa.Table, column: str, columns: tuple[str, ...]) -> sa.Select[Any]:
    return sa.select(*(table.c[name] for name in columns)).where(
        table.c.programme_id == sa.bindparam("programme"),
        table.c[column].in_(sa.bindparam("wanted", expanding=True)),
    )


@lru_cache(maxsize=512)
def _names(table: sa.Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns)


def _distinct(values: Iterable[Any]) -> list[Any]:
    return list(values if isinstance(values, set | dict) else dict.fromkeys(values))


def select_in(
    connection: Connection,
    statement: sa.Select[Any],
    column: sa.ColumnElement[Any],
    values: Iterable[Any],
    of: Mapping[str, Any] | None = None,
) -> list[Any]:
    """Run a select once for every few hundred wanted values (one array on PostgreSQL).

    Args:
        connection: in any transaction.
        statement: what to read.
        column: where it has one of `values`.
        values: in any order, also more than once.
        of: the values of the statement's bindparams, where it is composed once and asked again
            and again.

    Returns:
        rows in no order.
    """
    wanted = _distinct(values)
    if not wanted:
        return []
    if is_postgresql(connection):
        listed = sa.cast(
            sa.bindparam("wanted", array(_kind(column), wanted), sa.types.NullType()),
            postgresql.ARRAY(column.type),
        )
        # Not `= ANY`: on tables that were filled a moment ago, before any statistics, that is
        # chosen to be tried against every row
        unnested = sa.select(sa.func.unnest(listed))
        found = connection.execute(statement.where(column.in_(unnested)), dict(of or {}))
        return list(found.all())
    rows: list[Any] = []
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        if of is None:
            rows.extend(connection.execute(statement.where(column.in_(part))).all())
        else:
            rows.extend(connection.execute(_listed(statement, column), {**of, "wanted": part}))
    return rows


@lru_cache(maxsize=512)
def _listed(statement: sa.Select[Any], column: sa.ColumnElement[Any]) -> sa.Select[Any]:
    return statement.where(column.in_(sa.bindparam("wanted", expanding=True)))


def stream(connection: Connection, statement: sa.Select[Any]) -> Iterator[Any]:
    """Rows as they come from the database, some at a time."""
    if not is_postgresql(connection):
        yield from connection.execution_options(yield_per=_STREAMED_ROWS).execute(statement)
        return
    compiled = statement.compile(dialect=_DRIVEN, compile_kwargs={"render_postcompile": True})
    values = [compiled.params[name] for name in compiled.positiontup or ()]
    names = tuple(column.name for column in statement.selected_columns)
    for rows in driver.stream(connection, str(compiled), values, at_once=_STREAMED_ROWS):
        yield from _rows(names, rows)
