"""A PC with one screen: it is the customer's while there is a question, and the clerk's again.

Keys and scans reach nobody meanwhile: only a touch or the mouse answers, so that nothing the clerk
types can say yes or rate. What was clicked for the clerk's screen, just as it went, is dropped.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from ui.qt.stacking import bring_up
from ui.screens.rating_panel import RatingPanelWindow
from ui.screens.seat_window import SeatWindow
from ui.viewmodels.rating_panel import RatingPanelViewModel
from ui.viewmodels.rating_panel_pages import Page

SETTLE_MS: Final = 500
_TYPED: Final = (
    QEvent.Type.KeyPress,
    QEvent.Type.KeyRelease,
    QEvent.Type.Shortcut,
    QEvent.Type.ShortcutOverride,
    QEvent.Type.InputMethod,
)
_CLICKED: Final = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)


class SharedScreen(QObject):
    """Puts the panel into the seat's window while the customer is asked.

    Signals:
        taken_back(): Esc; the clerk wants the screen, and takes back what can be taken back.
    """

    taken_back = Signal()

    def __init__(
        self,
        window: SeatWindow,
        home: QWidget,
        panel_window: RatingPanelWindow,
        panel: RatingPanelViewModel,
        *,
        now_ms: Callable[[], float] = lambda: time.monotonic() * 1000,
    ) -> None:
        """Take `panel_window` into `window`, hidden.

        Args:
            window: the seat's.
            home: the clerk's screen in it.
            panel_window: the customer's.
            panel: says when somebody is asked.
            now_ms: a monotonic clock, ms.
        """
        super().__init__(window)
        self._window, self._home, self._panel = window, home, panel
        self._panel_window, self._now_ms = panel_window, now_ms
        self._lent_ms = 0.0
        self._flags = panel_window.windowFlags()
        window.add_screen(panel_window)
        panel.page_changed.connect(self._on_page_changed)
        app = QCoreApplication.instance()
        assert app is not None
        app.installEventFilter(self)

    def is_lent(self) -> bool:
        """Return whether the customer has the screen."""
        return self._window.current_screen() is self._panel_window

    def close(self) -> None:
        """Let keys pass again; the panel is a window of its own, hidden."""
        self._panel.page_changed.disconnect(self._on_page_changed)
        if self.is_lent():
            self._window.show_screen(self._home)
        self._window.stack.removeWidget(self._panel_window)
        self._panel_window.setParent(None, self._flags)
        app = QCoreApplication.instance()
        if app is not None:
            app.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Drop what is typed while the customer has the screen."""
        kind = event.type()
        if kind in _TYPED and self.is_lent():
            if isinstance(event, QKeyEvent) and kind == QEvent.Type.KeyPress:
                fresh = event.key() == Qt.Key.Key_Escape and not event.isAutoRepeat()
                if fresh and isinstance(watched, QWidget):  # not its window a moment before
                    self.taken_back.emit()
            return True
        if kind in _CLICKED and self.is_lent():
            return self._now_ms() - self._lent_ms < SETTLE_MS
        return super().eventFilter(watched, event)

    @Slot()
    def _on_page_changed(self) -> None:
        asks = self._panel.page not in (Page.IDLE, Page.SERVING)
        if asks and self._window.current_screen() is self._home:
            self._lent_ms = self._now_ms()
            self._window.show_screen(self._panel_window)
            bring_up(self._window)  # over another program's window, whose focus it doesn't take
        elif not asks and self.is_lent():
            self._window.show_screen(self._home)
