"""Which members' points the server moves aside for a counter, and how many.

One simple policy: recent visitors of the office first, then its home members; of each a small slice
of what is available, so that the rest can be spent online anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class LeaseRules:
    """The policy's numbers; a programme's 'redemption' setting may name others.

    Attributes:
        slice_points: the most points of one lease.
        share_percent: the most of a member's available points that one lease takes, 1..100.
        useful_points: a smaller slice buys nothing and is not granted.
        per_device: open leases that a device may hold.
        days: after how many days a lease should be handed back.
        visitor_days: how long a visit counts as recent.
    """

    slice_points: int = 3_000
    share_percent: int = 25
    useful_points: int = 1
    per_device: int = 200
    days: int = 14
    visitor_days: int = 30


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member without an open lease on the device; `visited_ms` is None for none lately."""

    member_id: UUID
    available_points: int
    visited_ms: int | None = None


def slice_points(available_points: int, rules: LeaseRules) -> int:
    """How much of a member's available points one lease takes; 0 if too little to be useful.

    >>> slice_points(3_000, LeaseRules(slice_points=1_000, share_percent=50))
    1000
    >>> slice_points(3_000, LeaseRules(useful_points=2_000, share_percent=50))
    0
    """
    share = min(rules.slice_points, available_points * rules.share_percent // 100)
    return share if share >= max(1, rules.useful_points) else 0


def plan_leases(
    candidates: Iterable[Candidate], *, open_leases: int, rules: LeaseRules
) -> Iterator[tuple[UUID, int]]:
    """Choose whom to lease for: recent visitors first, latest first, then the largest balances.

    Args:
        candidates: each member at most once.
        open_leases: what the device holds already.
        rules: the programme's.

    Yields:
        (member, points), at most `rules.per_device - open_leases` of them.
    """
    room = rules.per_device - open_leases
    ordered = sorted(
        candidates,
        key=lambda c: (
            c.visited_ms is None,
            -(c.visited_ms or 0),
            -c.available_points,
            c.member_id,
        ),
    )
    for candidate in ordered:
        if room <= 0:
            return
        points = slice_points(candidate.available_points, rules)
        if points:
            yield candidate.member_id, points
            room -= 1
