"""Pictures for the panel, fetched piece by piece while nothing waits for them.

Sans-I/O like the engine and polled by a thread of its own. Only of one piece is ever lost; the
engine sees to the token, and nothing of a failure is shown to anybody.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from typing import Final

from app.domain.pictures import Picture
from app.ports.pictures import PictureStore
from sync.client.backoff import SERVER_CAP_S, Lane
from sync.client.exchange import Fault, Idle, Piece, Request, Response, Send
from sync.client.link import problem_of
from sync.client.outcome import Refusal, Why, read
from sync.client.session import TokenCache
from sync.protocol.messages import PictureAnswer

_log: Final = logging.getLogger(__name__)

LOOK_S: Final = 30.0
PAUSE_S: Final = 0.25
"""Between two pieces, for whoever else is on a slow line."""


class PictureLane:
    """Fetches what the seat may show; the same shape as the engine."""

    def __init__(
        self,
        store: PictureStore,
        *,
        tokens: TokenCache,
        source: random.Random,
        on_arrived: Callable[[], None],
        kept_back: Callable[[], bool] = lambda: False,
    ) -> None:
        """Begin with nothing.

        Args:
            store: keeps them.
            tokens: the engine's.
            source: decides the jitter of waits.
            on_arrived: a picture is whole, or one is no longer to be shown; on the lane's thread.
            kept_back: whether the seat may not talk to the server now.
        """
        self._store, self._tokens = store, tokens
        self._on_arrived, self._kept_back = on_arrived, kept_back
        self._lane = Lane(source)
        self._under_way: Picture | None = None
        self._turn = 0  # one that can't be had holds up none

    def poll(self, now: float) -> Send | Idle:
        """What to do now."""
        if not self._lane.is_ready(now):
            return Idle(self._lane.next_s)
        token = self._tokens.current(now)
        wanted = () if token is None or self._kept_back() else self._store.wanted()
        if not wanted:
            self._lane.succeed(now + LOOK_S)
            return Idle(self._lane.next_s)
        picture = self._under_way = wanted[self._turn % len(wanted)]
        number = min(self._store.pieces(picture.digest), picture.pieces - 1)
        path = f"/v1/picture/{picture.digest}/{number}"
        return Send(Request("GET", path, Piece(number), now, token=token))

    def received(self, request: Request, response: Response, now: float) -> None:
        """Take the answer to the request that `poll` gave."""
        picture = self._under_way
        assert picture is not None, "only what is under way is asked for"
        assert isinstance(request.step, Piece)
        answer = read(response, PictureAnswer)
        if isinstance(answer, Refusal):
            if answer.why is Why.UNAUTHENTICATED:
                self._tokens.discard(request.token)
            self._turn += 1
            self._lane.fail(now, problem_of(answer), retry_after_s=answer.retry_after_s)
            return
        number = request.step.number
        if self._store.keep_piece(picture, number, answer.piece):
            self._on_arrived()
            self._lane.succeed(now + PAUSE_S)
        elif self._store.pieces(picture.digest) > number:
            self._lane.due_s = now + PAUSE_S
        else:  # the disk is full, or the whole isn't what was promised
            self._turn += 1
            self._lane.fail(now, "not_kept", cap_s=SERVER_CAP_S)

    def failed(self, request: Request, fault: Fault, now: float) -> None:
        """The request that `poll` gave had no answer."""
        self._lane.fail(now, problem_of(fault))
