"""The five faces a customer taps: our own vectors, told apart by mouth, label and colour."""

from collections.abc import Mapping
from math import ceil
from typing import Final

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFont,
    QFontMetrics,
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from ui.screens.look.fonts import font
from ui.screens.look.painting import PaintedText, box, focus_ring, width_of
from ui.screens.look.roles import RADIUS, Role, Size, Space
from ui.screens.look.text import DEMI
from ui.screens.look.theme import colour
from ui.screens.look.touch import TouchSurface, panel_size

LEVELS: Final = (5, 4, 3, 2, 1)
_SMALLEST_FACE: Final = 0.6  # of a finger
"""Very satisfied to very dissatisfied, in the order shown."""


def draw_face(painter: QPainter, level: int, room: QRectF) -> None:
    """Draw one face into the largest circle inside `room`.

    Args:
        painter: open, on anything.
        level: 1 (very dissatisfied) .. 5 (very satisfied).
        room: where, px.

    Raises:
        KeyError: no such level.
    """
    side = min(room.width(), room.height())
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(room.center())
    painter.scale(side / 100, side / 100)  # from here on the face is 100 wide, (0, 0) its middle
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour(Role(f"face_{level}")))
    painter.drawEllipse(QPointF(0, 0), 49, 49)
    ink = colour(Role.FACE_INK)
    stroke = QPen(ink, 5.5)
    stroke.setCapStyle(Qt.PenCapStyle.RoundCap)
    stroke.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(stroke)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(_eyes(level))
    if level == 5:
        painter.setBrush(ink)
    painter.drawPath(_mouth(level))
    if level != 5:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        for across in (-17.0, 17.0):
            painter.drawEllipse(QPointF(across, -12), 5, 6.5)
    painter.restore()


def _eyes(level: int) -> QPainterPath:
    path = QPainterPath()
    if level == 5:  # laughing: two arcs instead of dots
        for across in (-18.0, 18.0):
            path.moveTo(across - 9, -9)
            path.quadTo(across, -21, across + 9, -9)
    elif level == 1:  # brows drawn together over the dots
        for side in (-1.0, 1.0):
            path.moveTo(side * 27, -31)
            path.lineTo(side * 11, -24)
    return path


def _mouth(level: int) -> QPainterPath:
    path = QPainterPath()
    if level == 5:  # open
        path.moveTo(-25, 10)
        path.lineTo(25, 10)
        path.cubicTo(24, 38, -24, 38, -25, 10)
    elif level == 4:
        path.moveTo(-22, 13)
        path.quadTo(0, 33, 22, 13)
    elif level == 3:
        path.moveTo(-19, 19)
        path.lineTo(19, 19)
    elif level == 2:
        path.moveTo(-20, 27)
        path.quadTo(0, 10, 20, 27)
    else:
        path.moveTo(-24, 32)
        path.cubicTo(-20, 4, 20, 4, 24, 32)
    return path


