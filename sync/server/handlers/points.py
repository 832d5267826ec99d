"""Points earned, spent, undone and handed back."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from app.domain import ledger
from app.domain.errors import Rejected
from app.domain.events import (
    AccrualRecorded,
    AccrualReversed,
    Cover,
    LeaseReturned,
    RedemptionGranted,
    RedemptionRequested,
    RedemptionVoided,
)
from sync.server.batch import AccrualState, Batch, LeaseState, RedemptionState
from sync.server.expiry import expired_points
from sync.server.leases import charge_pool, expiry_for
from sync.server.member_state import MemberState
from sync.server.reading import Received
from sync.server.vouchers import is_used

# A ticket's number, its coupon's and the flight; an index takes no key of any length
_MAX_COUPON: Final = 200


def _member(batch: Batch, member_id: UUID) -> MemberState:
    state = batch.work.survivor(member_id)
    if state is None:
        raise Rejected("unknown_member", "The member isn't known to the server")
    return state


def accrual_recorded(batch: Batch, received: Received, event: AccrualRecorded) -> None:
    """Points earned: a coupon once wherever it is shown, a member once for a flight."""
    if event.accrual_id in batch.accruals:
        raise Rejected("accrual_known", "The accrual was recorded before")
    batch.encounter(event.encounter_id)
    state = _member(batch, event.member_id)
    if event.coupon_key is not None and len(event.coupon_key) > _MAX_COUPON:
        raise Rejected("bad_coupon", "That is no flight coupon")
    if event.coupon_key is not None and event.coupon_key in batch.coupons:
        raise Rejected("already_earned", "This flight has earned its points already")
    flight_keys = batch.flight_keys(event)
    if event.flight is not None and flight_keys[0] is None:
        raise Rejected("bad_flight", "The entry doesn't say which flight it was")
    if any(key in batch.flights for key in flight_keys):
        raise Rejected("duplicate_flight", "The member has been credited for this flight already")
    change = ledger.earn(
        state.holdings,
        lot_id=event.accrual_id,
        points=event.points,
        expires_on=expiry_for(batch.work, batch.day_it_happened(received)),
    )
    txn_id = batch.work.post(
        state, change, kind="accrual", ref_id=event.accrual_id, event_id=received.event_id
    )
    if event.coupon_key is not None:
        batch.coupons[event.coupon_key] = event.accrual_id
    batch.flights.update((key, event.accrual_id) for key in flight_keys if key is not None)
    batch.put_accrual(
        event.accrual_id,
        AccrualState(
            state.member_id,
            event.encounter_id,
            event.points,
            str(event.source),
            event.coupon_key,
            "posted",
            txn_id,
            received.at_ms,
            *flight_keys,
        ),
    )


def accrual_reversed(batch: Batch, received: Received, event: AccrualReversed) -> None:
    """Points earned are taken back, once."""
    accrual = batch.accruals.get(event.accrual_id)
    if accrual is None:
        raise Rejected("unknown_accrual", "The accrual isn't known to the server")
    if accrual.state == "reversed":
        return  # undone once is undone
    state = _member(batch, accrual.member_id)
    change = ledger.reverse_earning(
        state.holdings,
        lot_id=event.accrual_id,
        points=accrual.points,
        expired_points=expired_points(batch.work, state.member_id, event.accrual_id),
    )
    batch.work.post(
        state, change, kind="accrual_reversal", ref_id=event.accrual_id, event_id=received.event_id
    )
    if accrual.coupon_key is not None:
        batch.coupons.pop(accrual.coupon_key, None)
    for key in (accrual.departure_key, accrual.arrival_key):
        if key is not None:
            batch.flights.pop(key, None)
    accrual.state, accrual.coupon_key = "reversed", None
    accrual.departure_key = accrual.arrival_key = None
    batch.put_accrual(event.accrual_id, accrual)


def redemption_requested(batch: Batch, received: Received, event: RedemptionRequested) -> None:
    """The intent has no effect in the chain; its urgent copy posts (sync.server.redeem)."""


def redemption_granted(
    batch: Batch, received: Received, event: RedemptionGranted, *, honoured_for: UUID | None = None
) -> None:
    """Post what a counter gave away by itself.

    `honoured_for` is the counter's device where a manager honours it beyond what covers it: the
    redemption stays the counter's, which may void it later.
    """
    known = batch.redemptions.get(event.redemption_id)
    lease = None if honoured_for else _lease_of(batch, event)
    if known is not None:
        _give_back_slice(known, lease, event)
        return
    state = _member(batch, event.member_id)
    late, pool_id = False, None
    today = batch.day_it_happened(received)
    if honoured_for:
        change = ledger.spend(state.holdings, event.points, today=today, at_risk=True)
    elif lease is not None:
        if lease.state == "closed":
            raise Rejected("lease_closed", "The points were spent under a lease already closed")
        change = ledger.spend_lease(state.holdings, lease.shares, event.points)
        _draw(lease, change)
        late = received.at_ms > lease.row.expires_ms
    elif event.cover == Cover.ONLINE:
        # posted before this server was set back; what is no longer there is a person's to settle
        change = ledger.spend(state.holdings, event.points, today=today)
    else:
        ledger.check_points(event.points)
        charge_pool(batch, event, state.member_id)
        pool_id = event.pool_id
        change = ledger.spend(state.holdings, event.points, today=today, at_risk=True)
    txn_id = batch.work.post(
        state, change, kind="redemption", ref_id=event.redemption_id, event_id=received.event_id
    )
    batch.put_redemption(
        event.redemption_id,
        RedemptionState(
            state.member_id,
            event.points,
            "posted",
            str(event.cover),
            None if lease is None else event.lease_id,
            pool_id,
            honoured_for or batch.device.device_id,
            txn_id,
            event.reward_id,
            event.encounter_id,
            received.at_ms,
            late,
        ),
    )


def _lease_of(batch: Batch, event: RedemptionGranted) -> LeaseState | None:
    if event.cover != Cover.LEASE:
        return None
    if event.lease_id is None:
        raise Rejected("bad_cover", "The redemption doesn't say what covers it")
    lease = batch.leases.get(event.lease_id)
    if lease is None or lease.row.device_id != batch.device.device_id:
        raise Rejected("unknown_lease", "The lease isn't this counter's")
    if lease.row.member_id != event.member_id:
        raise Rejected("wrong_member", "The lease is another member's")
    return lease


def _give_back_slice(
    known: RedemptionState, lease: LeaseState | None, event: RedemptionGranted
) -> None:
    """The id is settled already: nothing is posted twice, the lease is whole again."""
    if known.state == "voided":
        raise Rejected("voided", "The redemption was voided before it was granted")
    if known.points != event.points or known.member_id != event.member_id:
        raise Rejected("conflict", "Another redemption was posted under this id")
    if known.cover != Cover.ONLINE:
        raise Rejected("redemption_known", "The redemption was granted before")
    if lease is not None and lease.state != "closed":
        lease.restored += event.points
        lease.changed = True


def _draw(lease: LeaseState, change: ledger.Change) -> None:
    for posting in change.postings:
        if posting.account == ledger.Account.LEASED and posting.lot_id is not None:
            lease.shares[posting.lot_id] = lease.shares.get(posting.lot_id, 0) + posting.amount
            lease.remaining += posting.amount
    lease.changed = True


def redemption_voided(batch: Batch, received: Received, event: RedemptionVoided) -> None:
    """Whatever was posted under the id is reversed; nothing can be posted under it later."""
    known = batch.redemptions.get(event.redemption_id)
    if is_used(batch.work, event.redemption_id):
        raise Rejected("voucher_used", "The reward was handed over for its voucher")
    if known is None:
        batch.put_redemption(
            event.redemption_id,
            RedemptionState(
                None, 0, "voided", "", None, None, batch.device.device_id, None, None,
                event.encounter_id, received.at_ms,
            ),
        )  # fmt: skip
        return
    if known.state == "voided":
        return
    if known.device_id != batch.device.device_id:
        raise Rejected("wrong_device", "The redemption is another counter's")
    assert known.member_id is not None
    assert known.txn_id is not None
    state = _member(batch, known.member_id)
    lease = None if known.lease_id is None else batch.leases.get(known.lease_id)
    to_lease = lease is not None and lease.state != "closed"
    change = ledger.reverse_spend(
        state.holdings,
        batch.work.postings_of(known.txn_id),
        to_lease=to_lease,
        lot_id=batch.work.new_id(),
    )
    batch.work.post(
        state,
        change,
        kind="redemption_reversal",
        ref_id=event.redemption_id,
        event_id=received.event_id,
    )
    if lease is not None and to_lease:
        _draw(lease, change)
        lease.restored += known.points
    known.state = "voided"
    batch.put_redemption(event.redemption_id, known)


def lease_returned(batch: Batch, received: Received, event: LeaseReturned) -> None:
    """The lease closes and what is left of it is available again."""
    lease = batch.leases.get(event.lease_id)
    if lease is None or lease.row.device_id != batch.device.device_id:
        raise Rejected("unknown_lease", "The lease isn't this counter's")
    if lease.state == "closed":
        return
    state = _member(batch, lease.row.member_id)
    change = ledger.close_lease(state.holdings, lease.shares)
    if change.postings:
        batch.work.post(
            state, change, kind="lease_return", ref_id=event.lease_id, event_id=received.event_id
        )
    lease.shares = dict.fromkeys(lease.shares, 0)
    lease.remaining, lease.state, lease.changed = 0, "closed", True
