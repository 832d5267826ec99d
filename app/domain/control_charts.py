"""Charts over time that tell a change from chance: p, p′ and XmR, with Western Electric's rules.

Limits are each point's own, because hours and days have different numbers of customers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import copysign, fsum, inf, sqrt
from typing import Final, TypeVar

from app.domain.lean import dataclass
from app.domain.statistics import Definition, Tally, measured, total

_T = TypeVar("_T")

_D2: Final = 1.128
"""Mean range of two values from a normal distribution, in its standard deviations."""
_NATURAL_LIMIT: Final = 2.66
"""3 / d2: natural process limits in average moving ranges."""
_UPPER_RANGE: Final = 3.268
"""D4 = 1 + 3 d3 / d2 for two values: the upper range limit in average moving ranges."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern that chance seldom makes: so many of so many points in a row, on one side.

    Attributes:
        number: in the set's own count.
        points: how many of the points in a row...
        of: ...so many...
        beyond_sigmas: ...lie farther than this from the centre, all on the same side of it.
    """

    number: int
    points: int
    of: int
    beyond_sigmas: float


WESTERN_ELECTRIC: Final = (
    Rule(1, 1, 1, 3.0),
    Rule(2, 2, 3, 2.0),
    Rule(3, 4, 5, 1.0),
    Rule(4, 8, 8, 0.0),
)
"""Western Electric, Statistical Quality Control Handbook (1956), pp. 25-28: the four tests for
instability; Nelson's tests 1, 5, 6 and, with nine points for eight, 2. Steady service sets one of
them off every 92 points or so (Champ and Woodall 1987, Technometrics 29, 393-399)."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that a chart breaks; positions are those of the points at which it signals."""

    rule: Rule
    positions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ChartPoint:
    """One value with its own limits.

    Attributes:
        n: what it comes from: customers in a share, 1 for a measured value.
        sigma: a third of the way from the centre to a limit, before limits are cut off.
        low: the lower limit, never outside what is possible.
        high: the upper limit, likewise.
    """

    value: float
    n: int
    centre: float
    sigma: float
    low: float
    high: float

    @property
    def sigmas(self) -> float:
        """How far from the centre, in sigmas; infinite where no variation was seen before."""
        away = self.value - self.centre
        if self.sigma:
            return away / self.sigma
        return copysign(inf, away) if away else 0.0


@dataclass(frozen=True, slots=True)
class Chart:
    """Values in their order, with a centre and limits.

    Attributes:
        centre: None when there is nothing on the chart.
        n: how many customers or values centre and limits come from.
        points: None where nothing was counted; such a place doesn't end a pattern.
        rules: those that make sense on this chart.
        sigma_z: on a p′ chart, how much wider than chance alone its limits are.
    """

    definition: Definition
    centre: float | None
    n: int
    points: tuple[ChartPoint | None, ...]
    rules: tuple[Rule, ...] = WESTERN_ELECTRIC
    sigma_z: float | None = None

    def violations(self) -> tuple[Violation, ...]:
        """Give the rules that are broken, by number, with the places where each signals."""
        places = [place for place, point in enumerate(self.points) if point is not None]
        sigmas = [point.sigmas for point in self.points if point is not None]
        signals = (
            Violation(
                rule,
                tuple(
                    place
                    for end, place in enumerate(places, start=1)
                    if _signals(rule, sigmas[max(end - rule.of, 0) : end])
                ),
            )
            for rule in self.rules
        )
        return tuple(each for each in signals if each.positions)


def _signals(rule: Rule, window: Sequence[float]) -> bool:
    """Whether the window's last point completes the pattern; one within it never does."""
    side = copysign(1.0, window[-1])
    beyond = [side * sigmas > rule.beyond_sigmas for sigmas in window]
    return beyond[-1] and sum(beyond) >= rule.points


# ------------------------------------------------------------------- shares


def p_chart(tallies: Sequence[Tally], *, baseline: int | None = None) -> Chart:
    """Chart shares over time, with limits at three binomial standard deviations.

    Args:
        tallies: one an hour, day or week, in their order; n may be 0.
        baseline: how many of the first ones give the centre; all when None.

    Returns:
        Shares in [0, 1], one point a tally, None where its n is 0.

    Raises:
        ValueError: baseline is below 1, or holds nothing while later tallies do.

    Source:
        D. C. Montgomery, Introduction to Statistical Quality Control, 6th ed. (2009), 7.2.
    """
    return _share_chart(tallies, baseline, lambda _: None)


