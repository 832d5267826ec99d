"""When a key was pressed, on the program's own clock, however late the program came to it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from PySide6.QtGui import QKeyEvent

DRIFT: Final = 0.001  # by which two clocks may run apart; real ones do by a tenth of that
LONGEST_STALL_MS: Final = 10_000  # what seems older: one of the clocks was set


def monotonic_ms() -> float:
    """Return the program's clock."""
    return time.monotonic() * 1000


class KeyClock:
    """Translates the window system's times of key events into the program's.

    The two clocks begin anywhere. An event can't be handled before it happened, so the event
    handled soonest says how far they are apart.
    """

    def __init__(self, now_ms: Callable[[], float] = monotonic_ms) -> None:
        """Know nothing yet; the first event counts as handled at once."""
        self._now_ms = now_ms
        self._apart_ms: float | None = None
        self._heard_ms = 0.0

    def pressed_ms(self, event: QKeyEvent) -> float:
        """Return when a key was pressed or released, never later than now.

        An event without a time, as tests and some input methods send, happened now.
        """
        now = self._now_ms()
        stamp = event.timestamp()
        if not stamp:
            return now
        apart = now - stamp
        if self._apart_ms is not None:
            known = self._apart_ms + (now - self._heard_ms) * DRIFT
            apart = min(apart, known) if abs(apart - known) <= LONGEST_STALL_MS else apart
        self._apart_ms, self._heard_ms = apart, now
        return stamp + apart
