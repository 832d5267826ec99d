"""Shares of groups below each other, each with its interval: what overlaps may be chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from app.domain.lean import dataclass
from app.domain.statistics import Figure
from ui.screens.look.charts.base import (
    RIGHT,
    ChartBase,
    Describe,
    Label,
    Mark,
    foot_labels,
    line_px,
    widest,
)
from ui.screens.look.charts.legend import Key
from ui.screens.look.charts.rows import paint_row_marker
from ui.screens.look.charts.scales import Scale, share_ticks
from ui.screens.look.charts.strokes import Shape, crisp, hairline
from ui.screens.look.roles import Role, Space
from ui.screens.look.theme import colour

_ROW_PX: Final = 22
_LABELS_SHARE: Final = 0.42
_TICK_PX: Final = 56


@dataclass(frozen=True, slots=True)
class ShareRow:
    """A group's share.

    Attributes:
        heading: over the row, where another question begins; '' else.
        name: the group.
        text: its figures, at the row's end.
        share: without a value there is no dot.
    """

    heading: str
    name: str
    text: str
    share: Figure


class SharesChart(ChartBase):
    """A row a group: its share as a dot in its interval, over one scale for all."""

    _ways = "y"

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make it empty."""
        super().__init__(parent)
        self._rows: Sequence[ShareRow] = ()
        self._tick_text: Callable[[float], str] = str
        self._scale = Scale(0.0, 1.0, 0.0, 1.0)
        self._ticks: tuple[float, ...] = ()

    def _sizes(self) -> tuple[QSize, QSize]:
        lines = len(self._rows) + sum(bool(row.heading) for row in self._rows)
        least = max(lines, 3) * line_px() + 4 * line_px()
        # Three questions of three groups each
        return QSize(420, 12 * _ROW_PX + 3 * line_px()), QSize(300, least)

    def set_rows(
        self,
        rows: Sequence[ShareRow],
        *,
        tick_text: Callable[[float], str],
        names: tuple[str, str],
        describe: Describe,
    ) -> None:
        """Show other shares.

        Args:
            rows: in the order shown.
            tick_text: a share below the axis.
            names: of the dot and of its interval.
            describe: the words about a row.
        """
        self._rows, self._tick_text = rows, tick_text
        self._keys = (Key(Shape.DOT, names[0]), Key("interval", names[1]))
        self._set_content(describe, is_empty=all(row.share.value is None for row in rows))

    def _lay_out(self) -> None:
        inner = self._inner()
        foot = line_px() + Space.XS
        lines = len(self._rows) + sum(bool(row.heading) for row in self._rows)
        high = (inner.height() - foot) / lines
        names, texts = [row.name for row in self._rows], [row.text for row in self._rows]
        left = inner.left() + min(widest(names), inner.width() * _LABELS_SHARE) + Space.M
        right = inner.right() - min(widest(texts), inner.width() * _LABELS_SHARE) - Space.M
        bottom = inner.top() + high * lines
        self._plot = QRectF(left, inner.top(), right - left, bottom - inner.top())
        most = max(row.share.high or 0.0 for row in self._rows)
        self._ticks = share_ticks(0.0, most, max(2, int((right - left) / _TICK_PX)))
        self._scale = Scale(0.0, self._ticks[-1], left, right)
        line, y = line_px(), inner.top()
        for place, row in enumerate(self._rows):
            if row.heading:
                room = QRect(
                    round(inner.left()), round(y + high / 2 - line / 2), round(inner.width()), line
                )
                self._labels.append(Label(row.heading, room, ink=Role.TEXT))
                y += high
            middle = y + high / 2
            top = round(middle - line / 2)
            wide = round(left - Space.M - inner.left())
            self._labels.append(Label(row.name, QRect(round(inner.left()), top, wide, line), RIGHT))
            beside = QRect(
                round(right + Space.M), top, round(inner.right() - right - Space.M), line
            )
            self._labels.append(Label(row.text, beside, RIGHT, Role.TEXT))
            value = row.share.value
            x = left if value is None else self._scale.px(value)
            self._marks.append(Mark(place, QPointF(x, middle)))
            y += high
        ticks = [(self._scale.px(tick), self._tick_text(tick)) for tick in self._ticks]
        self._labels += foot_labels(ticks, bottom + Space.XS, inner.left(), inner.right())

    def _paint_plot(self, painter: QPainter) -> None:
        plot = self._plot
        painter.setPen(hairline(Role.BORDER))
        xs = [crisp(self._scale.px(tick)) for tick in self._ticks]
        high = self._row_px()
        for row, mark in zip(self._rows, self._marks, strict=True):
            top, end = mark.at.y() - high / 2, mark.at.y() + high / 2
            painter.setPen(hairline(Role.BORDER))
            painter.drawLines([QLineF(x, top, x, end) for x in xs])
            share = row.share
            if share.value is None or share.low is None or share.high is None:
                continue
            low, upper = self._scale.px(share.low), self._scale.px(share.high)
            painter.setPen(hairline(Role.ACCENT))
            painter.setBrush(colour(Role.ACCENT_SOFT))
            painter.drawRoundedRect(QRectF(low, mark.at.y() - 5, upper - low, 10), 5, 5)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour(Role.ACCENT))
            painter.drawEllipse(mark.at, 4.0, 4.0)
        painter.setPen(hairline(Role.BORDER))
        painter.drawLine(
            QLineF(plot.left(), crisp(plot.bottom()), plot.right(), crisp(plot.bottom()))
        )

    def _row_px(self) -> float:
        lines = len(self._rows) + sum(bool(row.heading) for row in self._rows)
        return self._plot.height() / lines

    def _paint_marker(self, painter: QPainter, mark: Mark) -> None:
        rows = round(self._plot.height() / self._row_px())
        paint_row_marker(painter, self._plot, mark, rows)
