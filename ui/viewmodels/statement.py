"""What changed a member's points: asked for, shown, taken along; at a counter printed, too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from app.domain.errors import GuichetError
from app.services.commands import (
    AskStatement,
    AskStatementOf,
    Command,
    PrintStatement,
    SaveStatement,
    SaveStatementOf,
)
from app.services.point_views import StatementView
from ui.qt.command_runner import CommandRunner
from ui.viewmodels.dialogue import Dialogue
from ui.viewmodels.said import Said
from ui.viewmodels.steps import Step

SPANS: Final = {"M": 30, "Y": 365, "A": 0}
"""Days back by letter; 0 is all that there is."""

Form = Literal["csv", "pdf"]
FORMS: Final[dict[str, Form]] = {"D": "pdf", "C": "csv"}
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

    def __init__(self, runner: CommandRunner, parent: QObject | None = None) -> None:
        """Ask through `runner`."""
        super().__init__(parent)
        self._runner = runner
        self._whose: UUID | None = None
        self.view: StatementView | None = None
        self.days = SPANS["Y"]

    def start(self, whose: UUID) -> None:
        """Show the last year."""
        self._whose = whose
        self._ask(SPANS["Y"])

    def press(self, letter: str) -> bool:
        """Show another span by its letter, or save it by one; return whether it was taken."""
        if letter in SPANS:
            self._ask(SPANS[letter])
            return True
        if letter in FORMS and self.view is not None and self._whose is not None:
            save = self._saving(self._whose, self.days, FORMS[letter])
            self._runner.run(save, self._on_saved, self._on_not_saved)
            return True
        return False

    def forget(self) -> None:
        """Nobody's statement is shown any more."""
        self._whose, self.view = None, None

    def _asking(self, whose: UUID, days: int) -> Command:
        raise NotImplementedError

    def _saving(self, whose: UUID, days: int, form: Form) -> Command:
        raise NotImplementedError

    def _say(self, said: Said) -> None:
        raise NotImplementedError

    def _leave(self) -> None:
        """Show something else: there is no statement to show."""
        raise NotImplementedError

    def _ask(self, days: int) -> None:
        whose = self._whose
        if whose is None:
            return
        self.view, self.days = None, days
        self.changed.emit()

        def told(view: StatementView) -> None:
            if (self._whose, self.days) == (whose, days):
                self.view = view
                self.changed.emit()

        self._runner.run(self._asking(whose, days), told, self._on_failed)

    def _on_saved(self, file: str) -> None:
        self._say(Said.message("positive", "statement_saved", file=file))

    def _on_not_saved(self, problem: GuichetError) -> None:
        self._say(Said.refusal(problem))

    def _on_failed(self, problem: GuichetError) -> None:
        self._leave()
        self._say(Said.refusal(problem))


class ServedStatement(Statement):
    """Whom the counter serves; named by the encounter."""

    def __init__(
        self, runner: CommandRunner, dialogue: Dialogue, parent: QObject | None = None
    ) -> None:
        """Ask through `runner`; say in `dialogue` what a key did."""
        super().__init__(runner, parent)
        self._dialogue = dialogue

    def start(self, whose: UUID) -> None:
        """Show the last year of this encounter's member."""
        self._dialogue.enter(Step.STATEMENT)
        super().start(whose)

    def press(self, letter: str) -> bool:
        """Take P for paper, too."""
        if letter == "P" and self.view is not None and self._whose is not None:
            command = PrintStatement(self._whose, self.view)
            self._runner.run(command, self._on_printing, self._on_failed)
            return True
        return super().press(letter)

    def _asking(self, whose: UUID, days: int) -> Command:
        return AskStatement(whose, days)

    def _saving(self, whose: UUID, days: int, form: Form) -> Command:
        return SaveStatement(whose, days, form)

    def _say(self, said: Said) -> None:
        self._dialogue.say(said)

    def _leave(self) -> None:
        self._dialogue.enter(Step.SERVE)

    def _on_printing(self, result: None) -> None:
        self._leave()
        self._say(Said.message("positive", "printing"))


class DeskStatement(Statement):
    """Whom a duty manager asks about, named by their own id."""

    def __init__(
        self,
        runner: CommandRunner,
        tell: Callable[[Said | None], None],
        parent: QObject | None = None,
    ) -> None:
        """Ask through `runner`; `tell` the manager what a key did, None once another is pressed."""
        super().__init__(runner, parent)
        self._tell = tell

    @property
    def is_open(self) -> bool:
        """Whether somebody's is shown, or being asked for."""
        return self._whose is not None

    def press(self, letter: str) -> bool:
        """As every statement does."""
        self._tell(None)
        return super().press(letter)

    def forget(self) -> None:
        """Close it."""
        if self.is_open:
            super().forget()
            self.changed.emit()

    def _asking(self, whose: UUID, days: int) -> Command:
        return AskStatementOf(whose, days)

    def _saving(self, whose: UUID, days: int, form: Form) -> Command:
        return SaveStatementOf(whose, days, form)

    def _say(self, said: Said) -> None:
        self._tell(said)

    def _leave(self) -> None:
        self.forget()
