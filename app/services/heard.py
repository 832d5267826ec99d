"""Cases that an alarm told of and no pull has brought yet."""

from __future__ import annotations

import threading
from collections.abc import Container
from typing import Final
from uuid import UUID

from app.domain.records import Case

_MOST: Final = 1_000


class HeardCases:
    """In memory alone, for a desk that is started again is rung for again; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cases: dict[UUID, Case] = {}

    def note(self, case: Case) -> None:
        """Keep what the alarm said, in the place of what it said before."""
        with self._lock:
            self._cases.pop(case.case_id, None)
            self._cases[case.case_id] = case
            while len(self._cases) > _MOST:
                del self._cases[next(iter(self._cases))]

    def beyond(self, told: Container[UUID]) -> list[Case]:
        """Those that the server hasn't told of; the others are let go."""
        with self._lock:
            for case_id in [case_id for case_id in self._cases if case_id in told]:
                del self._cases[case_id]
            return list(self._cases.values())
