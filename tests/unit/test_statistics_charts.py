"""Charts over time against published ones, and against whatever comes."""

from __future__ import annotations

from itertools import pairwise
from math import inf, isfinite, nan, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.control_charts import (
    WESTERN_ELECTRIC,
    Chart,
    ChartPoint,
    p_chart,
    p_prime_chart,
    xmr_chart,
)
from app.domain.statistics import Definition, Tally

# D. C. Montgomery, Introduction to Statistical Quality Control (2009), by the data and the limits
# in the tests of the R package qicharts2
JUICE_CANS = [  # example 7.1: nonconforming among 50
    *(12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22),
    *(8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6),
]
PURCHASE_ORDERS = [  # table 7.4: with errors, of how many that week
    *((12, 100), (8, 80), (6, 80), (9, 100), (10, 110), (12, 110), (11, 100), (16, 100), (10, 90)),
    *((6, 90), (20, 110), (15, 120), (9, 120), (8, 120), (6, 110), (8, 80), (10, 80), (7, 80)),
    *((5, 90), (8, 100), (5, 100), (8, 100), (10, 100), (6, 90), (9, 90)),
]
LOAN_COSTS = [  # example 6.5: 20 weeks, then 20 more
    *(310, 288, 297, 298, 307, 303, 294, 297, 308, 306, 294, 299, 297, 299, 314, 295, 293, 306),
    *(301, 304, 305, 282, 305, 296, 314, 295, 287, 301, 298, 311, 310, 292, 305, 299, 304, 310),
    *(304, 305, 333, 328),
]
# M. A. Mohammed et al. (2013), BMJ Quality and Safety 22, 362-368, as nhs_accidents in qicharts2:
# patients seen within four hours, of all who came that week
EMERGENCIES = [
    *((266501, 280443), (264225, 276823), (276532, 291681), (281461, 296155), (269071, 282343)),
    *((261215, 275888), (270409, 283867), (279778, 295251), (270483, 284468), (270320, 282529)),
    *((267923, 279618), (271478, 283932), (255353, 266629), (256820, 268091), (261835, 276803)),
    *((259144, 271578), (255910, 266005), (260863, 273520), (264465, 278574), (260989, 273772)),
]

tallies = st.tuples(st.integers(0, 500), st.integers(0, 500)).map(
    lambda pair: Tally(min(pair), max(pair))
)
values = st.floats(-1e15, 1e15)


def drawn(chart: Chart) -> list[ChartPoint]:
    return [point for point in chart.points if point is not None]


def broken(chart: Chart) -> dict[int, tuple[int, ...]]:
    return {each.rule.number: each.positions for each in chart.violations()}


def at(*sigmas: float | None) -> Chart:
    """A chart with points at so many sigmas from its centre."""
    points = [None if s is None else ChartPoint(s, 1, 0.0, 1.0, -3.0, 3.0) for s in sigmas]
    return Chart(Definition.P_CHART, 0.0, len(points), tuple(points))


# ------------------------------------------------------------------- p charts


def test_p_chart_as_in_montgomery_2009_example_7_1() -> None:
    chart = p_chart([Tally(count, 50) for count in JUICE_CANS])
    assert chart.centre == pytest.approx(0.2313, abs=5e-5)
    for point in drawn(chart):
        # 0.2313 ± 3 × 0.0596, rounded on the way
        assert (point.low, point.high) == pytest.approx((0.0524, 0.4102), abs=1e-4)
    assert broken(chart)[1] == (14, 22)  # samples 15 and 23
    assert (chart.definition, chart.n, chart.sigma_z) == (Definition.P_CHART, 1500, None)

    left = [count for place, count in enumerate(JUICE_CANS) if place not in (14, 22)]
    revised = p_chart([Tally(count, 50) for count in [*left, JUICE_CANS[14]]], baseline=28)
    assert revised.centre == pytest.approx(0.2150, abs=5e-5)
    point = drawn(revised)[-1]
    assert (point.low, point.high) == pytest.approx((0.0407, 0.3893), abs=5e-5)
    assert broken(revised)[1] == (19, 28)  # sample 21, too, and the one after the baseline


