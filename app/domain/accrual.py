"""How many points a flight or an amount earns, and why.

Rules are data with a version. The same rules and input give the same decision and the same figures
behind it on every device, so a decision taken offline can be checked years later. How the figures
are put into words is the screens' matter. All arithmetic on points is in integers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any

from app.domain.airports import great_circle_km
from app.domain.boarding_pass import Leg
from app.domain.lean import dataclass

MAX_POINTS = 2**53
"""The largest number of points anything may say; exact in every program that reads JSON."""

MAX_AMOUNT_MINOR = 10**12
"""Ten thousand million in a currency with cents; more is a slip of the hand."""


class Rounding(StrEnum):
    """What happens to a fraction of a point."""

    DOWN = "down"
    HALF_UP = "half_up"
    UP = "up"


class AccrualReason(StrEnum):
    """Stable codes of a decision; the screens translate them."""

    EARNED = "accrual_earned"
    EARNED_MINIMUM = "accrual_earned_minimum"
    EARNS_NOTHING = "accrual_class_earns_nothing"
    CARRIER_NOT_ACCEPTED = "accrual_carrier_not_accepted"
    CLASS_UNKNOWN = "accrual_class_unknown"
    DISTANCE_UNKNOWN = "accrual_distance_unknown"
    CURRENCY_NOT_ACCEPTED = "accrual_currency_not_accepted"
    AMOUNT_NOT_POSITIVE = "accrual_amount_not_positive"
    AMOUNT_TOO_LARGE = "accrual_amount_too_large"
    AMOUNT_TOO_SMALL = "accrual_amount_too_small"


class Ground(StrEnum):
    """What kind of step led to the points; the screens translate them."""

    DISTANCE = "distance"
    MINIMUM = "minimum"
    AMOUNT = "amount"
    TIER_BONUS = "tier_bonus"


Figures = Mapping[str, str | int]
"""Values by name."""


@dataclass(frozen=True, slots=True)
class Because:
    """One step of an explanation: what happened and its figures.

    Attributes:
        code: a `Ground`, or the `AccrualReason` of a refusal.
        values: what the sentence's blanks are filled with; `points` is what the step came to.
    """

    code: str
    values: Figures


Explanation = tuple[Because, ...]


def as_written(explanation: Explanation) -> str:
    """The explanation as the journal keeps it: JSON, the same bytes for the same figures."""
    steps = [[because.code, dict(because.values)] for because in explanation]
    return json.dumps(steps, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


_GIVES_POINTS = frozenset({AccrualReason.EARNED, AccrualReason.EARNED_MINIMUM})


@dataclass(frozen=True, slots=True)
class PointsRate:
    """`points` for every `per_minor` units of a currency's smallest coin.

    >>> PointsRate(points=1, per_minor=100)  # a point for each yuan
    PointsRate(points=1, per_minor=100)
    """

    points: int
    per_minor: int

    def __post_init__(self) -> None:
        _require_int(self.points, "points", low=0, high=MAX_POINTS)
        _require_int(self.per_minor, "per_minor", low=1, high=MAX_AMOUNT_MINOR)


@dataclass(frozen=True, slots=True)
class AccrualRules:
    """One version of a programme's rules for earning.

    Attributes:
        version: 1 and up; a changed rule is a new version.
        carriers: airlines whose flights earn.
        classes: booking class (one letter) to percent of the distance, 0 for classes that earn
            nothing; a class not named is refused, not guessed.
        minimum_points: what a flight earns at least, where its class earns at all.
        tier_bonus: tier to percent on top; a tier not named has none.
        rates: ISO currency code to what amounts in it earn.
        rounding: of a flight's or an amount's points, and apart from them of the tier bonus.
        currency: ISO code of what amounts are typed in at the counters.
        distances_km: (airport, airport) in alphabetical order to kilometres; goes before the great
            circle between known airports.

    Raises:
        ValueError: a figure is negative, fractional or too large, or a pair is out of order.
    """

    version: int
    carriers: frozenset[str]
    classes: Mapping[str, int]
    minimum_points: int = 0
    tier_bonus: Mapping[str, int] = field(default_factory=dict)
    rates: Mapping[str, PointsRate] = field(default_factory=dict)
    rounding: Rounding = Rounding.HALF_UP
    currency: str = "CNY"
    distances_km: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _require_int(self.version, "version", low=1, high=MAX_POINTS)
        _require_int(self.minimum_points, "minimum_points", low=0, high=1_000_000)
        for name, percents in (("classes", self.classes), ("tier_bonus", self.tier_bonus)):
            for key, percent in percents.items():
                _require_int(percent, f"{name}[{key}]", low=0, high=10_000)
        for pair, km in self.distances_km.items():
            _require_int(km, f"distances_km{pair}", low=1, high=20_100)
            if pair[0] >= pair[1]:
                raise ValueError(f"distances_km{pair}: write the pair in alphabetical order")


@dataclass(frozen=True, slots=True)
class AccrualDecision:
    """What is earned and why.

    Attributes:
        points: base and bonus together; 0 when refused.
        reason: stable code.
        rule_version: of the rules that decided.
        explanation: the whole calculation, step by step, or what the refusal is about.
        bonus_points: the part of `points` that the tier adds.
    """

    points: int
    reason: AccrualReason
    rule_version: int
    explanation: Explanation
    bonus_points: int = 0

    @property
    def earned(self) -> bool:
        """Whether there is something to post."""
        return self.reason in _GIVES_POINTS


def points_for_flight(rules: AccrualRules, leg: Leg, tier: str) -> AccrualDecision:
    """Decide what one flight earns.

    Args:
        rules: the version in force on the day of the flight.
        leg: from a boarding pass or typed in.
        tier: the member's.

    Returns:
        The decision; refusals have 0 points and say what they are about.
    """
    route: Figures = {"flight": leg.flight, "route": f"{leg.origin}-{leg.destination}"}
    if leg.carrier not in rules.carriers:
        return _refused(rules, AccrualReason.CARRIER_NOT_ACCEPTED, carrier=leg.carrier, **route)
    percent = rules.classes.get(leg.compartment)
    if percent is None:
        reason = AccrualReason.CLASS_UNKNOWN
        return _refused(rules, reason, booking_class=leg.compartment, **route)
    if percent == 0:
        reason = AccrualReason.EARNS_NOTHING
        return _refused(rules, reason, booking_class=leg.compartment, **route)
    km = _distance_km(rules, leg.origin, leg.destination)
    if km is None:
        return _refused(rules, AccrualReason.DISTANCE_UNKNOWN, **route)
    base = _divide(km * percent, 100, rules.rounding)
    figures = {**route, "km": km, "percent": percent, "booking_class": leg.compartment}
    steps = [Because(Ground.DISTANCE, {**figures, "points": base})]
    reason = AccrualReason.EARNED
    if base < rules.minimum_points:
        base, reason = rules.minimum_points, AccrualReason.EARNED_MINIMUM
        steps.append(Because(Ground.MINIMUM, {"points": base}))
    return _with_bonus(rules, base, tier, reason, steps)


def points_for_amount(
    rules: AccrualRules, amount_minor: int, currency: str, tier: str
) -> AccrualDecision:
    """Decide what an amount paid earns.

    Args:
        rules: the version in force today.
        amount_minor: in the currency's smallest unit (fen, cents).
        currency: ISO 4217 code.
        tier: the member's.

    Returns:
        The decision; amounts of zero, below or far too large are refused with what they are about.

    Raises:
        ValueError: the amount is not an integer; money is never a fraction here.
    """
    if type(amount_minor) is not int:
        raise ValueError(f"amount_minor is a whole number of the smallest unit: {amount_minor!r}")

    paid: Figures = {"amount_minor": amount_minor, "currency": currency}
    if amount_minor <= 0:
        return _refused(rules, AccrualReason.AMOUNT_NOT_POSITIVE, **paid)
    rate = rules.rates.get(currency)
    if rate is None:
        accepted = ", ".join(sorted(rules.rates))
        return _refused(rules, AccrualReason.CURRENCY_NOT_ACCEPTED, accepted=accepted, **paid)
    base = _divide(amount_minor * rate.points, rate.per_minor, rules.rounding)
    if amount_minor > MAX_AMOUNT_MINOR or base > MAX_POINTS // 200:  # leaves room for any bonus
        return _refused(rules, AccrualReason.AMOUNT_TOO_LARGE, currency=currency)
    if base == 0:
        return _refused(rules, AccrualReason.AMOUNT_TOO_SMALL, **paid)
    figures = {**paid, "rate_points": rate.points, "rate_minor": rate.per_minor}
    steps = [Because(Ground.AMOUNT, {**figures, "points": base})]
    return _with_bonus(rules, base, tier, AccrualReason.EARNED, steps)


def _refused(rules: AccrualRules, reason: AccrualReason, **about: str | int) -> AccrualDecision:
    return AccrualDecision(0, reason, rules.version, (Because(reason, about),))


def _with_bonus(
    rules: AccrualRules, base: int, tier: str, reason: AccrualReason, steps: list[Because]
) -> AccrualDecision:
    percent = rules.tier_bonus.get(tier, 0)
    bonus = _divide(base * percent, 100, rules.rounding)
    if percent:
        figures: Figures = {"tier": tier, "percent": percent, "points": bonus}
        steps = [*steps, Because(Ground.TIER_BONUS, figures)]
    return AccrualDecision(base + bonus, reason, rules.version, tuple(steps), bonus_points=bonus)


def _distance_km(rules: AccrualRules, origin: str, destination: str) -> int | None:
    if origin == destination:
        return None
    first, second = sorted((origin, destination))
    stated = rules.distances_km.get((first, second))
    return great_circle_km(origin, destination) if stated is None else stated


def _divide(amount: int, by: int, rounding: Rounding) -> int:
    """Integer division of amount >= 0 with the stated rounding."""
    if rounding is Rounding.UP:
        return -(-amount // by)
    if rounding is Rounding.HALF_UP:
        return (2 * amount + by) // (2 * by)
    return amount // by


def _require_int(value: int, name: str, *, low: int, high: int) -> None:
    # bool and float pass for int elsewhere; rules come from files and the wire
    if type(value) is not int or not low <= value <= high:
        raise ValueError(f"{name} must be a whole number from {low} to {high}: {value!r}")


def rules_to_data(rules: AccrualRules) -> dict[str, object]:
    """The rules as plain JSON values, for the wire and the rules table."""
    return {
        "version": rules.version,
        "carriers": sorted(rules.carriers),
        "classes": dict(rules.classes),
        "minimum_points": rules.minimum_points,
        "tier_bonus": dict(rules.tier_bonus),
        "rates": {code: [rate.points, rate.per_minor] for code, rate in rules.rates.items()},
        "rounding": rules.rounding.value,
        "currency": rules.currency,
        "distances_km": {"-".join(pair): km for pair, km in rules.distances_km.items()},
    }


def rules_from_data(data: Mapping[str, object]) -> AccrualRules:
    """Rules from `rules_to_data`'s form.

    Raises:
        ValueError: a key is missing, unknown or holds what it can't; all is named in the message.
    """
    known = {
        "version",
        "carriers",
        "classes",
        "minimum_points",
        "tier_bonus",
        "rates",
        "rounding",
        "currency",
        "distances_km",
    }
    if wrong := known.symmetric_difference(data):
        raise ValueError(f"accrual rules: keys missing or unknown: {', '.join(sorted(wrong))}")
    carriers = data["carriers"]
    if not isinstance(carriers, list) or not all(isinstance(one, str) for one in carriers):
        raise ValueError("accrual rules: carriers must be a list of airline codes")
    currency = data["currency"]
    if not isinstance(currency, str) or not (currency.isascii() and currency.isupper()):
        raise ValueError("accrual rules: currency must be an ISO code such as CNY")
    rates: dict[str, PointsRate] = {}
    for code, rate in _table(data, "rates").items():
        if not isinstance(rate, list) or len(rate) != 2:
            raise ValueError(f"accrual rules: rates.{code} must be [points, per_minor]")
        rates[code] = PointsRate(*rate)
    distances: dict[tuple[str, str], int] = {}
    for pair, km in _table(data, "distances_km").items():
        first, dash, second = pair.partition("-")
        if not dash:
            raise ValueError(f"accrual rules: distances_km.{pair} must be named AAA-BBB")
        distances[first, second] = km
    return AccrualRules(
        version=data["version"],  # type: ignore[arg-type]  # __post_init__ checks the figures
        carriers=frozenset(carriers),
        classes=_table(data, "classes"),
        minimum_points=data["minimum_points"],  # type: ignore[arg-type]
        tier_bonus=_table(data, "tier_bonus"),
        rates=rates,
        rounding=Rounding(str(data["rounding"])),
        currency=currency,
        distances_km=distances,
    )


def _table(data: Mapping[str, object], key: str) -> dict[str, Any]:
    value = data[key]
    if not isinstance(value, dict):
        raise ValueError(f"accrual rules: {key} must be a table")
    return value


STANDARD_RULES = AccrualRules(
    version=1,
    carriers=frozenset({"CA", "MU", "CZ", "HU", "ZH", "3U", "MF", "FM", "SC"}),
    # full fares earn more, deep discounts less, award and staff travel nothing
    classes={
        **dict.fromkeys("FPA", 250),
        **dict.fromkeys("JCDZR", 150),
        **dict.fromkeys("WY", 100),
        **dict.fromkeys("BMHKU", 80),
        **dict.fromkeys("LQGSVET", 50),
        **dict.fromkeys("XNIO", 0),
    },
    minimum_points=100,
    tier_bonus={"silver": 15, "gold": 25, "platinum": 50},
    rates={"CNY": PointsRate(1, 100), "HKD": PointsRate(9, 1000), "USD": PointsRate(7, 100)},
)
"""What a new programme starts with; the operator's own replace it."""
