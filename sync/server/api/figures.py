"""What /metrics shows, in Prometheus' text."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any, Final

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from sync.server.admission import Admission
from sync.server.feed import Feed
from sync.server.jobs import Jobs
from sync.server.service import CentralServer
from sync.server.store.engine import is_postgresql, reading
from sync.server.supervisor import METRICS_FOLDER

_LOOK_S: Final = 5.0

# Whoever may not see other users' sessions sees 0
_OLDEST_WRITE = sa.text(
    "SELECT coalesce(extract(epoch FROM max(clock_timestamp() - xact_start)), 0)"
    " FROM pg_stat_activity WHERE backend_xid IS NOT NULL"
)
_HELD_BACK = sa.text(
    "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
    " - pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
)


class Figures:
    """Counts of one process, and what the database says when asked."""

    def __init__(self, server: CentralServer, feed: Feed, admission: Admission, jobs: Jobs) -> None:
        self._server = server
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "guichet_requests", "Requests answered", ["route", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "guichet_request_seconds", "Time to answer", ["route"], registry=self._registry
        )
        self._xmin_age = self._gauge(
            "guichet_xmin_age_transactions",
            "Transactions that pulls can't see past yet, because an older one is open",
            "mostrecent",
        )
        self._xmin_age_s = self._gauge(
            "guichet_xmin_age_seconds",
            "Age of the oldest open transaction that writes",
            "mostrecent",
        )
        self._seen: list[tuple[Gauge, Callable[[], float]]] = [
            (self._gauge(name, says, mode), read)
            for name, says, mode, read in (
                (
                    "guichet_feed_listeners",
                    "Devices on the live feed",
                    "livesum",
                    lambda: feed.listening,
                ),
                (
                    "guichet_relay_up",
                    "1 while every process hears the others",
                    "livemin",
                    lambda: feed.is_heard,
                ),
                (
                    "guichet_leader",
                    "1 where a process runs the jobs",
                    "livesum",
                    lambda: jobs.is_leader,
                ),
                (
                    "guichet_requests_under_way",
                    "Requests under way",
                    "livesum",
                    lambda: admission.under_way,
                ),
                (
                    "guichet_body_bytes",
                    "Bytes of bodies in memory",
                    "livesum",
                    lambda: admission.body_bytes,
                ),
            )
        ]

    def _gauge(self, name: str, says: str, mode: Any) -> Gauge:
        return Gauge(name, says, registry=self._registry, multiprocess_mode=mode)

    def look(self) -> None:
        """Note how things stand; whichever process is asked, it shows what all have noted."""
        for gauge, read in self._seen:
            gauge.set(read())

    async def keep_looking(self) -> None:
        """Note it every few seconds, for ever."""
        while True:
            self.look()
            await asyncio.sleep(_LOOK_S)

    def answered(self, route: str, status: int, took_s: float) -> None:
        """Count a request."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(took_s)

    def text(self) -> bytes:
        """All of it, of all processes under one supervisor; asks the database."""
        self.look()
        if is_postgresql(self._server.engine):
            with reading(self._server.engine) as connection:
                self._xmin_age.set(connection.execute(_HELD_BACK).scalar_one())
                self._xmin_age_s.set(connection.execute(_OLDEST_WRITE).scalar_one())
        if METRICS_FOLDER not in os.environ:
            return generate_latest(self._registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call] # of theirs
        return generate_latest(together)
