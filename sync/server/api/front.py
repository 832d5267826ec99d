"""Around every request: admission, one log line, and an answer whatever went wrong."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Final

import structlog
from fastapi import Request
from starlette.datastructures import State
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sync.server.api.figures import Figures
from sync.server.api.wire import problem_answer
from sync.server.failures import passes_by_itself, told
from sync.server.problems import ProblemError
from sync.server.service import CentralServer

_log = structlog.get_logger("guichet.http")

_FEEDS: Final = frozenset({"/v1/feed", "/m/live"})
_URGENT: Final = "/v1/urgent"
_GONE_S: Final = 1.0
_CLOSE: Final = (b"connection", b"close")


class Front:
    """ASGI middleware; Starlette's own kind costs every open feed a task and two queues."""

    def __init__(
        self, app: ASGIApp, *, state: State, server: CentralServer, figures: Figures
    ) -> None:
        self._app = app
        self._state = state
        self._server = server
        self._figures = figures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start_s = time.perf_counter()
        status = 0
        cut = False

        async def observed(message: Message) -> None:
            nonlocal status, cut
            if message["type"] == "http.response.start":
                status = message["status"]
                if self._state.draining:  # the next request goes to another process
                    message["headers"] = [*message.get("headers", ()), _CLOSE]
                self._note(scope, status, time.perf_counter() - start_s)
            cut = True
            await send(message)
            cut = False

        try:
            if not scope["path"].startswith(("/v1/", "/m/")) or scope["path"] in _FEEDS:
                await self._app(scope, receive, observed)
            else:
                await self._admitted(scope, receive, observed)
        except Exception as error:  # noqa: BLE001 # Starlette would log it with all its values
            if cut and await _is_gone(receive):  # as after bytes that are no HTTP
                _log.info("caller_gone")
            elif status:  # the answer was cut, which is all that can be told any more
                _failed(error)
                raise _CutAnswer from None
            else:
                await _answer(scope, receive, observed, _failed(error))

    async def _admitted(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Everything but feeds, which cost nothing while they wait."""
        admission = self._state.admission
        authorization = Request(scope).headers.get("authorization")
        try:
            caller = self._server.authenticate(authorization) if authorization else None
        except ProblemError:  # the route will say so
            caller = None
        try:
            admission.enter(caller, urgent=scope["path"] == _URGENT)
        except ProblemError as refusal:
            await _answer(scope, receive, send, refusal)
            return
        try:
            await self._app(scope, receive, send)
        finally:
            admission.leave(caller)

    def _note(self, scope: Scope, status: int, took_s: float) -> None:
        route = getattr(scope.get("route"), "path", "other")
        self._figures.answered(route, status, took_s)
        _log.info(
            "request",
            route=route,
            method=scope["method"],
            status=status,
            ms=round(took_s * 1000, 1),
        )


class _CutAnswer(Exception):
    """The connection has to be closed, because the answer on it can't be finished."""


async def _is_gone(receive: Receive) -> bool:
    """Whether the connection has ended; one that is about to end gets the time for it."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_GONE_S):
            while (await receive())["type"] != "http.disconnect":
                pass
            return True
    return False


def _failed(error: Exception) -> ProblemError:
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, ClientDisconnect):
        return ProblemError("bad_request", "The caller has gone")
    if passes_by_itself(error):
        _log.warning("database_out_of_reach", **told(error))
        return ProblemError("busy", "The server's database is out of reach")
    _log.error("internal_error", **told(error))
    return ProblemError("internal", "The server failed; its log says where")


async def _answer(scope: Scope, receive: Receive, send: Send, refusal: ProblemError) -> None:
    response = problem_answer(Request(scope), refusal.problem, refusal.status)
    await response(scope, receive, send)
