"""The routes of the wire: thin, each a call of the server's method of the same name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from sync.protocol import framing
from sync.protocol import messages as m
from sync.server.api.wire import answer, check_version, decode, pages_answer, read_body
from sync.server.feed import Feed
from sync.server.problems import ProblemError
from sync.server.service import CentralServer

M = TypeVar("M", bound=m.Message)

OPEN_ROUTES = frozenset({"/v1/enrol", "/v1/challenge", "/v1/token", "/healthz", "/metrics"})
"""What needs no device token; /metrics has a token of its own."""


def _documented(request: type | None, reply: type) -> dict[str, Any]:
    """OpenAPI of a route whose bodies FastAPI doesn't handle itself."""

    def content(kind: type) -> dict[str, Any]:
        schema = {"$ref": f"#/components/schemas/{kind.__name__}"}
        return {"application/json": {"schema": schema}}

    extra: dict[str, Any] = {
        "responses": {
            "200": {"description": reply.__name__, "content": content(reply)},
            "4XX": {"description": "Problem", "content": content(m.Problem)},
        }
    }
    if request is not None:
        extra["requestBody"] = {"required": True, "content": content(request)}
    return extra


_PAGES: dict[str, Any] = {
    "responses": {
        "200": {
            "description": "Pages of a SQLite file, compressed by zstd",
            "content": {framing.PAGES_TYPE: {"schema": {"type": "string", "format": "binary"}}},
        },
        "4XX": {
            "description": "Problem",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        },
    }
}


def message_schemas() -> dict[str, Any]:
    """JSON schemas of all messages, as the OpenAPI document's components."""
    kinds = [kind for kind in vars(m).values() if isinstance(kind, type) and _is_message(kind)]
    # its default is raw JSON, which a schema can't state; it is written down here
    kinds.remove(m.FeedLine)
    _, schemas = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    schemas["FeedLine"] = {
        "title": "FeedLine",
        "type": "object",
        "required": ["kind", "server_ms"],
        "properties": {
            "kind": {"enum": ["hello", "tick", "changed", "alarm"]},
            "server_ms": {"type": "integer"},
            "case": {},
        },
    }
    return schemas


def _is_message(kind: type) -> bool:
    return issubclass(kind, m.Message) and kind is not m.Message


def make_router(server: CentralServer, feed: Feed) -> APIRouter:
    """All routes of the wire."""
    router = APIRouter(prefix="/v1")

    def caller(request: Request) -> UUID:
        check_version(request)
        return server.authenticate(request.headers.get("authorization"))

    async def call(
        request: Request, do: Callable[..., Any], *arguments: Any, **named: Any
    ) -> Response:
        return answer(request, await run_in_threadpool(do, *arguments, **named))

    async def message(request: Request, kind: type[M]) -> M:
        body = await read_body(request)
        return await run_in_threadpool(decode, body, kind)

    @router.post("/enrol", openapi_extra=_documented(m.EnrolRequest, m.EnrolAnswer))
    async def enrol(request: Request) -> Response:
        check_version(request)
        address = request.client.host if request.client else ""
        sent = await message(request, m.EnrolRequest)
        return await call(request, server.enrol, sent, address=address)

    @router.get("/challenge", openapi_extra=_documented(None, m.ChallengeAnswer))
    async def challenge(request: Request) -> Response:
        check_version(request)
        return answer(request, server.challenge())

    @router.post("/token", openapi_extra=_documented(m.TokenRequest, m.TokenAnswer))
    async def token(request: Request) -> Response:
        check_version(request)
        return await call(request, server.token, await message(request, m.TokenRequest))

    @router.post(
        "/sealed-key", status_code=204, openapi_extra=_documented(m.SealedKeyRequest, m.Problem)
    )
    async def sealed_key(request: Request) -> Response:
        device_id = caller(request)
        sent = await message(request, m.SealedKeyRequest)
        await run_in_threadpool(server.deposit_sealed_key, device_id, sent)
        return Response(status_code=204)

    @router.get("/head", openapi_extra=_documented(None, m.HeadAnswer))
    async def head(request: Request) -> Response:
        return await call(request, server.head, caller(request))

    @router.post("/push", openapi_extra=_documented(m.PushRequest, m.PushAnswer))
    async def push(request: Request) -> Response:
        device_id = caller(request)
        return await call(request, server.push, device_id, await message(request, m.PushRequest))

    @router.post("/urgent", openapi_extra=_documented(m.UrgentRequest, m.UrgentAnswer))
    async def urgent(request: Request) -> Response:
        device_id = caller(request)
        sent = await message(request, m.UrgentRequest)
        return await call(request, server.urgent, device_id, sent)

    @router.get("/pull", openapi_extra=_documented(None, m.PullAnswer))
    async def pull(
        request: Request,
        xid: int = Query(0, ge=0, lt=2**63),
        seq: int = Query(0, ge=-1, lt=2**63),
        limit: int = Query(m.MAX_PAGE_ROWS, ge=1),
    ) -> Response:
        device_id = caller(request)
        return await call(request, server.pull, device_id, m.Cursor(xid, seq), limit=limit)

    @router.get("/bootstrap", openapi_extra=_documented(None, m.BootstrapAnswer))
    async def bootstrap(
        request: Request,
        after_rank: int = Query(0, ge=0, lt=2**63),
        limit: int = Query(m.MAX_PAGE_ROWS, ge=1),
    ) -> Response:
        device_id = caller(request)
        return await call(request, server.bootstrap, device_id, after_rank=after_rank, limit=limit)

    @router.get("/first", openapi_extra=_documented(None, m.BootstrapAnswer))
    async def first(request: Request) -> Response:
        return await call(request, server.first, caller(request))

    @router.get("/snapshot", openapi_extra=_documented(None, m.SnapshotAnswer))
    async def snapshot(request: Request, going_on: UUID | None = None) -> Response:
        return await call(request, server.snapshot, caller(request), going_on=going_on)

    @router.get("/snapshot/{snapshot_id}/{number}", openapi_extra=_PAGES)
    async def snapshot_chunk(
        request: Request, snapshot_id: UUID, number: int = Path(ge=0, lt=2**31)
    ) -> Response:
        device_id = caller(request)
        frame = await run_in_threadpool(server.snapshot_chunk, device_id, snapshot_id, number)
        return pages_answer(frame)

    @router.get("/feed", openapi_extra=_documented(None, m.FeedLine))
    async def live(request: Request) -> Response:
        device_id = caller(request)
        device = await run_in_threadpool(server.device, device_id)

        def welcome() -> bool:
            try:
                server.device(device_id)
            except ProblemError:
                return False
            return True

        return StreamingResponse(
            feed.lines(device, welcome),
            media_type="application/x-ndjson",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    return router
