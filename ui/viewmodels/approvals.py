"""What counters ask a manager to agree to, at the manager's desk, and codes for who calls."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.domain.errors import GuichetError
from app.services.commands import AnswerApproval, MakeApprovalCode
from app.services.core import Queries
from app.services.views import ApprovalCode, ApprovalView, ChangeKind
from ui.qt.change_notifier import ChangeNotifier
from ui.qt.command_runner import CommandRunner
from ui.viewmodels.said import Said

LOOK_AGAIN_MS: Final = 1_000
"""A counter that gave up says nothing: its request is gone a moment later."""


class ApprovalsViewModel(QObject):
    """Holds the requests that wait, and the code that was made last.

    Signals:
        changed(): `waiting`, `code` or `said` differ.
        rang(): there is a request that wasn't there before.
    """

    changed = Signal()
    rang = Signal()

    def __init__(
        self,
        runner: CommandRunner,
        queries: Queries,
        notifier: ChangeNotifier,
        parent: QObject | None = None,
    ) -> None:
        """Read now and after each change."""
        super().__init__(parent)
        self._runner, self._queries = runner, queries
        self.waiting: tuple[ApprovalView, ...] = ()
        self.code: ApprovalCode | None = None
        self.said: Said | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_AGAIN_MS)
        self._timer.timeout.connect(self.refresh)
        notifier.changed.connect(self._on_core_changed)
        self.refresh()

    @property
    def first(self) -> ApprovalView | None:
        """The request that has waited longest."""
        return self.waiting[0] if self.waiting else None

    def answer(self, agreed: bool) -> None:
        """Agree to the first request, or don't."""
        if self.first is not None:
            self.said = None
            command = AnswerApproval(self.first.redemption_id, agreed)
            self._runner.run(command, self._on_answered, self._on_failed)

    def make_code(self, counter_label: str, challenge: str, points: str) -> None:
        """Answer what a clerk reads out."""
        self.code = self.said = None
        number = points.replace(",", "").replace(" ", "")
        wanted = int(number) if number.isascii() and number.isdigit() else 0
        command = MakeApprovalCode(counter_label, challenge, wanted)
        self._runner.run(command, self._on_code, self._on_failed)

    def forget_code(self) -> None:
        """Show it to nobody any more."""
        self.code = self.said = None
        self.changed.emit()

    @Slot()
    def refresh(self) -> None:
        """Read what waits."""
        before = {each.redemption_id for each in self.waiting}
        waiting = tuple(self._queries.approvals())
        if waiting:
            self._timer.start()
        else:
            self._timer.stop()
        if waiting != self.waiting:
            self.waiting = waiting
            self.changed.emit()
        if {each.redemption_id for each in waiting} - before:
            self.rang.emit()

    def _on_answered(self, result: None) -> None:
        self.refresh()

    def _on_code(self, code: ApprovalCode) -> None:
        self.code = code
        self.changed.emit()

    def _on_failed(self, problem: GuichetError) -> None:
        self.said = Said.refusal(problem)
        self.refresh()
        self.changed.emit()

    @Slot(object)
    def _on_core_changed(self, kinds: frozenset[ChangeKind]) -> None:
        if kinds & {ChangeKind.APPROVALS, ChangeKind.SESSION}:
            self.refresh()
