"""The worked example of docs/figures.md is worked out again."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from app.domain.figure_rules import FigureRules
from app.domain.records import Figures
from app.domain.reports import Choice, Report, Source, report
from app.domain.statistics import Figure, Tally

DOC = (Path(__file__).parents[2] / "docs" / "figures.md").read_text()


def example(source: Source = "panel") -> Report:
    found = re.search(r"```json\n(.*)```", DOC, re.DOTALL)
    assert found is not None
    days = msgspec.json.decode(found[1], type=list[Figures])
    return report(days, Choice("2026-03-02", "2026-03-03", source=source), FigureRules())


@pytest.fixture(scope="module")
def found() -> Report:
    return example()


def percent(share: float | None) -> str:
    assert share is not None
    return f"{share * 100:.2f} %"


def of(figure: Figure, observed: int) -> str:
    return f"{observed} / {figure.n} = {percent(figure.value)}"


def test_shares(found: Report) -> None:
    whole = found.all
    for name, said in (
        ("good ratings", of(found.good, whole.good)),
        ("good, of all visits", of(found.good_of_visits, whole.good)),
        ("low ratings", of(found.low, whole.low)),
        ("unrated visits", of(found.unrated, whole.unrated.observed)),
        ("served, not opened", of(found.unopened, 20)),
        ("low ratings put right", of(found.rectified, 3)),
        ("good on their own phones", of(found.phone, 6)),
        ("companions", of(found.companions, 5)),
    ):
        line = next(line for line in DOC.splitlines() if line.startswith(f"| {name} |"))
        assert line.endswith(f"| {said} |")
    assert f"for low ratings {percent(found.low.low)} to {percent(found.low.high)}" in DOC


def test_ratings_from_the_panel_and_from_phones() -> None:
    both = example("both")
    assert f"(both: {of(both.good, both.all.good)} good)" in DOC


def test_presses_outside_a_question(found: Report) -> None:
    said = f"{found.stray_times} times, {found.stray_presses} presses"
    assert said in DOC.replace("\n ", "")


def test_members_after_a_low_rating() -> None:
    text = DOC.replace("\n", " ")
    for again, members in ((52, 84), (31, 61)):
        share = Tally(again, members).share()
        said = f"{percent(share.value)} ({percent(share.low)} to {percent(share.high)})"
        assert f"{members} " in text
        assert f"{again}" in text
        assert said in text


def test_over_time(found: Report) -> None:
    chart = found.low_trend
    assert f"centre of low ratings is {percent(chart.centre)}" in DOC
    assert f"({chart.sigma_z:.4f} here" in DOC
    first = chart.points[0]
    assert first is not None
    assert f"first day {first.low * 100:.0f} % to {percent(first.high)}" in DOC.replace("\n", " ")


def test_between_clerks(found: Report) -> None:
    shares = {point.key: percent(point.share.value) for point in found.low_by_staff.points}
    assert f"= {shares['101']}. Of clerk 102" in DOC
    assert f"14 were: {shares['102']}." in DOC
    assert f"{percent(14 / 75)} against {percent(2 / 60)}" in DOC


def test_reasons_steps_and_times(found: Report) -> None:
    assert ", ".join(f"{bar.cause} {bar.count}" for bar in found.reasons) + " of 14" in DOC
    late = found.steps[1].per_million
    assert late.value is not None
    assert late.low is not None
    assert late.high is not None
    assert f"{late.value:,.0f} in a million ({late.low:,.0f} to {late.high:,.0f})" in DOC
    names = ("front line", "coordinator", "system owner")
    said = "; ".join(
        f"{name} {len(tier.held.values)} of {tier.reached.n}, {tier.held.median.value:.0f} s"
        for name, tier in zip(names, found.handling, strict=True)
    )
    assert said in DOC.replace("\n ", "")
    for soon in (found.taken, found.there, found.closed):
        assert f"({soon.median.value:.0f} s)" in DOC
        assert soon.median.low is None, "below six cases there is no interval"
