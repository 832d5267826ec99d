"""The clerk's own rated visits, and an appeal against one's rating; how it was rated isn't here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QObject, Signal

from app.domain.errors import GuichetError
from app.services.commands import AppealRating
from app.services.core import Queries
from app.services.views import OwnVisit
from ui.qt.command_runner import CommandRunner
from ui.viewmodels.forms import FormViewModel
from ui.viewmodels.said import Said

A_PAGE: Final = 5  # as many as a small screen has room for


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
        self._first = 0
        self.visit: OwnVisit | None = None

    def start(self) -> None:
        """Begin anew, with the visits there are."""
        self.visits, self.visit, self._first = self._queries.own_visits(), None, 0
        self._say(None)

    @property
    def shown(self) -> Sequence[OwnVisit]:
        """The visits that digits choose now, 1 the first."""
        return self.visits[self._first : self._first + A_PAGE]

    @property
    def has_older(self) -> bool:
        """Whether 0 leads to older ones; else it leads back to the newest."""
        return self._first + A_PAGE < len(self.visits)

    def choose(self, digit: int) -> bool:
        """Choose the visit of this digit, or with 0 turn on; return whether that did anything."""
        if digit == 0 and len(self.visits) > A_PAGE:
            self._first = self._first + A_PAGE if self.has_older else 0
        elif 1 <= digit <= len(self.shown) and self.shown[digit - 1].appeal is None:
            self.visit = self.shown[digit - 1]
        else:
            return False
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
