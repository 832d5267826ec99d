"""A touch on a phone becomes a step of its case, in the order in which touches and entries come in.

A phone signs nothing and has no chain; what it did is a row of `phone_tap`, by the id that the
phone gave it, and the case goes on by the function that managers' entries go by, too (ADR 36).
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from app.domain.case import Step, StepKind
from app.domain.errors import Rejected
from sync.protocol.phones.messages import PhoneTap, TapOutcome, TapStep
from sync.server.own_steps import StandIn, locked_cases, take_step
from sync.server.phones.sessions import Session
from sync.server.problems import ProblemError
from sync.server.store import tables as t
from sync.server.work import Work

_STEPS: Final[dict[TapStep, tuple[StepKind, str]]] = {
    "acknowledged": ("acknowledged", ""),
    "arrived": ("advanced", "arrived"),
}
"""The kind and the text of the step that a touch is."""


_REFUSALS: Final[dict[str, TapOutcome]] = {
    "case_taken": "case_taken",
    "case_closed": "case_closed",
}


def take(work: Work, session: Session, tap: PhoneTap) -> TapOutcome:
    """Take a case a step further; the same touch again changes nothing.

    Returns:
        See `PhoneTapAnswer`.

    Raises:
        ProblemError: bad_request, where another touch has this one's id.
    """
    row = _locked_case(work, session, tap.case_id)
    known = work.find(t.phone_tap, "tap_id", [tap.tap_id])  # under the case's lock
    if known:
        (before,) = known
        same = (before.case_id, before.staff_id, before.step)
        if same != (tap.case_id, session.staff_id, tap.step):
            raise ProblemError("bad_request", "Another touch has this one's id")
        return "done"
    if row is None:
        return "unknown_case"
    kind, text = _STEPS[tap.step]
    step, event_id = Step(kind, work.now_ms, session.staff_name, text), work.new_id()
    try:
        take_step(work, row, step, _standing_in(session), event_id=event_id)
    except Rejected as refusal:
        return _REFUSALS[refusal.code]
    work.add(
        t.phone_tap,
        tap.tap_id,
        tap.case_id,
        event_id,
        session.session_id,
        session.staff_id,
        tap.step,
        work.now_ms,
    )
    work.flush()
    return "done"


def _locked_case(work: Work, session: Session, case_id: UUID) -> Any:
    """The case's row, None unless it is a low rating of the session's office; locked if it is."""
    for row in work.find(t.service_case, "case_id", [case_id]):
        if row.office_id == session.office_id and row.origin == "rating":
            return locked_cases(work, [case_id])[case_id]
    return None


def _standing_in(session: Session) -> StandIn:
    return StandIn(
        "phone", session.session_id, session.office_id, session.office_code, session.time_zone
    )
