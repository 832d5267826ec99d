"""Which tier a member has, from what qualifies: reached at once, kept for a time, lost by steps.

The 'tiers' setting, a version each. What qualifies is counted apart from points: it can't be spent,
and each part counts by the day of its flight.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from app.domain.events import AccrualSource
from app.domain.lean import dataclass

SETTING = "tiers"

CALENDAR_YEAR = "calendar_year"
ROLLING = "rolling"

_KEYS = {"levels", "base", "window", "months", "soft_landing", "sources", "percent"}

_WITHOUT_END = "9999-12-31"

Earned = tuple[str, int]
"""(ISO date, units that qualify)."""


@dataclass(frozen=True, slots=True)
class Level:
    """A tier and how many units within the window it takes."""

    tier: str
    threshold: int


@dataclass(frozen=True, slots=True)
class TierHeld:
    """A member's tier.

    Attributes:
        tier: its code.
        since: ISO date on which it was reached or confirmed; None: it came with the member.
        until: ISO date of its last day, when it is reviewed; None: without end.
        before: the tier before that day, and its last day; what it falls back to where the flight
            that it was reached by turns out not to have earned.
        before_until: see `before`.
    """

    tier: str
    since: str | None = None
    until: str | None = None
    before: str | None = None
    before_until: str | None = None


@dataclass(frozen=True, slots=True)
class TierRules:
    """One version.

    Attributes:
        version: 1 and up.
        levels: lowest first, each with a higher threshold than the one before.
        base: code of whoever has none of them.
        window: 'calendar_year': what was flown in one counts together, and a tier lasts to the end
            of the next; 'rolling': what was flown in the last `months`, and it lasts as long.
        months: of a rolling window.
        soft_landing: whoever no longer reaches their tier loses one step at a time.
        sources: what qualifies at all.
        percent: units for 100 points, the tier's bonus left out.
    """

    version: int
    levels: tuple[Level, ...]
    base: str = ""
    window: str = CALENDAR_YEAR
    months: int = 12
    soft_landing: bool = True
    sources: frozenset[str] = frozenset({AccrualSource.FLIGHT, AccrualSource.RETRO})
    percent: int = 100

    @classmethod
    def from_setting(cls, value: Mapping[str, Any], version: int) -> TierRules:
        """Raises ValueError, which says what is wrong."""
        if wrong := value.keys() - _KEYS:
            raise _bad(f"there is no {', '.join(sorted(wrong))}")
        levels = value.get("levels")
        if not isinstance(levels, list) or not all(_is_level(level) for level in levels):
            raise _bad('levels are written [["silver", 25000], …]')
        thresholds = [threshold for _, threshold in levels]
        if thresholds != sorted(set(thresholds)):
            raise _bad("each level has a higher threshold than the one before")
        if value.get("window", CALENDAR_YEAR) not in (CALENDAR_YEAR, ROLLING):
            raise _bad(f"window is {CALENDAR_YEAR} or {ROLLING}")
        for name, low, high in (("months", 1, 120), ("percent", 0, 10_000)):
            figure = value.get(name, low)
            if type(figure) is not int or not low <= figure <= high:
                raise _bad(f"{name} is a number from {low} to {high}")
        sources = value.get("sources", ["flight", "retro"])
        if not isinstance(sources, list) or not all(one in list(AccrualSource) for one in sources):
            raise _bad(f"sources are of {', '.join(AccrualSource)}")
        if not isinstance(value.get("base", ""), str):
            raise _bad("base is a tier's code")
        if not isinstance(value.get("soft_landing", True), bool):
            raise _bad("soft_landing is true or false")
        rest = {k: v for k, v in value.items() if k not in ("levels", "sources")}
        named = tuple(Level(tier, threshold) for tier, threshold in levels)
        return cls(version, named, sources=frozenset(sources), **rest)

    def units(self, source: str, base_points: int) -> int:
        """What an accrual of so many points, without its bonus, counts for a tier."""
        return base_points * self.percent // 100 if source in self.sources else 0

    def counting(self, earned: Iterable[Earned], on: str) -> int:
        """What of it counts together on a day."""
        first, last = self._window(on)
        return sum(units for day, units in earned if first <= day <= last)

    def reached(self, units: int) -> str:
        """The highest tier that so many units reach."""
        met = [level.tier for level in self.levels if units >= level.threshold]
        return met[-1] if met else self.base

    def rank(self, tier: str) -> int:
        """0 for the base and tiers that the rules don't know, 1 for the lowest level."""
        return next((n for n, level in enumerate(self.levels, 1) if level.tier == tier), 0)

    def last_day(self, reached_on: str) -> str:
        """The last day of a tier that was reached on another."""
        day = date.fromisoformat(reached_on)
        if self.window == CALENDAR_YEAR:
            return date(day.year + 1, 12, 31).isoformat()
        return (_months_later(day, self.months) - timedelta(days=1)).isoformat()

    def _window(self, on: str) -> tuple[str, str]:
        day = date.fromisoformat(on)
        if self.window == CALENDAR_YEAR:
            return f"{day.year:04}-01-01", f"{day.year:04}-12-31"
        return (_months_later(day, -self.months) + timedelta(days=1)).isoformat(), on

    # --- what becomes of a tier

    def after_earning(self, held: TierHeld, earned: Sequence[Earned], day: str) -> TierHeld:
        """The tier once something was flown on `day`: higher at once, or confirmed for longer.

        A tier that the rules don't name is left alone: nobody here knows what it is above.
        """
        if self._is_strange(held.tier):
            return held
        reached = self.reached(self.counting(earned, day))
        until = self.last_day(day)
        if self.rank(reached) > self.rank(held.tier):
            return TierHeld(reached, day, until, held.tier, held.until)
        confirmed = self.rank(reached) == self.rank(held.tier) > 0
        if confirmed and held.until is not None and held.until < until:
            return TierHeld(held.tier, day, until, held.tier, held.until)
        return held

    def after_losing(self, held: TierHeld, earned: Sequence[Earned]) -> TierHeld:
        """The tier once something that had counted doesn't: as if it never had."""
        if held.since is None or held.before is None:
            return held
        reached = self.reached(self.counting(earned, held.since))
        if self.rank(reached) >= self.rank(held.tier):
            return held
        if self.rank(reached) > self.rank(held.before):
            return replace(held, tier=reached)
        return TierHeld(held.before, None, held.before_until)

    def of_both(self, stay: TierHeld, away: TierHeld) -> TierHeld:
        """The tier of whoever turns out to be one person: the higher, of two alike the longer.

        A tier that the rules don't name is left alone; nobody here knows what it is above.
        """
        if self._is_strange(stay.tier) or (self._is_strange(away.tier) and self.rank(stay.tier)):
            return stay
        if self._is_strange(away.tier):
            return away

        def worth(held: TierHeld) -> tuple[int, str]:
            return self.rank(held.tier), held.until or _WITHOUT_END

        return away if worth(away) > worth(stay) else stay

    def _is_strange(self, tier: str) -> bool:
        return self.rank(tier) == 0 and tier not in ("", self.base)

    def review(self, held: TierHeld, earned: Sequence[Earned]) -> TierHeld:
        """The tier from the day after `held.until` on."""
        assert held.until is not None, "what has no end has no review"
        reached = self.reached(self.counting(earned, held.until))
        rank = self.rank(held.tier)
        if self.soft_landing and self.rank(reached) < rank - 1:
            reached = self.levels[rank - 2].tier
        day = (date.fromisoformat(held.until) + timedelta(days=1)).isoformat()
        if self.rank(reached) == 0:
            return TierHeld(self.base, day)
        return TierHeld(reached, day, self._next_end(held.until))

    def _next_end(self, until: str) -> str:
        last = date.fromisoformat(until)
        if self.window == CALENDAR_YEAR:
            return date(last.year + 1, 12, 31).isoformat()
        following = _months_later(last + timedelta(days=1), self.months)
        return (following - timedelta(days=1)).isoformat()


def _is_level(level: object) -> bool:
    return (
        isinstance(level, list)
        and len(level) == 2
        and isinstance(level[0], str)
        and 0 < len(level[0]) <= 40
        and type(level[1]) is int
        and 0 < level[1] <= 2**53
    )


def _bad(what: str) -> ValueError:
    return ValueError(f"tiers: {what}")


def _months_later(day: date, months: int) -> date:
    """The same day of another month, or the month's last where it has no such day."""
    month = day.year * 12 + day.month - 1 + months
    first = date(month // 12, month % 12 + 1, 1)
    following = date((month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(first + timedelta(days=day.day - 1), following - timedelta(days=1))
