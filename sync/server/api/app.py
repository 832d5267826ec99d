"""The FastAPI application: routes, problems, health, metrics and one log line a request."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

import sqlalchemy as sa
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from sync.protocol.messages import Problem
from sync.server.api.routes import make_router, message_schemas
from sync.server.api.wire import problem_answer
from sync.server.failures import passes_by_itself, told
from sync.server.feed import Feed
from sync.server.problems import STATUS, ProblemError
from sync.server.service import CentralServer
from sync.server.store.engine import is_postgresql, reading

_log = structlog.get_logger("guichet.http")

_HOUR_S: Final = 3_600


def make_app(
    server: CentralServer, *, metrics_token: str = "", feed_tick_s: float = 15.0
) -> FastAPI:
    """Build the application around a server.

    Args:
        server: on a migrated database.
        metrics_token: what /metrics wants as a bearer token; '' closes it.
        feed_tick_s: seconds between the feed's signs of life.
    """
    feed = Feed(server.engine, server.clock, tick_s=feed_tick_s)
    server.before_commit.append(feed.before_commit)
    server.after_commit.append(feed.after_commit)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await feed.start()
        jobs = [
            asyncio.create_task(_hourly("expiry", server.expire_points)),
            asyncio.create_task(_hourly("snapshots", server.refresh_snapshots)),
        ]
        try:
            yield
        finally:
            for job in jobs:
                job.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)
            await feed.stop()

    app = FastAPI(
        title="Guichet central server",
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.feed = feed
    generated = app.openapi

    def openapi() -> dict[str, Any]:
        document = generated()
        document.setdefault("components", {}).setdefault("schemas", {}).update(message_schemas())
        return document

    app.openapi = openapi  # type: ignore[method-assign] # FastAPI's own way to extend it
    app.include_router(make_router(server, feed))
    _add_problems(app)
    _add_operations(app, server, feed, metrics_token)
    return app


async def _hourly(name: str, job: Callable[[], int]) -> None:
    """At the start and every hour: soon after each midnight, wherever the offices are."""
    while True:
        try:
            done = await run_in_threadpool(job)
        except Exception as error:  # noqa: BLE001 # the next hour tries again
            _log.error("job_failed", job=name, **told(error))
        else:
            if done:
                _log.info("job_done", job=name, count=done)
        await asyncio.sleep(_HOUR_S)


def _add_problems(app: FastAPI) -> None:
    @app.exception_handler(ProblemError)
    async def known(request: Request, error: ProblemError) -> Response:
        return problem_answer(request, error.problem, error.status)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        problem = Problem("bad_request", "A parameter of the request is out of bounds")
        return problem_answer(request, problem, 400)

    @app.exception_handler(HTTPException)
    async def plain(request: Request, error: HTTPException) -> Response:
        problem = Problem("not_found" if error.status_code == 404 else "bad_request", error.detail)
        return problem_answer(request, problem, error.status_code)


def _failed(request: Request, error: Exception) -> Response:
    if isinstance(error, ClientDisconnect):
        return problem_answer(request, Problem("bad_request", "The caller has gone"), 400)
    if passes_by_itself(error):
        _log.warning("database_out_of_reach", **told(error))
        problem = Problem("busy", "The server's database is out of reach")
    else:
        _log.error("internal_error", **told(error))
        problem = Problem("internal", "The server failed; its log says where")
    return problem_answer(request, problem, STATUS[problem.code])


def _add_operations(app: FastAPI, server: CentralServer, feed: Feed, metrics_token: str) -> None:
    registry = CollectorRegistry()
    requests = Counter(
        "guichet_requests", "Requests answered", ["route", "status"], registry=registry
    )
    seconds = Histogram("guichet_request_seconds", "Time to answer", ["route"], registry=registry)
    Gauge("guichet_feed_listeners", "Devices on the live feed", registry=registry).set_function(
        lambda: feed.listening
    )
    xmin_age = Gauge(
        "guichet_xmin_age_transactions",
        "Transactions that pulls can't see past yet, because an older one is open",
        registry=registry,
    )

    @app.middleware("http")
    async def observe(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        start = time.perf_counter()
        try:
            response = await call_next(request)
        except Exception as error:  # noqa: BLE001 # Starlette would log it with all its values
            response = _failed(request, error)
        took_s = time.perf_counter() - start
        route = getattr(request.scope.get("route"), "path", "other")
        requests.labels(route, str(response.status_code)).inc()
        seconds.labels(route).observe(took_s)
        _log.info(
            "request",
            route=route,
            method=request.method,
            status=response.status_code,
            ms=round(took_s * 1000, 1),
        )
        return response

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        def ask() -> None:
            with reading(server.engine) as connection:
                connection.execute(sa.text("SELECT 1 FROM programme"))

        await run_in_threadpool(ask)
        return {"status": "ok"}

    @app.get("/metrics")
    async def metrics(request: Request) -> Response:
        sent = request.headers.get("authorization", "")
        if not metrics_token or not hmac.compare_digest(
            sent.encode(), f"Bearer {metrics_token}".encode()
        ):
            raise ProblemError("unauthenticated", "Metrics need their own token")
        if is_postgresql(server.engine):
            xmin_age.set(await run_in_threadpool(_xmin_age, server))
        return Response(generate_latest(registry), media_type="text/plain; version=0.0.4")


def _xmin_age(server: CentralServer) -> int:
    with reading(server.engine) as connection:
        age = connection.execute(
            sa.text(
                "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
                " - pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
            )
        )
        return int(age.scalar_one())
