"""The seat's one window: set up, sign in, work; it never takes the focus unasked."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from app.domain.errors import GuichetError
from ui.qt.language import translate
from ui.screens import look
from ui.viewmodels import wording

TROUBLE_WIDTH_PX: Final = 560
CRASH_GAP_PX: Final = 80  # above the key bar


class SeatWindow(QMainWindow):
    """Holds the screens of a seat and shows one of them.

    Signals:
        language_asked(): F1 before somebody is signed in, Ctrl+F1 anywhere.
        dock_asked(): F10; another program needs the screen.
        closing(): the window is being closed.
    """

    language_asked = Signal()
    dock_asked = Signal()
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
        self._crash: tuple[str, GuichetError | None] | None = None
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

    def show_crash(self, where: str, problem: GuichetError | None = None) -> None:
        """Say that the program made a mistake; the work goes on.

        Args:
            where: the log file in which it is written down.
            problem: what the PC couldn't do, where that is why and no mistake was made.
        """
        self._crash = (where, problem)
        self.crash.show_message(
            look.Tone.CRITICAL,
            translate("Window", "The program made a mistake. What was recorded is safe.")
            if problem is None
            else wording.trouble(problem),
            translate("Window", "Written down for the administrator: {file}").format(file=where),
        )
        self._place_crash()
        self.crash.raise_()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Switch the language or make room by key."""
        if event.key() == Qt.Key.Key_F1 and not event.isAutoRepeat():
            self.language_asked.emit()
        elif event.key() == Qt.Key.Key_F10 and not event.isAutoRepeat():
            self.dock_asked.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: object) -> None:
        """Keep the notice over the bottom, where it hides neither the box nor the light."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._place_crash()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange and self._crash is not None:
            self.show_crash(*self._crash)

    def closeEvent(self, event: object) -> None:
        """Tell the program before the window goes."""
        self.closing.emit()
        super().closeEvent(event)  # type: ignore[arg-type]

    def _place_crash(self) -> None:
        width = min(self.width() - 2 * look.Space.L, 720)
        height = self.crash.heightForWidth(width)
        if height <= 0:
            height = self.crash.sizeHint().height()
        top = self.height() - height - CRASH_GAP_PX
        self.crash.setGeometry((self.width() - width) // 2, top, width, height)


class TroubleScreen(QWidget):
    """Why the seat can't be opened at all, and where its data lies."""

    def __init__(self, problem: GuichetError, folder: str) -> None:
        """Say it."""
        super().__init__()
        self.setProperty("look", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._problem, self._folder = problem, folder
        self._title = look.Paragraph(size=look.Size.TITLE, bold=True)
        self._data = look.Paragraph(size=look.Size.SMALL, ink=look.Role.MUTED)
        card = look.Card(spacing=look.Space.L, margin=look.Space.XXL)
        card.setFixedWidth(TROUBLE_WIDTH_PX)
        card.body.addWidget(look.Icon("octagon-alert", look.Role.CRITICAL, 32))
        card.body.addWidget(self._title)
        card.body.addWidget(self._data)
        self._doctor = look.Paragraph(size=look.Size.SMALL, ink=look.Role.MUTED)
        card.body.addWidget(self._doctor)
        self._close = look.Button(key="Enter")
        self._close.clicked.connect(self._on_close)
        card.body.addWidget(self._close, 0, Qt.AlignmentFlag.AlignLeft)
        self.setFocusProxy(self._close)
        row = QHBoxLayout()  # stretches, not an alignment: that would ignore height for width
        row.addStretch(1)
        row.addWidget(card)
        row.addStretch(1)
        middle = QVBoxLayout(self)
        middle.addStretch(2)
        middle.addLayout(row)
        middle.addStretch(3)
        self.retranslate()

    def retranslate(self) -> None:
        """Say it in the language in force."""
        words = wording.trouble(self._problem)
        self._title.setText(words)
        data = translate("Window", "Data folder: {folder}").format(folder=self._folder)
        self._data.setText(data)
        self._doctor.setText(
            translate(
                "Window",
                "For the administrator: “guichet doctor”, typed in a terminal, looks for what is"
                " wrong and says what to do.",
            )
        )
        self._close.setText(translate("Window", "Close the program"))
        self.setAccessibleName(words)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    def showEvent(self, event: QShowEvent) -> None:
        """Let Enter close it."""
        super().showEvent(event)
        self._close.setFocus()

    @Slot()
    def _on_close(self) -> None:
        self.window().close()
