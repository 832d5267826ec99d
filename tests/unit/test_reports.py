"""What the charts show: any choice of visits is a sum of the days' cells."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import get_args
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.figure_rules import FigureRules
from app.domain.merged_days import as_one, by_service, together, without_staff
from app.domain.records import SERVICES, STEP_EDGES_S, Cell, Figures, Handled, Served
from app.domain.reports import Choice, Source, choices, report

OFFICE = UUID(int=1)
RULES = FigureRules()
ALL = Choice("2026-01-01", "2026-12-31")


def cell(
    counter: str = "A1",
    staff: str = "101",
    service: str = "",
    *,
    good: int = 0,
    low: int = 0,
    unrated: int = 0,
    excluded: int = 0,
) -> Cell:
    states = {"rated": good + low + excluded, "timed_out": unrated}
    return Cell(
        counter, staff, service, good + low + unrated + excluded, states,
        {"5": good, "1": low}, {"repeat": excluded} if excluded else {},
    )  # fmt: skip


def day(day: str, *cells: Cell, cases: tuple[Handled, ...] = ()) -> Figures:
    return Figures(OFFICE, day, sum(c.encounters for c in cells), {}, {}, cells, cases)


def case(taken_s: int | None, *, staff: str = "101", outcome: str = "") -> Handled:
    return Handled("rating", "A1", staff, "", 1, taken_s, None, None, outcome)


def test_shares_are_of_what_counts_and_say_of_how_many() -> None:
    found = report([day("2026-03-01", cell(good=6, low=2, unrated=4, excluded=3))], ALL, RULES)
    assert (found.good.value, found.good.n) == (0.75, 8)
    assert (found.good_of_visits.value, found.good_of_visits.n) == (6 / 15, 15)
    assert (found.unrated.value, found.unrated.n) == (4 / 15, 15)
    assert found.excluded == {"repeat": 3}
    assert found.good.low is not None
    assert found.good.high is not None
    assert found.good.low < 0.75 < found.good.high


def test_what_comes_from_too_few_customers_is_not_shown() -> None:
    found = report([day("2026-03-01", cell(good=3, low=1))], ALL, RULES)
    assert (found.good.value, found.good.low, found.good.n) == (None, None, 4)
    (point,) = found.low_by_staff.points
    assert (point.share.value, point.limits, point.share.n) == (None, None, 4)


def test_a_choice_leaves_others_out_and_the_days_have_no_gaps() -> None:
    days = [
        day("2026-03-04", cell("A2", "102", "matter", good=7), cell(low=1, good=9)),
        day("2026-03-01", cell(good=5)),
        day("2025-12-31", cell(good=100)),
    ]
    found = report(days, ALL, RULES)
    assert found.days[:4] == ("2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04")
    assert found.days[-1] == "2026-12-31"
    assert [count.visits for count in found.by_day[:4]] == [5, 0, 0, 17]
    assert found.low_trend.points[1] is None
    assert report(days, replace(ALL, counters=frozenset({"A2"})), RULES).all.visits == 7
    assert report(days, replace(ALL, staff=frozenset({"101"})), RULES).all.visits == 15
    assert report(days, replace(ALL, services=frozenset({"matter"})), RULES).all.visits == 7
    assert choices(days).counters == ("A1", "A2")


def test_a_clerk_who_gets_all_complaints_is_compared_with_how_complaints_go() -> None:
    found = report(
        [
            day(
                "2026-03-01",
                cell(staff="101", service="matter", good=60, low=40),
                cell(staff="102", service="matter", good=60, low=40),
                cell(staff="102", service="accrual", good=900),
                cell(staff="103", service="accrual", good=900),
            )
        ],
        ALL,
        RULES,
    )
    points = {point.key: point for point in found.low_by_staff.points}
    assert [point.key for point in found.low_by_staff.points] == ["101", "102", "103"]
    target = found.low_by_staff.target
    assert target == pytest.approx(80 / 2000)
    assert points["101"].share.value == pytest.approx(target)
    assert points["102"].share.value == pytest.approx(target)


def test_steps_are_late_from_their_target_on() -> None:
    place = STEP_EDGES_S.index(180)
    slow = replace(cell(good=4), seconds={"serve": {place: 2, place + 1: 1, len(STEP_EDGES_S): 1}})
    serve = next(
        s for s in report([day("2026-03-01", slow)], ALL, RULES).steps if s.step == "serve"
    )
    assert (serve.late.observed, serve.late.n, serve.target_s) == (2, 4, 180)
    assert serve.per_million.value == 500_000


def test_times_to_cases_are_of_those_that_were_taken() -> None:
    days = [
        day(f"2026-03-0{n}", cell(low=1), cases=(case(60 * n, outcome="resolved"), case(None)))
        for n in (1, 2, 4)
    ]
    found = report(days, ALL, RULES)
    assert (found.taken.median.value, found.taken.median.n) == (120, 3)
    assert found.taken_days == ("2026-03-01", "2026-03-02", "2026-03-04")
    assert found.taken_trend is not None
    assert (found.rectified.value, found.rectified.n) == (0.5, 6)


def test_a_report_of_nothing() -> None:
    found = report([], ALL, RULES)
    assert (found.days, found.all.visits, found.good.value) == ((), 0, None)
    assert found.low_by_staff.points == ()
    assert Choice.of_last(0, date(2026, 3, 1)) == Choice("2026-03-01", "2026-03-01")


@pytest.mark.parametrize(
    "said",
    [
        None,
        {"least_n": 0, "staff_least_n": "many", "targets_s": {"serve": 7, "identify": None}},
        {"targets_s": [1], "least_n": None},
    ],
)
def test_a_setting_that_says_nothing_sensible_keeps_the_defaults(
    said: dict[str, object] | None,
) -> None:
    assert FigureRules.from_setting(said) == RULES
    assert FigureRules.from_setting(RULES.to_setting()) == RULES


counts = st.integers(0, 50)
cells = st.builds(
    cell,
    st.sampled_from(["A1", "A2"]),
    st.sampled_from(["", "101", "102"]),
    st.sampled_from(SERVICES),
    good=counts, low=counts, unrated=counts, excluded=counts,
)  # fmt: skip
several = st.lists(
    st.builds(
        lambda n, those: day(f"2026-03-{n:02}", *those),
        st.integers(1, 28),
        st.lists(cells, max_size=4),
    ),
    max_size=6,
    unique_by=lambda d: d.day,
)


@given(several)
def test_parts_add_up_to_the_whole(days: list[Figures]) -> None:
    whole = report(days, ALL, RULES)
    by_counter = [replace(ALL, counters=frozenset({one})) for one in ("A1", "A2")]
    by_staff = [replace(ALL, staff=frozenset({one})) for one in ("", "101", "102")]
    for choices_made in (by_counter, by_staff):
        parts = [report(days, choice, RULES) for choice in choices_made]
        for field in ("visits", "ratings", "good", "low"):
            assert sum(getattr(p.all, field) for p in parts) == getattr(whole.all, field)
    assert sum(count.visits for count in whole.by_day) == whole.all.visits
    assert sum(whole.by_score.values()) == whole.all.ratings
    assert msgspec.json.decode(msgspec.json.encode(days), type=list[Figures]) == days


def test_phones_stand_apart_from_everything() -> None:
    alone = cell(good=6, low=2, unrated=4)
    with_phones = replace(alone, phone={"5": 3, "1": 2}, companions={"4": 5, "2": 1})
    before, after = (report([day("2026-03-01", each)], ALL, RULES) for each in (alone, with_phones))
    assert (after.phone.value, after.phone.n) == (0.6, 5)
    assert (after.companions.value, after.companions.n) == (5 / 6, 6)
    assert after.companions.low is not None
    assert (before.phone.value, before.phone.n) == (None, 0)
    assert replace(after, phone=before.phone, companions=before.companions) == before
    (both,) = together([day("2026-03-01", with_phones)] * 2)
    assert report([both], ALL, RULES).phone.n == 10
    assert without_staff(day("2026-03-01", with_phones)).cells[0].companions == {"4": 5, "2": 1}


def test_who_was_served_without_a_visit_is_told_where_somebody_counts() -> None:
    counted = replace(
        day("2026-03-01", cell(good=8)), served=(Served("A1", 10, 2), Served("A2", 5, 5))
    )
    whole = replace(day("2026-03-02", cell(good=8)), served=(Served("", 9, 1),))
    found = report([counted, whole], ALL, RULES)
    assert (found.unopened.value, found.unopened.n) == (8 / 24, 24)
    of_one = report([counted, whole], replace(ALL, counters=frozenset({"A2"})), RULES)
    assert (of_one.unopened.value, of_one.unopened.n) == (1.0, 5)
    for of in (replace(ALL, staff=frozenset({"101"})), replace(ALL, services=frozenset({""}))):
        assert report([counted, whole], of, RULES).unopened.n == 0, "nobody counts by these"
    assert report([day("2026-03-01", cell(good=8))], ALL, RULES).unopened.n == 0
    assert without_staff(counted).served == counted.served
    (both,) = together([by_service(counted), by_service(replace(counted, served=()))])
    assert both.served == (Served("", 15, 7),)


def test_ratings_come_from_the_panel_from_phones_or_from_both() -> None:
    low = replace(cell(good=6, low=2, unrated=4), phone={"5": 1, "1": 2}, companions={"1": 9})
    days = [day("2026-03-01", low), day("2026-03-02", cell(good=10))]
    panel, phone, both = (
        report(days, replace(ALL, source=source), RULES) for source in get_args(Source)
    )
    assert [(r.all.ratings, r.all.low) for r in (panel, phone, both)] == [(18, 2), (3, 2), (21, 4)]
    assert (both.good.value, both.by_score[1], both.by_score[5]) == (17 / 21, 4, 17)
    assert [(count.ratings, count.low) for count in both.by_day[:2]] == [(11, 4), (10, 0)]
    assert [r.unanswered for r in (panel, phone, both)] == [4, 0, 1]
    assert {r.unrated for r in (panel, phone, both)} == {panel.unrated}, "the panel's, always"
    assert {r.companions for r in (panel, phone, both)} == {panel.companions}
    assert phone.low.n == 3
    told = [replace(each, whole=as_one(each.cells)) for each in days]
    assert report(told, replace(ALL, source="both"), RULES) == both


def test_how_long_each_tier_had_closed_cases() -> None:
    def closed(**with_s: int) -> Handled:
        return replace(case(10), closed_s=sum(with_s.values()), with_s=with_s)

    cases = (
        *(closed(front=n) for n in (100, 200, 300, 400)),
        closed(front=500, coordination=60),
        closed(front=600, coordination=80, system=7),
        case(20),
    )
    front, coordination, system = report([day("2026-03-01", cases=cases)], ALL, RULES).handling
    assert (front.tier, front.reached.value, front.reached.n) == ("front", 1.0, 6)
    assert front.held.median.value == 350
    assert (coordination.reached.value, coordination.held.median.value) == (2 / 6, 70)
    assert (system.tier, system.held.values) == ("system", (7,))
    few = report([day("2026-03-01", cases=cases[3:5])], ALL, RULES).handling
    assert [tier.reached.value for tier in few] == [None] * 3
    assert [tier.reached.n for tier in few] == [2] * 3


@given(several, st.sampled_from([ALL, replace(ALL, services=frozenset({"accrual"}))]))
def test_days_with_their_cells_as_one_say_the_same(days: list[Figures], choice: Choice) -> None:
    told = [replace(day, whole=as_one(day.cells)) for day in days]
    assert report(told, choice, RULES) == report(days, choice, RULES)


@given(several)
def test_all_offices_are_what_each_of_them_counts(days: list[Figures]) -> None:
    days = sorted(days * 2, key=lambda day: day.day)
    whole, sums = report(days, ALL, RULES), list(map(by_service, days))
    added = together(sums)
    assert [day.day for day in added] == sorted({day.day for day in days})
    assert all(len(day.cells) <= len(SERVICES) for day in added)
    assert {cell.counter for day in added for cell in day.cells} <= {""}
    told = report(added, ALL, RULES)
    nobodys = report([], ALL, RULES)
    for field in ("low_by_staff", "unrated_by_staff"):
        whole, told = (replace(each, **{field: getattr(nobodys, field)}) for each in (whole, told))
    assert told == whole
