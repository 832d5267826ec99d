"""Who works at this place now: by number and PIN, or by badge; with and without the network."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.domain.errors import GuichetError
from app.services.commands import SignIn, SignInByBadge
from app.services.views import SessionView
from ui.qt.command_runner import CommandRunner
from ui.viewmodels.said import Said


class SignInViewModel(QObject):
    """Signs a clerk in, or another one in the clerk's place.

    Signals:
        changed(): `busy`, `said` or `wait_s` differ.
        signed_in(object): SessionView.
    """

    changed = Signal()
    signed_in = Signal(object)

    def __init__(self, runner: CommandRunner, parent: QObject | None = None) -> None:
        """Sign in through `runner`."""
        super().__init__(parent)
        self._runner = runner
        self.busy = False
        self.said: Said | None = None
        self.wait_s = 0
        self._second = QTimer(self)
        self._second.setInterval(1000)
        self._second.timeout.connect(self._on_second)

    def submit(self, staff_number: str, pin: str) -> None:
        """Try a number and its PIN."""
        if not staff_number.strip() or not pin:
            self._say(Said.message("info", "missing_pin"))
        else:
            self._try(SignIn(staff_number.strip(), pin))

    def take_badge(self, badge_code: str) -> None:
        """Try a scanned badge."""
        self._try(SignInByBadge(badge_code))

    def reset(self) -> None:
        """Forget what was said; a wait goes on."""
        self._say(None)

    def _try(self, command: SignIn | SignInByBadge) -> None:
        if self.busy or self.wait_s:
            return
        self.busy = True
        self._say(None)
        self._runner.run(command, self._on_done, self._on_failed)

    def _say(self, said: Said | None) -> None:
        self.said = said
        self.changed.emit()

    def _on_done(self, session: SessionView) -> None:
        self.busy = False
        self._say(None)
        self.signed_in.emit(session)

    def _on_failed(self, problem: GuichetError) -> None:
        self.busy = False
        wait_s = problem.detail.get("wait_s")
        if problem.code == "throttled" and isinstance(wait_s, int):
            self.wait_s = wait_s
            self._second.start()
        self._say(Said.refusal(problem))

    @Slot()
    def _on_second(self) -> None:
        self.wait_s = max(0, self.wait_s - 1)
        if self.wait_s:
            problem = GuichetError("throttled", "wait", wait_s=self.wait_s)
            self._say(Said("caution", problem=problem))
        else:
            self._second.stop()
            self._say(None)
