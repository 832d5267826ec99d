"""How many wrong PINs a seat takes, and how long it then waits."""

from __future__ import annotations

FREE_TRIES = 4
FIRST_WAIT_S = 30
LONGEST_WAIT_S = 15 * 60


def wait_after(tries: int) -> int:
    """Seconds to wait after `tries` wrong PINs in a row; 0 while some are free."""
    if tries <= FREE_TRIES:
        return 0
    doublings = min(tries - FREE_TRIES - 1, 10)
    return min(LONGEST_WAIT_S, FIRST_WAIT_S << doublings)


def remaining_wait_s(tries: int, last_ms: int | None, now_ms: int) -> int:
    """Seconds still to wait. A clock set back doesn't shorten the wait, only restarts it."""
    wait_s = wait_after(tries)
    if wait_s == 0 or last_ms is None:
        return 0
    elapsed_s = max(0, now_ms - last_ms) // 1000
    return max(0, wait_s - elapsed_s)
