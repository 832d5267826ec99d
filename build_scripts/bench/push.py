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
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
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
from build_scripts.bench import bare_server, changes, seats
from build_scripts.bench.bare_server import Row
from build_scripts.bench.central import CLERK, COUNTER, Central
from build_scripts.bench.driving import Driver
from build_scripts.bench.figures import Figure, figure
from tests.fakes.postgres import PostgresServer

RATINGS: Final = 10_000
ROUNDS: Final = 5
DEVICES: Final = 10
ROUND_TRIPS: Final = 200
TARGET_ROWS_S: Final = 25_000
TARGET_ROUND_TRIP_MS: Final = 4.0
MEMBERS: Final = 1_000

# Assumed: what customers press, from the worst face to the best.
_SHARES: Final = (2, 3, 10, 25, 60)
_ROWS_A_BODY: Final = 2_000


def run(
    *,
    ratings: int = RATINGS,
    rounds: int = ROUNDS,
    devices: int = DEVICES,
    round_trips: int = ROUND_TRIPS,
    members: int = changes.MEMBERS,
) -> list[Figure]:
    """Measure; medians of ratings a second, our way and the baseline's turn about.

    The baseline is `requests` + zstd to a bare server that inserts the same rows unchecked; the
    limit is COPY of the same rows into the same PostgreSQL. Then a single entry's way there and
    back, and a thousand changes' way to a counter.
    """
    ours, bare, copied, whole, together = [], [], [], [], []
    rows: list[Row] = []
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
        folders = [Path(name) / f"seat-{number}" for number in range(devices)]
        all_seats = [stack.enter_context(counter(folder, central)) for folder in folders]
        drivers = [
            stack.enter_context(closing(Driver(seat, central.address))) for seat in all_seats
        ]
        seat, driver = all_seats[0], drivers[0]
        _warm_up(seat, driver, ratings // 10)
        bare_server.analyze(database)
        for number in range(rounds):
            source = random.Random(number)
            encounters = serve(seat, ratings)
            whole.append(2 * ratings / driver.push())
            driver.rest()
            rows = _press_faces(seat, encounters, source)
            ours.append(ratings / driver.push())
            driver.rest()
            bare.append(ratings / push_bare(session, bare_url, rows))
            copied.append(ratings / _copy(bare_database, rows))
            served = [serve(each, ratings // devices) for each in all_seats]
            push_at_once(drivers)
            for each, encounters in zip(all_seats, served, strict=True):
                _press_faces(each, encounters, source)
            together.append(devices * (ratings // devices) / push_at_once(drivers))
            for each_driver in drivers:
                each_driver.settle()
        round_trip = _round_trips(seat, driver, round_trips)
        bare_trip = [
            push_bare(session, bare_url, [msgspec.structs.replace(row, event_id=new_id())]) * 1000
            for row in rows[:round_trips]
        ]
    base = median(bare)

    def rate(
        name: str, rates: list[float], target: float | None = None, unit: str = "ratings/s"
    ) -> Figure:
        return figure(
            name,
            median(rates),
            unit,
            target=target,
            at_most=False,
            baseline=base,
            samples=rounds,
        )

    return [
        rate("push of ratings recorded offline, PostgreSQL, fsync on", ours, TARGET_ROWS_S),
        rate(f"the same by {devices} devices at once, a share each", together, TARGET_ROWS_S),
        rate("push of encounters' opening and end", whole, unit="entries/s"),
        rate("limit: COPY of the same ratings", copied),
        figure(
            "one rating, committed to confirmed, warm, p50",
            median(round_trip),
            "ms",
            target=TARGET_ROUND_TRIP_MS,
            baseline=median(bare_trip),
            samples=round_trips,
        ),
        *changes.run(members=members, changed=members // 100, rounds=rounds),
    ]


# --- our way --------------------------------------------------------------------------------------


@contextmanager
def counter(folder: Path, central: Central) -> Iterator[Seat]:
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


def serve(seat: Seat, count: int) -> list[UUID]:
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


def _warm_up(seat: Seat, driver: Driver, count: int) -> None:
    """Push a little of both, unmeasured."""
    encounters = serve(seat, count)
    driver.push()
    _press_faces(seat, encounters, random.Random(0))
    driver.push()
    driver.rest()


def push_at_once(drivers: Sequence[Driver]) -> float:
    """All push, each on a thread of its own; returns the seconds until the last had done."""
    with ThreadPoolExecutor(len(drivers)) as threads:
        start = time.perf_counter()
        for done in [threads.submit(driver.push) for driver in drivers]:
            done.result()
        return time.perf_counter() - start


def _round_trips(seat: Seat, driver: Driver, count: int) -> list[float]:
    """One rating at a time, committed before: milliseconds from then to its confirmation."""
    times = []
    encounters = serve(seat, count)
    driver.push()
    driver.rest()
    for number, encounter_id in enumerate(encounters):
        _press_faces(seat, [encounter_id], random.Random(number))
        times.append(driver.push() * 1000)
        driver.settle()
    return times


# --- the baseline and the limit -------------------------------------------------------------------


def push_bare(session: requests.Session, url: str, rows: list[Row]) -> float:
    """Bring rows to the bare server; returns the seconds."""
    start = time.perf_counter()
    for at in range(0, len(rows), _ROWS_A_BODY):
        body = msgspec.json.encode(rows[at : at + _ROWS_A_BODY])
        session.post(url, data=zstandard.ZstdCompressor(3).compress(body)).raise_for_status()
    return time.perf_counter() - start


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
