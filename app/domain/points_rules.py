"""How long points last, when they can be spent, and what giving a reward back costs.

The 'points' setting. Its version stands with each posting that it decided, and every version is
kept, so that a decision can be worked out again years later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, timedelta

from app.domain.lean import dataclass

SETTING = "points"

_BOUNDS = {
    "lot_months": (1, 600),
    "pending_days": (0, 3_650),
    "refund_fee_percent": (0, 100),
    "involuntary_months": (0, 600),
    "adjustment_limit": (0, 2**53),
}


@dataclass(frozen=True, slots=True)
class PointsRules:
    """One version.

    Attributes:
        version: 1 and up; 0 for what holds where a programme says nothing.
        lot_months: points last to the end of the month so many months after they were earned.
        pending_days: points can be spent so many days after they were earned; 0: at once.
        refund_fee_percent: of the points that come back when a member gives a reward back of their
            own will, rounded down to whole points.
        involuntary_months: points that come back without the member's doing last at least so many
            months more, to the end of the month; 0: as long as they did.
        adjustment_limit: points beyond which a manager's adjustment takes a second person.
    """

    version: int = 0
    lot_months: int = 36
    pending_days: int = 0
    refund_fee_percent: int = 0
    involuntary_months: int = 0
    adjustment_limit: int = 5_000

    @classmethod
    def from_setting(cls, value: Mapping[str, object] | None, version: int) -> PointsRules:
        """What a setting says; what it leaves out is as in a programme that says nothing.

        Raises:
            ValueError: which says what is wrong.
        """
        if value is None:
            return cls()
        if unknown := value.keys() - _BOUNDS.keys():
            raise ValueError(f"points: there is no {', '.join(sorted(unknown))}")
        figures: dict[str, int] = {}
        for name, figure in value.items():
            low, high = _BOUNDS[name]
            if type(figure) is not int or not low <= figure <= high:
                raise ValueError(f"points: {name} is a number from {low} to {high}")
            figures[name] = figure
        return cls(version, **figures)

    def to_setting(self) -> dict[str, object]:
        """All of it, as a setting's value."""
        names = (field.name for field in fields(self) if field.name != "version")
        return {name: getattr(self, name) for name in names}

    def last_day(self, earned_on: str) -> str:
        """The last day of points earned on an ISO date."""
        return end_of_month(earned_on, self.lot_months)

    def spendable_from(self, earned_on: str) -> str | None:
        """The ISO date from which points earned on another can be spent; None: at once."""
        if not self.pending_days:
            return None
        return (date.fromisoformat(earned_on) + timedelta(days=self.pending_days)).isoformat()

    def refund_fee(self, points: int, *, involuntary: bool) -> int:
        """What is kept back of points that come back."""
        return 0 if involuntary else points * self.refund_fee_percent // 100

    def lasts_at_least_until(self, day: str, *, involuntary: bool) -> str | None:
        """The day before which points that come back on `day` don't expire; None: as they did."""
        if not involuntary or not self.involuntary_months:
            return None
        return end_of_month(day, self.involuntary_months)


def end_of_month(day: str, months: int) -> str:
    """The last day of the month that is so many after an ISO date's.

    >>> end_of_month("2026-01-31", 1)
    '2026-02-28'
    """
    earlier = date.fromisoformat(day)
    month = earlier.year * 12 + earlier.month + months  # of the month after the last
    return (date(month // 12, month % 12 + 1, 1) - timedelta(days=1)).isoformat()
