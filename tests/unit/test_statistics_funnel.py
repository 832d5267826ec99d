"""Who differs from the others: limits by exact fractions, published estimates, fairness."""

from __future__ import annotations

from fractions import Fraction
from math import comb, inf, isfinite, log, nan, sqrt
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.funnel import (
    Dispersion,
    Funnel,
    Standing,
    Unit,
    dispersion,
    expected_count,
    funnel,
)
from app.domain.statistics import MAX_N, Definition, Tally, quantile

# G. A. Colditz et al. (1994), JAMA 271, 698-702: cases and others, vaccinated and not, 13 trials
VACCINE_TRIALS = [
    *((4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619)),
    *((33, 5036, 47, 5761), (180, 1361, 372, 1079), (8, 2537, 10, 619)),
    *((505, 87886, 499, 87892), (29, 7470, 45, 7232), (17, 1699, 65, 1600)),
    *((186, 50448, 141, 27197), (5, 2493, 3, 2338), (27, 16886, 29, 17825)),
]
# SAS/STAT User's Guide, PROC STDRATE, Getting Started: deaths from skin cancer in 2000 by age,
# with person-years, and the events to be expected in Florida as printed there
FLORIDA = [
    *((0, 953785), (0, 1997935), (4, 1885014), (14, 1957573), (43, 2356649)),
    *((72, 2088000), (70, 1548371), (126, 1447432), (136, 1087524), (73, 335944)),
]
UNITED_STATES = [
    *((0, 19175798), (1, 41077577), (41, 39183891), (186, 39892024), (626, 45148527)),
    *((1199, 37677952), (1303, 24274684), (1637, 18390986), (1624, 12361180), (803, 4239587)),
]
PRINTED = [0.0, 0.049, 1.972, 9.127, 32.676, 66.445, 83.112, 128.837, 142.878, 63.630]

counts = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(
    lambda pair: Tally(min(pair), max(pair))
)


def units(*pairs: tuple[int, int]) -> list[Unit]:
    return [Unit(str(place), Tally(*pair)) for place, pair in enumerate(pairs)]


def alone(target: float, observed: int, n: int) -> Funnel:
    """One unit against a target, where nothing can be said of others."""
    return funnel(units((observed, n)), target=target)


def below(n: int, share: Fraction, count: int) -> Fraction:
    """P(R <= count) by exact fractions."""
    return sum(
        (comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(count + 1)), Fraction(0)
    )


def paper_limit(n: int, share: Fraction, p: Fraction) -> float:
    """D. J. Spiegelhalter (2005), appendix A.1.1: (r - alpha) / n, not cut off at 0 and 1."""
    r = next(count for count in range(n + 1) if below(n, share, count) > p)
    at_r, before = below(n, share, r), below(n, share, r - 1)
    return float((r - (at_r - p) / (at_r - before)) / n)


# ------------------------------------------------------------------- exact limits


@given(st.integers(1, 30), st.fractions(Fraction(1, 50), Fraction(49, 50), max_denominator=50))
def test_limits_are_spiegelhalter_s_2005_and_the_upper_ones_mirrored(
    n: int, share: Fraction
) -> None:
    # No published limits were found: this is his formula, as quoted by R. Wicklin (2011), "Funnel
    # plots for proportions", in exact fractions
    limits = funnel([], target=float(share)).limits_at(n)
    lows = [max(paper_limit(n, share, Fraction(p, 1000)), 0.0) for p in (1, 25)]
    # The paper's upper limits are one count closer, in (r - alpha) / n
    highs = [min(paper_limit(n, share, Fraction(p, 1000)) + 1 / n, 1.0) for p in (975, 999)]
    assert (limits.low_998, limits.low_95) == pytest.approx(tuple(lows), abs=1e-9)
    assert (limits.high_95, limits.high_998) == pytest.approx(tuple(highs), abs=1e-9)


