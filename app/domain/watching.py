"""Patterns that a manager should look at: what was seen, in figures, never a verdict.

Of spending here, of ratings in `suppressing.py`.

The setting 'watch'. Each pattern may be innocent, so it stops nothing; it is put before the manager
of the office where it showed, at most once a week for the same person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, fields
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.domain.lean import dataclass

SETTING: Final = "watch"
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
WEEK_MS: Final = 7 * DAY_MS


class Pattern(StrEnum):
    """What was seen; these are the codes of what comes before a manager.

    EMPTIED: most of an account within hours, after nothing had moved in it for long.
    FAR_APART: a member at several offices within hours.
    AFTER_CHANGE: points spent soon after the card or the phone was changed.
    SAME_CLERK: one clerk who serves the same member again and again.
    BY_NAME: one clerk who often knows members by their name alone.
    UNASKED: one clerk who asks fewer customers to rate than the others of the office.
    AT_ONCE: one clerk whose customers' question is closed as soon as it comes up.
    AFTER_LOW: one clerk whose next customers often give no rating after a low one.
    TOO_FAST: one clerk whose ratings come sooner than a customer reads the question.
    STRAY: one clerk whose customers often press while no question is open.
    """

    EMPTIED = "watch_emptied"
    FAR_APART = "watch_far_apart"
    AFTER_CHANGE = "watch_after_change"
    SAME_CLERK = "watch_same_clerk"
    BY_NAME = "watch_by_name"
    UNASKED = "watch_unasked"
    AT_ONCE = "watch_at_once"
    AFTER_LOW = "watch_after_low"
    TOO_FAST = "watch_too_fast"
    STRAY = "watch_stray"


OF_CLERK: Final = frozenset(
    {
        Pattern.BY_NAME,
        Pattern.UNASKED,
        Pattern.AT_ONCE,
        Pattern.AFTER_LOW,
        Pattern.TOO_FAST,
        Pattern.STRAY,
    }
)
"""Patterns about a clerk and not about a member."""

_BOUNDS: Final = {
    "emptied_percent": (0, 100),
    "emptied_points": (1, 2**53),
    "emptied_times": (1, 100),
    "emptied_hours": (1, 24 * 31),
    "quiet_days": (1, 3_650),
    "offices": (0, 100),
    "offices_hours": (1, 24 * 31),
    "change_points": (0, 2**53),
    "change_hours": (0, 24 * 31),
    "same_clerk": (0, 10_000),
    "same_clerk_days": (1, 31),
    "by_name": (0, 10_000),
    "by_name_hours": (1, 24 * 31),
    "ratings_n": (0, 10_000),
    "ratings_days": (1, 31),
    "at_once_ms": (0, 60_000),
    "touch_ms": (0, 60_000),
}


@dataclass(frozen=True, slots=True)
class WatchRules:
    """When spending is put before a manager; 0 of what has no smallest number turns it off.

    Attributes:
        emptied_percent: of what a member had, spent within `emptied_hours`, if that is at least
            `emptied_points` in `emptied_times` redemptions, and nothing was booked for
            `quiet_days` before; 0: never.
        offices: so many different ones within `offices_hours`; 0: never.
        change_points: so many or more within `change_hours` of another card or phone; 0 hours:
            never.
        same_clerk: redemptions of one member by one clerk within `same_clerk_days`; 0: never.
        by_name: redemptions within `by_name_hours` by one clerk, who knew the members by their
            names alone; 0: never.
        ratings_n: visits within `ratings_days` from which on a clerk's ratings are compared with
            the others of the office; 0: never.
        at_once_ms: sooner than this nobody declines by themselves; 0: never remarked.
        touch_ms: sooner than this nobody has read the question and touched; 0: never remarked.
    """

    emptied_percent: int = 90
    emptied_points: int = 5_000
    emptied_times: int = 2
    emptied_hours: int = 24
    quiet_days: int = 180
    offices: int = 3
    offices_hours: int = 12
    change_points: int = 2_000
    change_hours: int = 24
    same_clerk: int = 5
    same_clerk_days: int = 7
    by_name: int = 5
    by_name_hours: int = 8
    ratings_n: int = 30
    ratings_days: int = 7
    at_once_ms: int = 1_000
    touch_ms: int = 700

    @classmethod
    def from_setting(cls, value: Mapping[str, object]) -> WatchRules:
        """What a setting says; what it leaves out is as above.

        Raises:
            ValueError: which says what is wrong.
        """
        if unknown := value.keys() - _BOUNDS.keys():
            raise ValueError(f"watch: there is no {', '.join(sorted(unknown))}")
        figures: dict[str, int] = {}
        for name, figure in value.items():
            low, high = _BOUNDS[name]
            if type(figure) is not int or not low <= figure <= high:
                raise ValueError(f"watch: {name} is a number from {low} to {high}")
            figures[name] = figure
        return cls(**figures)

    def to_setting(self) -> dict[str, object]:
        """All of it, as a setting's value."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @property
    def member_ms(self) -> int:
        """How long before a redemption its member's others matter."""
        hours = max(self.emptied_hours, self.offices_hours)
        return max(hours * HOUR_MS, self.same_clerk_days * DAY_MS)


