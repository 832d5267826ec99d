"""How much one process takes on at a time: beyond that it says when to come back, at once.

A server that queues without bound answers everybody too late; one that refuses early keeps
answering those it has room for. All of it runs on the event loop.
"""

from __future__ import annotations

import random
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sync.server.problems import ProblemError

_LONGEST_WAIT_S: Final = 30
_REMEMBERED_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What a process bears.

    Attributes:
        requests: under way, those that wait their turn among them.
        urgent_besides: alarms and redemptions of known devices beyond these: they have threads of
            their own, so a house full of pulls is no reason to send them away.
        at_work: of them at work, each with a connection to the database.
        urgent_at_work: alarms and redemptions at work besides.
        per_device: of them from one device; its engine, its urgent lane and the redemption that a
            customer waits for make three.
        body_bytes: of bodies held in memory, compressed and not.
    """

    requests: int = 256
    urgent_besides: int = 64
    at_work: int = 5
    urgent_at_work: int = 2
    per_device: int = 4
    body_bytes: int = 192 * 1024 * 1024


class Admission:
    """Counts what is under way, and refuses what is too much."""

    def __init__(self, limits: Limits, now_s: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self.at_work = limits.at_work
        self.urgent_at_work = limits.urgent_at_work
        self._now_s = now_s
        self._by_caller: Counter[UUID] = Counter()
        self._refused_s: deque[float] = deque(maxlen=10_000)
        self.under_way = 0
        self.body_bytes = 0

    def enter(self, caller: UUID | None, *, urgent: bool = False) -> None:
        """Let a request in; `leave` must follow.

        Args:
            caller: the device, None before it has a token.
            urgent: it brings an alarm or a redemption.

        Raises:
            ProblemError: busy: 429 where this device asks too much at a time, 503 where all
                together do.
        """
        if caller is not None and self._by_caller[caller] >= self._limits.per_device:
            raise ProblemError(
                "busy", "This device asks for too much at a time", status=429, wait_s=1
            )
        besides = self._limits.urgent_besides if urgent and caller is not None else 0
        if self.under_way >= self._limits.requests + besides:
            raise self._full()
        self.under_way += 1
        if caller is not None:
            self._by_caller[caller] += 1

    def leave(self, caller: UUID | None) -> None:
        self.under_way -= 1
        if caller is not None:
            self._by_caller[caller] -= 1
            if not self._by_caller[caller]:
                del self._by_caller[caller]

    def hold(self, size: int) -> None:
        """Keep so many bytes of a body; `release` must follow. Raises ProblemError('busy')."""
        if self.body_bytes + size > self._limits.body_bytes:
            raise self._full()
        self.body_bytes += size

    def release(self, size: int) -> None:
        self.body_bytes -= size

    def _full(self) -> ProblemError:
        """A refusal that spreads those who were refused lately over the time they take."""
        now_s = self._now_s()
        while self._refused_s and self._refused_s[0] < now_s - _REMEMBERED_S:
            self._refused_s.popleft()
        self._refused_s.append(now_s)
        # assumed: a house full of requests takes about a second
        spread_s = min(_LONGEST_WAIT_S, 1 + len(self._refused_s) // max(1, self._limits.requests))
        wait_s = random.randint(1, spread_s)
        return ProblemError("busy", "The server has its hands full", wait_s=wait_s)
