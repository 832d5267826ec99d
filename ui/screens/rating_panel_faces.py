"""Faces where there is little room: as a line with its label, or alone to change one's mind."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from ui.screens import look
from ui.screens.look.painting import box, focus_ring
from ui.screens.look.roles import RADIUS, Role, Space

LEVELS = (5, 4, 3, 2, 1)


class FaceLine(look.TouchButton):
    """A face with its label beside it, for panels too narrow for five in a row.

    Signals:
        chosen(int): its level.
    """

    chosen = Signal(int)

    def __init__(self, level: int, parent: QWidget | None = None) -> None:
        """Make the line of `level`, 1..5."""
        super().__init__("", parent=parent)
        self._level = level
        self._is_choice = False
        self.clicked.connect(self._on_clicked)

    def set_choice(self, is_choice: bool) -> None:
        """Mark it as what was chosen."""
        self._is_choice = is_choice
        self.update()

    def set_label(self, label: str) -> None:
        """Change its label."""
        self.setText(label)
        self.setAccessibleName(label)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw face and label on a card."""
        painter = QPainter(self)
        body = self._body()
        _ground(painter, body, self._is_choice, self.isDown())
        side = min(body.height() - 2 * Space.S, look.panel_size(96, self.screen()))
        room = QRectF(body.left() + Space.L, body.center().y() - side / 2, side, side)
        look.draw_face(painter, self._level, room)
        painter.setFont(self._letters())
        painter.setPen(look.colour(Role.TEXT))
        painter.drawText(self._text_room(body.toRect()), self._flags(), self.text())
        self._draw_key(painter, body, Role.TEXT)
        if self.shows_ring():
            focus_ring(painter, body)

    def _text_room(self, body: QRect) -> QRect:
        side = min(body.height() - 2 * Space.S, look.panel_size(96, self.screen()))
        key = self._key_size().width()
        return body.adjusted(2 * Space.L + side, 4, -Space.M - key, -4)

    def _flags(self) -> int:
        left = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        return int(left | Qt.TextFlag.TextWordWrap)

    def _on_clicked(self) -> None:
        self.chosen.emit(self._level)


class FaceChip(look.TouchButton):
    """A face alone, a finger wide; its label is its accessible name.

    Signals:
        chosen(int): its level.
    """

    chosen = Signal(int)

    def __init__(self, level: int, parent: QWidget | None = None) -> None:
        """Make the chip of `level`, 1..5."""
        super().__init__("", parent=parent)
        self._level = level
        self._is_choice = False
        side = self.least_px()
        self.setFixedSize(side, side)
        policy = self.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # what stays must not move under the finger
        self.setSizePolicy(policy)
        self.clicked.connect(self._on_clicked)

    def set_choice(self, is_choice: bool) -> None:
        """Mark it as what was chosen."""
        self._is_choice = is_choice
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the face on a card."""
        painter = QPainter(self)
        body = self._body()
        _ground(painter, body, self._is_choice, self.isDown())
        look.draw_face(painter, self._level, body.adjusted(8, 8, -8, -8))
        if self.shows_ring():
            focus_ring(painter, body)

    def _on_clicked(self) -> None:
        self.chosen.emit(self._level)


class FaceLines(QWidget):
    """The five faces below each other, 5 on top.

    Signals:
        chosen(int): the level tapped.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make the column."""
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        self.faces = {level: FaceLine(level, self) for level in LEVELS}
        for face in self.faces.values():
            face.chosen.connect(self.chosen)
            column.addWidget(face)

    def grow(self, factor: float) -> None:
        """Draw the labels `factor` times as large."""
        for face in self.faces.values():
            face.grow(factor)

    def set_height_of_each(self, height: int) -> None:
        """Give all five the same height, px."""
        for face in self.faces.values():
            face.setFixedHeight(height)
        self.setFixedHeight(len(self.faces) * (height + Space.S) - Space.S)


class FaceChips(QWidget):
    """The five faces small, with the one chosen marked.

    Signals:
        chosen(int): the level tapped.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make the row."""
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.S)
        self.faces = {level: FaceChip(level, self) for level in LEVELS}
        for face in self.faces.values():
            face.chosen.connect(self.chosen)
            row.addWidget(face)

    def set_side(self, side: int) -> None:
        """Make each as large as `side`, px."""
        for face in self.faces.values():
            face.setFixedSize(side, side)

    def set_choice(self, level: int | None, *, can_change: bool) -> None:
        """Mark the one chosen; the others go once it can't be changed any more."""
        for each, face in self.faces.items():
            face.set_choice(each == level)
            face.setVisible(can_change or each == level)


def _ground(painter: QPainter, body: QRectF, is_choice: bool, is_down: bool) -> None:
    if is_choice:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(look.colour(Role.ACCENT), 3))
        painter.setBrush(look.colour(Role.ACCENT_SOFT))
        painter.drawRoundedRect(body.adjusted(1.5, 1.5, -1.5, -1.5), RADIUS, RADIUS)
    else:
        box(painter, body, Role.PRESSED if is_down else Role.RAISED, Role.BORDER)
