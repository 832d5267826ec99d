"""Reading the encrypted work.db of a PC that is shut out, or has lost its keys.

Nothing in it is trusted: whoever knows the recovery key's public half can make a file that opens.
What a file's entries are worth is decided in `rescue`.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import sqlcipher3.dbapi2 as sqlcipher

from app.domain.entry import genesis, next_link
from app.domain.errors import Rejected
from sync.protocol.messages import Blob
from sync.protocol.rescue import BLIND_NAME, FOLDER_FILES, SEALED_NAME, WORK_NAME
from sync.server.unsealing import open_sealed

MAX_FOLDER_BYTES: Final = 16 * 1024**3
_MAX_NOTE_BYTES: Final = 64 * 1024
_MAX_BODY_BYTES: Final = 1024 * 1024
_READ_AT_ONCE: Final = 512
_MOST_INCARNATIONS: Final = 1_000  # each fork of a disk makes one
_MOST_BROKEN: Final = 10_000  # then the rest of the file counts as broken, too
_STEPS: Final = 10_000  # of SQLite's machine between two looks at what is left
_MOST_STEPS: Final = 200_000  # looks: a file that keeps us busy longer is no journal
_TABLES: Final = ("seat", "chain", "journal", "blob")


@dataclass(frozen=True, slots=True)
class RescuedEntry:
    """One row of the journal, as it lies on the disk.

    Attributes:
        body: b"" where the disk doesn't give it back, and only its place is left.
        event_id, type, wall_ms: of a place; None, '' and 0 of an entry that can be read.
    """

    seq: int
    body: bytes
    link: bytes
    event_id: UUID | None = None
    type: str = ""
    wall_ms: int = 0


@dataclass(slots=True)
class RescuedChain:
    """What a seat recorded under one incarnation.

    Attributes:
        run: entries that follow one another and whose links are right, oldest first; also places
            whose entries are lost, but not their links.
        apart: readable entries behind a gap or a wrong link.
        unreadable: how many entries the disk doesn't give back.
        pruned_seq: the seat let go of what stood before; `run` begins behind it.
        signature: of the device over the end of `run`, b"" where there is none or it is another's.
    """

    incarnation: int
    run: list[RescuedEntry]
    apart: list[RescuedEntry]
    unreadable: int
    signature: bytes
    pruned_seq: int


@dataclass(slots=True)
class RescuedJournal:
    """A seat's journal: its chains, the oldest incarnation first.

    Attributes:
        incarnation: that the seat last worked under.
    """

    device_id: UUID
    incarnation: int
    chains: list[RescuedChain]
    blobs: list[Blob]


@contextmanager
def folder_of(path: Path) -> Iterator[Path]:
    """A copy of the seat's files to work on, of a data folder or of a zip that was exported.

    Raises:
        Rejected: not_rescued, there is no work.db in it; too_large.
    """
    with tempfile.TemporaryDirectory(prefix="guichet-rescue-") as name:
        copy = Path(name)
        if path.is_dir():
            _copy_folder(path, copy)
        else:
            _unzip(path, copy)
        if not (copy / WORK_NAME).is_file():
            raise Rejected("not_rescued", f"There is no {WORK_NAME} in {path}")
        yield copy


def _copy_folder(path: Path, copy: Path) -> None:
    for name in FOLDER_FILES:
        if (path / name).is_file():
            if (path / name).stat().st_size > MAX_FOLDER_BYTES:
                raise Rejected("too_large", f"{name} is too large for a seat's file")
            shutil.copyfile(path / name, copy / name)


def _unzip(path: Path, copy: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            for name in FOLDER_FILES:  # no other name of the archive's is ever used as a path
                if name not in archive.namelist():
                    continue
                if archive.getinfo(name).file_size > MAX_FOLDER_BYTES:
                    raise Rejected("too_large", f"{name} is too large for a seat's file")
                with archive.open(name) as packed, (copy / name).open("wb") as plain:
                    shutil.copyfileobj(packed, plain)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise Rejected("not_rescued", f"{path} is no rescued journal") from error


def note(folder: Path, name: str) -> dict[str, Any]:
    """A note that lies beside the work, {} where there is none that can be read."""
    try:
        with (folder / name).open("rb") as file:
            document = json.loads(file.read(_MAX_NOTE_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def named_device(folder: Path) -> UUID | None:
    """The device that the folder says it is of."""
    for name in (SEALED_NAME, BLIND_NAME):
        try:
            return UUID(str(note(folder, name)["device_id"]))
        except (KeyError, ValueError):
            continue
    return None


def own_key(folder: Path, recovery_key: bytes) -> bytes | None:
    """The work key that lies sealed beside the work, None where it can't be opened."""
    try:
        sealed = base64.b64decode(str(note(folder, SEALED_NAME)["sealed"]), validate=True)
        return open_sealed(recovery_key, sealed)
    except (KeyError, ValueError):
        return None


