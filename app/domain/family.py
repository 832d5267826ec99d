"""A family puts points together: members give a share of what they earn to one of them, its head.

Both ends ask here how much goes where: the server when it books, the counter beforehand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from app.domain.lean import dataclass

SETTING = "family"

_MEMBERS = (1, 100)


@dataclass(frozen=True, slots=True)
class FamilyRules:
    """The 'family' setting.

    Attributes:
        members: how many may give to one head, 1..100.
    """

    members: int = 8

    @classmethod
    def from_setting(cls, value: Mapping[str, object]) -> FamilyRules:
        """What a setting says; what it leaves out is as in a programme that says nothing.

        Raises:
            ValueError: which says what is wrong.
        """
        if unknown := value.keys() - {"members"}:
            raise ValueError(f"family: there is no {', '.join(sorted(unknown))}")
        members = value.get("members", cls().members)
        low, high = _MEMBERS
        if type(members) is not int or not low <= members <= high:
            raise ValueError(f"family: members is a number from {low} to {high}")
        return cls(members)

    def to_setting(self) -> dict[str, object]:
        """All of it, as a setting's value."""
        return {"members": self.members}


class Split(NamedTuple):
    """Where points go that somebody earns, in points; together all of them.

    Attributes:
        repaid: pay what is owed.
        shared: go to the head of the family.
        kept: stay with whoever earned them.
    """

    repaid: int
    shared: int
    kept: int


def split(points: int, *, owed: int, percent: int) -> Split:
    """Share out what is earned: what is owed first, then the head's share, rounded down.

    Args:
        points: earned, >= 0.
        owed: by whoever earned them, >= 0.
        percent: of what isn't owed, 0..100.

    >>> split(101, owed=0, percent=50)
    Split(repaid=0, shared=50, kept=51)
    >>> split(100, owed=40, percent=25)
    Split(repaid=40, shared=15, kept=45)
    """
    repaid = min(points, owed)
    shared = (points - repaid) * percent // 100
    return Split(repaid, shared, points - repaid - shared)


def share_left(shared: int, *, earned: int, left: int) -> int:
    """What the head keeps when a part of what was earned is taken back, however many parts it was.

    Args:
        shared: what the head was given of it, 0..earned.
        earned: in points, >= 1.
        left: what isn't taken back of these, 0..earned.

    >>> share_left(33, earned=100, left=89), share_left(33, earned=100, left=0)
    (29, 0)
    """
    return shared * left // earned
