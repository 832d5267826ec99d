"""A report as CSV: one figure a row, each with its n, interval and definition, and nobody's own.

Staff aren't in it. A table of them is sorted by a click, and what a file says of a clerk stays in
places that nobody knows of.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import astuple, fields
from itertools import chain
from typing import Final

from app.domain.control_charts import Chart
from app.domain.csv_cells import harmless
from app.domain.figure_rules import FigureRules
from app.domain.lean import dataclass
from app.domain.records import STEP_EDGES_S, Recovery
from app.domain.reports import Report, Soon
from app.domain.statistics import Figure, Tally

_DIGITS: Final = 6

Number = float | int | None


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the file; None leaves its cell empty.

    Attributes:
        figure: what is counted; first what the file is about, from 'first_day' to 'service'.
        item: the day, hour, reason, state or step that it is of; '' for all together.
        value: shares in [0, 1], times in seconds, counts as they are.
        low: of the 95 % interval, as high is.
        centre: of a chart over time, as both limits are.
    """

    figure: str
    item: str = ""
    value: Number = None
    n: Number = None
    low: Number = None
    high: Number = None
    centre: Number = None
    lower_limit: Number = None
    upper_limit: Number = None
    definition: str = ""


def report_csv(
    report: Report,
    rules: FigureRules,
    office_codes: Sequence[str],
    recovery: Recovery | None = None,
) -> str:
    """Return the report's figures as CSV, the columns' names first; rows end with a line feed.

    Args:
        report: of no clerk in particular.
        rules: what comes from fewer customers than its `least_n` has n alone.
        office_codes: whose figures they are.
        recovery: what this office's members did after low ratings, where it is known.

    Raises:
        ValueError: the report is about chosen staff.
    """
    if report.choice.staff:
        raise ValueError("a clerk's figures are in no file")
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(field.name for field in fields(_Row))
    parts = (
        _chosen(report, office_codes),
        _shares(report),
        _days(report, rules),
        _counts(report, rules),
    )
    for row in chain(*parts, _steps(report, rules), _times(report), _recovery(recovery, rules)):
        writer.writerow(_rounded(cell) for cell in astuple(row))
    return out.getvalue()


def _rounded(cell: object) -> object:
    if isinstance(cell, float):
        return round(cell, _DIGITS)
    return harmless(cell) if isinstance(cell, str) else cell


def _of(name: str, figure: Figure, item: str = "") -> _Row:
    return _Row(
        name, item, figure.value, figure.n, figure.low, figure.high,
        definition=figure.definition.value,
    )  # fmt: skip


def _chosen(report: Report, office_codes: Sequence[str]) -> Iterator[_Row]:
    choice = report.choice
    yield _Row("first_day", choice.first_day)
    yield _Row("last_day", choice.last_day)
    for name, items in (
        ("office", office_codes),
        ("counter", sorted(choice.counters)),
        ("service", sorted(service or "other" for service in choice.services)),
    ):
        for item in items:
            yield _Row(name, item)
    yield _Row("ratings_from", choice.source)


def _shares(report: Report) -> Iterator[_Row]:
    yield _Row("visits", value=report.all.visits)
    yield _Row("ratings", value=report.all.ratings)
    for name in ("good", "good_of_visits", "low", "unrated", "rectified"):
        yield _of(name, getattr(report, name))
    for name in ("phone", "companions"):
        yield _of(f"{name}_good", getattr(report, name))
    if report.unopened.n:
        yield _of("unopened", report.unopened)
    yield _Row("stray_times", value=report.stray_times)
    yield _Row("stray_presses", value=report.stray_presses)


def _days(report: Report, rules: FigureRules) -> Iterator[_Row]:
    low = [Tally(day.low, day.ratings) for day in report.by_day]
    unrated = [day.unrated for day in report.by_day]
    yield from _trend("low_by_day", report.low_trend, report.days, low, rules.least_n)
    yield from _trend("unrated_by_day", report.unrated_trend, report.days, unrated, rules.least_n)
    if report.taken_trend is not None:
        chart = report.taken_trend.individuals
        for day, point in zip(report.taken_days, chart.points, strict=True):
            if point is not None:
                yield _Row(
                    "taken_median_s", day, point.value, centre=point.centre,
                    lower_limit=point.low, upper_limit=point.high,
                    definition=chart.definition.value,
                )  # fmt: skip


def _trend(
    name: str, chart: Chart, days: tuple[str, ...], tallies: list[Tally], least_n: int
) -> Iterator[_Row]:
    for day, tally, point in zip(days, tallies, chart.points, strict=True):
        share = tally.share().shown_from(least_n)
        if point is not None:
            yield _Row(
                name, day, share.value, tally.n, share.low, share.high, point.centre,
                point.low, point.high, chart.definition.value,
            )  # fmt: skip


def _counts(report: Report, rules: FigureRules) -> Iterator[_Row]:
    is_enough = report.all.ratings >= rules.least_n
    for score, count in report.by_score.items():
        value = count if is_enough else None
        yield _Row("score", str(score), value, report.all.ratings)
    for name, counts in (("state", report.by_state), ("excluded", report.excluded)):
        for item, count in sorted(counts.items()):
            yield _Row(name, item, count, report.all.visits)
    for bar in report.reasons:
        yield _of("reason", bar.share.shown_from(rules.least_n), bar.cause)
    for hour, of_hour in enumerate(report.hours):
        if of_hour.visits:
            yield _Row("visits_by_hour", str(hour), of_hour.visits)
            good = Tally(of_hour.good, of_hour.ratings).share()
            yield _of("good_by_hour", good.shown_from(rules.least_n), str(hour))


def _steps(report: Report, rules: FigureRules) -> Iterator[_Row]:
    for step in report.steps:
        yield _Row("target_s", step.step, step.target_s)
        yield _of("late_per_million", step.per_million.shown_from(rules.least_n), step.step)
        edges = (*(f"below {edge} s" for edge in STEP_EDGES_S), f"{STEP_EDGES_S[-1]} s or more")
        for edge, count in zip(edges, step.counts, strict=True):
            yield _Row(f"{step.step}_visits", edge, count, sum(step.counts))


def _times(report: Report) -> Iterator[_Row]:
    for name in ("taken", "there", "closed"):
        soon: Soon = getattr(report, name)
        yield _of(f"{name}_median_s", soon.median)
        yield _of(f"{name}_p90_s", soon.p90)
    for tier in report.handling:
        yield _of("handling_reached", tier.reached, tier.tier)
        yield _of("handling_median_s", tier.held.median, tier.tier)
        yield _of("handling_p90_s", tier.held.p90, tier.tier)


def _recovery(found: Recovery | None, rules: FigureRules) -> Iterator[_Row]:
    """Each group by its name; visits are of days of their own, whatever the others are of."""
    if found is None:
        return
    yield _Row("recovery_first_day", found.first_day)
    yield _Row("recovery_last_day", found.last_day)
    yield _Row("recovery_days", value=found.days)
    for group in found.groups:
        for name, observed, n in (
            ("again", group.again, group.members),
            ("redeemed", group.redeemed, group.members),
            ("next_good", group.good, group.rated),
        ):
            share = Tally(observed, n).share().shown_from(rules.least_n)
            yield _of(f"recovery_{name}", share, group.name)
