"""What duty managers record: cases taken, noted and closed, exceptions settled."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.domain.errors import Rejected
from app.domain.events import (
    AccrualRecorded,
    ApprovalAnswered,
    CaseAcknowledged,
    CaseClosed,
    CaseNoted,
    ExceptionSettled,
    PointsAdjusted,
    RedemptionGranted,
)
from app.domain.honouring import Honour, honour_of
from sync.server.batch import Batch
from sync.server.cases import write_cases
from sync.server.devices import find_device
from sync.server.exceptions import settle
from sync.server.handlers.earning import accrual_recorded
from sync.server.handlers.people import person_of
from sync.server.handlers.points import redemption_granted
from sync.server.handlers.refunds import post_waiting
from sync.server.own_membership import check_not_own
from sync.server.reading import Received, read_copy
from sync.server.store import tables as t


def _case(batch: Batch, case_id: UUID) -> dict[str, Any]:
    case = batch.cases.get(case_id)
    if case is None:
        raise Rejected("unknown_case", "The case isn't known to the server")
    if case["office_id"] != batch.device.office_id:
        raise Rejected("wrong_office", "The case is another office's")
    return case


def case_acknowledged(batch: Batch, received: Received, event: CaseAcknowledged) -> None:
    """A manager takes the case; the first one has it."""
    case = _case(batch, event.case_id)
    if case["state"] != "new":
        raise Rejected("case_taken", "Somebody took the case before")
    case.update(
        state="acknowledged",
        acknowledged_ms=received.at_ms,
        acknowledged_by=person_of(batch, received).name,
    )
    batch.changed_cases[event.case_id] = None


def case_noted(batch: Batch, received: Received, event: CaseNoted) -> None:
    """A manager's note, its text a blob."""
    _case(batch, event.case_id)
    batch.blob(event.note_hash)
    batch.work.add(
        t.case_note,
        event.case_id,
        received.event_id,
        received.at_ms,
        person_of(batch, received).name,
        event.note_hash,
    )
    batch.changed_cases[event.case_id] = None


def case_closed(batch: Batch, received: Received, event: CaseClosed) -> None:
    """The case ends, and with it a matter's mention beside the member."""
    case = _case(batch, event.case_id)
    if case["state"] == "closed":
        raise Rejected("case_closed", "The case was closed before")
    if event.outcome not in ("resolved", "unable"):
        raise Rejected("bad_outcome", "A case ends resolved or unable to be")
    case.update(
        state="closed",
        closed_ms=received.at_ms,
        closed_by=person_of(batch, received).name,
        outcome=event.outcome,
    )
    batch.changed_cases[event.case_id] = None
    member = None if case["member_id"] is None else batch.work.members.get(case["member_id"])
    if member is not None and member.profile["open_matter"].startswith(case["number"] + " "):
        batch.work.update_profile(member, open_matter="")


def approval_answered(batch: Batch, received: Received, event: ApprovalAnswered) -> None:
    """A manager's yes or no is kept in the journal; what a counter did with it says itself."""


def exception_settled(batch: Batch, received: Received, event: ExceptionSettled) -> None:
    """A manager's answer to an exception."""
    if event.note_hash is not None:
        batch.blob(event.note_hash)
    row = batch.exceptions.get(event.exception_id)
    person = person_of(batch, received)
    if row is not None and event.answer == "honour":
        check_not_own(batch.work, person, row.member_id)
    _settle_exception(batch, event, settled_by=person.name)


def _settle_exception(batch: Batch, event: ExceptionSettled, *, settled_by: str) -> None:
    """Apply a manager's answer: 'honour' does what `honour_of` says of the entry.

    Raises:
        Rejected: unknown_exception, wrong_office, bad_answer, cannot_honour.
    """
    row = batch.exceptions.get(event.exception_id)
    if row is None:
        raise Rejected("unknown_exception", "There is no such exception")
    if row.office_id != batch.device.office_id:
        raise Rejected("wrong_office", "The exception is another office's")
    if row.state == "settled":
        raise Rejected("settled", "The exception was settled before")
    if event.answer not in ("honour", "write_off", "noted"):
        raise Rejected("bad_answer", "An exception is honoured, written off or noted")
    if event.answer == "honour":
        _honour(batch, row)
    settle(batch, row, event.answer, settled_by, event.note_hash)


def _honour(batch: Batch, row: Any) -> None:
    found = [r for r in batch.work.find(t.entry, "event_id", [row.exception_id]) if r.raw]
    received = read_copy(bytes(found[0].raw)) if found else None
    honour = None if received is None else honour_of(received.type, row.code)
    if received is None or received.event is None or honour is None:
        raise Rejected("cannot_honour", "Such an entry can't be honoured")
    if honour is Honour.SPEND:
        batch.load([received])
        redemption_granted(batch, received, received.event, honoured_for=found[0].device_id)
        post_waiting(batch, received.event)
    else:
        _apply_after_all(batch, received, found[0].device_id)


def _apply_after_all(batch: Batch, received: Received, device_id: UUID) -> None:
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
        else:
            handler(counter, received, event)
    except Rejected:
        if not isinstance(event, RedemptionGranted):
            raise
        redemption_granted(counter, received, event, honoured_for=device_id)
    post_waiting(counter, event)
    counter.write()
    write_cases(counter)
    batch.used_shelves |= counter.used_shelves
