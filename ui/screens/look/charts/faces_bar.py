"""How customers rated, as one bar: the five faces, and those who didn't rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QRect, QRectF, QSize
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.domain.lean import dataclass
from ui.screens.look.charts.base import CENTRE, ChartBase, Describe, Label, Mark, line_px, widest
from ui.screens.look.charts.strokes import fill_bar
from ui.screens.look.faces import LEVELS, draw_face
from ui.screens.look.painting import box
from ui.screens.look.roles import Role, Space
from ui.screens.look.theme import colour

UNRATED: Final = 0
ORDER: Final = (*LEVELS, UNRATED)
"""In which order the parts stand."""

_BAR_PX: Final = 28
_FACE_PX: Final = 22


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the bar.

    Attributes:
        level: 5..1, or UNRATED.
        count: visits.
        text: its share, under it.
        name: over it where there is no face.
    """

    level: int
    count: int
    text: str
    name: str = ""


class FacesBar(ChartBase):
    """Parts in the faces' colours, each with its face; those without a rating are hatched."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make it empty."""
        super().__init__(parent)
        self._parts: Sequence[Part] = ()
        self._rooms: list[QRectF] = []
        self._faces: list[tuple[int, QRectF]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def _sizes(self) -> tuple[QSize, QSize]:
        high = _BAR_PX + _FACE_PX + line_px() + 2 * Space.S + 2 * Space.XS
        return QSize(420, high), QSize(240, high)

    def set_parts(self, parts: Sequence[Part], describe: Describe) -> None:
        """Show other counts: the parts of ORDER, in that order; the words by a part's level."""
        self._parts = [part for part in parts if part.count]
        self._set_content(describe, is_empty=not self._parts)

    def _lay_out(self) -> None:
        inner = self._inner()
        whole = sum(part.count for part in self._parts)
        top = inner.top() + _FACE_PX + Space.XS
        self._plot = QRectF(inner.left(), top, inner.width(), _BAR_PX)
        self._rooms, self._faces = [], []
        so_far, edge = 0, inner.left()
        for part in self._parts:
            left = inner.left() + inner.width() * so_far / whole
            so_far += part.count
            right = inner.left() + inner.width() * so_far / whole
            room = QRectF(left, top, right - left, _BAR_PX)
            self._rooms.append(room)
            self._marks.append(Mark(part.level, room.center()))
            wide = max(widest([part.text, part.name]), _FACE_PX)
            # Thin parts beside each other push their words on; at the end there may be no room
            begin = max(room.center().x() - wide / 2, edge)
            if begin + wide > inner.right():
                begin = inner.right() - wide
            if begin < edge:
                continue
            edge = begin + wide + Space.S
            above = QRect(round(begin), round(inner.top()), wide, _FACE_PX)
            below = QRect(round(begin), round(room.bottom()) + Space.XS, wide, line_px())
            self._labels.append(Label(part.text, below, CENTRE, Role.TEXT))
            if part.level == UNRATED:
                self._labels.append(Label(part.name, above, CENTRE))
            else:
                self._faces.append((part.level, QRectF(above)))

    def _paint_plot(self, painter: QPainter) -> None:
        for part, room in zip(self._parts, self._rooms, strict=True):
            if part.level == UNRATED:
                fill_bar(painter, room, Role.BORDER_STRONG, is_hatched=True)
            else:
                painter.fillRect(room, colour(Role(f"face_{part.level}")))
        painter.setPen(QPen(colour(Role.RAISED), 2))
        for room in self._rooms[1:]:
            painter.drawLine(room.topLeft(), room.bottomLeft())
        for level, above in self._faces:
            draw_face(painter, level, above)

    def _paint_marker(self, painter: QPainter, mark: Mark) -> None:
        room = next(
            room
            for part, room in zip(self._parts, self._rooms, strict=True)
            if part.level == mark.place
        )
        box(painter, room.adjusted(-2, -2, 2, 2), None, Role.FOCUS)
