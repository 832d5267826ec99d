"""Charts whose marks lie below each other: causes, steps and how soon cases came on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPolygonF
from PySide6.QtWidgets import QWidget

from app.domain.lean import dataclass
from app.domain.statistics import Figure, ParetoBar
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
from ui.screens.look.charts.hint_card import Hint
from ui.screens.look.charts.legend import Key
from ui.screens.look.charts.scales import Scale, duration_ticks
from ui.screens.look.charts.strokes import Shape, crisp, fill_bar, hairline
from ui.screens.look.painting import box
from ui.screens.look.roles import Role, Space
from ui.screens.look.theme import colour

_ROW_PX: Final = 26
_LABELS_SHARE: Final = 0.36
_AIR: Final = 1.8  # times as long as the longest, before the axis ends
_SHARES: Final = (0.0, 0.25, 0.5, 0.75, 1.0)


# ------------------------------------------------------------------- causes


@dataclass(frozen=True, slots=True)
class Row:
    """A bar of the chart, which may stand for several causes.

    Attributes:
        causes: the one, or all that are folded into the last bar.
        count: how often they came.
        share: of all causes, in [0, 1].
        cumulative: share of these and all bars above, in (0, 1].
    """

    causes: tuple[str, ...]
    count: int
    share: float
    cumulative: float


def folded(bars: Sequence[ParetoBar], most: int) -> tuple[Row, ...]:
    """Return no more than `most` rows, >= 1: the rarest causes become one where there are more."""
    n = sum(bar.count for bar in bars)
    keep = len(bars) if len(bars) <= most else most - 1
    rows = [Row((bar.cause,), bar.count, bar.count / n, bar.cumulative) for bar in bars[:keep]]
    if rest := bars[keep:]:
        count = sum(bar.count for bar in rest)
        rows.append(Row(tuple(bar.cause for bar in rest), count, count / n, 1.0))
    return tuple(rows)


class ParetoChart(ChartBase):
    """Causes, the most frequent on top, and a line through what they add up to.

    Bars and line share one scale. What there is no room for is one hatched bar at the foot.
    """

    _ways = "y"

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make it empty."""
        super().__init__(parent)
        self._bars: Sequence[ParetoBar] = ()
        self._rows: tuple[Row, ...] = ()
        self._cause_text: Callable[[Row], str] = str
        self._count_text: Callable[[Row], str] = str
        self._share_text: Callable[[float], str] = str
        self._scale = Scale(0.0, 1.0, 0.0, 1.0)

    def _sizes(self) -> tuple[QSize, QSize]:
        six, three = (count * _ROW_PX + 2 * line_px() for count in (6, 3))
        return QSize(420, six), QSize(240, three)

    def set_bars(
        self,
        bars: Sequence[ParetoBar],
        *,
        cause_text: Callable[[Row], str],
        count_text: Callable[[Row], str],
        share_text: Callable[[float], str],
        names: tuple[str, str],
        describe: Callable[[Row], Hint],
    ) -> None:
        """Show other causes.

        Args:
            bars: the most frequent first.
            cause_text: what a row is called.
            count_text: how often it came, at its end.
            share_text: a tick of the axis.
            names: of the bars and of the line.
            describe: the Hint about a row.
        """
        self._bars, self._cause_text, self._count_text = bars, cause_text, count_text
        self._share_text = share_text
        self._keys = (Key("bar", names[0]), Key("sums", names[1])) if bars else ()
        self._set_content(lambda place: describe(self._rows[place]), is_empty=not bars)

    def rows(self) -> tuple[Row, ...]:
        """Return the bars as there is room for them."""
        self._fresh()
        return self._rows

    def _lay_out(self) -> None:
        inner = self._inner()
        foot = line_px() + Space.XS
        room = inner.height() - foot
        self._rows = folded(self._bars, max(2, int(room / _ROW_PX)))
        high = min(room / len(self._rows), _ROW_PX * 2.0)
        names = [self._cause_text(row) for row in self._rows]
        counts = [self._count_text(row) for row in self._rows]
        left = inner.left() + min(widest(names), inner.width() * _LABELS_SHARE) + Space.M
        right = inner.right() - widest(counts) - Space.M
        bottom = inner.top() + high * len(self._rows)
        self._plot = QRectF(left, inner.top(), right - left, bottom - inner.top())
        self._scale = Scale(0.0, 1.0, left, right)
        line = line_px()
        for place, (name, count) in enumerate(zip(names, counts, strict=True)):
            middle = inner.top() + (place + 0.5) * high
            top = round(middle - line / 2)
            wide = round(left - Space.M - inner.left())
            self._labels.append(Label(name, QRect(round(inner.left()), top, wide, line), RIGHT))
            beside = QRect(
                round(right + Space.S), top, round(inner.right() - right - Space.S), line
            )
            self._labels.append(Label(count, beside, RIGHT, Role.TEXT))
            self._marks.append(
                Mark(place, QPointF(self._scale.px(self._rows[place].share), middle))
            )
        ticks = [(self._scale.px(share), self._share_text(share)) for share in _SHARES]
        self._labels += foot_labels(ticks, bottom + Space.XS, inner.left(), inner.right())

    def _paint_plot(self, painter: QPainter) -> None:
        plot, x = self._plot, self._scale.px
        painter.setPen(hairline(Role.BORDER))
        painter.drawLines(
            [
                QLineF(crisp(x(share)), plot.top(), crisp(x(share)), plot.bottom())
                for share in _SHARES
            ]
        )
        high = plot.height() / len(self._rows)
        for row, mark in zip(self._rows, self._marks, strict=True):
            thick = min(high * 0.6, 18.0)
            wide = max(mark.at.x() - plot.left(), 2.0)
            bar = QRectF(plot.left(), mark.at.y() - thick / 2, wide, thick)
            fill_bar(painter, bar, Role.ACCENT, is_hatched=len(row.causes) > 1)
        line = [
            QPointF(x(row.cumulative), mark.at.y())
            for row, mark in zip(self._rows, self._marks, strict=True)
        ]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(hairline(Role.MUTED, 1.5))
        painter.drawPolyline(QPolygonF(line))
        painter.setPen(hairline(Role.RAISED, 1.0))
        painter.setBrush(colour(Role.MUTED))
        for spot in line:
            painter.drawEllipse(spot, 3.5, 3.5)

    def _paint_marker(self, painter: QPainter, mark: Mark) -> None:
        paint_row_marker(painter, self._plot, mark, len(self._rows))


