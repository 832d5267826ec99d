"""A month of all offices among three years of ratings, as a manager's desk asks for it.

The visits are put straight into PostgreSQL; from there on all is the product's own: the leader
counts the days, a desk's core asks over HTTP and works the report out, counters bring late ratings,
clerks appeal and managers uphold it, and the next count has all of that. Each report is held
against a plain count of the visits themselves.
"""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.domain import events as e
from app.domain.entry import commitment
from app.domain.reports import Report
from app.services.commands import AskFigures, SignIn
from app.services.core import Core
from build_scripts.bench import month_rows, seats
from build_scripts.bench.central import DESK, MANAGER, OFFICE, Central
from build_scripts.bench.figures import Figure, figure, quantile
from build_scripts.bench.month_rows import CLERKS, COUNTERS, Places
from build_scripts.bench.processor_time import processor_s
from build_scripts.load.seats import Seat, Spec
from build_scripts.load.wire import Told
from sync.protocol.messages import Blob
from sync.server.enrolment import make_code
from sync.server.opening import new_id, only_programme
from sync.server.programme import NewStaff, add_counter, add_office, add_staff
from sync.server.serving import now_ms
from sync.server.store import tables as t
from sync.server.store.engine import make_engine
from sync.server.transactions import programme_work
from sync.server.work import Work
from tests.fakes.postgres import PostgresServer

OFFICES: Final = 200
DAYS: Final = 1_096
RATINGS: Final = 20_000_000
ROUNDS: Final = 20
SPEAKING: Final = 5
"""Offices whose first counter and whose desk bring something late."""
LATE: Final = 40
"""Ratings that each of these counters brings late; a quarter as many are appealed."""
MONTH: Final = 30
TARGET_S: Final = 3.0

_COUNT_LIMIT_S: Final = 7_200.0  # 50 minutes beside other programs
_LOOK_S: Final = 0.2
_NO_PIN: Final = "$argon2id$"  # nobody signs in


class ReportWrong(Exception):
    """The report doesn't say what the visits do."""


