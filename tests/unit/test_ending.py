"""What runs on threads has ended when its task has."""

from __future__ import annotations

import asyncio
import threading

import pytest

from sync.server import ending


def test_a_call_on_a_thread_is_seen_to_its_end() -> None:
    begun, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def call() -> None:
        begun.set()
        may_end.wait(10)
        ended.set()

    async def cancelled_meanwhile() -> None:
        task = asyncio.create_task(ending.on_thread(call))
        await asyncio.to_thread(begun.wait, 10)
        asyncio.get_running_loop().call_later(0.3, may_end.set)  # after it was cancelled twice
        await ending.end([task])
        assert task.cancelled()
        assert ended.is_set()

    asyncio.run(cancelled_meanwhile())


def test_a_call_that_takes_too_long_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "_LONGEST_S", 0.05)
    begun, may_end = threading.Event(), threading.Event()

    def call() -> None:
        begun.set()
        may_end.wait(10)

    async def left() -> None:
        task = asyncio.create_task(ending.on_thread(call))
        await asyncio.to_thread(begun.wait, 10)
        await ending.end([task])
        assert task.cancelled()
        may_end.set()

    asyncio.run(left())


def test_answers_and_errors_come_through() -> None:
    def fail() -> None:
        raise ValueError("no")

    async def ask() -> int:
        with pytest.raises(ValueError, match="no"):
            await ending.on_thread(fail)
        return await ending.on_thread(max, 1, 2)

    assert asyncio.run(ask()) == 2


@pytest.mark.parametrize("fails", [True, False])
def test_an_error_after_the_cancellation_is_nobodys(fails: bool) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def call() -> None:
        begun.set()
        may_end.wait(10)
        if fails:
            raise ValueError("too late")

    async def cancelled_meanwhile() -> None:
        task = asyncio.create_task(ending.on_thread(call))
        await asyncio.to_thread(begun.wait, 10)
        asyncio.get_running_loop().call_later(0.1, may_end.set)
        await ending.end([task])
        assert task.cancelled()

    asyncio.run(cancelled_meanwhile())  # a logged 'exception was never retrieved' fails the test