# ------------------------------------------------------------------- how soon


@dataclass(frozen=True, slots=True)
class Span:
    """How soon something happened.

    Attributes:
        name: what happened.
        text: its figures, at the row's end.
        median: seconds; without a value there is no dot.
        p90: nine of ten came sooner, seconds.
    """

    name: str
    text: str
    median: Figure
    p90: Figure


class TimesChart(ChartBase):
    """A row each: the median as a dot in its interval, and a stroke where nine of ten are done."""

    _ways = "y"

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make it empty."""
        super().__init__(parent)
        self._spans: Sequence[Span] = ()
        self._time_text: Callable[[float], str] = str
        self._scale = Scale(1.0, 10.0, 0.0, 1.0, is_log=True)
        self._ticks: tuple[float, ...] = ()

    def _sizes(self) -> tuple[QSize, QSize]:
        rows = max(3, len(self._spans))  # many stand closer
        return (
            QSize(420, max(6, rows + 2) * _ROW_PX),
            QSize(240, rows * _ROW_PX + 3 * line_px()),
        )

    def set_spans(
        self,
        spans: Sequence[Span],
        *,
        time_text: Callable[[float], str],
        names: tuple[str, str, str],
        describe: Describe,
    ) -> None:
        """Show other times.

        Args:
            spans: a row each, in the order in which they happen.
            time_text: a tick of the axis, of seconds.
            names: of the median, its interval, and the stroke.
            describe: the words about a row.
        """
        self._spans, self._time_text = spans, time_text
        self._keys = (Key(Shape.DOT, names[0]), Key("interval", names[1]), Key("tick", names[2]))
        self._set_content(describe, is_empty=all(span.median.value is None for span in spans))

    def _lay_out(self) -> None:
        inner = self._inner()
        known = [
            max(seconds, 1.0)
            for span in self._spans
            for seconds in (span.median.value, span.median.low, span.median.high, span.p90.value)
            if seconds is not None
        ]
        names, texts = [span.name for span in self._spans], [span.text for span in self._spans]
        left = inner.left() + min(widest(names), inner.width() * _LABELS_SHARE) + Space.M
        right = inner.right() - min(widest(texts), inner.width() * _LABELS_SHARE) - Space.M
        foot = line_px() + Space.XS
        high = (inner.height() - foot) / len(self._spans)
        bottom = inner.top() + high * len(self._spans)
        self._plot = QRectF(left, inner.top(), right - left, bottom - inner.top())
        wide = widest([self._time_text(600.0)]) + Space.L
        low, end = min(known) / _AIR, max(known) * _AIR
        self._ticks = duration_ticks(low, end, max(2, int((right - left) / wide)))
        self._scale = Scale(low, end, left, right, is_log=True)
        line = line_px()
        for place, span in enumerate(self._spans):
            middle = inner.top() + (place + 0.5) * high
            top = round(middle - line / 2)
            room = QRect(round(inner.left()), top, round(left - Space.M - inner.left()), line)
            self._labels.append(Label(span.name, room, RIGHT))
            beside = QRect(
                round(right + Space.M), top, round(inner.right() - right - Space.M), line
            )
            self._labels.append(Label(span.text, beside, RIGHT, Role.TEXT))
            seconds = span.median.value
            x = self._scale.px(max(seconds, 1.0)) if seconds is not None else left
            self._marks.append(Mark(place, QPointF(x, middle)))
        ticks = [(self._scale.px(tick), self._time_text(tick)) for tick in self._ticks]
        self._labels += foot_labels(ticks, bottom + Space.XS, inner.left(), inner.right())

    def _paint_plot(self, painter: QPainter) -> None:
        plot = self._plot
        painter.setPen(hairline(Role.BORDER))
        xs = [crisp(self._scale.px(tick)) for tick in self._ticks]
        painter.drawLines([QLineF(x, plot.top(), x, plot.bottom()) for x in xs])
        for span, mark in zip(self._spans, self._marks, strict=True):
            self._paint_span(painter, span, mark.at)

    def _paint_span(self, painter: QPainter, span: Span, at: QPointF) -> None:
        if span.median.value is None:
            return
        if span.p90.value is not None:
            x = self._scale.px(max(span.p90.value, 1.0))
            painter.setPen(hairline(Role.BORDER_STRONG))
            painter.drawLine(QLineF(at.x(), at.y(), x, at.y()))
            painter.setPen(hairline(Role.MUTED, 2.0))
            painter.drawLine(QLineF(x, at.y() - 8, x, at.y() + 8))
        if span.median.low is not None and span.median.high is not None:
            low, high = (self._scale.px(max(s, 1.0)) for s in (span.median.low, span.median.high))
            painter.setPen(hairline(Role.ACCENT, 1.0))
            painter.setBrush(colour(Role.ACCENT_SOFT))
            painter.drawRoundedRect(QRectF(low - 4, at.y() - 6, high - low + 8, 12), 6, 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(Role.ACCENT))
        painter.drawEllipse(at, 4.0, 4.0)

    def _paint_marker(self, painter: QPainter, mark: Mark) -> None:
        paint_row_marker(painter, self._plot, mark, len(self._spans))


def paint_row_marker(painter: QPainter, plot: QRectF, mark: Mark, rows: int) -> None:
    """Outline the marked row."""
    high = plot.height() / rows
    row = QRectF(plot.left() - 4, mark.at.y() - high / 2 + 1, plot.width() + 8, high - 2)
    box(painter, row, None, Role.FOCUS)
