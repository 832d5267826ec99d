"""What /metrics shows, in Prometheus' text."""

from __future__ import annotations

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from sync.server.admission import Admission
from sync.server.feed import Feed
from sync.server.jobs import Jobs
from sync.server.service import CentralServer
from sync.server.store.engine import is_postgresql, reading

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
        )
        self._xmin_age_s = self._gauge(
            "guichet_xmin_age_seconds", "Age of the oldest open transaction that writes"
        )
        for name, says, read in (
            ("guichet_feed_listeners", "Devices on the live feed", lambda: feed.listening),
            ("guichet_relay_up", "1 while other processes are heard", lambda: feed.is_heard),
            ("guichet_leader", "1 in the process that runs the jobs", lambda: jobs.is_leader),
            ("guichet_requests_under_way", "Requests under way", lambda: admission.under_way),
            ("guichet_body_bytes", "Bytes of bodies in memory", lambda: admission.body_bytes),
        ):
            self._gauge(name, says).set_function(read)

    def _gauge(self, name: str, says: str) -> Gauge:
        return Gauge(name, says, registry=self._registry)

    def answered(self, route: str, status: int, took_s: float) -> None:
        """Count a request."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(took_s)

    def text(self) -> bytes:
        """All of it; asks the database."""
        if is_postgresql(self._server.engine):
            with reading(self._server.engine) as connection:
                self._xmin_age.set(connection.execute(_HELD_BACK).scalar_one())
                self._xmin_age_s.set(connection.execute(_OLDEST_WRITE).scalar_one())
        return generate_latest(self._registry)
