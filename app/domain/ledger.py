"""Points as double entry: lots that expire, and postings that sum to zero.

A member's points stand in two accounts, `available` and `leased`; the programme's accounts take the
other side. Each change of a member's points names the lot it came from or went to, so that undoing
it (`reversing.py`) finds the way back. A member may owe points (`overdrawn`) after a redemption at
risk; what is earned next pays that first. What a member has earned and may not spend yet stands in
`pending`, outside the balance; what counts for a tier in `qualified`, a unit of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.domain.errors import Rejected
from app.domain.lean import dataclass

MAX_POINTS: Final = 2**53
"""Largest amount of one posting, lot or balance."""


class Account(StrEnum):
    """The first four are the member's, the others the programme's."""

    AVAILABLE = "available"
    LEASED = "leased"
    PENDING = "pending"
    QUALIFIED = "qualified"
    ISSUED = "issued"
    REDEEMED = "redeemed"
    OPENING = "opening"
    EXPIRED = "expired"
    FEES = "fees"
    ADJUSTED = "adjusted"
    WRITTEN_OFF = "written_off"


SPENDABLE: Final = frozenset({Account.AVAILABLE, Account.LEASED})
"""The member's balance."""
MEMBERS_OWN: Final = SPENDABLE | {Account.PENDING, Account.QUALIFIED}


class Unit(StrEnum):
    """What is counted: points that can be spent, or what counts for a tier."""

    POINTS = "points"
    QUALIFYING = "qualifying"


@dataclass(frozen=True, slots=True)
class Lot:
    """Points earned together.

    Attributes:
        remaining: not yet spent, 0..earned, the leased share within it.
        leased: promised to counters, 0..remaining.
        expires_on: ISO date of the last day they can be spent; None for never.
    """

    lot_id: UUID
    earned: int
    remaining: int
    leased: int
    expires_on: str | None

    @property
    def free(self) -> int:
        return self.remaining - self.leased

    def has_expired(self, today: str) -> bool:
        """Whether its last day is before `today`, an ISO date."""
        return self.expires_on is not None and self.expires_on < today


@dataclass(frozen=True, slots=True)
class Posting:
    """One line of a transaction; the lot is named where the account is the member's.

    A member's line without a lot is the overdrawn part.
    """

    account: Account
    amount: int
    lot_id: UUID | None = None
    unit: Unit = Unit.POINTS


@dataclass(frozen=True, slots=True)
class Holdings:
    """A member's points in one unit: lots in any order, and what is owed beyond them."""

    lots: tuple[Lot, ...] = ()
    overdrawn: int = 0

    @property
    def posted(self) -> int:
        return sum(lot.remaining for lot in self.lots) - self.overdrawn

    @property
    def leased(self) -> int:
        return sum(lot.leased for lot in self.lots)

    @property
    def available(self) -> int:
        return self.posted - self.leased

    def spendable(self, today: str) -> int:
        """What is available and hasn't expired by `today`; below zero where more is owed."""
        return sum(lot.free for lot in self._unexpired(today)) - self.overdrawn

    def _unexpired(self, today: str) -> list[Lot]:
        return [lot for lot in self.lots if not lot.has_expired(today)]

    def next_expiry(self, today: str) -> tuple[str | None, int]:
        """(date, points) of what expires first, on `today` or later; (None, 0) if nothing does."""
        dated = [
            lot
            for lot in self._unexpired(today)
            if lot.remaining > 0 and lot.expires_on is not None
        ]
        if not dated:
            return None, 0
        first = min(lot.expires_on or "" for lot in dated)
        return first, sum(lot.remaining for lot in dated if lot.expires_on == first)

    def with_lots(self, changed: Iterable[Lot], *, overdrawn: int | None = None) -> Holdings:
        """The same but for these lots, new or changed; and for what is owed, if given."""
        new = {lot.lot_id: lot for lot in self.lots}
        new.update({lot.lot_id: lot for lot in changed})
        return Holdings(tuple(new.values()), self.overdrawn if overdrawn is None else overdrawn)


