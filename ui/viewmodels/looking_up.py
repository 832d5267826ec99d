"""Whom nobody on this PC answers to: the server is asked, and the clerk needn't do anything."""

from __future__ import annotations

from typing import Final, Literal

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.domain.errors import GuichetError, Unavailable
from app.domain.look_up import look_up_keys
from app.services.commands import LookUpMember
from app.services.core import Queries
from app.services.views import LookUpOutcome
from ui.qt.command_runner import CommandRunner

PAUSE_MS: Final = 300
"""After the last key: a number is asked for when it has been typed, not at each digit."""

Nobody = Literal["", "asking", "offline", "too_many", "refused"]
"""Why nobody is shown; '' where nobody was found, or nothing could be asked for."""

_NOBODY: Final[dict[LookUpOutcome, Nobody]] = {
    "found": "",
    "none": "",
    "too_many": "too_many",
    "refused": "refused",
    "unreachable": "offline",
}


class LookingUp(QObject):
    """Asks the server for the whole cards, phones and names that find nobody on this PC.

    Attributes:
        nobody: why nobody is shown for what stands in the box.

    Signals:
        answered(): the server has said something about what stands in the box.
    """

    answered = Signal()

    def __init__(
        self, runner: CommandRunner, queries: Queries, parent: QObject | None = None
    ) -> None:
        """Ask through `runner`."""
        super().__init__(parent)
        self._runner = runner
        self._queries = queries
        self.nobody: Nobody = ""
        self._typed = ""
        self._known = False  # what the server says to `_typed`
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._ask)

    def consider(self, typed: str, *, found: bool) -> None:
        """Ask a moment later where nobody on this PC was found for what was typed."""
        if typed != self._typed:
            self._typed, self._known = typed, False
        elif self._known:
            return
        self._pause.stop()
        self.nobody = ""
        if not typed or found:
            return
        if not self._queries.readiness().online:
            self.nobody = "offline"
        elif look_up_keys(typed):
            self.nobody = "asking"
            self._pause.start()

    @Slot()
    def forget(self) -> None:
        """The box is empty."""
        self.consider("", found=False)

    @property
    def is_offline(self) -> bool:
        """Whether only this PC could be searched."""
        return self.nobody == "offline" or not self._queries.readiness().online

    def is_worth_asking(self, text: str) -> bool:
        """Whether the server could know somebody whom this PC doesn't."""
        is_known = self._known and text == self._typed
        return not is_known and bool(look_up_keys(text)) and self._queries.readiness().online

    def command(self, text: str) -> LookUpMember:
        """Give the command for a clerk who waits; `take` its answer."""
        self._pause.stop()
        self._typed, self._known, self.nobody = text, False, "asking"
        return LookUpMember(text)

    def take(self, text: str, said: LookUpOutcome | GuichetError) -> None:
        """Remember what the server said to a text, unless another one stands there by now."""
        if text != self._typed:
            return
        if isinstance(said, GuichetError):
            self.nobody = "offline" if isinstance(said, Unavailable) else "refused"
        else:
            self.nobody = _NOBODY[said]
        self._known = self.nobody != "offline"

    def _ask(self) -> None:
        text = self._typed

        def taken(said: LookUpOutcome | GuichetError) -> None:
            if text == self._typed and self.nobody == "asking":
                self.take(text, said)
                self.answered.emit()

        self._runner.run(LookUpMember(text), taken, taken)
