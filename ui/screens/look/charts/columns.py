"""Charts of columns: the hours of a day, and how long each step of a visit took."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, QSize
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from app.domain.lean import dataclass
from app.domain.statistics import Figure
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
from ui.screens.look.charts.scales import Scale, share_ticks, tidy_ticks
from ui.screens.look.charts.strokes import (
    Shape,
    crisp,
    draw_grid,
    draw_ring,
    draw_shape,
    fill_bar,
    hairline,
)
from ui.screens.look.painting import box
from ui.screens.look.roles import Role, Space

_COLUMN_SHARE: Final = 0.7
_TICK_PX: Final = 40


# ------------------------------------------------------------------- hours


@dataclass(frozen=True, slots=True)
class HourColumn:
    """An hour of the day.

    Attributes:
        hour: 0..23.
        visits: that began in it.
        good: share of its ratings that are 4 or 5.
    """

    hour: int
    visits: int
    good: Figure


class HoursChart(ChartBase):
    """Two panels with the same hours: the good share with its interval above, visits below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make it empty."""
        super().__init__(parent)
        self._hours: Sequence[HourColumn] = ()
        self._share_text: Callable[[float], str] = str
        self._count_text: Callable[[int], str] = str
        self._hour_text: Callable[[int], str] = str
        self._upper = self._lower = QRectF()
        self._share_scale = self._visit_scale = Scale(0.0, 1.0, 1.0, 0.0)
        self._share_ticks: tuple[float, ...] = ()
        self._visit_ticks: tuple[float, ...] = ()

    def _sizes(self) -> tuple[QSize, QSize]:
        return QSize(420, 240), QSize(240, 170)

    def set_hours(
        self,
        hours: Sequence[HourColumn],
        *,
        share_text: Callable[[float], str],
        count_text: Callable[[int], str],
        hour_text: Callable[[int], str],
        names: tuple[str, str],
        describe: Describe,
    ) -> None:
        """Show other hours.

        Args:
            hours: ascending, each once; the hours between them are empty.
            share_text: a tick of the upper panel.
            count_text: a tick of the lower one.
            hour_text: an hour below both.
            names: of the share and of the visits.
            describe: the words about an hour, by its place in `hours`.
        """
        self._hours = [hour for hour in hours if hour.visits]
        self._share_text, self._count_text, self._hour_text = share_text, count_text, hour_text
        self._keys = (Key(Shape.DOT, names[0]), Key("bar", names[1])) if self._hours else ()
        kept = [place for place, hour in enumerate(hours) if hour.visits]
        self._set_content(lambda place: describe(kept[place]), is_empty=not self._hours)

    def _lay_out(self) -> None:
        inner = self._inner()
        foot = line_px() + Space.XS
        known = [hour.good for hour in self._hours if hour.good.value is not None]
        low = min((figure.low or 0.0 for figure in known), default=0.0)
        room = inner.height() - foot - line_px()
        self._share_ticks = share_ticks(low, 1.0, max(2, int(room * 0.55 / _TICK_PX) + 1))
        most_visits = max(hour.visits for hour in self._hours)
        self._visit_ticks = tidy_ticks(0.0, most_visits, 3, whole=True)
        shares = [self._share_text(tick) for tick in self._share_ticks]
        visits = [self._count_text(int(tick)) for tick in self._visit_ticks]
        left = inner.left() + widest([*shares, *visits]) + Space.S
        top, right = inner.top() + line_px() / 2, inner.right()
        self._upper = QRectF(left, top, right - left, room * 0.55)
        lower_top = self._upper.bottom() + line_px()
        bottom = inner.bottom() - foot
        self._lower = QRectF(left, lower_top, right - left, bottom - lower_top)
        self._plot = QRectF(self._upper.topLeft(), self._lower.bottomRight())
        self._share_scale = Scale(
            self._share_ticks[0], self._share_ticks[-1], self._upper.bottom(), top
        )
        self._visit_scale = Scale(0.0, self._visit_ticks[-1], bottom, lower_top)
        share_y, visit_y = self._share_scale.px, self._visit_scale.px
        self._labels += left_labels(
            [(share_y(tick), text) for tick, text in zip(self._share_ticks, shares, strict=True)],
            left,
        )
        self._labels += left_labels(
            [(visit_y(tick), text) for tick, text in zip(self._visit_ticks, visits, strict=True)],
            left,
        )
        ticks = [(self._x(hour), self._hour_text(hour)) for hour in self._all_hours()]
        self._labels += foot_labels(ticks, bottom + Space.XS, inner.left(), inner.right())
        for place, hour in enumerate(self._hours):
            value = hour.good.value
            y = share_y(value) if value is not None else visit_y(hour.visits)
            self._marks.append(Mark(place, QPointF(self._x(hour.hour), y)))

    def _all_hours(self) -> range:
        return range(self._hours[0].hour, self._hours[-1].hour + 1)

    def _x(self, hour: int) -> float:
        hours = self._all_hours()
        return self._plot.left() + (hour - hours.start + 0.5) * self._plot.width() / len(hours)

    def _paint_plot(self, painter: QPainter) -> None:
        share_y, visit_y = self._share_scale.px, self._visit_scale.px
        draw_grid(painter, self._upper, [share_y(tick) for tick in self._share_ticks], [])
        draw_grid(painter, self._lower, [visit_y(tick) for tick in self._visit_ticks], [])
        wide = min(self._plot.width() / len(self._all_hours()) * _COLUMN_SHARE, 36.0)
        for hour in self._hours:
            x, top = self._x(hour.hour), visit_y(hour.visits)
            column = QRectF(x - wide / 2, top, wide, self._lower.bottom() - top)
            fill_bar(painter, column, Role.ACCENT)
            good = hour.good
            if good.value is None:
                continue
            if good.low is not None and good.high is not None:
                painter.setPen(hairline(Role.BORDER_STRONG, 1.5))
                painter.drawLine(QLineF(x, share_y(good.low), x, share_y(good.high)))
            draw_shape(painter, Shape.DOT, QPointF(x, share_y(good.value)))

    def _paint_marker(self, painter: QPainter, mark: Mark) -> None:
        x = mark.at.x()
        painter.setPen(hairline(Role.BORDER_STRONG))
        painter.drawLine(QLineF(x, self._plot.top(), x, self._plot.bottom()))
        draw_ring(painter, mark.at)


# ------------------------------------------------------------------- steps


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of the visits.

    Attributes:
        name: what it is called.
        asides: lines under the name: its target, its defects per million.
        counts: visits below each edge and above the one before, and those beyond the last.
        target_at: the target's place among the edges; None without one.
    """

    name: str
    asides: tuple[str, ...]
    counts: tuple[int, ...]
    target_at: int | None


