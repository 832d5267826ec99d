"""A clerk's own weeks, as they may be told to that clerk: sums from which no rating can be read.

Ratings are confidential to staff. So there are whole weeks alone that have been over for a week,
which late ratings change no more; nothing of fewer customers than one clerk's share needs; and
shares in steps, never all and never none, so that no single customer's answer is certain.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from app.domain.events import RatingState
from app.domain.figure_rules import FigureRules
from app.domain.lean import dataclass
from app.domain.rating import GOOD_SCORES
from app.domain.records import Figures

WEEKS: Final = 8
STEP_PERCENT: Final = 5
"""Shares are told in these; the outermost stand for all beyond them, too."""

_GOOD: Final = tuple(map(str, GOOD_SCORES))


@dataclass(frozen=True, slots=True)
class OwnWeek:
    """One week of one clerk's.

    Attributes:
        first_day: its Monday, ISO.
        unrated_percent: of visits without a rating, from 5 to 95 in steps of 5; None of too few.
        good_percent: of ratings that count and are 4 or 5, likewise.
    """

    first_day: str
    visits: int
    ratings: int
    unrated_percent: int | None
    good_percent: int | None


def week_span(today: date) -> tuple[str, str]:
    """Give the first and last ISO day of the weeks that are told."""
    monday = today - timedelta(today.weekday())
    return (monday - timedelta(weeks=WEEKS + 1)).isoformat(), (monday - timedelta(8)).isoformat()


def own_weeks(
    days: Iterable[Figures], staff: str, today: date, rules: FigureRules
) -> tuple[OwnWeek, ...]:
    """Add up a clerk's weeks.

    Args:
        days: one office's; those outside of the weeks that are told are left out.
        staff: the clerk's number.
        today: the office's.
        rules: below its `staff_least_n` nothing but how many is told.

    Returns:
        The latest first; weeks in which the clerk served nobody aren't there.
    """
    first, last = week_span(today)
    sums: dict[str, list[int]] = {}
    for day in days:
        if not first <= day.day <= last:
            continue
        of = date.fromisoformat(day.day)
        week = sums.setdefault((of - timedelta(of.weekday())).isoformat(), [0] * 4)
        for cell in day.cells:
            if cell.staff == staff:
                good = sum(cell.by_score.get(score, 0) for score in _GOOD)
                rated = cell.by_state.get(RatingState.RATED, 0)
                for place, n in enumerate(
                    (cell.encounters, rated, sum(cell.by_score.values()), good)
                ):
                    week[place] += n
    least = rules.staff_least_n
    return tuple(
        OwnWeek(
            monday,
            visits,
            ratings,
            unrated_percent=_told(visits - rated, visits, least),
            good_percent=_told(good, ratings, least),
        )
        for monday, (visits, rated, ratings, good) in sorted(sums.items(), reverse=True)
        if visits
    )


def _told(part: int, n: int, least: int) -> int | None:
    if n < least:
        return None
    nearest = round(100 * part / n / STEP_PERCENT) * STEP_PERCENT
    return min(max(nearest, STEP_PERCENT), 100 - STEP_PERCENT)
