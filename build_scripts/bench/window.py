"""The program's start and its memory, on an enrolled seat with 50,000 members.

Each start is a process of its own from the source tree, warm: one start before the measured ones
fills the disk's cache. The windows are Qt's offscreen ones, so no display takes part.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any, Final

from app.credentials.clock import SystemClock
from app.credentials.device_key import DeviceKey
from app.credentials.ids import new_id
from app.credentials.vaults import open_vault
from app.store.seat import open_seat
from build_scripts.bench import seats
from build_scripts.bench.central import CLERK, ROOT
from build_scripts.bench.figures import Figure, figure

MEMBERS: Final = 50_000
ROUNDS: Final = 5
START_TARGET_S: Final = 2.5
MEMORY_TARGET_MB: Final = 220.0

_LIMIT_S: Final = 60.0


class ProbeFailed(Exception):
    """The program did not get as far as its measurement."""


def run(*, members: int = MEMBERS, rounds: int = ROUNDS) -> list[Figure]:
    """Measure: seconds from the process's start to a key that stands in the sign-in field, and MB.

    The baseline of both is a bare PySide6 window with a line edit. Memory is the resident set,
    shared libraries included, after signing in, a search and one encounter.
    """
    starts, bare_starts, resident, bare_resident = [], [], [], []
    whole = seats.whole(members)
    with tempfile.TemporaryDirectory(prefix="guichet-bench-") as name, whole.central as central:
        seat = whole.copy_seat(Path(name) / "seat")
        serve = ["--serve", CLERK.number, CLERK.pin, _phone_ending(central.members_csv)]
        _probe("program", str(seat))
        for _ in range(rounds):
            starts.append(_probe("program", str(seat))["seconds"])
            bare = _probe("bare")
            bare_starts.append(bare["seconds"])
            bare_resident.append(bare["resident"] / 1e6)
        for _ in range(max(1, rounds // 2)):
            resident.append(_probe("program", str(seat), *serve)["resident"] / 1e6)
        _check_served(seat, len(resident))
    return [
        figure(
            "start to sign-in usable, warm, from source",
            median(starts),
            "s",
            target=START_TARGET_S,
            baseline=median(bare_starts),
            samples=len(starts),
        ),
        figure(
            f"client memory with {members:,} members, after a search and an encounter",
            median(resident),
            "MB",
            target=MEMORY_TARGET_MB,
            baseline=median(bare_resident),
            samples=len(resident),
        ),
    ]


def _phone_ending(path: Path) -> str:
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.DictReader(file))["phone"][-4:]


def _probe(*arguments: str) -> dict[str, Any]:
    """Run one probe to its end; returns what it said, with the `seconds` to its first usable key.

    Raises:
        ProbeFailed: it did not get there.
    """
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    started_ns = time.monotonic_ns()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "build_scripts.bench.window_probe", *arguments],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ProbeFailed(f"{arguments[0]}: not done in {_LIMIT_S:.0f} s") from error
    said: dict[str, Any] = {}
    for line in done.stdout.splitlines():
        said.update(json.loads(line))
    if done.returncode or "at_ns" not in said:
        raise ProbeFailed(f"{arguments[0]}: exit code {done.returncode}\n{done.stderr[-2000:]}")
    said["seconds"] = (said["at_ns"] - started_ns) / 1e9
    return said


def _check_served(folder: Path, encounters: int) -> None:
    """Raises ProbeFailed unless the seat's shift has had so many encounters."""
    vault = open_vault(folder)
    seat = open_seat(folder, vault, SystemClock(), new_id, sign=DeviceKey(vault).sign)
    try:
        shift_id, _ = seat.work.reads.open_shift()
        counted = 0 if shift_id is None else seat.work.reads.shift_counts(shift_id)["encounters"]
    finally:
        seat.close()
    if counted != encounters:
        raise ProbeFailed(f"program: {encounters} encounters were played, {counted} recorded")