def p_prime_chart(tallies: Sequence[Tally], *, baseline: int | None = None) -> Chart:
    """Chart shares over time, with limits that know how much they vary beyond chance.

    With many customers a day a p chart's limits are narrower than any real service: days differ.
    Laney multiplies them by sigma z, the variation between neighbouring points in binomial
    standard deviations. He wants it always, not only after a test for overdispersion: at 1 it is
    the p chart, below 1 the limits are narrower. So it is done here. Where sigma z can't be had
    (fewer than two points, or no variation at all) the chart is a p chart, and says so.

    Args:
        tallies: one an hour, day or week, in their order; n may be 0.
        baseline: how many of the first ones give the centre and sigma z; all when None.

    Returns:
        Shares in [0, 1], one point a tally, None where its n is 0.

    Raises:
        ValueError: baseline is below 1, or holds nothing while later tallies do.

    Source:
        D. B. Laney (2002), Quality Engineering 14(4), 531-537.
    """
    return _share_chart(tallies, baseline, _sigma_z)


def _share_chart(
    tallies: Sequence[Tally],
    baseline: int | None,
    estimate_sigma_z: Callable[[list[float]], float | None],
) -> Chart:
    before = [tally for tally in _baseline(tallies, baseline) if tally.n]
    whole = total(before)
    centre = whole.share().value
    if centre is None:
        if any(tally.n for tally in tallies):
            raise ValueError("the baseline holds nothing")
        return Chart(Definition.P_CHART, None, 0, (None,) * len(tallies))
    spread = sqrt(centre * (1.0 - centre))
    sigmas = [
        (tally.observed / tally.n - centre) * sqrt(tally.n) / spread for tally in before if spread
    ]
    sigma_z = estimate_sigma_z(sigmas) or None

    def point(tally: Tally) -> ChartPoint:
        sigma = spread / sqrt(tally.n) * (sigma_z or 1.0)
        low, high = max(centre - 3.0 * sigma, 0.0), min(centre + 3.0 * sigma, 1.0)
        return ChartPoint(tally.observed / tally.n, tally.n, centre, sigma, low, high)

    points = tuple(point(tally) if tally.n else None for tally in tallies)
    definition = Definition.P_PRIME_CHART if sigma_z else Definition.P_CHART
    return Chart(definition, centre, whole.n, points, sigma_z=sigma_z)


def _sigma_z(sigmas: list[float]) -> float | None:
    ranges = _moving_ranges(sigmas)
    return fsum(ranges) / len(ranges) / _D2 if ranges else None


# ------------------------------------------------------------------- measured values


@dataclass(frozen=True, slots=True)
class XmrChart:
    """Measured values, and below them how much each differs from the one before.

    Attributes:
        ranges: its first point is None. Neighbouring ranges share a value, so that patterns mean
            nothing: rule 1 alone is asked.
    """

    individuals: Chart
    ranges: Chart


def xmr_chart(
    values: Sequence[float], *, baseline: int | None = None, least: float = -inf
) -> XmrChart:
    """Chart measured values over time, with natural process limits.

    Args:
        values: two or more in their order, in any unit, such as the median service time of a day.
        baseline: how many of the first ones, at least two, give the limits; all when None.
        least: nothing is possible below it; 0 for times.

    Raises:
        ValueError: fewer than two values to take limits from; one is no number, too large, or
            below least.

    Source:
        D. J. Wheeler, Understanding Variation (1993), p. 137: mean ± 2.66 average moving ranges,
        ranges up to 3.268 of them.
    """
    numbers = measured(values)
    before = _baseline(numbers, baseline)
    if len(before) < 2:
        raise ValueError("a moving range takes two values")
    if min(numbers) < least:
        raise ValueError(f"a value is below {least}")
    # The mean of equal values is to be that value, not what rounding made of their sum
    mean = max(min(fsum(before) / len(before), max(before)), min(before))
    ranges = _moving_ranges(before)
    mean_range = fsum(ranges) / len(ranges)

    reach = _NATURAL_LIMIT * mean_range
    low, high = max(mean - reach, least), mean + reach
    individuals = [ChartPoint(each, 1, mean, reach / 3.0, low, high) for each in numbers]
    top = _UPPER_RANGE * mean_range
    sigma = (top - mean_range) / 3.0
    moving = [ChartPoint(each, 1, mean_range, sigma, 0.0, top) for each in _moving_ranges(numbers)]
    return XmrChart(
        Chart(Definition.INDIVIDUALS_CHART, mean, len(before), tuple(individuals)),
        Chart(
            Definition.MOVING_RANGE_CHART,
            mean_range,
            len(ranges),
            (None, *moving),
            rules=WESTERN_ELECTRIC[:1],
        ),
    )


def _moving_ranges(values: Sequence[float]) -> list[float]:
    return [abs(after - before) for before, after in pairwise(values)]


def _baseline(values: Sequence[_T], baseline: int | None) -> Sequence[_T]:
    if baseline is not None and baseline < 1:
        raise ValueError(f"a baseline of {baseline}")
    return values[:baseline]
