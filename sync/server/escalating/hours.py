"""When somebody is on duty, as a roster says it: 'mon-fri 08:00-16:00, sat 22:00-06:00'.

By the office's clock. A span that ends before it begins goes on into the next day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.domain.errors import Rejected

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONGEST: Final = 500
_DAY_MIN: Final = 24 * 60
_ONE: Final = "|".join(_DAYS)
_CLOCK: Final = "([0-9]{2}):([0-9]{2})"
_SPAN: Final = re.compile(f"({_ONE})(?:-({_ONE}))? {_CLOCK}-{_CLOCK}")


@dataclass(frozen=True, slots=True)
class _Span:
    days: frozenset[int]  # on which it begins, 0 for Monday
    start_min: int
    end_min: int  # at most a day after the start

    def holds(self, local: datetime) -> bool:
        at_min = local.hour * 60 + local.minute
        if local.weekday() in self.days and self.start_min <= at_min < self.end_min:
            return True
        return (local.weekday() - 1) % 7 in self.days and at_min + _DAY_MIN < self.end_min


def check_hours(text: str) -> None:
    """Raises Rejected('bad_hours'): nobody could say when that is."""
    list(_spans(text))


def is_on_duty(text: str, local: datetime) -> bool:
    """Whether a moment by the office's clock is within these hours; '' is always."""
    return not text or any(span.holds(local) for span in _spans(text))


def _spans(text: str) -> Iterator[_Span]:
    if len(text) > _LONGEST:
        raise Rejected("bad_hours", f"Write hours in at most {_LONGEST} characters")
    for part in text.split(",") if text else ():
        found = _SPAN.fullmatch(part.strip().lower())
        if found is None:
            raise _bad(part)
        first, last, *clock = found.groups()
        first_day, last_day = _DAYS.index(first), _DAYS.index(last or first)
        days = frozenset((first_day + n) % 7 for n in range((last_day - first_day) % 7 + 1))
        start_min, end_min = (
            int(hour) * 60 + int(minute) for hour, minute in (clock[:2], clock[2:])
        )
        is_clock = all(int(minute) < 60 for minute in clock[1::2])
        if not is_clock or start_min >= _DAY_MIN or end_min > _DAY_MIN:
            raise _bad(part)
        yield _Span(days, start_min, end_min if end_min > start_min else end_min + _DAY_MIN)


def _bad(part: str) -> Rejected:
    return Rejected(
        "bad_hours", f"{part.strip()!r} are no hours; write such as 'mon-fri 08:00-16:00'"
    )
