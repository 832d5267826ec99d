"""Where the customer is asked: on their own screen, on the clerk's, in a window, or nowhere."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, QRect, QSettings, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QWidget

from ui.qt.customer_screen import SETTLE_MS, CustomerScreen
from ui.screens.rating_panel import RatingPanelWindow
from ui.screens.seat_window import SeatWindow
from ui.screens.shared_screen import SharedScreen
from ui.viewmodels.rating_panel import RatingPanelViewModel

STRAYS: Final = 3  # a window manager that puts the panel elsewhere again and again has won
_PLACED: Final = (QEvent.Type.Move, QEvent.Type.Resize)


class PanelPlace(QObject):
    """Opens the panel where it belongs, and keeps it there while screens come and go.

    Attributes:
        is_seen: the customer can be shown something.
        is_missed: the customer's screen is gone that was there, or that somebody has chosen.
        shared: with one screen that may be taken over: lends it.

    Signals:
        changed(): `is_seen`, `is_missed` or whether there is `shared` differs.
        taken_back(): the clerk wants the lent screen back.
    """

    changed = Signal()
    taken_back = Signal()

    def __init__(
        self,
        panel_window: RatingPanelWindow,
        panel: RatingPanelViewModel,
        settings: QSettings,
        *,
        wish: str,
        windowed: bool,
        take_over: bool,
        parent: QObject | None = None,
    ) -> None:
        """Take the panel, hidden; `open` shows it.

        Args:
            panel_window: the customer's.
            panel: what it shows.
            settings: where the customer's screen is remembered.
            wish: which screen somebody has chosen, see `ui.qt.customer_screen.find`.
            windowed: where there is one screen, the panel is an ordinary window on it.
            take_over: where there is one screen, it is lent to the customer.
            parent: Qt's.
        """
        super().__init__(parent)
        self._panel_window, self._panel = panel_window, panel
        self._settings, self._wish = settings, wish
        self._windowed, self._take_over = windowed, take_over
        self._window: SeatWindow | None = None
        self._home: QWidget | None = None
        self._customer: CustomerScreen | None = None
        self.is_seen = self.is_missed = False
        self._strays = 0
        self._straying = QTimer(self)
        self._straying.setSingleShot(True)
        self._straying.setInterval(SETTLE_MS)
        self._straying.timeout.connect(self._on_strayed)
        panel_window.installEventFilter(self)
        self._told: tuple[bool, bool, bool] | None = None
        self.shared: SharedScreen | None = None

    def open(self, window: SeatWindow, home: QWidget) -> None:
        """Show the panel beside the clerk's `window`, whose screen `home` may be lent; once."""
        self._window, self._home = window, home
        self._customer = CustomerScreen(self._settings, self._wish, self)
        self._customer.lost.connect(self._on_lost)
        self._customer.settled.connect(self._on_settled)
        self._settle()

    @property
    def screen(self) -> QScreen | None:
        """The customer's own, None while there is none."""
        return None if self._customer is None else self._customer.screen

    def is_lent(self) -> bool:
        """Return whether the customer has the clerk's screen."""
        return self.shared is not None and self.shared.is_lent()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the panel away at once where somebody else has put it over the clerk's screen."""
        screen = self.screen
        if event.type() in _PLACED and screen is not None and self._panel_window.isVisible():
            area = self._panel_window.geometry()
            if area != screen.geometry():
                self._straying.start()
            if not screen.geometry().contains(area):
                self._panel_window.hide()
        return super().eventFilter(watched, event)

    def close(self) -> None:
        """Close the panel; no screen that comes later opens it again."""
        self._straying.stop()
        if self._customer is not None:
            self._customer.close()
            self._customer = None
        if self.shared is not None:
            self.shared.close()
        self._panel_window.leave()

    @Slot()
    def _on_lost(self) -> None:
        self._panel_window.hide()
        self._tell(is_seen=False)

    @Slot()
    def _on_settled(self) -> None:
        self._strays = 0
        self._settle()

    @Slot()
    def _on_strayed(self) -> None:
        self._strays += 1
        if self._strays <= STRAYS:
            self._settle()
        else:
            self._panel_window.hide()
            self._tell(is_seen=False)

    def _settle(self) -> None:
        assert self._customer is not None
        screen = self.screen
        if screen is not None:
            self._take_back()
            self._make_room(screen)
            self._panel_window.open_on(screen)
        elif self._windowed:
            self._panel_window.open_in_window()
        elif self._take_over and not self._customer.is_missed:
            self._lend()
        self._tell(is_seen=screen is not None or self._windowed or self.shared is not None)

    def _tell(self, *, is_seen: bool) -> None:
        customer = self._customer
        has_one = customer is not None and (customer.is_missed or customer.screen is not None)
        is_missed = has_one and not is_seen
        state = (is_seen, is_missed, self.shared is not None)
        if state != self._told:
            self._told, self.is_seen, self.is_missed = state, is_seen, is_missed
            self.changed.emit()

    def _make_room(self, screen: QScreen) -> None:
        """Take the clerk's window off the customer's screen, where the system has put it."""
        window = self._window
        assert window is not None
        if not window.isVisible() or window.screen() is not screen:
            return
        others = [
            each
            for each in QGuiApplication.screens()
            if not each.geometry().intersects(screen.geometry())
        ]
        if not others:
            return
        primary = QGuiApplication.primaryScreen()
        room = (primary if primary in others else others[0]).availableGeometry()
        whole = window.windowState() & Qt.WindowState.WindowMaximized
        if whole:
            window.showNormal()
        window.setGeometry(QRect(room.topLeft(), window.size().boundedTo(room.size())))
        if whole:
            window.showMaximized()

    def _lend(self) -> None:
        if self.shared is None:
            assert self._window is not None
            assert self._home is not None
            self.shared = SharedScreen(self._window, self._home, self._panel_window, self._panel)
            self.shared.taken_back.connect(self.taken_back)

    def _take_back(self) -> None:
        """The customer has a screen of their own now."""
        if self.shared is not None:
            self.shared.close()
            self.shared.deleteLater()
            self.shared = None
