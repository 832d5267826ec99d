"""An upload that the server fails at: find the entry it fails at, keep it aside, take the rest.

One entry that trips over a bug must not hold up those behind it for ever. It is found by trying
ever shorter beginnings of the upload in transactions that are rolled back. Where more than a few
entries fail, it is the server that is broken and not they: the upload is refused and comes again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

import structlog

from sync.server.failures import lacks_resources, passes_by_itself, told
from sync.server.problems import ProblemError

T = TypeVar("T")
Aside = frozenset[int]

MOST_ASIDE: Final = 3
_MOST_AGAIN: Final = 2

_log = structlog.get_logger("guichet.ingest")


def push_around(
    first_seq: int, last_seq: int, push: Callable[[Aside], T], rehearse: Callable[[Aside], object]
) -> T:
    """Push; where that fails for a bug, push with what can't be applied set aside.

    Args:
        first_seq: of the upload's first entry.
        last_seq: of its last.
        push: takes the upload in, the named entries kept as exceptions.
        rehearse: the same, rolled back at the end.

    Raises:
        ProblemError: as `push` does.
        Exception: a bug that is not a few entries'; trouble that passes by itself; what fails
            whenever it is meant and never when it is only tried.
    """
    aside: Aside = frozenset()
    again = 0
    while True:
        try:
            return push(aside)
        except ProblemError:
            raise
        except Exception as error:
            if _is_no_entrys(error) or len(aside) == MOST_ASIDE:
                raise
            behind = frozenset(range(first_seq, last_seq + 1))
            if not _works(rehearse, behind):
                raise  # whatever the entries are
            if _works(rehearse, aside):
                if again == _MOST_AGAIN:
                    raise
                again += 1
                _log.warning("upload_failed_once", **told(error))
                continue
            _log.error("entry_failed", **told(error))
            aside |= {_first_broken(first_seq, last_seq, rehearse, aside)}


def _works(rehearse: Callable[[Aside], object], aside: Aside) -> bool:
    """Whether it works the first time or the second."""
    for _ in range(2):
        try:
            rehearse(aside)
        except ProblemError:
            raise
        except Exception as error:
            if _is_no_entrys(error):
                raise
        else:
            return True
    return False


def _is_no_entrys(error: Exception) -> bool:
    return passes_by_itself(error) or lacks_resources(error)


def _first_broken(low: int, high: int, rehearse: Callable[[Aside], object], aside: Aside) -> int:
    last = high
    while low < high:
        middle = (low + high) // 2
        if _works(rehearse, aside | frozenset(range(middle + 1, last + 1))):
            low = middle + 1
        else:
            high = middle
    return low