@given(
    st.integers(1, 30).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    st.fractions(Fraction(1, 50), Fraction(49, 50), max_denominator=50),
)
def test_a_unit_is_outside_exactly_when_chance_makes_that_seldom_enough(
    seen: tuple[int, int], share: Fraction
) -> None:
    observed, n = seen
    as_few = below(n, share, observed)
    as_many = 1 - below(n, share, observed - 1)
    if as_few <= Fraction(25, 1000):
        expected = Standing.FAR_BELOW if as_few <= Fraction(1, 1000) else Standing.BELOW
    elif as_many <= Fraction(25, 1000):
        expected = Standing.FAR_ABOVE if as_many <= Fraction(1, 1000) else Standing.ABOVE
    else:
        expected = Standing.WITHIN
    assert alone(float(share), observed, n).points[0].standing is expected


def test_one_low_rating_of_one_is_no_reason_to_ask() -> None:
    # By the paper's upper limit, 0.99 below 1, this clerk would be beyond 99.8 %
    assert paper_limit(1, Fraction(1, 10), Fraction(999, 1000)) < 1.0
    assert alone(0.1, 1, 1).points[0].standing is Standing.WITHIN


@given(st.integers(1, 2000), st.floats(0.01, 0.99))
def test_limits_of_the_opposite_share_are_mirrored(n: int, target: float) -> None:
    one, other = (funnel([], target=t).limits_at(n) for t in (target, 1.0 - target))
    assert (other.high_998, other.high_95, other.low_95, other.low_998) == pytest.approx(
        tuple(1.0 - x for x in (one.low_998, one.low_95, one.high_95, one.high_998)), abs=1e-9
    )
    assert 0.0 <= one.low_998 <= one.low_95 <= target <= one.high_95 <= one.high_998 <= 1.0


@given(st.integers(1, 500), st.floats(0.02, 0.98))
def test_the_funnel_narrows(n: int, target: float) -> None:
    curve = funnel([], target=target)
    small, large = curve.limits_at(n), curve.limits_at(4 * n)
    assert large.high_998 - large.low_998 <= small.high_998 - small.low_998 + 1e-12
    assert large.high_95 - large.low_95 <= small.high_95 - small.low_95 + 1e-12


