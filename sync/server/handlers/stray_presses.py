"""Presses on the customer's side while no question was open; they rate nobody."""

from __future__ import annotations

import hashlib
from typing import Final
from uuid import UUID

from app.domain.errors import Rejected
from app.domain.events import StrayPressesRecorded
from app.domain.records import ExceptionItem
from app.domain.stray_presses import MOST_PRESSES, PressSource
from sync.server.batch import Batch
from sync.server.exceptions import put_item
from sync.server.reading import Received
from sync.server.store import tables as t

_DAY_MS: Final = 86_400_000
_SOURCES: Final = frozenset(PressSource)


def stray_presses_recorded(batch: Batch, received: Received, event: StrayPressesRecorded) -> None:
    """Keep them with their day and counter; a key that sticks is put before the office's desks."""
    envelope = received.envelope
    assert envelope is not None
    if (
        event.source not in _SOURCES
        or not (event.is_stuck or event.presses)
        or not 0 <= event.presses <= MOST_PRESSES
        or not 0 <= event.began_ms <= envelope.wall_ms
        or not 0 <= event.lasted_ms <= _DAY_MS
    ):
        raise Rejected("malformed", "Presses have a source, a number and a time")
    device = batch.device
    day = batch.day_of(event.began_ms + (envelope.offset_ms or 0))
    batch.work.add(
        t.stray_press,
        received.event_id,
        device.office_id,
        day,
        device.device_id,
        envelope.staff_id,
        event.source,
        event.presses,
        event.began_ms,
        event.lasted_ms,
        event.is_stuck,
    )
    batch.work.mark_day(device.office_id, day, device.device_id)
    if event.is_stuck:
        _tell(batch, event, day)


def _tell(batch: Batch, event: StrayPressesRecorded, day: str) -> None:
    """Once a day for the same panel or keypad."""
    device = batch.device
    named = f"{batch.work.programme_id} {device.device_id} {event.source} {day}".encode()
    item = ExceptionItem(
        exception_id=UUID(bytes=hashlib.sha256(named).digest()[:16]),
        office_id=device.office_id,
        counter_label=device.counter_label,
        entry_type=event.TYPE,
        code="stuck_glass" if event.source == PressSource.TOUCH else "stuck_key",
        message="Something presses the panel or its keypad without a pause",
        points=None,
        member_id=None,
        received_ms=batch.work.now_ms,
        state="open",
    )
    put_item(batch.work, device, item)
