"""A seat tells the server how it is, behind everything else that it sends.

Sans-I/O like the engine. Soon after the start, then when something of it became otherwise, and
once an hour in any case; nothing of a failure is shown to anybody.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from dataclasses import asdict
from typing import Final

from app.domain.errors import Unavailable
from app.domain.fleet import Condition
from sync.client.backoff import SERVER_CAP_S, Lane
from sync.client.exchange import Fault, Idle, Request, Response, Said, Send
from sync.client.link import problem_of
from sync.client.outcome import Why, read_nothing
from sync.client.session import TokenCache
from sync.protocol.framing import encode
from sync.protocol.told import ConditionRequest

_log: Final = logging.getLogger(__name__)

LOOK_S: Final = 60.0
SAY_S: Final = 3_600.0
OLD_SERVER_S: Final = 86_400.0
"""Until a server that knows of no conditions is asked again."""
_LATE_MS: Final = 600_000
_OFFSET_MS: Final = 10_000
_FREE_MB: Final = 1_024


class ConditionLane:
    """Says how the seat is; the same shape as the engine."""

    def __init__(
        self,
        look: Callable[[], Condition],
        *,
        tokens: TokenCache,
        source: random.Random,
        kept_back: Callable[[], bool] = lambda: False,
    ) -> None:
        """Begin with nothing said.

        Args:
            look: how the seat is now; raises Unavailable.
            tokens: the engine's.
            source: decides the jitter of waits, so that a thousand seats don't speak at once.
            kept_back: whether the seat may not talk to the server now.
        """
        self._look, self._tokens = look, tokens
        self._source, self._kept_back = source, kept_back
        self._lane = Lane(source)
        self._lane.due_s = 0.0
        self._said: tuple[object, ...] | None = None
        self._saying: tuple[object, ...] = ()
        self._say_again_s = 0.0
        self._began = False

    def poll(self, now: float) -> Send | Idle:
        """What to do now."""
        if not self._began:
            self._began = True
            self._lane.succeed(now + LOOK_S * self._source.random())
        if not self._lane.is_ready(now):
            return Idle(self._lane.next_s)
        token = self._tokens.current(now)
        condition = None if token is None or self._kept_back() else self._looked()
        if condition is None or (
            _what_matters(condition) == self._said and now < self._say_again_s
        ):
            self._lane.succeed(now + LOOK_S)
            return Idle(self._lane.next_s)
        self._saying = _what_matters(condition)
        body = encode(ConditionRequest(**asdict(condition)))
        return Send(Request("POST", "/v1/condition", Said(), now, token=token, body=body))

    def received(self, request: Request, response: Response, now: float) -> None:
        """Take the answer to the request that `poll` gave."""
        refusal = read_nothing(response)
        if refusal is None:
            self._said = self._saying
            self._say_again_s = now + SAY_S * (0.75 + self._source.random() / 2)
            self._lane.succeed(now + LOOK_S)
        elif refusal.why is Why.NOT_THERE:
            self._lane.succeed(now + OLD_SERVER_S)
        else:
            if refusal.why is Why.UNAUTHENTICATED:
                self._tokens.discard(request.token)
            self._lane.fail(
                now,
                problem_of(refusal),
                cap_s=SERVER_CAP_S,
                retry_after_s=max(LOOK_S, refusal.retry_after_s or 0.0),
            )

    def failed(self, request: Request, fault: Fault, now: float) -> None:
        """The request that `poll` gave had no answer."""
        self._lane.fail(now, problem_of(fault), retry_after_s=LOOK_S)

    def _looked(self) -> Condition | None:
        try:
            return self._look()
        except Unavailable as error:
            _log.warning("how the seat is can't be said: %s", error.code)
            return None


def _what_matters(condition: Condition) -> tuple[object, ...]:
    """What is said at once when it becomes otherwise; the rest is said with it, or in an hour."""
    free, offset = condition.free_mb, condition.offset_ms
    return (
        condition.version,
        condition.system,
        condition.doctor_ran_ms,
        condition.doctor_worst,
        condition.doctor_codes,
        condition.oldest_unsent_ms > _LATE_MS,
        None if free is None else min(free // _FREE_MB, 10),
        None if offset is None else round(offset / _OFFSET_MS),
    )
