"""What went wrong on the server: trouble that passes by itself, or a bug; and how either is logged.

An exception's text may quote what people wrote, so a log gets kinds, SQL states and places alone.
"""

from __future__ import annotations

import sqlite3
import traceback
from pathlib import PurePath
from typing import Any, Final

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

# PostgreSQL: rolled back for another's sake, lock waits, cancelled, shutting down, too many
# connections, sessions that were ended
_PASSING_STATES: Final = ("40", "08", "55P03", "57", "53300", "25P03")
# Surely rolled back: deadlocks, serialisation, lock waits, and a session that idled in the middle
# because this machine was busy elsewhere
_UNDONE_STATES: Final = ("40P01", "40001", "55P03", "25P03")
_PASSING_SQLITE: Final = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)

# Disk, memory, connections and the machine below: no entry's doing
_LACKING_STATES: Final = ("53", "58")
_LACKING_SQLITE: Final = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
)


def lacks_resources(error: BaseException) -> bool:
    """Whether the database's machine failed, such as its disk being full, whatever was asked."""
    if not isinstance(error, DBAPIError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        return _sqlite_code(error.orig) & 0xFF in _LACKING_SQLITE
    return str(getattr(error.orig, "sqlstate", None)).startswith(_LACKING_STATES)


def passes_by_itself(error: BaseException) -> bool:
    """Whether the same request may succeed a moment later: contention, timeouts, lost links."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    if isinstance(error.orig, sqlite3.Error):
        return _sqlite_code(error.orig) & 0xFF in _PASSING_SQLITE
    state = getattr(error.orig, "sqlstate", None)
    if state is None:  # no answer of the database's: it could not be reached
        return isinstance(error, OperationalError)
    return str(state).startswith(_PASSING_STATES)


def is_worth_repeating(error: BaseException) -> bool:
    """Whether the transaction should be run again at once.

    A constraint clash is among them: the row that is in the way may have come from another
    transaction since this one looked, and the next look sees it.
    """
    if isinstance(error, IntegrityError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        return passes_by_itself(error)
    if str(getattr(error.orig, "sqlstate", None)) in _UNDONE_STATES:
        return True
    # The session was lost with a statement: its commit had not been asked for yet
    return error.connection_invalidated and error.statement is not None


def _sqlite_code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0)


def told(error: BaseException) -> dict[str, Any]:
    """An error for the log, without a value in it: kinds, SQL state, frames innermost last."""
    kinds = [type(error).__name__]
    cause = error.__cause__ or error.__context__
    while cause is not None and len(kinds) < 5:
        kinds.append(type(cause).__name__)
        cause = cause.__cause__ or cause.__context__
    frames = [
        f"{'/'.join(PurePath(frame.filename).parts[-2:])}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__, limit=-20)
    ]
    found: dict[str, Any] = {"kinds": kinds, "frames": frames}
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    if state is not None:
        found["sqlstate"] = state
    return found
