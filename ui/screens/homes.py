"""What a seat is for once somebody is signed in: a counter with its panel, or a manager's desk."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Protocol

from PySide6.QtCore import QObject, QSettings, Slot
from PySide6.QtWidgets import QWidget

from app.domain.events import CustomerYes, RatingState
from app.domain.lean import dataclass
from app.domain.texts import REASON
from app.services.commands import CloseInvitation
from app.services.core import Core, Queries
from app.services.views import ChangeKind, RatingInvitation, RedemptionToConfirm, ShiftSummary
from app.settings.schema import SeatSettings
from ui.qt.change_notifier import ChangeNotifier
from ui.qt.command_runner import CommandRunner
from ui.qt.keypad import Keypad
from ui.qt.language import Language
from ui.qt.relay import Relay
from ui.qt.speech import Speech
from ui.screens.counter_window import CounterScreen
from ui.screens.panel_place import PanelPlace
from ui.screens.rating_panel import RatingPanelWindow
from ui.screens.rating_panel_pictures import PanelPictures
from ui.screens.seat_window import SeatWindow
from ui.screens.sign_in import SignInScreen
from ui.viewmodels.counter import CounterViewModel
from ui.viewmodels.rating_panel import RatingPanelViewModel
from ui.viewmodels.status import StatusViewModel

if TYPE_CHECKING:
    from ui.screens.desk_alarm import DeskAlarm


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a home is handed.

    Attributes:
        alarms: brings a case that rings now onto the GUI thread.
        keypad: the customer's, where there is one.
        settings: what is set for the seat.
        memory: where the customer's screen is remembered.
        ask_language: switches to the other language.
        windowed: with one screen, the panel is an ordinary window on it.
    """

    core: Core
    runner: CommandRunner
    notifier: ChangeNotifier
    alarms: Relay
    keypad: Keypad
    status: StatusViewModel
    sign_in_screen: SignInScreen
    language: Language
    ask_language: Callable[[], None]
    settings: SeatSettings
    memory: QSettings
    windowed: bool


class Home(Protocol):
    """A seat's working screen and what stands beside it."""

    @property
    def screen(self) -> QWidget:
        """The screen in the main window."""

    def show_beside(self, window: SeatWindow) -> None:
        """Open what stands beside the main window."""

    def take_scan(self, text: str) -> None:
        """Take what a scanner read while the screen is in front."""

    def close(self) -> None:
        """Close what stands beside the main window."""


