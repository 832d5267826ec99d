"""Carries a value from any thread onto the GUI thread."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal, Slot


class Relay(QObject):
    """Hands over what another thread has, in order.

    Signals:
        arrived(object): what was sent, on the GUI thread.
    """

    arrived = Signal(object)
    _sent = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        """Make a relay on the GUI thread."""
        super().__init__(parent)
        self._sent.connect(self._on_sent, Qt.ConnectionType.QueuedConnection)

    def send(self, value: object) -> None:
        """Send from any thread; returns at once."""
        self._sent.emit(value)

    @Slot(object)
    def _on_sent(self, value: object) -> None:
        self.arrived.emit(value)
