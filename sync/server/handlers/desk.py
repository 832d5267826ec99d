"""What duty managers record of cases, from taking them to closing them, and again."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from app.domain.case import Step, StepKind, after
from app.domain.case_facts import check_field
from app.domain.errors import Rejected
from app.domain.events import (
    ApprovalAnswered,
    CaseAcknowledged,
    CaseAdvanced,
    CaseClosed,
    CaseFieldSet,
    CaseNoted,
    CaseReopened,
    FiguresSaved,
)
from sync.server.batch import Batch
from sync.server.cases import keep_case, mention, stored_case
from sync.server.handlers.people import person_of
from sync.server.member_state import MemberState
from sync.server.reading import Received
from sync.server.store import tables as t


def _case(batch: Batch, case_id: UUID) -> dict[str, Any]:
    case = batch.cases.get(case_id)
    if case is None:
        raise Rejected("unknown_case", "The case isn't known to the server")
    if case["office_id"] != batch.device.office_id:
        raise Rejected("wrong_office", "The case is another office's")
    return case


def _member_of(batch: Batch, case: dict[str, Any]) -> MemberState | None:
    return None if case["member_id"] is None else batch.work.survivor(case["member_id"])


def _take(batch: Batch, received: Received, case_id: UUID, kind: StepKind, text: str = "") -> None:
    """Take a case a step further."""
    case = stored_case(_case(batch, case_id))
    step = Step(kind, received.at_ms, person_of(batch, received).name, text)
    then = after(case, step)
    keep_case(batch, then)
    for came in then.steps:
        batch.work.add(
            t.case_step, case_id, received.event_id, came.at_ms, came.staff_name, came.kind
        )


def case_acknowledged(batch: Batch, received: Received, event: CaseAcknowledged) -> None:
    """A manager takes the case; the first one has it."""
    _take(batch, received, event.case_id, "acknowledged")


def case_advanced(batch: Batch, received: Received, event: CaseAdvanced) -> None:
    """A manager says how far it has come."""
    _take(batch, received, event.case_id, "advanced", event.stage)


def case_noted(batch: Batch, received: Received, event: CaseNoted) -> None:
    """A manager's note, its text a blob."""
    _case(batch, event.case_id)
    batch.blob(event.note_hash)
    _take(batch, received, event.case_id, "noted")
    batch.work.add(
        t.case_note,
        event.case_id,
        received.event_id,
        received.at_ms,
        person_of(batch, received).name,
        event.note_hash,
    )


def case_closed(batch: Batch, received: Received, event: CaseClosed) -> None:
    """The case ends, and with it a matter's mention beside the member."""
    _take(batch, received, event.case_id, "closed", event.outcome)
    case = batch.cases[event.case_id]
    member = _member_of(batch, case)
    if member is not None and member.profile["open_matter"].startswith(case["number"] + " "):
        batch.work.update_profile(member, open_matter="")


def case_reopened(batch: Batch, received: Received, event: CaseReopened) -> None:
    """The case goes on, and a matter is mentioned again, unless another one is."""
    _take(batch, received, event.case_id, "reopened")
    case = batch.cases[event.case_id]
    member = _member_of(batch, case)
    if member is not None and case["number"] and not member.profile["open_matter"]:
        batch.work.update_profile(member, open_matter=mention(case["number"], case["topic"]))


def case_field_set(batch: Batch, received: Received, event: CaseFieldSet) -> None:
    """A manager says one thing of the case, closed or not; whatever was said before stays."""
    _case(batch, event.case_id)
    check_field(event.field, event.value, event.saw)
    batch.work.add(
        t.case_fact,
        event.case_id,
        received.event_id,
        received.at_ms,
        person_of(batch, received).name,
        event.field,
        event.value,
        ",".join(map(str, event.saw)),
        event.list_version,
        event.adjustment_id,
    )
    batch.changed_cases[event.case_id] = None


def approval_answered(batch: Batch, received: Received, event: ApprovalAnswered) -> None:
    """A manager's yes or no is kept in the journal; what a counter did with it says itself."""


def figures_saved(batch: Batch, received: Received, event: FiguresSaved) -> None:
    """What a manager took along stands among the look-ups, whenever the desk can tell of it."""
    assert received.envelope is not None
    try:
        days = [date.fromisoformat(day).isoformat() for day in (event.first_day, event.last_day)]
    except ValueError as error:
        raise Rejected("malformed", "The days of saved figures are ISO dates") from error
    if event.form not in ("csv", "pdf") or not _is_code(event.office_code):
        raise Rejected("malformed", "Figures are saved as csv or pdf, of an office")
    batch.work.add(
        t.look_up,
        received.event_id,
        received.at_ms,
        batch.device.device_id,
        batch.device.office_id,
        person_of(batch, received).staff_id,
        received.envelope.session_id or UUID(int=0),
        f"figures {event.form} {event.office_code or 'all'} {days[0]} {days[1]}",
        "saved",
        "",
    )


def _is_code(text: str) -> bool:
    return len(text) <= 32 and all(letter.isalnum() or letter in "-_." for letter in text)
