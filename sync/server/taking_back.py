"""Points earned that are taken back, whole or a part of them, with what they counted for a tier."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from app.domain import ledger, reversing
from sync.server.expiry import expired_points
from sync.server.pooling import Pooling
from sync.server.qualifying import Qualifying
from sync.server.states import AccrualState
from sync.server.work import Work

PENDING: Final = "pending"
REVERSAL: Final = "accrual_reversal"
"""The ledger's kind of the last of an accrual's points."""
REDUCTION: Final = "accrual_reduction"
"""The ledger's kind of a part of them before."""


def take_back(
    work: Work,
    qualifying: Qualifying,
    pooling: Pooling,
    accrual_id: UUID,
    accrual: AccrualState,
    points: int,
    *,
    event_id: UUID | None,
) -> UUID:
    """Post it; with the last of the points the flight is free to earn again.

    Args:
        work: the accrual's member is loaded.
        qualifying: has loaded them, too.
        pooling: has loaded what their head was given of it.
        accrual_id: of what was earned.
        accrual: as it stands; it is changed, and the caller's to write.
        points: 1..accrual.rest.
        event_id: the entry that says so, if one does.

    Returns:
        The transaction's id.
    """
    state = work.survivor(accrual.member_id)
    assert state is not None, "whoever earned is a member"
    is_last = points == accrual.rest
    if accrual.state == PENDING:
        change = reversing.reverse_held(state.holdings, lot_id=accrual_id, points=points)
        state.pending -= points
    else:
        pooling.take_back(accrual_id, state, points=points, rest=accrual.rest, event_id=event_id)
        change = reversing.reverse_earning(
            state.holdings,
            lot_id=accrual_id,
            points=points,
            expired_points=expired_points(
                work,
                state.member_id,
                accrual_id,
                counted=(accrual_id, (REDUCTION, REVERSAL)) if accrual.reduced else None,
            ),
        )
    counted = qualifying.units_of(state.member_id, accrual_id)
    units = counted - counted * (accrual.rest - points) // accrual.rest
    txn_id = work.post(
        state,
        ledger.with_units(change, lot_id=accrual_id, units=-units),
        kind=REVERSAL if is_last else REDUCTION,
        ref_id=accrual_id,
        event_id=event_id,
    )
    qualifying.take_back(state, accrual_id, units)
    if is_last:
        accrual.state, accrual.coupon_key = "reversed", None
        accrual.departure_key = accrual.arrival_key = None
    else:
        accrual.reduced += points
    return txn_id
