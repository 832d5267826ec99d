"""The way back: what was spent returns to the lots it came from, what was earned is taken again.

Both may be done in parts. A redemption comes back in the reverse of the order in which it was
drawn, so that how much of it has come back already says which part is next.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import UUID

from app.domain.errors import Rejected
from app.domain.lean import dataclass
from app.domain.ledger import (
    SPENDABLE,
    Account,
    Change,
    Holdings,
    Lot,
    Posting,
    check_points,
    take,
)


@dataclass(frozen=True, slots=True)
class Part:
    """Of a redemption's points those that come back now.

    Attributes:
        points: so many, >= 1.
        already: came back before, >= 0.
        fee: of `points`, kept back: what expires first of them. 0..points.
        until: where the points would expire before this ISO date they expire on it; None: each
            keeps its day.
    """

    points: int
    already: int = 0
    fee: int = 0
    until: str | None = None


def reverse_spend(
    holdings: Holdings,
    postings: Sequence[Posting],
    part: Part | None = None,
    *,
    to_lease: bool,
    new_id: Callable[[], UUID],
) -> Change:
    """Undo a redemption, or a part of it: each point back to its lot, its expiry unchanged.

    What was owed for it is forgiven; where that has been paid off since, its points come back in a
    new lot without expiry. What the programme bore of it comes back first, to the programme.

    Args:
        holdings: the member's, as they are now.
        postings: the redemption's.
        part: what of it; None for the whole.
        to_lease: its lease is still open, so its points are leased again.
        new_id: for new lots.

    Raises:
        Rejected: bad_points; over_refund (more than was spent would have come back).
    """
    drawn: _Drawn = [
        (p.lot_id if p.account in SPENDABLE else p.account, -p.amount)
        for p in reversed(postings)
        if p.account in SPENDABLE | {Account.WRITTEN_OFF}
    ]
    spent = sum(points for _, points in drawn)
    part = part or Part(spent)
    check_points(part.points)
    if part.already + part.points > spent:
        raise Rejected("over_refund", "More would come back than was spent")
    coming = _without_fee(_next_part(drawn, part), part.fee)
    lots = {lot.lot_id: lot for lot in holdings.lots}
    account = Account.LEASED if to_lease else Account.AVAILABLE
    overdrawn = holdings.overdrawn
    back: list[Posting] = []
    renewed: UUID | None = None  # one lot for all that is to last longer
    for lot_id, points in coming:
        if isinstance(lot_id, Account):
            back.append(Posting(lot_id, points))
            continue
        if lot_id is None:
            forgiven = min(points, overdrawn)
            overdrawn -= forgiven
            if forgiven:
                back.append(Posting(Account.AVAILABLE, forgiven))
            if points > forgiven:
                lot = Lot(new_id(), points - forgiven, points - forgiven, 0, None)
                lots[lot.lot_id] = lot
                back.append(Posting(Account.AVAILABLE, lot.earned, lot.lot_id))
            continue
        lot = lots[lot_id]
        if part.until is not None and lot.has_expired(part.until):
            if renewed is None:
                renewed = new_id()
                lots[renewed] = Lot(renewed, 0, 0, 0, part.until)
            lot = replace(lots[renewed], earned=lots[renewed].earned + points)
        leased = lot.leased + (points if to_lease else 0)
        lots[lot.lot_id] = replace(lot, remaining=lot.remaining + points, leased=leased)
        back.append(Posting(account, points, lot.lot_id))
    back.append(Posting(Account.REDEEMED, -part.points))
    if part.fee:
        back.append(Posting(Account.FEES, part.fee))
    return Change(Holdings(tuple(lots.values()), overdrawn), tuple(back))


_Drawn = Sequence[tuple[UUID | Account | None, int]]


def _next_part(drawn: _Drawn, part: Part) -> _Drawn:
    found = []
    skip, wanted = part.already, part.points
    for lot_id, points in drawn:
        skipped = min(skip, points)
        taken = min(wanted, points - skipped)
        skip, wanted = skip - skipped, wanted - taken
        if taken:
            found.append((lot_id, taken))
    return found


def _without_fee(coming: _Drawn, fee: int) -> _Drawn:
    """What expires first was drawn first, so it stands last."""
    left = []
    for lot_id, points in reversed(coming):
        kept = min(fee, points)
        fee -= kept
        if points > kept:
            left.append((lot_id, points - kept))
    return left[::-1]


def reverse_held(holdings: Holdings, *, lot_id: UUID, points: int) -> Change:
    """Undo an accrual that can't be spent yet, or a part of it.

    Raises:
        Rejected: bad_points.
    """
    check_points(points)
    return Change(
        holdings, (Posting(Account.PENDING, -points, lot_id), Posting(Account.ISSUED, points))
    )


def reverse_earning(
    holdings: Holdings, *, lot_id: UUID, points: int, expired_points: int = 0
) -> Change:
    """Undo an accrual or a part of it: from its own lot what is free, then from others, then owed.

    What a counter holds under a lease stays untouched, because its spends are never refused.

    Args:
        holdings: the member's.
        lot_id: the accrual's.
        points: to be taken back.
        expired_points: of the lot, what has expired and isn't taken a second time.

    Raises:
        Rejected: bad_points.
    """
    check_points(points)
    drawn = take([lot for lot in holdings.lots if lot.lot_id == lot_id], points)
    rest = points - sum(part for _, part in drawn)
    gone = min(rest, expired_points)
    rest -= gone
    if rest:
        others = take([lot for lot in holdings.lots if lot.lot_id != lot_id], rest)
        rest -= sum(part for _, part in others)
        drawn += others
    postings = [Posting(Account.AVAILABLE, -part, lot.lot_id) for lot, part in drawn]
    if rest:
        postings.append(Posting(Account.AVAILABLE, -rest))
    if gone:
        postings.append(Posting(Account.EXPIRED, -gone))
    postings.append(Posting(Account.ISSUED, points))
    changed = [replace(lot, remaining=lot.remaining - part) for lot, part in drawn]
    return Change(holdings.with_lots(changed, overdrawn=holdings.overdrawn + rest), tuple(postings))
