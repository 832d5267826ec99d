"""Opening files of a folder that several accounts of the PC write.

Another account could have put a link there that leads this one's writing, an administrator's say,
into a file of its own choice; or a pipe, whose reader waits for ever.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import IO, Any, BinaryIO, Final

_NO_LINKS: Final = getattr(os, "O_NOFOLLOW", 0)
_NO_WAIT: Final = getattr(os, "O_NONBLOCK", 0)


def read_own(path: Path, most: int) -> bytes:
    """Read a file, or so many bytes of it. Raises OSError, also where it is a pipe or a device."""
    with open(path, "rb", opener=_no_wait) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is no file", str(path))
        return file.read(most)


def open_own(path: Path, mode: str, *, encoding: str | None = None) -> IO[Any]:
    """Open a file as `open` does. Raises OSError, also (ELOOP) where it is a link."""
    return open(path, mode, encoding=encoding, opener=_no_link)


def open_new(path: Path) -> BinaryIO:
    """Open a new file for writing, in the place of whatever has its name. Raises OSError."""
    path.unlink(missing_ok=True)
    return path.open("xb")


def _no_wait(path: str, flags: int) -> int:
    return os.open(path, flags | _NO_WAIT)


def _no_link(path: str, flags: int) -> int:
    return os.open(path, flags | _NO_LINKS, 0o666)
