"""The tables of a members file, the same at both ends.

`member` holds a row a member, its row id being the rank, so that whatever is found in row
order is in display order already and `LIMIT 20` stops early. Folded copies of what can be
searched stand beside the member's own fields: b-trees answer beginnings and endings of
numbers, `member_terms` answers names. The latter is contentless: a row leaves it by naming
the terms it came in with, which the member's row still tells.

`record` holds all other server state as JSON documents by kind and id, `replica_meta` what
is known of the file as a whole.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, Protocol

from app.domain.member import MEMBER_FIELDS

SCHEMA_VERSION: Final = 3
"""Raised with every change of a table or an index, of a term's folding or of the row encoding."""

_AUTOMERGE: Final = 16
"""As many pieces of `member_terms` as one search reads at most before they are made one."""

KEY_FIELDS: Final = ("card", "card_digits", "card_rev", "phone_rev")
"""Folded columns of `member` beside the member's own fields."""

MEMBER_COLUMNS: Final = (*MEMBER_FIELDS, *KEY_FIELDS)

_TABLES: Final = (
    """
    CREATE TABLE member (
        member_id BLOB NOT NULL,
        rank INTEGER PRIMARY KEY,
        card_no TEXT NOT NULL,
        name TEXT NOT NULL,
        latin_name TEXT NOT NULL,
        initials TEXT NOT NULL,
        phone TEXT NOT NULL,
        tier TEXT NOT NULL,
        home_office TEXT NOT NULL,
        status TEXT NOT NULL,
        merged_into BLOB,
        posted_points INTEGER NOT NULL,
        leased_points INTEGER NOT NULL,
        pending_points INTEGER NOT NULL,
        next_expiry_on TEXT,
        next_expiry_points INTEGER NOT NULL,
        preference TEXT NOT NULL,
        open_matter TEXT NOT NULL,
        language TEXT NOT NULL,
        born_on_year INTEGER,
        joined_on TEXT,
        generated INTEGER NOT NULL,
        card TEXT NOT NULL,
        card_digits TEXT NOT NULL,
        card_rev TEXT NOT NULL,
        phone_rev TEXT NOT NULL
    )
    """,
    # ASCII alone is taken apart by this tokenizer, and terms arrive folded: so it cannot
    # disagree with another SQLite's idea of Unicode.
    """
    CREATE VIRTUAL TABLE member_terms USING fts5(
        terms, content='', columnsize=0, tokenize='ascii', prefix='2 3 4'
    )
    """,
    """
    CREATE TABLE record (
        kind TEXT NOT NULL,
        id TEXT NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (kind, id)
    ) WITHOUT ROWID
    """,
    "CREATE TABLE replica_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
)

_INDEXES: Final = {
    "member_by_id": "CREATE UNIQUE INDEX member_by_id ON member (member_id)",
    **{
        f"member_by_{name}": f"CREATE INDEX member_by_{name} ON member ({name})"
        for name in KEY_FIELDS
    },
    "member_by_merged_into": (
        "CREATE INDEX member_by_merged_into ON member (merged_into) WHERE merged_into IS NOT NULL"
    ),
}


class Cursor(Protocol):
    """The part of a DB-API cursor that is used here."""

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...

    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """The part of a DB-API connection to SQLite or SQLCipher that is used here."""

    def execute(self, sql: str, parameters: Sequence[Any] = ..., /) -> Cursor: ...

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> Cursor: ...


def create_replica(connection: Connection, *, scope: str) -> None:
    """Make the tables of an empty members file, inside the caller's transaction.

    Args:
        connection: open on an empty database.
        scope: whose rows the file holds, such as an office's code.
    """
    for statement in _TABLES:
        connection.execute(statement)
    # By default FTS5 merges a little after almost every write, and a tap then waits 0.1 s for it
    connection.execute(
        "INSERT INTO member_terms (member_terms, rank) VALUES ('automerge', ?)", (_AUTOMERGE,)
    )
    create_indexes(connection)
    for key, value in (
        ("schema_version", str(SCHEMA_VERSION)),
        ("scope", scope),
        ("cursor", ""),
        ("partial", ""),
        ("row_count", "0"),
        ("row_sum", "0" * 32),
    ):
        set_meta(connection, key, value)


def create_indexes(connection: Connection) -> None:
    """Make the b-trees of `member`."""
    for statement in _INDEXES.values():
        connection.execute(statement)


def drop_indexes(connection: Connection) -> None:
    """Drop the b-trees of `member`: building them at once is quicker than row by row."""
    for name in _INDEXES:
        connection.execute(f"DROP INDEX {name}")


def get_meta(connection: Connection, key: str) -> str:
    """Read one of schema_version, scope, epoch, cursor, partial, row_count and row_sum.

    Raises:
        KeyError: the file has no such key.
    """
    row = connection.execute("SELECT value FROM replica_meta WHERE key = ?", (key,)).fetchone()
    if row is None:
        raise KeyError(key)
    return str(row[0])


def set_meta(connection: Connection, key: str, value: str) -> None:
    """Write one value about the file, inside the caller's transaction."""
    connection.execute("INSERT OR REPLACE INTO replica_meta VALUES (?, ?)", (key, value))


def format_cursor(xid: int, seq: int) -> str:
    """Write a place in the server's change log, as the file's 'cursor'."""
    return f"{xid}:{seq}"


def parse_cursor(text: str) -> tuple[int, int]:
    """Read back what `format_cursor` wrote.

    Raises:
        ValueError: anything else; '' stands in an unfinished file.
    """
    xid, _, seq = text.partition(":")
    return int(xid), int(seq)
