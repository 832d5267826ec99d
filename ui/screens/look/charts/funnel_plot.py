"""Staff against how many customers they had: most are within, and nobody is ranked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPolygonF
from PySide6.QtWidgets import QWidget

from app.domain.funnel import Funnel, FunnelPoint, Limits, Standing
from ui.screens.look.charts.base import (
    RIGHT,
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
from ui.screens.look.charts.scales import Scale, share_ticks, tidy_ticks
from ui.screens.look.charts.strokes import Shape, draw_grid, draw_ring, draw_shape, hairline
from ui.screens.look.roles import Role, Space
from ui.screens.look.theme import colour

_TICK_PX: Final = 44
_CURVE_POINTS: Final = 24
_FROM_ZERO: Final = 0.35  # units of more customers each than this share of the most leave 0 out
_SHAPES: Final = {
    Standing.FAR_BELOW: Shape.DIAMOND,
    Standing.BELOW: Shape.SQUARE,
    Standing.WITHIN: Shape.DOT,
    Standing.ABOVE: Shape.SQUARE,
    Standing.FAR_ABOVE: Shape.DIAMOND,
}
_LOWER: Final = (Standing.FAR_BELOW, Standing.BELOW)


class FunnelChart(ChartBase):
    """A point a unit, by its customers and its share; whose it is shows beside it alone.

    Arrow keys walk from few customers to many. Units of which too little is known aren't there.
    """

    _ways = "xy"

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make it empty."""
        super().__init__(parent)
        self._funnel: Funnel | None = None
        self._shown: list[tuple[int, FunnelPoint, float]] = []
        self._curves: list[tuple[int, Limits]] = []
        self._value_text: Callable[[float], str] = str
        self._count_text: Callable[[int], str] = str
        self._names: Mapping[str, str] = {}
        self._n_scale = self._share_scale = Scale(0.0, 1.0, 0.0, 1.0)
        self._ticks: tuple[float, ...] = ()
        self._n_ticks: tuple[float, ...] = ()

    def _sizes(self) -> tuple[QSize, QSize]:
        return QSize(420, 260), QSize(240, 160)

    def set_funnel(
        self,
        funnel: Funnel | None,
        *,
        value_text: Callable[[float], str],
        count_text: Callable[[int], str],
        names: Mapping[str, str],
        describe: Describe,
    ) -> None:
        """Show other units.

        Args:
            funnel: None for nothing to show.
            value_text: a share on the vertical axis.
            count_text: a number of customers on the horizontal one.
            names: words for 'limits_95', 'limits_998', 'square', 'diamond' (the legend's) and 'n',
                what the horizontal axis counts.
            describe: the words about a unit, by its place among the funnel's points.
        """
        self._funnel, self._value_text, self._count_text = funnel, value_text, count_text
        self._names = names
        points = funnel.points if funnel is not None else ()
        self._shown = [
            (place, point, point.share.value)
            for place, point in enumerate(points)
            if point.standing is not None and point.share.value is not None
        ]
        self._shown.sort(key=lambda each: (each[1].share.n, each[0]))
        self._curves = self._sampled()
        shapes = {_SHAPES[point.standing] for _, point, _ in self._shown if point.standing}
        marked = [each for each in (Shape.DIAMOND, Shape.SQUARE) if each in shapes]
        limits = (Key("dashes", names["limits_95"]), Key("solid", names["limits_998"]))
        self._keys = (*limits, *(Key(each, names[each]) for each in marked))
        self._set_content(describe, is_empty=not self._shown)

    def suppressed(self) -> int:
        """Return of how many units too little is known to show them."""
        return len(self._funnel.points) - len(self._shown) if self._funnel is not None else 0

    def _sampled(self) -> list[tuple[int, Limits]]:
        """Limits at numbers of customers that lie closer where the curves bend."""
        if self._funnel is None or not self._shown:
            return []
        least, most = self._shown[0][1].share.n, self._shown[-1][1].share.n
        first, last = max(1, round(least * 0.8)), max(round(most * 1.05), least + 1)
        spread = ((place / (_CURVE_POINTS - 1)) ** 2 for place in range(_CURVE_POINTS))
        sizes = sorted({first + round((last - first) * share) for share in spread})
        return [(size, self._funnel.limits_at(size)) for size in sizes]

    def _lay_out(self) -> None:
        inner = self._inner()
        limits = [point.limits for _, point, _ in self._shown if point.limits is not None]
        values = [value for _, _, value in self._shown]
        lowest = min(*values, *(each.low_998 for each in limits))
        highest = max(*values, *(each.high_998 for each in limits))
        foot = 2 * line_px() + Space.XS
        most = max(2, int((inner.height() - foot) / _TICK_PX) + 1)
        self._ticks = share_ticks(lowest, highest, most)
        texts = [self._value_text(tick) for tick in self._ticks]
        left = inner.left() + widest(texts) + Space.S
        bottom = inner.bottom() - foot
        self._plot = QRectF(QPointF(left, inner.top() + line_px() / 2), inner.bottomRight())
        self._plot.setBottom(bottom)
        self._share_scale = Scale(self._ticks[0], self._ticks[-1], bottom, self._plot.top())
        fewest, end = self._curves[0][0], self._curves[-1][0]
        begin = 0 if fewest < end * _FROM_ZERO else fewest
        wide_px = widest([self._count_text(end)]) + Space.XL
        ticks = tidy_ticks(begin, end, max(2, int(self._plot.width() / wide_px)), whole=True)
        self._n_ticks = tuple(tick for tick in ticks if begin <= tick <= end)
        self._n_scale = Scale(begin, end, left, self._plot.right())
        x, y = self._n_scale.px, self._share_scale.px
        self._labels += left_labels(
            [(y(tick), text) for tick, text in zip(self._ticks, texts, strict=True)], left
        )
        names = [(x(tick), self._count_text(int(tick))) for tick in self._n_ticks]
        self._labels += foot_labels(names, bottom + Space.XS, inner.left(), inner.right())
        name = QRect(round(left), round(bottom) + Space.XS + line_px(), 0, line_px())
        name.setRight(round(inner.right()))
        self._labels.append(Label(self._names["n"], name, RIGHT))
        self._marks = [
            Mark(place, QPointF(x(point.share.n), y(value))) for place, point, value in self._shown
        ]

    def _paint_plot(self, painter: QPainter) -> None:
        plot, x, y = self._plot, self._n_scale.px, self._share_scale.px
        painter.save()
        painter.setClipRect(plot.adjusted(0, -1, 0, 1))
        outer = [QPointF(x(n), y(limits.high_998)) for n, limits in self._curves]
        outer += [QPointF(x(n), y(limits.low_998)) for n, limits in reversed(self._curves)]
        band = QPainterPath()
        band.addPolygon(QPolygonF(outer))
        painter.fillPath(band, colour(Role.ACCENT_SOFT))
        painter.restore()
        n_ticks = [x(tick) for tick in self._n_ticks]
        draw_grid(painter, plot, [y(tick) for tick in self._ticks], n_ticks)
        painter.save()
        painter.setClipRect(plot.adjusted(0, -1, 0, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for name, dashed in (
            ("high_998", False),
            ("low_998", False),
            ("high_95", True),
            ("low_95", True),
        ):
            painter.setPen(hairline(Role.BORDER_STRONG, is_dashed=dashed))
            curve = [QPointF(x(n), y(getattr(limits, name))) for n, limits in self._curves]
            painter.drawPolyline(QPolygonF(curve))
        target = self._funnel.target if self._funnel is not None else None
        if target is not None:
            painter.setPen(hairline(Role.MUTED))
            painter.drawLine(QLineF(plot.left(), y(target), plot.right(), y(target)))
        painter.restore()
        for mark, (_, point, _) in zip(self._marks, self._shown, strict=True):
            assert point.standing is not None
            better = Role.ACCENT if point.standing in _LOWER else None
            draw_shape(painter, _SHAPES[point.standing], mark.at, ink_role=better)

    def _paint_marker(self, painter: QPainter, mark: Mark) -> None:
        draw_ring(painter, mark.at)
