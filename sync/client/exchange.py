"""What the engine and the network say to each other: a request, and its answer or its fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import Literal, Protocol
from uuid import UUID

from app.domain.lean import dataclass
from sync.protocol.messages import Cursor

FaultKind = Literal["unreachable", "lost", "certificate", "not_guichet", "too_large"]


@dataclass(frozen=True, slots=True)
class Challenge:
    """Asks for a nonce to sign."""


@dataclass(frozen=True, slots=True)
class Token:
    """Trades a signed nonce for a token."""


@dataclass(frozen=True, slots=True)
class Head:
    """Asks where the server's copy of our chain ends."""


@dataclass(frozen=True, slots=True)
class Deposit:
    """Leaves the sealed work key with the server."""


@dataclass(frozen=True, slots=True)
class Push:
    """Uploads the chain from `first_seq` to `last_seq`."""

    incarnation: int
    first_seq: int
    last_seq: int


@dataclass(frozen=True, slots=True)
class Urgent:
    """Uploads one entry ahead of its chain; `is_relayed`: another device's."""

    event_id: UUID
    is_relayed: bool = False


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """Asks for the page of the whole scope after `after_rank`."""

    after_rank: int


@dataclass(frozen=True, slots=True)
class First:
    """Asks for what a seat can't wait for: all records, and the members it will meet first."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Asks what members file is ready made."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Asks for a piece of it."""

    snapshot_id: UUID
    number: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Asks for a piece of a picture."""

    number: int


@dataclass(frozen=True, slots=True)
class Said:
    """Says how the seat is."""


@dataclass(frozen=True, slots=True)
class Pull:
    """Asks for what changed after `cursor`."""

    cursor: Cursor


@dataclass(frozen=True, slots=True)
class Ask:
    """Asked while a person waits, not by the engine."""


_Up = Challenge | Token | Head | Deposit | Push | Urgent | Said | Ask
_Down = First | Snapshot | Chunk | Bootstrap | Piece | Pull
Step = _Up | _Down


@dataclass(frozen=True, slots=True)
class Request:
    """One call of the server, before any compression.

    Attributes:
        path: with its query, from '/v1/…'.
        body: JSON, or None for a GET.
        token: goes into the Authorization header; kept out of logs.
        packed: the body as it travels and its Content-Encoding, where that was readied ahead.
        step: what the call is for, so that whoever gets the answer knows.
        sent_s: the engine's `now` when it asked for it.
    """

    method: Literal["GET", "POST"]
    path: str
    step: Step
    sent_s: float
    body: bytes | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    packed: tuple[bytes, str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Response:
    """Any HTTP answer, whoever gave it.

    Attributes:
        headers: names in lower case.
        body: decompressed, at most MAX_BODY_BYTES.
    """

    status: int
    headers: dict[str, str]
    body: bytes = field(repr=False)


class Fault(Exception):
    """No HTTP answer came that could be read.

    Attributes:
        kind: 'unreachable': no connection was made, the server never saw the request; 'lost': it
            may have; 'certificate': whoever answered is not who we trust; 'not_guichet': the
            answer is no body of ours; 'too_large': it went over the limit.
    """

    def __init__(self, kind: FaultKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Send:
    """Make this call, then tell `received` or `failed`.

    Attributes:
        request: the call.
        meanwhile: worth doing while the answer is awaited; leaving it out changes nothing else.
    """

    request: Request
    meanwhile: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Idle:
    """Nothing to do before `until_s` unless something is noted."""

    until_s: float


class Transport(Protocol):
    """Carries requests; one per thread."""

    def send(self, request: Request, *, limit_s: float | None = None) -> Response:
        """Raises Fault. `limit_s` bounds the whole call where it is shorter than the usual."""

    def close(self) -> None: ...
