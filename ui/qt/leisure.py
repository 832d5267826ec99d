"""Work on the GUI thread that can wait: done in pieces, between what a person does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from PySide6.QtCore import QObject, QTimer, Slot

PAUSE_MS: Final = 300
"""Longer than between two keys of one number."""


class Leisure(QObject):
    """Does one thing at a time, piece by piece; a person waits for one piece at most."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Have nothing to do."""
        super().__init__(parent)
        self._pieces: Iterator[None] = iter(())
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_time)
        self._busy = False

    def begin(self, pieces: Iterator[None]) -> None:
        """Do `pieces` from now on, once the loop runs and a pause has passed."""
        self._pieces, self._busy = pieces, True
        QTimer.singleShot(0, self, self.wait)

    @Slot()
    def wait(self) -> None:
        """Let a pause pass before the next piece: somebody is typing."""
        if self._busy:
            self._timer.start(PAUSE_MS)

    @Slot()
    def go_on(self) -> None:
        """Wait no longer: somebody waits for another thread."""
        if self._busy:
            self._timer.start(0)

    def finish(self) -> None:
        """Do what is left at once."""
        while self._do_piece():
            pass

    def stop(self) -> None:
        """Leave undone what is left."""
        self._timer.stop()
        self._pieces, self._busy = iter(()), False

    @Slot()
    def _on_time(self) -> None:
        if self._do_piece():
            self._timer.start(0)

    def _do_piece(self) -> bool:
        """Returns whether there may be more."""
        try:
            next(self._pieces)
        except StopIteration:
            self.stop()
            return False
        return True
