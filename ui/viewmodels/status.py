"""What stands beside the box: clerk, shift, the light, and what waits to be sent."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.services.core import Queries
from app.services.views import ChangeKind, PendingItem, PendingSummary, Readiness, Seat, SessionView
from ui.qt.change_notifier import ChangeNotifier

PANEL_MISSED: Final = "panel_missed"
REFRESH_MS = 15_000  # 'oldest 4 min' grows although nothing changes


class StatusViewModel(QObject):
    """Session, readiness and what is pending, as of the last change.

    Signals:
        changed(): any of it differs.
        session_changed(object): SessionView, or None when nobody is signed in.
    """

    changed = Signal()
    session_changed = Signal(object)

    def __init__(
        self,
        queries: Queries,
        notifier: ChangeNotifier,
        parent: QObject | None = None,
        *,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        """Read now and after each change."""
        super().__init__(parent)
        self._queries = queries
        self.now_ms = now_ms
        self.seat: Seat | None = queries.seat()
        self.session: SessionView | None = None
        self.readiness: Readiness | None = None
        self.pending = PendingSummary(0, None)
        self._panel_missed = False
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self.refresh)
        self._timer.start()
        notifier.changed.connect(self._on_changed)
        self.refresh()

    def pending_items(self) -> Sequence[PendingItem]:
        """What waits, oldest first."""
        return self._queries.pending()

    def set_panel_missed(self, missed: bool) -> None:
        """Take it that the customer's screen is gone, or back; the light tells the clerk."""
        if missed is not self._panel_missed:
            self._panel_missed = missed
            self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Read everything again."""
        self._read(frozenset(ChangeKind))

    @Slot(object)
    def _on_changed(self, kinds: frozenset[ChangeKind]) -> None:
        self._read(kinds)

    def _read(self, kinds: frozenset[ChangeKind]) -> None:
        before = self.session
        if ChangeKind.SESSION in kinds:
            self.seat = self._queries.seat()
            self.session = self._queries.session()
        if kinds & {ChangeKind.PENDING, ChangeKind.ENCOUNTER, ChangeKind.SESSION}:
            self.pending = self._queries.pending_summary()
        if self.seat is not None and kinds - {ChangeKind.CASES, ChangeKind.ALARM}:
            self.readiness = self._with_panel(self._queries.readiness())
        self.changed.emit()
        if self.session != before:
            self.session_changed.emit(self.session)

    def _with_panel(self, readiness: Readiness) -> Readiness:
        if not self._panel_missed:
            return readiness
        critical = readiness.level == "critical"
        reasons = (PANEL_MISSED, *readiness.reasons)
        return replace(readiness, level="critical" if critical else "caution", reasons=reasons)
