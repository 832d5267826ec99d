"""The desk's page of appeals: which one is looked at, and the manager's answer to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from app.domain.errors import GuichetError
from app.services.commands import DecideAppeal
from app.services.views import AppealView, DeskView
from ui.qt.command_runner import CommandRunner
from ui.viewmodels.forms import FormViewModel
from ui.viewmodels.said import Said


class JudgingViewModel(FormViewModel):
    """Holds which appeal is looked at.

    Signals:
        emptied(): what was written was recorded, or another appeal is looked at.
    """

    emptied = Signal()

    def __init__(
        self,
        runner: CommandRunner,
        view: Callable[[], DeskView | None],
        parent: QObject | None = None,
    ) -> None:
        """Follow the desk's `view`; `refresh` says that it differs."""
        super().__init__(runner, parent)
        self._view = view
        self._selected: UUID | None = None

    @property
    def listed(self) -> Sequence[AppealView]:
        """What waits, the oldest first."""
        view = self._view()
        return view.appeals if view is not None else ()

    @property
    def to_decide(self) -> int:
        """How many wait for whoever sits here."""
        return sum(not each.decided and not each.is_own for each in self.listed)

    @property
    def selected(self) -> AppealView | None:
        """The one that is looked at."""
        found = (each for each in self.listed if each.appeal.appeal_id == self._selected)
        return next(found, None)

    def select(self, appeal_id: UUID) -> None:
        """Look at an appeal."""
        if appeal_id != self._selected:
            self._selected = appeal_id
            self.emptied.emit()
            self.reset()

    def decide(self, *, is_upheld: bool, reason: str) -> None:
        """Uphold or decline the one that is looked at, for a reason as typed."""
        view = self.selected
        if view is None or view.decided or view.is_own or self.busy:
            return
        self.reset()
        if not reason.strip():
            self._on_failed(GuichetError("empty_reason", "why"))
            return
        command = DecideAppeal(view.appeal.appeal_id, is_upheld, reason.strip())
        self._send(command, lambda _: self._on_decided(is_upheld))

    def refresh(self) -> None:
        """Take what the desk has read."""
        self.changed.emit()

    def forget(self) -> None:
        """Begin anew: who wrote something has gone."""
        self._selected = None
        self.emptied.emit()
        self.reset()

    def _on_decided(self, is_upheld: bool) -> None:
        self._say(Said.message("positive", "appeal_upheld" if is_upheld else "appeal_declined"))
        self.emptied.emit()
