"""Collects Python's garbage on the GUI thread only.

Python collects cycles on whichever thread happens to allocate. A Qt object that dies on a worker
is destroyed there, under the hands of the GUI thread: its timers complain, and an event on its
way to it crashes the program.
"""

from __future__ import annotations

import gc
from typing import Final

from PySide6.QtCore import QObject, QTimer

_EVERY_MS: Final = 200


def collect_due() -> None:
    """Collect the oldest generation that is due by Python's own thresholds, on this thread."""
    due = [count > limit for count, limit in zip(gc.get_count(), gc.get_threshold(), strict=True)]
    if any(due):
        gc.collect(max(generation for generation, is_due in enumerate(due) if is_due))


class GarbageCollection(QObject):
    """Takes the collecting away from the other threads until it is closed."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Begin; must be called on the GUI thread."""
        super().__init__(parent)
        gc.collect()
        gc.freeze()  # what the start has built stays: no later pass need walk it
        gc.disable()
        self._timer = QTimer(self)
        self._timer.timeout.connect(collect_due)
        self._timer.start(_EVERY_MS)

    def close(self) -> None:
        """Give the collecting back to Python; calling it again changes nothing."""
        if self._timer.isActive():
            self._timer.stop()
            gc.unfreeze()
            gc.enable()
