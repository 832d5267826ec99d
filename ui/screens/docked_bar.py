"""The program made small while another one owns the screen: 64 px, on top, never in the focus."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent, QScreen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from ui.qt.language import translate
from ui.screens import counter_rendering as rendering
from ui.screens import look
from ui.viewmodels import wording
from ui.viewmodels.status import StatusViewModel

HEIGHT_PX: Final = 64
WIDTH_PX: Final = 760


class DockedBar(QWidget):
    """Says what the light says and what waits; dragged to wherever it covers nothing.

    Signals:
        opened(): the program is wanted back.
    """

    opened = Signal()

    def __init__(self, status: StatusViewModel) -> None:
        """Follow `status`; hidden until `show_on`."""
        super().__init__(
            None,
            Qt.WindowType.Tool
            | Qt.WindowType.FramelessWindowHint
            | Qt.WindowType.WindowStaysOnTopHint
            | Qt.WindowType.WindowDoesNotAcceptFocus,
        )
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self._status = status
        self._grip: QPoint | None = None
        self._placed = False
        self.light = look.StatusLight()
        self.clerk = look.Text(size=look.Size.SMALL, ink=look.Role.MUTED)
        self.chip = look.Chip()
        self.button = look.Button()
        self.button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addStretch(1)
        words.addWidget(self.light)
        words.addWidget(self.clerk)
        words.addStretch(1)
        card = QFrame()
        card.setProperty("look", "card")
        row = QHBoxLayout(card)
        row.setContentsMargins(look.Space.L, 0, look.Space.M, 0)
        row.setSpacing(look.Space.M)
        row.addWidget(look.Icon("ticket", look.Role.ACCENT, 24))
        row.addLayout(words, 1)
        row.addWidget(self.chip)
        row.addWidget(self.button)
        around = QHBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(card)
        self.setFixedHeight(HEIGHT_PX)
        self.button.clicked.connect(self.opened)
        self.chip.clicked.connect(self.opened)
        status.changed.connect(self.render)
        self.retranslate()

    def show_on(self, screen: QScreen) -> None:
        """Open at the top of a screen, or where it was dragged to before."""
        if not self._placed:
            room = screen.availableGeometry()
            width = min(WIDTH_PX, room.width())
            self.setGeometry(room.right() - width - look.Space.L, room.top(), width, HEIGHT_PX)
            self._placed = True
        self.show()

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        self.button.setText(translate("Window", "Open"))
        self.render()

    @Slot()
    def render(self) -> None:
        """Show how things stand."""
        status = self._status
        if status.readiness is not None:
            detail = wording.readiness_detail(status.readiness)
            words = wording.light(status.readiness)
            self.light.set_state(rendering.light(status.readiness), words, detail)
        self.clerk.setText(rendering.clerk(status.session) if status.session else "")
        self.chip.set_text(wording.pending_chip(status.pending, status.now_ms()))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of it."""
        self._grip = event.globalPosition().toPoint() - self.pos()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag it."""
        if self._grip is not None:
            self.move(event.globalPosition().toPoint() - self._grip)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._grip = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open."""
        self.opened.emit()
