"""What a PC has no longer: pages that its disk lost, and entries that the program let go of.

The model has to know what was in them.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import sqlcipher3.dbapi2 as sqlcipher

from app.credentials.shutter import SEALED_NAME
from app.store.cipher import connect
from app.store.mending import mend
from app.store.seat import WORK_NAME
from tests.simulation.disk import Image, damage_pages

_TRIES: Final = 50

Place = tuple[int, int]
"""(incarnation, seq)."""


class Losses:
    """Of one PC.

    Attributes:
        before_damage: the folder as it was before its disk lost pages, if it did.
        has_found_copy: that turned up, and was taken in by the server.
        pruned: the entries that the program let go of.
    """

    def __init__(self) -> None:
        self.before_damage: Image | None = None
        self.has_found_copy = False
        self.pruned: set[Place] = set()
        self._bodies: dict[Place, bytes] = {}

    def body(self, place: Place, body: bytes) -> bytes:
        """What was committed there; `body` is what the disk gives."""
        return bytes(body) or self._bodies[place]

    def of_clone(self, other: Losses) -> None:
        """What the PC has let go of whose disk was cloned."""
        self._bodies.update(other._bodies)
        self.pruned |= other.pruned

    def lose_pages(self, folder: Path, key: bytes, source: random.Random) -> bool:
        """Damage pages until only the journal's are, and the chain's hashes are still known.

        What goes beyond that is shown by tests/store/test_mending.py.
        """
        path = folder / WORK_NAME
        with closing(connect(path, key)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            rows = connection.execute(
                "SELECT incarnation, seq, body FROM journal WHERE body <> X''"
            ).fetchall()
        whole, trial = path.read_bytes(), folder / "trial"
        is_fit, damaged = False, whole
        for _ in range(_TRIES):
            damaged = damage_pages(whole, source)
            trial.write_bytes(damaged)
            if is_fit := _loses_bodies_alone(trial, key):
                break
        for left in folder.glob("trial*"):
            left.unlink()
        if is_fit:
            sealed = (folder / SEALED_NAME).read_bytes()
            self.before_damage = {WORK_NAME: whole, SEALED_NAME: sealed}
            self._bodies.update(_by_place(rows))
            path.write_bytes(damaged)
        return is_fit

    def while_pruning(self, prune: Callable[[], bool], rows: Callable[[str], list[Any]]) -> bool:
        """Remember what the program lets go of."""
        there = "SELECT incarnation, seq, body FROM journal WHERE body <> X''"
        before = _by_place(rows(there))
        try:
            return prune()
        finally:
            gone = before.keys() - _by_place(rows(there)).keys()
            self._bodies.update({place: before[place] for place in gone})
            self.pruned |= gone


def _by_place(rows: list[Any]) -> dict[Place, bytes]:
    return {(row[0], row[1]): bytes(row[2]) for row in rows}


def _loses_bodies_alone(path: Path, key: bytes) -> bool:
    """Whether a file can be mended with no more lost than some entries' bodies."""
    try:
        with closing(connect(path, key, read_only=True)) as connection:
            if connection.execute("PRAGMA quick_check(blob)").fetchall() != [("ok",)]:
                return False
        if not mend(path, key).entries:
            return False
        with closing(connect(path, key)) as connection:
            tables = connection.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table'"
            ).fetchall()
            names = [name for (name,) in tables if not name.startswith("journal_damaged_")]
            checked = [
                connection.execute(f"PRAGMA quick_check({name})").fetchall() for name in names
            ]
            (unknown,) = connection.execute(
                "SELECT count(*) FROM journal WHERE link = X''"
            ).fetchone()
    except sqlcipher.DatabaseError:
        return False
    mended_texts = any(name.startswith("blob_damaged_") for name in names)
    return all(found == [("ok",)] for found in checked) and not unknown and not mended_texts
