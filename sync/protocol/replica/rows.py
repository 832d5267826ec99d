"""Writing rows into a members file while its count and sum are kept.

Every function works inside the caller's transaction and leaves the file the same when it is
called a second time with the same arguments. Rows that are already there as they should be
cost a read.
"""
# ruff: noqa: S608 # statements are put together from the column names of ddl.py alone

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from operator import itemgetter
from typing import Any, Final, TypeVar
from uuid import UUID

from app.domain.member import MEMBER_FIELDS, Member
from sync.protocol.replica.ddl import (
    MEMBER_COLUMNS,
    Connection,
    create_indexes,
    drop_indexes,
    get_meta,
    set_meta,
)
from sync.protocol.replica.encoding import (
    Record,
    RowSum,
    flat_hash,
    index_terms,
    key_values,
    record_hash,
    terms_of,
)

_T = TypeVar("_T")

# Below the number of parameters any SQLite allows in one statement.
_CHUNK: Final = 500

_ID: Final = MEMBER_FIELDS.index("member_id")
_RANK: Final = MEMBER_FIELDS.index("rank")
_SEARCHED_NAMES: Final = (
    "rank",
    "card_no",
    "name",
    "latin_name",
    "initials",
    "phone",
    "home_office",
)
_UNSEARCHED_NAMES: Final = tuple(
    name for name in MEMBER_FIELDS if name not in (*_SEARCHED_NAMES, "member_id")
)
_searched: Final = itemgetter(*map(MEMBER_FIELDS.index, _SEARCHED_NAMES))
_unsearched: Final = itemgetter(*map(MEMBER_FIELDS.index, _UNSEARCHED_NAMES))

_rank: Final = itemgetter(_RANK)

Flat = tuple[Any, ...]
"""A member as `Member.to_flat` lays it out."""


def _marks(columns: Collection[object]) -> str:
    return ", ".join("?" * len(columns))


_SELECT_MEMBERS: Final = f"SELECT {', '.join(MEMBER_FIELDS)} FROM member"
_INSERT_MEMBER: Final = (
    f"INSERT INTO member ({', '.join(MEMBER_COLUMNS)}) VALUES ({_marks(MEMBER_COLUMNS)})"
)
_UPDATE_UNSEARCHED: Final = (
    f"UPDATE member SET {', '.join(f'{name} = ?' for name in _UNSEARCHED_NAMES)} WHERE rank = ?"
)
_INSERT_TERMS: Final = "INSERT INTO member_terms (rowid, terms) VALUES (?, ?)"
_DELETE_TERMS: Final = (
    "INSERT INTO member_terms (member_terms, rowid, terms) VALUES ('delete', ?, ?)"
)


def load_members(connection: Connection, members: Iterable[Member]) -> None:
    """Fill a file that holds no members yet, twice as quickly as `upsert_members`.

    Raises:
        sqlite3.IntegrityError: two members have one id or one rank (or the driver's error of
            that name).
    """
    total = stored_sum(connection)
    drop_indexes(connection)
    for chunk in _chunks(members):
        flats = [member.to_flat() for member in chunk]
        for flat in flats:
            total.add(flat_hash(flat))
        _insert(connection, flats)
    create_indexes(connection)
    _store_sum(connection, total)


def upsert_members(connection: Connection, members: Iterable[Member]) -> None:
    """Write members as the server has them now; of one id the last counts.

    A rank that another member holds is not taken from it: the newcomer keeps its old place,
    or sits at the end, and is found all the same.
    """
    upsert_flat(connection, (member.to_flat() for member in members))


def upsert_flat(connection: Connection, members: Iterable[Flat]) -> None:
    """The same for members that are laid out already."""
    total = stored_sum(connection)
    for chunk in _chunks(members):
        _upsert_chunk(connection, {flat[_ID]: flat for flat in chunk}, total)
    _store_sum(connection, total)


def _upsert_chunk(connection: Connection, new: dict[bytes, Flat], total: RowSum) -> None:
    old = _old(connection, new)
    to_place: list[Flat] = []
    to_update: list[Flat] = []
    for member_id, flat in new.items():
        before = old.get(member_id)
        if before == flat:
            continue
        if before is not None:
            total.remove(flat_hash(before))
        total.add(flat_hash(flat))
        if before is not None and _searched(before) == _searched(flat):
            to_update.append(flat)
        else:
            to_place.append(flat)
    # The usual change is a balance, which no index knows of.
    connection.executemany(
        _UPDATE_UNSEARCHED,
        ((*_unsearched(flat), flat[_RANK]) for flat in sorted(to_update, key=_rank)),
    )
    _remove(connection, [old[flat[_ID]] for flat in to_place if flat[_ID] in old])
    _insert(connection, _placed(connection, to_place, old))


def _old(connection: Connection, new: Mapping[bytes, Flat]) -> dict[bytes, Flat]:
    """Find the rows of these members: nearly all sit where the server says, without any index."""
    ranks = sorted(map(_rank, new.values()))
    seated = connection.execute(f"{_SELECT_MEMBERS} WHERE rank IN ({_marks(ranks)})", ranks)
    old = {flat[_ID]: flat for flat in seated if flat[_ID] in new}
    old.update((flat[_ID], flat) for flat in _flats(connection, new.keys() - old.keys()))
    return old


