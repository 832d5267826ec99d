"""The device's token: asked for by challenge, shared by all threads, renewed before it ends."""

from __future__ import annotations

import random
import threading
from typing import Final

from app.domain.lean import dataclass
from app.ports.sync_store import SeatIdentity, SyncStore
from sync.client.backoff import LINK_CAP_S, Lane
from sync.client.exchange import Challenge, Request, Response, Token
from sync.client.outcome import Refusal, read
from sync.protocol.framing import encode
from sync.protocol.messages import ChallengeAnswer, TokenAnswer, TokenRequest

_RENEW_AT: Final = 0.8  # of a token's life
_TOKEN_DOMAIN: Final = b"guichet token 1\0"


@dataclass(frozen=True, slots=True)
class _Held:
    token: str
    renew_s: float
    ends_s: float


class TokenCache:
    """The token in use; thread-safe. Times are the monotonic clock's, so no wall clock counts."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._held: _Held | None = None

    def current(self, now: float) -> str | None:
        """The token, None when there is none or it has ended."""
        with self._changed:
            held = self._held
        return held.token if held is not None and now < held.ends_s else None

    def renew_s(self) -> float:
        """When a new one should be asked for."""
        with self._changed:
            return 0.0 if self._held is None else self._held.renew_s

    def keep(self, token: str, *, now: float, life_s: float) -> None:
        with self._changed:
            self._held = _Held(token, now + life_s * _RENEW_AT, now + life_s)
            self._changed.notify_all()

    def discard(self, token: str | None) -> None:
        """The server did not take `token`; a newer one that came meanwhile stays."""
        with self._changed:
            if self._held is not None and self._held.token == token:
                self._held = None


class Authenticator:
    """Decides when to ask for a challenge and a token; sans-I/O like its owner.

    The owner sends what `next_request` gives, hands the answer to `received`, and asks again.
    """

    def __init__(self, store: SyncStore, tokens: TokenCache, source: random.Random) -> None:
        self._store = store
        self._tokens = tokens
        self._nonce: str | None = None
        self._unauthenticated = 0
        self.lane = Lane(source)

    def is_due(self, now: float) -> bool:
        return now >= self._tokens.renew_s()

    def next_s(self) -> float:
        """When `next_request` will have something to send."""
        return max(self._tokens.renew_s(), self.lane.next_s)

    def next_request(self, identity: SeatIdentity, now: float) -> Request | None:
        """The next call towards a token, None while resting.

        Raises:
            Unavailable: the vault holds back the device's key.
        """
        if not self.lane.is_ready(now):
            return None
        if self._nonce is None:
            return Request("GET", "/v1/challenge", Challenge(), now)
        nonce, self._nonce = self._nonce, None  # a nonce serves once, whatever comes of it
        statement = _TOKEN_DOMAIN + identity.device_id.bytes + nonce.encode()
        ask = TokenRequest(identity.device_id, nonce, self._store.sign(statement))
        return Request("POST", "/v1/token", Token(), now, body=encode(ask))

    def received(
        self, request: Request, response: Response, now: float
    ) -> ChallengeAnswer | TokenAnswer | Refusal:
        """Take a nonce or a token; a refusal is the owner's to judge (`lane` rests already)."""
        answer: ChallengeAnswer | TokenAnswer | Refusal
        if isinstance(request.step, Challenge):
            answer = read(response, ChallengeAnswer)
            if isinstance(answer, ChallengeAnswer):
                self._nonce = answer.nonce
        else:
            answer = read(response, TokenAnswer)
            if isinstance(answer, TokenAnswer):
                life_s = (answer.expires_ms - answer.server_ms) / 1000
                self._tokens.keep(answer.token, now=now, life_s=life_s)
                if not self._unauthenticated:
                    self.lane.succeed(now)
        return answer

    def worked(self, now: float) -> None:
        """A call with the token was answered."""
        self._unauthenticated = 0
        self.lane.succeed(now)

    def unauthenticated(self, token: str | None, now: float) -> None:
        """A call with `token` got 401: the first time renew at once, then ever more slowly."""
        self._tokens.discard(token)
        self._nonce = None
        self._unauthenticated += 1
        if self._unauthenticated > 1:
            self.lane.fail(now, "server_error", cap_s=LINK_CAP_S)
