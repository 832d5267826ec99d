"""Points that managers give or take, a second person agreeing where they are many."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from app.domain import ledger
from app.domain.errors import Rejected
from app.domain.events import AdjustmentConfirmed, AdjustmentDeclined, PointsAdjusted
from app.domain.records import Adjustment
from sync.server.batch import Batch
from sync.server.corrections import DECLINED, POSTED, WAITING, AdjustmentState
from sync.server.handlers.people import person_of
from sync.server.handlers.points import member_of
from sync.server.own_membership import check_not_own
from sync.server.reading import Received
from sync.server.store import tables as t

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
        office_id=batch.device.office_id,
    )
    if abs(event.points) <= batch.rules.points.adjustment_limit:
        _post(batch, received, event.adjustment_id, adjustment)
    else:
        _publish(batch, event.adjustment_id, adjustment)
    batch.corrections.put_adjustment(event.adjustment_id, adjustment)


def adjustment_confirmed(batch: Batch, received: Received, event: AdjustmentConfirmed) -> None:
    """A second person agrees, once; not the one who recorded it, nor about their own points."""
    adjustment, person = _to_decide(batch, received, event.adjustment_id)
    if person.staff_id == adjustment.recorded_by:
        raise Rejected("same_person", "A second person has to agree")
    if adjustment.state == POSTED:
        return
    if adjustment.state == DECLINED:
        raise Rejected("adjustment_decided", "The adjustment was declined before")
    _post(batch, received, event.adjustment_id, adjustment)
    _decided(batch, event.adjustment_id, adjustment, person)


def adjustment_declined(batch: Batch, received: Received, event: AdjustmentDeclined) -> None:
    """A manager says no, for good; who recorded it may take it back so."""
    adjustment, person = _to_decide(batch, received, event.adjustment_id)
    if adjustment.state == DECLINED:
        return
    if adjustment.state == POSTED:
        raise Rejected("adjustment_decided", "The adjustment was posted before")
    adjustment.state = DECLINED
    _decided(batch, event.adjustment_id, adjustment, person)


def _to_decide(
    batch: Batch, received: Received, adjustment_id: UUID
) -> tuple[AdjustmentState, Any]:
    """The adjustment, and who decides about it: never about their own points."""
    adjustment = batch.corrections.adjustments.get(adjustment_id)
    if adjustment is None:
        raise Rejected("unknown_adjustment", "The adjustment isn't known to the server")
    person = person_of(batch, received)
    check_not_own(batch.work, person, adjustment.member_id)
    return adjustment, person


def _decided(batch: Batch, adjustment_id: UUID, adjustment: AdjustmentState, person: Any) -> None:
    adjustment.confirmed_by = person.staff_id
    batch.corrections.put_adjustment(adjustment_id, adjustment)
    _publish(batch, adjustment_id, adjustment)


def _publish(batch: Batch, adjustment_id: UUID, adjustment: AdjustmentState) -> None:
    """Tell the office's desks what waits, and what became of it; then its reason isn't needed."""
    by, decided_by = _names(batch, adjustment.recorded_by, adjustment.confirmed_by)
    waits = adjustment.state == WAITING
    reason = batch.blobs[adjustment.reason_hash] if waits else b""
    record = Adjustment(
        adjustment_id,
        adjustment.office_id,
        adjustment.member_id,
        adjustment.points,
        adjustment.kind,
        reason.decode("utf-8", "replace"),
        adjustment.at_ms,
        adjustment.recorded_by,
        by,
        state=adjustment.state,
        decided_by_name=decided_by,
    )
    batch.work.put_record(Adjustment.KIND, str(adjustment_id), record, adjustment.office_id)


def _names(batch: Batch, *staff_ids: UUID | None) -> list[str]:
    known = [staff_id for staff_id in staff_ids if staff_id is not None]
    names = {row.staff_id: row.name for row in batch.work.find(t.staff, "staff_id", known)}
    return ["" if staff_id is None else names[staff_id] for staff_id in staff_ids]


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