def test_for_many_customers_limits_are_the_normal_ones() -> None:
    limits = funnel([], target=0.1).limits_at(MAX_N // 1000)
    error = sqrt(0.1 * 0.9 / (MAX_N // 1000))
    reach = [NormalDist().inv_cdf(p) * error for p in (0.001, 0.025, 0.975, 0.999)]
    ours = (limits.low_998, limits.low_95, limits.high_95, limits.high_998)
    assert [each - 0.1 for each in ours] == pytest.approx(reach, rel=0.01)


# ------------------------------------------------------------------- overdispersion


def test_dispersion_as_dersimonian_and_laird_of_the_vaccine_trials() -> None:
    # W. Viechtbauer (2010), metafor: rma(method="DL") of dat.bcg, tests against Stata's metan:
    # Q 152.2330, fixed -0.4303, random -0.7141 (-1.0644 to -0.3638); tau² 0.3088
    ratios = [log(a / (a + b) / (c / (c + d))) for a, b, c, d in VACCINE_TRIALS]
    variances = [1 / a - 1 / (a + b) + 1 / c - 1 / (c + d) for a, b, c, d in VACCINE_TRIALS]
    weights = [1 / v for v in variances]
    fixed = sum(w * y for w, y in zip(weights, ratios, strict=True)) / sum(weights)
    assert fixed == pytest.approx(-0.4303, abs=5e-5)
    spread = dispersion([y - fixed for y in ratios], [sqrt(v) for v in variances], winsorise=0.0)
    assert spread.units == 13
    assert (spread.phi or nan) * 13 == pytest.approx(152.2330, abs=5e-5)
    assert spread.tau**2 == pytest.approx(0.3088, abs=5e-5)
    weights = [1 / (v + spread.tau**2) for v in variances]
    middle = sum(w * y for w, y in zip(weights, ratios, strict=True)) / sum(weights)
    reach = NormalDist().inv_cdf(0.975) / sqrt(sum(weights))
    assert (middle, middle - reach, middle + reach) == pytest.approx(
        (-0.7141, -1.0644, -0.3638), abs=5e-5
    )


def test_winsorising_draws_in_the_tails_and_leaves_the_rest() -> None:
    # By hand: of 0..10 the 10 % and 90 % quantiles are 1 and 9
    z = [float(each) for each in range(11)]
    drawn_in = [1.0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9]
    phi = dispersion(z, [1.0] * 11).phi
    assert phi == pytest.approx(sum(each * each for each in drawn_in) / 11)
    assert dispersion(z, [1.0] * 11, winsorise=0.0).phi == pytest.approx(385 / 11)
    assert dispersion(z, [1.0] * 11, winsorise=0.5).phi == pytest.approx(25.0)


def test_one_who_is_really_different_widens_no_limits() -> None:
    others = [(2 + place % 3 - 1, 20) for place in range(20)]
    with_one = funnel(units(*others, (18, 20)), target=0.1)
    assert with_one.dispersion.tau == 0.0
    assert with_one.definition is Definition.FUNNEL
    assert with_one.points[-1].standing is Standing.FAR_ABOVE
    assert {point.standing for point in with_one.points[:-1]} == {Standing.WITHIN}


def test_units_that_all_differ_widen_everybodys_limits() -> None:
    pairs = [(60 + 80 * (place % 2), 400) for place in range(20)]
    spread = funnel(units(*pairs))
    # By the formulas: z is 4.619 either way, s² is 0.25 × 0.75 / 400 for all
    z = 0.10 / sqrt(0.25 * 0.75 / 400)
    assert spread.dispersion.phi == pytest.approx(z * z)
    weights = 20 / (0.25 * 0.75 / 400)
    tau_squared = (20 * z * z - 19) / (weights - weights / 20)
    assert spread.dispersion.tau == pytest.approx(sqrt(tau_squared))
    assert spread.definition is Definition.OVERDISPERSED_FUNNEL
    assert {point.standing for point in spread.points} == {Standing.WITHIN}
    assert {alone(0.25, *pair).points[0].standing for pair in pairs} == {
        *(Standing.FAR_BELOW, Standing.FAR_ABOVE)
    }
    # For many customers they are the paper's: target ± z √(s² + τ²)
    limits = spread.limits_at(20_000)
    normal = NormalDist().inv_cdf(0.975) * sqrt(0.25 * 0.75 / 20_000 + tau_squared)
    assert limits.high_95 - 0.25 == pytest.approx(normal, rel=0.01)
    assert 0.25 - limits.low_95 == pytest.approx(normal, rel=0.01)


@given(
    st.lists(st.tuples(st.floats(-1e15, 1e15), st.floats(1e-100, 1e15)), max_size=30),
    st.floats(0, 0.5),
)
def test_dispersion_takes_whatever_can_be_measured(
    pairs: list[tuple[float, float]], winsorise: float
) -> None:
    spread = dispersion([d for d, _ in pairs], [e for _, e in pairs], winsorise=winsorise)
    assert spread.units == len(pairs)
    assert isfinite(spread.tau)
    assert spread.tau >= 0.0
    assert (spread.phi is None) == (not pairs)
    assert spread.phi is None or spread.phi >= 0.0


def test_one_unit_alone_says_nothing_of_others() -> None:
    assert dispersion([9.0], [1.0]) == Dispersion(81.0, 0.0, 1)
    assert dispersion([], []) == Dispersion(None, 0.0, 0)


@pytest.mark.parametrize(
    ("deviations", "errors", "winsorise"),
    [
        ([1.0], [0.0], 0.1),
        ([1.0], [-1.0], 0.1),
        ([1.0], [1e-200], 0.1),
        ([nan], [1.0], 0.1),
        ([1.0], [nan], 0.1),
        ([1.0], [inf], 0.1),
        ([1.0, 2.0], [1.0], 0.1),
        ([1.0], [1.0], -0.1),
        ([1.0], [1.0], 0.6),
        ([1.0], [1.0], nan),
    ],
)
def test_what_has_no_dispersion_is_refused(
    deviations: list[float], errors: list[float], winsorise: float
) -> None:
    with pytest.raises(ValueError, match=r"standard error|measured|argument|tail"):
        dispersion(deviations, errors, winsorise=winsorise)


# ------------------------------------------------------------------- case mix


def test_indirect_standardisation_as_in_sas_s_example_of_florida() -> None:
    florida = {str(age): Tally(*pair) for age, pair in enumerate(FLORIDA)}
    states = {str(age): Tally(*pair) for age, pair in enumerate(UNITED_STATES)}
    ages = [expected_count({age: tally}, states) for age, tally in florida.items()]
    assert ages == pytest.approx(PRINTED, abs=5e-4)
    expected = expected_count(florida, states)
    assert expected == pytest.approx(528.726, abs=5e-4)

    deaths, years = (sum(column) for column in zip(*FLORIDA, strict=True))
    crude = 7420 / sum(years for _, years in UNITED_STATES)
    (point,) = funnel([Unit("Florida", Tally(deaths, years), expected)], target=crude).points
    assert point.share.value == pytest.approx(deaths / expected * crude, rel=1e-12)
    assert point.share.definition is Definition.STANDARDISED_SHARE
    assert deaths / expected == pytest.approx(1.0175, abs=5e-5)
    assert point.standing is Standing.WITHIN


def test_who_gets_the_hard_matters_is_compared_with_how_those_go() -> None:
    reference = {"refund": Tally(400, 1000), "boarding": Tally(100, 5000)}
    strata = {"refund": Tally(36, 90), "boarding": Tally(1, 10), "question": Tally(0, 0)}
    expected = expected_count(strata, reference)
    assert expected == pytest.approx(90 * 0.4 + 10 * 0.02)
    plain = funnel([Unit("a", Tally(37, 100))], target=500 / 6000).points[0]
    fair = funnel([Unit("a", Tally(37, 100), expected)], target=500 / 6000).points[0]
    assert plain.standing is Standing.FAR_ABOVE
    assert fair.standing is Standing.WITHIN
    assert fair.share.value == pytest.approx(37 / expected * 500 / 6000)
    assert fair.limits is not None
    assert fair.limits.low_95 < (fair.share.value or nan) < fair.limits.high_95


def test_a_mix_like_that_of_all_changes_nothing() -> None:
    plain, mixed = (
        funnel([Unit("a", Tally(9, 40), expected)], target=0.25).points[0]
        for expected in (None, 10.0)
    )
    assert (mixed.limits, mixed.standing) == (plain.limits, plain.standing)
    assert mixed.share.value == plain.share.value


def test_a_standardised_share_ends_at_the_whole() -> None:
    (point,) = funnel([Unit("a", Tally(90, 100), 50.0)], target=0.9).points
    assert (point.share.value, point.share.high) == (1.0, 1.0)
    assert point.standing is Standing.FAR_ABOVE
    assert point.limits is not None
    assert point.limits.high_998 == 1.0


def test_where_nothing_is_expected_nothing_is_said() -> None:
    (point,) = funnel([Unit("a", Tally(0, 100), 0.0)], target=0.1).points
    assert (point.share.value, point.share.n) == (None, 100)
    assert (point.limits, point.standing) == (None, None)


def test_a_kind_that_the_reference_has_not_is_refused() -> None:
    for reference in ({}, {"refund": Tally(0, 0)}):
        with pytest.raises(ValueError, match="no reference for refund"):
            expected_count({"refund": Tally(0, 1)}, reference)
    assert expected_count({}, {}) == 0.0


@given(st.dictionaries(st.sampled_from("abc"), counts, min_size=1))
def test_all_together_are_expected_to_be_what_they_are(strata: dict[str, Tally]) -> None:
    n = sum(tally.n for tally in strata.values())
    expected = expected_count(strata, strata)
    assert expected == pytest.approx(sum(tally.observed for tally in strata.values()))
    assert 0.0 <= expected <= n


# ------------------------------------------------------------------- the funnel


def test_below_the_minimum_a_unit_counts_and_is_not_shown() -> None:
    chart = funnel(units((6, 9), (2, 10), (0, 0)), minimum_n=10)
    assert chart.target == 8 / 19
    few, enough, nobody = chart.points
    assert (few.share.value, few.share.n, few.limits, few.standing) == (None, 9, None, None)
    assert (enough.share, enough.standing) == (Tally(2, 10).share(), Standing.WITHIN)
    assert (nobody.share.value, nobody.share.n, nobody.standing) == (None, 0, None)


def test_units_stay_in_their_order() -> None:
    chart = funnel(units((9, 9), (1, 10), (5, 10), (0, 10)))
    assert [point.key for point in chart.points] == ["0", "1", "2", "3"]


def test_without_customers_there_is_no_funnel() -> None:
    chart = funnel(units((0, 0), (0, 0)))
    assert (chart.target, chart.n, chart.dispersion.phi) == (None, 0, None)
    assert [point.standing for point in chart.points] == [None, None]
    with pytest.raises(ValueError, match="no limits"):
        chart.limits_at(10)


def test_with_nothing_to_find_nobody_stands_out() -> None:
    for pairs in ([(0, 10), (0, 20)], [(10, 10), (20, 20)]):
        chart = funnel(units(*pairs))
        assert {point.standing for point in chart.points} == {Standing.WITHIN}
        assert chart.dispersion == Dispersion(None, 0.0, 0)


@given(st.lists(counts, max_size=6), st.none() | st.just(0.0) | st.floats(1e-9, 1.0))
def test_a_funnel_takes_any_counts(tallies: list[Tally], target: float | None) -> None:
    chart = funnel([Unit("x", tally) for tally in tallies], target=target)
    for tally, point in zip(tallies, chart.points, strict=True):
        assert point.share == tally.share()
        assert (point.limits is None) == (point.standing is None) == (tally.n == 0)
        if point.limits is not None:
            limits = point.limits
            assert 0.0 <= limits.low_998 <= limits.low_95 <= limits.high_95 <= limits.high_998 <= 1
            assert limits == chart.limits_at(tally.n)


@given(
    st.lists(st.tuples(counts, st.floats(0, 1)), max_size=6), st.just(0.0) | st.floats(1e-9, 1.0)
)
def test_a_funnel_takes_any_case_mix(mixes: list[tuple[Tally, float]], target: float) -> None:
    compared = [
        Unit("x", tally, max(tally.n * share, 1e-9 if tally.observed else 0.0))
        for tally, share in mixes
        if share > 1e-6
    ]
    for point in funnel(compared, target=target).points:
        shown = [point.share.value, point.share.low, point.share.high]
        assert all(each is None or 0.0 <= each <= 1.0 for each in shown)
        if point.limits is not None:
            limits = point.limits
            assert 0.0 <= limits.low_998 <= limits.low_95 <= limits.high_95 <= limits.high_998 <= 1


@pytest.mark.parametrize("target", [-0.1, 1.1, nan, 1e-10])
def test_an_impossible_target_is_refused(target: float) -> None:
    with pytest.raises(ValueError, match="target"):
        funnel([], target=target)


@pytest.mark.parametrize("n", [0, -1, MAX_N + 1])
def test_an_impossible_size_has_no_limits(n: int) -> None:
    with pytest.raises(ValueError, match=r"no limits|no count"):
        funnel([], target=0.5).limits_at(n)


@pytest.mark.parametrize("expected", [-1.0, 10.1, nan, inf, 1e-10, 0.0])
def test_an_impossible_expectation_is_refused(expected: float) -> None:
    with pytest.raises(ValueError, match="expected"):
        Unit("a", Tally(1, 10), expected)


def test_winsorising_quantiles_are_those_of_durations() -> None:
    z = [-3.0, -1.0, 0.5, 0.7, 4.0]
    lowest, highest = (quantile(z, q).value or nan for q in (0.1, 0.9))
    by_hand = sum(min(max(each, lowest), highest) ** 2 for each in z) / 5
    assert dispersion(z, [1.0] * 5).phi == pytest.approx(by_hand)
