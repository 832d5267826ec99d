"""By when an answer is promised, counted by hand and by properties."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.matter import DEFAULT_MATTER, MatterRules
from app.domain.promise_clock import UNITS, Promise, WorkCalendar, due_ms

BEIJING = "Asia/Shanghai"
TWELVE_HOURS = Promise(12, "hours")


def ms(text: str, zone_hours: int = 8) -> int:
    local = datetime.fromisoformat(text).replace(tzinfo=UTC)
    return int((local - timedelta(hours=zone_hours)).timestamp() * 1000)


@pytest.mark.parametrize(
    ("said_at", "promise", "due"),
    [
        ("2026-11-27 20:00", Promise(12, "hours"), "2026-11-28 08:00"),
        # a Friday; Saturday and Sunday are none
        ("2026-11-27 10:00", Promise(1, "working_days"), "2026-11-30 18:00"),
        ("2026-11-27 23:59", Promise(5, "working_days"), "2026-12-04 18:00"),
        ("2026-11-28 10:00", Promise(1, "working_days"), "2026-11-30 18:00"),
        ("2026-11-27 16:00", Promise(2, "working_hours"), "2026-11-27 18:00"),
        ("2026-11-27 16:00", Promise(3, "working_hours"), "2026-11-30 10:00"),
        ("2026-11-27 03:00", Promise(3, "working_hours"), "2026-11-27 12:00"),
        ("2026-11-27 19:00", Promise(9, "working_hours"), "2026-11-30 18:00"),
        ("2026-11-27 19:00", Promise(10, "working_hours"), "2026-12-01 10:00"),
    ],
)
def test_by_hand(said_at: str, promise: Promise, due: str) -> None:
    assert due_ms(ms(said_at), promise, WorkCalendar(), BEIJING) == ms(due)


def test_holidays_and_days_made_up_for() -> None:
    # China's National Day of 2026: off from the 1st to the 7th, worked on Saturday the 10th
    calendar = WorkCalendar.from_setting(
        {
            "holidays": [f"2026-10-0{n}" for n in range(1, 8)],
            "workdays": ["2026-10-10"],
            "opens": "08:30",
            "closes": "17:00",
        }
    )
    three = Promise(3, "working_days")
    assert due_ms(ms("2026-09-30 12:00"), three, calendar, BEIJING) == ms("2026-10-10 17:00")
    hours = Promise(5, "working_hours")
    assert due_ms(ms("2026-09-30 15:00"), hours, calendar, BEIJING) == ms("2026-10-08 11:30")


def test_a_day_on_which_the_clocks_change_has_its_own_length() -> None:
    calendar = WorkCalendar(frozenset(range(1, 8)), time(0), time(23))
    # Berlin's 25 October 2026 has 25 hours: from 0:00 +02:00 to 23:00 +01:00 are 24
    from_ms = ms("2026-10-25 00:00", 2)
    due = due_ms(from_ms, Promise(24, "working_hours"), calendar, "Europe/Berlin")
    assert due == ms("2026-10-25 23:00", 1)


@pytest.mark.parametrize(
    "said",
    [
        None,
        [],
        {"weekdays": [0, 8, "Monday"], "opens": "18:00", "closes": "09:00"},
        {"weekdays": "12345", "holidays": [5, None], "workdays": "2026-01-01", "opens": "x"},
    ],
)
def test_a_calendar_that_says_nothing_sensible_is_the_usual_one(said: object) -> None:
    assert WorkCalendar.from_setting(said) == WorkCalendar()


@pytest.mark.parametrize(
    "said", [None, 12, {}, {"days": 3}, {"hours": 0}, {"hours": "3"}, {"hours": 1, "x": 2}]
)
def test_a_promise_that_is_none_is_the_default(said: object) -> None:
    assert Promise.from_setting(said, TWELVE_HOURS) == TWELVE_HOURS
    assert Promise.from_setting({"working_days": 5}, TWELVE_HOURS) == Promise(5, "working_days")


def test_where_nobody_ever_works_days_count_as_they_come() -> None:
    today = date(2026, 11, 27)
    never = WorkCalendar(
        holidays=frozenset((today + timedelta(n)).isoformat() for n in range(4_000))
    )
    due = due_ms(ms("2026-11-27 10:00"), Promise(2, "working_days"), never, BEIJING)
    assert due == ms("2026-11-29 18:00")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"due": {"days": 3}}, "no time for an answer"),
        ({"due_by_topic": {"refund": 5}}, "no time for an answer"),
        ({"calendar": {"weekdays": [0]}}, "weekdays are"),
        ({"calendar": {"opens": "19:00"}}, "can't close"),
        ({"calendar": {"holidays": ["2026-02-30"]}}, "day"),
        ({"topics": []}, "pairs of a topic"),
        ({"topics": [["refund"]]}, "pairs of a topic"),
        ({"owners": {"revenue": 5}}, "names by department"),
    ],
)
def test_a_setting_that_would_be_passed_over_is_refused(
    value: dict[str, object], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        MatterRules.read(value)
    MatterRules.from_setting({**value, "topics": [["a", "b"]]})


def test_each_topic_may_have_a_time_and_each_department_somebody_in_charge() -> None:
    rules = MatterRules.read(
        {
            "due": {"working_days": 5},
            "due_by_topic": {"delay": {"hours": 2}},
            "owners": {"operations": "Zhao Lin"},
        }
    )
    now = ms("2026-11-27 10:00")
    assert rules.due_ms("delay", now, BEIJING) == ms("2026-11-27 12:00")
    assert rules.due_ms("refund", now, BEIJING) == ms("2026-12-04 18:00")
    assert rules.owners["operations"] == "Zhao Lin"
    assert MatterRules.from_setting({"due_hours": 24}).due == Promise(24, "hours")
    assert MatterRules.read(DEFAULT_MATTER) == MatterRules.from_setting(None)


calendars = st.builds(
    WorkCalendar,
    st.frozensets(st.integers(1, 7), min_size=1),
    st.sampled_from([time(0), time(8, 30), time(9)]),
    st.sampled_from([time(12), time(18), time(23, 59)]),
    st.frozensets(st.dates(date(2026, 1, 1), date(2026, 12, 31)).map(date.isoformat), max_size=9),
)
zones = st.sampled_from([BEIJING, "Europe/Berlin", "America/St_Johns", "UTC"])
times = st.integers(ms("2026-01-01 00:00"), ms("2027-01-01 00:00"))


@given(times, calendars, zones, st.integers(1, 40), st.sampled_from(UNITS))
def test_more_is_later_and_nothing_is_due_before_it_was_promised(
    now_ms: int, calendar: WorkCalendar, zone: str, amount: int, unit: str
) -> None:
    promise = Promise.from_setting({unit: amount}, TWELVE_HOURS)
    longer = Promise.from_setting({unit: amount + 1}, TWELVE_HOURS)
    due = due_ms(now_ms, promise, calendar, zone)
    assert now_ms < due < due_ms(now_ms, longer, calendar, zone)
    assert due <= due_ms(now_ms + 60_000, promise, calendar, zone), "later asked, no sooner due"
