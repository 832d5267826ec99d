"""How long a case was with the front line, who coordinates, and who can mend the system."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.domain.case import Step, after
from app.domain.case_facts import check_field, standing, with_fact
from app.domain.case_handling import FIELD, TIERS, Held, handled, seconds_with
from app.domain.records import Case, CaseFact
from tests.unit.test_case import NEW


def said(number: int, tier: str, at_s: int, *saw: int) -> CaseFact:
    seen = tuple(UUID(int=each) for each in saw)
    return CaseFact(UUID(int=number), FIELD, tier, at_s * 1000, "赵敏", seen)


def with_all(*facts: CaseFact) -> Case:
    case = NEW
    for fact in facts:
        case = with_fact(case, fact)
    return case


def test_the_tiers_are_a_field_like_the_others() -> None:
    assert TIERS == ("front", "coordination", "system")
    for tier in TIERS:
        check_field(FIELD, tier)


def test_a_case_begins_at_the_front_line_and_goes_on() -> None:
    assert handled(NEW, 60_000) == (Held("front", 0, 60_000),)
    case = with_all(said(1, "coordination", 100), said(2, "system", 250, 1))
    assert handled(case, 400_000) == (
        Held("front", 0, 100_000),
        Held("coordination", 100_000, 250_000, "赵敏"),
        Held("system", 250_000, 400_000, "赵敏"),
    )
    assert seconds_with(case, 400_000) == {"front": 100, "coordination": 150, "system": 150}


def test_a_case_that_comes_back_adds_up_and_one_said_twice_goes_on() -> None:
    case = with_all(
        said(1, "coordination", 100), said(2, "coordination", 120, 1), said(3, "front", 200, 2)
    )
    assert [held.tier for held in handled(case, 300_000)] == ["front", "coordination", "front"]
    assert seconds_with(case, 300_000) == {"front": 200, "coordination": 100}


def test_while_it_is_closed_nobody_has_it() -> None:
    case = with_all(said(1, "coordination", 100))
    for step in (
        Step("acknowledged", 10_000, "赵敏"),
        Step("closed", 150_000, "赵敏", "resolved"),
        Step("reopened", 550_000, "王强"),
        Step("closed", 600_000, "王强", "unable"),
    ):
        case = after(case, step)
    assert seconds_with(case, 9_000_000) == {"front": 100, "coordination": 100}


def test_two_desks_apart_and_the_later_counts() -> None:
    case = with_all(said(1, "system", 200), said(2, "coordination", 100))
    assert standing(case, FIELD)[0].value == "system"
    assert handled(case, 300_000)[-1] == Held("system", 200_000, 300_000, "赵敏")
    assert seconds_with(case, 300_000) == {"front": 100, "coordination": 100, "system": 100}


def test_a_clock_that_is_behind_undoes_nothing() -> None:
    case = with_all(said(1, "system", 500), said(2, "front", 100, 1))
    assert handled(case, 600_000)[-1] == Held("front", 500_000, 600_000, "赵敏")


FACTS = st.lists(
    st.builds(
        said,
        st.integers(1, 6),
        st.sampled_from(TIERS),
        st.integers(-100, 1_000),
        st.integers(1, 6),
    ),
    max_size=6,
    unique_by=lambda fact: fact.entry_id,
)


@given(FACTS, st.integers(0, 2_000))
def test_whatever_clocks_say_spans_follow_each_other_and_the_last_counts(
    facts: list[CaseFact], now_s: int
) -> None:
    case = with_all(*facts)
    spans = handled(case, now_s * 1000)
    assert spans[0].since_ms == NEW.opened_ms
    assert all(one.until_ms == other.since_ms for one, other in pairwise(spans))
    assert all(span.since_ms <= span.until_ms for span in spans)
    if counts := standing(case, FIELD):
        assert spans[-1].tier == counts[0].value
    assert spans == handled(with_all(*reversed(facts)), now_s * 1000)
    assert all(seconds >= 0 for seconds in seconds_with(case, now_s * 1000).values())
    closed = replace(case, state="closed", closed_ms=now_s * 1000)
    assert handled(closed, 10**9) == spans
