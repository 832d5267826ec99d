"""Shares, steps, causes and durations, against published examples and against all comers."""

from __future__ import annotations

import math
import statistics
from fractions import Fraction
from math import comb, inf, nan

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.binomial import cumulative
from app.domain.statistics import (
    MAX_N,
    Definition,
    Figure,
    Tally,
    defects_per_million,
    late,
    pareto,
    quantile,
    total,
)

some = st.tuples(st.integers(0, 3000), st.integers(0, 3000)).map(
    lambda pair: Tally(min(pair), max(*pair, 1))
)
confidences = st.floats(0.0, 1.0, exclude_min=True, exclude_max=True)
durations = st.floats(-1e15, 1e15)


def bounds(figure: Figure) -> tuple[float, float]:
    assert figure.low is not None
    assert figure.high is not None
    return figure.low, figure.high


def figures(figure: Figure) -> tuple[float, float, float]:
    assert figure.value is not None
    return (figure.value, *bounds(figure))


# ------------------------------------------------------------------- shares


@pytest.mark.parametrize(
    ("observed", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_as_in_newcombe_1998_table_1(observed: int, n: int, low: float, high: float) -> None:
    # R. G. Newcombe, Statistics in Medicine 17, 857-872: method 3, score without correction
    share = Tally(observed, n).share()
    assert bounds(share) == pytest.approx((low, high), abs=5e-5)
    assert (share.value, share.n, share.confidence) == (observed / n, n, 0.95)
    assert share.definition is Definition.WILSON_SHARE


def test_no_customers_are_told_apart_from_none_dissatisfied() -> None:
    assert Tally(0, 0).share() == Figure(None, 0, None, None, 0.95, Definition.WILSON_SHARE)
    assert Tally(0, 1).share().value == 0.0


@given(some, confidences)
@example(Tally(0, MAX_N), 0.95)
@example(Tally(MAX_N, MAX_N), 0.95)
@example(Tally(1, 3), 1e-300)
@example(Tally(1, 3), 1 - 1e-16)
def test_the_interval_holds_the_share_and_stays_within_what_is_possible(
    tally: Tally, confidence: float
) -> None:
    value, low, high = figures(tally.share(confidence))
    assert 0.0 <= low <= value <= high <= 1.0
    assert low == 0.0 or tally.observed
    assert high == 1.0 or tally.observed < tally.n


@given(some, st.integers(2, 50))
def test_more_customers_of_the_same_opinion_narrow_the_interval(tally: Tally, times: int) -> None:
    low, high = bounds(tally.share())
    more_low, more_high = bounds(Tally(tally.observed * times, tally.n * times).share())
    assert more_high - more_low < high - low


@given(some)
def test_the_opposite_share_has_the_mirrored_interval(tally: Tally) -> None:
    low, high = bounds(tally.share())
    other_low, other_high = bounds(Tally(tally.n - tally.observed, tally.n).share())
    assert (other_low, other_high) == pytest.approx((1.0 - high, 1.0 - low), abs=1e-12)


@given(some, st.floats(0.01, 0.98))
def test_more_confidence_widens_the_interval(tally: Tally, confidence: float) -> None:
    low, high = bounds(tally.share(confidence))
    wider_low, wider_high = bounds(tally.share(confidence + 0.01))
    assert wider_high - wider_low > high - low


@pytest.mark.parametrize(
    ("observed", "n"), [(-1, 5), (6, 5), (1, 0), (0, -1), (0, MAX_N + 1), (nan, 5), (1, nan)]
)
def test_impossible_counts_are_refused(observed: int, n: int) -> None:
    with pytest.raises(ValueError, match="no count"):
        Tally(observed, n)


@pytest.mark.parametrize("confidence", [0.0, 1.0, -0.5, 95.0, nan, inf])
def test_impossible_confidence_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence"):
        Tally(1, 2).share(confidence)
    with pytest.raises(ValueError, match="confidence"):
        quantile([1.0], 0.5, confidence)


def test_below_the_minimum_nothing_but_n_is_shown() -> None:
    share = Tally(2, 9).share()
    assert share.shown_from(9) is share
    assert share.shown_from(10) == Figure(None, 9, None, None, 0.95, Definition.WILSON_SHARE)


def test_tallies_add_up() -> None:
    assert total([]) == Tally(0, 0)
    assert total([Tally(1, 2), Tally(0, 0), Tally(3, 3)]) == Tally(4, 5)
    with pytest.raises(ValueError, match="no count"):
        total([Tally(0, MAX_N), Tally(0, 1)])


# ------------------------------------------------------------------- service steps


def test_defects_per_million_as_in_the_hard_drive_example() -> None:
    # learngxp.com, "How to calculate the sigma level of a process": 83,934 drives, 8 checks each,
    # 3,432 rejected: 5111.158768
    defects = defects_per_million(Tally(3432, 83_934 * 8))
    value, low, high = figures(defects)
    assert value == pytest.approx(5111.158768, abs=5e-7)
    assert low < value < high
    assert (defects.n, defects.definition) == (671_472, Definition.DEFECTS_PER_MILLION)


def test_no_step_has_no_defects_to_speak_of() -> None:
    assert defects_per_million(late([], 30.0)).value is None


def test_a_step_that_takes_just_its_target_is_in_time() -> None:
    assert late([29.0, 30.0, 30.001, 300.0], 30.0) == Tally(2, 4)


@pytest.mark.parametrize("bad", [nan, inf, -inf, 1.1e15])
def test_what_is_no_duration_is_refused(bad: float) -> None:
    for attempt in (
        lambda: late([1.0, bad], 30.0),
        lambda: late([1.0], bad),
        lambda: quantile([1.0, bad], 0.5),
    ):
        with pytest.raises(ValueError, match="no measured value"):
            attempt()


# ------------------------------------------------------------------- quantiles


@pytest.mark.parametrize(("q", "value"), [(0.25, 25.5), (0.5, 40.0), (0.75, 42.5), (1.0, 49.0)])
def test_quantiles_as_in_dolphindb_s_manual(q: float, value: float) -> None:
    # docs.dolphindb.cn, quantile, 'linear'; the data are those of Wikipedia's article Quartile
    figure = quantile([6, 47, 49, 15, 42, 41, 7, 39, 43, 40, 36], q)
    assert (figure.value, figure.n, figure.definition) == (value, 11, Definition.QUANTILE)


@given(st.lists(durations, min_size=2, max_size=40))
def test_quartiles_are_the_standard_librarys_inclusive_ones(values: list[float]) -> None:
    ours = [quantile(values, q).value for q in (0.25, 0.5, 0.75)]
    theirs = statistics.quantiles(values, method="inclusive")
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-3)


@pytest.mark.parametrize(
    ("n", "low_rank", "high_rank"),
    # Each is that table's narrowest interval of 95 % or more
    [
        *((6, 1, 6), (8, 1, 8), (9, 2, 8), (10, 2, 9), (11, 2, 10), (12, 3, 10), (13, 3, 11)),
        *((14, 3, 12), (15, 4, 12), (16, 4, 13), (17, 5, 13), (18, 5, 14), (19, 5, 15)),
        (20, 6, 15),
    ],
)
def test_the_median_lies_between_the_ranks_of_a_published_table(
    n: int, low_rank: int, high_rank: int
) -> None:
    # "Table A.7: Confidence Intervals for the Population Median", p. 656 of a statistics textbook
    # (coursehero.com/file/5646626)
    assert bounds(quantile(range(n, 0, -1), 0.5)) == (low_rank, high_rank)


def test_a_table_s_level_is_reached_to_its_digits() -> None:
    # The same table: n = 9, second to eighth, 96.1 %; fifth to thirteenth of 17, 95.1 %
    assert bounds(quantile(range(1, 10), 0.5, 0.960)) == (2, 8)
    assert bounds(quantile(range(1, 10), 0.5, 0.962)) == (1, 9)
    assert bounds(quantile(range(1, 18), 0.5, 0.950)) == (5, 13)
    assert bounds(quantile(range(1, 18), 0.5, 0.952)) == (4, 14)


def test_a_few_durations_have_a_median_and_no_interval() -> None:
    assert quantile([], 0.5) == Figure(None, 0, None, None, 0.95, Definition.QUANTILE)
    for n in range(1, 6):
        assert quantile(range(n), 0.5) == Figure(
            (n - 1) / 2, n, None, None, 0.95, Definition.QUANTILE
        )


@given(st.integers(1, 60), st.fractions(0, 1, max_denominator=50), st.floats(0.5, 0.99))
def test_an_interval_is_held_as_often_as_it_says(n: int, q: Fraction, confidence: float) -> None:
    """The probability that the interval covers, by exact fractions and no code of ours."""

    def probability(count: int) -> Fraction:
        return comb(n, count) * q**count * (1 - q) ** (n - count)

    figure = quantile(range(1, n + 1), float(q), confidence)
    if figure.low is None or figure.high is None:
        tail = (1 - confidence) / 2
        assert probability(0) > tail * 0.999999 or probability(n) > tail * 0.999999
    else:
        covered = sum(probability(count) for count in range(int(figure.low), int(figure.high)))
        assert covered >= confidence - 1e-9


@given(st.lists(durations, max_size=60), st.floats(0, 1), confidences)
def test_a_quantile_is_among_its_values_and_its_interval_too(
    values: list[float], q: float, confidence: float
) -> None:
    figure = quantile(values, q, confidence)
    if values:
        assert figure.value is not None
        slack = 1e-9 * max(abs(value) for value in values)
        assert min(values) - slack <= figure.value <= max(values) + slack
        assert quantile(values[::-1], q, confidence) == figure
    if figure.low is not None:
        low, high = bounds(figure)
        assert low <= high
        assert {low, high} <= set(values)


@pytest.mark.parametrize("q", [-0.01, 1.01, nan, 50])
def test_an_impossible_quantile_is_refused(q: float) -> None:
    with pytest.raises(ValueError, match="quantile"):
        quantile([1.0], q)


# ------------------------------------------------------------------- causes


def test_causes_as_in_qcc_s_example() -> None:
    # Data of ?pareto.chart, L. Scrucca (2004), qcc, R News 4/1; 94 of 300 are 31.33 %, and so on
    bars = pareto(
        {"price code": 80, "schedule date": 27, "supplier code": 66, "contact": 94, "part": 33}
    )
    assert [bar.cause for bar in bars] == [
        "contact",
        "price code",
        "supplier code",
        "part",
        "schedule date",
    ]
    assert [bar.count for bar in bars] == [94, 80, 66, 33, 27]
    assert [bar.cumulative for bar in bars] == [94 / 300, 174 / 300, 240 / 300, 273 / 300, 1.0]
    assert bars[0].share == Tally(94, 300).share()


def test_equal_causes_stand_by_name_and_absent_ones_not_at_all() -> None:
    assert [bar.cause for bar in pareto({"b": 1, "c": 0, "a": 1})] == ["a", "b"]
    assert pareto({}) == pareto({"a": 0}) == ()


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 1000), max_size=12))
def test_bars_fall_and_their_sum_rises_to_the_whole(counts: dict[str, int]) -> None:
    bars = pareto(counts)
    assert sum(bar.count for bar in bars) == sum(counts.values())
    assert [bar.count for bar in bars] == sorted((bar.count for bar in bars), reverse=True)
    sums = [bar.cumulative for bar in bars]
    assert sums == sorted(sums)
    assert not bars or sums[-1] == 1.0


@pytest.mark.parametrize("counts", [{"a": -1}, {"a": MAX_N, "b": 1}, {"a": nan}])
def test_impossible_causes_are_refused(counts: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="no count"):
        pareto(counts)


# ------------------------------------------------------------------- the binomial distribution


@given(st.integers(0, 60), st.fractions(0, 1, max_denominator=100))
@example(0, Fraction(1, 2))
@example(60, Fraction(0))
@example(60, Fraction(1))
def test_the_binomial_distribution_by_exact_fractions(n: int, share: Fraction) -> None:
    first, below = cumulative(n, float(share))
    exact = Fraction(0)
    for count in range(n + 1):
        exact += comb(n, count) * share**count * (1 - share) ** (n - count)
        place = count - first
        ours = 0.0 if place < 0 else below[min(place, len(below) - 1)]
        assert ours == pytest.approx(float(exact), rel=1e-9, abs=1e-15)
    assert below[-1] == 1.0


def test_very_many_tries_cost_no_more_than_they_must() -> None:
    first, below = cumulative(1_000_000, 0.5)
    assert len(below) < 20 * math.sqrt(1_000_000)
    assert below[500_000 - first] == pytest.approx(0.5 + 1 / math.sqrt(2e6 * math.pi), rel=1e-7)
