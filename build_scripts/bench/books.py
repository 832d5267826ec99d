"""The books: points recorded offline and posted, everything proved, a month's end let go.

Redemptions and accruals are brought from real counters, as `push` does it with ratings. The audit
and the expiry run are the server's own, in this process, on members with points (`crowd`) and on
journals whose every entry has its hash and whose heads are signed.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Final, TypeVar
from uuid import UUID

import requests
import sqlalchemy as sa

from app.domain import events as e
from app.domain.entry import Event, head_statement, next_link
from app.ports.work import Work
from app.store.seat import Seat
from build_scripts.bench import bare_server, push, redeem
from build_scripts.bench.bare_server import Row
from build_scripts.bench.central import Central
from build_scripts.bench.crowd import LOTS, Crowd, crowd, month_ends
from build_scripts.bench.driving import Driver
from build_scripts.bench.figures import Figure, figure
from build_scripts.load.seats import Seat as SpeakingSeat
from sync.server.audit import audit
from sync.server.opening import new_id, only_programme
from sync.server.programme import put_setting
from sync.server.serving import now_ms
from sync.server.store import tables as t
from sync.server.store.bulk import insert_columns
from sync.server.store.engine import make_engine, reading, writing
from sync.server.transactions import Transactions, programme_work
from sync.server.upkeep import Upkeep
from sync.server.work import Work as ServerWork
from tests.fakes.postgres import PostgresServer

T = TypeVar("T")

POSTED: Final = 10_000
ROUNDS: Final = 3
DEVICES: Final = 10
MEMBERS: Final = 100_000
GUESTS: Final = 10_000
"""Members who come to the counters while these have no network."""
TARGET_POSTED_S: Final = 6_000
TARGET_STEP_MS: Final = 200.0
TARGET_JOB_S: Final = 60.0
"""Of the audit and of the expiry run with a million members; a tenth for a tenth of them."""

_MILLION: Final = 1_000_000
_ENTRIES_A_MEMBER: Final = 5
_JOURNALS: Final = 20
_ROWS: Final = 2_000
_DAY_MS: Final = 86_400_000
# Assumed: of what a counter posts on a day without a network, half is earned; of what is spent,
# three in five under points that were set aside for it.
_SHARES: Final = (5, 3, 2)
_ALLOWANCE: Final = {
    "pool_points": 2**40,
    "pool_per_redemption": 1_000,
    "pool_per_member": 2**40,
    "risk_window_points": 2**40,
    "risk_window_redemptions": 2**20,
    "clerk_points_per_hour": 2**40,
}


class BooksFailed(Exception):
    """The audit found something, or a job did not do what it was to do."""


def run(
    *,
    posted: int = POSTED,
    rounds: int = ROUNDS,
    devices: int = DEVICES,
    members: int = MEMBERS,
) -> list[Figure]:
    """Measure all of it; see `posting`, `proving` and `expiring`."""
    whole = crowd(members)
    return [
        *posting(posted=posted, rounds=rounds, devices=devices, members=members),
        *proving(whole, members=members),
        *expiring(whole, members=members),
    ]


def whole(*, members: int = _MILLION, redemptions: int = redeem.REDEMPTIONS) -> list[Figure]:
    """Measure what depends on how many members there are with all of them: see `redeem`, too.

    Takes some 10 GB of disk.
    """
    programme = crowd(members)
    return [
        *redeem.measure(
            programme, members=members, counters=redeem.COUNTERS, redemptions=redemptions
        ),
        *proving(programme, members=members),
        *expiring(programme, members=members),
    ]


# --- posting --------------------------------------------------------------------------------------


def posting(*, posted: int, rounds: int, devices: int, members: int = MEMBERS) -> list[Figure]:
    """Accruals and redemptions a second, under leases and at risk, recorded offline.

    From the network's being back to the last entry confirmed in the counters' journals; a
    redemption is two entries, its intent and what was granted. The baseline brings as many rows as
    there are entries to the bare server.
    """
    alone, together, bare = [], [], []
    with ExitStack() as stack:
        name = stack.enter_context(tempfile.TemporaryDirectory(prefix="guichet-bench-"))
        postgres = stack.enter_context(PostgresServer())
        database, bare_database = postgres.create_database(), postgres.create_database()
        folder = Path(name) / "server"
        central = Central(folder, members=min(members, GUESTS), database=database)
        engine = make_engine(database)
        stack.callback(engine.dispose)
        programme_id = only_programme(engine)
        with programme_work(engine, programme_id, now_ms=now_ms(), new_id=new_id) as work:
            put_setting(work, "redemption", {**_ALLOWANCE})
        stack.enter_context(central)
        bare_url = stack.enter_context(bare_server.running(bare_database))
        session = stack.enter_context(requests.Session())
        session.trust_env = False
        counters = []
        for number in range(devices):
            seat = stack.enter_context(push.counter(Path(name) / f"seat-{number}", central))
            driver = stack.enter_context(closing(Driver(seat, central.address)))
            counters.append(_Counter(seat, driver, random.Random(number)))
        for counter in counters:
            counter.look_up_promises(engine)
        counters[0].record(posted // 10)
        counters[0].driver.push()
        bare_server.analyze(database)  # as autovacuum does, once there is something
        for _ in range(rounds):
            rows = counters[0].record(posted)
            alone.append(posted / counters[0].driver.push())
            bare.append(posted / push.push_bare(session, bare_url, rows))
            for counter in counters:
                counter.record(posted // devices)
            took_s = push.push_at_once([counter.driver for counter in counters])
            together.append(devices * (posted // devices) / took_s)
            for counter in counters:
                counter.driver.settle()
    return [
        figure(
            name,
            median(rates),
            "postings/s",
            target=TARGET_POSTED_S,
            at_most=False,
            baseline=median(bare),
            samples=rounds,
        )
        for name, rates in (
            ("push of redemptions and accruals recorded offline", alone),
            (f"push of redemptions and accruals by {devices} devices at once", together),
        )
    ]


@dataclass(slots=True)
class _Counter:
    """A real counter, and what it may give away by itself."""

    seat: Seat
    driver: Driver
    source: random.Random
    leases: Sequence[tuple[UUID, UUID]] = ()  # (lease, member)
    members: Sequence[UUID] = ()
    pool_id: UUID | None = None

    def look_up_promises(self, engine: sa.Engine) -> None:
        identity = self.seat.sync.identity()
        assert identity is not None, "the seat is enrolled"
        mine = identity.device_id
        with reading(engine) as connection:
            lease, pool = t.lease, t.risk_pool
            self.leases = [
                (row.lease_id, row.member_id)
                for row in connection.execute(sa.select(lease).where(lease.c.device_id == mine))
            ]
            self.members = connection.execute(sa.select(t.member.c.member_id)).scalars().all()
            self.pool_id = connection.execute(
                sa.select(pool.c.pool_id).where(pool.c.device_id == mine)
            ).scalar_one()

    def record(self, count: int) -> list[Row]:
        """Record visits that earn or spend, in one transaction; returns the baseline's rows."""
        encounters = push.serve(self.seat, count)
        self.driver.push()
        kinds = self.source.choices(("earn", "lease", "at_risk"), _SHARES, k=count)

        def unit(work: Work) -> list[Row]:
            rows = []
            for encounter_id, kind in zip(encounters, kinds, strict=True):
                for event in self._events(encounter_id, kind):
                    entry = work.append(event)
                    rows.append(Row(entry.event_id, encounter_id, 5, work.now_ms(), entry.body))
            return rows

        rows: list[Row] = self.seat.work.run(unit)
        return rows

    def _events(self, encounter_id: UUID, kind: str) -> list[Event]:
        if kind == "earn":
            member_id, source = self.source.choice(self.members), e.AccrualSource.AMOUNT
            explained = (None, None, None, 1, "")
            return [e.AccrualRecorded(new_id(), encounter_id, member_id, 100, source, *explained)]
        leased, member_id = self.source.choice(self.leases)
        backed: tuple[e.Cover, UUID | None, UUID | None] = (e.Cover.LEASE, leased, None)
        if kind == "at_risk":
            backed = (e.Cover.AT_RISK, None, self.pool_id)
        redemption_id, reward_id = new_id(), new_id()
        return [
            e.RedemptionRequested(
                redemption_id, encounter_id, member_id, reward_id, 1, e.Proof.CARD,
                e.CustomerYes.PANEL,
            ),
            e.RedemptionGranted(
                redemption_id, encounter_id, member_id, reward_id, 1, *backed
            ),
        ]  # fmt: skip


