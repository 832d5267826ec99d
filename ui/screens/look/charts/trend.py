"""Shares or times, day after day, between the limits of chance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Final, Literal

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPolygonF
from PySide6.QtWidgets import QWidget

from app.domain.control_charts import Chart, ChartPoint, Rule
from ui.screens.look.charts.base import (
    ChartBase,
    Describe,
    Label,
    Mark,
    foot_labels,
    left_labels,
    line_px,
    widest,
)
from ui.screens.look.charts.legend import Key
from ui.screens.look.charts.scales import Scale, date_ticks, share_ticks, time_ticks
from ui.screens.look.charts.strokes import Shape, draw_grid, draw_ring, draw_shape, hairline
from ui.screens.look.roles import Role, Space
from ui.screens.look.theme import colour

Unit = Literal["share", "seconds"]

_TICK_PX: Final = 44
_DOTS_FROM_PX: Final = 7.0
_DASHES_FROM_PX: Final = 3.0  # closer steps make noise of them
_BEYOND: Final = 1  # Western Electric's first rule: one point past a limit


def broken_rules(chart: Chart) -> dict[int, tuple[Rule, ...]]:
    """Return which rules signal at a place, for each place where one does."""
    found: dict[int, tuple[Rule, ...]] = {}
    for violation in chart.violations():
        for place in violation.positions:
            found[place] = (*found.get(place, ()), violation.rule)
    return found


def shape_of(rules: Sequence[Rule]) -> Shape:
    """Return how a point is drawn at which these rules signal."""
    if not rules:
        return Shape.DOT
    return Shape.DIAMOND if any(rule.number == _BEYOND for rule in rules) else Shape.SQUARE


class TrendChart(ChartBase):
    """A line with a point a day, its centre, and a band that is each point's own limits.

    What breaks a rule is a diamond (past a limit) or a square (a pattern); where it is lower than
    usual, and so better, in the accent's colour.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make it empty."""
        super().__init__(parent)
        self._chart: Chart | None = None
        self._shapes: dict[int, Shape] = {}
        self._days: Sequence[date] = ()
        self._unit: Unit = "share"
        self._value_text: Callable[[float], str] = str
        self._day_text: Callable[[date], str] = str
        self._centre_text = ""
        self._value_scale = Scale(0.0, 1.0, 1.0, 0.0)
        self._ticks: tuple[float, ...] = ()
        self._day_ticks: tuple[int, ...] = ()

    def _sizes(self) -> tuple[QSize, QSize]:
        return QSize(480, 220), QSize(240, 140)

    def set_chart(
        self,
        chart: Chart | None,
        days: Sequence[date],
        *,
        unit: Unit,
        value_text: Callable[[float], str],
        centre_text: str,
        day_text: Callable[[date], str],
        names: Mapping[str, str],
        describe: Describe,
    ) -> None:
        """Show other figures.

        Args:
            chart: one point a day; None for nothing to show.
            days: as many as the chart has points, ascending.
            unit: shares in [0, 1], or seconds.
            value_text: a tick of the vertical axis.
            centre_text: the centre, at its end.
            day_text: a tick of the horizontal one.
            names: words for 'band', 'diamond' and 'square', the legend's.
            describe: the words about a day, by its place.
        """
        self._chart, self._days, self._unit = chart, days, unit
        self._value_text, self._day_text = value_text, day_text
        self._centre_text = centre_text
        broken = broken_rules(chart) if chart is not None else {}
        self._shapes = {place: shape_of(rules) for place, rules in broken.items()}
        shapes = [
            shape for shape in (Shape.DIAMOND, Shape.SQUARE) if shape in self._shapes.values()
        ]
        samples = (Key("band", names["band"]), *(Key(each, names[each]) for each in shapes))
        self._keys = samples if chart is not None else ()
        self._set_content(describe, is_empty=chart is None or not any(chart.points))

    def shapes(self) -> dict[int, Shape]:
        """Return the shapes of the places that are marked as breaking a rule."""
        return dict(self._shapes)

    def _points(self) -> list[tuple[int, ChartPoint]]:
        points = self._chart.points if self._chart is not None else ()
        return [(place, point) for place, point in enumerate(points) if point is not None]

    def _lay_out(self) -> None:
        points = [point for _, point in self._points()]
        low = min(min(point.value, point.low) for point in points)
        high = max(max(point.value, point.high) for point in points)
        inner = self._inner()
        most = max(2, int((inner.height() - 2 * line_px()) / _TICK_PX) + 1)
        ticks = share_ticks if self._unit == "share" else time_ticks
        self._ticks = ticks(low, high, most)
        texts = [self._value_text(tick) for tick in self._ticks]
        centre = points[0].centre
        left = inner.left() + widest(texts) + Space.S
        right = inner.right() - widest([self._centre_text]) - Space.S
        bottom = inner.bottom() - line_px() - Space.XS
        self._plot = QRectF(left, inner.top() + line_px() / 2, right - left, 0)
        self._plot.setBottom(bottom)
        self._value_scale = Scale(self._ticks[0], self._ticks[-1], bottom, self._plot.top())
        y = self._value_scale.px
        self._labels += left_labels(
            [(y(tick), text) for tick, text in zip(self._ticks, texts, strict=True)], left
        )
        wide, high_px = widest([self._centre_text]), line_px()
        beside = QRect(round(right + Space.S), round(y(centre)) - high_px // 2, wide, high_px)
        self._labels.append(Label(self._centre_text, beside, ink=Role.TEXT))
        day_px = widest(
            [self._day_text(day) for day in self._days[:: max(1, len(self._days) // 8)]]
        )
        self._day_ticks = date_ticks(self._days, max(1, int((right - left) / (day_px + Space.L))))
        days = [(self._x(place), self._day_text(self._days[place])) for place in self._day_ticks]
        self._labels += foot_labels(days, bottom + Space.XS, inner.left(), inner.right())
        self._marks = [
            Mark(place, QPointF(self._x(place), y(point.value))) for place, point in self._points()
        ]

    def _x(self, place: int) -> float:
        """Days stand in the middle of equal widths, so that one alone stands in the middle."""
        return self._plot.left() + (place + 0.5) * self._plot.width() / max(len(self._days), 1)

    def _paint_plot(self, painter: QPainter) -> None:
        plot, y = self._plot, self._value_scale.px
        runs = _runs(self._points())
        half = plot.width() / max(len(self._days), 1) / 2.0
        self._paint_band(painter, half)
        ticks = [self._x(place) for place in self._day_ticks]
        draw_grid(painter, plot, [y(tick) for tick in self._ticks], ticks)
        painter.setPen(hairline(Role.MUTED))
        centre = runs[0][0][1].centre
        painter.drawLine(QLineF(plot.left(), y(centre), plot.right(), y(centre)))
        pen = hairline(Role.ACCENT, 2.0 if half * 2.0 >= _DOTS_FROM_PX / 2 else 1.25)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        for run in runs:
            spots = [QPointF(self._x(place), y(point.value)) for place, point in run]
            # Not as a polyline: joining a year's points takes Qt ten times as long
            painter.drawLines([QLineF(before, after) for before, after in pairwise(spots)])
        scale = 1.0 if half * 2.0 >= _DOTS_FROM_PX else 0.75
        for run in runs:
            for place, point in run:
                shape = self._shapes.get(place, Shape.DOT)
                if shape is Shape.DOT and half * 2.0 < _DOTS_FROM_PX and len(run) > 1:
                    continue
                better = Role.ACCENT if point.value < point.centre else None
                at = QPointF(self._x(place), y(point.value))
                draw_shape(painter, shape, at, ink_role=better, scale=scale)

    def _paint_band(self, painter: QPainter, half: float) -> None:
        """Fill between the limits, which step half-way between two points."""
        y, points = self._value_scale.px, self._points()
        xs = [self._x(place) for place, _ in points]
        edges = [xs[0] - half, *((a + b) / 2.0 for a, b in pairwise(xs)), xs[-1] + half]
        lower, upper = QPolygonF(), QPolygonF()
        for (_, point), *ends in zip(points, edges[:-1], edges[1:], strict=True):
            for edge in ends:
                lower.append(QPointF(edge, y(point.low)))
                upper.append(QPointF(edge, y(point.high)))
        band = QPainterPath()
        band.addPolygon(QPolygonF([*upper.toList(), *reversed(lower.toList())]))
        painter.fillPath(band, colour(Role.ACCENT_SOFT))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(hairline(Role.BORDER_STRONG, is_dashed=half * 2.0 >= _DASHES_FROM_PX))
        painter.drawPolyline(upper)
        painter.drawPolyline(lower)

    def _paint_marker(self, painter: QPainter, mark: Mark) -> None:
        painter.setPen(hairline(Role.BORDER_STRONG))
        painter.drawLine(QLineF(mark.at.x(), self._plot.top(), mark.at.x(), self._plot.bottom()))
        draw_ring(painter, mark.at)


def _runs(points: Sequence[tuple[int, ChartPoint]]) -> list[list[tuple[int, ChartPoint]]]:
    """Split where days without a point lie between: no line is drawn over them."""
    runs = [[points[0]]]
    for before, after in pairwise(points):
        if after[0] > before[0] + 1:
            runs.append([])
        runs[-1].append(after)
    return runs
