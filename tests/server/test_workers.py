"""Several processes behind one socket: ringing across, replaced under traffic, led by one."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import msgspec
import psycopg
import pytest
import requests

from app.domain.entry import copy_statement
from app.domain.records import Case
from sync.client.exchange import Ask, Fault, Request
from sync.client.outcome import Refusal, Why, read
from sync.client.transport import HttpTransport
from sync.protocol.messages import FeedLine, HeadAnswer, PushAnswer, UrgentRequest
from sync.server.admission import Admission, Limits
from sync.server.api.app import make_app
from sync.server.audit import audit
from sync.server.cli import main
from sync.server.ending import end
from sync.server.jobs import Jobs
from sync.server.keys import load_keys
from sync.server.problems import ProblemError
from sync.server.service import CentralServer
from sync.server.serving import now_ms
from sync.server.store.engine import make_engine, reading
from sync.server.transactions import Transactions
from sync.server.upkeep import Upkeep
from tests.fakes.postgres import PostgresServer
from tests.fakes.waiting import soon, until
from tests.server.conftest import Programme, make_programme
from tests.server.http import serving
from tests.server.seats import Clock, Seat, new_id, visit

V = {"Guichet-Protocol": "1"}
LIMIT_S = 60


class Running:
    """`guichet-server serve --workers 2`, and what its log says."""

    def __init__(self, data: Path) -> None:
        self.events: list[dict[str, object]] = []
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "sync.server.cli", "--data", str(data)),
                *("serve", "--port", "0", "--workers", "2"),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "GUICHET_METRICS_TOKEN": "secret"},
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if line.startswith("{"):
                self.events.append(msgspec.json.decode(line))

    def workers(self) -> list[object]:
        """All that were ever started."""
        return [e["pid"] for e in list(self.events) if e["event"] == "worker_started"]

    def count(self, event: str) -> int:
        return sum(e["event"] == event for e in list(self.events))

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        code = self.process.wait(LIMIT_S)
        self._reader.join(LIMIT_S)
        assert not self._reader.is_alive(), "a worker outlived its supervisor"
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.process.stdout.close()
        self.process.stderr.close()
        return code


@dataclass
class Place:
    """The running server and a programme in its database."""

    running: Running
    programme: Programme


class WallClock(Clock):
    def __call__(self) -> int:
        return now_ms()


@pytest.fixture(scope="module")
def place(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One for the module: four processes take their time to start."""
    data = tmp_path_factory.mktemp("server") / "data"
    url = postgres.create_database()
    wanted = ("--programme", "P", "--admin-pin", "1234", "--database", url)
    assert main(["--data", str(data), "init", *wanted]) == 0
    engine = make_engine(url)
    clock = WallClock()
    server = CentralServer(engine, load_keys(data / "keys"), clock)
    running = Running(data)
    try:
        yield Place(running, make_programme(server, clock))
    finally:
        assert running.stop() == 0
        engine.dispose()
        postgres.drop_database(url)


class Feeds:
    """Feeds of one device, each on a connection of its own, so that some end at each process."""

    def __init__(self, url: str, seat: Seat, count: int) -> None:
        self.heard: list[list[FeedLine]] = [[] for _ in range(count)]
        self.opened = Counter[int]()
        self._stopping = threading.Event()
        headers = {**V, "Authorization": f"Bearer {seat.token()}"}
        self._threads = [
            threading.Thread(target=self._listen, args=(url, headers, number))
            for number in range(count)
        ]
        for thread in self._threads:
            thread.start()

    def _listen(self, url: str, headers: dict[str, str], number: int) -> None:
        """Come back at once when a feed ends, as counters do a moment later."""
        while not self._stopping.is_set():
            with requests.get(url + "/v1/feed", headers=headers, stream=True, timeout=30) as answer:
                if answer.status_code != 200:
                    continue
                self.opened[number] += 1
                for line in answer.iter_lines(1):
                    self.heard[number].append(msgspec.json.decode(line, type=FeedLine))
                    if self._stopping.is_set():
                        return

    def cases(self) -> list[set[object]]:
        return [
            {
                msgspec.json.decode(line.case, type=Case).case_id
                for line in list(lines)
                if line.kind == "alarm"
            }
            for lines in self.heard
        ]

    def stop(self, wake: Callable[[], object]) -> None:
        self._stopping.set()
        wake()
        for thread in self._threads:
            thread.join(LIMIT_S)
            assert not thread.is_alive()


