"""The seat's one window: set up, sign in, work; it never takes the focus unasked."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QWidget

from app.domain.errors import GuichetError
from ui.qt.language import translate
from ui.screens import look
from ui.viewmodels import wording


class SeatWindow(QMainWindow):
    """Holds the screens of a seat and shows one of them.

    Signals:
        language_asked(): F1 before somebody is signed in, Ctrl+F1 anywhere.
        closing(): the window is being closed.
    """

    language_asked = Signal()
    closing = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make an empty window."""
        super().__init__(parent)
        self.setWindowIcon(look.app_icon())
        self.setMinimumSize(900, 500)
        self.stack = QStackedWidget()
        self.crash = look.Banner(look.Tone.CRITICAL, dismissible=True, parent=self)
        self.crash.dismissed.connect(self._place_crash)
        self.setCentralWidget(self.stack)
        self._crash_words = ""
        self.setWindowTitle("Guichet")

    def add_screen(self, screen: QWidget) -> None:
        """Take a screen; it is shown by `show_screen`."""
        self.stack.addWidget(screen)

    def show_screen(self, screen: QWidget) -> None:
        """Show one of the screens."""
        self.stack.setCurrentWidget(screen)

    def current_screen(self) -> QWidget:
        """Return the screen that is shown."""
        return self.stack.currentWidget()

    def show_crash(self, where: str) -> None:
        """Say that the program made a mistake; the work goes on.

        Args:
            where: the log file in which it is written down.
        """
        self._crash_words = where
        self.crash.show_message(
            look.Tone.CRITICAL,
            translate("Window", "The program made a mistake. What was recorded is safe."),
            translate("Window", "Written down for the administrator: {file}").format(file=where),
        )
        self._place_crash()
        self.crash.raise_()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Switch the language by key."""
        if event.key() == Qt.Key.Key_F1 and not event.isAutoRepeat():
            self.language_asked.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: object) -> None:
        """Keep the notice at the top."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._place_crash()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange and self._crash_words:
            self.show_crash(self._crash_words)

    def closeEvent(self, event: object) -> None:
        """Tell the program before the window goes."""
        self.closing.emit()
        super().closeEvent(event)  # type: ignore[arg-type]

    def _place_crash(self) -> None:
        width = min(self.width() - 2 * look.Space.L, 720)
        height = self.crash.heightForWidth(width)
        if height <= 0:
            height = self.crash.sizeHint().height()
        self.crash.setGeometry((self.width() - width) // 2, look.Space.S, width, height)


class TroubleScreen(look.EmptyState):
    """Why the seat can't be opened at all, and where its data lies."""

    def __init__(self, problem: GuichetError, folder: str) -> None:
        """Say it."""
        super().__init__("octagon-alert")
        self._problem, self._folder = problem, folder
        self.retranslate()

    def retranslate(self) -> None:
        """Say it in the language in force."""
        data = translate("Window", "Data folder: {folder}").format(folder=self._folder)
        self.set_state("octagon-alert", wording.error(self._problem), data)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
