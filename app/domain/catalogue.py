"""What a reward costs a member on a day, and whether it is offered then.

A reward's terms are data: the counter reads them from its replica, the server from its own table,
and both come to the same price for the same tier, segment and day.

    {
        "from": "2026-12-01", "until": "2027-01-31",
        "blackouts": [["2026-12-24", "2026-12-26"]],
        "tier_percent": {"gold": 90, "platinum": 80},
        "segment_percent": {"young": 75}, "floor": 500,
        "cash": {"least_percent": 50, "step": 100, "minor_per_100": 120, "currency": "CNY"}
    }

Every part may be missing. Days are the office's own, both ends included. Where there is only so
much of a reward the server adds `"stocked": true` to what counters read (app.domain.stock), so that
one which knows nothing of stock doesn't offer it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from app.domain.lean import dataclass
from app.domain.ledger import MAX_POINTS

MAX_MINOR: Final = 10**12
"""The most money of one redemption, in a currency's smallest coin."""

STOCKED: Final = "stocked"
"""The part of the terms that the server writes, where there is only so much of a reward."""

_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_MOST_BLACKOUTS: Final = 100
_MOST_GROUPS: Final = 50
_PARTS: Final = {
    "from", "until", "blackouts", "tier_percent", "segment_percent", "floor", "cash", STOCKED,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Price:
    """What a redemption takes: points, and money where the customer pays a part with it.

    Attributes:
        cash_minor: in the currency's smallest coin, 0 where points pay it all.
        currency: ISO 4217 code, '' with no money.
    """

    points: int
    cash_minor: int = 0
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Cash:
    """How a part of the points may be paid with money instead.

    Attributes:
        least_percent: of the price that points have to pay, 1..100.
        step: the part paid with points is a multiple of it.
        minor_per_100: what 100 points cost, in the currency's smallest coin; rounded up.
    """

    least_percent: int
    step: int
    minor_per_100: int
    currency: str


@dataclass(frozen=True, slots=True)
class Terms:
    """When a reward is offered, to whom for how much, and what money may pay.

    Attributes:
        first_day: ISO date, '' for always.
        last_day: ISO date, '' for ever.
        blackouts: (first, last) days on which it isn't offered.
        tier_percent: of the price, by tier; others pay it all.
        segment_percent: the same by segment (app.domain.segments); the lower of the two counts.
        floor: the least that anybody pays, as long as the price itself isn't lower.
        stocked: there is only so much of it.
    """

    first_day: str = ""
    last_day: str = ""
    blackouts: tuple[tuple[str, str], ...] = ()
    tier_percent: tuple[tuple[str, int], ...] = ()
    segment_percent: tuple[tuple[str, int], ...] = ()
    floor: int = 1
    cash: Cash | None = None
    stocked: bool = False

    def why_not(self, day: str) -> str:
        """Why it isn't offered on an ISO date: not_yet, no_longer, blackout; '' where it is."""
        if day < self.first_day:
            return "not_yet"
        if self.last_day and day > self.last_day:
            return "no_longer"
        if any(first <= day <= last for first, last in self.blackouts):
            return "blackout"
        return ""

    def points(self, base_points: int, tier: str, segment: str = "") -> int:
        """What a member of a tier and a segment pays without money; rounded up, 1..MAX_POINTS.

        >>> Terms(tier_percent=(("gold", 90),), floor=500).points(1_001, "gold")
        901
        >>> Terms(tier_percent=(("gold", 10),), floor=500).points(1_000, "gold")
        500
        >>> Terms(tier_percent=(("gold", 90),), segment_percent=(("young", 75),)).points(
        ...     1_000, "gold", "young"
        ... )
        750
        """
        percent = min(
            dict(self.tier_percent).get(tier, 100), dict(self.segment_percent).get(segment, 100)
        )
        return max(-(-base_points * percent // 100), min(self.floor, base_points))

    def price(self, base_points: int, tier: str, *, spendable: int, segment: str = "") -> Price:
        """All points if there are enough, else the most that there are, the rest with money.

        Where money may not pay what is missing, the price is all points.

        >>> terms = Terms(cash=Cash(50, 100, 120, "CNY"))
        >>> terms.price(3_000, "", spendable=1_780)
        Price(points=1700, cash_minor=1560, currency='CNY')
        >>> terms.price(3_000, "", spendable=1_400)
        Price(points=3000, cash_minor=0, currency='')
        """
        whole = self.points(base_points, tier, segment)
        if self.cash is None or spendable >= whole:
            return Price(whole)
        part = spendable // self.cash.step * self.cash.step
        mixed = Price(part, self._minor(self.cash, whole - part), self.cash.currency)
        return mixed if self.allows(base_points, tier, mixed, segment) else Price(whole)

    def allows(self, base_points: int, tier: str, price: Price, segment: str = "") -> bool:
        """Whether these terms come to a price, with whatever part of it in money."""
        whole = self.points(base_points, tier, segment)
        if not price.cash_minor:
            return price.points == whole and not price.currency
        cash = self.cash
        return (
            cash is not None
            and price.currency == cash.currency
            and price.points % cash.step == 0
            and self._least(cash, whole) <= price.points < whole
            and price.cash_minor == self._minor(cash, whole - price.points) <= MAX_MINOR
        )

    @staticmethod
    def _least(cash: Cash, whole: int) -> int:
        return max(1, -(-whole * cash.least_percent // 100))

    @staticmethod
    def _minor(cash: Cash, points: int) -> int:
        return -(-points * cash.minor_per_100 // 100)


def read_terms(value: Mapping[str, Any]) -> Terms:
    """Read a reward's terms.

    Raises:
        ValueError: what is wrong of which part.
    """
    _known(value, _PARTS, "the terms")
    blackouts = value.get("blackouts", [])
    if not isinstance(blackouts, list) or len(blackouts) > _MOST_BLACKOUTS:
        raise _bad("blackouts", f"a list of at most {_MOST_BLACKOUTS} pairs of days")
    terms = Terms(
        first_day=_day(value, "from"),
        last_day=_day(value, "until"),
        blackouts=tuple(_span(each) for each in blackouts),
        tier_percent=_percents(value, "tier_percent", "tier"),
        segment_percent=_percents(value, "segment_percent", "segment"),
        floor=_number(value, "floor", 1, MAX_POINTS) if "floor" in value else 1,
        cash=_cash(value["cash"]) if "cash" in value else None,
        stocked=_flag(value, STOCKED),
    )
    if terms.last_day and terms.last_day < terms.first_day:
        raise _bad("until", "no day before 'from'")
    return terms


def _percents(value: Mapping[str, Any], name: str, what: str) -> tuple[tuple[str, int], ...]:
    percents = value.get(name, {})
    if not isinstance(percents, Mapping) or len(percents) > _MOST_GROUPS:
        raise _bad(name, f"percentages by {what}")
    return tuple(sorted((str(each), _number(percents, each, 1, 100)) for each in percents))


def _cash(value: Any) -> Cash:
    if not isinstance(value, Mapping):
        raise _bad("cash", "an object")
    _known(value, {"least_percent", "step", "minor_per_100", "currency"}, "cash")
    currency = value.get("currency")
    if not isinstance(currency, str) or _CURRENCY.fullmatch(currency) is None:
        raise _bad("currency", "three capital letters such as CNY")
    return Cash(
        least_percent=_number(value, "least_percent", 1, 100),
        step=_number(value, "step", 1, 1_000_000) if "step" in value else 1,
        minor_per_100=_number(value, "minor_per_100", 1, 10_000_000),
        currency=currency,
    )


def _known(value: Mapping[str, Any], names: set[str], where: str) -> None:
    if unknown := sorted(map(str, value.keys() - names)):
        raise ValueError(f"Nothing is known of {', '.join(unknown)} in {where}")


def _number(value: Mapping[str, Any], name: str, low: int, high: int) -> int:
    found = value.get(name)
    if not isinstance(found, int) or isinstance(found, bool) or not low <= found <= high:
        raise _bad(name, f"a whole number from {low} to {high}")
    return found


def _flag(value: Mapping[str, Any], name: str) -> bool:
    found = value.get(name, False)
    if not isinstance(found, bool):
        raise _bad(name, "true or false")
    return found


def _day(value: Mapping[str, Any], name: str) -> str:
    return _date(value[name], name) if name in value else ""


def _date(found: Any, name: str) -> str:
    try:
        return date.fromisoformat(found).isoformat()
    except (TypeError, ValueError) as error:
        raise _bad(name, "a day such as 2026-12-24") from error


def _span(found: Any) -> tuple[str, str]:
    if not isinstance(found, list) or len(found) != 2:
        raise _bad("blackouts", "pairs of days, the first and the last")
    first, last = (_date(day, "blackouts") for day in found)
    if last < first:
        raise _bad("blackouts", "pairs whose first day comes first")
    return first, last


def _bad(name: str, wanted: str) -> ValueError:
    return ValueError(f"The terms' {name!r} must be {wanted}")