# --- proving --------------------------------------------------------------------------------------


def proving(whole: Crowd, *, members: int) -> list[Figure]:
    """Seconds of a whole audit; ten postings and five journal entries a member.

    The baseline adds up all postings and counts the journals' bytes.
    """
    with whole.central:
        journals = whole.devices(_JOURNALS, "J")
    entries = members * _ENTRIES_A_MEMBER
    for seat in journals:
        _keep_journal(whole, seat, entries // len(journals))
    with writing(whole.engine) as connection:
        connection.exec_driver_sql("ANALYZE")
    posting, entry = t.posting, t.entry
    with reading(whole.engine) as connection:
        start = time.perf_counter()
        connection.execute(sa.select(sa.func.sum(posting.c.amount))).one()
        connection.execute(sa.select(sa.func.sum(sa.func.length(entry.c.raw)))).one()
        plain_s = time.perf_counter() - start
        start = time.perf_counter()
        findings = list(audit(connection))
        took_s = time.perf_counter() - start
    if findings:
        raise BooksFailed(f"{len(findings)} findings, such as {findings[0]}")
    return [
        figure(
            f"audit of {members * len(LOTS) * 2:,} postings and {entries:,} journal entries",
            took_s,
            "s",
            target=TARGET_JOB_S * members / _MILLION,
            baseline=plain_s,
            samples=1,
        )
    ]


def _keep_journal(whole: Crowd, seat: SpeakingSeat, count: int) -> None:
    """Put a device's journal into the database, as if it had been pushed."""
    link = seat.chain[0]
    at_ms = now_ms()
    body = b'{"device_id":"%s","event_id":"%s","incarnation":1,"seq":%d,"text":"%s"}'
    for start in range(0, count, _ROWS):
        seqs = range(start + 1, min(start + _ROWS, count) + 1)
        ids = [new_id() for _ in seqs]
        device = str(seat.device_id).encode()
        bodies = [
            body % (device, str(event_id).encode(), seq, b"x" * 350)
            for event_id, seq in zip(ids, seqs, strict=True)
        ]
        links = [link := next_link(link, each) for each in bodies]
        with writing(whole.engine) as connection:
            insert_columns(
                connection,
                t.entry,
                {
                    "programme_id": [whole.programme_id] * len(ids),
                    "device_id": [seat.device_id] * len(ids),
                    "incarnation": [1] * len(ids),
                    "seq": list(seqs),
                    "event_id": ids,
                    "type": [e.EncounterOpened.TYPE] * len(ids),
                    "raw": bodies,
                    "link": links,
                    "decision": ["accepted"] * len(ids),
                    "code": [""] * len(ids),
                    "message": [""] * len(ids),
                    "received_ms": [at_ms] * len(ids),
                },
            )
    signature = seat.key.sign(head_statement(seat.device_id, 1, count, link))
    with programme_work(whole.engine, whole.programme_id, now_ms=at_ms, new_id=new_id) as work:
        work.add(t.chain, seat.device_id, 1, count, link, count, signature)


# --- letting go -----------------------------------------------------------------------------------


def expiring(whole: Crowd, *, members: int) -> list[Figure]:
    """Seconds of the run behind a month's end, and its longest transaction.

    Of each member's five lots one in thirty-six expires with a month.
    """
    end = datetime.fromisoformat(month_ends(datetime.now(UTC).date())[0]).replace(tzinfo=UTC)
    behind_ms = int(end.timestamp() * 1000) + 2 * _DAY_MS
    transactions = _TimedTransactions(whole.engine, lambda: behind_ms, new_id=new_id)
    start = time.perf_counter()
    points = sum(Upkeep(transactions).expiring())
    took_s = time.perf_counter() - start
    if not points:
        raise BooksFailed("nothing expired")
    due = members * len(LOTS) // 36
    label = f"expiry run, {members:,} members, {due:,} with something to expire"
    return [
        figure(
            label,
            took_s,
            "s",
            target=TARGET_JOB_S * members / _MILLION,
            samples=len(transactions.took_s),
        ),
        figure(
            f"{label}: longest transaction",
            max(transactions.took_s) * 1000,
            "ms",
            target=TARGET_STEP_MS,
            samples=len(transactions.took_s),
        ),
        figure(
            f"{label}: transactions beyond {TARGET_STEP_MS:.0f} ms",
            sum(took_s * 1000 > TARGET_STEP_MS for took_s in transactions.took_s),
            "transactions",
            target=0,
            samples=len(transactions.took_s),
        ),
    ]


class _TimedTransactions(Transactions):
    """Keeps how long each step took."""

    def __init__(
        self, engine: sa.Engine, clock: Callable[[], int], *, new_id: Callable[[], UUID]
    ) -> None:
        super().__init__(engine, clock, new_id=new_id)
        self.took_s: list[float] = []

    def step(self, programme_id: UUID, do: Callable[[ServerWork], T]) -> T:
        start = time.perf_counter()
        try:
            return super().step(programme_id, do)
        finally:
            self.took_s.append(time.perf_counter() - start)