class StepsChart(ChartBase):
    """A strip of columns for each step, over the same times; what is past the target is hatched.

    Up and Down lead from step to step.
    """

    _ways = "xy"

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make it empty."""
        super().__init__(parent)
        self._steps: Sequence[StepRow] = ()
        self._edges: Sequence[str] = ()

    def _sizes(self) -> tuple[QSize, QSize]:
        high = max((len(step.asides) + 1 for step in self._steps), default=3) * line_px()
        least = len(self._steps or "...") * (high + Space.S) + 2 * line_px()
        return QSize(480, 280), QSize(320, least)

    def set_steps(
        self, steps: Sequence[StepRow], edges: Sequence[str], *, late: str, describe: Describe
    ) -> None:
        """Show other steps.

        Args:
            steps: a strip each; each has one count more than there are edges.
            edges: the times between the columns.
            late: name of the hatched columns.
            describe: the words about a column: place // columns is its step, % columns its column.
        """
        self._steps, self._edges = steps, edges
        self._stride = len(edges) + 1
        has_target = any(step.target_at is not None for step in steps)
        self._keys = (Key("hatched", late),) if has_target else ()
        self._set_content(describe, is_empty=not any(sum(step.counts) for step in steps))

    def _lay_out(self) -> None:
        inner = self._inner()
        line, foot = line_px(), line_px() + Space.XS
        words = [text for step in self._steps for text in (step.name, *step.asides)]
        left = inner.left() + min(widest(words), inner.width() * 0.4) + Space.M
        bottom = inner.bottom() - foot
        self._plot = QRectF(left, inner.top(), inner.right() - left, bottom - inner.top())
        high = self._strip_px()
        for row, step in enumerate(self._steps):
            texts = (step.name, *step.asides)
            top = inner.top() + row * high + max((high - Space.S - len(texts) * line) / 2, 0)
            for at, text in enumerate(texts):
                room = QRect(round(inner.left()), round(top + at * line), 0, line)
                room.setRight(round(left - Space.M))
                self._labels.append(Label(text, room, ink=Role.MUTED if at else Role.TEXT))
            for column in range(len(step.counts)):
                bar = self._bar(row, column)
                self._marks.append(
                    Mark(row * self._stride + column, QPointF(bar.center().x(), bar.top()))
                )
        ticks = [(self._edge_x(at), text) for at, text in enumerate(self._edges)]
        self._labels += foot_labels(ticks, bottom + Space.XS, left, inner.right())

    def _strip_px(self) -> float:
        return self._plot.height() / len(self._steps)

    def _edge_x(self, at: int) -> float:
        return self._plot.left() + (at + 1) * self._plot.width() / self._stride

    def _bar(self, row: int, column: int) -> QRectF:
        step, high = self._steps[row], self._strip_px()
        wide = self._plot.width() / self._stride
        foot = self._plot.top() + (row + 1) * high - Space.S
        tall = (high - Space.L) * step.counts[column] / max(*step.counts, 1)
        if step.counts[column]:
            tall = max(tall, 2.0)  # a few among thousands are still to be seen
        return QRectF(self._plot.left() + column * wide + 1.5, foot - tall, wide - 3.0, tall)

    def _paint_plot(self, painter: QPainter) -> None:
        plot, high = self._plot, self._strip_px()
        for row, step in enumerate(self._steps):
            foot = plot.top() + (row + 1) * high - Space.S
            painter.setPen(hairline(Role.BORDER))
            painter.drawLine(QLineF(plot.left(), crisp(foot), plot.right(), crisp(foot)))
            for column, count in enumerate(step.counts):
                if count:
                    late = step.target_at is not None and column > step.target_at
                    role = Role.CAUTION if late else Role.ACCENT
                    fill_bar(painter, self._bar(row, column), role, is_hatched=late)
            if step.target_at is not None:
                x = crisp(self._edge_x(step.target_at))
                painter.setPen(hairline(Role.TEXT, 1.5, is_dashed=True))
                painter.drawLine(QLineF(x, foot - high + Space.L, x, foot))

    def _paint_marker(self, painter: QPainter, mark: Mark) -> None:
        row, column = divmod(mark.place, self._stride)
        high, wide = self._strip_px(), self._plot.width() / self._stride
        top = self._plot.top() + row * high
        box(
            painter,
            QRectF(self._plot.left() + column * wide, top, wide, high - Space.S + 2),
            None,
            Role.FOCUS,
        )
