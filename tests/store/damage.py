"""Damaging pages of a real encrypted file, so that the cipher refuses them."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import sqlcipher3.dbapi2 as sqlcipher

from app.store.cipher import connect

_PAGE_BYTES = 4096


def damage(path: Path, pages: Iterable[int]) -> None:
    """Overwrite a part of each page; the first is number 0. Nobody may be writing."""
    with path.open("r+b") as file:
        for page in pages:
            file.seek(page * _PAGE_BYTES + 100)
            file.write(bytes(64))


def settle(path: Path, key: bytes) -> None:
    """Bring all that is in the write-ahead log into the file itself."""
    with closing(connect(path, key)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def pages_for(path: Path, key: bytes, statement: str, without: str = "") -> set[int]:
    """The pages that a statement needs and another one does not, by trying."""
    whole = path.read_bytes()
    trial = path.with_name("trial.db")
    needed = set()
    for page in range(len(whole) // _PAGE_BYTES):
        trial.write_bytes(whole)
        damage(trial, [page])
        if not _runs(trial, key, statement) and (not without or _runs(trial, key, without)):
            needed.add(page)
    trial.unlink()
    return needed


def _runs(path: Path, key: bytes, statement: str) -> bool:
    try:
        with closing(connect(path, key, read_only=True)) as connection:
            connection.execute(statement).fetchall()
    except sqlcipher.DatabaseError:
        return False
    return True
