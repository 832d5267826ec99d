"""Points earned, by rules that every posting names, and taken back."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from app.domain import ledger
from app.domain.accrual import AccrualDecision
from app.domain.deciding_again import decide_again
from app.domain.errors import Rejected
from app.domain.events import AccrualRecorded, AccrualReduced, AccrualReversed, AccrualSource
from app.domain.flown import Flown
from sync.server.batch import Batch
from sync.server.corrections import POSTED, RefundState
from sync.server.handlers.people import person_of
from sync.server.handlers.points import member_of
from sync.server.own_membership import check_not_own
from sync.server.reading import Received
from sync.server.states import AccrualState
from sync.server.taking_back import PENDING, take_back

# A ticket's number, its coupon's and the flight; an index takes no key of any length
_MAX_COUPON: Final = 200
_FIRST_DAY: Final = "1970-01-01"  # that a flight is taken to have been on


def accrual_recorded(
    batch: Batch, received: Received, event: AccrualRecorded, *, honoured: bool = False
) -> None:
    """Points earned: a coupon once wherever it is shown, a member once for a flight.

    Where a manager has `honoured` it, the points are as recorded, whatever the rules come to.
    """
    if event.accrual_id in batch.accruals:
        raise Rejected("accrual_known", "The accrual was recorded before")
    encounter = batch.encounter(event.encounter_id)
    state = member_of(batch, event.member_id)
    if event.coupon_key is not None and len(event.coupon_key) > _MAX_COUPON:
        raise Rejected("bad_coupon", "That is no flight coupon")
    if event.coupon_key is not None and event.coupon_key in batch.coupons:
        raise Rejected("already_earned", "This flight has earned its points already")
    flight_keys = batch.flight_keys(event)
    if event.flight is not None and flight_keys[0] is None:
        raise Rejected("bad_flight", "The entry doesn't say which flight it was")
    if any(key in batch.flights for key in flight_keys):
        raise Rejected("duplicate_flight", "The member has been credited for this flight already")
    ledger.check_points(event.points)
    try:
        decision, is_aside = _decide_again(batch, event), False
    except Rejected:
        if not honoured:
            raise
        decision, is_aside = None, True
    share = batch.pooling.of(state, event.member_id, min(received.at_ms, batch.work.now_ms))
    if share is not None:
        check_not_own(batch.work, person_of(batch, received), share.head_id)
    if not batch.pooling.has_room(share, event.points):
        raise Rejected("bad_points", "The balance of the family's head would be out of bounds")
    owed = state.holdings.overdrawn
    rules, day = batch.rules.points, batch.day_it_happened(received)
    expires_on, spendable_from = rules.last_day(day), rules.spendable_from(day)
    pending = spendable_from is not None and spendable_from > batch.day_of(batch.work.now_ms)
    lot_id = event.accrual_id
    if pending:
        change = ledger.hold(
            state.holdings, lot_id=lot_id, points=event.points, pending=state.pending
        )
        state.pending += event.points
    else:
        change = ledger.earn(
            state.holdings, lot_id=lot_id, points=event.points, expires_on=expires_on
        )
    units = _units(batch, event, decision)
    txn_id = batch.work.post(
        state,
        ledger.with_units(change, lot_id=lot_id, units=units),
        kind="accrual",
        ref_id=event.accrual_id,
        event_id=received.event_id,
        why={
            "rules": {"points": rules.version},
            "day": day,
            "checked": decision is not None,
            **({"aside": True} if is_aside else {}),
            **batch.pooling.why(share, state),
        },
    )
    batch.pooling.note(lot_id, share)
    if not pending:
        batch.pooling.give(
            lot_id,
            state,
            points=event.points,
            owed=owed,
            expires_on=expires_on,
            event_id=received.event_id,
        )
    batch.qualifying.add(state, event.accrual_id, _day_flown(event, day), units)
    if event.coupon_key is not None:
        batch.coupons[event.coupon_key] = event.accrual_id
    batch.flights.update((key, event.accrual_id) for key in flight_keys if key is not None)
    encounter.serve("claim" if event.source == AccrualSource.RETRO else "accrual")
    batch.put_accrual(
        event.accrual_id,
        AccrualState(
            state.member_id,
            event.encounter_id,
            event.points,
            str(event.source),
            event.coupon_key,
            PENDING if pending else POSTED,
            txn_id,
            received.at_ms,
            departure_key=flight_keys[0],
            arrival_key=flight_keys[1],
            expires_on=expires_on,
            spendable_from=spendable_from,
        ),
    )


def _decide_again(batch: Batch, event: AccrualRecorded) -> AccrualDecision | None:
    """The decision by the version that the entry names; None where it says too little for that.

    Raises:
        Rejected: unknown_rules; other_points, where the rules come to another number.
    """
    rules = batch.rules.accrual(event.rule_version)
    if rules is None:
        raise Rejected(
            "unknown_rules", f"There is no version {event.rule_version} of the rules for earning"
        )
    decision = decide_again(rules, event)
    if decision is not None and decision.points != event.points:
        raise Rejected(
            "other_points",
            f"By version {rules.version} of the rules it is {decision.points} points,"
            f" and not {event.points}",
        )
    return decision


def _units(batch: Batch, event: AccrualRecorded, decision: AccrualDecision | None) -> int:
    """What it counts for a tier: points without the bonus that a tier gives."""
    if batch.rules.tiers is None:
        return 0
    bonus = 0 if decision is None else decision.bonus_points
    return batch.rules.tiers.units(event.source, event.points - bonus)


def _day_flown(event: AccrualRecorded, day: str) -> str:
    if event.flight is None:
        return day
    return max(_FIRST_DAY, min(day, Flown.read(event.flight).day.isoformat()))


def accrual_reversed(batch: Batch, received: Received, event: AccrualReversed) -> None:
    """Points earned are taken back, once, but for what was taken back in parts."""
    accrual = _accrual(batch, event.accrual_id)
    if accrual.state == "reversed":
        return  # undone once is undone
    _take_back(batch, received, event.accrual_id, accrual, accrual.rest)


def accrual_reduced(batch: Batch, received: Received, event: AccrualReduced) -> None:
    """A part of the points earned is taken back, once by its id, never more than was earned."""
    known = batch.corrections.refunds.get(event.refund_id)
    if known is not None:
        if (known.of_id, known.points) != (event.accrual_id, event.points):
            raise Rejected("conflict", "Another refund has this one's id")
        return
    accrual = _accrual(batch, event.accrual_id)
    ledger.check_points(event.points)
    if accrual.state == "reversed" or event.points > accrual.rest:
        raise Rejected("over_refund", "More would be taken back than was earned")
    txn_id = _take_back(batch, received, event.accrual_id, accrual, event.points)
    batch.corrections.put_refund(
        event.refund_id,
        RefundState(
            event.accrual_id,
            event.points,
            fee=0,
            involuntary=False,
            state=POSTED,
            txn_id=txn_id,
            event_id=received.event_id,
            at_ms=received.at_ms,
        ),
    )


def _accrual(batch: Batch, accrual_id: UUID) -> AccrualState:
    accrual = batch.accruals.get(accrual_id)
    if accrual is None:
        raise Rejected("unknown_accrual", "The accrual isn't known to the server")
    return accrual


def _take_back(
    batch: Batch, received: Received, accrual_id: UUID, accrual: AccrualState, points: int
) -> UUID:
    """Post it; with the last of the points the flight is free to earn again."""
    coupon, flights = accrual.coupon_key, (accrual.departure_key, accrual.arrival_key)
    txn_id = take_back(
        batch.work,
        batch.qualifying,
        batch.pooling,
        accrual_id,
        accrual,
        points,
        event_id=received.event_id,
    )
    if accrual.state == "reversed":
        batch.coupons.pop(coupon or "", None)
        for key in flights:
            batch.flights.pop(key or "", None)
    batch.put_accrual(accrual_id, accrual)
    return txn_id
