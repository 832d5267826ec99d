"""What a seat is for once somebody is signed in: a counter with its panel, or a manager's desk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from app.services.core import Core
from app.services.views import ShiftSummary
from ui.qt.change_notifier import ChangeNotifier
from ui.qt.command_runner import CommandRunner
from ui.qt.relay import Relay
from ui.screens.counter_window import CounterScreen
from ui.screens.sign_in import SignInScreen
from ui.viewmodels.counter import CounterViewModel
from ui.viewmodels.status import StatusViewModel


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a home is handed.

    Attributes:
        alarms: brings a case that rings now onto the GUI thread.
        panel_screen: which screen the customer sees; None finds the second.
    """

    core: Core
    runner: CommandRunner
    notifier: ChangeNotifier
    alarms: Relay
    status: StatusViewModel
    sign_in_screen: SignInScreen
    panel_screen: int | None


class Home(Protocol):
    """A seat's working screen and what stands beside it."""

    @property
    def screen(self) -> QWidget:
        """The screen in the main window."""

    def show_beside(self, window: QWidget) -> None:
        """Open what stands beside the main window."""

    def take_scan(self, text: str) -> None:
        """Take what a scanner read while the screen is in front."""

    def close(self) -> None:
        """Close what stands beside the main window."""


class CounterHome(QObject):
    """A counter: the clerk's screen here, the customer's panel on the second screen."""

    def __init__(self, around: Surroundings) -> None:
        """Build both."""
        super().__init__()
        self._around = around
        self.counter = CounterViewModel(around.runner, around.core.queries, around.notifier, self)
        self.screen = CounterScreen(self.counter, around.status)
        self.counter.shift.closed.connect(self._on_shift_closed)

    def show_beside(self, window: QWidget) -> None:
        """Open the panel."""

    def take_scan(self, text: str) -> None:
        """Hand a scan to the counter."""
        self.counter.take_scan(text)

    def close(self) -> None:
        """Close the panel."""

    @Slot(object)
    def _on_shift_closed(self, summary: ShiftSummary) -> None:
        self._around.sign_in_screen.show_summary(summary)


def make_home(kind: Literal["counter", "desk"], around: Surroundings) -> Home:
    """Build the home of a seat of this kind."""
    return CounterHome(around)
