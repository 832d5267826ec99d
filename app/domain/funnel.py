"""Funnel plots: who differs from all the others by more than chance and the customers they had.

Never a league table: units stay in the order in which they were given, and most of them are
simply within.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from enum import StrEnum
from math import fsum, hypot, sqrt
from typing import Final

from app.domain.binomial import cumulative
from app.domain.lean import dataclass
from app.domain.statistics import (
    MAX_N,
    Definition,
    Figure,
    Tally,
    interpolated,
    measured,
    scaled,
    total,
)

_TAIL_998: Final = 0.001
_TAIL_95: Final = 0.025
_LEAST_ERROR: Final = 1e-100
"""Squares of what is divided by it are still numbers."""


class Standing(StrEnum):
    """Where a unit stands: beyond 95 % limits is worth a look, beyond 99.8 % a question."""

    FAR_BELOW = "far_below"
    BELOW = "below"
    WITHIN = "within"
    ABOVE = "above"
    FAR_ABOVE = "far_above"


@dataclass(frozen=True, slots=True)
class Limits:
    """Shares in [0, 1] between which 99.8 % and 95 % of units are when nothing is wrong."""

    low_998: float
    low_95: float
    high_95: float
    high_998: float


@dataclass(frozen=True, slots=True)
class Unit:
    """Whom the funnel compares: a clerk, a window, an office.

    Attributes:
        expected: how many of this unit's customers would have had it anywhere, from
            `expected_count`; None when its customers are taken to be like all others.

    Raises:
        ValueError: expected is outside [0, n], less than one in MAX_N, or 0 although some were
            observed.
    """

    key: str
    tally: Tally
    expected: float | None = None

    def __post_init__(self) -> None:
        if self.expected is None:
            return
        if not (self.expected == 0.0 or 1.0 / MAX_N <= self.expected <= self.tally.n):
            raise ValueError(f"{self.expected} expected of {self.tally.n}")
        if not self.expected and self.tally.observed:
            raise ValueError(f"{self.tally.observed} observed, none expected")


@dataclass(frozen=True, slots=True)
class Dispersion:
    """How much more units differ than chance makes them.

    Attributes:
        phi: mean of the squared winsorised z-scores, about 1 by chance alone; None without units.
        tau: standard deviation between units beyond chance, in the unit of their values.
        units: how many it comes from.
    """

    phi: float | None
    tau: float
    units: int


@dataclass(frozen=True, slots=True)
class FunnelPoint:
    """One unit in the funnel.

    Attributes:
        share: what was observed, brought to the mix of customers that all units had together:
            observed / expected × target, at most 1.
        limits: this unit's own. The curve of `Funnel.limits_at` is the same for customers like all
            others'. None, as standing is, where nothing can be said or is to be shown.
    """

    key: str
    share: Figure
    limits: Limits | None
    standing: Standing | None


@dataclass(frozen=True, slots=True)
class Funnel:
    """Units against their size.

    Attributes:
        target: the share of all units together, or the one that was given, in [0, 1].
        n: customers of all units.
    """

    definition: Definition
    target: float | None
    n: int
    dispersion: Dispersion
    points: tuple[FunnelPoint, ...]

    def limits_at(self, n: int) -> Limits:
        """Give the limits for a unit of n customers: the funnel's curves.

        Raises:
            ValueError: n is not in 1..MAX_N, or the funnel has no target.
        """
        if n < 1 or self.target is None:
            raise ValueError(f"no limits for {n} customers")
        error = _standard_error(Tally(0, n).n, self.target)
        counts = _count_limits(n, self.target, self.dispersion.tau, error)
        return Limits(*(_possible(count / n) for count in counts))


def expected_count(strata: Mapping[str, Tally], reference: Mapping[str, Tally]) -> float:
    """Say how many would be expected of a unit's customers by the shares of all, kind by kind.

    Indirect standardisation: a clerk who gets all the refunds is compared with how refunds go.

    Args:
        strata: the unit's customers by kind (matter, tier, time of day).
        reference: those of all units together, by the same kinds.

    Returns:
        A count in [0, n of all strata].

    Raises:
        ValueError: the unit served a kind of which the reference has none.
    """
    expected = []
    for kind, tally in strata.items():
        if not tally.n:
            continue
        share = reference[kind].share().value if kind in reference else None
        if share is None:
            raise ValueError(f"no reference for {kind}")
        expected.append(tally.n * share)
    return min(fsum(expected), total(strata.values()).n)


def funnel(units: Sequence[Unit], *, target: float | None = None, minimum_n: int = 1) -> Funnel:
    """Compare units by their shares, with limits that depend on how many customers each had.

    Limits are exact binomial ones, interpolated between counts. When units differ by more than
    chance, by causes that no count knows of, the limits are widened for the variation between
    units (additive, a random effect): by √(s² + τ²) / s, where s is the unit's standard error.

    Two things are other than in the paper, both in favour of who is judged. The upper limit is the
    lower one of the opposite share, mirrored; the paper's is one count closer, so that 1 of 1 would
    be outside. And limits are widened from the exact ones; the paper adds normal ones, which for a
    small unit and a share near 0 or 1 would be the narrower.

    Args:
        units: in the order in which they are to be shown. Take those of the whole programme, and
            show an office its own: among a few, one who differs passes for variation between them.
            Count the rarer outcome (low ratings, not good ones): no share can be above 1, and a
            standardised common one soon would be.
        target: in [0, 1]; the share of all units together when None.
        minimum_n: units with fewer customers count for the target and the dispersion, and have
            neither share nor limits of their own.

    Raises:
        ValueError: target is outside [0, 1], or less than one in MAX_N.

    Source:
        D. J. Spiegelhalter (2005), Statistics in Medicine 24, 1185-1202, appendix A.1.1; for the
        additive form his paper in Quality and Safety in Health Care 14, 347-351 (2005).
    """
    whole = total(unit.tally for unit in units)
    if target is None:
        target = whole.share().value
    elif not (target == 0.0 or 1.0 / MAX_N <= target <= 1.0):
        raise ValueError(f"target {target} is not between 0 and 1")
    if target is None:
        nothing = tuple(FunnelPoint(unit.key, unit.tally.share(), None, None) for unit in units)
        return Funnel(Definition.FUNNEL, None, 0, Dispersion(None, 0.0, 0), nothing)

    placed = [_placed(unit, target) for unit in units]
    spread = [each for each in placed if each.standard_error]
    extra = dispersion(
        [each.unit.tally.observed / each.unit.tally.n * each.scale - target for each in spread],
        [each.standard_error for each in spread],
    )
    return Funnel(
        Definition.OVERDISPERSED_FUNNEL if extra.tau else Definition.FUNNEL,
        target,
        whole.n,
        extra,
        tuple(_point(each, extra.tau, minimum_n) for each in placed),
    )


def dispersion(
    deviations: Sequence[float], standard_errors: Sequence[float], *, winsorise: float = 0.1
) -> Dispersion:
    """Estimate how much more units differ than their standard errors allow.

    The few that are really different must not widen the limits that are to find them: z-scores in
    either tail are drawn in to that tail's quantile before.

    Args:
        deviations: each unit's value less the target.
        standard_errors: by chance alone, each > 0, in the same order and unit.
        winsorise: the share of units in each tail, in [0, 0.5].

    Returns:
        tau is DerSimonian and Laird's moment estimate, 0 when units differ by no more than chance.

    Raises:
        ValueError: the two differ in length, a standard error is 0 or next to it, or winsorise is
            out of range.

    Source:
        D. J. Spiegelhalter (2005), Statistics in Medicine 24, 1185-1202, on over-dispersion; the
        tails' quantiles are of type 7.
    """
    if not 0.0 <= winsorise <= 0.5:
        raise ValueError(f"{winsorise} in each tail")
    errors = measured(standard_errors)
    if errors and min(errors) < _LEAST_ERROR:
        raise ValueError(f"a standard error of {min(errors)}")
    z = [each / error for each, error in zip(measured(deviations), errors, strict=True)]
    if not z:
        return Dispersion(None, 0.0, 0)
    ordered = sorted(z)
    lowest, highest = interpolated(ordered, winsorise), interpolated(ordered, 1.0 - winsorise)
    count = len(z)
    phi = fsum(min(max(each, lowest), highest) ** 2 for each in z) / count
    # In weights of the most exact unit, so that their squares can't overflow
    least = min(errors)
    weights = [(least / error) ** 2 for error in errors]
    room = fsum(weights) - fsum(each * each for each in weights) / fsum(weights)
    excess = count * phi - (count - 1)
    tau = least * sqrt(excess / room) if excess > 0.0 and room > 0.0 else 0.0
    return Dispersion(phi, tau, count)


# ------------------------------------------------------------------- one unit


@dataclass(frozen=True, slots=True)
class _Placed:
    """A unit with what is to be expected of its customers.

    Attributes:
        expected_share: in [0, 1]; None where nothing is to be expected.
        scale: brings a share of this unit's customers to the mix of all.
    """

    unit: Unit
    expected_share: float | None
    scale: float

    @property
    def standard_error(self) -> float:
        """By chance alone, of the standardised share; 0 where chance has no say."""
        if self.expected_share is None:
            return 0.0
        return self.scale * _standard_error(self.unit.tally.n, self.expected_share)


def _placed(unit: Unit, target: float) -> _Placed:
    if not unit.tally.n or unit.expected == 0.0:
        return _Placed(unit, None, 1.0)
    if unit.expected is None:
        return _Placed(unit, target, 1.0)
    expected_share = unit.expected / unit.tally.n
    return _Placed(unit, expected_share, target / expected_share)


def _point(placed: _Placed, tau: float, minimum_n: int) -> FunnelPoint:
    unit, tally = placed.unit, placed.unit.tally
    share = tally.share()
    if unit.expected is not None:
        share = scaled(share, placed.scale, Definition.STANDARDISED_SHARE, most=1.0)
    if placed.expected_share is None or tally.n < minimum_n:
        return FunnelPoint(unit.key, share.shown_from(tally.n + 1), None, None)
    counts = _count_limits(tally.n, placed.expected_share, tau, placed.standard_error)
    limits = Limits(*(_possible(each / tally.n * placed.scale) for each in counts))
    return FunnelPoint(unit.key, share, limits, _standing(tally.observed, *counts))


def _standing(
    observed: int, low_998: float, low_95: float, high_95: float, high_998: float
) -> Standing:
    if observed < low_95:
        return Standing.FAR_BELOW if observed < low_998 else Standing.BELOW
    if observed > high_95:
        return Standing.FAR_ABOVE if observed > high_998 else Standing.ABOVE
    return Standing.WITHIN


def _count_limits(
    n: int, share: float, tau: float, standard_error: float
) -> tuple[float, float, float, float]:
    """Give limits as counts, 99.8 %, 95 %, 95 %, 99.8 %; they may be below 0 or above n.

    A whole count is beyond one exactly when chance makes so few, or so many, seldom enough.
    """
    few, many = cumulative(n, share), cumulative(n, 1.0 - share)
    widened = hypot(1.0, tau / standard_error) if standard_error else 1.0
    middle = n * share
    low_998, low_95, high_95, high_998 = (
        middle + (count - middle) * widened
        for count in (
            _interpolated_count(*few, _TAIL_998),
            _interpolated_count(*few, _TAIL_95),
            n - _interpolated_count(*many, _TAIL_95),
            n - _interpolated_count(*many, _TAIL_998),
        )
    )
    return low_998, low_95, high_95, high_998


def _interpolated_count(first: int, below: list[float], tail: float) -> float:
    """The count r for which P(count <= r) is the tail, as if it ran straight between counts."""
    place = bisect_right(below, tail)
    before = below[place - 1] if place else 0.0
    return first + place - (below[place] - tail) / (below[place] - before)


def _standard_error(n: int, share: float) -> float:
    return sqrt(share * (1.0 - share) / n)


def _possible(share: float) -> float:
    return min(max(share, 0.0), 1.0)
