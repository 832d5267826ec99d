"""Where a chart's values and ticks stand: plain arithmetic."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.statistics import pareto
from ui.screens.look.charts.rows import folded
from ui.screens.look.charts.scales import (
    Scale,
    date_ticks,
    duration_ticks,
    nearest,
    share_ticks,
    tidy_ticks,
    time_ticks,
)

numbers = st.floats(-1e15, 1e15)
DAY = 86_400.0


def days_from(first: date, count: int, step: int = 1) -> list[date]:
    return [first + timedelta(days=place * step) for place in range(count)]


def test_a_scale_runs_from_end_to_end_and_no_further() -> None:
    upwards = Scale(0.0, 10.0, 200.0, 0.0)
    assert [upwards.px(value) for value in (0.0, 2.5, 10.0, 11.0, -1.0)] == [
        200.0, 150.0, 0.0, 0.0, 200.0,
    ]  # fmt: skip
    log = Scale(1.0, 100.0, 0.0, 100.0, is_log=True)
    assert [round(log.px(value)) for value in (0.0, 1.0, 10.0, 100.0, 1e9)] == [0, 0, 50, 100, 100]


@given(numbers, numbers, st.integers(2, 12))
def test_ticks_enclose_everything_in_equal_steps(one: float, other: float, most: int) -> None:
    low, high = sorted((one, other))
    ticks = tidy_ticks(low, high, most)
    reach = max(abs(low), abs(high), 1e-300) * 1e-6
    assert 2 <= len(ticks) <= max(most, 3)
    assert ticks[0] <= low + reach
    assert ticks[-1] >= high - reach
    assert all(before < after for before, after in pairwise(ticks))


@given(st.integers(0, 10**9), st.integers(2, 12))
def test_counts_have_no_ticks_between_them(most_counted: int, most: int) -> None:
    ticks = tidy_ticks(0.0, most_counted, most, whole=True)
    assert ticks[-1] >= most_counted
    assert len(ticks) <= max(most, 3)
    assert all(tick == int(tick) for tick in ticks)


@pytest.mark.parametrize(
    ("low", "high", "most", "expected"),
    [
        (0.0, 0.043, 6, (0.0, 0.01, 0.02, 0.03, 0.04, 0.05)),
        (0.0, 100.0, 5, (0.0, 25.0, 50.0, 75.0, 100.0)),
        (7.0, 7.0, 3, (6.0, 7.0, 8.0)),
        (0.0, 0.0, 3, (-1.0, 0.0, 1.0)),
        (0.0, 200_000.0, 4, (0.0, 100_000.0, 200_000.0)),
    ],
)
def test_ticks_are_round(low: float, high: float, most: int, expected: tuple[float, ...]) -> None:
    assert tidy_ticks(low, high, most) == expected


def test_few_are_counted_one_by_one() -> None:
    assert tidy_ticks(0.0, 1.0, 6, whole=True) == (0.0, 1.0)
    assert tidy_ticks(0.0, 2.0, 6, whole=True) == (0.0, 1.0, 2.0)


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.integers(2, 8))
def test_shares_stay_possible(one: float, other: float, most: int) -> None:
    low, high = sorted((one, other))
    ticks = share_ticks(low, high, most)
    assert ticks[0] >= 0.0
    assert high - 1e-9 <= ticks[-1] <= 1.0
    assert ticks[0] <= low + 1e-9


def test_shares_begin_at_nothing_unless_that_wastes_the_room() -> None:
    assert share_ticks(0.0, 0.0, 4)[0] == 0.0
    assert share_ticks(0.02, 0.09, 5)[0] == 0.0
    assert share_ticks(0.9, 0.98, 5)[0] > 0.8


def test_times_are_written_in_their_own_unit() -> None:
    assert time_ticks(0.0, 50.0, 4) == (0.0, 30.0, 60.0)
    assert time_ticks(30.0, 280.0, 6) == (0.0, 60.0, 120.0, 180.0, 240.0, 300.0)
    assert all(tick % DAY == 0.0 for tick in time_ticks(0.0, 9 * DAY, 6))


@given(st.floats(0.0, 1e12), st.floats(0.0, 1e12), st.integers(2, 9))
def test_times_enclose_everything(one: float, other: float, most: int) -> None:
    low, high = sorted((one, other))
    ticks = time_ticks(low, high, most)
    assert 2 <= len(ticks) <= max(most, 3)
    assert 0.0 <= ticks[0] <= low + 1e-3
    assert ticks[-1] >= high - 1e-3


@given(st.floats(0.5, 1e9), st.floats(1.1, 1e6), st.integers(2, 9))
def test_durations_are_written_within_their_axis(low: float, ratio: float, most: int) -> None:
    ticks = duration_ticks(low, low * ratio, most)
    assert all(low <= tick <= low * ratio for tick in ticks)
    assert all(before < after for before, after in pairwise(ticks))


def test_the_longer_the_axis_the_rarer_the_durations() -> None:
    assert duration_ticks(20.0, 7_200.0, 4) == (60.0, 300.0, 900.0, 3_600.0)
    assert duration_ticks(20.0, 7_200.0, 3) == (60.0, 600.0, 3_600.0)
    assert duration_ticks(0.5, 1e9, 4) == (1.0, 3_600.0, 30 * DAY, 3_650 * DAY)


def test_a_month_is_dated_by_its_weeks_and_a_year_by_its_months() -> None:
    month = days_from(date(2026, 11, 1), 30)
    assert [month[place].isoweekday() for place in date_ticks(month, 6)] == [1] * 5
    year = days_from(date(2025, 12, 1), 365)
    assert [year[place].day for place in date_ticks(year, 12)] == [1] * 11
    assert [year[place].month for place in date_ticks(year, 5)] == [1, 4, 7, 10]
    assert date_ticks(year, 1) == (0,)


def test_few_days_are_all_dated_and_none_needs_none() -> None:
    week = days_from(date(2026, 11, 23), 7)
    assert date_ticks(week, 7) == tuple(range(7))
    assert date_ticks(week, 2) == (0, 6)
    assert date_ticks(week[:1], 5) == (0,)
    assert date_ticks([], 5) == ()


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(2, 800), st.integers(1, 20))
def test_dates_never_crowd(first: date, count: int, most: int) -> None:
    ticks = date_ticks(days_from(first, count), most)
    assert 1 <= len(ticks) <= most
    assert list(ticks) == sorted(set(ticks))


def test_the_pointer_finds_what_is_nearest_its_way() -> None:
    places = [(0.0, 0.0), (10.0, 100.0), (30.0, 0.0)]
    assert nearest(places, 9.0, 0.0, ways="x") == 1
    assert nearest(places, 9.0, 0.0, ways="xy") == 0
    assert nearest(places, 30.0, 90.0, ways="y") == 1
    assert nearest([], 0.0, 0.0, ways="x") is None


def test_what_is_left_over_becomes_one_bar() -> None:
    bars = pareto({"a": 50, "b": 30, "c": 12, "d": 5, "e": 3})
    assert [row.causes for row in folded(bars, 5)] == [("a",), ("b",), ("c",), ("d",), ("e",)]
    rows = folded(bars, 3)
    assert [(row.causes, row.count) for row in rows] == [
        (("a",), 50), (("b",), 30), (("c", "d", "e"), 20),
    ]  # fmt: skip
    assert (rows[-1].share, rows[-1].cumulative) == (0.2, 1.0)
    assert folded((), 3) == ()
