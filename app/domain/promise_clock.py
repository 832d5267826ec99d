"""By when an answer is promised: in hours around the clock, in working hours, or in working days.

Working time follows the programme's calendar in the office's own time zone. Which of these counts,
and how much of it, differs from place to place, so all of it is the server's setting.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any, Final, Literal, get_args

from app.domain.lean import dataclass
from app.domain.office_time import at_office, local_day

Unit = Literal["hours", "working_hours", "working_days"]
UNITS: Final[tuple[Unit, ...]] = get_args(Unit)

_HOUR_MS: Final = 3_600_000
_MOST: Final = 1_000  # hours or days
_FARTHEST_DAYS: Final = 3_660
"""A calendar that has no working day as long as this is a mistake."""


@dataclass(frozen=True, slots=True)
class Promise:
    """How long an answer may take."""

    amount: int
    unit: Unit

    @classmethod
    def read(cls, value: object) -> Promise:
        """Read such as {"working_days": 5}.

        Raises:
            ValueError: it is no such thing.
        """
        if isinstance(value, dict) and len(value) == 1:
            ((said, amount),) = value.items()
            unit = next((unit for unit in UNITS if unit == said), None)
            if unit is not None and isinstance(amount, int) and 1 <= amount <= _MOST:
                return cls(amount, unit)
        raise ValueError(
            f'{value} is no time for an answer; write such as {{"working_days": 5}}, with one of'
            f" {', '.join(UNITS)} and 1 to {_MOST}"
        )

    @classmethod
    def from_setting(cls, value: object, default: Promise) -> Promise:
        """Read the same; the default where it is no such thing."""
        try:
            return cls.read(value)
        except ValueError:
            return default


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """When somebody is there to answer, in the office's local time.

    Attributes:
        weekdays: ISO numbers, 1 is Monday.
        opens: of each working day.
        closes: later than opens.
        holidays: ISO dates on which nobody works, whatever the weekday.
        workdays: ISO dates on which people do, whatever the weekday, such as days made up for.
    """

    weekdays: frozenset[int] = frozenset({1, 2, 3, 4, 5})
    opens: time = time(9)
    closes: time = time(18)
    holidays: frozenset[str] = frozenset()
    workdays: frozenset[str] = frozenset()

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> WorkCalendar:
        """Read the setting; what it doesn't say keeps its default.

        Raises:
            ValueError: it says something else than a calendar.
        """
        default = cls()
        opens, closes = (
            time.fromisoformat(value[name]) if name in value else getattr(default, name)
            for name in ("opens", "closes")
        )
        weekdays = frozenset(value.get("weekdays", default.weekdays))
        if not opens < closes:
            raise ValueError(f"a calendar that opens at {opens} can't close at {closes}")
        if not weekdays or not weekdays <= frozenset(range(1, 8)):
            raise ValueError("weekdays are 1 (Monday) to 7, at least one of them")
        days = {
            name: frozenset(date.fromisoformat(day).isoformat() for day in value.get(name, ()))
            for name in ("holidays", "workdays")
        }
        return cls(weekdays, opens, closes, **days)

    @classmethod
    def from_setting(cls, value: object) -> WorkCalendar:
        """Read the same; the usual one where it is none."""
        try:
            return cls.read(value) if isinstance(value, dict) else cls()
        except (ValueError, TypeError):
            return cls()

    def is_workday(self, day: date) -> bool:
        """Whether anybody works; a day that is named as both a holiday and a workday is none."""
        named = day.isoformat()
        if named in self.holidays:
            return False
        return named in self.workdays or day.isoweekday() in self.weekdays


def due_ms(now_ms: int, promise: Promise, calendar: WorkCalendar, time_zone: str) -> int:
    """Say when the answer is due.

    Args:
        now_ms: when it was promised, milliseconds since 1970 UTC.
        promise: the day of a promise in working days is not one of them; the last of them counts
            until closing time. Working hours count from now on, or from the next opening.
        calendar: of working time. Where it has no working days, days count as they come.
        time_zone: the office's.

    Returns:
        Milliseconds since 1970 UTC.
    """
    if promise.unit == "hours":
        return now_ms + promise.amount * _HOUR_MS
    if promise.unit == "working_days":
        days = _open_times(local_day(now_ms, time_zone) + timedelta(1), calendar, time_zone)
        for _ in range(promise.amount - 1):
            next(days)
        return next(days)[1]
    left_ms = promise.amount * _HOUR_MS
    for opens_ms, closes_ms in _open_times(local_day(now_ms, time_zone), calendar, time_zone):
        begin_ms = max(opens_ms, now_ms)
        if begin_ms + left_ms <= closes_ms:
            return begin_ms + left_ms
        left_ms -= max(closes_ms - begin_ms, 0)
    raise AssertionError("days never end")


def _open_times(first: date, calendar: WorkCalendar, time_zone: str) -> Iterator[tuple[int, int]]:
    """When working days open and close, ms UTC, from a day on."""
    soon = (first + timedelta(n) for n in range(_FARTHEST_DAYS))
    is_never = not any(map(calendar.is_workday, soon))
    for day in (first + timedelta(n) for n in count()):
        if is_never or calendar.is_workday(day):
            yield (
                _instant_ms(day, calendar.opens, time_zone),
                _instant_ms(day, calendar.closes, time_zone),
            )


def _instant_ms(day: date, at: time, time_zone: str) -> int:
    zone = at_office(0, time_zone).tzinfo
    return round(datetime.combine(day, at, zone).timestamp() * 1000)
