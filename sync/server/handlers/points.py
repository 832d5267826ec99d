"""Points spent, undone and handed back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec

from app.domain import ledger, reversing
from app.domain.catalogue import MAX_MINOR
from app.domain.errors import Rejected
from app.domain.events import (
    Cover,
    LeaseReturned,
    RedemptionGranted,
    RedemptionRequested,
    RedemptionVoided,
    StockReturned,
)
from app.domain.settling import Answer, effect_of
from sync.server import stock
from sync.server.batch import Batch
from sync.server.giving import BEYOND
from sync.server.member_state import MemberState
from sync.server.reading import Received
from sync.server.states import AWAITED, LeaseState, RedemptionState
from sync.server.vouchers import is_used

# Given without the server's word, so that it stands whatever the clerk may give
_BY_ITSELF: Final = (Cover.LEASE, Cover.AT_RISK)

WRITTEN_OFF: Final = "written_off"
"""What covered a redemption whose lease had been written off when it came in."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A manager's answer to what a counter gave away.

    Attributes:
        device_id: the counter's: the redemption stays its own, so it may void it later.
    """

    answer: Answer
    device_id: UUID


def member_of(batch: Batch, member_id: UUID) -> MemberState:
    """Whom points of this member are posted to. Raises Rejected('unknown_member')."""
    state = batch.work.survivor(member_id)
    if state is None:
        raise Rejected("unknown_member", "The member isn't known to the server")
    return state


def redemption_requested(batch: Batch, received: Received, event: RedemptionRequested) -> None:
    """The intent posts nothing in the chain; its urgent copy does (sync.server.redeem)."""
    batch.proofs[event.redemption_id] = str(event.proof)  # its grant, behind it, doesn't say
    if (encounter := batch.encounters.get(event.encounter_id)) is not None:
        encounter.serve("redemption")


def redemption_granted(
    batch: Batch, received: Received, event: RedemptionGranted, *, settled: Settled | None = None
) -> None:
    """Post what a counter gave away by itself.

    Where a manager has `settled` it nothing need cover it: the answer says who bears it.
    """
    known = batch.redemptions.get(event.redemption_id)
    lease = None if settled else _lease_of(batch, event)
    if known is not None and known.state != AWAITED:
        _give_back_slice(batch, known, lease, event)
        if settled is None:
            batch.stocks.give_back_slice(event, batch.device)
        elif settled.answer is not Answer.HONOUR:
            raise Rejected("redemption_known", "The redemption was posted before")
        return
    state = member_of(batch, event.member_id)
    unit = batch.stocks.unit_of(event, batch.device, honoured=settled is not None)
    if not settled and not (0 <= event.cash_minor <= MAX_MINOR and len(event.currency) <= 3):
        raise Rejected("bad_cash", "That is no sum of money")
    late, pool_id, cover = False, None, str(event.cover)
    today = batch.day_it_happened(received)
    if settled:
        spendable = state.holdings.spendable(today)
        effect = effect_of(settled.answer, ledger.check_points(event.points), spendable=spendable)
        change = ledger.spend(
            state.holdings, event.points, today=today, at_risk=True, borne=effect.borne
        )
    elif lease is not None and lease.state == "written_off":
        change = _spend_exposed(lease, state, event.points, today=today)
        cover, late = WRITTEN_OFF, True
        _remark(batch, received, WRITTEN_OFF, "The points had been written off before")
    elif lease is not None:
        if lease.state == "closed":
            raise Rejected("lease_closed", "The points were spent under a lease already closed")
        change = ledger.spend_lease(state.holdings, lease.shares, event.points)
        draw(lease, change)
        late = received.at_ms > lease.row.expires_ms
    elif event.cover == Cover.ONLINE:
        # posted before this server was set back; what is no longer there is a person's to settle
        change = ledger.spend(state.holdings, event.points, today=today)
    else:
        ledger.check_points(event.points)
        batch.pools.charge(event, state.member_id, _clerk_of(received))
        pool_id = event.pool_id
        change = ledger.spend(state.holdings, event.points, today=today, at_risk=True)
    if unit is not None:
        batch.stocks.book(event.redemption_id, unit, batch.device)
        if unit.source == stock.BEYOND and not settled:
            _remark(batch, received, stock.BEYOND_STOCK, "None of the reward was left")
    staff_id = None if received.envelope is None else received.envelope.staff_id
    if cover in _BY_ITSELF and batch.given.is_beyond(staff_id, event.points, at_ms=received.at_ms):
        _remark(batch, received, BEYOND, "The clerk gave away more than is allowed within an hour")
    txn_id = batch.work.post(
        state, change, kind="redemption", ref_id=event.redemption_id, event_id=received.event_id
    )
    batch.put_redemption(
        event.redemption_id,
        RedemptionState(
            state.member_id,
            event.points,
            "posted",
            cover,
            None if lease is None else event.lease_id,
            pool_id,
            settled.device_id if settled else batch.device.device_id,
            txn_id,
            event.reward_id,
            event.encounter_id,
            received.at_ms,
            late,
            event.cash_minor,
            event.currency,
            staff_id=staff_id,
            proof=batch.proofs.get(event.redemption_id, ""),
        ),
    )


def _clerk_of(received: Received) -> UUID | None:
    staff = None if received.envelope is None else received.envelope.staff
    return None if staff is None else UUID(staff)


def _remark(batch: Batch, received: Received, code: str, message: str) -> None:
    """It counts, and a manager is to know."""
    batch.remarked.append(msgspec.structs.replace(received, code=code, message=message))


def _lease_of(batch: Batch, event: RedemptionGranted) -> LeaseState | None:
    if event.cover != Cover.LEASE:
        return None
    if event.lease_id is None:
        raise Rejected("bad_cover", "The redemption doesn't say what covers it")
    lease = batch.leases.get(event.lease_id)
    if lease is None or lease.row.device_id != batch.device.device_id:
        raise Rejected("unknown_lease", "The lease isn't this counter's")
    if not batch.work.are_one(lease.row.member_id, event.member_id):
        raise Rejected("wrong_member", "The lease is another member's")
    return lease


def _spend_exposed(
    lease: LeaseState, state: MemberState, points: int, *, today: str
) -> ledger.Change:
    """Honour what was spent under a lease before anybody heard of it, and it was written off.

    Raises:
        Rejected: bad_points; lease_exceeded, beyond what was left of it then.
    """
    ledger.check_points(points)
    if points > lease.exposed:
        raise Rejected("lease_exceeded", "The lease did not hold that many points")
    change = ledger.spend(state.holdings, points, today=today, at_risk=True)
    lease.exposed -= points
    lease.changed = True
    return change


def _give_back_slice(
    batch: Batch, known: RedemptionState, lease: LeaseState | None, event: RedemptionGranted
) -> None:
    """The id is settled already: nothing is posted twice, the lease is whole again."""
    if known.state == "voided":
        raise Rejected("voided", "The redemption was voided before it was granted")
    if known.points != event.points or not batch.work.are_one(known.member_id, event.member_id):
        raise Rejected("conflict", "Another redemption was posted under this id")
    if known.cover != Cover.ONLINE:
        raise Rejected("redemption_known", "The redemption was granted before")
    if lease is not None and lease.is_held:
        lease.restored += event.points
        lease.changed = True


def draw(lease: LeaseState, change: ledger.Change) -> None:
    """Change what a lease holds of each lot by what a transaction did to it."""
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
    if known is None or known.state == AWAITED:
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
    state = member_of(batch, known.member_id)
    lease = open_lease_of(batch, known)
    rest = known.points - known.refunded
    if rest:
        change = reversing.reverse_spend(
            state.holdings,
            batch.work.postings_of(known.txn_id),
            reversing.Part(rest, already=known.refunded),
            to_lease=lease is not None,
            new_id=batch.work.new_id,
        )
        batch.work.post(
            state,
            change,
            kind="redemption_reversal",
            ref_id=event.redemption_id,
            event_id=received.event_id,
        )
        if lease is not None:
            draw(lease, change)
            lease.restored += rest
    batch.stocks.give_back(event.redemption_id)
    known.state = "voided"
    batch.put_redemption(event.redemption_id, known)


def open_lease_of(batch: Batch, redemption: RedemptionState) -> LeaseState | None:
    """The lease that a redemption was spent under, while it is open."""
    lease = None if redemption.lease_id is None else batch.leases.get(redemption.lease_id)
    return lease if lease is not None and lease.is_held else None


def lease_returned(batch: Batch, received: Received, event: LeaseReturned) -> None:
    """The lease closes and what is left of it is available again.

    Of one that was written off nothing is exposed any more: all that was spent under it is here.
    """
    lease = batch.leases.get(event.lease_id)
    if lease is None:
        return  # a server that was restored has forgotten it
    if lease.row.device_id != batch.device.device_id:
        raise Rejected("unknown_lease", "The lease isn't this counter's")
    if lease.state == "closed":
        return
    if lease.is_held:
        state = member_of(batch, lease.row.member_id)
        change = ledger.close_lease(state.holdings, lease.shares)
        if change.postings:
            batch.work.post(
                state,
                change,
                kind="lease_return",
                ref_id=event.lease_id,
                event_id=received.event_id,
            )
    lease.shares = dict.fromkeys(lease.shares, 0)
    lease.remaining, lease.exposed, lease.state, lease.changed = 0, 0, "closed", True


def stock_returned(batch: Batch, received: Received, event: StockReturned) -> None:
    """Units of a reward that a counter held are free again."""
    batch.stocks.take_in(event, batch.device)
