"""The signed-in clerk's own weeks: asked for, shown, and gone when they leave."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.domain.errors import GuichetError
from app.services.commands import AskOwnWeeks
from app.services.figure_views import OwnWeeksView
from ui.qt.command_runner import CommandRunner
from ui.viewmodels.dialogue import Dialogue
from ui.viewmodels.said import Said
from ui.viewmodels.steps import Step


class OwnWeeks(QObject):
    """Holds what was told last.

    Attributes:
        view: None while it is being asked for.

    Signals:
        changed(): it differs.
    """

    changed = Signal()

    def __init__(
        self, runner: CommandRunner, dialogue: Dialogue, parent: QObject | None = None
    ) -> None:
        """Ask through `runner`; say in `dialogue` why there is nothing."""
        super().__init__(parent)
        self._runner, self._dialogue = runner, dialogue
        self._asked = 0
        self.view: OwnWeeksView | None = None

    def start(self) -> None:
        """Ask, and show that it is being asked."""
        self.forget()
        self._dialogue.enter(Step.OWN_WEEKS)
        self.changed.emit()
        asked = self._asked

        def told(view: OwnWeeksView) -> None:
            if asked == self._asked:
                self.view = view
                self.changed.emit()

        def failed(problem: GuichetError) -> None:
            if asked == self._asked and self._dialogue.step is Step.OWN_WEEKS:
                self._dialogue.enter(Step.SHIFT)
                self._dialogue.say(Said.refusal(problem))

        self._runner.run(AskOwnWeeks(), told, failed)

    def forget(self) -> None:
        """Nobody's weeks are shown any more, nor what is still on its way."""
        self._asked += 1
        self.view = None
