"""The routes of the page behind a link, which strangers' phones open over the internet.

Who has the link may rate by it: it is the secret, so there are no cookies, nothing that another
site could use, and no log has it. What goes wrong is said on a page, in the customer's language.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar
from urllib.parse import parse_qs
from uuid import UUID

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request, Response
from sqlalchemy.exc import SQLAlchemyError

from app.domain.rating_link import PATH
from sync.server.admission import Admission
from sync.server.api.wire import received_body
from sync.server.failures import passes_by_itself
from sync.server.links.page import HEADERS, Page
from sync.server.links.problems import STATUS, Code, LinkError
from sync.server.links.service import RatingLinks
from sync.server.links.taking import Said
from sync.server.links.words import language_of
from sync.server.problems import ProblemError

T = TypeVar("T")

OPEN_ROUTES: Final = frozenset({f"{PATH}{{token}}", f"{PATH}{{token}}/{{rating}}"})
"""All of them: the token is in the address."""
MOST_BODY_BYTES: Final = 16_384
"""500 characters of four bytes, each written as twelve, and what stands beside them."""

_MOST_AT_WORK: Final = 1
_MOST_WAITING: Final = 40
_FORM: Final = "application/x-www-form-urlencoded"
_MOST_FIELDS: Final = 16

_HTML: Final = {"description": "The page", "content": {"text/html": {"schema": {"type": "string"}}}}
_SHOWN: Final[dict[str, Any]] = {"responses": {"200": _HTML, "4XX": _HTML, "5XX": _HTML}}
_TAKEN: Final[dict[str, Any]] = {
    "responses": {
        "303": {"description": "Taken; the page says so"},
        "4XX": _HTML,
        "5XX": _HTML,
    },
    "requestBody": {"required": True, "content": {_FORM: {"schema": {"type": "object"}}}},
}


def make_link_router(links: RatingLinks, admission: Admission) -> APIRouter:
    """All routes of the page."""
    router = APIRouter(prefix=PATH.rstrip("/"))
    # A thread of their own: no flood of strangers keeps an upload or an alarm waiting
    limiter = CapacityLimiter(_MOST_AT_WORK)

    async def call(do: Callable[[], T]) -> T:
        if limiter.statistics().tasks_waiting >= _MOST_WAITING:
            raise LinkError("busy")
        return await to_thread.run_sync(do, limiter=limiter)

    async def answered(request: Request, do: Callable[[Page], Any]) -> Response:
        """A page, or that of what went wrong."""
        page = Page(_language(request))
        try:
            answer: Response | str = await do(page)
        except LinkError as error:
            return _html(page.problem(error.code), STATUS[error.code])
        except ProblemError as error:
            code: Code = "too_large" if error.problem.code == "too_large" else "failed"
            return _html(page.problem(code), error.status)
        except SQLAlchemyError as error:
            if not passes_by_itself(error):
                raise
            return _html(page.problem("failed"), STATUS["failed"])
        return answer if isinstance(answer, Response) else _html(answer, 200)

    async def form(request: Request) -> dict[str, list[str]]:
        async with received_body(request, admission, most=MOST_BODY_BYTES) as body:
            try:
                return parse_qs(body.decode(), max_num_fields=_MOST_FIELDS)
            except ValueError as error:
                raise LinkError("unknown_rating") from error

    def own_page(request: Request, token: str, rating_id: UUID) -> Response:
        chosen = request.query_params.get("l", "")
        query = f"?l={_language(request)}" if chosen else ""
        headers = {**HEADERS, "Location": f"{PATH}{token}/{rating_id}{query}"}
        return Response(status_code=303, headers=headers)

    @router.get("/{token}", openapi_extra=_SHOWN)
    async def ask(request: Request, token: str) -> Response:
        async def do(page: Page) -> str:
            visit = await call(lambda: links.visit(token, address=_address(request)))
            return page.ask(visit, links.new_id())

        return await answered(request, do)

    @router.post("/{token}", status_code=303, openapi_extra=_TAKEN)
    async def rate(request: Request, token: str) -> Response:
        async def do(page: Page) -> Response:
            said = await form(request)
            rating_id, score = _id(_one(said, "id")), _score(said)
            await call(lambda: links.rate(token, rating_id, score, address=_address(request)))
            return own_page(request, token, rating_id)

        return await answered(request, do)

    @router.get("/{token}/{rating}", openapi_extra=_SHOWN)
    async def show(request: Request, token: str, rating: str) -> Response:
        async def do(page: Page) -> str:
            rating_id = _id(rating)
            given = await call(lambda: links.given(token, rating_id, address=_address(request)))
            return page.show(given)

        return await answered(request, do)

    @router.post("/{token}/{rating}", status_code=303, openapi_extra=_TAKEN)
    async def add(request: Request, token: str, rating: str) -> Response:
        async def do(page: Page) -> Response:
            said, rating_id = await form(request), _id(rating)
            address = _address(request)
            if "score" in said:
                score = _score(said)
                await call(lambda: links.change(token, rating_id, score, address=address))
            else:
                reasons = tuple(said.get("reason", ()))
                more = Said(reasons, _one(said, "comment"), _one(said, "call") == "now")
                await call(lambda: links.add(token, rating_id, more, address=address))
            return own_page(request, token, rating_id)

        return await answered(request, do)

    return router


def _html(text: str, status: int) -> Response:
    headers = {**HEADERS, "Retry-After": "60"} if status in (429, 503) else HEADERS
    return Response(text, status, headers, media_type="text/html")


def _language(request: Request) -> str:
    accepted = request.headers.get("accept-language", "")
    return language_of(request.query_params.get("l", ""), accepted)


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _one(said: dict[str, list[str]], name: str) -> str:
    return said.get(name, [""])[0]


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise LinkError("unknown_rating") from error


def _score(said: dict[str, list[str]]) -> int:
    text = _one(said, "score")
    if text not in ("1", "2", "3", "4", "5"):
        raise LinkError("unknown_rating")
    return int(text)
