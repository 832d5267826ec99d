"""Brings the core's announcements of change onto the GUI thread."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.services.views import ChangeKind

Listener = Callable[[frozenset[ChangeKind]], None]


class ChangeNotifier(QObject):
    """Says on the GUI thread what kinds of thing changed, at most once a turn of its loop.

    Signals:
        changed(object): frozenset[ChangeKind], never empty.
    """

    changed = Signal(object)
    _heard = Signal()

    def __init__(
        self, subscribe: Callable[[Listener], None], parent: QObject | None = None
    ) -> None:
        """Listen through `subscribe` (`Core.subscribe`)."""
        super().__init__(parent)
        self._lock = Lock()
        self._kinds: set[ChangeKind] = set()
        self._heard.connect(self._on_heard, Qt.ConnectionType.QueuedConnection)
        subscribe(self._listen)

    def _listen(self, kinds: frozenset[ChangeKind]) -> None:
        with self._lock:
            first = not self._kinds
            self._kinds |= kinds
        if first and kinds:
            self._heard.emit()

    @Slot()
    def _on_heard(self) -> None:
        with self._lock:
            kinds = frozenset(self._kinds)
            self._kinds.clear()
        self.changed.emit(kinds)
