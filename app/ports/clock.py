"""Time as the journal and the engine need it."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Where the time comes from."""

    def now_ms(self) -> int:
        """The PC's wall clock, milliseconds since 1970 UTC."""

    def boot(self) -> tuple[str, int]:
        """(boot id, milliseconds since that boot, sleep included)."""

    def monotonic_s(self) -> float:
        """Seconds that only grow, for timeouts and intervals."""
