"""A cursor tells a place in the change log, and in which members' file that place was reached.

A replica that holds one office's members can't go on as one that holds everybody, nor the other
way round, nor as one of another choice of members. So what a device is told as a cursor's `seq`
carries the number of its office's scope above the place; everybody's is 0.
"""

from __future__ import annotations

from typing import Final

from sync.protocol.messages import Cursor
from sync.server.problems import ProblemError

_ROOM: Final = 2**54
_NUMBERS: Final = 500  # the whole fits into 63 bits; a mistaken one doesn't add up and is rebuilt


def newest(xid: int) -> Cursor:
    """The place behind everything up to the transaction `xid`."""
    return Cursor(xid, 2**53)


def told(place: Cursor, scope_number: int) -> Cursor:
    """The cursor for a place in the log, for devices of a scope."""
    return Cursor(place.xid, place.seq + _mark(scope_number) * _ROOM)


def place_of(cursor: Cursor, scope_number: int) -> Cursor:
    """The place that a device's cursor tells.

    Raises:
        ProblemError: cursor_unknown, where it is of another scope than the device's.
    """
    mark, seq = divmod(cursor.seq, _ROOM) if cursor.seq >= 0 else (0, cursor.seq)
    if mark != _mark(scope_number):
        raise ProblemError("cursor_unknown", "The office's replicas hold other members by now")
    return Cursor(cursor.xid, seq)


def _mark(scope_number: int) -> int:
    return 1 + (scope_number - 1) % _NUMBERS if scope_number else 0
