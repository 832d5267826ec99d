"""The desk's charts on their cards, filled from a report."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from app.domain.control_charts import Chart
from app.domain.figure_rules import FigureRules
from app.domain.funnel import Funnel
from app.domain.records import STEP_EDGES_S, Recovery
from app.domain.reports import Report, Soon
from app.domain.statistics import Figure, Tally
from app.services.views import FiguresView
from ui.qt.words import Words
from ui.screens import look
from ui.screens.desk_chart_words import ChartWords
from ui.screens.look import charts
from ui.screens.look.roles import Role, Size, Space

_TILES = ("good", "good_of_visits", "low", "unrated", "unopened", "rectified")
_TILES_PX = 820
_THREE_PX = 960
_SOON = ("taken", "there", "closed")
_TREND_NAMES = ("band", "diamond", "square")


class ChartCard(look.Card):
    """A chart under its title, with a note below where there is something to say."""

    def __init__(self, chart: charts.ChartBase) -> None:
        """Hold `chart`."""
        super().__init__(spacing=Space.XS, margin=Space.M)
        self.chart = chart
        self._note = look.Paragraph(size=Size.SMALL, ink=Role.MUTED)
        self.body.addWidget(chart, 1)
        self.body.addWidget(self._note)

    def name(self, title: str, summary: str, empty: str, note: str = "") -> None:
        """Say what it is, in sum, in place of nothing, and below."""
        self.set_title(title)
        self.chart.set_words(title, summary, empty)
        self._note.setText(note)
        self._note.setVisible(bool(note))

    def note(self) -> str:
        """Return what stands below."""
        return self._note.text()


class Reflowing(QWidget):
    """Parts beside each other; below each other where there is too little room."""

    def __init__(
        self, *parts: QWidget, from_px: int, spacing: int = Space.M, is_even: bool = True
    ) -> None:
        """Hold `parts`.

        Args:
            parts: in the order shown.
            from_px: from this width on they stand beside each other.
            spacing: between them, px.
            is_even: all are as wide; else the last one takes what the others leave.
        """
        super().__init__()
        self.setProperty("look", "plain")
        self._parts, self._from_px = parts, from_px
        self._line = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(spacing)
        for part in parts:
            self._line.addWidget(part, int(is_even or part is parts[-1]))

    def set_from(self, from_px: int) -> None:
        """Let parts stand beside each other from another width on."""
        self._from_px = from_px
        self._flow()

    def minimumSizeHint(self) -> QSize:
        """As narrow as the widest part: the others then go below."""
        wide = max(part.minimumSizeHint().width() for part in self._parts)
        return QSize(wide, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Follow the width."""
        super().resizeEvent(event)
        self._flow()

    def _flow(self) -> None:
        is_wide = self.width() >= self._from_px
        ways = QBoxLayout.Direction
        self._line.setDirection(ways.LeftToRight if is_wide else ways.TopToBottom)


