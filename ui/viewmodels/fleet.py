"""The desk's page of devices: how each is, and what is done about the one looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from app.domain.errors import GuichetError
from app.domain.fleet import FleetDevice, worst_first
from app.ports.online import ActVerdict, FleetVerdict
from app.services.commands import ActOnDevice, AskFleet
from ui.qt.command_runner import CommandRunner
from ui.viewmodels.said import Said

Act = Literal["revoke", "release"]
ORDERS: Final = ("worst", "place", "seen", "waiting", "version")
"""By what devices are sorted, in the order offered."""


class FleetViewModel(QObject):
    """Holds what the server said last.

    Attributes:
        view: None before it has said anything.
        selected_id: the device that is looked at.
        order: one of ORDERS.
        asked: what was asked for and waits to be confirmed.
        busy: the server is being asked, or told.
        said: what the manager is told of a refusal.
        done: what was done last to the device that is looked at.

    Signals:
        changed(): any of them differs.
        emptied(): something was done, or who was about to has gone.
    """

    changed = Signal()
    emptied = Signal()

    def __init__(self, runner: CommandRunner, parent: QObject | None = None) -> None:
        """Ask through `runner`, when `ask` says so."""
        super().__init__(parent)
        self._runner = runner
        self.view: FleetVerdict | None = None
        self.selected_id: UUID | None = None
        self.order = ORDERS[0]
        self.asked: Act | None = None
        self.busy = False
        self.said: Said | None = None
        self.done: tuple[Act, ActVerdict] | None = None

    @property
    def devices(self) -> list[FleetDevice]:
        """All that were told of, in the order chosen."""
        if self.view is None:
            return []
        at_ms = self.view.at_ms
        keys: dict[str, Callable[[FleetDevice], Any]] = {
            "place": lambda each: (each.office_code, each.counter_label),
            "seen": lambda each: each.last_ms,
            "waiting": lambda each: -each.oldest_unsent_ms(at_ms),
            "version": lambda each: each.condition.version,
        }
        found = worst_first(self.view.devices, at_ms)
        return sorted(found, key=keys[self.order]) if self.order in keys else found

    @property
    def selected(self) -> FleetDevice | None:
        """The device that is looked at."""
        devices = () if self.view is None else self.view.devices
        return next((each for each in devices if each.device_id == self.selected_id), None)

    def ask(self) -> None:
        """Ask the server, unless it is being asked."""
        if not self.busy:
            self.busy, self.said = True, None
            self.changed.emit()
            self._runner.run(AskFleet(), self._on_told, self._on_failed)

    def select(self, device_id: UUID | None) -> None:
        """Look at this device."""
        if device_id != self.selected_id:
            self.selected_id = device_id
            self.asked, self.said, self.done = None, None, None
            self.changed.emit()

    def sort(self) -> None:
        """Go on to the next order."""
        self.order = ORDERS[(ORDERS.index(self.order) + 1) % len(ORDERS)]
        self.changed.emit()

    def may(self, act: Act) -> bool:
        """Whether there is anything to do of this kind to the device that is looked at."""
        device = self.selected
        if device is None:
            return False
        return not device.is_shut_out if act == "revoke" else device.leases > 0

    def act(self, act: Act, reason: str) -> None:
        """Ask whether it is meant; said twice, do it to the selected device, for a reason."""
        device = self.selected
        if device is None or self.busy or not self.may(act):
            return
        self.said, self.done = None, None
        if self.asked != act:
            self.asked = act
        else:
            self.busy, self.asked = True, None
            command = ActOnDevice(act, device.device_id, reason)
            self._runner.run(command, lambda done: self._on_done(act, done), self._on_failed)
        self.changed.emit()

    def forget(self) -> None:
        """Nobody is signed in any more: what was told was told to them."""
        self.view, self.said, self.selected_id = None, None, None
        self.asked, self.done = None, None
        self.changed.emit()
        self.emptied.emit()

    def _on_told(self, view: FleetVerdict) -> None:
        self.busy, self.view = False, view
        if self.selected is None and view.devices:
            self.selected_id = self.devices[0].device_id
        self.changed.emit()

    def _on_done(self, act: Act, done: ActVerdict) -> None:
        self.busy = False
        self.emptied.emit()
        self.ask()
        self.done = act, done
        self.changed.emit()

    def _on_failed(self, problem: GuichetError) -> None:
        self.busy, self.said = False, Said.refusal(problem)
        if self.view is None and problem.code == "unreachable":
            self.said = None  # the empty page says it
        self.changed.emit()