class CounterHome(QObject):
    """A counter: the clerk's screen here, the customer's panel on the second screen."""

    def __init__(
        self, around: Surroundings, counter: CounterViewModel, screen: CounterScreen
    ) -> None:
        """Take the clerk's screen with its view-model, and build the panel."""
        super().__init__()
        self._around = around
        counter.setParent(self)
        self.counter, self.screen = counter, screen
        self.panel = RatingPanelViewModel(around.runner, around.core.queries, around.notifier, self)
        self.speech = Speech(self)
        self._pictures = _pictures(around.settings, around.core.queries)
        self.panel_window = RatingPanelWindow(
            self.panel,
            language=around.language.code,
            speech=self.speech,
            says_all=around.settings.panel_voice == "always",
            pictures=self._pictures,
        )
        self.panel_window.words.put(around.core.queries.texts())
        around.notifier.changed.connect(self._on_core_changed)
        self._opened = False
        self.place = PanelPlace(
            self.panel_window,
            self.panel,
            around.memory,
            wish=around.settings.panel_screen,
            windowed=around.windowed,
            take_over=around.settings.take_over,
            parent=self,
        )
        self.place.changed.connect(self._on_place_changed)
        self.place.taken_back.connect(self._on_taken_back)
        self.counter.shift.closed.connect(self._on_shift_closed)
        self.counter.invited.connect(self._on_invited)
        redemption = self.counter.redemption
        redemption.asked.connect(self._on_asked)
        redemption.withdrawn.connect(self.panel.withdraw)
        redemption.settled.connect(self.panel.show_outcome)
        redemption.failed.connect(self.panel.show_failure)
        self.panel.said_yes.connect(redemption.say_yes)
        self.panel.said_no.connect(redemption.say_no)
        self.panel.unanswered.connect(redemption.say_nothing)
        around.keypad.pressed.connect(self.panel.press_key)
        around.keypad.answered.connect(self.panel.answer_by_key)
        around.keypad.held.connect(self.panel.strays.note_key)
        around.keypad.here_changed.connect(self._on_keypad_here)
        self._on_keypad_here(around.keypad.here)
        around.language.changed.connect(self.panel_window.set_office_language)

    def show_beside(self, window: SeatWindow) -> None:
        """Open the panel; where there is no place for it, the customer signs a slip."""
        if self._opened:
            return
        self._opened = True
        self.place.open(window, self.screen)
        if self._around.settings.panel_voice != "never":
            self.speech.open()

    def take_scan(self, text: str) -> None:
        """Hand a scan to the counter, unless the customer has its screen."""
        if not self.place.is_lent():
            self.counter.take_scan(text)

    def close(self) -> None:
        """Close the panel, and keep what was pressed there."""
        self.speech.close()
        self.panel.strays.keep()
        self.place.close()

    @Slot(object)
    def _on_core_changed(self, kinds: frozenset[ChangeKind]) -> None:
        if ChangeKind.SESSION in kinds:  # and settings
            self.panel_window.words.put(self._around.core.queries.texts())
        if ChangeKind.PICTURES in kinds:
            self._pictures.forget()
            self.panel.changed.emit()

    @Slot()
    def _on_place_changed(self) -> None:
        redemption, place = self.counter.redemption, self.place
        shared = place.shared is not None
        redemption.yes_by = CustomerYes.SHARED_SCREEN if shared else CustomerYes.PANEL
        redemption.has_panel = place.is_seen
        self.panel.set_seen(place.is_seen)
        self._around.status.set_panel_missed(place.is_missed)

    @Slot(bool)
    def _on_keypad_here(self, here: bool) -> None:
        self.panel.has_keypad = here
        self.panel.strays.keypad = self._around.keypad.source
        self.panel_window.show_keys(here)

    @Slot()
    def _on_taken_back(self) -> None:
        # A question about points is withdrawn; a rating is the customer's to end, or time's
        self.counter.redemption.back()

    @Slot(object)
    def _on_asked(self, question: RedemptionToConfirm) -> None:
        if self.counter.redemption.has_panel:
            self.panel.ask_redemption(question)

    @Slot(object)
    def _on_invited(self, invitation: RatingInvitation) -> None:
        if self.panel.can_be_answered():
            if self.place.shared is not None:  # the clerk needs the screen before a phone is out
                invitation = replace(invitation, link="")
            self.panel.invite(invitation)
        else:
            self._around.runner.run(
                CloseInvitation(invitation.encounter_id, RatingState.DEVICE_DOWN),
                self._on_invitation_closed,
                self._on_invitation_closed,
            )

    def _on_invitation_closed(self, answer: object) -> None:
        """Nobody could be asked; the encounter's state says so, the clerk need not."""

    @Slot(object)
    def _on_shift_closed(self, summary: ShiftSummary) -> None:
        self._around.sign_in_screen.show_summary(summary)


def _pictures(settings: SeatSettings, told: Queries) -> PanelPictures:
    office, photos = settings.panel_picture, settings.panel_photos
    return PanelPictures(
        Path(office) if office else None, Path(photos) if photos else None, told=told
    )


_SHOWN: Final = ("level_", REASON)


class DeskHome(QObject):
    """A duty manager's desk, and the alarm that is heard and seen beyond its window."""

    def __init__(self, around: Surroundings) -> None:
        """Build the desk; counters never load it."""
        from ui.screens.desk import DeskScreen
        from ui.viewmodels.desk import DeskViewModel

        super().__init__()
        self._queries = around.core.queries
        self.desk = DeskViewModel(around.runner, around.core.queries, around.notifier, self)
        self.screen = DeskScreen(self.desk)
        self._put_texts()
        around.notifier.changed.connect(self._on_core_changed)
        self.alarm: DeskAlarm | None = None
        self.screen.language_asked.connect(around.ask_language)
        around.alarms.arrived.connect(self.desk.ring)

    def show_beside(self, window: SeatWindow) -> None:
        """Give the alarm the window whose title and icon carry the badge."""
        from ui.screens.desk_alarm import DeskAlarm

        if self.alarm is None:
            self.alarm = DeskAlarm(self.desk, self.screen.words, window)

    @Slot(object)
    def _on_core_changed(self, kinds: frozenset[ChangeKind]) -> None:
        if ChangeKind.SESSION in kinds:  # and settings
            self._put_texts()

    def _put_texts(self) -> None:
        """Call levels and reasons as customers read them."""
        self.screen.words.put(
            {
                language: {key: text for key, text in said.items() if key.startswith(_SHOWN)}
                for language, said in self._queries.texts().items()
            }
        )

    def take_scan(self, text: str) -> None:
        """A desk has nothing to scan; a stray scan is dropped instead of typed."""

    def close(self) -> None:
        """Fall silent."""
        if self.alarm is not None:
            self.alarm.close()


def make_home(
    kind: Literal["counter", "desk"], around: Surroundings
) -> Generator[None, None, Home]:
    """Build the home of a seat of this kind, and return it; a counter's in pieces."""
    if kind == "desk":
        return DeskHome(around)
    counter = CounterViewModel(around.runner, around.core.queries, around.notifier)
    screen = CounterScreen(counter, around.status)
    yield
    return CounterHome(around, counter, screen)