def run(
    *,
    offices: int = OFFICES,
    days: int = DAYS,
    ratings: int = RATINGS,
    rounds: int = ROUNDS,
    speaking: int = SPEAKING,
    late: int = LATE,
) -> list[Figure]:
    """Measure; takes some 15 GB of disk and half an hour.

    The baseline is one statement that counts the month's visits by day, state and score.

    Raises:
        ReportWrong: a report isn't what the visits count.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="guichet-bench-")))
        postgres = stack.enter_context(PostgresServer())
        database = postgres.create_database()
        central = Central(folder / "server", members=10, database=database)
        engine = make_engine(database)
        stack.callback(engine.dispose)
        with central:
            seats.enrol(folder / "desk", central.address, central.enrol_code(DESK, desk=True))
            programme = _Programme(engine, offices, speaking)
            talking = asyncio.run(programme.enrolled(central.address))
        places = programme.places(talking)
        last = datetime.now(UTC).date()
        first = last - timedelta(days - 1)
        filled = month_rows.fill(
            database, engine, places, first=first, days=days, ratings=ratings,
            late=min(MONTH, days),
        )  # fmt: skip
        central.make_snapshot()  # else the server makes one while it is measured
        stack.enter_context(central)
        began_s, used_s = time.perf_counter(), processor_s(central.pid)
        _wait_for_count(engine)
        counted_s = time.perf_counter() - began_s
        counting_s = processor_s(central.pid) - used_s
        desk = stack.enter_context(seats.opened(folder / "desk")).core
        desk.execute(SignIn(MANAGER.number, MANAGER.pin))
        asking = _Asking(desk, engine, places, central.pid, postgres.pid)
        asking.check()
        asking.time(rounds)
        told_s = _bring_late(talking, programme, engine, late)
        asking.check()
        asking.time(rounds)
    name = f"a month of {offices} offices among {filled.ratings:,} ratings"
    counting = f"{offices * days:,} days of {filled.visits:,} visits counted"
    plain_s = quantile(asking.plain_s, 0.5)
    told = (
        (f"{name}: report, p50", quantile(asking.took_s, 0.5), TARGET_S, plain_s, 2 * rounds),
        (f"{name}: report, p99", quantile(asking.took_s, 0.99), TARGET_S, plain_s, 2 * rounds),
        (f"{name}: processor time", quantile(asking.used_s, 0.5), None, None, 2 * rounds),
        (f"{name}: late and excluded ratings counted", told_s, None, None, 1),
        (counting, counted_s, None, None, 1),
        (f"{counting}: the server's processor time", counting_s, None, None, 1),
    )
    return [
        figure(
            what,
            value,
            "s",
            target=target,
            baseline=baseline,
            samples=samples,
        )
        for what, value, target, baseline, samples in told
    ]


@dataclass(frozen=True, slots=True)
class _Talking:
    """A counter and a desk of one office that only speak, and who manages there."""

    office_id: UUID
    counter: Seat
    desk: Seat


class _Programme:
    """Offices with their counters and people, of which some get devices that speak."""

    def __init__(self, engine: Engine, offices: int, speaking: int) -> None:
        self._engine, self._programme_id = engine, only_programme(engine)
        self.offices: list[UUID] = []
        self._counters: list[UUID] = []
        self._staff: list[UUID] = []
        self._codes: list[tuple[UUID, str, str, UUID]] = []  # office, two codes, manager
        for number in range(offices):
            with programme_work(engine, self._programme_id, now_ms=now_ms(), new_id=new_id) as work:
                self._add(work, number, speaks=number < speaking)

    def _add(self, work: Work, number: int, *, speaks: bool) -> None:
        if number == 0:
            (row,) = work.find(t.office, "code", [OFFICE.code])
            office_id = row.office_id
        else:
            office_id = add_office(work, code=f"O{number:03}", name="x", time_zone="UTC")
        self.offices.append(office_id)
        counters = [
            add_counter(work, office_id=office_id, label=f"B{place}") for place in range(COUNTERS)
        ]
        self._counters += counters
        self._staff += [
            self._person(work, f"{number}C{place}", "clerk", office_id) for place in range(CLERKS)
        ]
        if speaks:
            manager = self._person(work, f"{number}M", "duty_manager", office_id)
            places = (
                (counters[0], "counter"),
                (add_counter(work, office_id=office_id, label="D"), "desk"),
            )
            work.flush()
            codes = [
                make_code(
                    work.connection,
                    self._programme_id,
                    counter_id=place,
                    kind=kind,
                    now_ms=now_ms(),
                )
                for place, kind in places
            ]
            self._codes.append((office_id, codes[0], codes[1], manager))

    def _person(self, work: Work, number: str, role: str, office_id: UUID) -> UUID:
        return add_staff(work, NewStaff(number, "x", (role,), office_id, _NO_PIN))

    async def enrolled(self, url: str) -> list[_Talking]:
        """Enrol what speaks, while the server runs."""
        spec = Spec(url, "", [], [], visit_every_s=0, low_share=0, idle=0, seed=0)
        found = []
        for office_id, *codes, manager in self._codes:
            pair = []
            for code, kind in zip(codes, ("counter", "desk"), strict=True):
                seat = Seat(spec, Told(), manager, kind, random.Random(code), None)
                await seat.enrol(code)
                pair.append(seat)
            found.append(_Talking(office_id, *pair))
        return found

    def places(self, talking: list[_Talking]) -> Places:
        """All there is; the counters that don't speak get devices that nobody has."""
        speaking = {each.office_id: each.counter.device_id for each in talking}
        devices = []
        with programme_work(
            self._engine, self._programme_id, now_ms=now_ms(), new_id=new_id
        ) as work:
            for place, counter_id in enumerate(self._counters):
                office_id = self.offices[place // COUNTERS]
                if place % COUNTERS == 0 and office_id in speaking:
                    devices.append(speaking[office_id])
                    continue
                devices.append(device_id := new_id())
                work.add_or_replace(
                    t.device, device_id, counter_id, office_id, "counter", b"", "", "", "", "", 1,
                    now_ms(), None, None,
                )  # fmt: skip
        return Places(self._programme_id, self.offices, devices, self._staff)


def _wait_for_count(engine: Engine) -> None:
    """Until the leader has counted all days that are marked."""
    deadline_s = time.monotonic() + _COUNT_LIMIT_S
    while time.monotonic() < deadline_s:
        with engine.connect() as connection:
            if not connection.execute(sa.select(sa.exists().where(t.day_mark.c.n > 0))).scalar():
                return
        time.sleep(_LOOK_S)
    raise TimeoutError("the days weren't counted")


# --- asking ---------------------------------------------------------------------------------------


class _Asking:
    """Asks for the month as the desk's page does, and holds the answer against the visits.

    Attributes:
        took_s: from the question to the report.
        used_s: processor time of the desk, the server and the database meanwhile.
        plain_s: of the plain statement.
    """

    def __init__(
        self, desk: Core, engine: Engine, places: Places, server: int, database: int | None
    ) -> None:
        self._desk, self._engine, self._places = desk, engine, places
        self._pids = (server, database)
        self.took_s: list[float] = []
        self.used_s: list[float] = []
        self.plain_s: list[float] = []

    def ask(self) -> Report:
        report: Report = self._desk.execute(AskFigures("", MONTH)).report
        return report

    def time(self, rounds: int) -> None:
        for _ in range(rounds):
            used_s, began_s = self._used_s(), time.perf_counter()
            self.ask()
            self.took_s.append(time.perf_counter() - began_s)
            self.used_s.append(self._used_s() - used_s)

    def check(self) -> None:
        """Raises ReportWrong."""
        report = self.ask()
        choice = report.choice
        began_s = time.perf_counter()
        rows = month_rows.plain_count(self._engine, self._places, choice.first_day, choice.last_day)
        self.plain_s.append(time.perf_counter() - began_s)
        said = {
            "by day": {
                day: (count.visits, count.rated, count.ratings, count.good, count.low)
                for day, count in zip(report.days, report.by_day, strict=True)
            },
            "scores": {str(score): n for score, n in report.by_score.items() if n},
            "states": dict(report.by_state),
            "excluded": dict(report.excluded),
        }
        counted = _counted(rows)
        for name, what in said.items():
            if what != counted[name]:
                raise ReportWrong(f"{name}: {what}, of which the visits say {counted[name]}")

    def _used_s(self) -> float:
        own = sum(os.times()[:2])
        return own + sum(processor_s(pid) for pid in self._pids)


def _counted(rows: list[Any]) -> dict[str, dict[str, Any]]:
    by_day: dict[str, list[int]] = {}
    scores: Counter[str] = Counter()
    states: Counter[str] = Counter()
    excluded: Counter[str] = Counter()
    for row in rows:
        of_day = by_day.setdefault(row.day, [0] * 5)
        why = [*filter(None, row.flags.split(",")), *(["appeal"] if row.is_out else [])]
        counts = row.score is not None and not why
        for place, is_one in enumerate(
            (
                True,
                row.rating_state == "rated",
                counts,
                counts and row.score >= 4,
                counts and row.score <= 2,
            )
        ):
            of_day[place] += is_one * row.n
        if row.rating_state:
            states[row.rating_state] += row.n
        if counts:
            scores[str(row.score)] += row.n
        elif row.score is not None:
            for each in why:
                excluded[each] += row.n
    return {
        "by day": {day: tuple(counts) for day, counts in by_day.items()},
        "scores": dict(scores),
        "states": dict(states),
        "excluded": dict(excluded),
    }


# --- what comes late ------------------------------------------------------------------------------


def _bring_late(talking: list[_Talking], programme: _Programme, engine: Engine, late: int) -> float:
    """Bring ratings of visits that had none, one in ten pressed twice, and have some appealed.

    Returns:
        Seconds from the last answer to the counters until all is counted.
    """
    asyncio.run(_pushed(talking, engine, late))
    began_s = time.perf_counter()
    _wait_for_count(engine)
    return time.perf_counter() - began_s


async def _pushed(talking: list[_Talking], engine: Engine, late: int) -> None:
    for each in talking:
        dice = random.Random(each.counter.device_id.int)
        counter, desk, manager = each.counter, each.desk, each.desk.staff_id
        for row in _visits(engine, counter.device_id, "", late):
            rating_id = new_id()
            scores = [dice.choice((1, 2, 3, 4, 5, 5))]
            if dice.random() < 0.1:
                scores.append(dice.choice((4, 5)))
            for revision, score in enumerate(scores, start=1):
                flags = ("repeat",) if revision > 1 else ()
                counter.record(
                    e.RatingRecorded(rating_id, row.encounter_id, revision, score, flags)
                )
        appeals = []
        for row in _visits(engine, counter.device_id, "rated", late // 4 + 1):
            appeals.append(new_id())
            counter.staff_id = row.staff_id
            counter.record(e.RatingAppealed(appeals[-1], row.encounter_id, _words(counter)))
        counter.staff_id = manager
        for appeal_id in appeals:
            desk.record(e.AppealDecided(appeal_id, True, _words(desk)))
        for seat in (counter, desk):
            line = seat.line()
            while seat.sent < len(seat.bodies):
                await seat.push(line)
            await line.close()
            if seat.exceptions:
                raise ReportWrong("the server didn't take what came late")


def _words(seat: Seat) -> str:
    """Why, kept beside the entry; returns its commitment."""
    blob = Blob("", os.urandom(16), b"why")
    name = commitment(blob.salt, blob.content)
    seat.blobs.append(Blob(name, blob.salt, blob.content))
    return name


def _visits(engine: Engine, device_id: UUID, state: str, count: int) -> list[Any]:
    """Some of a counter's visits of this month, in this state."""
    visit = t.encounter.c
    since = (datetime.now(UTC).date() - timedelta(MONTH - 2)).isoformat()
    with engine.connect() as connection:
        rows = connection.execute(
            sa.select(visit.encounter_id, visit.staff_id)
            .where(visit.device_id == device_id, visit.day >= since, visit.rating_state == state)
            .order_by(visit.encounter_id)
        )
        return list(islice(rows, count))
