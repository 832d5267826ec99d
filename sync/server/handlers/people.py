"""Who recorded an entry, as the server knows them."""

from __future__ import annotations

from typing import Any

from app.domain.errors import Rejected
from sync.server.batch import Batch
from sync.server.reading import Received


def person_of(batch: Batch, received: Received) -> Any:
    """Raises Rejected('unknown_staff'): what a rescued disk says was not asked for its staff."""
    assert received.envelope is not None
    staff_id = received.envelope.staff_id
    person = None if staff_id is None else batch.staff.get(staff_id)
    if person is None:
        raise Rejected("unknown_staff", "The person signed in isn't known to the server")
    return person
