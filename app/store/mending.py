"""Mending work.db where pages of the journal, or of the texts beside it, can't be read any more.

Readable rows move into a new table, in one transaction; the old one stays as it is under another
name, because what its damaged pages point to can't be freed. An entry whose page is damaged leaves
its place: the index `journal_places` holds the hash of each entry, and which it is, on pages of its
own. There the body is empty, which tells the server to wait for it (`sync.client.upload`). Where
the index is damaged at the same place the link is empty, too.

Damage anywhere else is beyond mending: what was recorded is then taken along by a rescue.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import sqlcipher3.dbapi2 as sqlcipher

from app.domain.entry import place_name
from app.domain.lean import dataclass
from app.ports.patience import Plain
from app.store.cipher import connect

_log: Final = logging.getLogger(__name__)

Tell = Callable[[float], None]

_UNHEARD: Final = Plain().tell
_READ_AT_ONCE: Final = 256
_ROWS_SHARE: Final = 0.6  # of the time; then come the places that are missing among them
_PLACES_SHARE: Final = 0.3  # and then the texts, and the commit
_BROKEN_IN_A_ROW: Final = 500  # behind which nothing is looked for where no end is known
_KNOWN_EVERY: Final = 1_000
"""So often a place amid lost hashes gets one, its name: an upload ends at a hash, and holds 2,000
entries at most. Nothing that can be read joins on to it, so nothing can contradict it."""

_ROWS: Final = (
    "SELECT rowid, incarnation, seq, event_id, type, wall_ms, shift_id, body, link, urgent,"
    " decision, code, message FROM journal WHERE rowid > ? ORDER BY rowid LIMIT ?"
)
_KEEP_ROW: Final = (
    "INSERT INTO journal (rowid, incarnation, seq, event_id, type, wall_ms, shift_id, body, link,"
    " urgent, decision, code, message) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
# `seq` leads, as that by which is gone on
_PLACES: Final = (
    "SELECT seq, rowid, event_id, type, wall_ms, shift_id, link FROM journal INDEXED BY {index}"
    " WHERE incarnation = {incarnation} AND seq > ? ORDER BY seq LIMIT ?"
)
# An entry that could be read stands there already
_KEEP_PLACE: Final = (
    "INSERT OR IGNORE INTO journal (seq, rowid, event_id, type, wall_ms, shift_id, link,"
    " incarnation, body, code, message) VALUES (?, ?, ?, ?, ?, ?, ?, ?, X'', '', '')"
)
_TEXTS: Final = (
    "SELECT rowid, commitment, event_id, salt, content FROM blob WHERE rowid > ?"
    " ORDER BY rowid LIMIT ?"
)
_KEEP_TEXT: Final = (
    "INSERT INTO blob (rowid, commitment, event_id, salt, content) VALUES (?, ?, ?, ?, ?)"
)
# In place, so that no damaged page beside it is touched
_WIPE_TEXT: Final = (
    "UPDATE {old} SET salt = zeroblob(length(salt)), content = zeroblob(length(content))"
    " WHERE rowid = ?"
)
# What moved to a newer incarnation left the end of the older, and took its hash along
_CHAINS: Final = (
    "SELECT chain.incarnation, seat.device_id, last_seq, last_link FROM chain JOIN seat"
    " ON chain.incarnation = seat.incarnation UNION ALL"
    " SELECT chain.incarnation, seat.device_id, confirmed_seq,"
    " CASE confirmed_seq WHEN last_seq THEN last_link ELSE X'' END FROM chain JOIN seat"
    " ON chain.incarnation <> seat.incarnation ORDER BY 1"
)


@dataclass(frozen=True, slots=True)
class Mended:
    """What was found, and put right.

    Attributes:
        is_damaged: whether there was anything to mend.
        entries: how many can't be read any more.
    """

    is_damaged: bool
    entries: int = 0


def mend(path: Path, key: bytes, tell: Tell = _UNHEARD) -> Mended:
    """Look through journal and texts and rebuild what is damaged; nobody else writes meanwhile.

    Args:
        path: work.db, of the present schema or an older one.
        key: its key.
        tell: is called every few hundred rows with how much is done, 0..1: 0 while it is looked
            through, 1 at the end however it ends.

    Raises:
        sqlcipher3.dbapi2.Error: it can't be mended, or the disk; nothing was changed.
    """
    tell(0)
    try:
        return _mended(path, key, tell)
    finally:
        tell(1)


def _mended(path: Path, key: bytes, tell: Tell) -> Mended:
    damaged = [table for table in ("journal", "blob") if not _is_sound(path, key, table)]
    if not damaged:
        return Mended(is_damaged=False)
    with closing(connect(path, key)) as connection:
        # So that what refers to the table refers to the new one
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("PRAGMA legacy_alter_table = ON")
        connection.execute("BEGIN IMMEDIATE")
        lost = 0
        for table in damaged:
            mended = _Mending(path, key, connection, table, tell)
            lost += mended.journal() if table == "journal" else mended.texts()
        connection.execute("COMMIT")  # closed before, it is rolled back
    _log.warning("work.db had damaged pages and was mended: %d entries can't be read", lost)
    return Mended(is_damaged=True, entries=lost)


def _is_sound(path: Path, key: bytes, table: str) -> bool:
    """Whether each page of a table and its indexes can be read."""
    try:
        with closing(connect(path, key, read_only=True)) as connection:
            found = connection.execute(f"PRAGMA quick_check({table})").fetchall()
    except sqlcipher.DatabaseError:
        return False
    return bool(found == [("ok",)])


@dataclass(frozen=True, slots=True)
class _Chain:
    """A chain as far as its entries stand in the journal; `last_link` is b"" where it is lost."""

    incarnation: int
    device_id: bytes
    last: int
    last_link: bytes


class _Mending:
    """Rebuilds one table inside the transaction of `connection`."""

    def __init__(self, path: Path, key: bytes, connection: Any, table: str, tell: Tell) -> None:
        self._new = connection
        self._tell = tell
        # Beside the transaction, so it sees the table as it was
        self._old = _Reader(path, key)
        made = connection.execute(
            "SELECT type, name, sql FROM sqlite_schema WHERE tbl_name = ? AND sql IS NOT NULL",
            (table,),
        ).fetchall()
        (before,) = connection.execute(
            "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name LIKE ?",
            (f"{table}_damaged_%",),
        ).fetchone()
        self._renamed = f"{table}_damaged_{before + 1}"
        self._indexes = [name for kind, name, _ in made if kind == "index"]
        connection.execute(f"ALTER TABLE {table} RENAME TO {self._renamed}")
        for kind, name, sql in sorted(made, reverse=True):  # the table first
            # An index keeps its name when its table is renamed
            number = name.rstrip("0123456789")
            fresh = sql if kind == "table" else sql.replace(name, f"{number}{before + 2}", 1)
            connection.execute(fresh)

    def journal(self) -> int:
        """Returns how many entries can't be read any more, of those that could be before."""
        gone = 0
        with closing(self._old):
            chains = [_Chain(*row) for row in self._new.execute(_CHAINS).fetchall()]
            end = sum(chain.last for chain in chains)
            for rows in self._old.rows(_ROWS, end):
                self._new.executemany(_KEEP_ROW, rows)
                gone += sum(not row[7] for row in rows)
                self._tell(_ROWS_SHARE * rows[-1][0] / end)
            for index in self._indexes:
                if index.startswith("journal_places"):  # older schemas have none
                    self._keep_places(chains, index)
        self._fill_gaps(chains, end)
        (lost,) = self._new.execute("SELECT count(*) FROM journal WHERE body = X''").fetchone()
        return int(lost) - gone

    def _keep_places(self, chains: Sequence[_Chain], index: str) -> None:
        for chain in chains:
            statement = _PLACES.format(index=index, incarnation=chain.incarnation)
            for places in self._old.rows(statement, chain.last):
                kept = [(*place, chain.incarnation) for place in places]
                self._new.executemany(_KEEP_PLACE, kept)
                self._tell(_ROWS_SHARE + _PLACES_SHARE * places[-1][0] / chain.last)

    def _fill_gaps(self, chains: Sequence[_Chain], end: int) -> None:
        """Keep places of which nothing is left but that they were taken.

        They take the row numbers that are free, so that no row's is beyond `end` the next time.
        """
        numbers = {number for (number,) in self._new.execute("SELECT rowid FROM journal")}
        free = (number for number in range(1, end + 1) if number not in numbers)
        for chain in chains:
            found = self._new.execute(
                "SELECT seq, wall_ms FROM journal WHERE incarnation = ?", (chain.incarnation,)
            )
            at_ms, taken = 0, dict(found.fetchall())
            for seq in range(1, chain.last + 1):
                if seq in taken:
                    at_ms = taken[seq]
                    continue
                name = place_name(UUID(bytes=chain.device_id), chain.incarnation, seq)
                event_id = UUID(bytes=name[:16]).bytes
                if seq == chain.last:
                    link = chain.last_link
                else:
                    link = name if seq % _KNOWN_EVERY == 0 and seq + 1 not in taken else b""
                place = (seq, next(free), event_id, "", at_ms, None, link, chain.incarnation)
                self._new.execute(_KEEP_PLACE, place)

    def texts(self) -> int:
        """What is lost of them the entries that speak of them say; returns 0."""
        with closing(self._old):
            for rows in self._old.rows(_TEXTS, None):
                self._new.executemany(_KEEP_TEXT, rows)
                wipe = _WIPE_TEXT.format(old=self._renamed)
                self._new.executemany(wipe, [(row[0],) for row in rows])
        return 0


class _Reader:
    """Reads past damaged pages; opened anew after each, because the cipher gives up after one."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._path, self._key = path, key
        self._connection: Any = None

    def rows(self, statement: str, last: int | None) -> Iterator[list[Any]]:
        """All that can be read, in runs.

        Args:
            statement: takes behind which number to go on, and how many rows; each row's first
                column is its number.
            last: no row has a greater number; None where that isn't known.
        """
        after = broken = 0
        at_once = _READ_AT_ONCE
        while last is None or after < last:
            rows = self._some(statement, after, at_once)
            if rows:
                after, broken, at_once = rows[-1][0], 0, _READ_AT_ONCE
                yield rows
            elif rows is not None:
                return
            elif at_once > 1:
                at_once //= 2  # up to the row that is damaged
            else:
                after, broken = after + 1, broken + 1
                if last is None and broken > _BROKEN_IN_A_ROW:
                    return

    def _some(self, statement: str, after: int, count: int) -> list[Any] | None:
        try:
            if self._connection is None:
                self._connection = connect(self._path, self._key, read_only=True)
            return list(self._connection.execute(statement, (after, count)).fetchall())
        except sqlcipher.DatabaseError:
            self.close()
            return None

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
