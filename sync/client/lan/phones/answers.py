"""What a desk answers a phone: the routes of the server's page (sync.server.api.phones).

A cookie says who is signed in, so whatever changes anything has to be JSON, which another site's
form can't send, and to come from this very page. Numbers, PINs and cookies are in no log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from typing import Final, TypeVar
from urllib.parse import urlsplit

import msgspec

from app.domain.errors import Rejected
from app.domain.lean import dataclass
from app.domain.phone import LONGEST_MS
from app.ports.phones import Floor, PhoneDesk
from sync.protocol.framing import BadBody, decode
from sync.protocol.messages import Message, Problem
from sync.protocol.phones.messages import (
    PhoneCase,
    PhoneOffice,
    PhoneSignIn,
    PhoneTap,
    PhoneTapAnswer,
    PhoneView,
)
from sync.protocol.phones.page import COOKIE, HEADERS, page
from sync.protocol.phones.shown import LONGEST_NAME, MOST_CASES, is_recent, phone_case, shown_text

M = TypeVar("M", bound=Message)

NO_CONTENT: Final = 204
_PLAIN: Final = {
    "Cache-Control": "no-store",
    "Content-Type": "application/json",
    "X-Content-Type-Options": "nosniff",
}
_STREAM: Final = {**_PLAIN, "Content-Type": "text/event-stream"}
_REFUSALS: Final = {
    "not_signed_in": (401, "unauthenticated"),
    "wrong_pin": (401, "unauthenticated"),
    "throttled": (429, "busy"),
    "wrong_role": (403, "forbidden"),
}
"""What is refused by name; anything else has to wait until the desk knows its people."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request; `headers` by their names in small letters."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    address: str

    @classmethod
    def of(
        cls,
        method: bytes,
        target: bytes,
        headers: Iterable[tuple[bytes, bytes]],
        body: bytes,
        address: str,
    ) -> Asked:
        """As it came; what a header says twice is as good as not said."""
        told: dict[str, str] = {}
        for name, value in headers:
            key = name.decode("ascii")
            told[key] = "" if key in told else value.decode("latin-1")
        return cls(method.decode("ascii"), target.decode("latin-1"), told, body, address)

    @property
    def token(self) -> str:
        """The session's, '' for none."""
        for part in self.headers.get("cookie", "").split(";"):
            name, _, value = part.strip().partition("=")
            if name == COOKIE:
                return value
        return ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said at once."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: _PLAIN)


@dataclass(frozen=True, slots=True)
class Stream:
    """What is said as it happens.

    Attributes:
        look: gives what is shown now; raises Rejected once the session is over.
        when_changed: as `PhoneDesk`'s.
    """

    look: Callable[[], PhoneView]
    when_changed: Callable[[Callable[[], None]], Callable[[], None]]
    headers: Mapping[str, str] = field(default_factory=lambda: _STREAM)


class _Refused(Exception):
    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.answer = problem(status, code, message)


