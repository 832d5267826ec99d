"""What is due of open cases, and in which order."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from app.domain.case_facts import CaseRules
from app.domain.promises import Promise, board, promised
from tests.unit.test_case import ARRIVED, CLOSED, NEW, TAKEN

RULES = CaseRules.from_setting({"come_within_s": 90, "close_within_h": 2})
MATTER = replace(NEW, case_id=UUID(int=9), origin="matter", due_ms=50_000)


def test_each_kind_of_case_has_its_promise() -> None:
    assert promised(NEW, RULES) == Promise(90_000, NEW.case_id, "come")
    assert promised(TAKEN, RULES) == Promise(7_200_000, NEW.case_id, "close")
    assert promised(ARRIVED, RULES) == Promise(7_200_000, NEW.case_id, "close")
    assert promised(MATTER, RULES) == Promise(50_000, MATTER.case_id, "answer")
    assert promised(CLOSED, RULES) is None
    assert promised(replace(MATTER, due_ms=None), RULES) is None


def test_what_is_latest_stands_first_and_what_is_closed_nowhere() -> None:
    due = board((TAKEN, replace(NEW, case_id=UUID(int=8)), CLOSED, MATTER), RULES)
    assert [(each.kind, each.due_ms) for each in due] == [
        ("answer", 50_000),
        ("come", 90_000),
        ("close", 7_200_000),
    ]


@pytest.mark.parametrize("value", [0, -1, "60", 1.5, True, None, 10**9])
def test_limits_that_make_no_sense_keep_their_defaults(value: object) -> None:
    rules = CaseRules.from_setting({"come_within_s": value, "close_within_h": value})
    assert (rules.come_within_s, rules.close_within_h) == (60, 24)
