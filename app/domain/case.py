"""A case as managers' entries make it, one after the other; server and desks fold by this alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal, get_args

from app.domain.errors import Rejected
from app.domain.lean import dataclass
from app.domain.records import Case, CaseNote, CaseStage, CaseStep

OUTCOMES: Final = ("resolved", "unable")
STAGES: Final[tuple[CaseStage, ...]] = get_args(CaseStage)
"""In the order in which a case passes them, or passes them over; the first is ''."""

StepKind = Literal["acknowledged", "noted", "advanced", "closed", "reopened"]


@dataclass(frozen=True, slots=True)
class Step:
    """What was recorded about a case; `text` is the note, the stage or the outcome.

    `staff_name` is the manager's; of a case 'passed_on' the way that the server told it by.
    """

    kind: StepKind | Literal["passed_on"]
    at_ms: int
    staff_name: str
    text: str = ""


def after(case: Case, step: Step) -> Case:
    """Return the case as it is once a step was taken; the first manager has it.

    Raises:
        Rejected: case_taken, case_closed, case_open, bad_stage, bad_outcome.
    """
    match step.kind:
        case "acknowledged":
            return _acknowledged(case, step)
        case "noted":
            note = CaseNote(step.at_ms, step.staff_name, step.text)
            return replace(case, notes=(*case.notes, note))
        case "advanced":
            return _advanced(case, step)
        case "closed":
            return _closed(case, step)
        case "reopened":
            return _reopened(case, step)
        case "passed_on":
            return _came(case, "passed_on", step)


def reached(case: Case, stage: str) -> CaseStep | None:
    """Return who was first to tell of a stage since the case was opened, or opened again."""
    by_time = sorted(case.steps, key=lambda step: step.at_ms)
    again = [place for place, step in enumerate(by_time) if step.kind == "reopened"]
    since = by_time[again[-1] if again else 0 :]
    return next((step for step in since if step.kind == stage), None)


def _acknowledged(case: Case, step: Step) -> Case:
    if case.state != "new":
        raise Rejected("case_taken", "Somebody took the case before")
    return _came(_taken(case, step), "acknowledged", step)


def _advanced(case: Case, step: Step) -> Case:
    _check_open(case)
    stage = next((stage for stage in STAGES[1:] if stage == step.text), None)
    if stage is None:
        raise Rejected("bad_stage", "A case comes no such way")
    # Told later, or by two who were apart: it did happen, and leads no way back
    furthest = max(case.stage, stage, key=STAGES.index)
    return _came(replace(_taken(case, step), stage=furthest), stage, step)


def _closed(case: Case, step: Step) -> Case:
    _check_open(case)
    if step.text not in OUTCOMES:
        raise Rejected("bad_outcome", "A case ends resolved or unable to be")
    ended = replace(
        case,
        state="closed",
        closed_ms=step.at_ms,
        closed_by=step.staff_name,
        outcome=step.text,
    )
    return _came(ended, "closed", step)


def _reopened(case: Case, step: Step) -> Case:
    if case.state != "closed":
        raise Rejected("case_open", "The case is open")
    again = replace(case, stage="", closed_ms=None, closed_by="", outcome="")
    return _came(_taken(again, step), "reopened", step)


def _taken(case: Case, step: Step) -> Case:
    """Somebody has it; who was first is said for good, for what counts is how soon that was."""
    if case.acknowledged_ms is not None:
        return replace(case, state="acknowledged")
    return replace(
        case,
        state="acknowledged",
        acknowledged_ms=step.at_ms,
        acknowledged_by=step.staff_name,
    )


def _check_open(case: Case) -> None:
    if case.state == "closed":
        raise Rejected("case_closed", "The case was closed before")


def _came(case: Case, kind: str, step: Step) -> Case:
    return replace(case, steps=(*case.steps, CaseStep(kind, step.at_ms, step.staff_name)))