@dataclass(frozen=True, slots=True)
class Change:
    """What a transaction leaves behind: the member's holdings after it, and its postings."""

    after: Holdings
    postings: tuple[Posting, ...]


def check_points(points: int) -> int:
    """Return `points`. Raises Rejected('bad_points') outside 1..MAX_POINTS."""
    if not 1 <= points <= MAX_POINTS:
        raise Rejected("bad_points", "The number of points is out of bounds")
    return points


def expiry_order(lots: Iterable[Lot]) -> list[Lot]:
    """Earliest expiry first, what never expires last; ties by id so that all agree."""
    return sorted(lots, key=lambda lot: (lot.expires_on is None, lot.expires_on or "", lot.lot_id))


def earn(
    holdings: Holdings,
    *,
    lot_id: UUID,
    points: int,
    expires_on: str | None,
    source: Account = Account.ISSUED,
) -> Change:
    """Add a lot. What the member owes is taken off it at once.

    Raises:
        Rejected: bad_points.
    """
    check_points(points)
    if holdings.posted + points > MAX_POINTS:
        raise Rejected("bad_points", "The balance would be out of bounds")
    repaid = min(points, holdings.overdrawn)
    lot = Lot(lot_id, points, points - repaid, 0, expires_on)
    postings = [Posting(Account.AVAILABLE, points, lot_id), Posting(source, -points)]
    if repaid:
        postings.append(Posting(Account.AVAILABLE, -repaid, lot_id))
        postings.append(Posting(Account.AVAILABLE, repaid))
    return Change(holdings.with_lots([lot], overdrawn=holdings.overdrawn - repaid), tuple(postings))


def hold(holdings: Holdings, *, lot_id: UUID, points: int, pending: int) -> Change:
    """Book points that can't be spent yet, outside the balance; `earn` from PENDING ends it.

    `pending` are those that wait already.

    Raises:
        Rejected: bad_points.
    """
    check_points(points)
    if holdings.posted + pending + points > MAX_POINTS:
        raise Rejected("bad_points", "The balance would be out of bounds")
    return Change(
        holdings, (Posting(Account.PENDING, points, lot_id), Posting(Account.ISSUED, -points))
    )


def with_units(change: Change, *, lot_id: UUID, units: int) -> Change:
    """The same, with what it counts for a tier; below zero: no longer does."""
    if not units:
        return change
    qualifying = (
        Posting(Account.QUALIFIED, units, lot_id, Unit.QUALIFYING),
        Posting(Account.ISSUED, -units, None, Unit.QUALIFYING),
    )
    return Change(change.after, change.postings + qualifying)


def take(lots: Sequence[Lot], points: int) -> list[tuple[Lot, int]]:
    """Draw on free points, earliest expiry first; may come short. Returns (lot, points of it)."""
    drawn = []
    for lot in expiry_order(lots):
        part = min(points, lot.free)
        if part > 0:
            drawn.append((lot, part))
            points -= part
    return drawn


def spend(
    holdings: Holdings,
    points: int,
    *,
    today: str,
    at_risk: bool = False,
    borne: int = 0,
    sink: Account = Account.REDEEMED,
) -> Change:
    """Redeem points that can be spent on `today`.

    `at_risk` lets the member owe what is missing; `borne` of the points, 0..points, are the
    programme's loss and not the member's.

    Raises:
        Rejected: bad_points; insufficient (detail: missing_points).
    """
    check_points(points)
    own = points - borne
    missing = own - max(0, holdings.spendable(today))
    if missing > 0 and not at_risk:
        raise Rejected("insufficient", "Not enough points", missing_points=missing)
    drawn = take(holdings._unexpired(today), own)
    owed = own - sum(part for _, part in drawn)
    postings = [Posting(Account.AVAILABLE, -part, lot.lot_id) for lot, part in drawn]
    if owed:
        postings.append(Posting(Account.AVAILABLE, -owed))
    if borne:
        postings.append(Posting(Account.WRITTEN_OFF, -borne))
    postings.append(Posting(sink, points))
    changed = [replace(lot, remaining=lot.remaining - part) for lot, part in drawn]
    return Change(holdings.with_lots(changed, overdrawn=holdings.overdrawn + owed), tuple(postings))


