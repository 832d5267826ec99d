"""Points that managers give or take, a second person agreeing where they are many."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from app.domain import ledger
from app.domain.errors import Rejected
from app.domain.events import AdjustmentConfirmed, PointsAdjusted
from sync.server.batch import Batch
from sync.server.corrections import POSTED, WAITING, AdjustmentState
from sync.server.handlers.people import person_of
from sync.server.handlers.points import member_of
from sync.server.own_membership import check_not_own
from sync.server.reading import Received

GOODWILL: Final = "goodwill"
_KINDS: Final = (GOODWILL, "correction")


def points_adjusted(batch: Batch, received: Received, event: PointsAdjusted) -> None:
    """Post a manager's adjustment, or let it wait for a second person; its reason is a blob."""
    if event.adjustment_id in batch.corrections.adjustments:
        raise Rejected("adjustment_known", "The adjustment was recorded before")
    if event.kind not in _KINDS or (event.kind == GOODWILL and event.points < 0):
        raise Rejected("bad_adjustment", "Goodwill gives points; a correction gives or takes them")
    ledger.check_points(abs(event.points))
    batch.blob(event.reason_hash)
    state = member_of(batch, event.member_id)
    adjustment = AdjustmentState(
        state.member_id,
        event.points,
        event.kind,
        event.reason_hash,
        WAITING,
        recorded_by=person_of(batch, received).staff_id,
        confirmed_by=None,
        txn_id=None,
        at_ms=received.at_ms,
    )
    if abs(event.points) <= batch.rules.points.adjustment_limit:
        _post(batch, received, event.adjustment_id, adjustment)
    batch.corrections.put_adjustment(event.adjustment_id, adjustment)


def adjustment_confirmed(batch: Batch, received: Received, event: AdjustmentConfirmed) -> None:
    """A second person agrees, once; not the one who recorded it, nor about their own points."""
    adjustment = batch.corrections.adjustments.get(event.adjustment_id)
    if adjustment is None:
        raise Rejected("unknown_adjustment", "The adjustment isn't known to the server")
    person = person_of(batch, received)
    if person.staff_id == adjustment.recorded_by:
        raise Rejected("same_person", "A second person has to agree")
    check_not_own(batch.work, person, adjustment.member_id)
    if adjustment.state == POSTED:
        return
    _post(batch, received, event.adjustment_id, adjustment)
    adjustment.confirmed_by = person.staff_id
    batch.corrections.put_adjustment(event.adjustment_id, adjustment)


def _post(
    batch: Batch, received: Received, adjustment_id: UUID, adjustment: AdjustmentState
) -> None:
    state = member_of(batch, adjustment.member_id)
    rules, day = batch.rules.points, batch.day_it_happened(received)
    if adjustment.points > 0:
        change = ledger.earn(
            state.holdings,
            lot_id=adjustment_id,
            points=adjustment.points,
            expires_on=rules.last_day(day),
            source=ledger.Account.ADJUSTED,
        )
    else:
        change = ledger.spend(
            state.holdings, -adjustment.points, today=day, sink=ledger.Account.ADJUSTED
        )
    adjustment.txn_id = batch.work.post(
        state,
        change,
        kind="adjustment",
        ref_id=adjustment_id,
        event_id=received.event_id,
        why={"rules": {"points": rules.version}, "day": day},
    )
    adjustment.state = POSTED
