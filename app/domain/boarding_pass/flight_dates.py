"""From the pass's day of the year to a date.

A pass says 'day 226' and no year. Its date of issue, when present, ends in one digit of its year.
"""

from __future__ import annotations

from datetime import date, timedelta

# passes are printed again some days after the flight, for claims
_REPRINTED_WITHIN = timedelta(days=7)


def day_of_year(year: int, day: int) -> date | None:
    """The date of day 1..366 of a year; None where the year or the day doesn't exist."""
    if not 1 <= year <= 9999 or not 1 <= day <= 366:
        return None
    try:
        found = date(year, 1, 1) + timedelta(days=day - 1)
    except OverflowError:  # day 366 of the last year there is
        return None
    return found if found.year == year else None


def latest_allowed(today: date, max_days_ahead: int) -> date:
    """The last day a flight may be on."""
    return today + min(timedelta(days=max_days_ahead), date.max - today)


def resolve_issue_date(raw: str, today: date) -> date | None:
    """The last day up to tomorrow that a 'YDDD' (last digit of the year, day) can mean.

    Returns:
        None when the four characters are no such day; the field is a courtesy and not needed.
    """
    if len(raw) != 4 or not (raw.isascii() and raw.isdigit()):
        return None
    last = latest_allowed(today, 1)  # somewhere it is tomorrow already
    newest = last.year - (last.year - int(raw[0])) % 10
    for year in (newest, newest - 10):
        found = day_of_year(year, int(raw[1:]))
        if found is not None and found <= last:
            return found
    return None


def resolve_flight_date(
    day: int, *, today: date, max_days_ahead: int, issued: date | None
) -> date | None:
    """The date of a flight on the given day of some year.

    With a date of issue it is the first such day from then on (a week's grace for reprints), which
    is how a two-year-old pass keeps its own year. Without one, or where that would lie too far
    ahead, it is the day nearest to today.

    Args:
        day: 1..366.
        today: the office's date.
        max_days_ahead: a flight later than that is not believed.
        issued: when the pass was issued, if known.

    Returns:
        None when no year near today has such a day.
    """
    last = latest_allowed(today, max_days_ahead)
    if issued is not None:
        start = issued - min(_REPRINTED_WITHIN, issued - date.min)
        for year in (start.year, start.year + 1):
            found = day_of_year(year, day)
            if found is not None and start <= found <= last:
                return found
    around = (day_of_year(today.year + shift, day) for shift in (-1, 0, 1))
    possible = [found for found in around if found is not None and found <= last]
    return min(possible, key=lambda found: abs(found - today), default=None)