@dataclass(frozen=True, slots=True)
class Spend:
    """A redemption that stands.

    Attributes:
        at_ms: when, by the server's clock as far as the counter knew it.
        points: of it that haven't come back.
        staff_id: who gave it; None where nobody wrote that down.
    """

    at_ms: int
    points: int
    office_id: UUID
    staff_id: UUID | None


@dataclass(frozen=True, slots=True)
class History:
    """What is known besides of the redemption that is looked at.

    Attributes:
        spends: the member's in the time before it, itself among them, any order.
        has: points that the member has left now.
        last_booked_ms: when something was booked last before the first hour that matters for
            EMPTIED; None: never.
        changed_ms: when card or phone were changed last before it; None: never.
        by_name: its clerk's redemptions by name alone in the time before it, itself among them;
            empty where it wasn't by name.
    """

    spends: Sequence[Spend]
    has: int
    last_booked_ms: int | None = None
    changed_ms: int | None = None
    by_name: Sequence[Spend] = ()


@dataclass(frozen=True, slots=True)
class Sign:
    """A pattern that shows; `figures` are what the sentence about it says."""

    pattern: Pattern
    points: int
    figures: Mapping[str, int] = field(default_factory=dict)


def signs(spend: Spend, history: History, rules: WatchRules) -> list[Sign]:
    """The patterns that show with a redemption.

    Args:
        spend: the redemption.
        history: what else is known.
        rules: the programme's.
    """
    found = (
        _emptied(spend, history, rules),
        _far_apart(spend, history, rules),
        _after_change(spend, history, rules),
        _same_clerk(spend, history, rules),
        _by_name(spend, history, rules),
    )
    return [sign for sign in found if sign is not None]


def _within(spends: Sequence[Spend], spend: Spend, span_ms: int) -> list[Spend]:
    return [each for each in spends if spend.at_ms - span_ms < each.at_ms <= spend.at_ms]


def _points(spends: Sequence[Spend]) -> int:
    return sum(each.points for each in spends)


def _emptied(spend: Spend, history: History, rules: WatchRules) -> Sign | None:
    span_ms = rules.emptied_hours * HOUR_MS
    near = _within(history.spends, spend, span_ms)
    taken = _points(near)
    had = taken + max(0, history.has)
    if not rules.emptied_percent or taken < rules.emptied_points:
        return None
    if len(near) < rules.emptied_times:
        return None
    if taken * 100 < had * rules.emptied_percent or history.last_booked_ms is None:
        return None
    quiet_days = (spend.at_ms - span_ms - history.last_booked_ms) // DAY_MS
    if quiet_days < rules.quiet_days:
        return None
    figures = {
        "taken": taken,
        "had": had,
        "times": len(near),
        "hours": rules.emptied_hours,
        "days": quiet_days,
    }
    return Sign(Pattern.EMPTIED, taken, figures)


def _far_apart(spend: Spend, history: History, rules: WatchRules) -> Sign | None:
    near = _within(history.spends, spend, rules.offices_hours * HOUR_MS)
    offices = len({each.office_id for each in near})
    if not rules.offices or offices < rules.offices:
        return None
    figures = {"offices": offices, "times": len(near), "hours": rules.offices_hours}
    return Sign(Pattern.FAR_APART, _points(near), figures)


def _after_change(spend: Spend, history: History, rules: WatchRules) -> Sign | None:
    if history.changed_ms is None or spend.points < rules.change_points:
        return None
    since_ms = spend.at_ms - history.changed_ms
    if not 0 <= since_ms < rules.change_hours * HOUR_MS:
        return None
    figures = {"taken": spend.points, "minutes": since_ms // 60_000}
    return Sign(Pattern.AFTER_CHANGE, spend.points, figures)


def _same_clerk(spend: Spend, history: History, rules: WatchRules) -> Sign | None:
    near = [
        each
        for each in _within(history.spends, spend, rules.same_clerk_days * DAY_MS)
        if each.staff_id is not None and each.staff_id == spend.staff_id
    ]
    if not rules.same_clerk or len(near) < rules.same_clerk:
        return None
    figures = {"times": len(near), "days": rules.same_clerk_days, "taken": _points(near)}
    return Sign(Pattern.SAME_CLERK, _points(near), figures)


def _by_name(spend: Spend, history: History, rules: WatchRules) -> Sign | None:
    near = _within(history.by_name, spend, rules.by_name_hours * HOUR_MS)
    if not rules.by_name or len(near) < rules.by_name:
        return None
    figures = {"times": len(near), "hours": rules.by_name_hours, "taken": _points(near)}
    return Sign(Pattern.BY_NAME, _points(near), figures)