def ring(url: str, seat: Seat) -> UUID:
    """A low rating by HTTP, so that one of the processes has it; returns the case."""
    _, rating_id = visit(seat, score=1)
    body = seat.bodies[-1]
    copy = UrgentRequest(msgspec.Raw(body), [], seat.key.sign(copy_statement(body)))
    answer = requests.post(
        url + "/v1/urgent",
        data=msgspec.json.encode(copy),
        headers={**V, "Authorization": f"Bearer {seat.token()}"},
        timeout=30,
    )
    assert answer.status_code == 200, answer.text
    return rating_id


class Counters:
    """Counters that push visit after visit, each on one kept connection, as fast as they can."""

    def __init__(self, url: str, seats: list[Seat]) -> None:
        self.pushed = Counter[int]()
        self.faults: list[str] = []
        self._url = url
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, args=(number, seat))
            for number, seat in enumerate(seats)
        ]
        for thread in self._threads:
            thread.start()

    def _work(self, number: int, seat: Seat) -> None:
        token = seat.token()
        transport = HttpTransport(self._url)
        while not self._stopping.is_set():
            visit(seat)
            body = msgspec.json.encode(seat.request())
            try:
                answer = read(
                    transport.send(Request("POST", "/v1/push", Ask(), 0, body, token)), PushAnswer
                )
            except Fault as fault:
                self.faults.append(repr(fault))
                continue
            if isinstance(answer, Refusal):
                self.faults.append(repr(answer))
                continue
            seat.sent = answer.head_seq
            self.pushed[number] += 1
        transport.close()

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(LIMIT_S)
            assert not thread.is_alive()


@pytest.mark.slow
def test_an_alarm_rings_at_every_process_and_nobody_notices_a_restart(place: Place) -> None:
    """Counters at work while both processes are replaced: no call fails, no alarm is missed."""
    running, programme = place.running, place.programme
    url = running.url
    desk, ringing = programme.seat(counter=2, kind="desk"), programme.seat()
    feeds = Feeds(url, desk, 6)
    until(lambda: all(feeds.opened[n] for n in range(6)))
    counters = Counters(url, [programme.seat(counter=n % 2) for n in range(3)])
    try:
        first = ring(url, ringing)
        until(lambda: all(first in cases for cases in feeds.cases()))
        before = dict(feeds.opened)
        os.kill(running.process.pid, signal.SIGHUP)
        until(lambda: len(running.workers()) == 4)
        until(lambda: all(feeds.opened[n] > before[n] for n in range(6)))
        pushed = dict(counters.pushed)
        until(lambda: all(counters.pushed[n] > pushed.get(n, 0) for n in range(3)))
        second = ring(url, ringing)
        until(lambda: all(second in cases for cases in feeds.cases()))
    finally:
        counters.stop()
        feeds.stop(lambda: ring(url, ringing))
    assert counters.faults == []
    asked = {"Authorization": "Bearer secret"}
    metrics = requests.get(url + "/metrics", headers=asked, timeout=30).text
    # those that ended are counted, too
    counted = next(
        float(line.rpartition(" ")[2])
        for line in metrics.splitlines()
        if line.startswith('guichet_requests_total{route="/v1/push",status="200"}')
    )
    assert counted == sum(counters.pushed.values())
    with reading(programme.server.engine) as connection:
        assert list(audit(connection)) == []


