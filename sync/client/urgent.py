"""The urgent lane: low ratings at once, each as a copy signed by itself, ahead of the chain.

A desk passes on what counters of its office signed and brought to it, so that the server knows of
a case before the desk's own entries about it come.

Sans-I/O like the engine and polled by a thread of its own, because an alarm must not wait behind a
page of 500 members. Nothing is used up by failing: what has no copy delivered goes again, and goes
with the chain in any case.
"""

from __future__ import annotations

import logging
import random
from typing import Final
from uuid import UUID

import msgspec

from app.domain.entry import copy_statement
from app.domain.errors import Unavailable
from app.ports.sync_store import SeatIdentity, SyncStore, UrgentCopy
from sync.client.backoff import LINK_CAP_S, SERVER_CAP_S, Lane
from sync.client.exchange import Challenge, Fault, Idle, Request, Response, Send, Token, Urgent
from sync.client.link import is_of_link, problem_of
from sync.client.outcome import Refusal, Why, read
from sync.client.session import Authenticator, TokenCache
from sync.client.shut_out import heed
from sync.protocol.framing import encode
from sync.protocol.messages import Blob, UrgentAnswer, UrgentRequest

_log = logging.getLogger(__name__)

_AT_ONCE: Final = 16
_LOOK_AGAIN_S: Final = 30.0


class UrgentLane:
    """Delivers urgent entries ahead of their chain; the same shape as the engine."""

    def __init__(self, store: SyncStore, *, tokens: TokenCache, source: random.Random) -> None:
        """`tokens` are shared with the engine, which renews them before they end."""
        self._store = store
        self._tokens = tokens
        self._source = source
        self._auth = Authenticator(store, tokens, source)
        self._lane = Lane(source)
        self._held: dict[UUID, Lane] = {}  # copies that the server would not take as yet
        self._noted = False

    def note_entries(self) -> None:
        """Something was added to the journal. May be called from any thread."""
        self._noted = True

    def poll(self, now: float) -> Send | Idle:
        """What to do now."""
        if self._noted:
            self._noted = False
            self._lane.hurry(now)
            self.link_is_back()  # perhaps; a fresh alarm is worth a try
        identity = self._store.identity()
        if identity is None:
            return Idle(now + _LOOK_AGAIN_S)
        if not self._lane.is_ready(now):
            return Idle(self._lane.next_s)
        try:
            copies = self._store.urgent_unsent(limit=_AT_ONCE + len(self._held))
            waiting = {copy.event_id for copy in copies}
            self._held = {key: lane for key, lane in self._held.items() if key in waiting}
            for copy in copies:
                held = self._held.get(copy.event_id)
                if held is None or held.is_ready(now):
                    return self._send(identity, copy, now)
        except Unavailable as error:
            _log.warning("an urgent copy has to wait: %s", error.message)
            self._lane.fail(now, "")
            return Idle(self._lane.next_s)
        held_s = (lane.next_s for lane in self._held.values())
        self._lane.due_s = min([now + _LOOK_AGAIN_S, *held_s])
        return Idle(self._lane.next_s)

    def _send(self, identity: SeatIdentity, copy: UrgentCopy, now: float) -> Send | Idle:
        token = self._tokens.current(now)
        if token is None:
            request = self._auth.next_request(identity, now)
            return Idle(self._auth.lane.next_s) if request is None else Send(request)
        body = encode(
            UrgentRequest(
                entry=msgspec.Raw(copy.body),
                blobs=[Blob(b.commitment, b.salt, b.content) for b in copy.blobs],
                signature=copy.signature or self._store.sign(copy_statement(copy.body)),
            )
        )
        step = Urgent(copy.event_id, is_relayed=bool(copy.signature))
        return Send(Request("POST", "/v1/urgent", step, now, body=body, token=token))

    def received(self, request: Request, response: Response, now: float) -> None:
        """Take the answer to the request that `poll` gave."""
        try:
            if isinstance(request.step, Challenge | Token):
                if isinstance(granted := self._auth.received(request, response, now), Refusal):
                    heed(self._store, granted)
                    self._auth.lane.fail(
                        now, problem_of(granted), retry_after_s=granted.retry_after_s
                    )
                return
            assert isinstance(request.step, Urgent)
            answer = read(response, UrgentAnswer)
            if isinstance(answer, Refusal):
                self._refused(request, request.step, answer, now)
                return
            # Whatever was decided of it, the server has it
            self._store.urgent_delivered(request.step.event_id)
            self._auth.worked(now)
            self._lane.succeed(now)
        except Unavailable as error:
            _log.warning("an urgent copy has to wait: %s", error.message)
            self._lane.fail(now, "")

    def failed(self, request: Request, fault: Fault, now: float) -> None:
        """The request that `poll` gave had no answer."""
        problem = problem_of(fault)
        lane = self._lane if isinstance(request.step, Urgent) else self._auth.lane
        lane.fail(now, problem, cap_s=LINK_CAP_S if is_of_link(problem) else SERVER_CAP_S)

    def link_is_back(self) -> None:
        """Somebody reached the server: rest no longer. May be called from any thread."""
        for lane in (self._lane, self._auth.lane):
            if is_of_link(lane.problem):
                lane.rested()

    def _refused(self, request: Request, step: Urgent, refusal: Refusal, now: float) -> None:
        if refusal.why is Why.UNAUTHENTICATED:
            self._auth.unauthenticated(request.token, now)
            return
        if heed(self._store, refusal):
            return
        problem = problem_of(refusal)
        if is_of_link(problem) or refusal.why is Why.BUSY:
            self._lane.fail(now, problem, cap_s=LINK_CAP_S, retry_after_s=refusal.retry_after_s)
            return
        # The fault may be this entry's: the next one's turn
        _log.warning("an urgent copy was not taken: %s", refusal.code)
        if step.is_relayed and refusal.why is Why.REFUSED:
            self._store.urgent_delivered(step.event_id)  # its own chain brings it, or nobody does
            self._lane.succeed(now)
            return
        held = self._held.setdefault(step.event_id, Lane(self._source))
        held.fail(now, problem)
