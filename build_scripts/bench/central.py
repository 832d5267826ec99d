"""A real central server in a process of its own, with a programme that was made for measuring."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Final
from urllib.parse import urlsplit

from build_scripts.demo.programme import OFFICES, REWARDS, STAFF, write_members_csv
from sync.server import cli

ROOT: Final = Path(__file__).resolve().parents[2]
OFFICE: Final = OFFICES[0]
COUNTER: Final = "A1"
DESK: Final = "M1"
CLERK: Final = next(p for p in STAFF if (p.office, p.role) == (OFFICE.code, "clerk"))
MANAGER: Final = next(p for p in STAFF if (p.office, p.role) == (OFFICE.code, "duty_manager"))

_MAPPING: Final = ROOT / "resources" / "mappings" / "demo_members.toml"
_STOP_S: Final = 20
_NO_LIMIT: Final = 10**12


class CentralFailed(Exception):
    """The server's own command failed; the message says which."""


class Central:
    """A programme of made-up members and its server; a context manager that stops the server.

    It can be entered again, and then listens where it did before.

    Attributes:
        address: where it listens, once entered.
        members_csv: the members as they were imported.
    """

    def __init__(self, folder: Path, *, members: int, database: str = "", workers: int = 1) -> None:
        """Set the programme up.

        Args:
            folder: new, for keys, configuration and log.
            members: how many are imported.
            database: SQLAlchemy's URL of an empty one; an SQLite file in `folder` if not given.
            workers: the server's processes.
        """
        self.address = ""
        self._folder = folder
        self._workers = workers
        self._port = 0
        self._process: subprocess.Popen[str] | None = None
        folder.mkdir(parents=True)
        where = ["--database", database] if database else []
        self._run(
            *("init", "--programme", "Bench", "--office", OFFICE.code, "--time-zone", "UTC"),
            *("--admin", "1", "--admin-pin", "7913", *where),
        )
        self.members_csv = folder / "members.csv"
        write_members_csv(self.members_csv, members)
        self._run("import", "members", str(self.members_csv), "--mapping", str(_MAPPING))
        for label in (COUNTER, DESK):
            self.add_counter(label)
        for person in (CLERK, MANAGER):
            self._run(
                *("staff", "add", person.number, person.name, "--office", OFFICE.code),
                *("--role", person.role, "--pin", person.pin),
            )
        # One clerk gives away what many do; it is added up all the same
        self.set_setting("redemption", clerk_points_per_hour=_NO_LIMIT)
        for reward in REWARDS:
            self._run("reward", "add", str(reward.number), reward.name_zh, str(reward.points))

    def __enter__(self) -> Central:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "sync.server.cli"),
                    *("--data", str(self._folder), "serve", "--port", str(self._port)),
                    *("--workers", str(self._workers)),
                ],
                env=environment,
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().strip()
        if not self.address:
            self._stop()
            raise CentralFailed((self._folder / "server.log").read_text(errors="replace"))
        self._port = urlsplit(self.address).port or 0
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    @property
    def pid(self) -> int:
        """The server's process, for a profiler."""
        assert self._process is not None
        return self._process.pid

    def add_counter(self, label: str) -> None:
        """One more place at the office."""
        self._run("counter", "add", OFFICE.code, label)

    def set_setting(self, name: str, **values: object) -> None:
        """Replace a setting; what isn't named has its default."""
        self._run("setting", "set", name, json.dumps(values))

    def enrol_code(self, label: str, *, desk: bool = False) -> str:
        """A one-use code for a counter or a desk of the office."""
        kind = ["--kind", "desk"] if desk else []
        return self._run("enrol", f"{OFFICE.code}/{label}", *kind).split()[0]

    def token(self) -> str:
        """By which one PC makes itself a seat of the office, until tomorrow."""
        until = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
        arguments = ("--office", OFFICE.code, "--count", "1", "--until", until)
        return self._run("token", "add", *arguments).split()[0]

    def make_snapshot(self) -> tuple[float, int]:
        """Make the members file for new seats anew; seconds, and bytes on the wire."""
        started = time.perf_counter()
        said = self._run("snapshot")
        took_s = time.perf_counter() - started
        return took_s, int(said.removesuffix(" on the wire\n").split()[-1])

    def _run(self, *arguments: str) -> str:
        said, told = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(told):
            code = cli.main(["--data", str(self._folder), *arguments])
        if code:
            why = told.getvalue().strip()
            raise CentralFailed(f"guichet-server {arguments[0]} failed with {code}: {why}")
        return said.getvalue()

    def _stop(self) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
