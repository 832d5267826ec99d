"""Where values stand along an axis, and which of them are written beside it. No Qt in here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from math import ceil, floor, log, log10
from typing import Final

from app.domain.lean import dataclass

_STEPS: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
_WHOLE_STEPS: Final = (1.0, 2.0, 5.0, 10.0)

_MINUTE, _HOUR, _DAY = 60.0, 3_600.0, 86_400.0
_YEAR = 365.0 * _DAY
_DURATIONS_S: Final = (
    (
        *(1.0, 5.0, 15.0, _MINUTE, 5 * _MINUTE, 15 * _MINUTE, _HOUR, 6 * _HOUR),
        *(_DAY, 7 * _DAY, 30 * _DAY, _YEAR, 10 * _YEAR),
    ),
    (1.0, 10.0, _MINUTE, 10 * _MINUTE, _HOUR, 6 * _HOUR, _DAY, 10 * _DAY, 100 * _DAY, 10 * _YEAR),
    (1.0, _MINUTE, _HOUR, _DAY, 30 * _DAY, _YEAR, 10 * _YEAR),
    (1.0, _HOUR, 30 * _DAY, 10 * _YEAR),
)
"""What is written along a logarithmic axis; the finest set for which there is room."""

_TIME_STEPS_S: Final = (
    *(1.0, 2.0, 5.0, 10.0, 15.0, 30.0),
    *(minutes * _MINUTE for minutes in (1, 2, 5, 10, 15, 30)),
    *(hours * _HOUR for hours in (1, 2, 4, 6, 12)),
)
"""Steps along an even axis; longer ones are whole days."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Values along a line of px; what lies beyond an end is drawn at that end.

    Attributes:
        low: the value at `start`.
        high: the value at `end`, > low.
        start: px; larger than `end` where values grow upwards.
        is_log: equal ratios take equal room; low is then > 0.
    """

    low: float
    high: float
    start: float
    end: float
    is_log: bool = False

    def px(self, value: float) -> float:
        """Return where a value stands."""
        within = min(max(value, self.low), self.high)
        if self.is_log:
            share = log(within / self.low) / log(self.high / self.low)
        else:
            share = (within - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def tidy_ticks(low: float, high: float, most: int, *, whole: bool = False) -> tuple[float, ...]:
    """Return round numbers that enclose what is to be shown.

    Args:
        low: the least value to be shown.
        high: the largest, >= low. Where they are equal there is room on either side.
        most: no more ticks than this, >= 2, where so few can enclose both.
        whole: counts: no tick between two of them.

    Returns:
        Two or more, ascending, in equal steps of 1, 2, 2.5 or 5 times a power of ten; the first is
        at or below low and the last at or above high.

    Source:
        P. Heckbert, Nice numbers for graph labels, Graphics Gems (1990), 61-63.

    >>> tidy_ticks(0.0, 0.043, 6)
    (0.0, 0.01, 0.02, 0.03, 0.04, 0.05)
    """
    if high <= low:
        reach = abs(low) / 10.0 or 1.0
        low, high = low - reach, low + reach
    power = floor(log10((high - low) / max(most - 1, 1)))
    while True:
        for factor in _WHOLE_STEPS if whole else _STEPS:
            step = factor * 10.0**power
            if whole and step < 1.0:
                continue
            first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
            # Two ticks always do in the end, even where zero lies between low and high
            if last - first + 1 <= max(most, 3):
                digits = max(0, 2 - power)
                return tuple(
                    round(place * step, digits) for place in range(first, max(last, first + 1) + 1)
                )
        power += 1


def share_ticks(low: float, high: float, most: int) -> tuple[float, ...]:
    """Return ticks for shares in [0, 1]; from 0 unless that would leave most of the room empty."""
    if low < high / 2.0 or high <= 0.0:
        low = 0.0
    ticks = tidy_ticks(low, max(high, 0.01) if low == 0.0 else high, most)
    possible = tuple(tick for tick in ticks if 0.0 <= tick <= 1.0)
    return possible if len(possible) > 1 else (0.0, 1.0)


def duration_ticks(low_s: float, high_s: float, most: int) -> tuple[float, ...]:
    """Return durations that are written along a logarithmic axis.

    Args:
        low_s: where the axis begins, seconds > 0.
        high_s: where it ends, > low_s.
        most: no more than this where any set allows it.

    Returns:
        Ascending, seconds, within both; none where no round one lies between them.
    """
    ticks: tuple[float, ...] = ()
    for table in _DURATIONS_S:
        ticks = tuple(tick for tick in table if low_s <= tick <= high_s)
        if len(ticks) <= most:
            break
    return ticks


def time_ticks(low_s: float, high_s: float, most: int) -> tuple[float, ...]:
    """Return ticks for durations on an even axis: round in seconds, minutes, hours or days.

    Args:
        low_s: the shortest, seconds >= 0.
        high_s: the longest, >= low_s.
        most: no more than this, >= 2, where so few can enclose both.

    Returns:
        Two or more, ascending, seconds >= 0; they enclose low_s and high_s.
    """
    for step in _TIME_STEPS_S:
        first, last = floor(low_s / step + 1e-9), ceil(high_s / step - 1e-9)
        last = max(last, first + 1)
        if last - first + 1 <= max(most, 3):
            return tuple(place * step for place in range(first, last + 1))
    days = tidy_ticks(low_s / _DAY, high_s / _DAY, most, whole=True)
    return tuple(max(tick, 0.0) * _DAY for tick in days)


# ------------------------------------------------------------------- days


def _every(days: int) -> Callable[[date], object]:
    return lambda day: day.toordinal() // days


_CALENDAR: Final[tuple[Callable[[date], object], ...]] = (
    _every(1),
    _every(2),
    lambda day: day.isocalendar()[:2],
    lambda day: (day.toordinal() - 1) // 14,
    lambda day: (day.year, day.month),
    lambda day: (day.year, (day.month - 1) // 3),
    lambda day: day.year,
)
"""How days are told apart, the finest first: a tick stands where one of these begins anew."""


def date_ticks(days: Sequence[date], most: int) -> tuple[int, ...]:
    """Return the places at which a date is written below the axis.

    Args:
        days: one a place, ascending, with gaps or without.
        most: no more than this, >= 1.

    Returns:
        Places, ascending: beginnings of weeks, months or quarters, by what there is room for. Where
        fewer than two of them begin, the first place and the last.
    """
    if len(days) <= 1:
        return tuple(range(len(days)))
    begins: list[int] = []
    for kind in _CALENDAR:
        kinds = [kind(day) for day in days]
        begins = [place for place in range(1, len(days)) if kinds[place] != kinds[place - 1]]
        if kind is _CALENDAR[0]:
            begins.insert(0, 0)
        if len(begins) <= most:
            break
    if 2 <= len(begins) <= most:
        return tuple(begins)
    return (0, len(days) - 1) if most > 1 else (0,)


# ------------------------------------------------------------------- the pointer


def nearest(places: Sequence[tuple[float, float]], x: float, y: float, *, ways: str) -> int | None:
    """Return the place nearest to a point, along the given ways; None without places.

    Args:
        places: (x, y) px.
        x: where the pointer is.
        y: likewise.
        ways: 'x', 'y' or 'xy'.
    """
    if not places:
        return None

    def distance(which: int) -> float:
        across, down = places[which][0] - x, places[which][1] - y
        return ("x" in ways) * across * across + ("y" in ways) * down * down

    return min(range(len(places)), key=distance)
