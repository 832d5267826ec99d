"""What an HTTP answer means: the one place where statuses, codes and bodies are judged."""

from __future__ import annotations

from dataclasses import field
from enum import Enum, auto
from typing import Final, TypeVar

from app.domain.lean import dataclass
from sync.client.exchange import Response
from sync.protocol.framing import CONTENT_TYPE, PAGES_TYPE, BadBody, decode
from sync.protocol.messages import PROTOCOL_VERSION, VERSION_HEADER, Message, Problem

M = TypeVar("M", bound=Message)

_LONGEST_WAIT_S: Final = 3600.0


class Why(Enum):
    """Why a call brought no answer of the kind it asked for."""

    UNAUTHENTICATED = auto()
    REVOKED = auto()
    FORK = auto()
    CHAIN = auto()  # the server's copy of the chain does not join on to what was sent
    EPOCH = auto()  # the server was restored, or forgot our cursor
    NOT_THERE = auto()
    TOO_LARGE = auto()
    BUSY = auto()
    OLD_CLIENT = auto()
    OLD_SERVER = auto()
    REFUSED = auto()  # any other fault the server finds with the request
    SERVER_ERROR = auto()  # also an answer that claims to be ours and can't be read
    NOT_GUICHET = auto()  # a portal, a proxy's page, another server


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that is not the one asked for.

    Attributes:
        code: the Problem's code, or the status.
        retry_after_s: what the server asked us to wait at least, else None.
    """

    why: Why
    code: str
    message: str = ""
    detail: dict[str, str | int] = field(default_factory=dict)
    retry_after_s: float | None = None

    def number(self, key: str) -> int | None:
        """Give a whole number of `detail`, None where it is missing or something else."""
        value = self.detail.get(key)
        return value if isinstance(value, int) else None


_BY_CODE: Final = {
    "unauthenticated": Why.UNAUTHENTICATED,
    "revoked": Why.REVOKED,
    "unknown_device": Why.REVOKED,
    "fork": Why.FORK,
    "chain_gap": Why.CHAIN,
    "chain_broken": Why.CHAIN,
    "epoch_changed": Why.EPOCH,
    "cursor_unknown": Why.EPOCH,
    "no_snapshot": Why.NOT_THERE,
    "snapshot_gone": Why.NOT_THERE,
    "not_found": Why.NOT_THERE,  # a server that never heard of it
    "too_large": Why.TOO_LARGE,
    "busy": Why.BUSY,
    "old_protocol": Why.OLD_CLIENT,
    "new_protocol": Why.OLD_SERVER,
    "internal": Why.SERVER_ERROR,
}


def read(response: Response, kind: type[M]) -> M | Refusal:
    """Give the message that an answer holds, or why it holds none."""
    if response.status == 200:
        return _read_message(response, kind)
    if _is_json(response):
        try:
            return _read_problem(response, decode(response.body, Problem))
        except BadBody:
            pass
    return _read_foreign(response)


def read_nothing(response: Response) -> Refusal | None:
    """None where the server took what needs no answer, else why not."""
    if response.status == 204 and VERSION_HEADER.lower() in response.headers:
        return None
    refusal = read(response, Problem)
    return refusal if isinstance(refusal, Refusal) else Refusal(Why.NOT_GUICHET, "200")


def read_pages(response: Response) -> bytes | Refusal:
    """Give the pages that an answer holds, or why it holds none."""
    if response.status == 200 and _media_type(response) == PAGES_TYPE:
        return response.body
    refusal = read(response, Problem)
    return refusal if isinstance(refusal, Refusal) else Refusal(Why.NOT_GUICHET, "200")


def _read_message(response: Response, kind: type[M]) -> M | Refusal:
    if not _is_json(response):
        return Refusal(Why.NOT_GUICHET, "200")
    try:
        return decode(response.body, kind)
    except BadBody as error:
        if _is_newer(response):
            return Refusal(Why.OLD_CLIENT, "old_protocol", str(error))
        # JSON of ours that is cut or wrong, or somebody else's: only the version header tells
        ours = VERSION_HEADER.lower() in response.headers
        return Refusal(Why.SERVER_ERROR if ours else Why.NOT_GUICHET, "200", str(error))


def _read_problem(response: Response, problem: Problem) -> Refusal:
    why = _BY_CODE.get(problem.code)
    if why is None:
        why = Why.SERVER_ERROR if response.status >= 500 else Why.REFUSED
    return Refusal(why, problem.code, problem.message, problem.detail, _retry_after_s(response))


def _read_foreign(response: Response) -> Refusal:
    """Judge a status whose body is none of ours: a proxy in between, or a portal."""
    code = str(response.status)
    if response.status == 413:
        return Refusal(Why.TOO_LARGE, code)
    if response.status in (429, 503):
        return Refusal(Why.BUSY, code, retry_after_s=_retry_after_s(response))
    if response.status >= 500:
        return Refusal(Why.SERVER_ERROR, code)
    return Refusal(Why.NOT_GUICHET, code)


def _is_json(response: Response) -> bool:
    return _media_type(response) == CONTENT_TYPE


def _media_type(response: Response) -> str:
    return response.headers.get("content-type", "").partition(";")[0].strip()


def _is_newer(response: Response) -> bool:
    version = response.headers.get(VERSION_HEADER.lower(), "")
    return version.isdecimal() and int(version) > PROTOCOL_VERSION


def _retry_after_s(response: Response) -> float | None:
    """Read Retry-After in seconds; its other form, a date, would trust our clock."""
    value = response.headers.get("retry-after", "").strip()
    return min(float(value), _LONGEST_WAIT_S) if value.isascii() and value.isdecimal() else None
