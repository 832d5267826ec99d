"""A share of what somebody earned goes to the head of their family, and comes back: double entry.

The share leaves the lot that was earned for a lot of its own with the head, and returns into it, so
that undoing what was earned is the same with a family as without. What of the head's lot has
expired comes back as expired.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from app.domain.ledger import Account, Change, Holdings, Posting, earn
from app.domain.reversing import reverse_earning


def give(holdings: Holdings, *, lot_id: UUID, points: int) -> Change:
    """Take a share out of a lot that was earned just now.

    Args:
        holdings: of whoever earned it.
        lot_id: the lot; `points` of it are free.
        points: the share, >= 1.

    Raises:
        ValueError: the lot has less.
    """
    (lot,) = (lot for lot in holdings.lots if lot.lot_id == lot_id)
    if points > lot.free:
        raise ValueError("a share is taken of what is there")
    changed = replace(lot, remaining=lot.remaining - points)
    return Change(holdings.with_lots([changed]), (Posting(Account.AVAILABLE, -points, lot_id),))


def receive(holdings: Holdings, *, lot_id: UUID, points: int, expires_on: str | None) -> Change:
    """Add a share to what the head has, in a lot of its own; what the head owes is taken off it.

    Raises:
        Rejected: bad_points, where the balance would be out of bounds.
    """
    change = earn(holdings, lot_id=lot_id, points=points, expires_on=expires_on)
    return _without(change, Account.ISSUED)


def give_back(holdings: Holdings, *, lot_id: UUID, points: int, expired_points: int) -> Change:
    """Take a share back from the head: from its lot what is free, then from others, then owed.

    Args:
        holdings: the head's.
        lot_id: the share's.
        points: to be taken back, >= 1.
        expired_points: of the lot, what has expired and isn't taken a second time.
    """
    change = reverse_earning(holdings, lot_id=lot_id, points=points, expired_points=expired_points)
    return _without(change, Account.ISSUED)


def take_again(holdings: Holdings, *, lot_id: UUID, points: int) -> Change:
    """Put a share back into the lot that it left, for what was earned to be undone."""
    (lot,) = (lot for lot in holdings.lots if lot.lot_id == lot_id)
    changed = replace(lot, remaining=lot.remaining + points)
    return Change(holdings.with_lots([changed]), (Posting(Account.AVAILABLE, points, lot_id),))


def _without(change: Change, source: Account) -> Change:
    """The same but for the programme's side, which is the other member's here."""
    lines = tuple(line for line in change.postings if line.account != source)
    return Change(change.after, lines)
