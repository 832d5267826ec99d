"""A clerk's own weeks: which are told, and that no customer's rating can be read from them."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.domain.figure_rules import FigureRules
from app.domain.own_figures import STEP_PERCENT, WEEKS, own_weeks, week_span
from app.domain.records import Cell, Figures

RULES = FigureRules()
TODAY = date(2026, 11, 30)  # a Monday


def day(iso: str, *, good: int, low: int = 0, unrated: int = 0, staff: str = "101") -> Figures:
    n = good + low + unrated
    states = {"rated": good + low, "declined": unrated}
    cell = Cell("A1", staff, "", n, states, {"5": good, "1": low})
    return Figures(UUID(int=1), iso, n, states, {}, (cell,))


def test_a_week_is_told_once_it_has_been_over_for_a_week() -> None:
    assert week_span(TODAY) == ("2026-09-28", "2026-11-22")
    assert week_span(TODAY + timedelta(6)) == week_span(TODAY)
    days = [day("2026-11-22", good=40), day("2026-11-23", good=40), day("2026-09-27", good=40)]
    (week,) = own_weeks(days, "101", TODAY, RULES)
    assert (week.first_day, week.visits, week.ratings) == ("2026-11-16", 40, 40)
    every = [day((TODAY - timedelta(n)).isoformat(), good=9) for n in range(200)]
    weeks = own_weeks(every, "101", TODAY, RULES)
    assert len(weeks) == WEEKS
    assert [week.first_day for week in weeks] == sorted(
        (week.first_day for week in weeks), reverse=True
    )


def test_only_ones_own_and_nothing_of_too_few() -> None:
    others = [day("2026-11-17", good=90, staff="102")]
    assert own_weeks(others, "101", TODAY, RULES) == ()
    (week,) = own_weeks([*others, day("2026-11-18", good=20, unrated=20)], "101", TODAY, RULES)
    assert (week.visits, week.ratings) == (40, 20)
    assert (week.unrated_percent, week.good_percent) == (50, None)


def test_all_and_none_are_told_as_nearly_so() -> None:
    for good, low, said in ((30, 0, 95), (29, 1, 95), (26, 4, 85), (0, 30, 5), (1, 29, 5)):
        (week,) = own_weeks([day("2026-11-18", good=good, low=low)], "101", TODAY, RULES)
        assert week.good_percent == said


@given(st.integers(0, 200), st.integers(0, 200), st.integers(0, 200))
def test_one_customers_answer_is_never_certain(good: int, low: int, unrated: int) -> None:
    weeks = own_weeks([day("2026-11-18", good=good, low=low, unrated=unrated)], "101", TODAY, RULES)
    for week in weeks:
        if week.good_percent is None:
            assert week.ratings < RULES.staff_least_n
            continue
        assert week.good_percent % STEP_PERCENT == 0
        assert 0 < week.good_percent < 100
        alike = [
            other
            for other in range(week.ratings + 1)
            if own_weeks(
                [day("2026-11-18", good=other, low=week.ratings - other)], "101", TODAY, RULES
            )[0].good_percent
            == week.good_percent
        ]
        assert any(0 < other < week.ratings for other in alike), "not all alike, as far as is told"