def test_limits_for_varying_n_as_in_montgomery_2009_table_7_4() -> None:
    chart = p_chart([Tally(*week) for week in PURCHASE_ORDERS])
    points = drawn(chart)
    assert chart.centre == pytest.approx(0.0955, abs=5e-5)
    assert [round(point.high, 4) for point in points[:6]] == [
        *(0.1837, 0.1941, 0.1941, 0.1837, 0.1796, 0.1796)
    ]
    assert [round(point.low, 4) for point in points[:6]] == [
        *(0.0073, 0.0, 0.0, 0.0073, 0.0114, 0.0114)
    ]
    assert broken(chart)[1] == (10,)  # week 11
    assert points[1].low == 0.0
    assert points[1].sigma == pytest.approx(sqrt(0.09551 * 0.90449 / 80), abs=1e-5)


def test_p_prime_chart_as_in_anhoej_s_figures_of_mohammed_2013() -> None:
    # J. Anhøj, Statistical Process Control for Healthcare, chapter on prime charts: the first is
    # figure pcharts-fig1, the second pcharts-fig3, drawn by qicharts2; read off the SVG with the
    # data points as the scale, which gives them to within 0.000001
    weeks = [Tally(*week) for week in EMERGENCIES]
    plain, prime = p_chart(weeks), p_prime_chart(weeks)
    for place, low, high in [(0, 0.95170, 0.95410), (1, 0.95169, 0.95411), (16, 0.95167, 0.95413)]:
        point = drawn(plain)[place]
        assert (point.low, point.high) == pytest.approx((low, high), abs=6e-6)
    for place, low, high in [(0, 0.94013, 0.96567), (1, 0.94005, 0.96575), (2, 0.94038, 0.96542)]:
        point = drawn(prime)[place]
        assert (point.low, point.high) == pytest.approx((low, high), abs=6e-6)
    assert drawn(prime)[16].low == pytest.approx(0.939788, abs=2e-6)
    assert drawn(prime)[16].high == pytest.approx(0.966012, abs=2e-6)
    # Nearly every week is out by the p chart, and none by p′
    assert len(broken(plain)[1]) > 10
    assert 1 not in broken(prime)
    assert prime.sigma_z == pytest.approx(10.64, abs=0.005)
    assert (prime.definition, prime.centre) == (Definition.P_PRIME_CHART, plain.centre)


@pytest.mark.parametrize("share_of_spread", [1.0, 0.5, 3.0])
def test_p_prime_is_p_times_sigma_z(share_of_spread: float) -> None:
    # Alternating points whose moving ranges are a chosen number of standard deviations
    step = share_of_spread * 1.128 * sqrt(0.25 / 10_000) / 2
    days = [Tally(round(10_000 * (0.5 + step * (-1) ** day)), 10_000) for day in range(20)]
    plain, prime = p_chart(days), p_prime_chart(days)
    assert prime.sigma_z == pytest.approx(share_of_spread, rel=0.02)
    for before, after in zip(drawn(plain), drawn(prime), strict=True):
        assert after.sigma == pytest.approx(before.sigma * (prime.sigma_z or nan), rel=1e-12)
        assert after.centre == before.centre


@given(st.lists(tallies, max_size=15))
def test_charts_of_shares_take_any_counts(counts: list[Tally]) -> None:
    for chart in (p_chart(counts), p_prime_chart(counts)):
        assert [point is None for point in chart.points] == [not tally.n for tally in counts]
        assert (chart.centre is None) == (not any(tally.n for tally in counts))
        for point in drawn(chart):
            assert 0.0 <= point.low <= point.centre <= point.high <= 1.0
            assert 0.0 <= point.value <= 1.0
            assert isfinite(point.sigma)
        for positions in broken(chart).values():
            assert all(chart.points[place] is not None for place in positions)


