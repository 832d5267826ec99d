"""Writing rows into a members file while its count and sum are kept.

Every function works inside the caller's transaction and leaves the file the same when it is
called a second time with the same arguments. Rows that are already there as they should be
cost a read.
"""
# ruff: noqa: S608 # statements are put together from the column names of ddl.py alone

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, TypeVar
from uuid import UUID

from app.domain.member import MEMBER_FIELDS, Member
from sync.protocol.replica.ddl import (
    MEMBER_COLUMNS,
    TERM_FIELDS,
    Connection,
    get_meta,
    set_meta,
)
from sync.protocol.replica.encoding import (
    Record,
    RowSum,
    key_values,
    record_hash,
    row_hash,
    term_values,
    terms_of,
)

_T = TypeVar("_T")

# Below the number of parameters any SQLite allows in one statement.
_CHUNK: Final = 500

_SEARCHED: Final = frozenset(
    {"member_id", "rank", "card_no", "name", "latin_name", "initials", "phone", "home_office"}
)
_UNSEARCHED: Final = tuple(name for name in MEMBER_FIELDS if name not in _SEARCHED)


def _marks(columns: Sequence[object]) -> str:
    return ", ".join("?" * len(columns))


_SELECT_MEMBERS: Final = f"SELECT {', '.join(MEMBER_FIELDS)} FROM member"
_INSERT_MEMBER: Final = (
    f"INSERT INTO member ({', '.join(MEMBER_COLUMNS)}) VALUES ({_marks(MEMBER_COLUMNS)})"
)
_UPDATE_UNSEARCHED: Final = (
    f"UPDATE member SET {', '.join(f'{name} = ?' for name in _UNSEARCHED)} WHERE rank = ?"
)
_INSERT_TERMS: Final = (
    f"INSERT INTO member_terms (rowid, {', '.join(TERM_FIELDS)}) VALUES (?, {_marks(TERM_FIELDS)})"
)
_DELETE_TERMS: Final = (
    f"INSERT INTO member_terms (member_terms, rowid, {', '.join(TERM_FIELDS)})"
    f" VALUES ('delete', ?, {_marks(TERM_FIELDS)})"
)


def upsert_members(connection: Connection, members: Iterable[Member]) -> None:
    """Write members as the server has them now; of one id the last counts.

    A rank that another member holds is not taken from it: the newcomer keeps its old place,
    or sits at the end, and is found all the same.
    """
    total = stored_sum(connection)
    for chunk in _chunks(members):
        _upsert_chunk(connection, {member.member_id: member for member in chunk}, total)
    _store_sum(connection, total)


def _upsert_chunk(connection: Connection, new: dict[UUID, Member], total: RowSum) -> None:
    old = {member.member_id: member for member in _members(connection, new)}
    to_place: list[Member] = []
    to_update: list[Member] = []
    for member_id, member in new.items():
        before = old.get(member_id)
        if before == member:
            continue
        if before is not None:
            total.remove(row_hash(before))
        total.add(row_hash(member))
        if before is not None and _searched(before) == _searched(member):
            to_update.append(member)
        else:
            to_place.append(member)
    # The usual change is a balance, which no index knows of.
    columns = [MEMBER_FIELDS.index(name) for name in _UNSEARCHED]
    flats = ((member, member.to_flat()) for member in to_update)
    connection.executemany(
        _UPDATE_UNSEARCHED,
        ((*(flat[column] for column in columns), member.rank) for member, flat in flats),
    )
    _remove_rows(connection, [old[m.member_id] for m in to_place if m.member_id in old])
    _insert_rows(connection, _placed(connection, to_place, old))


def _searched(member: Member) -> tuple[object, ...]:
    return (
        member.rank,
        member.card_no,
        member.name,
        member.latin_name,
        member.initials,
        member.phone,
        member.home_office,
    )


def _placed(
    connection: Connection, members: Sequence[Member], old: dict[UUID, Member]
) -> Iterator[tuple[int, Member]]:
    """Give each member, none of which is in the table, a free row id."""
    wanted = {member.rank for member in members}
    wanted |= {old[m.member_id].rank for m in members if m.member_id in old}
    taken = {
        int(row[0])
        for chunk in _chunks(wanted)
        for row in connection.execute(
            f"SELECT rank FROM member WHERE rank IN ({_marks(chunk)})", chunk
        )
    }
    (last,) = connection.execute("SELECT coalesce(max(rank), 0) FROM member").fetchone()
    for member in members:
        rank = member.rank
        if rank in taken and member.member_id in old:
            rank = old[member.member_id].rank
        if rank in taken:
            rank = max(last, *taken, *wanted) + 1
        taken.add(rank)
        yield rank, member


def _insert_rows(connection: Connection, placed: Iterable[tuple[int, Member]]) -> None:
    at = MEMBER_FIELDS.index("rank")
    rows: list[tuple[Any, ...]] = []
    terms: list[tuple[Any, ...]] = []
    for rank, member in placed:
        folded = terms_of(member)
        flat = member.to_flat()
        rows.append((*flat[:at], rank, *flat[at + 1 :], *key_values(folded)))
        terms.append((rank, *term_values(folded, member.home_office)))
    connection.executemany(_INSERT_MEMBER, rows)
    connection.executemany(_INSERT_TERMS, terms)


def _remove_rows(connection: Connection, members: Sequence[Member]) -> None:
    connection.executemany(
        _DELETE_TERMS,
        ((m.rank, *term_values(terms_of(m), m.home_office)) for m in members),
    )
    connection.executemany("DELETE FROM member WHERE rank = ?", ((m.rank,) for m in members))


def delete_members(connection: Connection, ids: Iterable[UUID]) -> None:
    """Take members out of the file; ids that it does not hold are passed over."""
    total = stored_sum(connection)
    for chunk in _chunks(ids):
        members = list(_members(connection, set(chunk)))
        for member in members:
            total.remove(row_hash(member))
        _remove_rows(connection, members)
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
    total = RowSum()
    for row in connection.execute(_SELECT_MEMBERS):
        total.add(row_hash(Member.from_flat(row)))
    for kind, record_id, body in connection.execute("SELECT kind, id, body FROM record"):
        total.add(record_hash(Record(kind, record_id, bytes(body))))
    return total


def _store_sum(connection: Connection, total: RowSum) -> None:
    set_meta(connection, "row_count", str(total.count))
    set_meta(connection, "row_sum", total.hex)


def _members(connection: Connection, ids: Iterable[UUID]) -> Iterator[Member]:
    keys = [member_id.bytes for member_id in ids]
    where = f" WHERE member_id IN ({_marks(keys)})"
    return map(Member.from_flat, connection.execute(_SELECT_MEMBERS + where, keys).fetchall())


def _record(connection: Connection, kind: str, record_id: str) -> Record | None:
    row = connection.execute(
        "SELECT body FROM record WHERE kind = ? AND id = ?", (kind, record_id)
    ).fetchone()
    return None if row is None else Record(kind, record_id, bytes(row[0]))


def _chunks(items: Iterable[_T]) -> Iterator[list[_T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk
