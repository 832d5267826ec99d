"""Strokes shared by the widgets we paint ourselves."""

from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen

from ui.screens.look.roles import RADIUS, Role
from ui.screens.look.theme import colour

RING_PX = 2
RING_GAP_PX = 2
OUTSET_PX = RING_PX + RING_GAP_PX
"""Room that a painted widget keeps round itself for the focus ring."""


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
    """Draw the focus ring round `rect`, a gap apart; needs `OUTSET_PX` of room outside it."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colour(Role.FOCUS), RING_PX))
    out = RING_GAP_PX + RING_PX / 2
    painter.drawRoundedRect(rect.adjusted(-out, -out, out, out), radius + out, radius + out)


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
