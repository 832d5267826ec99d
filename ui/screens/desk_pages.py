"""The desk's pages and the keys that lead to them and back; the cases are the first."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QStackedWidget

from ui.qt.words import Words
from ui.screens.desk_appeals import AppealsPage
from ui.screens.desk_board import BoardPage
from ui.screens.desk_charts import FiguresPage
from ui.screens.desk_denying import DenyPage
from ui.screens.desk_exposure import ExposurePage
from ui.screens.desk_fleet import FleetPage
from ui.screens.desk_listening import ListeningPage
from ui.screens.desk_phone import PhonePage
from ui.screens.desk_points import PointsPage
from ui.viewmodels.desk import DeskViewModel

PHONE_KEY = "Ctrl+M"
Page = (
    FiguresPage
    | BoardPage
    | AppealsPage
    | ListeningPage
    | PointsPage
    | ExposurePage
    | FleetPage
    | DenyPage
    | PhonePage
)


class DeskPages(QStackedWidget):
    """Shows the cases or a page; the key that led to one leads back from it, as Esc does.

    Signals:
        turned(): another one is shown, and wants the focus.
    """

    turned = Signal()

    def __init__(self, desk: DeskViewModel, words: Words) -> None:
        """Make the pages; the cases are to be put before them."""
        super().__init__()
        self._desk = desk
        self._for_devices = False
        self.charts = FiguresPage(desk.charts, desk, words)
        self.board = BoardPage(desk, words)
        self.appeals = AppealsPage(desk.judging, desk, words)
        self.points = PointsPage(desk.adjusting, desk, words)
        self.exposure = ExposurePage(desk.exposure, desk, words)
        self.denying = DenyPage(desk.denying, desk, words)
        self.phone = PhonePage(desk, words)
        self.fleet = FleetPage(desk.fleet, desk, words)
        self.listening = ListeningPage(desk.listening, desk, words)
        self._by_key: dict[int, Page] = {
            Qt.Key.Key_F2: self.charts,
            Qt.Key.Key_F3: self.board,
            Qt.Key.Key_F6: self.points,
            Qt.Key.Key_F7: self.exposure,
            Qt.Key.Key_F10: self.appeals,
            Qt.Key.Key_F11: self.denying,
        }
        self._by_letter: dict[int, Page] = {
            Qt.Key.Key_M: self.phone,
            Qt.Key.Key_L: self.listening,
            Qt.Key.Key_D: self.fleet,
        }
        self._all: tuple[Page, ...] = (*self._by_key.values(), *self._by_letter.values())
        for page in self._all:
            self.addWidget(page)
        self.board.left.connect(self.show_cases)
        self.appeals.left.connect(self.show_cases)
        self.phone.left.connect(self.show_cases)
        self.listening.left.connect(self.show_cases)

    @property
    def page(self) -> Page | None:
        """The page that is shown, None for the cases."""
        shown = self.currentWidget()
        return shown if isinstance(shown, Page) else None

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        for page in self._all:
            page.retranslate()

    def take_key(self, event: QKeyEvent) -> bool:
        """Take a fresh key that leads to a page, back, or does what a page's button does."""
        key, page = event.key(), self.page
        if event.isAutoRepeat():
            return False
        if key in self._by_key:
            self.turn_to(self._by_key[key])
        elif key in self._by_letter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.turn_to(self._by_letter[key])
        elif page is not None and key == Qt.Key.Key_Escape:
            self.show_cases()
        else:
            if page is self.listening:
                return self.listening.take_key(event)
            return page is self.appeals and self.appeals.take_key(key)
        return True

    def may_show(self, page: Page) -> bool:
        """Whether who is signed in may see a page."""
        return self._desk.view is not None or (page is self.fleet and self._desk.is_for_devices)

    def turn_to(self, page: Page) -> None:
        """Go to a page, or back from it."""
        if self.page is page:
            self.show_cases()
            return
        self._desk.adjusting.be_remedy_of(None)
        if not self.may_show(page):
            return
        self.setCurrentWidget(page)
        if page is self.denying:
            self._desk.denying.forget()  # a list that gets the focus chooses somebody
        self.turned.emit()
        if page is self.charts:
            self._desk.charts.ask()
        elif page is self.exposure:
            self._desk.exposure.ask()
        elif page is self.fleet:
            self._desk.fleet.ask()

    @Slot()
    def show_cases(self) -> None:
        """Go back to the cases, which aren't there for who looks after devices alone."""
        if self._desk.is_for_devices:
            return
        self._desk.adjusting.be_remedy_of(None)
        self.setCurrentIndex(0)
        self.turned.emit()

    def follow_desk(self) -> None:
        """Show what the desk has read; without a manager nothing, or devices alone."""
        desk = self._desk
        page = self.page
        if page is not None and not self.may_show(page):
            self.setCurrentIndex(0)
        if desk.view is None and not desk.is_for_devices:
            for told in (desk.charts, desk.exposure, desk.fleet):
                if told.view is not None:
                    told.forget()
        elif self.page is self.charts:
            self.charts.follow_desk()
        self.board.render()
        before, self._for_devices = self._for_devices, desk.is_for_devices
        if self._for_devices and not before:
            self.turn_to(self.fleet)