@given(st.lists(tallies, max_size=15))
def test_the_opposite_share_has_the_mirrored_chart(counts: list[Tally]) -> None:
    chart = p_prime_chart(counts)
    other = p_prime_chart([Tally(tally.n - tally.observed, tally.n) for tally in counts])
    for one, opposite in zip(drawn(chart), drawn(other), strict=True):
        assert opposite.low == pytest.approx(1.0 - one.high, abs=1e-9)
        assert opposite.high == pytest.approx(1.0 - one.low, abs=1e-9)


def test_what_has_no_sigma_z_is_a_p_chart_and_says_so() -> None:
    for days in ([], [Tally(0, 0)], [Tally(1, 3)], [Tally(1, 3), Tally(2, 6)], [Tally(0, 5)] * 3):
        chart = p_prime_chart(days)
        assert (chart.definition, chart.sigma_z) == (Definition.P_CHART, None)
        assert chart == p_chart(days)
        assert not chart.violations()


def test_after_a_baseline_without_a_single_case_the_first_stands_out() -> None:
    chart = p_chart([Tally(0, 50)] * 10 + [Tally(1, 50)], baseline=10)
    assert drawn(chart)[-1].sigmas == inf
    assert drawn(chart)[0].sigmas == 0.0
    assert broken(chart)[1] == (10,)


def test_a_baseline_that_holds_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="holds nothing"):
        p_chart([Tally(0, 0), Tally(1, 2)], baseline=1)
    for baseline in (0, -3):
        with pytest.raises(ValueError, match="baseline"):
            p_prime_chart([Tally(1, 2)], baseline=baseline)


# ------------------------------------------------------------------- XmR


def test_xmr_as_in_wheeler_1993_trade_deficits_1987() -> None:
    # D. J. Wheeler, Understanding Variation: limits from a moving range rounded to 1.66
    deficits = [10.7, 13.0, 11.4, 11.5, 12.5, 14.1, 14.8, 14.1, 12.6, 16.0, 11.7, 10.6]
    chart = xmr_chart(deficits)
    point = drawn(chart.individuals)[0]
    assert chart.individuals.centre == pytest.approx(12.75, abs=0.005)
    assert chart.ranges.centre == pytest.approx(1.66, abs=0.005)
    assert (point.low, point.high) == pytest.approx((8.33, 17.17), abs=0.01)
    assert drawn(chart.ranges)[0].high == pytest.approx(5.44, abs=0.005)
    assert not chart.individuals.violations()
    assert not chart.ranges.violations()
    assert (chart.individuals.n, chart.ranges.n) == (12, 11)
    assert chart.ranges.points[0] is None
    assert (chart.individuals.definition, chart.ranges.definition) == (
        *(Definition.INDIVIDUALS_CHART, Definition.MOVING_RANGE_CHART),
    )


def test_xmr_as_in_montgomery_2009_example_6_5() -> None:
    # His constants have a digit more: 3 / 1.128 and 3.267
    chart = xmr_chart(LOAN_COSTS, baseline=20)
    point = drawn(chart.individuals)[0]
    assert chart.individuals.centre == 300.5
    assert chart.ranges.centre == pytest.approx(7.79, abs=0.005)
    assert (point.low, point.high) == pytest.approx((279.78, 321.22), abs=0.01)
    assert drawn(chart.ranges)[0].high == pytest.approx(25.45, abs=0.01)
    # The costs of week 39 went up
    assert broken(chart.individuals)[1] == (38, 39)
    assert broken(chart.ranges) == {1: (38,)}
    assert not xmr_chart(LOAN_COSTS[:20]).individuals.violations()


def test_no_time_is_below_nothing() -> None:
    chart = xmr_chart([1.0, 9.0, 1.0, 9.0], least=0.0)
    assert drawn(chart.individuals)[0].low == 0.0
    assert drawn(xmr_chart([1.0, 9.0, 1.0, 9.0]).individuals)[0].low < 0.0
    with pytest.raises(ValueError, match="below"):
        xmr_chart([1.0, -1.0], least=0.0)


