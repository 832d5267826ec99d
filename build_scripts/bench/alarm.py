"""A low rating at a counter → its ringing on the manager's desk: through a server, or the office.

Counter and desk are processes of their own, each with the real core and sync's real threads, as the
program runs them; only the windows are missing. Both read the machine's one monotonic clock: the
counter when the finger touches, the desk when sync hands over the alarm that rings.

For the office's own network each is a PC of its own: a network namespace, joined to the other's by
a switch. The server has gone without a word: nothing that is sent to it comes anywhere.
"""

from __future__ import annotations

import json
import queue
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Final, cast

import msgspec
import requests
import zstandard

from app.credentials.ids import new_id
from app.domain.records import Case
from app.services.commands import FinishEncounter, OpenEncounter, RecordRating, SignIn
from build_scripts.bench import bare_server, seats
from build_scripts.bench.central import CLERK, COUNTER, DESK, ROOT, Central
from build_scripts.bench.figures import Figure, figure, quantile
from sync.client.lan.settings import Mode
from tests.processes import network

ALARMS: Final = 200
TARGET_MS: Final = 300.0
OFFICE_TARGET_MS: Final = 1_000.0
MEMBERS: Final = 100_000

_WARM_UP: Final = 5
_WARM_UP_LIMIT_S: Final = 60.0
_RING_LIMIT_S: Final = 20.0
_PAUSE_S: Final = (0.02, 0.1)
_SHARES: Final = (("p50", 0.5), ("p99", 0.99))


class NoAlarm(Exception):
    """The desk did not ring."""


def run(*, alarms: int = ALARMS, members: int = MEMBERS) -> list[Figure]:
    """Measure; milliseconds from the touch of the worst face to the alarm.

    The baseline is one row over HTTP to a bare server that inserts and commits it, on the same
    PostgreSQL.
    """
    whole = seats.whole(members, postgresql=True)
    assert whole.postgres is not None
    with (
        tempfile.TemporaryDirectory(prefix="guichet-bench-") as name,
        whole.central as central,
        bare_server.running(whole.postgres.create_database()) as bare_url,
    ):
        _enrol_both(Path(name), central)
        delays = _ring(Path(name), alarms)
        bare = _bare_round_trips(bare_url, alarms)
    return [
        figure(
            f"low rating to ringing on the manager's desk, loopback, {label}",
            quantile(delays, share),
            "ms",
            target=TARGET_MS,
            baseline=quantile(bare, share),
            samples=len(delays),
        )
        for label, share in _SHARES
    ]


def run_in_office(*, alarms: int = ALARMS, members: int = MEMBERS) -> list[Figure]:
    """Measure the same over the office's network, its server out of reach; in milliseconds.

    Finding each other comes before. Needs root, and Debian's iproute2 and nftables.

    Raises:
        OSError: no network namespaces may be made here.
    """
    whole = seats.whole(members, postgresql=True)
    with tempfile.TemporaryDirectory(prefix="guichet-bench-") as name:
        with whole.central as central:
            _enrol_both(Path(name), central)
        with network.built(COUNTER.lower(), DESK.lower()) as office:
            for host in office.addresses:
                office.silence(host, "127.0.0.1")  # where the server was
            delays = _ring(Path(name), alarms, office)
    return [
        figure(
            f"low rating to ringing on the manager's desk, office's network alone, {label}",
            quantile(delays, share),
            "ms",
            target=OFFICE_TARGET_MS,
            samples=len(delays),
        )
        for label, share in _SHARES
    ]


def _enrol_both(folder: Path, central: Central) -> None:
    for label, desk in ((COUNTER, False), (DESK, True)):
        seats.enrol(folder / label, central.address, central.enrol_code(label, desk=desk))


