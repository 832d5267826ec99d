"""Ratings that a counter recorded without a network, brought to a real server on PostgreSQL.

Measured from the moment the network is back to the last entry confirmed in the counter's own
journal: reading, signing, compressing, HTTP, the server's checks and its commit with fsync on, and
the confirmation's own commit. Urgent copies are a lane of their own and not part of it.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Final
from uuid import UUID

import msgspec
import psycopg
import requests
import zstandard

from app.credentials.clock import SystemClock
from app.credentials.device_key import DeviceKey
from app.credentials.ids import new_id
from app.credentials.vaults import open_vault
from app.domain.events import (
    EncounterEnded,
    EncounterOpened,
    EncounterOutcome,
    RatingRecorded,
    RatingState,
)
from app.domain.rating import is_low
from app.ports.work import EncounterRow, Work
from app.services.commands import SignIn
from app.store.seat import Seat, open_seat
from build_scripts.bench import bare_server, seats
from build_scripts.bench.bare_server import Row
from build_scripts.bench.central import CLERK, COUNTER, Central
from build_scripts.bench.figures import Figure, figure
from sync.client.engine import PULL_AFTER_PUSH_S, Engine
from sync.client.exchange import Idle, Push, Send
from sync.client.session import TokenCache
from sync.client.transport import HttpTransport
from tests.fakes.postgres import PostgresServer

RATINGS: Final = 10_000
ROUNDS: Final = 5
TARGET_ROWS_S: Final = 10_000
MEMBERS: Final = 1_000

# Assumed: what customers press, from the worst face to the best.
_SHARES: Final = (2, 3, 10, 25, 60)
_ROWS_A_BODY: Final = 2_000
_STUCK_S: Final = 120.0


class PushFailed(Exception):
    """The journal did not get through."""


def run(*, ratings: int = RATINGS, rounds: int = ROUNDS) -> list[Figure]:
    """Measure; medians of ratings a second, our way and the baseline's turn about.

    The baseline is `requests` + zstd to a bare server that inserts the same rows unchecked; the
    limit is COPY of the same rows into the same PostgreSQL.
    """
    ours, bare, copied, whole = [], [], [], []
    with ExitStack() as stack:
        name = stack.enter_context(tempfile.TemporaryDirectory(prefix="guichet-bench-"))
        postgres = stack.enter_context(PostgresServer())
        database, bare_database = postgres.create_database(), postgres.create_database()
        central = stack.enter_context(
            Central(Path(name) / "server", members=MEMBERS, database=database)
        )
        bare_url = stack.enter_context(bare_server.running(bare_database))
        session = stack.enter_context(requests.Session())
        session.trust_env = False
        seat = stack.enter_context(_seat(Path(name) / "seat", central))
        pushing = _Pushing(seat, central.address)
        try:
            pushing.warm_up(ratings // 10)
            # As autovacuum has on any server that has been up for a minute
            _analyze(database)
            for number in range(rounds):
                source = random.Random(number)
                encounters = _serve(seat, ratings)
                whole.append(_rate(pushing.push(), 2 * ratings))
                rows = _press_faces(seat, encounters, source)
                ours.append(_rate(pushing.push(), ratings))
                bare.append(_rate(_push_bare(session, bare_url, rows), ratings))
                copied.append(_rate(_copy(bare_database, rows), ratings))
        finally:
            pushing.close()
    base = median(bare)
    return [
        figure(
            "push of ratings recorded offline, PostgreSQL, fsync on",
            median(ours),
            "ratings/s",
            target=TARGET_ROWS_S,
            at_most=False,
            baseline=base,
            samples=rounds,
        ),
        figure(
            "push of encounters' opening and end",
            median(whole),
            "entries/s",
            target=None,
            baseline=base,
            samples=rounds,
        ),
        figure(
            "limit: COPY of the same ratings",
            median(copied),
            "ratings/s",
            target=None,
            baseline=base,
            samples=rounds,
        ),
    ]


def _rate(seconds: float, entries: int) -> float:
    return entries / seconds


# --- our way --------------------------------------------------------------------------------------


@contextmanager
def _seat(folder: Path, central: Central) -> Iterator[Seat]:
    """An enrolled counter with a clerk signed in, its disk alone."""
    seats.enrol(folder, central.address, central.enrol_code(COUNTER))
    with seats.at_work(folder, lambda case: None) as working:
        working.core.execute(SignIn(CLERK.number, CLERK.pin))
    vault = open_vault(folder)
    seat = open_seat(folder, vault, SystemClock(), new_id, sign=DeviceKey(vault).sign)
    try:
        yield seat
    finally:
        seat.close()


def _serve(seat: Seat, count: int) -> list[UUID]:
    """Record encounters, in one transaction: recording is not what is measured here."""

    def unit(work: Work) -> list[UUID]:
        served = []
        for _ in range(count):
            row = EncounterRow(
                new_id(), work.now_ms(), None, None, None, None, None, None, 0, None, None
            )
            work.append(EncounterOpened(row.encounter_id, "search"))
            work.append(EncounterEnded(row.encounter_id, EncounterOutcome.FINISHED))
            work.add_encounter(replace(row, outcome=EncounterOutcome.FINISHED))
            served.append(row.encounter_id)
        return served

    served: list[UUID] = seat.work.run(unit)
    return served


def _press_faces(seat: Seat, encounters: Sequence[UUID], source: random.Random) -> list[Row]:
    """Record a rating of each encounter; returns the same as the baseline's rows."""
    scores = source.choices(range(1, 6), _SHARES, k=len(encounters))

    def unit(work: Work) -> list[Row]:
        rows = []
        for encounter_id, score in zip(encounters, scores, strict=True):
            row = work.encounter(encounter_id)
            assert row is not None
            event = RatingRecorded(new_id(), encounter_id, 1, score)
            entry = work.append(event, urgent=is_low(score))
            work.save_encounter(
                replace(
                    row,
                    rating_state=RatingState.RATED,
                    rating_id=event.rating_id,
                    rating_revision=1,
                    rating_score=score,
                    rated_ms=work.now_ms(),
                )
            )
            rows.append(Row(entry.event_id, encounter_id, score, work.now_ms(), entry.body))
        return rows

    rows: list[Row] = seat.work.run(unit)
    return rows


