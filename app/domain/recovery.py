"""What customers did after a low rating: those whose case was resolved, the others, and all else.

Who comes back is told by later visits and rewards, and what they think by their next rating: the
literature finds that a good recovery pays in satisfaction and not in purchases, so both stand here.
Groups aren't drawn by lot; what differs between them may have been different before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final, Literal
from uuid import UUID

from app.domain.lean import dataclass
from app.domain.rating import GOOD_SCORES
from app.domain.records import RecoveryGroup

Group = Literal["recovered", "unrecovered", "others"]

GROUPS: Final[tuple[Group, ...]] = ("recovered", "unrecovered", "others")
"""Members with a low rating whose case was closed as resolved; with one whose case wasn't; with a
visit and no low rating."""

COHORT_DAYS: Final = 180
"""How long a time members' first visits are looked for in; they are followed from there on."""


@dataclass(frozen=True, slots=True)
class Start:
    """The visit from which on a member is followed: the first with a low rating, or the first."""

    member_id: UUID
    day: str
    group: Group


@dataclass(frozen=True, slots=True)
class Later:
    """A visit or a reward of a member on some ISO day.

    Attributes:
        score: of a visit's rating, where it counts.
        is_reward: a reward that was kept, at least in part; else a visit.
    """

    member_id: UUID
    day: str
    score: int | None = None
    is_reward: bool = False


def cohort(until: str, days: int) -> tuple[str, str]:
    """Give the first and last ISO day of visits that have been followed for so many days."""
    last = date.fromisoformat(until) - timedelta(days)
    return (last - timedelta(COHORT_DAYS - 1)).isoformat(), last.isoformat()


def follow(starts: Iterable[Start], later: Iterable[Later], days: int) -> tuple[RecoveryGroup, ...]:
    """Count what members did within so many days, from the day after their start on.

    Args:
        starts: at most one of a member.
        later: of these members, in any order; those outside of the days are left out.
        days: followed, >= 1.

    Returns:
        One of each of GROUPS.
    """
    by_member: defaultdict[UUID, list[Later]] = defaultdict(list)
    for each in later:
        by_member[each.member_id].append(each)
    counts: dict[str, list[int]] = {group: [0] * 5 for group in GROUPS}
    for start in starts:
        end = (date.fromisoformat(start.day) + timedelta(days)).isoformat()
        did = [each for each in by_member[start.member_id] if start.day < each.day <= end]
        visits = [each for each in did if not each.is_reward]
        rated = sorted((visit.day, visit.score) for visit in visits if visit.score is not None)
        of_group = counts[start.group]
        for place, n in enumerate(
            (1, bool(visits), len(did) > len(visits), bool(rated), _is_good(rated[:1]))
        ):
            of_group[place] += n
    return tuple(RecoveryGroup(group, *counts[group]) for group in GROUPS)


def _is_good(first: Sequence[tuple[str, int]]) -> bool:
    return bool(first) and first[0][1] in GOOD_SCORES
