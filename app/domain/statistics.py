"""Figures on ratings and service steps, each with what it rests on.

No figure goes without n, its interval and the name of its definition: a share of 100 % says one
thing of three customers and another of three hundred. Charts over time are in `control_charts`,
comparisons between staff in `funnel`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from math import floor, inf, sqrt
from statistics import NormalDist
from typing import Final

from app.domain.binomial import cumulative
from app.domain.lean import dataclass

MAX_N: Final = 1_000_000_000
"""More ratings than a programme gathers in its life; beyond it a count is taken for a mistake."""

MAX_VALUE: Final = 1e15
"""Measured values go up to this, in either direction, in whatever unit."""


class Definition(StrEnum):
    """By what a figure was worked out; the sentence about it is the screens'."""

    WILSON_SHARE = "wilson_share"
    STANDARDISED_SHARE = "indirectly_standardised_share"
    DEFECTS_PER_MILLION = "defects_per_million_opportunities"
    QUANTILE = "quantile_type_7"
    P_CHART = "p_chart"
    P_PRIME_CHART = "laney_p_prime_chart"
    INDIVIDUALS_CHART = "xmr_individuals"
    MOVING_RANGE_CHART = "xmr_moving_range"
    FUNNEL = "exact_binomial_funnel"
    OVERDISPERSED_FUNNEL = "exact_binomial_funnel_with_random_effects"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number, and how far it can be trusted.

    Attributes:
        value: None when nothing was counted, or too little to be shown.
        n: how many customers, steps or opportunities it comes from.
        low: the interval's lower bound, in the unit of value; None where n is too small for one.
        high: its upper bound.
        confidence: of the interval, in (0, 1).
    """

    value: float | None
    n: int
    low: float | None
    high: float | None
    confidence: float
    definition: Definition

    def shown_from(self, minimum_n: int) -> Figure:
        """Keep nothing but n below the least n that may be shown.

        Few ratings say little of a clerk, and too much of a customer.
        """
        if self.n >= minimum_n:
            return self
        return replace(self, value=None, low=None, high=None)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of n had it: a low rating, no rating, a step that took too long.

    Raises:
        ValueError: not 0 <= observed <= n <= MAX_N.
    """

    observed: int
    n: int

    def __post_init__(self) -> None:
        if not 0 <= self.observed <= self.n <= MAX_N:
            raise ValueError(f"{self.observed} of {self.n} is no count")

    def share(self, confidence: float = 0.95) -> Figure:
        """Give the share with its Wilson score interval.

        Args:
            confidence: in (0, 1).

        Returns:
            Shares in [0, 1]; value, low and high are None when n is 0.

        Raises:
            ValueError: confidence is outside (0, 1).

        Source:
            E. B. Wilson (1927), JASA 22(158), 209-212; without continuity correction, method 3 of
            R. G. Newcombe (1998), Statistics in Medicine 17, 857-872.

        >>> share = Tally(81, 263).share()
        >>> round(share.low, 4), round(share.high, 4)
        (0.2553, 0.3662)
        """
        z = NormalDist().inv_cdf(_tail(confidence))
        if not self.n:
            return Figure(None, 0, None, None, confidence, Definition.WILSON_SHARE)
        share, z_squared = self.observed / self.n, z * z / self.n
        middle = share + z_squared / 2.0
        reach = sqrt(z_squared * (share * (1.0 - share) + z_squared / 4.0))
        # Rounding would put the bounds at 0 and 1 beside them, and one next to the share past it
        low = min((middle - reach) / (1.0 + z_squared), share) if self.observed else 0.0
        high = max((middle + reach) / (1.0 + z_squared), share) if self.observed < self.n else 1.0
        return Figure(share, self.n, low, high, confidence, Definition.WILSON_SHARE)


def _tail(confidence: float) -> float:
    """How much may be missed at either end of an interval."""
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence {confidence} is not between 0 and 1")
    return (1.0 - confidence) / 2.0


def total(tallies: Iterable[Tally]) -> Tally:
    """Add tallies up.

    Raises:
        ValueError: they come to more than MAX_N.
    """
    together = list(tallies)
    return Tally(sum(each.observed for each in together), sum(each.n for each in together))


# ------------------------------------------------------------------- service steps


def late(durations_s: Sequence[float], target_s: float) -> Tally:
    """Count the service steps that took longer than their target.

    Raises:
        ValueError: a duration or the target is no number, or too large a one.
    """
    (limit,) = measured([target_s])
    return Tally(sum(each > limit for each in measured(durations_s)), len(durations_s))


