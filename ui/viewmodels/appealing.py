"""The clerk's own rated visits, and an appeal against one's rating; how it was rated isn't here."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from app.domain.errors import GuichetError
from app.services.commands import AppealRating
from app.services.core import Queries
from app.services.views import OwnVisit
from ui.qt.command_runner import CommandRunner
from ui.viewmodels.forms import FormViewModel
from ui.viewmodels.said import Said


class AppealingViewModel(FormViewModel):
    """Chooses a visit by digit, and sends the appeal with its reason.

    Signals:
        sent(object): the Said that tells so.
    """

    sent = Signal(object)

    def __init__(
        self, runner: CommandRunner, queries: Queries, parent: QObject | None = None
    ) -> None:
        """Send through `runner`, visits from `queries`."""
        super().__init__(runner, parent)
        self._queries = queries
        self.visits: Sequence[OwnVisit] = ()
        self.visit: OwnVisit | None = None

    def start(self) -> None:
        """Begin anew, with the visits there are."""
        self.visits, self.visit = self._queries.own_visits(), None
        self._say(None)

    def choose(self, digit: int) -> bool:
        """Choose the visit of this digit, 1 the newest; return whether it can be appealed."""
        if not 1 <= digit <= len(self.visits) or self.visits[digit - 1].appeal is not None:
            return False
        self.visit = self.visits[digit - 1]
        self.changed.emit()
        return True

    def unchoose(self) -> bool:
        """Go back to the visits; return whether one was chosen."""
        was_chosen, self.visit = self.visit is not None, None
        self._say(None)
        return was_chosen

    def submit(self, reason: str) -> None:
        """Send the appeal."""
        if not reason.strip():
            self._say(Said.refusal(GuichetError("empty_reason", "why")), "reason")
        elif self.visit is not None:
            self._send(AppealRating(self.visit.encounter_id, reason.strip()))

    def _done(self, result: object) -> None:
        self.visit = None
        self.sent.emit(Said.message("positive", "appeal_sent"))