class _Pushing:
    """The real engine and transport on the caller's thread."""

    def __init__(self, seat: Seat, address: str) -> None:
        self._seat = seat
        self._clock = SystemClock()
        self._transport = HttpTransport(address)
        self._engine = Engine(seat.sync, self._clock, tokens=TokenCache(), source=random.Random(0))
        self._drive(until_idle=True)

    def warm_up(self, count: int) -> None:
        """Push a little of both, unmeasured."""
        encounters = _serve(self._seat, count)
        self.push()
        _press_faces(self._seat, encounters, random.Random(0))
        self.push()

    def push(self) -> float:
        """Send everything unsent; returns the seconds it took.

        Raises:
            PushFailed: an entry became an exception, or nothing moves.
        """
        start = time.perf_counter()
        self._engine.note_entries()
        self._drive(until_idle=False)
        took_s = time.perf_counter() - start
        # The pull that follows is not part of this push, nor of the next
        time.sleep(PULL_AFTER_PUSH_S)
        self._drive(until_idle=True)
        return took_s

    def close(self) -> None:
        self._engine.close()
        self._transport.close()

    def _drive(self, *, until_idle: bool) -> None:
        """Do what the engine says until it rests, or until the journal is confirmed."""
        deadline_s = self._clock.monotonic_s() + _STUCK_S
        while (now := self._clock.monotonic_s()) < deadline_s:
            match self._engine.poll(now):
                case Idle():
                    if until_idle or self._is_confirmed():
                        return
                    time.sleep(0.001)
                case Send(request):
                    response = self._transport.send(request)
                    self._engine.received(request, response, self._clock.monotonic_s())
                    if response.status != 200 or b'"exception"' in response.body:
                        raise PushFailed(f"{request.path}: {response.status} {response.body!r}")
                    if not until_idle and isinstance(request.step, Push) and self._is_confirmed():
                        return
        raise PushFailed(f"not confirmed after {_STUCK_S:.0f} s")

    def _is_confirmed(self) -> bool:
        return self._seat.sync.unsent(max_entries=1, max_bytes=0) is None


# --- the baseline and the limit -------------------------------------------------------------------


def _push_bare(session: requests.Session, url: str, rows: list[Row]) -> float:
    start = time.perf_counter()
    for at in range(0, len(rows), _ROWS_A_BODY):
        body = msgspec.json.encode(rows[at : at + _ROWS_A_BODY])
        session.post(url, data=zstandard.ZstdCompressor(3).compress(body)).raise_for_status()
    return time.perf_counter() - start


def _analyze(database: str) -> None:
    with psycopg.connect(bare_server.conninfo(database), autocommit=True) as connection:
        connection.execute("ANALYZE")


def _copy(database: str, rows: list[Row]) -> float:
    with psycopg.connect(bare_server.conninfo(database)) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS copied (LIKE rating INCLUDING ALL)")
        connection.commit()
        start = time.perf_counter()
        with connection.cursor() as cursor:
            statement = "COPY copied FROM STDIN (FORMAT BINARY)"
            with cursor.copy(statement) as copy:
                copy.set_types(["uuid", "uuid", "int2", "int8", "bytea"])
                for row in rows:
                    copy.write_row((row.event_id, row.encounter_id, row.score, row.at_ms, row.raw))
        connection.commit()
        return time.perf_counter() - start