@pytest.mark.slow
def test_a_killed_worker_is_replaced_and_workers_end_with_their_supervisor(place: Place) -> None:
    running = place.running
    started = len(running.workers())
    os.kill(int(str(running.workers()[-1])), signal.SIGKILL)
    until(lambda: len(running.workers()) == started + 1)
    until(lambda: requests.get(running.url + "/healthz", timeout=30).status_code == 200)
    assert running.count("worker_died") == 1


# --- the supervisor by itself, with workers that do nothing --------------------------------------

WORKER = """
import os, signal, sys, time
listening, ready, life, log, fails = sys.argv[1:]
def say(text):
    with open(log, "a") as file:
        file.write(text + chr(10))
def leave(*_):
    say(f"{os.getpid()} ends")
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
if os.path.exists(fails):
    say(f"{os.getpid()} fails")
    sys.exit(1)
say(f"{os.getpid()} ready")
os.write(int(ready), b"1")
os.read(int(life), 1)
say(f"{os.getpid()} alone")
"""

SUPERVISOR = """
import socket, sys
from sync.server.serving import configure_log
from sync.server.supervisor import Supervisor
configure_log()
worker, log, fails = sys.argv[1:]
with socket.create_server(("127.0.0.1", 0)) as listening:
    def command(handles):
        numbers = map(str, (handles.listening, handles.ready, handles.life))
        return [sys.executable, "-c", worker, *numbers, log, fails]
    ok = Supervisor(listening, 2, command).run(lambda: print("ready", flush=True))
sys.exit(0 if ok else 1)
"""


class Supervised:
    """A supervisor in a process of its own; its workers write down what becomes of them."""

    def __init__(self, folder: Path) -> None:
        self.log, self.fails = folder / "log", folder / "fails"
        self.log.touch()
        self.process = subprocess.Popen(
            [sys.executable, "-c", SUPERVISOR, WORKER, str(self.log), str(self.fails)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None
        self.said = self.process.stdout.readline().strip()

    def lines(self) -> list[tuple[int, str]]:
        return [
            (int(a), b) for a, b in (line.split() for line in self.log.read_text().splitlines())
        ]

    def pids(self, what: str) -> list[int]:
        return [pid for pid, said in self.lines() if said == what]


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Supervised]:
    made = Supervised(tmp_path)
    yield made
    made.process.kill()
    made.process.communicate()


def test_workers_are_replaced_one_by_one_each_when_its_successor_is_ready(
    supervised: Supervised,
) -> None:
    assert supervised.said == "ready"
    first, second = supervised.pids("ready")
    supervised.process.send_signal(signal.SIGHUP)
    until(lambda: len(supervised.pids("ends")) == 2)
    said = [what for _, what in supervised.lines()]
    assert said == ["ready", "ready", "ready", "ends", "ready", "ends"]
    assert set(supervised.pids("ends")) == {first, second}
    # one that doesn't come up leaves the old ones at work
    supervised.fails.touch()
    supervised.process.send_signal(signal.SIGHUP)
    until(lambda: len(supervised.pids("fails")) == 1)
    supervised.process.send_signal(signal.SIGTERM)
    assert supervised.process.wait(LIMIT_S) == 0
    assert len(supervised.pids("ready")) == 4
    assert set(supervised.pids("ends")) == set(supervised.pids("ready"))


def test_a_dead_worker_is_replaced_and_none_outlives_the_supervisor(supervised: Supervised) -> None:
    victim, other = supervised.pids("ready")
    os.kill(victim, signal.SIGKILL)
    until(lambda: len(supervised.pids("ready")) == 3)
    supervised.process.kill()
    left = {other, supervised.pids("ready")[-1]}
    until(lambda: set(supervised.pids("alone")) == left)


# --- one leader ----------------------------------------------------------------------------------


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_another_process_leads_when_the_leader_dies(programme: Programme) -> None:
    url = programme.server.engine.url.render_as_string(hide_password=False)
    ran: list[str] = []

    class Noted(Upkeep):
        name = ""

        def expiring(self) -> Iterator[int]:
            ran.append(self.name)
            yield 1

        def refreshing(self) -> Iterator[int]:
            return iter(())

    async def scene() -> None:
        engines = [make_engine(url) for _ in range(2)]
        candidates = [Noted(Transactions(engine, programme.clock)) for engine in engines]
        for candidate, name in zip(candidates, ("a", "b"), strict=True):
            candidate.name = name
        both = [Jobs(candidate, look_s=0.05) for candidate in candidates]
        tasks = [asyncio.create_task(jobs.run()) for jobs in both]

        await soon(lambda: bool(ran))
        leader = next(number for number, jobs in enumerate(both) if jobs.is_leader)
        assert ran == [candidates[leader].name]
        await end([tasks[leader]])  # its session ends with it
        await soon(lambda: both[1 - leader].is_leader and len(ran) == 2)
        assert ran[1] == candidates[1 - leader].name
        # a session that the database ends is no leader's any more
        with psycopg.connect(
            programme.server.engine.url.set(drivername="postgresql").render_as_string(
                hide_password=False
            ),
            autocommit=True,
        ) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_database d"
                " ON d.oid = l.database AND d.datname = current_database()"
                " WHERE l.locktype = 'advisory'"
            )
        await soon(lambda: len(ran) == 3)
        await end(tasks)
        for engine in engines:
            engine.dispose()

    asyncio.run(scene())