@given(st.lists(values, min_size=2, max_size=15), st.integers(2, 15))
def test_xmr_takes_any_measured_values(numbers: list[float], baseline: int) -> None:
    chart = xmr_chart(numbers, baseline=baseline)
    assert len(chart.individuals.points) == len(chart.ranges.points) == len(numbers)
    for point in [*drawn(chart.individuals), *drawn(chart.ranges)]:
        assert point.low <= point.centre <= point.high
        assert isfinite(point.low)
        assert isfinite(point.high)
    assert [point.value for point in drawn(chart.ranges)] == [
        abs(b - a) for a, b in pairwise(numbers)
    ]
    chart.individuals.violations()


@given(values, st.integers(2, 20))
def test_what_never_varies_breaks_no_rule(value: float, times: int) -> None:
    chart = xmr_chart([value] * times)
    assert not chart.individuals.violations()
    assert not chart.ranges.violations()


@pytest.mark.parametrize("numbers", [[], [1.0], [1.0, nan], [1.0, inf], [1.0, 2e15]])
def test_what_makes_no_xmr_chart_is_refused(numbers: list[float]) -> None:
    with pytest.raises(ValueError, match=r"takes two|no measured"):
        xmr_chart(numbers)


# ------------------------------------------------------------------- rules


@pytest.mark.parametrize(
    ("chart", "expected"),
    [
        (at(3.0), {}),
        (at(3.01), {1: (0,)}),
        (at(0, -3.01, 0), {1: (1,)}),
        (at(2.1, 2.1), {2: (1,)}),
        (at(2.1, 0, 2.1), {2: (2,)}),
        (at(2.1, 0, 0, 2.1), {}),
        (at(2.1, -2.1), {}),
        (at(2.0, 2.0), {}),
        (at(2.1, 2.1, 0), {2: (1,)}),  # signals where the pattern is complete, and not again
        (at(1.1, 1.1, 1.1, 1.1), {3: (3,)}),
        (at(1.1, 1.1, 0, 1.1, 1.1), {3: (4,)}),
        (at(1.1, 1.1, 0, 1.1, 0, 1.1), {}),
        (at(-1.1, -1.1, 0.5, -1.1, -1.1), {3: (4,)}),
        (at(*[0.1] * 7), {}),
        (at(*[0.1] * 8), {4: (7,)}),
        (at(*[-0.1] * 10), {4: (7, 8, 9)}),
        (at(*[0.1] * 4, 0.0, *[0.1] * 4), {}),  # on the centre is on neither side
        (at(*[0.1] * 7, -0.1), {}),
        (at(*[0.1] * 4, None, *[0.1] * 4), {4: (8,)}),  # an hour with nobody ends nothing
        (at(2.1, None, None, None, 2.1), {2: (4,)}),
        (at(-3.5, -2.5, -1.5, -1.5), {1: (0,), 2: (1,), 3: (3,)}),
        (at(None, None), {}),
        (at(), {}),
    ],
)
def test_the_four_rules_of_western_electric_1956(
    chart: Chart, expected: dict[int, tuple[int, ...]]
) -> None:
    # Statistical Quality Control Handbook, pp. 25-28, taken by the word
    assert broken(chart) == expected


def test_each_point_is_judged_by_its_own_limits() -> None:
    wide, narrow = (ChartPoint(0.9, n, 0.5, 0.5 / sqrt(n), 0.0, 1.0) for n in (4, 100))
    chart = Chart(Definition.P_CHART, 0.5, 104, (wide, narrow))
    assert broken(chart) == {1: (1,)}


@given(st.lists(st.floats(-4, 4), max_size=40))
def test_rules_see_both_sides_alike(sigmas: list[float]) -> None:
    chart = at(*sigmas)
    assert broken(at(*[-s for s in sigmas])) == broken(chart)
    for number, positions in broken(chart).items():
        rule = WESTERN_ELECTRIC[number - 1]
        for place in positions:
            near = sigmas[max(place - rule.of + 1, 0) : place + 1]
            above = sum(s > rule.beyond_sigmas for s in near)
            below = sum(-s > rule.beyond_sigmas for s in near)
            assert max(above, below) >= rule.points
