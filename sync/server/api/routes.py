"""The routes of the wire: thin, each a call of the server's method of the same name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec
from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Path, Query, Request, Response
from starlette.types import Receive, Scope, Send

from sync.protocol import framing, told
from sync.protocol import messages as m
from sync.protocol.phones import messages as of_phones
from sync.server.admission import Admission
from sync.server.api.wire import (
    answer,
    check_version,
    decode,
    decompressed,
    nothing_answer,
    pages_answer,
    received_body,
)
from sync.server.devices import Device
from sync.server.feed import Feed
from sync.server.service import CentralServer

M = TypeVar("M", bound=m.Message)

OPEN_ROUTES = frozenset(
    {"/v1/enrol", "/v1/challenge", "/v1/token", "/v1/leave", "/healthz", "/metrics"}
)
"""What needs no device token; /metrics has a token of its own, /v1/leave a signature."""

SECURITY_SCHEMES: Final = {
    "device": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token from /v1/token, which a device gets for its signature.",
    },
    "metrics": {"type": "http", "scheme": "bearer", "description": "The metrics' own token."},
}
PROBLEM: Final = {
    "description": "Problem",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_PROTOCOL: Final = {
    "name": m.VERSION_HEADER,
    "in": "header",
    "required": True,
    "schema": {"type": "integer", "minimum": 1, "maximum": m.PROTOCOL_VERSION},
}


_MOST_LETTER_BYTES: Final = 4096


def _documented(
    request: type | None, reply: type | None, *, of_device: bool = True
) -> dict[str, Any]:
    """OpenAPI of a route whose bodies FastAPI doesn't handle itself."""

    def content(kind: type) -> dict[str, Any]:
        schema = {"$ref": f"#/components/schemas/{kind.__name__}"}
        return {"application/json": {"schema": schema}}

    extra = _described(
        "204" if reply is None else "200",
        {"description": "Taken in"}
        if reply is None
        else {"description": reply.__name__, "content": content(reply)},
    )
    if not of_device:
        del extra["security"]
    if request is not None:
        extra["requestBody"] = {"required": True, "content": content(request)}
    return extra


def _described(status: str, good: dict[str, Any]) -> dict[str, Any]:
    return {
        "parameters": [_PROTOCOL],
        "security": [{"device": []}],
        "responses": {status: good, "4XX": PROBLEM, "5XX": PROBLEM},
    }


