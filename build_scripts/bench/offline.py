"""A counter without a network for thirty days: its journal goes up in order, and it works on.

The journal is what `app.services` records of visits: a member known by card, three in ten earn
points, each with a rating, spread over thirty days of the PC's clock. It is committed in one
transaction, because recording is not what is measured. Then the network is back: sync's real
threads run, and a clerk goes on meanwhile, each face touched through the real core.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any, Final
from uuid import UUID

import requests
import sqlalchemy as sa

from app.bootstrap import OpenedSeat
from app.credentials.clock import SystemClock
from app.credentials.device_key import DeviceKey
from app.credentials.ids import new_id
from app.credentials.vaults import open_vault
from app.domain import events as e
from app.domain.rating import is_low
from app.ports.sync_store import SyncStore
from app.ports.work import EncounterRow, Work
from app.services.commands import SignIn
from app.store.seat import open_seat
from build_scripts.bench import bare_server, seats
from build_scripts.bench.bare_server import Row
from build_scripts.bench.central import CLERK
from build_scripts.bench.figures import Figure, figure, quantile
from build_scripts.bench.taps import plain_commits, tap
from sync.client.loop import SyncRunner
from sync.client.session import TokenCache
from sync.client.transport import HttpTransport
from sync.server.store import tables as t
from sync.server.store.engine import make_engine, reading

MEMBERS: Final = 100_000
ENTRIES: Final = 20_000
ROUNDS: Final = 2
DRAIN_TARGET_S: Final = 5.0
TAP_TARGET_MS: Final = 20.0

_DAYS: Final = 30
_DAY_MS: Final = 86_400_000
_STEP_MS: Final = 20_000
_EARNING_SHARE: Final = 0.3
_SCORES: Final = (1, 1, 10, 28, 60)  # a low one has a copy of its own, ahead of the chain
_LIMIT_S: Final = 300.0


class DrainFailed(Exception):
    """Not every entry came to the server, or not as it should."""


def run(*, members: int = MEMBERS, entries: int = ENTRIES, rounds: int = ROUNDS) -> list[Figure]:
    """Measure, each round with a counter of its own.

    Seconds from sync's start to the last of the thirty days' entries confirmed in the counter's
    journal. The baseline sends as many rows to a bare server; of the taps, see `taps`.
    """
    whole = seats.whole(members, postgresql=True)
    assert whole.postgres is not None
    drains: list[float] = []
    touched: list[float] = []
    bare: list[float] = []
    with tempfile.TemporaryDirectory(prefix="guichet-bench-") as name, whole.central:
        with (
            bare_server.running(whole.postgres.create_database()) as url,
            requests.Session() as session,
        ):
            session.trust_env = False
            for number in range(rounds):
                folder = whole.enrol_seat(Path(name) / f"seat{number}")
                rows, last_seq = _record(folder, entries, random.Random(number))
                with seats.opened(folder) as seat:
                    seat.core.execute(SignIn(CLERK.number, CLERK.pin))
                    took_s, times = _drain(seat, last_seq)
                    _check(whole.database, seat.sync, last_seq)
                drains.append(took_s)
                touched += times
                start = time.perf_counter()
                bare_server.send(session, url, rows)
                bare.append(time.perf_counter() - start)
        plain = plain_commits(Path(name) / "plain.db", len(touched))
    label = f"{_DAYS} days offline, {entries:,} entries"
    return [
        figure(
            f"{label}: in order at the server",
            median(drains),
            "s",
            target=DRAIN_TARGET_S,
            baseline=median(bare),
            samples=rounds,
        ),
        figure(
            f"{label}: tap to durable commit meanwhile, p99",
            quantile(touched, 0.99),
            "ms",
            target=TAP_TARGET_MS,
            baseline=quantile(plain, 0.99),
            samples=len(touched),
        ),
    ]


# --- thirty days ----------------------------------------------------------------------------------


class _ThenClock(SystemClock):
    """The PC's clock, as it stood `before_ms` ago."""

    before_ms = 0

    def now_ms(self) -> int:
        return super().now_ms() - self.before_ms


def _record(folder: Path, entries: int, source: random.Random) -> tuple[list[Row], int]:
    """Sign a clerk in and record; returns the baseline's rows and the last entry's number."""
    with seats.opened(folder) as seat:
        seat.core.execute(SignIn(CLERK.number, CLERK.pin))
    vault, clock = open_vault(folder), _ThenClock()
    with closing(open_seat(folder, vault, clock, new_id, sign=DeviceKey(vault).sign)) as seat:
        guests = _some_members(seat.sync)
        recorder = _Recorder(clock, entries, guests, source)
        seat.work.run(recorder.record)
    return recorder.rows, recorder.last_seq


def _some_members(store: SyncStore) -> list[UUID]:
    path = store.members_file()
    assert path is not None, "the seat has had its first sync"

    def read() -> list[UUID]:
        with closing(store.connect_members(path)) as file:
            rows = file.execute("SELECT member_id FROM member LIMIT 5000").fetchall()
        return [UUID(bytes=row[0]) for row in rows]

    return store.write(read)


