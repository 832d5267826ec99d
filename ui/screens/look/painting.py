"""Strokes shared by the widgets we paint ourselves."""

from math import ceil

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QFontMetricsF, QPainter, QPen

from app.domain.lean import dataclass
from ui.screens.look.roles import RADIUS, Role
from ui.screens.look.theme import colour

RING_PX = 2


@dataclass(frozen=True, slots=True)
class PaintedText:
    """A text that a widget paints by itself, told to the legibility checks.

    Attributes:
        text: the whole text.
        room: where it may stand, in the widget's coordinates.
        needed: what the whole text takes, px.
        tooltip: what the pointer shows over it; the whole text wherever it is elided.
    """

    text: str
    room: QRect
    needed: QSize
    tooltip: str = ""


def box(painter: QPainter, rect: QRectF, fill: Role | None, line: Role | None = None) -> None:
    """Draw a box with our corners: `fill` inside, a 1 px `line` round it."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(colour(fill) if fill else QColor(Qt.GlobalColor.transparent))
    if line:
        painter.setPen(QPen(colour(line), 1))
        rect = rect.adjusted(0.5, 0.5, -0.5, -0.5)
    else:
        painter.setPen(Qt.PenStyle.NoPen)
    painter.drawRoundedRect(rect, RADIUS, RADIUS)


def focus_ring(painter: QPainter, rect: QRectF, radius: float = RADIUS) -> None:
    """Draw the focus ring along the inside of `rect`: the ring, then a gap, over the fill."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for inset, role in ((RING_PX * 1.5, Role.RAISED), (RING_PX * 0.5, Role.FOCUS)):
        painter.setPen(QPen(colour(role), RING_PX))
        corner = max(radius - inset, 0)
        painter.drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), corner, corner)


def width_of(font: QFont, text: str) -> int:
    """Return the whole px that one line takes; rounding down would elide its last letter."""
    return ceil(QFontMetricsF(font).horizontalAdvance(text)) + 1


def height_of(font: QFont) -> int:
    """Return the height of one line, px."""
    return QFontMetrics(font).height()


def line_of_text(
    painter: QPainter,
    room: QRect,
    text: str,
    font: QFont,
    ink: Role,
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
) -> None:
    """Draw one line, vertically centred in `room`, with '…' where it is too long."""
    painter.setFont(font)
    painter.setPen(colour(ink))
    shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, align | Qt.AlignmentFlag.AlignVCenter, shown)
