"""A case as managers' entries make it."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.case import STAGES, Step, StepKind, after
from app.domain.errors import Rejected
from app.domain.records import Case, CaseNote, CaseStep

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
TAKEN = after(NEW, Step("acknowledged", 5, "赵敏"))
ARRIVED = after(TAKEN, Step("advanced", 7, "赵敏", "arrived"))
TOLD = after(ARRIVED, Step("advanced", 8, "赵敏", "told"))
CLOSED = after(TAKEN, Step("closed", 9, "王强", "unable"))


def test_each_step_says_who_and_when() -> None:
    stages = [Step("advanced", 10 + at, "王强", stage) for at, stage in enumerate(STAGES[1:])]
    noted = Step("noted", 20, "王强", "Spoke with her")
    case = reduce(after, (*stages, noted, Step("closed", 30, "李娜", "resolved")), TAKEN)
    assert (case.state, case.stage, case.outcome) == ("closed", "told", "resolved")
    assert (case.acknowledged_ms, case.acknowledged_by) == (5, "赵敏")
    assert (case.closed_ms, case.closed_by) == (30, "李娜")
    assert case.notes == (CaseNote(20, "王强", "Spoke with her"),)
    assert case.steps == (
        CaseStep("acknowledged", 5, "赵敏"),
        CaseStep("arrived", 10, "王强"),
        CaseStep("investigating", 11, "王强"),
        CaseStep("offered", 12, "王强"),
        CaseStep("told", 13, "王强"),
        CaseStep("closed", 30, "李娜"),
    )


@pytest.mark.parametrize("stage", STAGES[1:])
def test_whoever_brings_it_further_has_it(stage: str) -> None:
    case = after(NEW, Step("advanced", 6, "王强", stage))
    assert (case.state, case.stage) == ("acknowledged", stage)
    assert (case.acknowledged_ms, case.acknowledged_by) == (6, "王强")


def test_it_is_closed_with_nobody_on_the_way() -> None:
    case = after(NEW, Step("closed", 9, "王强", "resolved"))
    assert (case.state, case.acknowledged_ms, case.outcome) == ("closed", None, "resolved")
    again = after(case, Step("reopened", 12, "李娜"))
    assert (again.state, again.acknowledged_ms, again.acknowledged_by) == (
        "acknowledged",
        12,
        "李娜",
    )


def test_what_was_found_later_is_noted_on_a_closed_case() -> None:
    assert after(CLOSED, Step("noted", 12, "赵敏", "Bag found")).state == "closed"


def test_a_case_goes_on_from_its_beginning_and_forgets_nothing() -> None:
    closed = after(TOLD, Step("closed", 9, "王强", "resolved"))
    again = after(closed, Step("reopened", 20, "李娜"))
    assert (again.state, again.stage) == ("acknowledged", "")
    assert (again.closed_ms, again.closed_by, again.outcome) == (None, "", "")
    assert (again.acknowledged_ms, again.acknowledged_by) == (5, "赵敏")
    back = after(again, Step("advanced", 22, "李娜", "arrived"))
    assert [step.kind for step in back.steps] == [
        "acknowledged",
        "arrived",
        "told",
        "closed",
        "reopened",
        "arrived",
    ]


@pytest.mark.parametrize(
    ("case", "kind", "text", "code"),
    [
        (TAKEN, "acknowledged", "", "case_taken"),
        (ARRIVED, "acknowledged", "", "case_taken"),
        (CLOSED, "acknowledged", "", "case_taken"),
        (CLOSED, "advanced", "told", "case_closed"),
        (TAKEN, "advanced", "", "bad_stage"),
        (TAKEN, "advanced", "closed", "bad_stage"),
        (TAKEN, "advanced", "reopened", "bad_stage"),
        (CLOSED, "closed", "resolved", "case_closed"),
        (CLOSED, "closed", "whatever", "case_closed"),
        (TAKEN, "closed", "whatever", "bad_outcome"),
        (TAKEN, "closed", "", "bad_outcome"),
        (NEW, "reopened", "", "case_open"),
        (TOLD, "reopened", "", "case_open"),
    ],
)
def test_whoever_comes_second_is_refused(case: Case, kind: StepKind, text: str, code: str) -> None:
    with pytest.raises(Rejected) as refused:
        after(case, Step(kind, 20, "李娜", text))
    assert refused.value.code == code


@pytest.mark.parametrize(("case", "stage"), [(ARRIVED, "arrived"), (TOLD, "investigating")])
def test_whoever_tells_later_of_a_stage_is_in_it_too_and_nothing_goes_back(
    case: Case, stage: str
) -> None:
    told = after(case, Step("advanced", 6, "李娜", stage))
    assert replace(told, steps=()) == replace(case, steps=())
    assert told.steps == (*case.steps, CaseStep(stage, 6, "李娜"))


@given(st.permutations(STAGES[1:]))
def test_a_case_has_come_equally_far_in_whatever_order_it_is_told(stages: list[str]) -> None:
    case = reduce(after, [Step("advanced", 9, "王强", stage) for stage in stages], TAKEN)
    assert (case.stage, len(case.steps)) == ("told", len(stages) + 1)


STEPS = st.one_of(
    st.sampled_from([("acknowledged", ""), ("reopened", "")]),
    st.sampled_from([("advanced", stage) for stage in STAGES]),
    st.sampled_from([("closed", "resolved"), ("closed", "unable"), ("noted", "x")]),
)


@given(st.lists(STEPS, max_size=30))
def test_no_way_leads_back_but_by_opening_again(steps: list[tuple[StepKind, str]]) -> None:
    case, counted = NEW, 0
    order = ["new", "acknowledged", "closed"]
    for at_ms, (kind, text) in enumerate(steps):
        before = case
        try:
            case = after(before, Step(kind, at_ms, "赵敏", text))
        except Rejected:
            continue
        counted += kind != "noted"
        assert case.steps[: len(before.steps)] == before.steps
        if kind != "reopened":
            assert order.index(case.state) >= order.index(before.state)
            assert STAGES.index(case.stage) >= STAGES.index(before.stage)
    assert len(case.steps) == counted
    assert (case.closed_ms is None) == (case.state != "closed")
    if case.state == "acknowledged":
        assert case.acknowledged_ms is not None
    assert case == replace(case, steps=tuple(sorted(case.steps, key=lambda step: step.at_ms)))
