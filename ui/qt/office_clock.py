"""The clock on the office's wall, by which a screen dates whatever people read.

A PC may be set to any time zone, while slips, statements and the books go by the office's.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Final

from app.domain.office_time import at_office


class OfficeClock:
    """Days and times of day where the seat stands."""

    def __init__(self, now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        """Show the PC's time zone, until `hang_in`.

        Args:
            now_ms: milliseconds since 1970 UTC.
        """
        self._now_ms = now_ms
        self._time_zone: str | None = None

    def hang_in(self, time_zone: str) -> None:
        """Show the time of an office's zone from now on, 'Asia/Shanghai'."""
        self._time_zone = time_zone

    def at(self, at_ms: int) -> datetime:
        """Return what this clock shows at a moment, in milliseconds since 1970 UTC."""
        if self._time_zone is None:
            return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone()
        return at_office(at_ms, self._time_zone)

    def today(self) -> date:
        """Return the office's date."""
        return self.at(self._now_ms()).date()


OFFICE_CLOCK: Final = OfficeClock()
"""The one of this program, which stands at one seat; hung up once that is enrolled."""
