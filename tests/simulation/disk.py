"""A PC's data folder as bytes: what a kill leaves of it, what a power cut takes, older copies."""

from __future__ import annotations

import random
import struct
from pathlib import Path
from typing import Any, Final

Image = dict[str, bytes]
"""A folder's databases and their write-ahead logs, by name."""
Disk = tuple[Image, dict[str, bytes]]
"""A PC's folder, and the secrets in its vault."""

_FRAME_HEAD: Final = 24
_WAL_HEAD: Final = 32
_SECTOR: Final = 512
_PAGE: Final = 4096


def take_image(folder: Path) -> Image:
    """What is on the disk now; shared memory is no part of it."""
    return {
        path.name: path.read_bytes()
        for path in folder.iterdir()
        if ".db" in path.name and not path.name.endswith("-shm")
    }


def put_image(folder: Path, image: Image) -> None:
    """Make the folder's databases those of the image, as nobody has them open."""
    for path in folder.iterdir():
        if ".db" in path.name and (path.name.endswith("-shm") or path.name not in image):
            path.unlink()
    for name, content in image.items():
        (folder / name).write_bytes(content)


def damage_pages(content: bytes, source: random.Random) -> bytes:
    """A database file with a few pages that the cipher refuses; never the first, with the schema's.

    Which pages are whose nobody knows from outside.
    """
    damaged = bytearray(content)
    for _ in range(source.choice((1, 1, 2, 4))):
        start = _PAGE * source.randrange(1, len(content) // _PAGE) + 100
        damaged[start : start + 64] = bytes(64)
    return bytes(damaged)


class WrittenThrough:
    """Up to where each database's write-ahead log is known to be on the disk itself."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = str(folder)
        self._safe: dict[str, tuple[bytes, int]] = {}

    def begin(self) -> None:
        """Whatever the folder holds as the PC starts is on the disk."""
        self._safe.clear()
        for path in self._folder.glob("*.db-wal"):
            wal = path.read_bytes()
            if len(wal) > _WAL_HEAD:
                self._safe[path.name.removesuffix("-wal")] = wal[16:24], _frames(wal)

    def committed(self, name: str, connection: Any) -> None:
        """A commit returned; the driver's own setting tells whether it waited for the disk."""
        (level,) = connection.execute("PRAGMA synchronous").fetchone()
        if level >= 2:  # FULL
            found = _wal_end(f"{self._path}/{name}-shm")
            if found is not None:
                self._safe[name] = found

    def after_power_cut(self, image: Image, source: random.Random) -> Image:
        """The image without some of what nobody had waited for, torn where writing broke off."""
        left = dict(image)
        for name in list(image):
            wal = image.get(f"{name}-wal", b"")
            if not name.endswith(".db") or len(wal) <= _WAL_HEAD:
                continue
            known = (self._safe.get(name), _checkpointed(f"{self._path}/{name}-shm"))
            this_round = (end for salt, end in filter(None, known) if salt == wal[16:24])
            frames = max(this_round, default=0)
            safe = _WAL_HEAD + frames * _frame_size(wal)
            if safe < len(wal):
                cut = safe + source.randrange(len(wal) - safe + 1)
                torn = bytes(min(_SECTOR, len(wal) - cut))
                left[f"{name}-wal"] = wal[:cut] + torn
        return left


def _frame_size(wal: bytes) -> int:
    return int(_FRAME_HEAD + struct.unpack(">I", wal[8:12])[0])


def _frames(wal: bytes) -> int:
    """How many frames in a row belong to the log's present round."""
    size, salt, count = _frame_size(wal), wal[16:24], 0
    while wal[(at := _WAL_HEAD + count * size + 8) : at + 8] == salt:
        count += 1
    return count


def _checkpointed(shared: str) -> tuple[bytes, int] | None:
    """(salt, number of frames) of the log that are in the database, and were synced before."""
    try:
        with open(shared, "rb", buffering=0) as file:
            head = file.read(100)
    except FileNotFoundError:
        return None
    return head[32:40], struct.unpack("=I", head[96:100])[0]


def _wal_end(shared: str) -> tuple[bytes, int] | None:
    """(salt, number of frames) of the log, as its index says; None without one."""
    try:
        with open(shared, "rb", buffering=0) as file:
            head = file.read(48)
    except FileNotFoundError:
        return None
    return head[32:40], struct.unpack("=I", head[16:20])[0]
