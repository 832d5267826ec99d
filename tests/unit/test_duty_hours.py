"""A roster's hours: which moments they hold, and what is none."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Rejected
from sync.server.escalating.hours import check_hours, is_on_duty

MONDAY = datetime(2026, 11, 30)  # noqa: DTZ001 - by the office's clock


def at(day: int, clock: str) -> datetime:
    hour, minute = clock.split(":")
    return MONDAY + timedelta(days=day, hours=int(hour), minutes=int(minute))


@pytest.mark.parametrize(
    ("hours", "day", "clock", "on_duty"),
    [
        ("", 6, "03:00", True),
        ("mon-fri 08:00-16:00", 0, "08:00", True),
        ("mon-fri 08:00-16:00", 0, "07:59", False),
        ("mon-fri 08:00-16:00", 4, "15:59", True),
        ("mon-fri 08:00-16:00", 4, "16:00", False),
        ("mon-fri 08:00-16:00", 5, "12:00", False),
        ("Sat-Mon 09:00-24:00", 0, "23:59", True),  # over the week's end
        ("sat-mon 09:00-24:00", 1, "10:00", False),
        ("fri 22:00-06:00", 4, "22:00", True),
        ("fri 22:00-06:00", 5, "05:59", True),  # begun the day before
        ("fri 22:00-06:00", 4, "05:59", False),
        ("sun 22:00-06:00", 0, "01:00", True),  # Monday's small hours
        ("mon 08:00-08:00", 1, "07:59", True),  # a whole day
        ("mon 08:00-12:00, mon 13:00-17:00", 0, "12:30", False),
        ("mon 08:00-12:00,  mon 13:00-17:00", 0, "13:30", True),
    ],
)
def test_who_is_on_duty(hours: str, day: int, clock: str, *, on_duty: bool) -> None:
    assert is_on_duty(hours, at(day, clock)) is on_duty


@pytest.mark.parametrize(
    "hours",
    [
        *("weekdays", "mon", "08:00-16:00", "mon 8:00-16:00", "mon 08:00-16:60", "mon 08:60-16:00"),
        *("mon 24:00-01:00", "mon 08:00-24:01", "mon 08:00-16:00,", ",", " ", "x" * 600),
        *("mon-xxx 08:00-16:00", "mon 08:00-16:00; tue 08:00-16:00", "mon ٠٨:00-16:00"),
    ],
)
def test_what_nobody_could_say_is_refused(hours: str) -> None:
    with pytest.raises(Rejected) as refusal:
        check_hours(hours)
    assert refusal.value.code == "bad_hours"


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)))  # noqa: DTZ001
def test_two_shifts_that_share_the_day_leave_no_minute_without_one(moment: datetime) -> None:
    day, night = "mon-sun 07:30-19:15", "mon-sun 19:15-07:30"
    assert is_on_duty(day, moment) is not is_on_duty(night, moment)
