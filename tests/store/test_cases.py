"""A manager's case on the real store, with no network: journalled, shown at once, and refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from app.domain.records import Case
from app.services import commands as c
from tests.fakes.counter import Counter
from tests.store.test_use_cases import refusal
from tests.unit.test_case import NEW

CASE = NEW.case_id


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path / "desk", kind="desk")
    made.core.execute(c.SignIn("2001", "1234"))
    made.members.open_cases = [NEW]
    yield made
    made.core.close()


def shown(desk: Counter) -> Case:
    (case,) = desk.core.queries.desk().cases
    return case


def test_each_step_is_journalled_and_shows_at_once(desk: Counter) -> None:
    for command, kind in (
        (c.AcknowledgeCase(CASE), "CaseAcknowledged"),
        (c.AdvanceCase(CASE, "arrived"), "CaseAdvanced"),
        (c.AdvanceCase(CASE, "told"), "CaseAdvanced"),
        (c.CloseCase(CASE, "resolved"), "CaseClosed"),
        (c.ReopenCase(CASE), "CaseReopened"),
    ):
        desk.core.execute(command)
        assert desk.last(kind)["case_id"] == str(CASE)
    assert desk.last("CaseAdvanced")["stage"] == "told"
    case = shown(desk)
    assert (case.state, case.stage, case.outcome) == ("acknowledged", "", "")
    assert [step.kind for step in case.steps] == [
        "acknowledged",
        "arrived",
        "told",
        "closed",
        "reopened",
    ]
    assert {step.staff_name for step in case.steps} == {"Staff 2001"}


@pytest.mark.parametrize(
    ("before", "command", "code"),
    [
        ([c.AcknowledgeCase(CASE)], c.AcknowledgeCase(CASE), "case_taken"),
        ([c.AdvanceCase(CASE, "told")], c.AdvanceCase(CASE, "arrived"), "case_further"),
        ([c.CloseCase(CASE, "unable")], c.CloseCase(CASE, "resolved"), "case_closed"),
        ([c.CloseCase(CASE, "unable")], c.AdvanceCase(CASE, "told"), "case_closed"),
        ([], c.AdvanceCase(CASE, "closed"), "bad_stage"),
        ([], c.CloseCase(CASE, "forgotten"), "bad_outcome"),
        ([], c.ReopenCase(CASE), "case_open"),
        ([], c.ReopenCase(UUID(int=77)), "unknown_case"),
    ],
)
def test_what_the_server_would_refuse_is_refused_here(
    desk: Counter, before: list[c.Command], command: c.Command, code: str
) -> None:
    for each in before:
        desk.core.execute(each)
    entries = len(desk.entries())
    assert refusal(desk, command).code == code
    assert len(desk.entries()) == entries


def test_only_a_manager_brings_a_case_further(tmp_path: Path) -> None:
    counter = Counter(tmp_path / "counter")
    counter.core.execute(c.SignIn("1001", "1234"))
    counter.members.open_cases = [NEW]
    for command in (c.AdvanceCase(CASE, "arrived"), c.ReopenCase(CASE), c.CloseCase(CASE, "x")):
        assert refusal(counter, command).code == "not_manager"
    counter.core.close()
