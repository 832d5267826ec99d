"""Waiting for what other threads and processes do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

LIMIT_S = 60.0
"""Nothing takes that long but what never comes, however busy the machine."""


def until(true: Callable[[], bool], what: str = "it comes about", limit_s: float = LIMIT_S) -> None:
    """Poll until it is so; the test fails after `limit_s`."""
    deadline = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < deadline, f"not within {limit_s:.0f} s: {what}"
        time.sleep(0.01)


async def soon(true: Callable[[], bool], what: str = "it comes about") -> None:
    """The same on an event loop, which goes on meanwhile."""
    deadline = time.monotonic() + LIMIT_S
    while not true():
        assert time.monotonic() < deadline, f"not within {LIMIT_S:.0f} s: {what}"
        await asyncio.sleep(0.01)