# --- back-pressure -------------------------------------------------------------------------------


def test_a_full_process_says_when_to_come_back_and_the_client_heeds_it(
    programme: Programme,
) -> None:
    seat = programme.seat()
    for limits, status in ((Limits(requests=0), 503), (Limits(per_device=0), 429)):
        with serving(make_app(programme.server, limits=limits)) as client:
            transport = HttpTransport(client.url)
            response = transport.send(Request("GET", "/v1/head", Ask(), 0, token=seat.token()))
            transport.close()
            assert response.status == status
            refusal = read(response, HeadAnswer)
            assert isinstance(refusal, Refusal)
            assert (refusal.why, refusal.code) == (Why.BUSY, "busy")
            assert refusal.retry_after_s is not None
            assert refusal.retry_after_s >= 1


def test_bodies_have_room_for_so_many_bytes_together(programme: Programme) -> None:
    seat = programme.seat()
    visit(seat)
    body = msgspec.json.encode(seat.request())
    headers = {**V, "Authorization": f"Bearer {seat.token()}"}
    limits = Limits(body_bytes=len(body) - 1)
    with serving(make_app(programme.server, limits=limits)) as client:
        answer = client.post("/v1/push", headers, body)
        assert (answer.status_code, answer.json()["code"]) == (503, "busy")
        assert answer.headers["Retry-After"]
        admission = client.app.state.admission
        until(lambda: (admission.body_bytes, admission.under_way) == (0, 0))


def test_those_refused_are_told_to_come_back_spread_over_time() -> None:
    now_s = 0.0
    admission = Admission(Limits(requests=4, per_device=2), lambda: now_s)
    one, other = new_id(), new_id()
    for caller in (one, one, other, None):
        admission.enter(caller)

    def refused(caller: UUID | None) -> ProblemError:
        with pytest.raises(ProblemError) as error:
            admission.enter(caller)
        return error.value

    assert refused(one).status == 429  # its own fault, whoever else is there
    waits = [int(refused(other).problem.detail["wait_s"]) for _ in range(200)]
    assert refused(other).status == 503
    assert max(waits[:4]) <= 2
    assert max(waits) <= 30
    assert len(set(waits)) > 10
    now_s = 100.0
    assert int(refused(other).problem.detail["wait_s"]) == 1
    admission.leave(one)
    admission.enter(other)
