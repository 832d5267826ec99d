"""The generated visits hold what the base counted, and are the same for a seed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from build_scripts.demo.programme import REWARDS
from build_scripts.policy.people import (
    COUNTED_DAYS,
    FILE_NAME,
    NoBase,
    Person,
    invent_people,
    read_people,
)
from build_scripts.policy.visits import CLOSES_H, OPENS_H, Assumptions, demo_rewards, generate

PRICES = {reward.number: reward.points for reward in REWARDS}
PEOPLE = invent_people(2_000, seed=5)

HEADINGS = (
    "MEMBER_NO,FFP_DATE,FFP_TIER,WORK_CITY,LOAD_TIME,FLIGHT_COUNT,LAST_TO_END,AVG_INTERVAL,"
    "MAX_INTERVAL,EXCHANGE_COUNT,Points_Sum\n"
)


def test_the_same_seed_brings_the_same_visits() -> None:
    assert generate(PEOPLE, weeks=3, seed=1) == generate(PEOPLE, weeks=3, seed=1)
    assert generate(PEOPLE, weeks=3, seed=1).visits != generate(PEOPLE, weeks=3, seed=2).visits


def test_other_cuts_do_not_move_visits() -> None:
    seldom = generate(PEOPLE, weeks=3, seed=1, assumed=Assumptions(cut_share=0.1))
    always = generate(PEOPLE, weeks=3, seed=1)
    assert seldom.visits == always.visits
    assert 0 < len(seldom.cuts) < len(always.cuts)


def test_as_many_redemptions_come_as_the_base_counted() -> None:
    weeks = 12
    found = sum(1 for visit in generate(PEOPLE, weeks=weeks, seed=1).visits if visit.reward)
    flown = sum(
        person.redemptions * min(1, (weeks * 7 - person.last_flight_days) / person.gap_days
        / person.flights)
        for person in PEOPLE
    )  # fmt: skip
    walked = sum(person.redemptions for person in PEOPLE) * weeks * 7 / COUNTED_DAYS
    expected = 0.8 * flown + 0.2 * walked
    assert abs(found - expected) < 5 * expected**0.5


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 6))
def test_everything_lies_within_the_weeks_and_the_offices_hours(seed: int, weeks: int) -> None:
    people = PEOPLE[:200]
    traffic = generate(people, weeks=weeks, seed=seed)
    assert traffic.days == weeks * 7
    for visit in traffic.visits:
        assert 0 <= visit.at_h < traffic.days * 24
        assert OPENS_H <= visit.at_h % 24 < CLOSES_H
        assert 0 <= visit.counter < traffic.counters[visit.office]
        assert visit.reward == 0 or PRICES[visit.reward] <= people[visit.person].points
    assert [v.at_h for v in traffic.visits] == sorted(v.at_h for v in traffic.visits)
    for (day, office), listed in traffic.lists.items():
        assert 0 <= day < traffic.days
        assert office in traffic.counters
        assert len(set(listed)) == len(listed)
    days = Counter((cut.office, int(cut.from_h // 24)) for cut in traffic.cuts)
    assert set(days.values()) <= {1}
    for cut in traffic.cuts:
        assert cut.from_h < cut.until_h <= (cut.from_h // 24 + 1) * 24


def test_the_last_flight_is_the_bases_own() -> None:
    everybody_comes = Assumptions(
        coming_share=1, return_share=0, walk_in_share=0, listed_share=1, own_share=1
    )
    people = [replace(person, home="CAN") for person in PEOPLE[:300]]
    traffic = generate(people, weeks=4, seed=1, assumed=everybody_comes)
    last = {visit.person: int(visit.at_h // 24) for visit in traffic.visits}
    for index, person in enumerate(people):
        day = traffic.days - person.last_flight_days
        assert last.get(index) == (day if day >= 0 else None)
        if day >= 0:
            assert index in traffic.lists[day, "CAN"]


def test_without_lists_nobody_is_listed() -> None:
    assert not generate(PEOPLE, weeks=2, seed=1, assumed=Assumptions(listed_share=0)).lists


def test_rewards_are_asked_for_as_in_the_demos_day() -> None:
    asked = demo_rewards()
    assert asked.keys() <= PRICES.keys()
    assert max(asked, key=lambda number: asked[number]) == 2
    assert PRICES[7] == max(PRICES.values()), "which no lease covers"
    assert asked[7] > 0


def base(folder: Path, *rows: str) -> Path:
    (folder / FILE_NAME).write_text(HEADINGS + "".join(f"{row}\n" for row in rows))
    return folder


def test_a_base_is_read_with_the_offices_of_its_mapping(tmp_path: Path) -> None:
    base(
        tmp_path,
        "7,11/2/2006,6,GuangZhou,3/31/2014,210,1,3.48,18,34,619760",
        "8,3/31/2014,4,.,3/31/2014,3,0,2,6,0,13956",
    )
    assert read_people(tmp_path) == [
        Person(7, "CAN", "platinum", 2706, 619_760, 210, 34, 1, 3.48, 18.0),
        Person(8, "", "silver", 0, 13_956, 3, 0, 1, 2.0, 6.0),
    ]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("7,11/2/2006,9,beijing,3/31/2014,1,1,1,1,1,1", "line 2"),
        ("7,2006-11-02,6,beijing,3/31/2014,1,1,1,1,1,1", "line 2"),
        ("7,11/2/2006,6,beijing,3/31/2014,1,1,,1,1,1", "line 2"),
        ("7,11/2/2006,6,beijing,3/31/2014,many,1,1,1,1,1", "many"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named(tmp_path: Path, row: str, told: str) -> None:
    with pytest.raises(NoBase, match=told):
        read_people(base(tmp_path, row))


def test_a_missing_base_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoBase, match=FILE_NAME):
        read_people(tmp_path)
