"""The line over a chart that names its strokes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF
from PySide6.QtGui import QPainter

from app.domain.lean import dataclass
from ui.screens.look.charts.strokes import Shape, draw_shape, fill_bar, hairline
from ui.screens.look.fonts import font
from ui.screens.look.painting import height_of, width_of
from ui.screens.look.roles import Role, Size, Space
from ui.screens.look.theme import colour

Sample = Literal["dashes", "solid", "band", "interval", "tick", "bar", "hatched", "sums"] | Shape
_SAMPLE_PX: Final = 18


@dataclass(frozen=True, slots=True)
class Key:
    """A stroke and its name."""

    sample: Sample
    text: str


@dataclass(frozen=True, slots=True)
class PlacedKey:
    """Where a key stands: its sample before its text, px."""

    key: Key
    sample: QRectF
    text: QRect


def laid_out(keys: Sequence[Key], left: float, right: float, top: float) -> list[PlacedKey]:
    """Place keys from left to right, on further lines where one is full."""
    letters = font(Size.SMALL, tabular=True)
    high, x, y = height_of(letters), left, top
    placed: list[PlacedKey] = []
    for key in keys:
        wide = width_of(letters, key.text)
        whole = _SAMPLE_PX + Space.XS + wide
        if x > left and x + whole > right:
            x, y = left, y + high + Space.XS
        room = min(wide, round(right - x) - _SAMPLE_PX - Space.XS)
        text = QRect(round(x) + _SAMPLE_PX + Space.XS, round(y), room, high)
        placed.append(PlacedKey(key, QRectF(x, y, _SAMPLE_PX, high), text))
        x += whole + Space.M
    return placed


def draw_sample(painter: QPainter, sample: Sample, room: QRectF) -> None:
    """Draw a stroke as it looks in the chart."""
    middle = room.center()
    across = QLineF(room.left(), round(middle.y()) + 0.5, room.right(), round(middle.y()) + 0.5)
    if sample == "band":
        band = QRectF(room.left(), middle.y() - 5, room.width(), 10)
        painter.fillRect(band, colour(Role.ACCENT_SOFT))
        edges = (band.top(), band.bottom())
        painter.setPen(hairline(Role.BORDER_STRONG, is_dashed=True))
        painter.drawLines([QLineF(band.left(), y, band.right(), y) for y in edges])
    elif sample in ("bar", "hatched"):
        bar = QRectF(middle.x() - 6, middle.y() - 5, 12, 10)
        hatched = sample == "hatched"
        fill_bar(painter, bar, Role.CAUTION if hatched else Role.ACCENT, is_hatched=hatched)
    elif sample in ("dashes", "solid"):
        painter.setPen(hairline(Role.BORDER_STRONG, is_dashed=sample == "dashes"))
        painter.drawLine(across)
    elif sample == "sums":
        painter.setPen(hairline(Role.MUTED, 1.5))
        painter.drawLine(across)
        painter.setBrush(colour(Role.MUTED))
        painter.drawEllipse(middle, 3.5, 3.5)
    elif sample == "interval":
        painter.setPen(hairline(Role.ACCENT))
        painter.setBrush(colour(Role.ACCENT_SOFT))
        painter.drawRoundedRect(QRectF(room.left() + 1, middle.y() - 6, room.width() - 2, 12), 6, 6)
    elif sample == "tick":
        painter.setPen(hairline(Role.MUTED, 2.0))
        painter.drawLine(QLineF(middle.x(), middle.y() - 7, middle.x(), middle.y() + 7))
    else:
        draw_shape(painter, Shape(sample), QPointF(middle))
