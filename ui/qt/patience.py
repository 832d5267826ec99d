"""Keeps the windows alive while the GUI thread waits for damaged data to be mended."""

from __future__ import annotations

from concurrent.futures import Future, wait
from typing import Any, Final

from PySide6.QtCore import QEventLoop, QObject, QThread, Signal, Slot

from ui.qt.relay import Relay

AT_ONCE_S: Final = 0.2  # so long nothing but the job is attended to: it is nearly always done


class GuiPatience(QObject):
    """Implements `app.ports.patience.Patience`; made on the GUI thread.

    What is typed and pressed meanwhile is not lost: it comes afterwards.

    Signals:
        told(float): how much is done, 0..1; 1 when it has ended.
    """

    told = Signal(float)

    def __init__(self, parent: QObject | None = None) -> None:
        """Wait on the calling thread."""
        super().__init__(parent)
        self._relay = Relay(self)
        self._relay.arrived.connect(self._on_arrived)

    def tell(self, share: float) -> None:
        """Take in how much is done, on any thread."""
        self._relay.send(share)

    def wait(self, job: Future[Any]) -> None:
        """Return once `job` has ended and let windows be painted; at once on another thread."""
        if QThread.currentThread() is not self.thread():
            return
        if wait([job], AT_ONCE_S).done:
            return
        loop, ended = QEventLoop(), Relay()
        ended.arrived.connect(loop.quit)
        job.add_done_callback(ended.send)
        loop.exec(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)

    @Slot(object)
    def _on_arrived(self, share: float) -> None:
        self.told.emit(share)