@dataclass
class _Recorder:
    """Visits one after the other, until there are so many entries."""

    clock: _ThenClock
    entries: int
    guests: Sequence[UUID]
    source: random.Random

    def __post_init__(self) -> None:
        self.rows: list[Row] = []
        self.last_seq = 0

    def record(self, work: Work) -> None:
        self.clock.before_ms = _DAYS * _DAY_MS
        pause_ms = max(0, _DAYS * _DAY_MS * 4 // self.entries - 5 * _STEP_MS)
        while len(self.rows) < self.entries:
            self._visit(work)
            self.clock.before_ms = max(0, self.clock.before_ms - pause_ms)
        self.clock.before_ms = 0

    def _append(self, work: Work, event: Any, *, urgent: bool = False) -> Any:
        self.clock.before_ms = max(0, self.clock.before_ms - _STEP_MS)
        entry = work.append(event, urgent=urgent)
        self.rows.append(Row(entry.event_id, event.encounter_id, 5, work.now_ms(), entry.body))
        self.last_seq = entry.seq
        return entry

    def _visit(self, work: Work) -> None:
        encounter_id, member_id = new_id(), self.source.choice(self.guests)
        row = EncounterRow(
            encounter_id,
            work.now_ms(),
            member_id,
            e.Proof.CARD,
            None,
            None,
            None,
            None,
            0,
            None,
            None,
        )
        self._append(work, e.EncounterOpened(encounter_id, "scan"))
        self._append(work, e.MemberIdentified(encounter_id, member_id, e.Proof.CARD))
        work.add_encounter(row)
        if self.source.random() < _EARNING_SHARE:
            self._earn(work, encounter_id, member_id)
        self._append(work, e.EncounterEnded(encounter_id, e.EncounterOutcome.FINISHED))
        work.save_encounter(replace(row, outcome=e.EncounterOutcome.FINISHED))
        [score] = self.source.choices(range(1, 6), _SCORES)
        rating = e.RatingRecorded(new_id(), encounter_id, 1, score)
        self._append(work, rating, urgent=is_low(score))
        work.save_encounter(
            replace(
                row,
                outcome=e.EncounterOutcome.FINISHED,
                rating_state=e.RatingState.RATED,
                rating_id=rating.rating_id,
                rating_revision=1,
                rating_score=score,
                rated_ms=work.now_ms(),
            )
        )

    def _earn(self, work: Work, encounter_id: UUID, member_id: UUID) -> None:
        accrual_id = new_id()
        source, explained = e.AccrualSource.AMOUNT, (None, None, None, 1, "")
        event = e.AccrualRecorded(accrual_id, encounter_id, member_id, 100, source, *explained)
        entry = self._append(work, event)
        work.add_accrual_overlay(accrual_id, member_id, 100, None, entry)
        work.add_line(accrual_id, encounter_id, "accrual", "100", 100, entry)


# --- the network is back --------------------------------------------------------------------------


def _drain(seat: OpenedSeat, last_seq: int) -> tuple[float, list[float]]:
    """Let sync run and a clerk serve; returns the seconds it took and each tap's milliseconds."""
    sync = SyncRunner(seat.sync, HttpTransport, seat.clock, lambda case: None, tokens=TokenCache())
    seat.core.subscribe(lambda kinds: sync.wake() if kinds & seats.WAKING else None)
    times = []
    done_s = 0.0
    start_s = time.monotonic()

    def looked(kinds: object) -> None:
        nonlocal done_s
        if not done_s and _is_confirmed(seat.sync, last_seq):
            done_s = time.monotonic() - start_s

    seat.core.subscribe(looked)  # sync announces each confirmation on its own thread
    sync.start()
    try:
        while not done_s:
            times.append(tap(seat.core, 5))
            if time.monotonic() - start_s > _LIMIT_S:
                raise DrainFailed(f"not at the server after {_LIMIT_S:.0f} s")
    finally:
        sync.stop()
    return done_s, times


def _is_confirmed(store: SyncStore, last_seq: int) -> bool:
    run = store.unsent(max_entries=1, max_bytes=0)
    return run is None or run.first_seq > last_seq


def _check(database: str, store: SyncStore, last_seq: int) -> None:
    """See that every entry is at the server once, in order, and accepted.

    Raises:
        DrainFailed: otherwise.
    """
    identity = store.identity()
    assert identity is not None, "the seat is enrolled"
    entry = t.entry
    statement = sa.select(
        sa.func.count(), sa.func.max(entry.c.seq), sa.func.count().filter(entry.c.code != "")
    ).where(entry.c.device_id == identity.device_id, entry.c.seq <= last_seq)
    engine = make_engine(database)
    with reading(engine) as connection:
        stored, newest, refused = connection.execute(statement).one()
    engine.dispose()
    if (stored, newest, refused) != (last_seq, last_seq, 0):
        raise DrainFailed(f"{stored} of {last_seq} entries, up to {newest}, {refused} refused")