def grant_lease(holdings: Holdings, points: int, *, today: str) -> Change:
    """Move points that can be spent on `today` aside, earliest-expiring first.

    Raises:
        Rejected: bad_points; insufficient (detail: missing_points).
    """
    check_points(points)
    missing = points - holdings.spendable(today)
    if missing > 0:
        raise Rejected("insufficient", "Not enough points", missing_points=missing)
    drawn = take(holdings._unexpired(today), points)
    return Change(
        holdings.with_lots(replace(lot, leased=lot.leased + part) for lot, part in drawn),
        tuple(
            posting
            for lot, part in drawn
            for posting in (
                Posting(Account.AVAILABLE, -part, lot.lot_id),
                Posting(Account.LEASED, part, lot.lot_id),
            )
        ),
    )


def _draw_shares(holdings: Holdings, shares: dict[UUID, int], points: int) -> list[tuple[Lot, int]]:
    """Draw on a lease's share in each lot, earliest expiry first."""
    if sum(shares.values()) < points:
        raise Rejected("lease_exceeded", "The lease does not hold that many points")
    drawn = []
    for lot in expiry_order(holdings.lots):
        part = min(points, shares.get(lot.lot_id, 0))
        if part > 0:
            drawn.append((lot, part))
            points -= part
    return drawn


def spend_lease(holdings: Holdings, shares: dict[UUID, int], points: int) -> Change:
    """Redeem points under a lease.

    Args:
        holdings: the member's.
        shares: what the lease still holds of each lot; their sum is what is left of it.
        points: to redeem.

    Raises:
        Rejected: bad_points; lease_exceeded.
    """
    drawn = _draw_shares(holdings, shares, check_points(points))
    return Change(
        holdings.with_lots(
            replace(lot, remaining=lot.remaining - part, leased=lot.leased - part)
            for lot, part in drawn
        ),
        (
            *(Posting(Account.LEASED, -part, lot.lot_id) for lot, part in drawn),
            Posting(Account.REDEEMED, points),
        ),
    )


def part_of_lease(holdings: Holdings, shares: dict[UUID, int], points: int) -> dict[UUID, int]:
    """What of a lease's share in each lot goes with `points` of it, earliest expiry first.

    No posting follows: the points stay set aside, for another holder.

    Raises:
        Rejected: bad_points; lease_exceeded.
    """
    drawn = _draw_shares(holdings, shares, check_points(points))
    return {lot.lot_id: part for lot, part in drawn}


def close_lease(holdings: Holdings, shares: dict[UUID, int]) -> Change:
    """Give what is left of a lease back to `available`; no postings if nothing is."""
    drawn = _draw_shares(holdings, shares, sum(shares.values()))
    return Change(
        holdings.with_lots(replace(lot, leased=lot.leased - part) for lot, part in drawn),
        tuple(
            posting
            for lot, part in drawn
            for posting in (
                Posting(Account.LEASED, -part, lot.lot_id),
                Posting(Account.AVAILABLE, part, lot.lot_id),
            )
        ),
    )


def expire(holdings: Holdings, today: str) -> Change:
    """Let lots go whose last day is before `today`; no postings if there is nothing to go.

    What a counter holds of them under a lease stays until the lease closes.
    """
    return _let_go(holdings, [lot for lot in holdings.lots if lot.has_expired(today)])


def forfeit(holdings: Holdings) -> Change:
    """Let everything go that no counter holds under a lease; no postings if there is nothing."""
    return _let_go(holdings, holdings.lots)


def _let_go(holdings: Holdings, lots: Sequence[Lot]) -> Change:
    gone = [lot for lot in expiry_order(lots) if lot.free > 0]
    return Change(
        holdings.with_lots(replace(lot, remaining=lot.leased) for lot in gone),
        tuple(
            posting
            for lot in gone
            for posting in (
                Posting(Account.AVAILABLE, -lot.free, lot.lot_id),
                Posting(Account.EXPIRED, lot.free),
            )
        ),
    )