class ChartCards(QWidget):
    """All charts of the page, three to a row; what a period of one day can't show is left out."""

    def __init__(self, words: Words) -> None:
        """Make them empty."""
        super().__init__()
        self.setProperty("look", "plain")
        self._words = words
        self.tiles = {name: look.StatTile("") for name in _TILES}
        self.faces = ChartCard(charts.FacesBar())
        self.low = ChartCard(charts.TrendChart())
        self.unrated = ChartCard(charts.TrendChart())
        self.taken = ChartCard(charts.TrendChart())
        self.hours = ChartCard(charts.HoursChart())
        self.steps = ChartCard(charts.StepsChart())
        self.times = ChartCard(charts.TimesChart())
        self.low_staff = ChartCard(charts.FunnelChart())
        self.unrated_staff = ChartCard(charts.FunnelChart())
        self.reasons = ChartCard(charts.ParetoChart())
        self.recovery = ChartCard(charts.SharesChart())
        self.trends = Reflowing(self.low, self.unrated, self.taken, from_px=_THREE_PX)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.M)
        column.addWidget(Reflowing(*self.tiles.values(), from_px=_TILES_PX))
        column.addWidget(self.faces)
        column.addWidget(self.trends)
        for cards in (
            (self.hours, self.steps, self.times),
            (self.low_staff, self.unrated_staff, self.reasons),
        ):
            column.addWidget(Reflowing(*cards, from_px=_THREE_PX))
        column.addWidget(self.recovery)

    def all_charts(self) -> tuple[charts.ChartBase, ...]:
        """Return every chart."""
        return tuple(self.findChildren(charts.ChartBase))

    def show_view(self, view: FiguresView, *, has_staff: bool) -> None:
        """Show a report, and staff where there are any to be compared."""
        report, say = view.report, ChartWords(self._words, view.report)
        self.trends.setVisible(len(report.days) > 1)
        self._show_tiles(report, say)
        self._show_faces(report, say)
        self._show_trends(report, view.rules, say)
        self._show_day(report, view.rules, say)
        for card in (self.low_staff, self.unrated_staff):
            card.setVisible(has_staff)
        self._show_staff(report, view.rules, say)
        self._show_reasons(report, say)
        self.recovery.setVisible(view.recovery is not None)
        if view.recovery is not None:
            self._show_recovery(view.recovery, view.rules, say)

    def _show_tiles(self, report: Report, words: ChartWords) -> None:
        say = self._words.say
        for name, tile in self.tiles.items():
            figure: Figure = getattr(report, name)
            tile.set_words(say(f"tile_{name}"), say(f"tile_{name}_how"))
            interval = "" if figure.value is None else words.interval(figure)
            tile.set_figure(words.share(figure.value), say("n", n=figure.n), interval)
        # Only where somebody else counts, too
        self.tiles["unopened"].setVisible(bool(report.unopened.n))

    def _show_faces(self, report: Report, words: ChartWords) -> None:
        say = self._words.say
        unrated = report.unanswered
        counts = {**report.by_score, charts.UNRATED: unrated}
        whole = max(report.all.ratings + unrated, 1)
        parts = [
            charts.Part(
                level,
                counts[level],
                words.share(counts[level] / whole),
                "" if level else say("unrated"),
            )
            for level in charts.ORDER
        ]
        chart = self.faces.chart
        assert isinstance(chart, charts.FacesBar)
        chart.set_parts(parts, lambda level: words.of_ending(level, counts[level]))
        summary = " · ".join(
            words.of_ending(part.level, part.count).spoken() for part in parts if part.count
        )
        left_out = 0 if report.choice.source == "phone" else sum(report.excluded.values())
        notes = [say("left_out", n=left_out)] if left_out else []
        notes += words.apart()
        self.faces.name(say("chart_ratings"), summary, say("figures_none"), "\n".join(notes))

    # over time

    def _show_trends(self, report: Report, rules: FigureRules, words: ChartWords) -> None:
        say, days = self._words.say, [date.fromisoformat(day) for day in report.days]
        low, few_low = _suppressed(report.low_trend, rules.least_n)
        unrated, few_unrated = _suppressed(report.unrated_trend, rules.least_n)
        names = {name: say(f"legend_{name}") for name in _TREND_NAMES}
        for card, title, chart, few, describe in (
            (self.low, "chart_low", low, few_low, words.of_low),
            (self.unrated, "chart_unrated", unrated, few_unrated, words.of_unrated),
        ):
            trend = card.chart
            assert isinstance(trend, charts.TrendChart)
            trend.set_chart(
                chart,
                days,
                unit="share",
                value_text=words.tick,
                centre_text=words.share(chart.centre),
                day_text=words.day,
                names=names,
                describe=partial(describe, chart),
            )
            note = say("days_not_shown", n=few, least=rules.least_n) if few else ""
            card.name(
                say(title), self._summed(trend, chart.centre, words), say("trend_empty"), note
            )
        taken = self.taken.chart
        centre = report.taken_trend.individuals.centre if report.taken_trend is not None else None
        assert isinstance(taken, charts.TrendChart)
        taken.set_chart(
            report.taken_trend.individuals if report.taken_trend is not None else None,
            [date.fromisoformat(day) for day in report.taken_days],
            unit="seconds",
            value_text=words.time,
            centre_text=words.time(centre),
            day_text=words.day,
            names=names,
            describe=words.of_taken,
        )
        summed = words.of_soon("soon_taken", report.taken).spoken()
        self.taken.name(say("chart_taken"), summed, say("time_empty"))

    def _summed(self, chart: charts.TrendChart, centre: float | None, words: ChartWords) -> str:
        """The centre, and how often a rule is broken, for who can't see the line."""
        shapes = list(chart.shapes().values())
        counted = (
            f"{self._words.say(f'legend_{shape}')}: {shapes.count(shape)}"
            for shape in (charts.Shape.DIAMOND, charts.Shape.SQUARE)
            if shape in shapes
        )
        return " · ".join((words.share(centre), *counted))

    # within the day, and cases

    def _show_day(self, report: Report, rules: FigureRules, words: ChartWords) -> None:
        say = self._words.say
        shares = [
            Tally(count.good, count.ratings).share().shown_from(rules.least_n)
            for count in report.hours
        ]
        columns = [
            charts.HourColumn(hour, count.visits, share)
            for hour, (count, share) in enumerate(zip(report.hours, shares, strict=True))
        ]
        hours = self.hours.chart
        assert isinstance(hours, charts.HoursChart)
        hours.set_hours(
            columns,
            share_text=words.tick,
            count_text=words.count,
            hour_text=str,
            names=(say("legend_good"), say("legend_visits")),
            describe=lambda hour: words.of_hour(hour, report.hours[hour], shares[hour]),
        )
        busiest = max(range(24), key=lambda hour: report.hours[hour].visits)
        summed = words.of_hour(busiest, report.hours[busiest], shares[busiest]).spoken()
        self.hours.name(say("chart_hours"), summed, say("figures_none"))
        rows = [
            charts.StepRow(
                say(f"step_{step.step}"),
                words.step_asides(step),
                step.counts,
                STEP_EDGES_S.index(step.target_s),
            )
            for step in report.steps
        ]
        steps = self.steps.chart
        assert isinstance(steps, charts.StepsChart)
        wide = len(STEP_EDGES_S) + 1
        steps.set_steps(
            rows,
            [words.time(edge) for edge in STEP_EDGES_S],
            late=say("legend_late"),
            describe=lambda place: words.of_step(report.steps[place // wide], place % wide),
        )
        lines = (" · ".join((row.name, *row.asides)) for row in rows)
        self.steps.name(say("chart_steps"), "; ".join(lines), say("steps_empty"))
        hints = [(getattr(report, name), f"soon_{name}") for name in _SOON]
        spans: list[tuple[str, Soon, charts.Hint]] = [
            (say(name), soon, words.of_soon(name, soon)) for soon, name in hints
        ]
        # Where no case was passed on, the front line had it until it was closed
        if any(tier.held.values for tier in report.handling[1:]):
            spans += [
                (say(f"held_{tier.tier}"), tier.held, words.of_held(tier))
                for tier in report.handling
            ]
        times = self.times.chart
        assert isinstance(times, charts.TimesChart)
        times.set_spans(
            [
                charts.Span(name, self._span_text(soon, words), soon.median, soon.p90)
                for name, soon, _ in spans
            ],
            time_text=words.time,
            names=(say("legend_median"), say("legend_interval"), say("legend_p90")),
            describe=lambda place: spans[place][2],
        )
        summed = "; ".join(hint.spoken() for _, _, hint in spans)
        self.times.name(say("chart_times"), summed, say("time_empty"))

    def _span_text(self, soon: Soon, words: ChartWords) -> str:
        return f"{words.time(soon.median.value)} · {self._words.say('n', n=soon.median.n)}"

    # between staff, and why

    def _show_staff(self, report: Report, rules: FigureRules, words: ChartWords) -> None:
        say = self._words.say
        names = {
            "limits_95": say("legend_95"),
            "limits_998": say("legend_998"),
            "square": say("legend_outside_95"),
            "diamond": say("legend_outside_998"),
        }
        funnels: tuple[tuple[ChartCard, str, Funnel, str, charts.Describe], ...] = (
            (
                self.low_staff,
                "chart_low_staff",
                report.low_by_staff,
                "axis_ratings",
                words.of_clerk_low,
            ),
            (
                self.unrated_staff,
                "chart_unrated_staff",
                report.unrated_by_staff,
                "legend_visits",
                words.of_clerk_unrated,
            ),
        )
        for card, title, funnel, axis, describe in funnels:
            chart = card.chart
            assert isinstance(chart, charts.FunnelChart)
            chart.set_funnel(
                funnel,
                value_text=words.tick,
                count_text=words.count,
                names={**names, "n": say(axis)},
                describe=describe,
            )
            few = chart.suppressed()
            key = "not_shown" if few else "all_shown"
            note = say(key, n=few, least=rules.staff_least_n) if few else say(key)
            empty = say("staff_empty", least=rules.staff_least_n)
            card.name(say(title), note, empty, note)

    def _show_reasons(self, report: Report, words: ChartWords) -> None:
        say, bars = self._words.say, report.reasons
        chart = self.reasons.chart
        assert isinstance(chart, charts.ParetoChart)
        chart.set_bars(
            bars,
            cause_text=words.causes,
            count_text=lambda row: words.count(row.count),
            share_text=words.tick,
            names=(say("legend_count"), say("legend_sum")),
            describe=lambda row: words.of_reasons(bars, row),
        )
        summed = " · ".join(f"{words.reason(bar.cause)} {words.count(bar.count)}" for bar in bars)
        self.reasons.name(say("chart_reasons"), summed, say("reasons_empty"))

    def _show_recovery(self, found: Recovery, rules: FigureRules, words: ChartWords) -> None:
        say = self._words.say
        rows = words.recovery_rows(found, rules.least_n)
        chart = self.recovery.chart
        assert isinstance(chart, charts.SharesChart)
        shown = [charts.ShareRow(row.heading, row.group, row.text, row.share) for row in rows]
        chart.set_rows(
            shown,
            tick_text=words.tick,
            names=(say("legend_share"), say("legend_interval_95")),
            describe=lambda place: words.of_recovery(rows[place]),
        )
        first, last = (
            words.date(date.fromisoformat(day)) for day in (found.first_day, found.last_day)
        )
        note = say("recovery_note", first=first, last=last, days=found.days)
        summed = "; ".join(words.of_recovery(row).spoken() for row in rows)
        self.recovery.name(say("chart_recovery"), summed, say("recovery_empty"), note)


def _suppressed(chart: Chart, least_n: int) -> tuple[Chart, int]:
    """Leave out days of too few customers, and say how many there are; limits stay as they are."""
    points = tuple(
        point if point is not None and point.n >= least_n else None for point in chart.points
    )
    few = sum(point is not None for point in chart.points) - sum(
        point is not None for point in points
    )
    return replace(chart, points=points), few
