"""A manager's case on the real store, with no network: journalled, shown at once, and refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from app.domain.case_facts import standing
from app.domain.records import Case, CaseFact, Setting
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


def test_an_earlier_stage_is_kept_and_the_same_key_twice_says_it_once(desk: Counter) -> None:
    desk.core.execute(c.AdvanceCase(CASE, "told"))
    entries = len(desk.entries())
    desk.core.execute(c.AdvanceCase(CASE, "told"))
    assert len(desk.entries()) == entries
    desk.core.execute(c.AdvanceCase(CASE, "arrived"))
    case = shown(desk)
    assert (case.stage, [step.kind for step in case.steps]) == ("told", ["told", "arrived"])
    desk.core.execute(c.CloseCase(CASE, "resolved"))
    desk.core.execute(c.ReopenCase(CASE))
    desk.core.execute(c.AdvanceCase(CASE, "arrived"))
    assert shown(desk).stage == "arrived"


def test_only_a_manager_brings_a_case_further(tmp_path: Path) -> None:
    counter = Counter(tmp_path / "counter")
    counter.core.execute(c.SignIn("1001", "1234"))
    counter.members.open_cases = [NEW]
    for command in (c.AdvanceCase(CASE, "arrived"), c.ReopenCase(CASE), c.CloseCase(CASE, "x")):
        assert refusal(counter, command).code == "not_manager"
    counter.core.close()


def test_a_field_stands_in_the_place_of_what_the_desk_showed(desk: Counter) -> None:
    others = [
        CaseFact(UUID(int=71), "severity", "low", 5, "王强"),
        CaseFact(UUID(int=72), "severity", "high", 9, "李娜"),
    ]
    desk.members.open_cases = [replace(NEW, facts=tuple(others))]
    desk.core.execute(c.SetCaseField(CASE, "severity", "low"))
    assert desk.last("CaseFieldSet") == {
        "case_id": str(CASE),
        "field": "severity",
        "value": "low",
        "saw": [str(UUID(int=72)), str(UUID(int=71))],
        "list_version": 0,
        "adjustment_id": None,
    }
    (counts,) = standing(shown(desk), "severity")
    assert (counts.value, counts.staff_name) == ("low", "Staff 2001")
    entries = len(desk.entries())
    desk.core.execute(c.SetCaseField(CASE, "severity", "low"))
    assert len(desk.entries()) == entries, "it says so already"
    desk.core.execute(c.SetCaseField(CASE, "severity", "medium"))
    assert desk.last("CaseFieldSet")["saw"] == [str(counts.entry_id)]


def test_a_cause_is_kept_with_the_list_it_was_chosen_by(desk: Counter) -> None:
    desk.members.settings["cases"] = Setting("cases", 4, {"causes": ["late_train", "crew"]})
    assert desk.core.queries.desk().rules.causes == ("late_train", "crew")
    desk.core.execute(c.SetCaseField(CASE, "cause", "crew"))
    assert desk.last("CaseFieldSet")["list_version"] == 4
    assert refusal(desk, c.SetCaseField(CASE, "mood", "bad")).code == "bad_field"


def test_goodwill_is_the_points_themselves(desk: Counter) -> None:
    give = c.AdjustPoints(UUID(int=1), 300, "goodwill", "Two nights without a bag", CASE)
    assert refusal(desk, c.SetCaseField(CASE, "remedy", "goodwill")).code == "no_goodwill"
    desk.core.execute(give)
    told = desk.last("CaseFieldSet")
    assert (told["field"], told["value"]) == ("remedy", "goodwill")
    assert told["adjustment_id"] == desk.last("PointsAdjusted")["adjustment_id"]
    (remedy,) = standing(shown(desk), "remedy")
    assert str(remedy.adjustment_id) == told["adjustment_id"]
    apart = CaseFact(UUID(int=71), "remedy", "apology", 2**50, "王强")
    desk.members.open_cases = [replace(NEW, facts=(apart,))]
    assert [fact.value for fact in standing(shown(desk), "remedy")] == ["apology", "goodwill"]
    desk.core.execute(c.SetCaseField(CASE, "remedy", "goodwill"))
    (settled,) = standing(shown(desk), "remedy")
    assert settled.adjustment_id == remedy.adjustment_id


def test_points_for_a_case_that_isnt_here_are_not_given(desk: Counter) -> None:
    entries = len(desk.entries())
    give = c.AdjustPoints(UUID(int=1), 300, "goodwill", "why", UUID(int=77))
    assert refusal(desk, give).code == "unknown_case"
    assert len(desk.entries()) == entries
