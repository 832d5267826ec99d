"""What managers say of a case: merged whatever came first, nothing lost, both shown."""

from __future__ import annotations

from functools import reduce
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.case_facts import (
    CHOICES,
    DEFAULT_CASES,
    CaseRules,
    check_field,
    standing,
    with_fact,
)
from app.domain.errors import Rejected
from app.domain.records import Case, CaseFact
from tests.unit.test_case import NEW


def fact(which: int, value: str, at_ms: int, *saw: int, field: str = "severity") -> CaseFact:
    seen = tuple(UUID(int=each) for each in saw)
    return CaseFact(UUID(int=which), field, value, at_ms, f"Manager {which}", seen)


def said(*facts: CaseFact) -> Case:
    return reduce(with_fact, facts, NEW)


def values(case: Case, field: str = "severity") -> list[str]:
    return [each.value for each in standing(case, field)]


def test_what_was_seen_makes_way_and_what_wasnt_stands_beside_it() -> None:
    low, high = fact(1, "low", 10), fact(2, "high", 20, 1)
    assert values(said(low, high)) == ["high"]
    apart = fact(3, "medium", 30, 1)
    assert values(said(low, high, apart)) == ["medium", "high"], "the later counts"
    settled = fact(4, "high", 25, 2, 3)  # by a desk whose clock is behind
    case = said(low, high, apart, settled)
    assert values(case) == ["high"]
    assert len(case.facts) == 4
    assert values(NEW) == []


def test_of_one_time_the_greater_id_counts() -> None:
    assert values(said(fact(2, "high", 10), fact(1, "low", 10))) == ["high", "low"]


def test_fields_dont_touch_each_other() -> None:
    case = said(fact(1, "low", 10), fact(2, "apology", 20, 1, field="remedy"))
    assert (values(case), values(case, "remedy")) == (["low"], ["apology"])


def test_no_lie_about_what_was_seen_hides_everything() -> None:
    assert values(said(fact(1, "low", 10, 2), fact(2, "high", 20, 1))) == ["high", "low"]
    assert values(said(fact(1, "low", 10, 1))) == ["low"]
    assert values(said(fact(1, "low", 10, 77))) == ["low"]


@st.composite
def histories(draw: st.DrawFn) -> list[CaseFact]:
    """What several desks said, each having seen some of what was said before by the true order."""
    facts: list[CaseFact] = []
    for which in range(1, draw(st.integers(1, 9)) + 1):
        field = draw(st.sampled_from(["severity", "remedy"]))
        before = [each.entry_id.int for each in facts if each.field == field]
        saw = draw(st.lists(st.sampled_from(before), unique=True)) if before else []
        value = draw(st.sampled_from(CHOICES[field]))
        facts.append(fact(which, value, draw(st.integers(0, 5)), *saw, field=field))
    return facts


@given(histories(), st.data())
def test_any_order_of_arrival_gives_the_same_case_and_loses_nothing(
    facts: list[CaseFact], data: st.DataObject
) -> None:
    case = said(*facts)
    arrived = data.draw(st.permutations(facts))
    again = data.draw(st.lists(st.sampled_from(facts)))  # an upload that was cut comes twice
    assert said(*arrived, *again) == case
    assert set(case.facts) == set(facts)
    for field in ("severity", "remedy"):
        of_field = [each for each in facts if each.field == field]
        stand = standing(case, field)
        assert bool(stand) == bool(of_field)
        seen = {entry_id for each in of_field for entry_id in each.saw}
        assert {each.entry_id for each in stand} == {e.entry_id for e in of_field} - seen
        assert list(stand) == sorted(stand, key=lambda e: (e.at_ms, e.entry_id.int), reverse=True)
        if stand:
            settled = fact(99, stand[-1].value, 0, *(e.entry_id.int for e in stand), field=field)
            assert standing(said(*facts, settled), field) == (settled,)


@pytest.mark.parametrize("field", [name for name in CHOICES if CHOICES[name]])
def test_what_is_offered_may_stand_there(field: str) -> None:
    for value in CHOICES[field]:
        check_field(field, value)


@pytest.mark.parametrize("cause", ["waiting", "of_their_own_2", "x" * 40])
def test_a_cause_is_any_code(cause: str) -> None:
    check_field("cause", cause)


@pytest.mark.parametrize(
    ("field", "value", "seen"),
    [
        ("severity", "", 0),
        ("severity", "apology", 0),
        ("mood", "low", 0),
        ("cause", "", 0),
        ("cause", "x" * 41, 0),
        ("cause", "She was rude", 0),
        ("cause", "态度", 0),
        ("severity", "low", 51),
    ],
)
def test_nothing_else_may(field: str, value: str, seen: int) -> None:
    with pytest.raises(Rejected) as refused:
        check_field(field, value, tuple(UUID(int=each) for each in range(seen)))
    assert refused.value.code == "bad_field"


@pytest.mark.parametrize("value", [None, {}, {"causes": []}, {"causes": "waiting"}])
def test_without_a_list_there_is_the_default(value: dict[str, object] | None) -> None:
    assert list(CaseRules.from_setting(value).causes) == DEFAULT_CASES["causes"]


def test_a_list_of_ones_own_offers_what_is_a_code() -> None:
    rules = CaseRules.from_setting({"causes": ["late_train", 7, "so wordy", "crew"]})
    assert rules.causes == ("late_train", "crew")
