"""How much a counter may give away without the server and without a lease, and to whom.

The setting 'redemption' holds the numbers. A device's pool is issued with them, so that a change
reaches both ends with the next pool and neither judges the other by rules it hasn't heard of.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Self

from app.domain.lean import dataclass
from app.domain.numbers import number_in
from app.domain.trust import Trust, TrustRules

DEFAULT_RISK: Final[dict[str, object]] = {
    "pool_points": 20_000,
    "pool_per_redemption": 5_000,
    "pool_per_member": 5_000,
    "risk_window_points": 10_000,
    "risk_window_redemptions": 20,
    "risk_list_hours": 72,
    "risk_approval_points": 3_000,
}


_MOST: Final = 2**53


@dataclass(frozen=True, slots=True)
class RiskCaps:
    """What bounds what a device gives away at risk, besides its pool's size (whole points).

    They are issued with the pool, so that the counter and the server judge by the same.

    Attributes:
        per_redemption: the most that one redemption may draw.
        per_member: the most that a member may draw from the pool, by how far they are trusted:
            a new one, a known one, a trusted one; never falling.
        window_points: the most that may be given away and not taken in by the server yet.
        window_redemptions: so many may be, then the counter has to reach the server first.
        list_hours: a deny list older than this refuses.
        approval_points: beyond this a manager has to agree.
    """

    per_redemption: int
    per_member: tuple[int, int, int]
    window_points: int
    window_redemptions: int
    list_hours: int
    approval_points: int

    @classmethod
    def unheeded(cls, per_redemption: int, per_member: int) -> Self:
        """What binds a program that knows of these two caps and the pool's points alone."""
        return cls(per_redemption, (per_member,) * 3, _MOST, _MOST, _MOST, _MOST)

    def of_member(self, trust: Trust) -> int:
        """The most that a member may draw from the pool.

        >>> RiskCaps(10, (5, 10, 20), 50, 9, 72, 10).of_member(Trust.TRUSTED)
        20
        """
        new, known, trusted = self.per_member
        return {
            Trust.BLOCKED: 0,
            Trust.NEW: new,
            Trust.KNOWN: known,
            Trust.TRUSTED: trusted,
        }[trust]


@dataclass(frozen=True, slots=True)
class Unheard:
    """What a device gave away at risk that the server hasn't taken in, whatever pool it was of."""

    points: int = 0
    redemptions: int = 0

    def more(self, points: int) -> Unheard:
        """With a further redemption."""
        return Unheard(self.points + points, self.redemptions + 1)


NOTHING_UNHEARD: Final = Unheard()


def pool_in(value: Mapping[str, Any]) -> tuple[int, RiskCaps]:
    """A device's pool by the setting 'redemption': (its points, its caps).

    What makes no sense there is as if it lacked. No cap is beyond the pool.

    >>> points, caps = pool_in({"pool_points": 1_000})
    >>> points, caps.per_member, caps.window_points
    (1000, (500, 1000, 1000), 1000)
    """

    def number(name: str) -> int:
        default = DEFAULT_RISK[name]
        assert isinstance(default, int)
        return number_in(value, name, default)

    points = number("pool_points")
    trust = TrustRules.from_setting(value)
    known = min(number("pool_per_member"), points)
    new, _, trusted = (
        min(points, known * trust.percent(level) // 100)
        for level in (Trust.NEW, Trust.KNOWN, Trust.TRUSTED)
    )
    return points, RiskCaps(
        per_redemption=min(number("pool_per_redemption"), points),
        per_member=(new, known, trusted),
        window_points=min(number("risk_window_points"), points),
        window_redemptions=number("risk_window_redemptions"),
        list_hours=number("risk_list_hours"),
        approval_points=number("risk_approval_points"),
    )


_SHARES: Final = frozenset(
    {
        "lease_share_percent",
        "lease_online_percent",
        "lease_top_up_percent",
        "trust_new_percent",
    }
)


def check_redemption(value: Mapping[str, Any], known: Mapping[str, object]) -> None:
    """See that a setting 'redemption' can be meant.

    Args:
        value: what is to be set; what it leaves out keeps its default.
        known: every name with its default.

    Raises:
        ValueError: a number, share or list that can't be; the message names it and what it may be.
    """
    for name, found in value.items():
        default = known.get(name)
        if isinstance(default, list):
            if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
                raise ValueError(f"{name} is a list of texts")
        elif isinstance(default, int):
            most = 100 if name in _SHARES else _MOST
            if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found <= most:
                raise ValueError(f"{name} is a whole number from 0 to {most}")
    if value.get("trust_trusted_percent", 100) < 100:
        raise ValueError("trust_trusted_percent is at least 100: more than a known member may")