def read_journal(folder: Path, key: bytes) -> RescuedJournal | None:
    """Read work.db; None if the key is another's.

    Raises:
        Rejected: not_rescued, it opens and is no seat's.
    """
    try:
        with _File(folder / WORK_NAME, key) as file:
            return _read(file, note(folder, BLIND_NAME)) if file.opens() else None
    except (sqlcipher.Error, ValueError, TypeError, OverflowError) as error:
        raise Rejected("not_rescued", f"The {WORK_NAME} holds no seat's journal") from error


class _File:
    """work.db, opened anew after each page that can't be read: the cipher gives up after one."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._path, self._key = path, key
        self._connection: Any = None

    def __enter__(self) -> _File:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def opens(self) -> bool:
        """Whether the key fits."""
        self._connection = _open(self._path, self._key)
        return self._connection is not None

    def all(self, statement: str, *parameters: object) -> list[Any]:
        """All rows. Raises sqlcipher.Error."""
        if self._connection is None:
            self.opens()
        try:
            return list(self._connection.execute(statement, parameters).fetchall())
        except sqlcipher.DatabaseError:
            self._close()
            raise


def _open(path: Path, key: bytes) -> Any:
    if len(key) != 32:
        return None
    connection = sqlcipher.connect(str(path), isolation_level=None)
    looks = 0

    def still_patient() -> int:
        nonlocal looks
        looks += 1
        return int(looks > _MOST_STEPS)

    try:
        connection.execute("PRAGMA cipher_log_level = NONE")
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA query_only = ON")
        connection.set_progress_handler(still_patient, _STEPS)
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlcipher.Error:
        connection.close()
        return None
    return connection


def _read(file: _File, blind: dict[str, Any]) -> RescuedJournal:
    # A view or a virtual table by one of these names could be anything
    tables = file.all(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE TABLE %'"
    )
    if not set(_TABLES) <= {row[0] for row in tables}:
        raise ValueError("not a seat's tables")
    [(device, incarnation)] = file.all("SELECT device_id, incarnation FROM seat LIMIT 2")
    device_id = UUID(bytes=bytes(device))
    if not 1 <= incarnation < 2**31:
        raise ValueError("no device has had that many incarnations")
    chains = [_chain(file, device_id, each, blind) for each in _incarnations(file, incarnation)]
    return RescuedJournal(device_id, incarnation, chains, _blobs(file))


def _incarnations(file: _File, newest: int) -> list[int]:
    """Those that the seat had; its newest alone where the page that says so is broken."""
    try:
        rows = file.all(
            "SELECT incarnation FROM chain WHERE incarnation BETWEEN 1 AND ? ORDER BY incarnation"
            " DESC LIMIT ?",
            newest - 1,
            _MOST_INCARNATIONS,
        )
    except sqlcipher.DatabaseError:
        rows = []
    return [*(int(older) for (older,) in reversed(rows)), newest]


def _chain(file: _File, device_id: UUID, incarnation: int, blind: dict[str, Any]) -> RescuedChain:
    [(last,)] = file.all(
        "SELECT seq FROM journal WHERE incarnation = ? ORDER BY seq DESC LIMIT 1", incarnation
    ) or [(0,)]
    pruned = _pruned(file, incarnation)
    entries, unreadable = _entries(file, incarnation, last, after=pruned)
    if unreadable:
        places = _places(file, incarnation)
        entries = _with_places(entries, [p for p in places if p.seq > pruned])
    run, apart = _joined(entries, device_id, incarnation)
    signature = _signature(blind, incarnation, run)
    return RescuedChain(incarnation, run, apart, unreadable, signature, pruned)


def _pruned(file: _File, incarnation: int) -> int:
    """Up to where the seat let go of what the server's backups hold; 0 in files of before."""
    try:
        rows = file.all("SELECT pruned_seq FROM chain WHERE incarnation = ?", incarnation)
    except sqlcipher.OperationalError:
        return 0
    return int(rows[0][0]) if rows else 0


