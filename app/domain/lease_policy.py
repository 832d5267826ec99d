"""Which members' points the server moves aside for a counter, and how many.

Whoever is expected at the office comes first, today's before tomorrow's, so that a morning that
begins without the network finds them too; then its visitors of late, those who come often before
those who came last; then its home members. Each has a slice of what is theirs, larger the more they
are trusted, so that the rest can be spent online anywhere. A slice that was spent is filled up; one
of somebody who is no longer in sight is asked back, so that what is set aside follows the guests.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from enum import IntEnum
from typing import Final
from uuid import UUID

from app.domain.lean import dataclass
from app.domain.trust import Trust, TrustRules

DAY_MS: Final = 86_400_000


class Claim(IntEnum):
    """Why a member's points are worth having at a counter; the smaller one comes first."""

    EXPECTED = 0
    TOMORROW = 1
    VISITOR = 2
    HOME = 3
    NONE = 4


CLAIMS: Final = {
    "expected": frozenset((Claim.EXPECTED, Claim.TOMORROW)),
    "visitor": frozenset((Claim.VISITOR,)),
    "home": frozenset((Claim.HOME,)),
}
"""As a setting names them."""
ALL_CLAIMS: Final = frozenset().union(*CLAIMS.values())


@dataclass(frozen=True, slots=True)
class LeaseRules:
    """The policy's numbers; a programme's 'redemption' setting may name others.

    Attributes:
        slice_points: the most points of one lease, of a known member.
        share_percent: the most of a member's available points that one lease takes, 1..100.
        online_percent: so much of a member's points stays out of all leases, 0..100.
        useful_points: a smaller slice buys nothing and is not granted.
        top_up_percent: a lease is filled up once no more than this share of a slice is left of it.
        per_device: open leases that a device may hold.
        days: after how many days a lease should be handed back.
        visitor_days: how long a visit counts as recent.
        calm_minutes: so long after points were asked back they aren't set aside anew: their member
            stands elsewhere.
        claims: whose points are set aside; the others' are asked back.
    """

    slice_points: int = 1_600
    share_percent: int = 25
    online_percent: int = 50
    useful_points: int = 1
    top_up_percent: int = 50
    per_device: int = 2_000
    days: int = 14
    visitor_days: int = 90
    calm_minutes: int = 60
    claims: frozenset[Claim] = ALL_CLAIMS
    trust: TrustRules = field(default_factory=TrustRules)


@dataclass(frozen=True, slots=True)
class HeldLease:
    """An open lease on the device that is planned for."""

    lease_id: UUID
    remaining_points: int
    expires_ms: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member who has a claim, or a lease on the device.

    Attributes:
        available_points: neither spent nor leased; below zero where more is owed.
        leased_points: set aside for all counters together.
        visited_ms: the last visit, 0 for none of late.
        visits: how many of late.
        lease: the one on the device.
    """

    member_id: UUID
    available_points: int
    leased_points: int = 0
    claim: Claim = Claim.HOME
    visited_ms: int = 0
    visits: int = 0
    trust: Trust = Trust.KNOWN
    lease: HeldLease | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done for a device.

    Attributes:
        grants: points by member.
        top_ups: points to be added, by lease, 0 where it is only prolonged.
        recalls: leases to be asked back.
        used_up: leases that hold nothing any more and are filled up no more.
    """

    grants: dict[UUID, int]
    top_ups: dict[UUID, int]
    recalls: tuple[UUID, ...]
    used_up: tuple[UUID, ...]

    def __bool__(self) -> bool:
        return bool(self.grants or self.top_ups or self.recalls or self.used_up)


def slice_points(
    available_points: int,
    rules: LeaseRules,
    *,
    leased_points: int = 0,
    trust: Trust = Trust.KNOWN,
) -> int:
    """How much of a member's available points one lease takes; 0 if too little to be useful.

    Args:
        available_points: neither spent nor leased.
        rules: the programme's.
        leased_points: set aside already, for other counters.
        trust: the member's.

    >>> slice_points(3_000, LeaseRules(slice_points=1_000, share_percent=50))
    1000
    >>> slice_points(3_000, LeaseRules(useful_points=2_000, share_percent=50))
    0
    >>> slice_points(3_000, LeaseRules(), leased_points=2_800)
    100
    """
    most = rules.slice_points * rules.trust.percent(trust) // 100
    share = available_points * rules.share_percent // 100
    theirs = available_points + leased_points
    room = theirs * (100 - rules.online_percent) // 100 - leased_points
    points = min(most, share, room)
    return points if points >= max(1, rules.useful_points) else 0


def plan_leases(
    candidates: Iterable[Candidate], *, recalled: int, rules: LeaseRules, now_ms: int
) -> Plan:
    """Choose whom to lease for, what to fill up and what to ask back.

    Args:
        candidates: each member at most once, among them all that have an open lease here.
        recalled: leases that the device holds still and was asked for.
        rules: the programme's.
        now_ms: the server's time.
    """
    ordered = sorted(candidates, key=_precedence)
    grants, top_ups = dict[UUID, int](), dict[UUID, int]()
    recalls, used_up = list[UUID](), list[UUID]()
    wanted = rules.per_device  # of those whom the policy wants here, so many more
    free = wanted - recalled - sum(candidate.lease is not None for candidate in ordered)
    for candidate in ordered:
        lease = candidate.lease
        is_wanted = wanted > 0 and candidate.claim in rules.claims
        points = _slice_of(candidate, rules) if is_wanted else 0
        if lease is None:
            if points:
                wanted -= 1
                if free > 0:  # else one that isn't wanted has to come back first
                    free -= 1
                    grants[candidate.member_id] = points
            continue
        left = lease.remaining_points
        if not is_wanted or candidate.trust is Trust.BLOCKED:
            (recalls if left else used_up).append(lease.lease_id)
        elif points > left and left * 100 <= points * rules.top_up_percent:
            wanted -= 1
            top_ups[lease.lease_id] = points - left
        elif not left:
            used_up.append(lease.lease_id)
        else:
            wanted -= 1
            if lease.expires_ms - now_ms < rules.days * DAY_MS // 2:
                top_ups[lease.lease_id] = 0
    return Plan(grants, top_ups, tuple(recalls), tuple(used_up))


def _precedence(candidate: Candidate) -> tuple[int, int, bool, int, int, UUID]:
    """Claim, twice as many visits, latest visit, larger balances.

    Who has a lease keeps it against a like without: else each visit would move somebody's points.
    """
    return (
        candidate.claim,
        -candidate.visits.bit_length(),
        candidate.lease is None,
        -candidate.visited_ms,
        -candidate.available_points,
        candidate.member_id,
    )


def _slice_of(candidate: Candidate, rules: LeaseRules) -> int:
    """What the device should hold of a member, as if what it holds came back first."""
    here = 0 if candidate.lease is None else candidate.lease.remaining_points
    return slice_points(
        candidate.available_points + here,
        rules,
        leased_points=candidate.leased_points - here,
        trust=candidate.trust,
    )