class FaceButton(TouchSurface):
    """One face over its label, of which all five look equally inviting.

    Signals:
        chosen(int): its level, on release inside.
    """

    chosen = Signal(int)

    def __init__(self, level: int, label: str, parent: QWidget | None = None) -> None:
        """Make the face of `level`, 1..5, over `label`.

        Raises:
            ValueError: no such level.
        """
        if level not in LEVELS:
            raise ValueError(f"level {level} is outside 1..5")
        super().__init__(label, parent)
        self._level = level
        self._is_choice = False
        self._label_lines = 2
        self.setAccessibleName(label)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.clicked.connect(self._on_clicked)

    @property
    def level(self) -> int:
        """The rating it stands for, 1..5."""
        return self._level

    def set_label(self, label: str) -> None:
        """Change the label, for a change of language."""
        self.setText(label)
        self.setAccessibleName(label)

    def set_choice(self, is_choice: bool) -> None:
        """Mark it as what was chosen, by an outline and a bolder ground."""
        self._is_choice = is_choice
        self.update()

    def label_lines(self) -> int:
        """Return how many lines its label takes at its width."""
        return 1 if self._label_width() <= self.width() - 2 * Space.S else 2

    def set_label_lines(self, lines: int) -> None:
        """Keep room for so many lines, so that the faces of a row stand level."""
        self._label_lines = lines
        self.update()

    def sizeHint(self) -> QSize:
        """Return a generous size."""
        return QSize(max(self._label_width(), 140) + 2 * Space.M, 140 + self._label_height() + 48)

    def minimumSizeHint(self) -> QSize:
        """Return the label's room and a finger's at least; the finger may be on the label."""
        least = self.least_px()
        width = max(least, self._narrow_label_width()) + 2 * Space.S
        face = round(least * _SMALLEST_FACE)
        return QSize(width, max(least, face + self._label_height() + 3 * Space.L))

    def painted_texts(self) -> list[PaintedText]:
        """Return what it paints, for the legibility checks."""
        room = self._rooms(QRectF(self.rect()))[1]
        needed = QFontMetrics(self._letters()).boundingRect(room, self._flags(), self.text())
        return [PaintedText(self.text(), room, needed.size()), *self._painted_key()]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw face and label on a card."""
        painter = QPainter(self)
        body = self._body()
        if self._is_choice:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(colour(Role.ACCENT), 3))
            painter.setBrush(colour(Role.ACCENT_SOFT))
            painter.drawRoundedRect(body.adjusted(1.5, 1.5, -1.5, -1.5), RADIUS, RADIUS)
        else:
            box(painter, body, Role.PRESSED if self.isDown() else Role.RAISED, Role.BORDER)
        face, label = self._rooms(body)
        draw_face(painter, self._level, face)
        painter.setFont(self._letters())
        painter.setPen(colour(Role.TEXT))
        painter.drawText(label, self._flags(), self.text())
        self._draw_key(painter, body, Role.TEXT)
        if self.shows_ring():
            focus_ring(painter, body)

    def _on_clicked(self) -> None:
        self.chosen.emit(self._level)

    def _letters(self) -> QFont:
        return font(panel_size(round(Size.TITLE * self._growth), self.screen()), weight=DEMI)

    def _label_width(self) -> int:
        return width_of(self._letters(), self.text())

    def _narrow_label_width(self) -> int:
        letters = self._letters()
        if self.text().isascii():  # Latin words don't break, Chinese ones do anywhere
            return max(width_of(letters, word) for word in self.text().split())
        return width_of(letters, self.text()) // 2 + width_of(letters, "国")

    def _label_height(self) -> int:
        return 2 * ceil(QFontMetricsF(self._letters()).lineSpacing())  # Qt rounds each line up

    def _rooms(self, body: QRectF) -> tuple[QRectF, QRect]:
        label_height = self._label_height() * self._label_lines // 2
        down = body.height() - label_height - 3 * Space.L
        most = panel_size(round(220 * self._growth), self.screen())
        side = min(body.width() - 2 * Space.L, down, most)
        top = body.top() + (body.height() - side - Space.L - label_height) / 2
        face = QRectF(body.center().x() - side / 2, top, side, side)
        label = QRectF(body.left() + Space.S, face.bottom() + Space.L, 0, label_height)
        label.setWidth(body.width() - 2 * Space.S)
        return face, label.toRect()

    def _flags(self) -> int:
        top_centre = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
        return int(top_centre | Qt.TextFlag.TextWordWrap)


class FaceRow(QWidget):
    """The five faces side by side over the whole width, 5 on the left.

    Signals:
        chosen(int): the level tapped, 1..5.
    """

    chosen = Signal(int)

    def __init__(self, labels: Mapping[int, str], parent: QWidget | None = None) -> None:
        """Make the row.

        Args:
            labels: a label for each of 1..5.
            parent: Qt's.

        Raises:
            KeyError: a label is missing.
        """
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.S)
        self.faces = {level: FaceButton(level, labels[level], self) for level in LEVELS}
        for face in self.faces.values():
            face.chosen.connect(self.chosen)
            row.addWidget(face, 1)

    def set_labels(self, labels: Mapping[int, str]) -> None:
        """Change the labels, for a change of language."""
        if all(face.text() == labels[level] for level, face in self.faces.items()):
            return  # measuring them again would hold up the answer to a touch
        for level, face in self.faces.items():
            face.set_label(labels[level])
        self._level_out()

    def grow(self, factor: float) -> None:
        """Draw faces and labels `factor` times as large."""
        for face in self.faces.values():
            face.grow(factor)
        self._level_out()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the faces level, whatever their labels take."""
        super().resizeEvent(event)
        self._level_out()

    def set_choice(self, level: int | None) -> None:
        """Mark the one that was chosen; None for no mark."""
        for each, face in self.faces.items():
            face.set_choice(each == level)

    def _level_out(self) -> None:
        layout = self.layout()
        if layout is not None:
            layout.activate()
        lines = max(face.label_lines() for face in self.faces.values())
        for face in self.faces.values():
            face.set_label_lines(lines)
