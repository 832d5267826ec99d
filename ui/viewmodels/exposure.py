"""The desk's page of the worst possible loss, and the counter that is given up there."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtCore import QObject, Signal

from app.domain.errors import GuichetError
from app.ports.online import CounterExposure
from app.services.commands import AskExposure, WriteOffLeases
from app.services.point_views import ExposureView
from ui.qt.command_runner import CommandRunner
from ui.viewmodels.said import Said


class ExposureViewModel(QObject):
    """Holds what the server said last.

    Attributes:
        view: None before it has said anything.
        selected_id: the counter that is looked at.
        busy: the server is being asked, or a counter given up.
        said: what the manager is told.

    Signals:
        changed(): any of them differs.
        emptied(): a counter was given up, or who was about to has gone.
    """

    changed = Signal()
    emptied = Signal()

    def __init__(self, runner: CommandRunner, parent: QObject | None = None) -> None:
        """Ask through `runner`, when `ask` says so."""
        super().__init__(parent)
        self._runner = runner
        self.view: ExposureView | None = None
        self.selected_id: UUID | None = None
        self.busy = False
        self.said: Said | None = None

    @property
    def selected(self) -> CounterExposure | None:
        """The counter that is looked at."""
        counters = () if self.view is None else self.view.counters
        return next((each for each in counters if each.device_id == self.selected_id), None)

    def ask(self) -> None:
        """Ask the server, unless it is being asked."""
        if not self.busy:
            self.busy, self.said = True, None
            self.changed.emit()
            self._runner.run(AskExposure(), self._on_told, self._on_failed)

    def select(self, device_id: UUID | None) -> None:
        """Look at this counter."""
        if device_id != self.selected_id:
            self.selected_id, self.said = device_id, None
            self.changed.emit()

    def may_give_up(self, counter: CounterExposure) -> bool:
        """Whether the counter holds points of members, and isn't being given up already."""
        return (
            self.view is not None
            and counter.leases > 0
            and counter.device_id not in self.view.given_up
        )

    def give_up(self, reason: str) -> None:
        """Give the selected counter up, for a reason as typed."""
        counter = self.selected
        if counter is None or self.busy or not self.may_give_up(counter):
            return
        self.busy, self.said = True, None
        self.changed.emit()
        command = WriteOffLeases(counter.device_id, reason)
        self._runner.run(command, self._on_given_up, self._on_failed)

    def forget(self) -> None:
        """Nobody is signed in any more: what was told was told to them."""
        self.view, self.said, self.selected_id = None, None, None
        self.changed.emit()
        self.emptied.emit()

    def _on_told(self, view: ExposureView) -> None:
        self.busy, self.view = False, view
        if self.selected is None and view.counters:
            self.selected_id = max(view.counters, key=lambda each: each.points).device_id
        self.changed.emit()

    def _on_given_up(self, view: ExposureView) -> None:
        self.said = Said.message("positive", "counter_given_up")
        self._on_told(view)
        self.emptied.emit()

    def _on_failed(self, problem: GuichetError) -> None:
        self.busy, self.said = False, Said.refusal(problem)
        self.changed.emit()
