"""How far a member is trusted: it scales what counters may promise them without asking the server.

Nobody is judged by a secret: `trust_of` looks at four things that anybody may be told, and a
programme's 'redemption' setting holds the numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Self

from app.domain.lean import dataclass
from app.domain.numbers import number_in


class Trust(StrEnum):
    """BLOCKED members are promised nothing beforehand; online they may spend what is theirs."""

    BLOCKED = "blocked"
    NEW = "new"
    KNOWN = "known"
    TRUSTED = "trusted"


@dataclass(frozen=True, slots=True)
class TrustRules:
    """The numbers behind a level, and what it is worth.

    Attributes:
        known_days: so long a membership makes known,
        known_visits: and so many visits of late do.
        trusted_days: so long a membership makes trusted, together with
        trusted_visits: so many visits of late.
        trusted_tiers: these are trusted however long they have been members.
        new_percent: of what a known member may have, what a new one may, 0..100.
        trusted_percent: the same of a trusted one, at least 100.
    """

    known_days: int = 30
    known_visits: int = 2
    trusted_days: int = 365
    trusted_visits: int = 6
    trusted_tiers: tuple[str, ...] = ("gold", "platinum")
    new_percent: int = 50
    trusted_percent: int = 150

    @classmethod
    def from_setting(cls, value: Mapping[str, Any]) -> Self:
        """Read them from the setting 'redemption'; what makes no sense there is as if it lacked."""
        plain = cls()
        tiers = value.get("trust_trusted_tiers")
        is_list = isinstance(tiers, list) and all(isinstance(tier, str) for tier in tiers)

        def number(name: str, *, low: int = 0) -> int:
            return number_in(value, f"trust_{name}", getattr(plain, name), low=low, high=100_000)

        return cls(
            known_days=number("known_days"),
            known_visits=number("known_visits"),
            trusted_days=number("trusted_days"),
            trusted_visits=number("trusted_visits"),
            trusted_tiers=tuple(tiers) if tiers is not None and is_list else plain.trusted_tiers,
            new_percent=min(100, number("new_percent")),
            trusted_percent=number("trusted_percent", low=100),
        )

    def percent(self, trust: Trust) -> int:
        """What a level may have, as a share of what a known member may."""
        return {
            Trust.BLOCKED: 0,
            Trust.NEW: self.new_percent,
            Trust.KNOWN: 100,
            Trust.TRUSTED: self.trusted_percent,
        }[trust]


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a member.

    Attributes:
        is_active: the membership is; not of one that was closed, merged or forgotten.
        owed_points: given away beyond what they had, and not earned since.
        member_days: since they joined; None where the programme never wrote it down, which is of
            its old members.
        visits: of late, at the office that asks.
        is_denied: a person put them on the deny list.
    """

    is_active: bool
    owed_points: int
    member_days: int | None
    visits: int
    tier: str
    is_denied: bool = False


def trust_of(standing: Standing, rules: TrustRules) -> Trust:
    """The level, from standing, tier, tenure and visits, in this order.

    >>> trust_of(Standing(True, 0, 3, 0, "basic"), TrustRules())
    <Trust.NEW: 'new'>
    >>> trust_of(Standing(True, 200, 900, 9, "gold"), TrustRules())
    <Trust.BLOCKED: 'blocked'>
    """
    if not standing.is_active or standing.is_denied or standing.owed_points > 0:
        return Trust.BLOCKED
    if standing.tier in rules.trusted_tiers:
        return Trust.TRUSTED
    days, visits = standing.member_days, standing.visits
    if days is not None and days >= rules.trusted_days and visits >= rules.trusted_visits:
        return Trust.TRUSTED
    if days is None or days >= rules.known_days or visits >= rules.known_visits:
        return Trust.KNOWN
    return Trust.NEW
