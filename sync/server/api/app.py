"""The FastAPI application: routes, problems, health, metrics and one log line a request."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from anyio import CapacityLimiter
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from sync.protocol.messages import Problem
from sync.server.admission import Admission, Limits
from sync.server.api.figures import Figures
from sync.server.api.front import Front
from sync.server.api.links import make_link_router
from sync.server.api.phones import SECURITY_SCHEMES as PHONE_SCHEMES
from sync.server.api.phones import make_phone_router
from sync.server.api.routes import PROBLEM, SECURITY_SCHEMES, make_router, message_schemas
from sync.server.api.wire import problem_answer
from sync.server.ending import end
from sync.server.escalating.sending import Mailbox
from sync.server.feed import PULLS_PER_S, TICK_S, Feed
from sync.server.jobs import Jobs
from sync.server.links.service import RatingLinks
from sync.server.phones.service import Phones
from sync.server.phones.stream import PhoneStreams
from sync.server.problems import ProblemError
from sync.server.service import CentralServer
from sync.server.store.engine import reading
from sync.server.upkeep import Upkeep


def make_app(
    server: CentralServer,
    *,
    metrics_token: str = "",
    feed_tick_s: float = TICK_S,
    pulls_per_s: float = PULLS_PER_S,
    limits: Limits | None = None,
    with_jobs: bool = True,
    mailbox: Mailbox | None = None,
    certificate: Path | None = None,
) -> FastAPI:
    """Build the application around a server.

    Args:
        server: on a migrated database.
        metrics_token: what /metrics wants as a bearer token; '' closes it.
        feed_tick_s: seconds between the feed's signs of life.
        pulls_per_s: how many devices are told a second that there is something to pull.
        limits: what this process takes on at a time.
        with_jobs: whether this process is a candidate for running the jobs.
        mailbox: who takes mail about low ratings along.
        certificate: what TLS shows, whose end is among the metrics.
    """

    def wrong_elsewhere(caller: str) -> None:
        server.throttle.note_wrong(caller, server.clock())

    feed = Feed(
        server.engine,
        server.clock,
        tick_s=feed_tick_s,
        pulls_per_s=pulls_per_s,
        on_wrong_code=wrong_elsewhere,
    )
    server.transactions.before_commit.append(feed.before_commit)
    server.transactions.after_commit.append(feed.after_commit)
    server.on_wrong_code = feed.wrong_code
    admission = Admission(limits or Limits())
    # Alarms and redemptions wait for no upload
    urgent_ones = CapacityLimiter(admission.urgent_at_work)
    threads = {"ordinary": CapacityLimiter(admission.at_work), "urgent_ones": urgent_ones}
    phones = Phones(server)
    # Nor do those wait for phones, which are read for one after the other
    streams = PhoneStreams(phones, CapacityLimiter(1), tick_s=feed_tick_s)
    feed.followers.append(streams)
    jobs = Jobs(Upkeep(server.transactions, mailbox))
    figures = Figures(server, feed, admission, jobs, certificate=certificate)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await feed.start()
        running = [asyncio.create_task(figures.keep_looking())]
        if with_jobs:
            running.append(asyncio.create_task(jobs.run()))
        try:
            yield
        finally:
            await end(running)
            await feed.stop()

    app = FastAPI(
        title="Guichet central server",
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.feed = feed
    app.state.admission = admission
    app.state.draining = False
    generated = app.openapi

    def openapi() -> dict[str, Any]:
        document = generated()
        components = document.setdefault("components", {})
        components.setdefault("schemas", {}).update(message_schemas())
        components["securitySchemes"] = {**SECURITY_SCHEMES, **PHONE_SCHEMES}
        for operations in document["paths"].values():
            for operation in operations.values():
                operation["responses"].pop("422", None)  # a problem is answered instead, with 400
        return document

    app.openapi = openapi  # type: ignore[method-assign] # FastAPI's own way to extend it
    app.include_router(make_router(server, feed, admission, **threads))
    app.include_router(make_phone_router(phones, streams, admission, **threads))
    app.include_router(make_link_router(RatingLinks(server), admission))
    _add_problems(app)
    _add_operations(app, server, figures, metrics_token)
    app.add_middleware(Front, state=app.state, server=server, figures=figures)
    return app


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
        response = problem_answer(request, problem, error.status_code)
        response.headers.update(error.headers or {})  # which methods there are
        return response


def _add_operations(
    app: FastAPI, server: CentralServer, figures: Figures, metrics_token: str
) -> None:
    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        def ask() -> None:
            with reading(server.engine) as connection:
                connection.execute(sa.text("SELECT 1 FROM programme"))

        await run_in_threadpool(ask)
        if app.state.draining:
            raise ProblemError("busy", "The server is about to stop")
        return {"status": "ok"}

    @app.get(
        "/metrics",
        openapi_extra={"security": [{"metrics": []}], "responses": {"401": PROBLEM}},
    )
    async def metrics(request: Request) -> Response:
        sent = request.headers.get("authorization", "")
        if not metrics_token or not hmac.compare_digest(
            sent.encode(), f"Bearer {metrics_token}".encode()
        ):
            raise ProblemError("unauthenticated", "Metrics need their own token")
        text = await run_in_threadpool(figures.text)
        return Response(text, media_type="text/plain; version=0.0.4")
