"""Two records of one person become one: their points, in double entry.

Lots keep their ids and their days, so that whatever was drawn from one finds its way back. Leases
move with the lots they stand in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from app.domain.errors import Rejected
from app.domain.ledger import MAX_POINTS, Account, Change, Holdings, Posting, Unit, take


class Merged(NamedTuple):
    """What the merge leaves of each; the postings of both together sum to zero."""

    away: Change
    stay: Change


def merge(
    away: Holdings,
    stay: Holdings,
    *,
    pending: Mapping[UUID, int],
    units: Mapping[UUID, int],
) -> Merged:
    """Move all that one has to the other. What either owes is paid by what is free of both.

    Args:
        away: points of the record that goes.
        stay: points of the one that stays.
        pending: of `away`, what can't be spent yet, in points by accrual.
        units: of `away`, what counts for a tier, by accrual.

    Raises:
        Rejected: bad_points, where together they are out of bounds.
    """
    moved = [
        Posting(account, points, lot.lot_id)
        for lot in away.lots
        for account, points in ((Account.AVAILABLE, lot.free), (Account.LEASED, lot.leased))
        if points
    ]
    if away.overdrawn:
        moved.append(Posting(Account.AVAILABLE, -away.overdrawn))
    moved += [Posting(Account.PENDING, points, lot_id) for lot_id, points in pending.items()]
    moved += [
        Posting(Account.QUALIFIED, count, accrual_id, Unit.QUALIFYING)
        for accrual_id, count in units.items()
        if count
    ]
    both = Holdings((*stay.lots, *away.lots), stay.overdrawn + away.overdrawn)
    if both.posted + sum(pending.values()) > MAX_POINTS:
        raise Rejected("bad_points", "The balance would be out of bounds")
    after, paid = _pay(both)
    return Merged(
        Change(Holdings(), tuple(replace(line, amount=-line.amount) for line in moved)),
        Change(after, (*moved, *paid)),
    )


def _pay(holdings: Holdings) -> tuple[Holdings, list[Posting]]:
    """Pay what is owed, earliest expiry first, as far as free points go."""
    drawn = take(holdings.lots, holdings.overdrawn)
    postings = [Posting(Account.AVAILABLE, -part, lot.lot_id) for lot, part in drawn]
    paid = sum(part for _, part in drawn)
    if paid:
        postings.append(Posting(Account.AVAILABLE, paid))
    lots = (replace(lot, remaining=lot.remaining - part) for lot, part in drawn)
    return holdings.with_lots(lots, overdrawn=holdings.overdrawn - paid), postings
