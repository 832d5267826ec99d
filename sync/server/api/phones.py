"""The routes of the page on a manager's phone.

A cookie says who is signed in, so whatever changes anything has to be JSON: another site's form
can't send that, its script would have to ask first, and is answered no. The cookie itself goes to
no request that another site makes. Numbers, PINs and cookies are in no log.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import msgspec
from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request, Response
from starlette.types import Receive, Scope, Send

from app.domain.phone import LONGEST_MS
from sync.protocol.messages import Message
from sync.protocol.phones.messages import (
    PhoneOfficeChoice,
    PhoneSignIn,
    PhoneTap,
    PhoneTapAnswer,
    PhoneView,
)
from sync.protocol.phones.page import COOKIE, HEADERS, MOST_BODY_BYTES, page
from sync.server.admission import Admission
from sync.server.api.wire import decode, received_body
from sync.server.phones.service import Phones
from sync.server.phones.stream import PhoneStreams
from sync.server.problems import ProblemError

M = TypeVar("M", bound=Message)

PLAIN_COOKIE: Final = "guichet-phone"
"""On the machine itself, where there may be no TLS."""
SECURITY_SCHEMES: Final = {
    "phone": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "A cookie from /m/sign-in; without TLS on the machine itself "
        f"its name is {PLAIN_COOKIE}.",
    }
}
OPEN_ROUTES: Final = frozenset({"/m", "/m/sign-in", "/m/sign-out"})
"""What needs no session."""

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_MOST_SIGNING_IN: Final = 40  # a second's work
_PROBLEM: Final = {
    "description": "Problem",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def _documented(
    request: type | None, good: dict[str, Any], *, status: str = "200", is_open: bool = False
) -> dict[str, Any]:
    extra: dict[str, Any] = {"responses": {status: good, "4XX": _PROBLEM, "5XX": _PROBLEM}}
    if not is_open:
        extra["security"] = [{"phone": []}]
    if request is not None:
        extra["requestBody"] = {"required": True, "content": _json(request)}
    return extra


def _json(kind: type) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{kind.__name__}"}}}


def _told(kind: type) -> dict[str, Any]:
    return {"description": kind.__name__, "content": _json(kind)}


def _text(kind: str, description: str) -> dict[str, Any]:
    return {"description": description, "content": {kind: {"schema": {"type": "string"}}}}


_DONE: Final = {"description": "Done"}


class _StreamAnswer(Response):
    """A page's stream: nothing of it runs while there is nothing to say."""

    def __init__(self, streams: PhoneStreams, token: str) -> None:
        super().__init__()
        self._streams = streams
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._streams.attend(self._token, receive, send)


def make_phone_router(
    phones: Phones,
    streams: PhoneStreams,
    admission: Admission,
    *,
    ordinary: CapacityLimiter,
    urgent_ones: CapacityLimiter,
) -> APIRouter:
    """All routes of the page."""
    router = APIRouter(prefix="/m")
    # A PIN costs 25 ms of a core on purpose: strangers shall not take all of them
    signing_in = CapacityLimiter(1)

    def caller(request: Request) -> str:
        """The session's token, which is ours; before anything else of a stranger's is read."""
        token = cookie_of(request)
        phones.check(token)
        return token

    def answer(message: Message) -> Response:
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return Response(msgspec.json.encode(message), 200, headers, media_type="application/json")

    async def call(
        do: Callable[..., Message], *arguments: Any, limiter: CapacityLimiter = ordinary
    ) -> Response:
        return answer(await to_thread.run_sync(do, *arguments, limiter=limiter))

    async def said(request: Request, kind: type[M]) -> M:
        check_same_site(request)
        async with received_body(request, admission, most=MOST_BODY_BYTES) as body:
            return decode(body, kind)

    @router.get(
        "",
        openapi_extra=_documented(None, _text("text/html", "The page"), is_open=True),
    )
    async def whole_page(request: Request) -> Response:
        text = page(request.headers.get("accept-language", ""))
        return Response(text, 200, HEADERS, media_type="text/html")

    @router.post("/sign-in", openapi_extra=_documented(PhoneSignIn, _told(PhoneView), is_open=True))
    async def sign_in(request: Request) -> Response:
        origin = check_private(request)
        asked = await said(request, PhoneSignIn)
        if signing_in.statistics().tasks_waiting >= _MOST_SIGNING_IN:
            raise ProblemError("busy", "Too many sign in at a time", wait_s=2)
        address = request.client.host if request.client else ""

        def do() -> tuple[str, PhoneView]:
            return phones.sign_in(asked, address=address)

        token, view = await to_thread.run_sync(do, limiter=signing_in)
        response = answer(view)
        is_secure = origin == "https"
        response.set_cookie(
            COOKIE if is_secure else PLAIN_COOKIE,
            token,
            max_age=LONGEST_MS // 1000,
            path="/",
            secure=is_secure,
            httponly=True,
            samesite="strict",
        )
        return response

    @router.post(
        "/sign-out",
        status_code=204,
        openapi_extra=_documented(None, _DONE, status="204", is_open=True),
    )
    async def sign_out(request: Request) -> Response:
        check_same_site(request)
        token = cookie_of(request)
        if token:
            await to_thread.run_sync(phones.sign_out, token, limiter=ordinary)
        response = Response(status_code=204)
        for name, is_secure in ((COOKIE, True), (PLAIN_COOKIE, False)):
            response.delete_cookie(
                name, path="/", secure=is_secure, httponly=True, samesite="strict"
            )
        return response

    @router.get("/cases", openapi_extra=_documented(None, _told(PhoneView)))
    async def cases(request: Request) -> Response:
        token = caller(request)

        def look() -> PhoneView:
            return phones.view(token, looked_at=True)

        return await call(look)

    @router.post("/office", openapi_extra=_documented(PhoneOfficeChoice, _told(PhoneView)))
    async def office(request: Request) -> Response:
        token = caller(request)
        return await call(phones.choose_office, token, await said(request, PhoneOfficeChoice))

    @router.post("/tap", openapi_extra=_documented(PhoneTap, _told(PhoneTapAnswer)))
    async def tap(request: Request) -> Response:
        token = caller(request)
        return await call(phones.tap, token, await said(request, PhoneTap), limiter=urgent_ones)

    @router.get(
        "/live", openapi_extra=_documented(None, _text("text/event-stream", "PhoneView, as it is"))
    )
    async def live(request: Request) -> Response:
        return _StreamAnswer(streams, caller(request))

    return router


def cookie_of(request: Request) -> str:
    """The session's token, '' for none."""
    secure = request.cookies.get(COOKIE, "")
    if secure or not _is_loopback(request.url.hostname):
        return secure
    return request.cookies.get(PLAIN_COOKIE, "")


def check_private(request: Request) -> str:
    """The scheme by which the page was opened, which a browser says beside what it posts.

    What ends TLS may be a proxy, so the server itself can't know.

    Raises:
        ProblemError: forbidden, where somebody on the way could read a PIN.
    """
    origin = urlsplit(request.headers.get("origin") or str(request.url))
    if origin.scheme == "https" or _is_loopback(origin.hostname):
        return origin.scheme
    raise ProblemError("forbidden", "Open the page by https")


def _is_loopback(host: str | None) -> bool:
    return host in _LOOPBACK


def check_same_site(request: Request) -> None:
    """Raises ProblemError: forbidden for another site's page, bad_request for what is no JSON."""
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise ProblemError("forbidden", "Another site's page asked")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise ProblemError("bad_request", "What is said to the page is JSON")
