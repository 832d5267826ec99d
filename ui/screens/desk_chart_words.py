"""What the desk's charts say of a figure: numbers, dates and durations in the language in force."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from PySide6.QtCore import QDate, QLocale

from app.domain.control_charts import Chart, ChartPoint, Rule
from app.domain.funnel import Funnel, FunnelPoint, Standing
from app.domain.lean import dataclass
from app.domain.records import STEP_EDGES_S, Recovery
from app.domain.reports import Count, Handling, Report, Soon, Step
from app.domain.statistics import Definition, Figure, ParetoBar, Tally
from ui.qt.words import Words
from ui.screens.look.charts import Hint, Row, broken_rules

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_FEW_PERCENT = 10.0
_NARROW = 0.02  # from here on whole percent would hide an interval


@dataclass(frozen=True, slots=True)
class RecoveryRow:
    """What one group of members did later; `heading` where another question begins."""

    heading: str
    question: str
    group: str
    text: str
    of: str
    tally: Tally
    share: Figure


class ChartWords:
    """Puts a report's figures into words; made anew for each report."""

    def __init__(self, words: Words, report: Report) -> None:
        """Speak of `report`."""
        self._say, self._words, self._report = words.say, words, report
        self._locale = QLocale(words.code)
        self._broken: dict[int, dict[int, tuple[Rule, ...]]] = {}

    # numbers

    def share(self, value: float | None) -> str:
        """Return a share in percent, with a decimal where it is small; '–' of nothing."""
        if value is None:
            return "–"
        percent = 100.0 * value
        return f"{percent:.1f} %" if 0.0 < percent < _FEW_PERCENT else f"{percent:.0f} %"

    def tick(self, value: float) -> str:
        """Return a share beside an axis, with no more decimals than it has."""
        return f"{round(100.0 * value, 4):g} %"

    def count(self, value: int) -> str:
        """Return a whole number, grouped as the language does."""
        return self._locale.toString(value)

    def time(self, seconds: float | None) -> str:
        """Return a duration in its largest unit, with a decimal where that tells more."""
        if seconds is None:
            return "–"
        for unit, name in ((_DAY, "figure_days"), (_HOUR, "hours"), (_MINUTE, "minutes")):
            if seconds >= unit:
                number = seconds / unit
                return self._say(name, n=f"{number:.1f}".removesuffix(".0"))
        return self._say("figure_seconds", n=f"{seconds:.0f}")

    def day(self, day: date) -> str:
        """Return a day as it stands below an axis."""
        return self._locale.toString(QDate(day.year, day.month, day.day), self._say("format_day"))

    def date(self, day: date) -> str:
        """Return a day with its weekday and year."""
        return self._locale.toString(QDate(day.year, day.month, day.day), self._say("format_date"))

    # names

    def staff(self, number: str) -> str:
        """Return whose figures they are."""
        return self._say("clerk", staff=number) if number else self._say("no_staff")

    def service(self, code: str) -> str:
        """Return what visits were about."""
        key = f"service_{code}"
        return self._say(key) if self._words.has(key) else code

    def reason(self, code: str) -> str:
        """Return a reason as the customer read it."""
        key = f"reason_{code}"
        return self._say(key) if self._words.has(key) else code

    def causes(self, row: Row) -> str:
        """Return what a bar of the Pareto chart stands for."""
        if len(row.causes) > 1:
            return self._say("others_n", n=len(row.causes))
        return self.reason(row.causes[0])

    def definition(self, definition: Definition) -> str:
        """Return the sentence about how a figure was worked out."""
        return self._say(f"def_{definition.value}")

    # sentences

    def interval(self, figure: Figure) -> str:
        """Return a share's interval, in words."""
        if figure.low is None or figure.high is None:
            return self._say("no_interval")
        low, high = self._bounds(figure.low, figure.high)
        return self._say("interval", low=low, high=high)

    def span(self, figure: Figure) -> str:
        """Return a share's interval alone; '–' where there is none."""
        if figure.low is None or figure.high is None:
            return "–"
        return " – ".join(self._bounds(figure.low, figure.high))

    def _bounds(self, low: float, high: float) -> tuple[str, str]:
        if high - low < _NARROW:
            return f"{100.0 * low:.1f} %", f"{100.0 * high:.1f} %"
        return self.share(low), self.share(high)

    def _share_facts(self, tally: Tally, of: str) -> tuple[str, ...]:
        return self._say(of, part=tally.observed, n=tally.n), self.interval(tally.share())

    # what the cards say

    def of_low(self, chart: Chart, place: int) -> Hint:
        """Return the words about a day's low ratings."""
        count = self._report.by_day[place]
        return self._of_day(chart, place, Tally(count.low, count.ratings), "of_ratings")

    def of_unrated(self, chart: Chart, place: int) -> Hint:
        """Return the words about a day's visits without a rating."""
        return self._of_day(chart, place, self._report.by_day[place].unrated, "of_visits")

    def _of_day(self, chart: Chart, place: int, tally: Tally, of: str) -> Hint:
        point = chart.points[place]
        assert point is not None, "only what is drawn is marked"
        return Hint(
            self.date(date.fromisoformat(self._report.days[place])),
            self.share(point.value),
            (*self._share_facts(tally, of), self._limits(point, is_time=False)),
            self._flags(chart, place),
            self.definition(chart.definition),
            is_better=point.value < point.centre,
        )

    def of_taken(self, place: int) -> Hint:
        """Return the words about how soon a day's cases were taken."""
        trend = self._report.taken_trend
        assert trend is not None, "only what is drawn is marked"
        chart = trend.individuals
        point = chart.points[place]
        assert point is not None, "measured values have no gaps"
        flags = self._flags(chart, place)
        if place in self._rules(trend.ranges):
            flags = (*flags, self._say("rule_range"))
        return Hint(
            self.date(date.fromisoformat(self._report.taken_days[place])),
            self.time(point.value),
            (self._limits(point, is_time=True),),
            flags,
            self.definition(chart.definition),
            is_better=point.value < point.centre,
        )

    def _limits(self, point: ChartPoint, *, is_time: bool) -> str:
        written = self.time if is_time else self.share
        return self._say(
            "limits",
            low=written(point.low),
            high=written(point.high),
            centre=written(point.centre),
        )

    def _rules(self, chart: Chart) -> dict[int, tuple[Rule, ...]]:
        if id(chart) not in self._broken:
            self._broken[id(chart)] = broken_rules(chart)
        return self._broken[id(chart)]

    def _flags(self, chart: Chart, place: int) -> tuple[str, ...]:
        rules = self._rules(chart).get(place, ())
        return tuple(self._say(f"rule_{rule.number}") for rule in rules)

    def of_clerk_low(self, place: int) -> Hint:
        """Return the words about a clerk's low ratings, the unrated share beside them."""
        point = self._report.low_by_staff.points[place]
        beside = self._report.unrated_by_staff.points[place].share
        other = self._say("clerk_unrated", share=self.share(beside.value), n=beside.n)
        return self._of_clerk(self._report.low_by_staff, point, other)

    def of_clerk_unrated(self, place: int) -> Hint:
        """Return the words about a clerk's visits without a rating, low ratings beside them."""
        point = self._report.unrated_by_staff.points[place]
        beside = self._report.low_by_staff.points[place].share
        other = self._say("clerk_low", share=self.share(beside.value), n=beside.n)
        return self._of_clerk(self._report.unrated_by_staff, point, other)

    def _of_clerk(self, funnel: Funnel, point: FunnelPoint, other: str) -> Hint:
        assert point.limits is not None, "only what is drawn is marked"
        assert point.standing is not None
        limits, standing = point.limits, self._say(f"stands_{point.standing.value}")
        is_within = point.standing is Standing.WITHIN
        facts = (
            self._say("n", n=point.share.n),
            self.interval(point.share),
            self._say("limits_95", low=self.share(limits.low_95), high=self.share(limits.high_95)),
            self._say(
                "limits_998", low=self.share(limits.low_998), high=self.share(limits.high_998)
            ),
            other,
        )
        definitions = dict.fromkeys((point.share.definition, funnel.definition))
        return Hint(
            self.staff(point.key),
            self.share(point.share.value),
            (standing, *facts) if is_within else facts,
            () if is_within else (standing,),
            " ".join(map(self.definition, definitions)),
            is_better=point.standing in (Standing.BELOW, Standing.FAR_BELOW),
        )

    def of_reasons(self, bars: tuple[ParetoBar, ...], row: Row) -> Hint:
        """Return the words about a reason, or about all that are folded into one bar."""
        n = sum(bar.count for bar in bars)
        tally = Tally(row.count, n)
        names = " · ".join(map(self.reason, row.causes))
        added = self._say("added_up", share=self.share(row.cumulative))
        return Hint(
            names,
            self.share(row.share),
            (*self._share_facts(tally, "of_reasons"), added),
            definition=self.definition(Definition.WILSON_SHARE),
        )

    def of_hour(self, hour: int, count: Count, good: Figure) -> Hint:
        """Return the words about an hour of the day."""
        visits = self._say("visits_n", n=count.visits)
        facts: tuple[str, ...]
        if good.value is None:
            facts = (visits, self._say("n", n=good.n), self._say("too_few"))
        else:
            tally = Tally(count.good, count.ratings)
            facts = (visits, *self._share_facts(tally, "of_ratings"))
        return Hint(
            self._say("hour_span", first=f"{hour:02}", last=f"{hour + 1:02}"),
            self.share(good.value),
            facts,
            definition=self.definition(good.definition),
        )

    def of_step(self, step: Step, column: int) -> Hint:
        """Return the words about how many visits took a step so long."""
        n, count = sum(step.counts), step.counts[column]
        return Hint(
            self._say(f"step_{step.step}"),
            self._column(column),
            (
                self._say("of_visits", part=count, n=n),
                self._say("target", time=self.time(step.target_s)),
                self._say("of_opportunities", part=step.late.observed, n=step.late.n),
                *self.step_asides(step)[1:],
            ),
            definition=self.definition(step.per_million.definition),
        )

    def step_asides(self, step: Step) -> tuple[str, ...]:
        """Return the lines under a step's name."""
        value = step.per_million.value
        target = self._say("target", time=self.time(step.target_s))
        return (target,) if value is None else (target, self._say("per_million", n=round(value)))

    def _column(self, column: int) -> str:
        if column == 0:
            return self._say("below_time", time=self.time(STEP_EDGES_S[0]))
        if column == len(STEP_EDGES_S):
            return self._say("above_time", time=self.time(STEP_EDGES_S[-1]))
        first, last = STEP_EDGES_S[column - 1], STEP_EDGES_S[column]
        return self._say("between_times", first=self.time(first), last=self.time(last))

    def of_soon(self, name: str, soon: Soon) -> Hint:
        """Return the words about how soon cases came on; `name` is its sentence's."""
        median = soon.median
        if median.low is None or median.high is None:
            interval = self._say("no_interval")
        else:
            low, high = self.time(median.low), self.time(median.high)
            interval = self._say("interval", low=low, high=high)
        return Hint(
            self._say(name),
            self.time(median.value),
            (
                self._say("of_cases", n=median.n),
                self._say("until_median", time=self.time(median.value)),
                interval,
                self._say("until_p90", time=self.time(soon.p90.value)),
            ),
            definition=self.definition(median.definition),
        )

    def of_held(self, tier: Handling) -> Hint:
        """Return the words about how long closed cases were with one tier."""
        said = self.of_soon(f"held_{tier.tier}", tier.held)
        held = self._say("held_of", part=len(tier.held.values), n=tier.reached.n)
        return replace(said, facts=(held, *said.facts[1:]))

    def recovery_rows(self, found: Recovery, least_n: int) -> list[RecoveryRow]:
        """Return what each group did, question by question; of fewer than `least_n` nothing."""
        rows = []
        for name, of in (
            ("again", "of_members"), ("redeemed", "of_members"), ("good", "of_members_rated"),
        ):  # fmt: skip
            question = self._say(f"recovery_{name}", days=found.days)
            for place, group in enumerate(found.groups):
                n = group.rated if name == "good" else group.members
                tally = Tally(getattr(group, name), n)
                share = tally.share().shown_from(least_n)
                text = f"{self.share(share.value)} · {self._say('n', n=n)}"
                called = self._say(f"group_{group.name}")
                heading = "" if place else question
                rows.append(RecoveryRow(heading, question, called, text, of, tally, share))
        return rows

    def of_recovery(self, row: RecoveryRow) -> Hint:
        """Return the words about what a group did later."""
        if row.share.value is None:
            facts: tuple[str, ...] = (self._say("n", n=row.share.n), self._say("too_few"))
        else:
            facts = self._share_facts(row.tally, row.of)
        return Hint(
            f"{row.question} · {row.group}",
            self.share(row.share.value),
            facts,
            definition=self.definition(row.share.definition),
        )

    def apart(self) -> list[str]:
        """Return what is counted apart: on people's own phones, and outside questions."""
        report = self._report
        source = report.choice.source
        notes = [] if source == "panel" else [self._say(f"source_note_{source}")]
        notes += [
            self._say(
                f"apart_{name}",
                n=figure.n,
                share=self.share(figure.value),
                interval=self.interval(figure),
            )
            for name, figure in (("phone", report.phone), ("companions", report.companions))
            if figure.n and (source == "panel" or name != "phone")
        ]
        if report.stray_times:
            times, presses = report.stray_times, report.stray_presses
            notes.append(self._say("apart_stray", times=times, presses=presses))
        return notes

    def of_ending(self, level: int, count: int) -> Hint:
        """Return the words about a face's ratings, or about the visits without one."""
        ratings, unrated = self._report.all.ratings, self._report.unanswered
        tally = Tally(count, ratings + unrated)
        facts = self._share_facts(tally, "of_visits")
        if level:
            facts = (*facts, self._say("of_ratings", part=count, n=ratings))
        return Hint(
            self._say(f"level_{level}" if level else "unrated"),
            self.share(tally.share().value),
            facts,
            definition=self.definition(Definition.WILSON_SHARE),
        )
