"""What duty managers record of cases: taken, noted and closed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.domain.errors import Rejected
from app.domain.events import CaseAcknowledged, CaseClosed, CaseNoted
from sync.server.batch import Batch
from sync.server.handlers.people import person_of
from sync.server.reading import Received
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
    member = None if case["member_id"] is None else batch.work.survivor(case["member_id"])
    if member is not None and member.profile["open_matter"].startswith(case["number"] + " "):
        batch.work.update_profile(member, open_matter="")
