"""A counter that a manager of its office gives up for lost."""

from __future__ import annotations

from typing import Final

from app.domain.errors import Rejected
from app.domain.events import LeasesWrittenOff
from sync.server.batch import Batch
from sync.server.devices import find_device
from sync.server.handlers.people import person_of
from sync.server.reading import Received
from sync.server.write_off import write_off

LONGEST_REASON: Final = 200


def leases_written_off(batch: Batch, received: Received, event: LeasesWrittenOff) -> None:
    """Give members back what the counter holds of theirs; twice, or of nothing, it does nothing."""
    reason = batch.blob(event.reason_hash).decode("utf-8", "replace").strip()[:LONGEST_REASON]
    lost = find_device(batch.work.connection, event.device_id)
    if lost is None or lost.is_desk or lost.programme_id != batch.device.programme_id:
        raise Rejected("unknown_device", "There is no such counter")
    if lost.office_id != batch.device.office_id:
        raise Rejected("wrong_office", "The counter is another office's")
    person = person_of(batch, received)
    batch.write()  # so that what was decided before stands in the rows that are written off
    while write_off(
        batch.work, event.device_id, by=f"{person.name} ({person.number})", reason=reason
    ).leases:
        pass
