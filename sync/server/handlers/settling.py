"""Managers' answers to exceptions, each of which books what it comes to (app.domain.settling)."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from app.domain import ledger
from app.domain.errors import Rejected
from app.domain.events import (
    AccrualRecorded,
    ExceptionSettled,
    PointsAdjusted,
    RedemptionGranted,
    VoucherUsed,
)
from app.domain.honouring import Honour, honour_of
from app.domain.ledger import Account, Change, Holdings, Posting
from app.domain.settling import Answer, answers_to, is_given_away
from sync.server.batch import Batch
from sync.server.cases import write_cases
from sync.server.devices import find_device
from sync.server.exceptions import settle
from sync.server.handlers.earning import accrual_recorded
from sync.server.handlers.people import person_of
from sync.server.handlers.points import Settled, member_of, redemption_granted
from sync.server.handlers.refunds import post_waiting
from sync.server.handlers.vouchers import voucher_used
from sync.server.own_membership import check_not_own
from sync.server.reading import Received, read_copy
from sync.server.store import tables as t

CLAIM_BACK: Final = "claim_back"
WRITE_OFF: Final = "write_off"
"""Kinds of the transactions that book what vouchers yielded twice, or for nothing."""


def exception_settled(batch: Batch, received: Received, event: ExceptionSettled) -> None:
    """Apply a manager's answer to an exception, once.

    Raises:
        Rejected: unknown_exception, wrong_office, settled, bad_answer, own_membership,
            cannot_honour, cannot_claim; what the entry itself would be refused for.
    """
    if event.note_hash is not None:
        batch.blob(event.note_hash)
    row = batch.exceptions.get(event.exception_id)
    person = person_of(batch, received)
    if row is None:
        raise Rejected("unknown_exception", "There is no such exception")
    if row.office_id != batch.device.office_id:
        raise Rejected("wrong_office", "The exception is another office's")
    if row.state == "settled":
        raise Rejected("settled", "The exception was settled before")
    if event.answer not in tuple(Answer):
        raise Rejected("bad_answer", "An exception is honoured, claimed, written off or noted")
    answer = Answer(event.answer)
    if answer is not Answer.NOTED:
        check_not_own(batch.work, person, row.member_id)
    txn_id = _apply(batch, received, row, answer)
    settle(batch, row, str(answer), person.name, event.note_hash, txn_id=txn_id)


def _apply(batch: Batch, answered: Received, row: Any, answer: Answer) -> UUID | None:
    """Do what an answer says; returns the transaction that it booked, None for none."""
    if answer is Answer.HONOUR:
        return _honour(batch, row)
    if answer is Answer.NOTED or not is_given_away(row.entry_type, row.code):
        if answer is Answer.CLAIM_BACK:
            raise Rejected("cannot_claim", "Nothing was given away that could be claimed back")
        return None  # desks of before offered a write-off of everything
    received = _entry_of(batch, row)
    if received is None or received.event is None:
        raise Rejected("cannot_claim", "What was given away can't be read")
    batch.load([received])
    if isinstance(received.event, RedemptionGranted):
        return _settle_reward(batch, row, received, answer)
    return _settle_voucher(batch, answered, row, received.event, answer)


def _entry_of(batch: Batch, row: Any) -> Received | None:
    """The entry that an exception is about, from the chain or from what was kept apart of it."""
    raws = [r.raw for r in batch.work.find(t.entry, "event_id", [row.exception_id])]
    if row.code == "fork":
        raws += [r.raw for r in batch.work.find(t.quarantine, "device_id", [row.device_id])]
    for received in (read_copy(bytes(raw)) for raw in raws if raw):
        if received.event_id == row.exception_id:
            return received
    return None


def _settle_reward(batch: Batch, row: Any, received: Received, answer: Answer) -> UUID | None:
    event: RedemptionGranted = received.event
    settled = Settled(answer, row.device_id)
    redemption_granted(batch, received, event, settled=settled)
    post_waiting(batch, event)
    return batch.redemptions[event.redemption_id].txn_id


def _settle_voucher(
    batch: Batch, answered: Received, row: Any, event: VoucherUsed, answer: Answer
) -> UUID:
    """Book a reward that went over the counter once more: on its member, or on the programme."""
    points = ledger.check_points(event.points)
    known = batch.redemptions.get(event.redemption_id)
    if answer is Answer.WRITE_OFF:
        state = None
        lost = Posting(Account.WRITTEN_OFF, -points), Posting(Account.REDEEMED, points)
        change = Change(Holdings(), lost)
    else:
        is_offered = answer in answers_to(row.entry_type, row.code, has_member=known is not None)
        if known is None or known.member_id is None or not is_offered:
            raise Rejected("cannot_claim", "It isn't known whose reward it was")
        state = member_of(batch, known.member_id)
        today = batch.day_of(batch.work.now_ms)
        change = ledger.spend(state.holdings, points, today=today, at_risk=True)
    return batch.work.post(
        state,
        change,
        kind=WRITE_OFF if state is None else CLAIM_BACK,
        ref_id=row.exception_id,
        event_id=answered.event_id,
    )


def _honour(batch: Batch, row: Any) -> UUID | None:
    found = [r for r in batch.work.find(t.entry, "event_id", [row.exception_id]) if r.raw]
    received = read_copy(bytes(found[0].raw)) if found else None
    honour = None if received is None else honour_of(received.type, row.code)
    if received is None or received.event is None or honour is None:
        raise Rejected("cannot_honour", "Such an entry can't be honoured")
    if honour is Honour.SPEND:
        batch.load([received])
        return _settle_reward(batch, row, received, Answer.HONOUR)
    return _apply_after_all(batch, received, found[0].device_id)


def _apply_after_all(batch: Batch, received: Received, device_id: UUID) -> UUID | None:
    """Apply what was held back, or waited for another entry, as the counter that recorded it.

    Raises:
        Rejected: what the entry itself would be refused for.
    """
    device = find_device(batch.work.connection, device_id)
    assert device is not None, "its chain is here"
    event = received.event
    handler = batch.handlers.get(type(event))
    if handler is None:
        raise Rejected("cannot_honour", "An answer can't honour an answer that honours another")
    counter = Batch(batch.work, device)
    counter.stocks = batch.stocks
    # What it honours in its turn can be no answer again: forged ones would go round in circles
    counter.handlers = {k: h for k, h in batch.handlers.items() if k is not ExceptionSettled}
    counter.load([received])
    if isinstance(
        event, AccrualRecorded | PointsAdjusted
    ):  # what is held back was asked for nobody's own
        check_not_own(batch.work, person_of(counter, received), event.member_id)
    both = counter.cases.keys() & batch.cases.keys()
    counter.cases.update((case_id, batch.cases[case_id]) for case_id in both)
    try:
        if isinstance(event, AccrualRecorded):
            accrual_recorded(counter, received, event, honoured=True)
        elif isinstance(event, VoucherUsed):
            voucher_used(counter, received, event, honoured=True)
        else:
            handler(counter, received, event)
    except Rejected:
        if not isinstance(event, RedemptionGranted):
            raise
        settled = Settled(Answer.HONOUR, device_id)
        redemption_granted(counter, received, event, settled=settled)
    post_waiting(counter, event)
    counter.write()
    write_cases(counter)
    batch.used_shelves |= counter.used_shelves
    if isinstance(event, RedemptionGranted):
        return counter.redemptions[event.redemption_id].txn_id
    if isinstance(event, AccrualRecorded):
        return counter.accruals[event.accrual_id].txn_id
    return None
