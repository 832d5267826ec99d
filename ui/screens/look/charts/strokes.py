"""The pen strokes of charts. A shape of its own goes with every meaning; colour only helps."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPolygonF

from ui.screens.look.roles import Role
from ui.screens.look.theme import colour

DOT_PX: Final = 3.0


class Shape(StrEnum):
    """How a point is drawn, by what it means."""

    DOT = "dot"  # nothing to remark
    SQUARE = "square"  # worth a look
    DIAMOND = "diamond"  # a question


_INKS: Final = {Shape.DOT: Role.ACCENT, Shape.SQUARE: Role.CAUTION, Shape.DIAMOND: Role.CRITICAL}
_HALO_PX: Final = 1.5


def draw_shape(
    painter: QPainter,
    shape: Shape,
    at: QPointF,
    *,
    ink_role: Role | None = None,
    scale: float = 1.0,
) -> None:
    """Draw a point. A dot is filled, a square hollow, a diamond filled and the largest.

    Args:
        painter: open, antialiased.
        shape: by what the point means.
        at: its middle, px.
        ink_role: None takes the shape's own; what is better than usual isn't red.
        scale: smaller where points crowd.
    """
    ink, ground = colour(ink_role or _INKS[shape]), colour(Role.RAISED)
    if shape is Shape.DOT:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        painter.drawEllipse(at, DOT_PX * scale, DOT_PX * scale)
    elif shape is Shape.SQUARE:
        painter.setPen(QPen(ink, 2))
        painter.setBrush(ground)
        side = 7.0 * scale
        painter.drawRect(QRectF(at.x() - side / 2, at.y() - side / 2, side, side))
    else:
        painter.setPen(QPen(ground, _HALO_PX))
        painter.setBrush(ink)
        reach = 6.5 * scale
        corners = ((0, -reach), (reach, 0), (0, reach), (-reach, 0))
        painter.drawPolygon(QPolygonF([at + QPointF(x, y) for x, y in corners]))


def draw_ring(painter: QPainter, at: QPointF) -> None:
    """Draw the marker round a point."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colour(Role.RAISED), 5))
    painter.drawEllipse(at, 9, 9)
    painter.setPen(QPen(colour(Role.FOCUS), 2))
    painter.drawEllipse(at, 9, 9)


def draw_grid(painter: QPainter, plot: QRectF, ys: Sequence[float], xs: Sequence[float]) -> None:
    """Draw hairlines through the plot: one at each y, and a short one below each x."""
    painter.setPen(hairline(Role.BORDER))
    lines = [QLineF(plot.left(), crisp(y), plot.right(), crisp(y)) for y in ys]
    lines += [QLineF(crisp(x), plot.bottom(), crisp(x), plot.bottom() + 4) for x in xs]
    painter.drawLines(lines)


def hairline(role: Role, width_px: float = 1.0, *, is_dashed: bool = False) -> QPen:
    """Return a pen in a role's colour; dashes are what limits and targets are drawn in."""
    pen = QPen(colour(role), width_px)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    if is_dashed:
        pen.setDashPattern([4.0 / width_px, 3.0 / width_px])
    return pen


def crisp(px: float) -> float:
    """Return the middle of a pixel, where a line of one px is sharp."""
    return int(px) + 0.5


def hatch(role: Role, ground: Role) -> tuple[QColor, QBrush]:
    """Return a ground and the strokes over it, for what is to be told apart without colour."""
    return colour(ground), QBrush(colour(role), Qt.BrushStyle.BDiagPattern)


def fill_bar(painter: QPainter, bar: QRectF, role: Role, *, is_hatched: bool = False) -> None:
    """Fill a bar; hatched ones have the same colour as an outline and strokes."""
    if is_hatched:
        ground, strokes = hatch(role, Role.RAISED)
        painter.fillRect(bar, ground)
        painter.fillRect(bar, strokes)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour(role), 1))
        painter.drawRect(bar.adjusted(0.5, 0.5, -0.5, -0.5))
    else:
        painter.fillRect(bar, colour(role))
