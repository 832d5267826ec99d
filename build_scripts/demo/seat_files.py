"""What a day leaves on a seat's disk: its journal and its members file, opened by their keys.

The seat's program must not be running.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from app.credentials.vaults import open_vault
from app.domain.member import MEMBER_FIELDS
from app.store.cipher import connect
from build_scripts.demo.books import Books, refs_of
from sync.protocol.replica.rows import recount, stored_sum

WORK_NAME: Final = "work.db"


@dataclass(frozen=True, slots=True)
class Journal:
    """A seat's journal.

    Attributes:
        refs: every id that its entries name.
        rated: encounters with a face.
        unsent: entries that the server has not confirmed.
    """

    refs: frozenset[str]
    rated: frozenset[str]
    unsent: int


class SeatFiles:
    """One seat's data folder."""

    def __init__(self, folder: Path) -> None:
        """Read `folder` with the keys in its vault."""
        self._folder = folder
        vault = open_vault(folder)
        self._keys = {name: vault.get(name) for name in ("work_key", "members_key")}

    @contextmanager
    def _open(self, name: str, key: str) -> Iterator[Any]:
        secret = self._keys[key]
        if secret is None:
            raise FileNotFoundError(f"{self._folder}: the vault holds no {key}")
        with closing(connect(self._folder / name, secret, read_only=True)) as connection:
            yield connection

    def journal(self) -> Journal:
        """Read the journal, what was pruned into its archive too."""
        with self._open(WORK_NAME, "work_key") as work:
            bodies = [
                bytes(row[0])
                for row in work.execute(
                    "SELECT body FROM journal UNION ALL SELECT body FROM journal_archive"
                )
            ]
            unsent = work.execute(
                "SELECT coalesce(sum(last_seq - confirmed_seq), 0) FROM chain"
            ).fetchone()[0]
        return Journal(
            refs=frozenset(ref for body in bodies for ref in refs_of(body)),
            rated=frozenset(
                document["payload"]["encounter_id"]
                for document in map(json.loads, bodies)
                if document["type"] == "RatingRecorded"
            ),
            unsent=int(unsent),
        )

    def differences(
        self,
        books: Books,
        there: Mapping[bytes, tuple[Any, ...]],
        office_code: str,
        *,
        desk: bool,
    ) -> list[str]:
        """Compare the members file with the server: count, sum, and row by row.

        Args:
            books: the server's.
            there: the members as they should be, from `books.replica_rows`.
            office_code: the seat's office.
            desk: whether the seat is a desk, which holds more documents.
        """
        with self._open(WORK_NAME, "work_key") as work:
            (name,) = work.execute("SELECT members_file FROM state").fetchone()
        if name is None:
            return ["there is no members file"]
        with self._open(name, "members_key") as members:
            kept, counted = stored_sum(members), recount(members)
            here = {
                row[0]: tuple(row)
                for row in members.execute(f"SELECT {', '.join(MEMBER_FIELDS)} FROM member")  # noqa: S608
            }
            records = {
                (kind, name): bytes(body)
                for kind, name, body in members.execute("SELECT kind, id, body FROM record")
            }
        count, total = books.replica_sum(office_code, desk=desk)
        server_sum = f"{total:032x}"
        found = []
        for what, mine in (("kept", kept), ("counted", counted)):
            if (mine.count, mine.hex) != (count, server_sum):
                found.append(
                    f"{what} here {mine.count} rows {mine.hex}, at the server {count} {server_sum}"
                )
        differing = [key for key in here.keys() | there.keys() if here.get(key) != there.get(key)]
        if differing:
            first = differing[0]
            found.append(
                f"{len(differing)} members differ, such as {here.get(first)} and {there.get(first)}"
            )
        documents = books.replica_records(office_code, desk=desk)
        unlike = sorted(
            key
            for key in records.keys() | documents.keys()
            if records.get(key) != documents.get(key)
        )
        if unlike:
            found.append(f"{len(unlike)} records differ, such as {unlike[0]}")
        return found
