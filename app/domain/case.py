"""A case as managers' entries make it, one after the other; server and desks fold by this alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from app.domain.errors import Rejected
from app.domain.records import Case, CaseNote

StepKind = Literal["acknowledged", "noted", "closed"]
OUTCOMES = ("resolved", "unable")


@dataclass(frozen=True, slots=True)
class Step:
    """What a manager recorded about a case."""

    kind: StepKind
    at_ms: int
    staff_name: str
    text: str = ""  # the note, or the outcome


def after(case: Case, step: Step) -> Case:
    """Return the case as it is once a step was taken; the first manager has it.

    Raises:
        Rejected: case_taken, case_closed, bad_outcome.
    """
    match step.kind:
        case "acknowledged":
            if case.state != "new":
                raise Rejected("case_taken", "Somebody took the case before")
            return replace(
                case,
                state="acknowledged",
                acknowledged_ms=step.at_ms,
                acknowledged_by=step.staff_name,
            )
        case "noted":
            note = CaseNote(step.at_ms, step.staff_name, step.text)
            return replace(case, notes=(*case.notes, note))
        case "closed":
            if case.state == "closed":
                raise Rejected("case_closed", "The case was closed before")
            if step.text not in OUTCOMES:
                raise Rejected("bad_outcome", "A case ends resolved or unable to be")
            return replace(
                case,
                state="closed",
                closed_ms=step.at_ms,
                closed_by=step.staff_name,
                outcome=step.text,
            )
