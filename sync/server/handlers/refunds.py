"""A reward given back, or a part of it: to the lots that its points came from."""

from __future__ import annotations

from uuid import UUID

from app.domain import ledger, reversing
from app.domain.errors import Rejected
from app.domain.events import (
    RedemptionGranted,
    RedemptionRefunded,
    RedemptionRequested,
    RedemptionVoided,
)
from sync.server.batch import Batch
from sync.server.corrections import POSTED, WAITING, RefundState
from sync.server.devices import find_device
from sync.server.exceptions import open_exceptions
from sync.server.handlers.people import person_of
from sync.server.handlers.points import draw, member_of, open_lease_of
from sync.server.own_membership import check_not_own
from sync.server.reading import Received, read_copy
from sync.server.states import AWAITED, RedemptionState
from sync.server.store import tables as t
from sync.server.vouchers import is_used


def redemption_refunded(batch: Batch, received: Received, event: RedemptionRefunded) -> None:
    """Points come back, once by the refund's id, never more than were spent.

    One that comes before its redemption waits for it.
    """
    known = batch.corrections.refunds.get(event.refund_id)
    if known is not None:
        said = (event.redemption_id, event.points, event.involuntary)
        if (known.of_id, known.points, known.involuntary) != said:
            raise Rejected("conflict", "Another refund has this one's id")
        return
    encounter = batch.encounter(event.encounter_id)
    ledger.check_points(event.points)
    refund = RefundState(
        event.redemption_id,
        event.points,
        fee=0,
        involuntary=event.involuntary,
        state=WAITING,
        txn_id=None,
        event_id=received.event_id,
        at_ms=received.at_ms,
    )
    redemption = batch.redemptions.get(event.redemption_id)
    if redemption is None:
        placeholder = RedemptionState(
            None, 0, AWAITED, "", None, None, batch.device.device_id, None, None,
            event.encounter_id, received.at_ms,
        )  # fmt: skip
        batch.put_redemption(event.redemption_id, placeholder)
    elif redemption.state != AWAITED:
        check_not_own(batch.work, person_of(batch, received), redemption.member_id)
        _post(batch, refund, event.redemption_id, redemption)
    batch.corrections.put_refund(event.refund_id, refund)
    encounter.serve("refund")


def post_waiting(batch: Batch, event: object) -> None:
    """Post the refunds that came before their redemption, if that is what was just decided.

    What would give back more than was spent goes before a person.
    """
    if not isinstance(event, RedemptionRequested | RedemptionGranted | RedemptionVoided):
        return
    redemption_id = event.redemption_id
    known = batch.redemptions.get(redemption_id)
    if known is None or known.state == AWAITED:  # an intent in the chain posts nothing
        return
    for refund_id, refund in batch.corrections.waiting_for(redemption_id):
        try:
            _post(batch, refund, redemption_id, known)
        except Rejected as refusal:
            refund.state = "refused"
            _show(batch, refund.event_id, refusal)
        batch.corrections.put_refund(refund_id, refund)


def _post(
    batch: Batch, refund: RefundState, redemption_id: UUID, redemption: RedemptionState
) -> None:
    """Post a refund, or raise before anything changes."""
    if redemption.state == "voided" or redemption.member_id is None or redemption.txn_id is None:
        raise Rejected("over_refund", "The reward was taken back before")
    if is_used(batch.work, redemption_id):
        raise Rejected("voucher_used", "The reward was handed over for its voucher")
    state = member_of(batch, redemption.member_id)
    lease = open_lease_of(batch, redemption)
    rules, day = batch.rules.points, batch.day_of(min(refund.at_ms, batch.work.now_ms))
    fee = rules.refund_fee(refund.points, involuntary=refund.involuntary)
    change = reversing.reverse_spend(
        state.holdings,
        batch.work.postings_of(redemption.txn_id),
        reversing.Part(
            refund.points,
            already=redemption.refunded,
            fee=fee,
            until=rules.lasts_at_least_until(day, involuntary=refund.involuntary),
        ),
        to_lease=lease is not None,
        new_id=batch.work.new_id,
    )
    refund.txn_id = batch.work.post(
        state,
        change,
        kind="refund",
        ref_id=redemption_id,
        event_id=refund.event_id,
        why={"rules": {"points": rules.version}, "day": day},
    )
    refund.fee, refund.state = fee, POSTED
    if lease is not None:
        draw(lease, change)
        lease.restored += refund.points - fee
    redemption.refunded += refund.points
    if redemption.refunded == redemption.points:
        batch.stocks.give_back(redemption_id)
    batch.put_redemption(redemption_id, redemption)


def _show(batch: Batch, event_id: UUID, refusal: Rejected) -> None:
    """Put an entry that was accepted to wait before the managers of the office it came from."""
    for row in batch.work.find(t.entry, "event_id", [event_id]):
        device = find_device(batch.work.connection, row.device_id)
        if row.raw and device is not None:
            received = read_copy(bytes(row.raw))
            received.code, received.message = refusal.code, refusal.message
            open_exceptions(batch.work, device, [received])
            return
