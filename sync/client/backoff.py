"""When a kind of work is due, and how long it rests after a failure."""

from __future__ import annotations

import random
from typing import Final

FIRST_WAIT_S: Final = 0.5
LINK_CAP_S: Final = 10.0  # a counter should notice within seconds that the network is back
SERVER_CAP_S: Final = 60.0


class Lane:
    """One kind of work: due at a time, put off longer and longer while it fails.

    Attributes:
        due_s: when it is wanted next, on the engine's clock.
        failures: in a row.
        problem: the link-state code of its last failure, '' while it works.
    """

    __slots__ = ("_random", "_rest_until_s", "due_s", "failures", "problem")

    def __init__(self, source: random.Random) -> None:
        self._random = source
        self._rest_until_s = 0.0
        self.due_s = 0.0
        self.failures = 0
        self.problem = ""

    @property
    def next_s(self) -> float:
        """When it may run: due and rested."""
        return max(self.due_s, self._rest_until_s)

    def is_ready(self, now: float) -> bool:
        return now >= self.next_s

    def hurry(self, due_s: float) -> None:
        """Want it by `due_s` at the latest; a rest after a failure is kept all the same."""
        self.due_s = min(self.due_s, due_s)

    def succeed(self, due_s: float) -> None:
        """It worked; wanted again at `due_s`."""
        self.failures = 0
        self.problem = ""
        self._rest_until_s = 0.0
        self.due_s = due_s

    def fail(
        self,
        now: float,
        problem: str,
        *,
        cap_s: float = SERVER_CAP_S,
        retry_after_s: float | None = None,
    ) -> None:
        """It failed: rest twice as long as the last time, half of it by chance, at most `cap_s`.

        `retry_after_s` is the least that the server asked for; chance adds up to a tenth, so that
        not all counters of a city come back in the same second.
        """
        wait_s = min(cap_s, FIRST_WAIT_S * 2.0 ** min(self.failures, 10))
        wait_s *= 0.5 + self._random.random() / 2
        if retry_after_s is not None:
            wait_s = max(wait_s, retry_after_s * (1 + self._random.random() / 10))
        self.failures += 1
        self.problem = problem
        self._rest_until_s = now + wait_s

    def rested(self) -> None:
        """What it rested from is over (the network is back): it may run at once."""
        self._rest_until_s = 0.0
