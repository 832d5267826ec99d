"""What changed the served member's points: asked for, shown, printed."""

from __future__ import annotations

from typing import Final, Literal
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from app.domain.errors import GuichetError
from app.services.commands import AskStatement, PrintStatement, SaveStatement
from app.services.point_views import StatementView
from ui.qt.command_runner import CommandRunner
from ui.viewmodels.dialogue import Dialogue
from ui.viewmodels.said import Said
from ui.viewmodels.steps import Step

SPANS: Final = {"M": 30, "Y": 365, "A": 0}
"""Days back by letter; 0 is all that there is."""


FORMS: Final[dict[str, Literal["csv", "pdf"]]] = {"D": "pdf", "C": "csv"}
"""Kinds of file by letter."""


class Statement(QObject):
    """Holds the statement that was asked for last.

    Attributes:
        view: None while it is being asked for.
        days: how far back it goes; 0 for all that there is.

    Signals:
        changed(): any of them differs.
    """

    changed = Signal()

    def __init__(
        self, runner: CommandRunner, dialogue: Dialogue, parent: QObject | None = None
    ) -> None:
        """Ask through `runner`; say in `dialogue` what a key did."""
        super().__init__(parent)
        self._runner, self._dialogue = runner, dialogue
        self._encounter_id: UUID | None = None
        self.view: StatementView | None = None
        self.days = SPANS["Y"]

    def start(self, encounter_id: UUID) -> None:
        """Show the last year of this encounter's member."""
        self._encounter_id = encounter_id
        self._dialogue.enter(Step.STATEMENT)
        self._ask(SPANS["Y"])

    def press(self, letter: str) -> bool:
        """Show another span by its letter, print or save it by one; return whether it was taken."""
        if letter in SPANS:
            self._ask(SPANS[letter])
            return True
        if letter == "P" and self.view is not None and self._encounter_id is not None:
            command = PrintStatement(self._encounter_id, self.view)
            self._runner.run(command, self._on_printing, self._on_failed)
            return True
        if letter in FORMS and self.view is not None and self._encounter_id is not None:
            save = SaveStatement(self._encounter_id, self.days, FORMS[letter])
            self._runner.run(save, self._on_saved, self._on_not_saved)
            return True
        return False

    def forget(self) -> None:
        """Nobody's statement is shown any more."""
        self._encounter_id, self.view = None, None

    def _ask(self, days: int) -> None:
        encounter_id = self._encounter_id
        if encounter_id is None:
            return
        self.view, self.days = None, days
        self.changed.emit()

        def told(view: StatementView) -> None:
            if (self._encounter_id, self.days) == (encounter_id, days):
                self.view = view
                self.changed.emit()

        self._runner.run(AskStatement(encounter_id, days), told, self._on_failed)

    def _on_printing(self, result: None) -> None:
        self._dialogue.enter(Step.SERVE)
        self._dialogue.say(Said.message("positive", "printing"))

    def _on_saved(self, file: str) -> None:
        self._dialogue.say(Said.message("positive", "statement_saved", file=file))

    def _on_not_saved(self, problem: GuichetError) -> None:
        self._dialogue.say(Said.refusal(problem))

    def _on_failed(self, problem: GuichetError) -> None:
        self._dialogue.enter(Step.SERVE)
        self._dialogue.say(Said.refusal(problem))
