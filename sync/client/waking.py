"""Notices that the PC has slept, or that the program stood still: afterwards nothing is as it was.

Timeouts and lines know nothing of it. On Linux the clock that they go by stands still meanwhile,
and whoever was at the other end of a line has long hung up without being heard.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from app.ports.clock import Clock

TICK_S: Final = 5.0
SLEPT_S: Final = 10.0
"""A gap that no busy machine makes; if one does, a pull too many is made."""


class WakeWatch:
    """Calls `on_woken` within `TICK_S` of waking; `run` has a thread of its own."""

    def __init__(self, clock: Clock, on_woken: Callable[[], None]) -> None:
        self._clock = clock
        self._on_woken = on_woken
        _, self._looked_ms = clock.boot()

    def run(self, stopping: threading.Event) -> None:
        """Look every few seconds until `stopping` is set."""
        while not stopping.wait(TICK_S):
            self.look()

    def look(self) -> None:
        """See whether more time has gone by than was waited for."""
        before_ms = self._looked_ms
        _, self._looked_ms = self._clock.boot()
        if self._looked_ms - before_ms > (TICK_S + SLEPT_S) * 1000:
            self._on_woken()
