"""What /metrics shows, in Prometheus' text."""

from __future__ import annotations

import asyncio
import os
from collections import Counter as Counted
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy.engine import Connection

from app.domain.fleet import Trouble
from sync.server.admission import Admission
from sync.server.backups import confirmed
from sync.server.feed import Feed
from sync.server.fleet import devices_of
from sync.server.jobs import Jobs
from sync.server.service import CentralServer
from sync.server.store import tables as t
from sync.server.store.engine import is_postgresql, reading
from sync.server.supervisor import METRICS_FOLDER
from sync.server.tls_files import ends_ms

_LOOK_S: Final = 5.0

# Whoever may not see other users' sessions sees 0
_OLDEST_WRITE = sa.text(
    "SELECT coalesce(extract(epoch FROM max(clock_timestamp() - xact_start)), 0)"
    " FROM pg_stat_activity WHERE backend_xid IS NOT NULL"
)
_STATES: Final = ("well", *Trouble)
_HELD_BACK = sa.text(
    "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
    " - pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
)


class Figures:
    """Counts of one process, and what the database says when asked."""

    def __init__(
        self,
        server: CentralServer,
        feed: Feed,
        admission: Admission,
        jobs: Jobs,
        *,
        certificate: Path | None = None,
    ) -> None:
        """`certificate`: what TLS shows, whose end is told."""
        self._server = server
        self._certificate = certificate
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
        self._devices = Gauge(
            "guichet_fleet_devices",
            "Devices by what is wrong with them first",
            ["state"],
            registry=self._registry,
            multiprocess_mode="mostrecent",
        )
        self._unsent = self._gauge(
            "guichet_fleet_unsent_entries", "Entries that wait on devices", "mostrecent"
        )
        self._oldest_s = self._gauge(
            "guichet_fleet_oldest_unsent_seconds",
            "How long the oldest entry of all devices that call has waited",
            "mostrecent",
        )
        self._backup = self._gauge(
            "guichet_backup_confirmed_timestamp_seconds",
            "When a backup was confirmed last, 0: never",
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
                    "guichet_jobs_done_timestamp_seconds",
                    "When this process came to the end of the hourly jobs last, 0: it leads not",
                    "max",
                    lambda: jobs.done_s,
                ),
                (
                    "guichet_tls_ends_timestamp_seconds",
                    "When the certificate ends that TLS shows, 0: there is none",
                    "max",
                    self._tls_ends_s,
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

    def _tls_ends_s(self) -> float:
        if self._certificate is None:
            return 0.0
        try:
            return ends_ms(self._certificate) / 1000
        except (OSError, ValueError):  # it is being replaced; what is shown was read at the start
            return 0.0

    def _look_at_fleet(self, connection: Connection, now_ms: int) -> None:
        counted = Counted[str](dict.fromkeys(_STATES, 0))
        unsent, oldest_ms = 0, 0
        backups = []
        for programme_id in connection.execute(sa.select(t.programme.c.programme_id)).scalars():
            for device in devices_of(connection, programme_id):
                first = next(iter(device.troubles(now_ms)), None)
                counted["well" if first is None else first] += 1
                if not device.is_shut_out:
                    unsent += device.condition.unsent
                    if first is not Trouble.AWAY:
                        oldest_ms = max(oldest_ms, device.oldest_unsent_ms(now_ms))
            backup = confirmed(connection, programme_id)
            backups.append(0 if backup is None else backup.confirmed_ms)
        for state in _STATES:
            self._devices.labels(state).set(counted[state])
        self._unsent.set(unsent)
        self._oldest_s.set(oldest_ms / 1000)
        self._backup.set(min(backups, default=0) / 1000)

    def answered(self, route: str, status: int, took_s: float) -> None:
        """Count a request."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(took_s)

    def text(self) -> bytes:
        """All of it, of all processes under one supervisor; asks the database."""
        self.look()
        with reading(self._server.engine) as connection:
            self._look_at_fleet(connection, self._server.clock())
            if is_postgresql(connection):
                self._xmin_age.set(connection.execute(_HELD_BACK).scalar_one())
                self._xmin_age_s.set(connection.execute(_OLDEST_WRITE).scalar_one())
        if METRICS_FOLDER not in os.environ:
            return generate_latest(self._registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call] # of theirs
        return generate_latest(together)
