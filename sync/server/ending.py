"""Ending tasks for good, and what they have running on threads."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Final, TypeVar

_AGAIN_S: Final = 0.2
_LONGEST_S: Final = 5.0

T = TypeVar("T")


async def on_thread(do: Callable[..., T], *arguments: Any) -> T:
    """Call something that asks the database, and see its end also when cancelled meanwhile.

    Left to itself it would go on under a pool of connections that is put away at the same time.
    Only what takes very long is left: a members file in the making is thrown away by the next.
    """
    call = asyncio.ensure_future(asyncio.to_thread(do, *arguments))
    try:
        return await asyncio.shield(call)
    except asyncio.CancelledError:
        end_s = time.monotonic() + _LONGEST_S
        while not call.done() and time.monotonic() < end_s:
            with suppress(asyncio.CancelledError):  # `end` says it again and again
                await asyncio.wait([call], timeout=_AGAIN_S)
        if call.done():
            call.exception()  # seen
        raise


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks and wait for their ends, whatever those are.

    `asyncio.wait_for`, ours or a library's, loses a cancellation that comes together with what it
    waited for (until Python 3.12), so one may not be enough.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        ended, left = await asyncio.wait(left, timeout=_AGAIN_S)
        for task in ended:
            if not task.cancelled():
                task.exception()  # seen
