"""The PC's clocks: the adapter of `app.ports.clock.Clock`."""

from __future__ import annotations

import sys
import time

from app.credentials.machine import boot_id

_NS_PER_MS = 1_000_000


class SystemClock:
    """Wall clock, boot clock and timeouts as the operating system has them."""

    def now_ms(self) -> int:
        return time.time_ns() // _NS_PER_MS

    def boot(self) -> tuple[str, int]:
        return boot_id(), _since_boot_ms()

    def monotonic_s(self) -> float:
        return time.monotonic()


if sys.platform == "win32":
    import ctypes

    _tick_count = ctypes.windll.kernel32.GetTickCount64
    _tick_count.restype = ctypes.c_uint64

    def _since_boot_ms() -> int:
        return int(_tick_count())  # goes on while the PC sleeps

elif sys.platform == "darwin":

    def _since_boot_ms() -> int:
        # On macOS this clock goes on while the PC sleeps
        return time.clock_gettime_ns(time.CLOCK_MONOTONIC) // _NS_PER_MS

else:

    def _since_boot_ms() -> int:
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // _NS_PER_MS


def since_boot_s() -> float:
    """Seconds since the PC was booted, sleep included."""
    return _since_boot_ms() / 1000
