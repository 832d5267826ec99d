"""Entries that are kept but could not simply be posted, until a manager settles them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from app.domain.events import RedemptionRefunded, RedemptionVoided, VoucherUsed
from app.domain.records import ExceptionItem
from sync.server.batch import Batch
from sync.server.devices import Device
from sync.server.reading import Received
from sync.server.store import tables as t
from sync.server.work import Work

_OF_ANOTHERS: Final = (VoucherUsed, RedemptionRefunded, RedemptionVoided)


def open_exceptions(
    work: Work, device: Device, refused: Iterable[Received], *, anew: bool = False
) -> None:
    """Put entries before the office's managers; each once, however often it comes.

    `anew`: those that are before them already are now refused for another reason.
    """
    wanted: dict[UUID, Received] = {}
    for received in refused:
        wanted.setdefault(received.event_id, received)
    if not anew:
        for row in work.find(t.exception_item, "exception_id", wanted):
            del wanted[row.exception_id]
    rows = []
    whose, clerks = _whose(work, wanted.values()), _clerks(work, wanted.values())
    for exception_id, received in wanted.items():
        event = received.event
        item = ExceptionItem(
            exception_id=exception_id,
            office_id=device.office_id,
            counter_label=device.counter_label,
            entry_type=received.type[:40],
            code=received.code,
            message=received.message,
            points=getattr(event, "points", None),
            member_id=getattr(event, "member_id", None) or whose.get(exception_id),
            received_ms=work.now_ms,
            state="open",
            clerk_number=clerks.get(_recorded_by(received), ""),
        )
        rows.append(_row(device, item))
        work.put_record("exception", str(item.exception_id), item, item.office_id)
    work.replace_rows(t.exception_item, rows)


def put_item(work: Work, device: Device, item: ExceptionItem) -> None:
    """Put what no entry is refused for before the managers of a device's office, once by its id."""
    if not work.find(t.exception_item, "exception_id", [item.exception_id]):
        work.replace_rows(t.exception_item, [_row(device, item)])
        work.put_record("exception", str(item.exception_id), item, item.office_id)


def _row(device: Device, item: ExceptionItem) -> tuple[Any, ...]:
    return (
        item.exception_id,
        device.device_id,
        item.office_id,
        item.counter_label,
        item.entry_type,
        item.code,
        item.message,
        item.points,
        item.member_id,
        item.received_ms,
        item.state,
        item.answer,
        item.settled_by,
        None,
        None,
        None,
        item.clerk_number,
        json.dumps(item.seen),
    )


def _whose(work: Work, refused: Iterable[Received]) -> dict[UUID, UUID]:
    """By event, whose redemption is meant by entries that name it alone."""
    of = {r.event_id: r.event.redemption_id for r in refused if isinstance(r.event, _OF_ANOTHERS)}
    found = work.find(t.redemption, "redemption_id", set(of.values()))
    members = {row.redemption_id: row.member_id for row in found if row.member_id is not None}
    return {event_id: members[i] for event_id, i in of.items() if i in members}


def _recorded_by(received: Received) -> UUID | None:
    return None if received.envelope is None else received.envelope.staff_id


def _clerks(work: Work, refused: Iterable[Received]) -> dict[UUID | None, str]:
    """The numbers of those who recorded entries, as far as the server knows them."""
    ids = {_recorded_by(received) for received in refused} - {None}
    return {row.staff_id: row.number for row in work.find(t.staff, "staff_id", ids)}


def settle(
    batch: Batch,
    row: Any,
    answer: str,
    settled_by: str,
    note: str | None,
    *,
    txn_id: UUID | None = None,
) -> None:
    """Write down how an exception was settled, by whom, and what was booked for it."""
    item = ExceptionItem(
        exception_id=row.exception_id,
        office_id=row.office_id,
        counter_label=row.counter_label,
        entry_type=row.entry_type,
        code=row.code,
        message=row.message,
        points=row.points,
        member_id=row.member_id,
        received_ms=row.received_ms,
        state="settled",
        answer=answer,
        settled_by=settled_by,
        clerk_number=row.clerk_number,
        seen=json.loads(row.seen),
    )
    batch.settled[row.exception_id] = (
        row.device_id,
        row.office_id,
        row.counter_label,
        row.entry_type,
        row.code,
        row.message,
        row.points,
        row.member_id,
        row.received_ms,
        "settled",
        answer,
        settled_by,
        note,
        batch.work.now_ms,
        txn_id,
        row.clerk_number,
        row.seen,
    )
    batch.exceptions.pop(row.exception_id, None)
    batch.work.put_record("exception", str(row.exception_id), item, row.office_id)


def settle_by_itself(batch: Batch, received: Received) -> None:
    """It came again in a good chain, or after all: nobody has to settle it any more."""
    row = batch.exceptions.get(received.event_id)
    if row is not None and row.state == "open" and row.code in ("fork", "unreadable"):
        settle(batch, row, "noted", "", None)
