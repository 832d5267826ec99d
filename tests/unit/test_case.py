"""A case as managers' entries make it."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from app.domain.case import Step, StepKind, after
from app.domain.errors import Rejected
from app.domain.records import Case, CaseNote

NEW = Case(
    case_id=UUID(int=1),
    origin="rating",
    office_id=UUID(int=2),
    counter_label="A1",
    clerk_number="1001",
    encounter_id=UUID(int=3),
    opened_ms=0,
    state="new",
    score=1,
    reasons=(),
    comment="",
    call="",
    member_name="",
)
TAKEN = replace(NEW, state="acknowledged", acknowledged_ms=5, acknowledged_by="赵敏")
CLOSED = replace(TAKEN, state="closed", closed_ms=9, closed_by="王强", outcome="unable")


def test_each_step_says_who_and_when() -> None:
    steps = (
        Step("acknowledged", 5, "赵敏"),
        Step("noted", 7, "王强", "Spoke with her"),
        Step("closed", 9, "王强", "unable"),
    )
    case = NEW
    for step in steps:
        case = after(case, step)
    assert case == replace(CLOSED, notes=(CaseNote(7, "王强", "Spoke with her"),))


def test_it_is_closed_with_nobody_on_the_way() -> None:
    case = after(NEW, Step("closed", 9, "王强", "resolved"))
    assert (case.state, case.acknowledged_ms, case.outcome) == ("closed", None, "resolved")


def test_what_was_found_later_is_noted_on_a_closed_case() -> None:
    assert after(CLOSED, Step("noted", 12, "赵敏", "Bag found")).state == "closed"


@pytest.mark.parametrize(
    ("case", "kind", "text", "code"),
    [
        (TAKEN, "acknowledged", "", "case_taken"),
        (CLOSED, "acknowledged", "", "case_taken"),
        (CLOSED, "closed", "resolved", "case_closed"),
        (CLOSED, "closed", "whatever", "case_closed"),
        (TAKEN, "closed", "whatever", "bad_outcome"),
        (TAKEN, "closed", "", "bad_outcome"),
    ],
)
def test_whoever_comes_second_is_refused(case: Case, kind: StepKind, text: str, code: str) -> None:
    with pytest.raises(Rejected) as refused:
        after(case, Step(kind, 20, "李娜", text))
    assert refused.value.code == code
