"""A new seat gets its members: from its first request to all of them, encrypted and searchable.

The seat is a process of its own with the real core and sync's real threads, and so is the server.
`python -m build_scripts.bench.bootstrap FOLDER ADDRESS CODE DIGITS` is the seat: it enrols, lets
sync run, and says in a line of JSON after how many seconds somebody and everybody was found by a
phone's last DIGITS, and by how many bytes its memory grew meanwhile at most.
"""

from __future__ import annotations

import csv
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any, Final

import zstandard

from app.services.commands import Enrol, SignIn
from build_scripts.bench import seats
from build_scripts.bench.central import CLERK, COUNTER, ROOT
from build_scripts.bench.figures import Figure, figure
from sync.client.loop import SyncRunner
from sync.client.session import TokenCache
from sync.client.transport import HttpTransport

MEMBERS: Final = 100_000
ROUNDS: Final = 5
# What is to be reached with so many members: seconds, bytes on the wire
_TARGETS: Final = {100_000: (0.8, None), 1_000_000: (5.0, 160e6)}
_FIRST_S: Final = 1.0
_GROWTH_MB: Final = 120.0
_LIMIT_S: Final = 300.0
_PAGE_ROWS: Final = 2_000


class BootstrapFailed(Exception):
    """The seat did not get its members."""


def run(*, members: int = MEMBERS, rounds: int = ROUNDS) -> list[Figure]:
    """Measure with the server that other measurements use, too; see `measure`."""
    return measure(seats.whole(members, postgresql=True), members=members, rounds=rounds)


def measure(whole: seats.Whole, *, members: int, rounds: int) -> list[Figure]:
    """Measure, each round with a seat of its own.

    The baseline is the plain way: the same members as JSON in compressed pages of 2,000, put into
    an unencrypted SQLite file with two indexes; without a network and without an index of names.
    """
    told: list[dict[str, float]] = []
    build_s, wire_bytes = whole.snapshot
    with tempfile.TemporaryDirectory(prefix="guichet-bench-") as name:
        folder = Path(name)
        with whole.central as central:
            digits = _last_phone(central.members_csv)[-4:]
            for number in range(rounds):
                code = central.enrol_code(COUNTER)
                told.append(_seat(folder / f"seat{number}", central.address, code, digits))
        age_s = time.monotonic() - whole.snapshot_s
        plain_s = [_plain(central.members_csv, folder / "plain.db") for _ in range(rounds)]
    whole_s, wire_target = _TARGETS.get(members, (None, None))
    label = f"bootstrap of {members:,} members"
    return [
        figure(
            f"{label}, encrypted and searchable",
            median(each["whole_s"] for each in told),
            "s",
            target=whole_s,
            baseline=median(plain_s),
            samples=rounds,
        ),
        figure(
            f"{label}: first answers",
            median(each["first_s"] for each in told),
            "s",
            target=_FIRST_S,
            samples=rounds,
        ),
        figure(
            f"{label}: memory beyond the idle client",
            max(each["growth"] for each in told) / 1e6,
            "MB",
            target=_GROWTH_MB,
            samples=rounds,
        ),
        figure(
            f"{label}: on the wire",
            wire_bytes / 1e6,
            "MB",
            target=None if wire_target is None else wire_target / 1e6,
            samples=1,
        ),
        figure(f"{label}: built at the server", build_s, "s", target=None, samples=1),
        figure(f"{label}: age of the file", age_s, "s", target=None, samples=1),
    ]


def _seat(folder: Path, address: str, code: str, digits: str) -> dict[str, float]:
    """Raises BootstrapFailed."""
    done = subprocess.run(
        [sys.executable, "-m", "build_scripts.bench.bootstrap", str(folder), address, code, digits],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=False,
    )
    if done.returncode:
        raise BootstrapFailed(done.stderr[-2000:])
    said: dict[str, float] = json.loads(done.stdout)
    return said


def _last_phone(path: Path) -> str:
    phone = ""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            phone = row["phone"]
    return phone


def _plain(source: Path, path: Path) -> float:
    """Seconds from compressed pages to a file; making the pages isn't counted."""
    path.unlink(missing_ok=True)
    pack = zstandard.ZstdCompressor(level=3).compress
    with source.open(encoding="utf-8", newline="") as file:
        pages = [pack(json.dumps(page).encode()) for page in _pages(csv.reader(file))]
    started = time.perf_counter()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        width = len(json.loads(zstandard.decompress(pages[0]))[0])
        columns = ", ".join(f"c{at}" for at in range(width))
        connection.execute(f"CREATE TABLE member ({columns})")
        marks = ", ".join("?" * width)
        for page in pages:
            rows = json.loads(zstandard.decompress(page))
            connection.executemany(f"INSERT INTO member VALUES ({marks})", rows)  # noqa: S608
            connection.commit()
        for at in range(2):
            connection.execute(f"CREATE INDEX by_{at} ON member (c{at})")
        connection.commit()
    return time.perf_counter() - started


def _pages(rows: Iterator[list[str]]) -> Iterator[list[list[str]]]:
    while page := list(islice(rows, _PAGE_ROWS)):
        yield page


# ---------------------------------------------------------------------- the seat's process


def _resident(name: str) -> int:
    """Bytes of VmRSS, or of VmHWM, the most since it was forgotten."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise BootstrapFailed(f"the system tells no {name}")


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _be_seat(folder: Path, address: str, code: str, digits: str) -> None:
    tokens = TokenCache()
    with seats.opened(folder, tokens) as seat:
        core = seat.core
        core.execute(Enrol(address, code))
        changed = threading.Event()
        core.subscribe(lambda kinds: changed.set())

        def after(done: Callable[[], bool]) -> float:
            deadline_s = started + _LIMIT_S
            while not done():
                if not changed.wait(deadline_s - time.monotonic()):
                    raise BootstrapFailed("nothing came")
                changed.clear()
            return time.monotonic() - started

        sync = SyncRunner(seat.sync, HttpTransport, seat.clock, lambda case: None, tokens=tokens)
        idle = _resident("VmRSS")
        _forget_peak()
        started = time.monotonic()
        sync.start()
        try:
            first_s = after(lambda: seat.sync.members_file() is not None)
            partial = seat.sync.members_file()
            whole_s = after(lambda: seat.sync.members_file() != partial)
            growth = _resident("VmHWM") - idle
            core.execute(SignIn(CLERK.number, CLERK.pin))
            if not core.queries.search(digits):
                raise BootstrapFailed("the last member isn't found")
        finally:
            sync.stop()
    said: dict[str, Any] = {"first_s": first_s, "whole_s": whole_s, "growth": growth}
    print(json.dumps(said))


if __name__ == "__main__":
    _be_seat(Path(sys.argv[1]), *sys.argv[2:5])