def defects_per_million(defects: Tally, confidence: float = 0.95) -> Figure:
    """Give the defects per million opportunities (DPMO), with a Wilson interval.

    Args:
        defects: defects among opportunities; a step with a target is one opportunity.
        confidence: in (0, 1).

    Returns:
        Defects per million; n is the number of opportunities.

    Raises:
        ValueError: confidence is outside (0, 1).
    """
    share = defects.share(confidence)
    return scaled(share, 1_000_000.0, Definition.DEFECTS_PER_MILLION)


def scaled(figure: Figure, factor: float, definition: Definition, *, most: float = inf) -> Figure:
    """Give a figure and its interval times a factor >= 0, up to most, under another definition."""
    value, low, high = (
        None if each is None else min(each * factor, most)
        for each in (figure.value, figure.low, figure.high)
    )
    return replace(figure, value=value, low=low, high=high, definition=definition)


def quantile(values: Sequence[float], q: float, confidence: float = 0.95) -> Figure:
    """Give a quantile of durations, with an interval that assumes no distribution.

    Args:
        values: n >= 0 measured values in any order and unit.
        q: in [0, 1]; 0.5 is the median.
        confidence: in (0, 1). The interval goes from one of the values to another, the narrowest
            pair that leaves out at most half of the rest on either side: it is held, and more.

    Returns:
        In the unit of values; low and high are None where n is too small for that confidence
        (below 6 for a median at 95 %).

    Raises:
        ValueError: a value is no number, or too large a one; q or confidence is out of range.

    Source:
        Type 7 of R. J. Hyndman and Y. Fan (1996), American Statistician 50, 361-365; the interval
        by W. R. Thompson (1936), Annals of Mathematical Statistics 7, 122-128.
    """
    if not 0.0 <= q <= 1.0:
        raise ValueError(f"quantile {q} is not between 0 and 1")
    tail = _tail(confidence)
    ordered, n = sorted(measured(values)), len(values)
    if not n:
        return Figure(None, 0, None, None, confidence, Definition.QUANTILE)
    # How many of n lie below the true quantile is binomial, whatever the values are spread like
    first, below = cumulative(n, q)
    low_rank = first + bisect_right(below, tail)
    high_rank = first + bisect_left(below, 1.0 - tail) + 1
    bounded = low_rank >= 1 and high_rank <= n
    low, high = (ordered[low_rank - 1], ordered[high_rank - 1]) if bounded else (None, None)
    return Figure(interpolated(ordered, q), n, low, high, confidence, Definition.QUANTILE)


def interpolated(ordered: Sequence[float], q: float) -> float:
    """Give the type 7 quantile of n >= 1 values in ascending order; q in [0, 1]."""
    place = (len(ordered) - 1) * q
    left = floor(place)
    right = min(left + 1, len(ordered) - 1)
    return ordered[left] + (place - left) * (ordered[right] - ordered[left])


def measured(values: Iterable[float]) -> list[float]:
    """Give values back when each can be reckoned with.

    Raises:
        ValueError: one is no number, or not within ± MAX_VALUE.
    """
    numbers = list(values)
    for number in numbers:
        if not -MAX_VALUE <= number <= MAX_VALUE:
            raise ValueError(f"{number} is no measured value")
    return numbers


# ------------------------------------------------------------------- causes


@dataclass(frozen=True, slots=True)
class ParetoBar:
    """One cause among all.

    Attributes:
        share: of all causes together, which are its n.
        cumulative: share of this cause and of all more frequent ones, in (0, 1].
    """

    cause: str
    count: int
    share: Figure
    cumulative: float


def pareto(counts: Mapping[str, int]) -> tuple[ParetoBar, ...]:
    """Sort causes by how often they came, the most frequent first, equal ones by name.

    Args:
        counts: by cause, each >= 0.

    Returns:
        One bar a cause that came at all; the last one's cumulative share is 1.

    Raises:
        ValueError: a count is negative, or they come to more than MAX_N.
    """
    tallies = {cause: Tally(count, count) for cause, count in counts.items()}
    n = total(tallies.values()).n
    bars: list[ParetoBar] = []
    so_far = 0
    for cause, count in sorted(counts.items(), key=lambda each: (-each[1], each[0])):
        if count:
            so_far += count
            bars.append(ParetoBar(cause, count, Tally(count, n).share(), so_far / n))
    return tuple(bars)
