"""Whom a manager is to listen to: drawn across strata, by lots that nobody draws again."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from functools import reduce
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Rejected
from app.domain.listening import (
    MOST_PER_WEEK,
    Customer,
    Frame,
    ListeningRules,
    Quota,
    check_field,
    check_setting,
    counting,
    draw,
    in_turn,
    is_shared,
    lot,
    monday_of,
    outcome_of,
    quotas,
    strata,
    strata_for,
    stratum_of,
    with_said,
)
from app.domain.listening_records import Listening, Said

WEEK = "2026-11-30"
OFFICE = UUID(int=1)
MANAGERS = [UUID(int=900 + n) for n in range(4)]
RULES = ListeningRules()
NAMED, UNNAMED = strata(are_named=True), strata(are_named=False)


def frame_of(counts: dict[str, int], most: int = 12, week: str = WEEK) -> Frame:
    frame = Frame(week, OFFICE, NAMED, most)
    for place, (stratum, n) in enumerate(counts.items()):
        for number in range(n):
            frame.add(UUID(int=1000 * (place + 1) + number), stratum)  # type: ignore[arg-type]
    return frame


@pytest.mark.parametrize(
    ("visits", "score", "tier", "named", "unnamed"),
    [
        (0, None, "platinum", "lapsed", "lapsed"),
        (1, 1, "gold", "low", "regular"),
        (9, 2, "", "low", "regular"),
        (1, 2, "", "low", "rated"),
        (6, 5, "", "regular", "regular"),
        (1, None, "gold", "regular", "regular"),
        (1, 3, "basic", "content", "rated"),
        (5, 5, "", "content", "rated"),
        (5, None, "", "silent", "silent"),
    ],
)
def test_whom_somebody_is_drawn_among(
    visits: int, score: int | None, tier: str, named: str, unnamed: str
) -> None:
    customer = Customer(UUID(int=5), tier, visits, score)
    assert stratum_of(customer, RULES, NAMED) == named
    assert stratum_of(customer, RULES, UNNAMED) == unnamed


def test_where_managers_learn_no_names_why_somebody_was_drawn_says_no_score() -> None:
    told = {
        stratum_of(Customer(UUID(int=5), "", visits, score), RULES, UNNAMED)
        for visits in (1, 9)
        for score in (1, 2, 3, 4, 5)
    }
    assert told == {"rated", "regular"}
    assert {"low", "content"}.isdisjoint(UNNAMED)


def test_over_the_weeks_every_stratum_has_its_turn() -> None:
    seen: Counter[str] = Counter()
    for week in range(5):
        monday = monday_of(date(2026, 11, 30) + timedelta(weeks=week))
        chosen = strata_for(monday, MANAGERS[0], dict.fromkeys(NAMED, 9), 3, NAMED)
        assert len(set(chosen)) == 3
        seen.update(chosen)
    assert seen == dict.fromkeys(NAMED, 3)


@given(
    counts=st.fixed_dictionaries({stratum: st.integers(0, 30) for stratum in NAMED}),
    per_week=st.integers(0, MOST_PER_WEEK),
    managers=st.integers(1, 4),
    weeks=st.integers(0, 200),
)
def test_lists_are_as_long_as_they_can_be_and_nobody_is_on_two(
    counts: dict[str, int], per_week: int, managers: int, weeks: int
) -> None:
    week = monday_of(date(2026, 1, 1) + timedelta(weeks=weeks))
    drawn: list[UUID] = []
    for frame in (frame_of(counts, per_week * managers, week) for _ in range(2)):
        again = []
        for staff_id in in_turn(week, MANAGERS[:managers]):
            left = sum(frame.counts.values())
            before, chosen = draw(frame, staff_id, per_week)
            assert len(chosen) == min(per_week, left)
            assert sum(before.values()) == left
            assert [each for each, _ in chosen] == strata_for(
                week, staff_id, before, per_week, NAMED
            )
            again += [member_id for _, member_id in chosen]
        assert len(set(again)) == len(again)
        assert drawn in ([], again), "the same whenever it is drawn"
        drawn = again


def test_who_is_drawn_is_who_comes_first_by_lot_however_many_there_are() -> None:
    frame = frame_of({"silent": 900}, most=3)
    order = sorted((lot(WEEK, OFFICE, UUID(int=1000 + n)), n) for n in range(900))
    first = {UUID(int=1000 + n) for _, n in order[:3]}
    _, drawn = draw(frame, MANAGERS[0], 3)
    assert {member_id for _, member_id in drawn} == first
    assert lot(WEEK, UUID(int=2), UUID(int=1000)) != lot(WEEK, OFFICE, UUID(int=1000))


def test_a_week_begins_on_monday() -> None:
    assert {monday_of(date(2026, 11, 30) + timedelta(n)) for n in range(7)} == {WEEK}
    assert monday_of(date(2026, 11, 29)) == "2026-11-23"


@pytest.mark.parametrize("value", [None, {}, {"per_week": "3"}, {"topics": []}, {"topics": [1]}])
def test_what_makes_no_sense_keeps_its_default(value: Any) -> None:
    assert ListeningRules.from_setting(value) == RULES


@pytest.mark.parametrize(
    "value",
    [
        {"per_week": 13},
        {"per_week": True},
        {"topics": []},
        {"weekly": 3},
        {"regular_tiers": "gold"},
    ],
)
def test_an_operator_is_told_what_makes_no_sense(value: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="listening: "):
        check_setting(value)


def test_a_setting_says_all_of_it_again() -> None:
    told = {"per_week": 0, "topics": ["waiting", "food"], "regular_tiers": []}
    check_setting(told)
    rules = ListeningRules.from_setting(told)
    assert ListeningRules.from_setting(rules.to_setting()) == rules
    assert (rules.per_week, rules.topics, rules.regular_tiers) == (0, ("waiting", "food"), ())


ONE = Listening(UUID(int=7), OFFICE, MANAGERS[0], WEEK, 1, UUID(int=1000), "silent")


def said(which: int, name: str, value: str, *saw: int, at_ms: int = 0, text: str = "") -> Said:
    seen = tuple(UUID(int=each) for each in saw)
    return Said(UUID(int=which), name, value, at_ms or which, MANAGERS[0], seen, text)


def told(*versions: Said) -> Listening:
    return reduce(with_said, versions, ONE)


def test_two_desks_apart_merge_field_by_field() -> None:
    here = [said(1, "outcome", "not_reached"), said(2, "outcome", "reached", 1)]
    there = [said(3, "topic", "waiting"), said(4, "heard", "", text="too long")]
    merged = told(*here, *there)
    assert merged == told(*there, *here) == told(*here, *there, *here)
    assert outcome_of(merged) == "reached"
    heard = counting(merged, "heard")
    assert heard is not None
    assert heard.text == "too long"
    assert not is_shared(merged)
    assert is_shared(told(said(1, "shared", "yes")))
    assert not is_shared(told(said(1, "shared", "yes"), said(2, "shared", "no", 1)))
    assert outcome_of(ONE) == ""


@pytest.mark.parametrize(
    ("name", "value", "has_text"),
    [
        ("outcome", "perhaps", False),
        ("outcome", "reached", True),
        ("heard", "", False),
        ("heard", "x", True),
        ("topic", "", False),
        ("topic", "two words", False),
        ("member", "yes", False),
    ],
)
def test_what_no_conversation_says(name: str, value: str, has_text: bool) -> None:
    with pytest.raises(Rejected, match="no such field"):
        check_field(name, value, (), has_text=has_text)


def test_what_one_does_say() -> None:
    for name, value in (("outcome", "declined"), ("topic", "waiting_room"), ("shared", "no")):
        check_field(name, value, (UUID(int=1),), has_text=False)
    check_field("heard", "", (), has_text=True)
    with pytest.raises(Rejected):
        check_field("topic", "waiting", (UUID(int=1),) * 51, has_text=False)


def test_a_quota_counts_what_is_written_down() -> None:
    other = Listening(UUID(int=8), OFFICE, MANAGERS[0], WEEK, 2, UUID(int=1001), "low")
    week = [told(said(1, "outcome", "reached")), other]
    assert quotas(week, MANAGERS[:2]) == [Quota(MANAGERS[0], 2, 1, 1), Quota(MANAGERS[1], 0, 0, 0)]
    week[1] = with_said(other, said(2, "outcome", "declined"))
    assert quotas(week, MANAGERS[:1]) == [Quota(MANAGERS[0], 2, 2, 1)]
