"""The office's own day; everything inside is UTC, people are not."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def local_day(now_ms: int, time_zone: str) -> date:
    """The date at the office. An unknown zone counts as UTC.

    Args:
        now_ms: milliseconds since 1970 UTC.
        time_zone: IANA name, such as 'Asia/Shanghai'.
    """
    try:
        zone: ZoneInfo | None = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = None
    return datetime.fromtimestamp(now_ms / 1000, tz=zone or UTC).date()
