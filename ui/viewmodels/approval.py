"""A counter waits for a manager's yes: over the office's network, or by a code that is read out."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.domain.errors import GuichetError
from app.services.commands import AskManager, EnterApprovalCode
from app.services.views import ApprovalStatus
from ui.qt.command_runner import CommandRunner
from ui.viewmodels.said import Said

ASK_AGAIN_MS: Final = 1_000
"""A desk takes a counter that hasn't asked for five seconds for gone."""


class ApprovalViewModel(QObject):
    """One redemption's approval at a time. Asking stops as soon as it is left.

    Signals:
        changed(): `state`, `said` or `busy` differ.
        agreed(object): ApprovalStatus; a manager agreed.
        declined(): a manager did not.

    Attributes:
        field: where what is said belongs.
    """

    changed = Signal()
    agreed = Signal(object)
    declined = Signal()

    field = "code"

    def __init__(self, runner: CommandRunner, parent: QObject | None = None) -> None:
        """Ask through `runner`."""
        super().__init__(parent)
        self._runner = runner
        self._redemption_id: UUID | None = None
        self.challenge = ""
        self.points = 0
        self.state = "waiting"
        self.said: Said | None = None
        self.busy = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(ASK_AGAIN_MS)
        self._timer.timeout.connect(self._ask)

    def begin(self, redemption_id: UUID, challenge: str, points: int) -> None:
        """Ask the desks until somebody answers."""
        self._redemption_id, self.challenge, self.points = redemption_id, challenge, points
        self.state, self.said, self.busy = "waiting", None, False
        self.changed.emit()
        self._ask()

    def stop(self) -> None:
        """Nobody waits for it any more."""
        self._redemption_id = None
        self._timer.stop()

    def submit(self, code: str) -> None:
        """The clerk typed the code."""
        if self._redemption_id is not None and not self.busy:
            self.busy, self.said = True, None
            self.changed.emit()
            command = EnterApprovalCode(self._redemption_id, code)
            self._runner.run(command, self._on_status, self._on_wrong)

    @Slot()
    def _ask(self) -> None:
        if self._redemption_id is not None:
            self._runner.run(AskManager(self._redemption_id), self._on_status, self._on_unasked)

    def _on_status(self, status: ApprovalStatus) -> None:
        if status.redemption_id != self._redemption_id:
            return
        if status.state == "agreed":
            self.stop()
            self.busy = False
            self.agreed.emit(status)
        elif status.state == "declined":
            self.stop()
            self.declined.emit()
        else:
            if status.state != self.state:
                self.state = status.state
                self.changed.emit()
            self._timer.start()

    def _on_wrong(self, problem: GuichetError) -> None:
        self.busy, self.said = False, Said.refusal(problem)
        self.changed.emit()

    def _on_unasked(self, problem: GuichetError) -> None:
        """It may be gone by now; else the disk had no answer just now."""
        if self._redemption_id is not None:
            self._timer.start()
