"""A disk that answers with an error where certain pages of a file are read: EIO, and no bytes.

SQLite asks the operating system through a table of calls that can be exchanged; here its `pread` is
one of ours.
"""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final
from unittest.mock import patch

import sqlcipher3._sqlite3 as driver

from app.store import copying

_PAGE_BYTES: Final = 4096
_FUNCTIONS_BEFORE: Final = 13

_Pread = ctypes.CFUNCTYPE(
    ctypes.c_ssize_t,
    ctypes.c_int,
    ctypes.c_void_p,
    ctypes.c_size_t,
    ctypes.c_int64,
    use_errno=True,
)


class _Vfs(ctypes.Structure):
    """`sqlite3_vfs` as far as the function that exchanges a call."""

    _fields_ = (
        ("version", ctypes.c_int),
        ("file_bytes", ctypes.c_int),
        ("path_bytes", ctypes.c_int),
        ("following", ctypes.c_void_p),
        ("name", ctypes.c_char_p),
        ("data", ctypes.c_void_p),
        ("others", ctypes.c_void_p * _FUNCTIONS_BEFORE),
        (
            "set_call",
            ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p),
        ),
    )


@contextmanager
def bad_sectors(path: Path, pages: Iterable[int]) -> Iterator[list[int]]:
    """While it lasts, reading these pages of the file fails; the first is number 0.

    Yields:
        The pages that were asked for in vain so far.
    """
    bad, file, asked = set(pages), path.stat(), list[int]()
    read = ctypes.CDLL(None, use_errno=True).pread64  # with SQLite's own, 64-bit offsets
    read.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int64)
    read.restype = ctypes.c_ssize_t

    def fails(descriptor: int, place: int, size: int) -> bool:
        if not os.path.samestat(os.fstat(descriptor), file):
            return False
        hit = bad.intersection(range(place // _PAGE_BYTES, -(-(place + size) // _PAGE_BYTES)))
        asked.extend(hit)
        return bool(hit)

    @_Pread
    def pread(descriptor: int, buffer: Any, size: int, place: int) -> int:
        if fails(descriptor, place, size):
            ctypes.set_errno(errno.EIO)
            return -1
        return int(read(descriptor, buffer, size, place))

    def copy_read(source: IO[bytes], place: int, length: int) -> bytes:
        if fails(source.fileno(), place, length):
            raise OSError(errno.EIO, "Input/output error")
        return copied(source, place, length)

    copied = copying._read
    library = ctypes.CDLL(driver.__file__)
    library.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
    vfs = library.sqlite3_vfs_find(None)
    assert vfs.contents.set_call(vfs, b"pread", ctypes.cast(pread, ctypes.c_void_p)) == 0
    try:
        # Held open, so that no file made meanwhile is taken for it, should it be deleted
        with path.open("rb"), patch.object(copying, "_read", copy_read):
            yield asked
    finally:
        assert vfs.contents.set_call(vfs, b"pread", None) == 0