_PAGES: Final = _described(
    "200",
    {
        "description": "Pages of a SQLite file, compressed by zstd",
        "content": {framing.PAGES_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    },
)


def message_schemas() -> dict[str, Any]:
    """JSON schemas of all messages, as the OpenAPI document's components."""
    known = {**vars(m), **vars(told), **vars(of_phones)}
    kinds = [kind for kind in known.values() if isinstance(kind, type) and _is_message(kind)]
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


class FeedAnswer(Response):
    """A feed: nothing of it runs while there is nothing to say."""

    def __init__(self, feed: Feed, device: Device) -> None:
        super().__init__()
        self._feed = feed
        self._device = device

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._feed.attend(self._device, receive, send)


def make_router(
    server: CentralServer,
    feed: Feed,
    admission: Admission,
    *,
    ordinary: CapacityLimiter,
    urgent_ones: CapacityLimiter,
) -> APIRouter:
    """All routes of the wire."""
    router = APIRouter(prefix="/v1")

    def caller(request: Request) -> UUID:
        check_version(request)
        return server.authenticate(request.headers.get("authorization"))

    async def call(
        request: Request, do: Callable[..., m.Message], *arguments: Any, **named: Any
    ) -> Response:
        def work() -> Response:
            return answer(request, do(*arguments, **named))

        return await to_thread.run_sync(work, limiter=ordinary)

    async def post(
        request: Request,
        kind: type[M],
        do: Callable[[M], m.Message | None],
        limiter: CapacityLimiter = ordinary,
        *,
        most: int = m.MAX_BODY_BYTES,
    ) -> Response:
        """Read the body on the loop, and do everything else in one go on one thread."""
        async with received_body(request, admission, most=most) as body:

            def work() -> Response:
                said = do(decode(decompressed(request, body), kind))
                return nothing_answer() if said is None else answer(request, said)

            return await to_thread.run_sync(work, limiter=limiter)

    @router.post(
        "/enrol", openapi_extra=_documented(m.EnrolRequest, m.EnrolAnswer, of_device=False)
    )
    async def enrol(request: Request) -> Response:
        check_version(request)
        address = request.client.host if request.client else ""
        return await post(request, m.EnrolRequest, partial(server.enrol, address=address))

    @router.get("/challenge", openapi_extra=_documented(None, m.ChallengeAnswer, of_device=False))
    async def challenge(request: Request) -> Response:
        check_version(request)
        return answer(request, server.challenge())

    @router.post(
        "/token", openapi_extra=_documented(m.TokenRequest, m.TokenAnswer, of_device=False)
    )
    async def token(request: Request) -> Response:
        check_version(request)
        return await post(request, m.TokenRequest, server.token)

    @router.post(
        "/leave", openapi_extra=_documented(m.LeaveRequest, m.LeaveAnswer, of_device=False)
    )
    async def leave(request: Request) -> Response:
        check_version(request)
        address = request.client.host if request.client else ""
        take_leave = partial(server.leave, address=address)
        return await post(request, m.LeaveRequest, take_leave, most=_MOST_LETTER_BYTES)

    @router.post(
        "/sealed-key", status_code=204, openapi_extra=_documented(m.SealedKeyRequest, None)
    )
    async def sealed_key(request: Request) -> Response:
        keep = partial(server.deposit_sealed_key, caller(request))
        return await post(request, m.SealedKeyRequest, keep)

    @router.get("/head", openapi_extra=_documented(None, m.HeadAnswer))
    async def head(request: Request) -> Response:
        return await call(request, server.head, caller(request))

    @router.post("/push", openapi_extra=_documented(m.PushRequest, m.PushAnswer))
    async def push(request: Request) -> Response:
        return await post(request, m.PushRequest, partial(server.push, caller(request)))

    @router.post("/urgent", openapi_extra=_documented(m.UrgentRequest, m.UrgentAnswer))
    async def urgent(request: Request) -> Response:
        take = partial(server.urgent, caller(request))
        return await post(request, m.UrgentRequest, take, urgent_ones)

    @router.get("/pull", openapi_extra=_documented(None, m.PullAnswer))
    async def pull(
        request: Request,
        xid: int = Query(0, ge=0, lt=2**63),
        seq: int = Query(0, ge=-1, lt=2**63),
        limit: int = Query(m.MAX_PAGE_ROWS, ge=1),
        standing: str = Query("", max_length=64),
        caps: bool = Query(False),
    ) -> Response:
        device_id = caller(request)
        place = m.Cursor(xid, seq)
        return await call(
            request, server.pull, device_id, place, limit=limit, standing=standing, caps=caps
        )

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
        fetch = partial(server.snapshot_chunk, caller(request), snapshot_id, number)
        return pages_answer(await to_thread.run_sync(fetch, limiter=ordinary))

    @router.get("/picture/{digest}/{number}", openapi_extra=_documented(None, m.PictureAnswer))
    async def picture_piece(
        request: Request,
        digest: str = Path(pattern="^[0-9a-f]{64}$"),
        number: int = Path(ge=0, lt=2**16),
    ) -> Response:
        return await call(request, server.picture_piece, caller(request), digest, number)

    @router.post("/look-up", openapi_extra=_documented(m.LookUpRequest, m.LookUpAnswer))
    async def look_up(request: Request) -> Response:
        find = partial(server.look_up, caller(request))
        return await post(request, m.LookUpRequest, find)

    @router.post("/voucher", openapi_extra=_documented(m.VoucherRequest, m.VoucherAnswer))
    async def voucher(request: Request) -> Response:
        claim = partial(server.claim_voucher, caller(request))
        return await post(request, m.VoucherRequest, claim, urgent_ones)

    @router.post(
        "/statement", openapi_extra=_documented(told.StatementRequest, told.StatementAnswer)
    )
    async def statement(request: Request) -> Response:
        tell = partial(server.statement, caller(request))
        return await post(request, told.StatementRequest, tell)

    @router.post("/exposure", openapi_extra=_documented(told.ExposureRequest, told.ExposureAnswer))
    async def exposure(request: Request) -> Response:
        add_up = partial(server.exposure, caller(request))
        return await post(request, told.ExposureRequest, add_up)

    @router.post("/days", openapi_extra=_documented(told.DaysRequest, told.DaysAnswer))
    async def days(request: Request) -> Response:
        tell = partial(server.days, caller(request))
        return await post(request, told.DaysRequest, tell)

    @router.post("/own-weeks", openapi_extra=_documented(told.OwnWeeksRequest, told.OwnWeeksAnswer))
    async def own_weeks(request: Request) -> Response:
        tell = partial(server.own_weeks, caller(request))
        return await post(request, told.OwnWeeksRequest, tell)

    @router.post(
        "/condition", status_code=204, openapi_extra=_documented(told.ConditionRequest, None)
    )
    async def condition(request: Request) -> Response:
        note = partial(server.note_condition, caller(request))
        return await post(request, told.ConditionRequest, note)

    @router.post("/fleet", openapi_extra=_documented(told.FleetRequest, told.FleetAnswer))
    async def fleet(request: Request) -> Response:
        tell = partial(server.fleet, caller(request))
        return await post(request, told.FleetRequest, tell)

    @router.post("/fleet/act", openapi_extra=_documented(told.FleetActRequest, told.FleetActAnswer))
    async def fleet_act(request: Request) -> Response:
        do = partial(server.act_on_device, caller(request))
        return await post(request, told.FleetActRequest, do)

    @router.get("/feed", openapi_extra=_documented(None, m.FeedLine))
    async def live(request: Request) -> Response:
        find = partial(server.device, caller(request))
        return FeedAnswer(feed, await to_thread.run_sync(find, limiter=ordinary))

    return router
