"""What SQLite says, in the program's own words. The only place where its errors are translated."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy.exc import DBAPIError

from app.domain.errors import Unavailable

# Primary result codes of SQLite (the lower byte of an extended code).
_BUSY: Final = 5
_READONLY: Final = 8
_IOERR: Final = 10
_CORRUPT: Final = 11
_FULL: Final = 13
_CANTOPEN: Final = 14
_NOTADB: Final = 26
_READ: Final = 10 | 1 << 8  # a sector that can't be read; one that can't be written is another's

_DAMAGED: Final = (
    "database_damaged",
    "The seat's data can't be read: the file is damaged or belongs to another key. "
    "Nothing has been changed; please call your administrator, who can take the work along with "
    "`guichet rescue export` and set this PC up anew.",
)
_DISK: Final = ("disk_error", "The disk does not answer as it should; nothing was recorded.")
_MEANINGS: Final = {
    _FULL: ("disk_full", "The disk is full; nothing was recorded."),
    _IOERR: _DISK,
    _READONLY: _DISK,
    _CANTOPEN: _DISK,
    _CORRUPT: _DAMAGED,
    _NOTADB: _DAMAGED,
    _BUSY: ("database_busy", "Another program holds the seat's data."),
}


def as_unavailable(error: BaseException) -> Unavailable | None:
    """The failure of disk or file that an error of the driver stands for; None for a bug."""
    if isinstance(error, DBAPIError):
        error = error.orig or error
    if isinstance(error, OSError):
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        return Unavailable(*_MEANINGS[_FULL if full else _IOERR])
    if not isinstance(error, sqlcipher.Error):
        return None
    code = getattr(error, "sqlite_errorcode", 0)
    meaning = _DAMAGED if code == _READ else _MEANINGS.get(code & 0xFF)
    if meaning is None and str(error).startswith("file is not a database"):
        meaning = _DAMAGED  # the driver gives no code while the key is first tried
    return None if meaning is None else Unavailable(*meaning)


@contextmanager
def translated(damaged: str = "database_damaged") -> Iterator[None]:
    """Raise disk and file failures of the block as Unavailable; let bugs through.

    Args:
        damaged: the code of a file that can't be read.
    """
    try:
        yield
    except (DBAPIError, sqlcipher.Error, OSError) as error:
        unavailable = as_unavailable(error)
        if unavailable is None:
            raise
        if unavailable.code == "database_damaged":
            unavailable.code = damaged
        raise unavailable from error
