"""How much a job does in one transaction: an open one holds every replica's pull back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Final

LONGEST_S: Final = 0.2
_AIM_S: Final = LONGEST_S / 2
"""From here on fewer rows: now and then a transaction takes twice as long as the others."""
CHUNK_ROWS: Final = 200
"""In the first transaction of a job."""
MOST_MEMBERS: Final = 500
"""In any, however fast the last one was: four times as slow, it still keeps to `LONGEST_S`."""
MOST_ROWS: Final = 2_000
"""The same of rows that are only deleted."""

_FEWEST: Final = 10


class Pace:
    """How many rows go into the next transaction.

    Args:
        most: never more.

    Attributes:
        rows: so many.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.rows = min(CHUNK_ROWS, most)

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Around a transaction: after a long one fewer rows go into the next, or more."""
        start_s = perf_counter()
        yield
        took_s = perf_counter() - start_s
        if took_s > _AIM_S:
            self.rows = max(_FEWEST, self.rows // 2)
        elif took_s < _AIM_S / 3:
            self.rows = min(self._most, self.rows * 2)