def _placed(
    connection: Connection, flats: Sequence[Flat], old: dict[bytes, Flat]
) -> Iterator[Flat]:
    """Give each member, none of which is in the table, a free row id."""
    own = {flat[_ID]: old[flat[_ID]][_RANK] for flat in flats if flat[_ID] in old}
    wanted = {flat[_RANK] for flat in flats} | set(own.values())
    taken = {
        row[0]
        for chunk in _chunks(wanted)
        for row in connection.execute(
            f"SELECT rank FROM member WHERE rank IN ({_marks(chunk)})", chunk
        )
    }
    (last,) = connection.execute("SELECT coalesce(max(rank), 0) FROM member").fetchone()
    end = max((last, *wanted))
    for flat in flats:
        rank = flat[_RANK]
        if rank in taken:
            rank = own.get(flat[_ID], rank)
        if rank in taken:
            end += 1
            rank = end
        taken.add(rank)
        yield (*flat[:_RANK], rank, *flat[_RANK + 1 :])


def _insert(connection: Connection, flats: Iterable[Flat]) -> None:
    rows = []
    terms = []
    for flat in flats:
        folded = terms_of(flat)
        rows.append((*flat, *key_values(folded)))
        terms.append((flat[_RANK], index_terms(folded)))
    connection.executemany(_INSERT_MEMBER, rows)
    connection.executemany(_INSERT_TERMS, terms)


def _remove(connection: Connection, flats: Sequence[Flat]) -> None:
    connection.executemany(
        _DELETE_TERMS, ((flat[_RANK], index_terms(terms_of(flat))) for flat in flats)
    )
    connection.executemany("DELETE FROM member WHERE rank = ?", ((f[_RANK],) for f in flats))


def delete_members(connection: Connection, ids: Iterable[UUID]) -> None:
    """Take members out of the file; ids that it does not hold are passed over."""
    total = stored_sum(connection)
    for chunk in _chunks(ids):
        flats = _flats(connection, [member_id.bytes for member_id in set(chunk)])
        for flat in flats:
            total.remove(flat_hash(flat))
        _remove(connection, flats)
    _store_sum(connection, total)


def upsert_records(connection: Connection, records: Iterable[Record]) -> None:
    """Write records as the server has them now; of one kind and id the last counts."""
    total = stored_sum(connection)
    for record in records:
        before = _record(connection, record.kind, record.id)
        if before == record:
            continue
        if before is not None:
            total.remove(record_hash(before))
        total.add(record_hash(record))
        connection.execute(
            "INSERT OR REPLACE INTO record VALUES (?, ?, ?)", (record.kind, record.id, record.body)
        )
    _store_sum(connection, total)


def delete_records(connection: Connection, keys: Iterable[tuple[str, str]]) -> None:
    """Take records out by (kind, id); those that the file does not hold are passed over."""
    total = stored_sum(connection)
    for kind, record_id in keys:
        before = _record(connection, kind, record_id)
        if before is not None:
            total.remove(record_hash(before))
            connection.execute("DELETE FROM record WHERE kind = ? AND id = ?", (kind, record_id))
    _store_sum(connection, total)


def stored_sum(connection: Connection) -> RowSum:
    """Read the count and sum that were kept change by change."""
    return RowSum(
        int(get_meta(connection, "row_count")), int(get_meta(connection, "row_sum"), base=16)
    )


def recount(connection: Connection) -> RowSum:
    """Count and sum all rows from what they hold, which takes some seconds per 100,000."""
    return next(total for total in recounting(connection) if total is not None)


def recounting(connection: Connection) -> Iterator[RowSum | None]:
    """The same with a rest after every few rows; yields None at each, the result at the end."""
    total = RowSum()
    for flats in _chunks(connection.execute(_SELECT_MEMBERS)):
        for flat in flats:
            total.add(flat_hash(flat))
        yield None
    for kind, record_id, body in connection.execute("SELECT kind, id, body FROM record"):
        total.add(record_hash(Record(kind, record_id, bytes(body))))
    yield total


def _store_sum(connection: Connection, total: RowSum) -> None:
    set_meta(connection, "row_count", str(total.count))
    set_meta(connection, "row_sum", total.hex)


def _flats(connection: Connection, ids: Collection[bytes]) -> list[Flat]:
    if not ids:
        return []
    where = f" WHERE member_id IN ({_marks(ids)})"
    return connection.execute(_SELECT_MEMBERS + where, tuple(ids)).fetchall()


def _record(connection: Connection, kind: str, record_id: str) -> Record | None:
    row = connection.execute(
        "SELECT body FROM record WHERE kind = ? AND id = ?", (kind, record_id)
    ).fetchone()
    return None if row is None else Record(kind, record_id, bytes(row[0]))


def _chunks(items: Iterable[_T]) -> Iterator[list[_T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk
