"""The office's own day; everything inside is UTC, people are not."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def at_office(at_ms: int, time_zone: str) -> datetime:
    """The moment as the office's clock shows it. An unknown zone counts as UTC.

    Args:
        at_ms: milliseconds since 1970 UTC.
        time_zone: IANA name, such as 'Asia/Shanghai'.
    """
    try:
        zone: ZoneInfo | None = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = None
    return datetime.fromtimestamp(at_ms / 1000, tz=zone or UTC)


def local_day(now_ms: int, time_zone: str) -> date:
    """The date at the office."""
    return at_office(now_ms, time_zone).date()


def local_time(at_ms: int, time_zone: str) -> str:
    """The office's date and time of day for a receipt, such as '2026-11-28 14:03'."""
    return f"{at_office(at_ms, time_zone):%Y-%m-%d %H:%M}"


def local_stamp(at_ms: int, time_zone: str) -> str:
    """The same with its second as a part of a file's name, such as '2026-11-28 140359'."""
    return f"{at_office(at_ms, time_zone):%Y-%m-%d %H%M%S}"