def _entries(
    file: _File, incarnation: int, last: int, *, after: int
) -> tuple[list[RescuedEntry], int]:
    """The entries behind a place that the disk gives back, and how many it does not."""
    found: list[RescuedEntry] = []
    broken = 0
    while after < last:
        step = _READ_AT_ONCE
        while True:
            try:
                rows = file.all(
                    "SELECT seq, body, link FROM journal WHERE incarnation = ? AND seq > ?"
                    " ORDER BY seq LIMIT ?",
                    incarnation,
                    after,
                    step,
                )
            except sqlcipher.DatabaseError:
                if step > 1:
                    step = step // 2  # up to the place that is broken
                    continue
                broken += 1
                if broken > _MOST_BROKEN:
                    return found, broken
                after += 1
                break
            if not rows:
                return found, broken
            for seq, body, link in rows:
                if isinstance(body, bytes) and isinstance(link, bytes) and _is_fit(seq, body):
                    found.append(RescuedEntry(seq, body, link))
                else:
                    broken += 1
            after = rows[-1][0]
            break
    return found, broken


def _places(file: _File, incarnation: int) -> list[RescuedEntry]:
    """What stands of the entries on other pages than theirs, if those can be read."""
    try:
        named = file.all("SELECT name FROM sqlite_schema WHERE type = 'index'")
        (index,) = (name for (name,) in named if re.fullmatch(r"journal_places\d*", str(name)))
        rows = file.all(
            f"SELECT seq, link, event_id, type, wall_ms FROM journal INDEXED BY {index}"  # noqa: S608
            " WHERE incarnation = ?",
            incarnation,
        )
    except (sqlcipher.DatabaseError, ValueError):
        return []
    return [
        RescuedEntry(seq, b"", link, UUID(bytes=event_id), kind, wall_ms)
        for seq, link, event_id, kind, wall_ms in rows
        if _is_fit(seq, link)
        and isinstance(event_id, bytes)
        and len(event_id) == 16
        and isinstance(kind, str)
        and isinstance(wall_ms, int)
    ]


def _with_places(
    entries: Sequence[RescuedEntry], places: Sequence[RescuedEntry]
) -> list[RescuedEntry]:
    there = {entry.seq: entry for entry in (*places, *entries)}
    return [there[seq] for seq in sorted(there)]


def _is_fit(seq: object, body: bytes) -> bool:
    return isinstance(seq, int) and seq >= 1 and 0 < len(body) <= _MAX_BODY_BYTES


def _joined(
    entries: Sequence[RescuedEntry], device_id: UUID, incarnation: int
) -> tuple[list[RescuedEntry], list[RescuedEntry]]:
    run: list[RescuedEntry] = []
    for place, entry in enumerate(entries):
        before = run[-1] if run else None
        if before is not None and entry.seq != before.seq + 1:
            return run, list(entries[place:])
        if not entry.body or (before is None and entry.seq != 1):
            link = entry.link  # the server knows what stands before it, or refuses
        else:
            start = genesis(device_id, incarnation) if before is None else before.link
            link = next_link(start, entry.body)
        if link != entry.link:
            return run, list(entries[place:])
        run.append(entry)
    return run, []


def _blobs(file: _File) -> list[Blob]:
    try:
        rows = file.all("SELECT commitment, salt, content FROM blob")
    except sqlcipher.DatabaseError:
        return []  # what the entries refer to stays missing, and says so
    return [
        Blob(commitment, salt, content)
        for commitment, salt, content in rows
        if isinstance(commitment, str) and isinstance(salt, bytes) and isinstance(content, bytes)
    ]


def _signature(blind: dict[str, Any], incarnation: int, run: Sequence[RescuedEntry]) -> bytes:
    """What the device signed as its end when it went blind, if that is where the run ends."""
    if not run or (blind.get("incarnation"), blind.get("last_seq")) != (incarnation, run[-1].seq):
        return b""
    try:
        return bytes.fromhex(str(blind.get("signature", "")))
    except ValueError:
        return b""