def _ring(folder: Path, alarms: int, office: network.Office | None = None) -> list[float]:
    """Have one low rating after the other given; returns the delays in ms."""
    source = random.Random(1)
    with (
        _Process("desk", folder / DESK, office) as desk,
        _Process("counter", folder / COUNTER, office) as counter,
    ):
        _warm_up(counter, desk)
        delays = []
        for _ in range(alarms):
            time.sleep(source.uniform(*_PAUSE_S))
            touched = counter.ask()
            delays.append((_rung(desk, touched["encounter"])["at_ns"] - touched["at_ns"]) / 1e6)
    return delays


def _warm_up(counter: _Process, desk: _Process) -> None:
    """Until a desk's feed is open, or is found by the counter, alarms come late or not at all."""
    deadline_s = time.monotonic() + _WARM_UP_LIMIT_S
    rung = 0
    while rung < _WARM_UP:
        encounter = counter.ask()["encounter"]
        try:
            _rung(desk, encounter, limit_s=1.0)
            rung += 1
        except NoAlarm:
            if time.monotonic() > deadline_s:
                raise


def _rung(desk: _Process, encounter: str, *, limit_s: float = _RING_LIMIT_S) -> dict[str, Any]:
    deadline_s = time.monotonic() + limit_s
    while (left_s := deadline_s - time.monotonic()) > 0:
        heard = desk.hear(left_s)
        if heard is not None and heard["encounter"] == encounter:
            return heard
    raise NoAlarm(f"the desk did not ring within {limit_s:.0f} s")


class _Process:
    """A seat that answers each line with a line of JSON, or says one by itself."""

    def __init__(self, kind: str, folder: Path, office: network.Office | None) -> None:
        command = [sys.executable, "-m", "build_scripts.bench.alarm", kind, str(folder)]
        inside = [] if office is None else office.inside(folder.name.lower())
        self._process = subprocess.Popen(
            [*inside, *command, "off" if office is None else "auto"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._said: queue.Queue[dict[str, Any]] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> _Process:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def ask(self) -> dict[str, Any]:
        """Raises NoAlarm where the seat is gone."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        answer = self.hear(_RING_LIMIT_S)
        if answer is None:
            raise NoAlarm("the counter does not answer")
        return answer

    def hear(self, limit_s: float) -> dict[str, Any] | None:
        try:
            return self._said.get(timeout=limit_s)
        except queue.Empty:
            return None

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.put(json.loads(line))


def _bare_round_trips(url: str, count: int) -> list[float]:
    session = requests.Session()
    session.trust_env = False
    times = []
    for _ in range(count):
        row = bare_server.Row(new_id(), new_id(), 1, time.time_ns() // 1_000_000, b"x" * 300)
        start = time.perf_counter()
        body = zstandard.ZstdCompressor(3).compress(msgspec.json.encode([row]))
        session.post(url, data=body).raise_for_status()
        times.append((time.perf_counter() - start) * 1000)
    session.close()
    return times


# --- the two seats --------------------------------------------------------------------------------


def _say(encounter: object, at_ns: int) -> None:
    print(json.dumps({"encounter": str(encounter), "at_ns": at_ns}), flush=True)


def _be_desk(folder: Path, lan: Mode) -> None:
    def on_alarm(case: Case) -> None:
        _say(case.encounter_id, time.monotonic_ns())

    with seats.at_work(folder, on_alarm, lan=lan):
        sys.stdin.read()


def _be_counter(folder: Path, lan: Mode) -> None:
    with seats.at_work(folder, lambda case: None, lan=lan) as seat:
        seat.core.execute(SignIn(CLERK.number, CLERK.pin))
        for _ in sys.stdin:
            encounter_id = seat.core.execute(OpenEncounter()).encounter_id
            seat.core.execute(FinishEncounter(encounter_id))
            at_ns = time.monotonic_ns()
            seat.core.execute(RecordRating(encounter_id, 1))
            _say(encounter_id, at_ns)


if __name__ == "__main__":
    _, which, where, over = sys.argv
    {"desk": _be_desk, "counter": _be_counter}[which](Path(where), cast("Mode", over))