class Answers:
    """Answers phones for one desk; called on the port's threads."""

    def __init__(self, desk: PhoneDesk) -> None:
        """`desk` knows who may see what."""
        self._desk = desk
        self._routes: dict[tuple[str, str], Callable[[Asked], Answer | Stream]] = {
            ("GET", "/m"): self._page,
            ("POST", "/m/sign-in"): self._sign_in,
            ("POST", "/m/sign-out"): self._sign_out,
            ("GET", "/m/cases"): self._cases,
            ("POST", "/m/tap"): self._tap,
            ("GET", "/m/live"): self._live,
        }

    def answer(self, asked: Asked) -> Answer | Stream:
        """Raises Unavailable where the seat may show nothing."""
        self._desk.check_open()
        route = self._routes.get((asked.method, asked.path))
        if route is None:
            return problem(404, "bad_request", "There is nothing here")
        try:
            return route(asked)
        except _Refused as refusal:
            return refusal.answer
        except Rejected as refusal:
            return refused(refusal)

    def _page(self, asked: Asked) -> Answer:
        text = page(asked.headers.get("accept-language", ""))
        kind = {"Content-Type": "text/html; charset=utf-8"}
        return Answer(200, text.encode(), {**HEADERS, **kind})

    def _sign_in(self, asked: Asked) -> Answer:
        said = _said(asked, PhoneSignIn)
        token = self._desk.sign_in(said.number, said.pin, address=asked.address)
        return _told(self._view(token), _cookie(token, LONGEST_MS // 1000))

    def _sign_out(self, asked: Asked) -> Answer:
        _check_same_site(asked)
        if asked.token:
            self._desk.sign_out(asked.token)
        return Answer(NO_CONTENT, b"", {**_PLAIN, "Set-Cookie": _cookie("", 0)})

    def _cases(self, asked: Asked) -> Answer:
        return _told(self._view(asked.token, looked_at=True))

    def _tap(self, asked: Asked) -> Answer:
        said = _said(asked, PhoneTap)
        told = self._desk.tap(asked.token, said.tap_id, said.case_id, said.step)
        if told.outcome == "other_touch":
            return problem(400, "bad_request", "Another touch has this one's id")
        case = None if told.case is None else phone_case(told.case, named=told.is_named)
        return _told(PhoneTapAnswer(told.outcome, case, told.now_ms))

    def _live(self, asked: Asked) -> Stream:
        token = asked.token
        self._view(token)  # whoever isn't signed in is told so at once
        return Stream(lambda: self._view(token), self._desk.when_changed)

    def _view(self, token: str, *, looked_at: bool = False) -> PhoneView:
        return _view(self._desk.floor(token, looked_at=looked_at))


def _view(floor: Floor) -> PhoneView:
    office = PhoneOffice(floor.office_id, floor.office_code, floor.office_name, floor.time_zone)
    return PhoneView(
        server_ms=floor.now_ms,
        staff_name=shown_text(floor.staff_name, LONGEST_NAME),
        office=office,
        offices=(office,),
        cases=_shown(floor),
    )


def _shown(floor: Floor) -> tuple[PhoneCase, ...]:
    recent = [c for c in floor.cases if is_recent(c.opened_ms, floor.now_ms, floor.time_zone)]
    return tuple(phone_case(case, named=floor.is_named) for case in recent[:MOST_CASES])


def _said(asked: Asked, kind: type[M]) -> M:
    _check_same_site(asked)
    try:
        return decode(asked.body, kind)
    except BadBody as error:
        raise _Refused(400, "bad_request", "That isn't what is said here") from error


def _check_same_site(asked: Asked) -> None:
    headers = asked.headers
    origin = urlsplit(headers.get("origin", ""))
    is_ours = origin.netloc == headers.get("host", "") and origin.scheme == "https"
    if headers.get("sec-fetch-site", "same-origin") != "same-origin" or (
        "origin" in headers and not is_ours
    ):
        raise _Refused(403, "forbidden", "Another site's page asked")
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise _Refused(400, "bad_request", "What is said to the page is JSON")


def _cookie(token: str, lasts_s: int) -> str:
    return f"{COOKIE}={token}; Max-Age={lasts_s}; Path=/; Secure; HttpOnly; SameSite=Strict"


def _told(message: Message, cookie: str = "") -> Answer:
    headers = {**_PLAIN, "Set-Cookie": cookie} if cookie else _PLAIN
    return Answer(200, msgspec.json.encode(message), headers)


def refused(refusal: Rejected) -> Answer:
    """The core's refusal as the page knows it."""
    status, code = _REFUSALS.get(refusal.code, (503, "busy"))
    return problem(status, code, refusal.message, **refusal.detail)


def problem(status: int, code: str, message: str, **detail: int | str) -> Answer:
    """What went wrong, as the server says it."""
    return Answer(status, msgspec.json.encode(Problem(code, message, detail)))
