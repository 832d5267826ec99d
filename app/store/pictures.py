"""Pictures for the panel, in a file of their own: encrypted, and thrown away where it fails.

Everything in it is at the server, so nothing is waited for: a power cut may cost what came last,
and each content is compared with its digest whenever it is read.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import UUID

from app.domain.errors import Unavailable
from app.domain.pictures import MOST_BYTES, PIECE_BYTES, Picture
from app.store.cipher import connect
from app.store.failures import translated
from app.store.members import SqlMembers

_log: Final = logging.getLogger(__name__)

R = TypeVar("R")

NAME: Final = "pictures.db"
MOST_KEPT_BYTES: Final = 64 * 1024 * 1024
_TABLE: Final = """
    CREATE TABLE IF NOT EXISTS piece (
        digest TEXT NOT NULL, number INTEGER NOT NULL, content BLOB NOT NULL,
        PRIMARY KEY (digest, number)
    )
"""
_SIZES: Final = "SELECT digest, count(*), sum(length(content)) FROM piece GROUP BY digest"
_CONTENT: Final = "SELECT content FROM piece WHERE digest = ? ORDER BY number"


class SqlPictures:
    """Implements `PictureStore`; opened when it is asked first."""

    def __init__(
        self, folder: Path, key: bytes, members: SqlMembers, office_id: Callable[[], UUID | None]
    ) -> None:
        """Open nothing yet.

        Args:
            folder: the seat's.
            key: of the members file.
            members: whose records say what is shown.
            office_id: of the office whose panel this is, None where there is none.
        """
        self._path, self._key = folder / NAME, key
        self._members, self._office_id = members, office_id
        self._lock = threading.Lock()
        self._connection: Any = None
        self._closed = False

    def wanted(self) -> Sequence[Picture]:
        shown = {picture.digest: picture for picture in self._shown()}

        def look(connection: Any) -> list[Picture]:
            there = {digest: size for digest, _, size in connection.execute(_SIZES)}
            for digest in there.keys() - shown.keys():
                connection.execute("DELETE FROM piece WHERE digest = ?", (digest,))
            room = MOST_KEPT_BYTES
            missing = []
            for picture in sorted(shown.values(), key=lambda p: (p.size_bytes, p.digest)):
                room -= picture.size_bytes
                if room >= 0 and there.get(picture.digest) != picture.size_bytes:
                    missing.append(picture)
            return missing

        return self._do(look, [])

    def pieces(self, digest: str) -> int:
        return self._do(
            lambda connection: int(
                connection.execute(
                    "SELECT count(*) FROM piece WHERE digest = ?", (digest,)
                ).fetchone()[0]
            ),
            0,
        )

    def keep_piece(self, picture: Picture, number: int, piece: bytes) -> bool:
        is_last = number == picture.pieces - 1
        rest = picture.size_bytes - number * PIECE_BYTES

        def keep(connection: Any) -> bool:
            if len(piece) != (rest if is_last else PIECE_BYTES):
                self._discard(connection, picture)
                return False
            connection.execute(
                "INSERT OR REPLACE INTO piece VALUES (?, ?, ?)", (picture.digest, number, piece)
            )
            return is_last and self._content(connection, picture) is not None

        return self._do(keep, False)

    def panel_picture(self) -> bytes | None:
        found = {picture.key: picture for picture in self._shown() if not picture.place}
        own = found.get(f"panel {self._office_id()}") or found.get("panel all")
        return None if own is None else self._read(own)

    def staff_photo(self, staff_number: str) -> bytes | None:
        person = self._members.staff_by_number(staff_number)
        if person is None:
            return None
        place = str(person.staff_id)
        own = next((each for each in self._shown() if each.place == place), None)
        return None if own is None else self._read(own)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._closed = True
            self._let_go()

    def _shown(self) -> list[Picture]:
        """What may be shown here: the office's and everybody's, and of those who may sign in."""
        office_id = self._office_id()
        if office_id is None:
            return []
        people = {
            str(person.staff_id)
            for person in self._members.all_staff()
            if person.active and (person.office_id == office_id or "administrator" in person.roles)
        }
        return [
            picture
            for picture in self._members.pictures()
            if 0 < picture.size_bytes <= MOST_BYTES
            and picture.place in ("", *people)
            and picture.office_id in (None, office_id)
        ]

    def _read(self, picture: Picture) -> bytes | None:
        return self._do(lambda connection: self._content(connection, picture), None)

    def _content(self, connection: Any, picture: Picture) -> bytes | None:
        """What is whole and as was promised; else nothing, and it is fetched anew."""
        content = b"".join(row[0] for row in connection.execute(_CONTENT, (picture.digest,)))
        if len(content) < picture.size_bytes:
            return None  # on its way
        if hashlib.sha256(content).hexdigest() == picture.digest:
            return content
        self._discard(connection, picture)
        return None

    def _discard(self, connection: Any, picture: Picture) -> None:
        _log.warning("a picture isn't what was promised and is fetched again")
        connection.execute("DELETE FROM piece WHERE digest = ?", (picture.digest,))

    def _do(self, work: Callable[[Any], R], nothing: R) -> R:
        """Work with the file; one that can't be read is thrown away."""
        with self._lock:
            if self._closed:
                return nothing
            try:
                with translated():
                    return work(self._opened())
            except Unavailable as error:
                _log.warning("the pictures can't be read: %s", error.message)
                self._let_go()
                if error.code == "database_damaged":
                    with suppress(OSError):
                        self._path.unlink(missing_ok=True)
                return nothing

    def _opened(self) -> Any:
        if self._connection is None:
            connection = connect(self._path, self._key)
            self._connection = connection
            connection.execute("PRAGMA journal_mode = TRUNCATE")
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute(_TABLE)
        return self._connection

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
