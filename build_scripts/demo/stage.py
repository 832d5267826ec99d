"""Sets the stage: a run folder, a programme on a real server, and codes for its seats."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from app.domain.default_settings import DEFAULT_REDEMPTION
from build_scripts.demo.books import Books
from build_scripts.demo.leash import leashed, reading_end
from build_scripts.demo.programme import (
    OFFICES,
    REWARDS,
    STAFF,
    DemoOffice,
    DemoStaff,
    write_members_csv,
)

ROOT: Final = Path(__file__).resolve().parents[2]
TIME_ZONE: Final = "Asia/Shanghai"
DUTY_PHONE: Final = "010-8888 0123"
ADMIN_PIN: Final = "7913"
COUNTERS: Final = ("A1", "A2", "A3")
DESK: Final = "M1"

# Few and large: so that the day finds guests whom a counter holds nothing of, and others of whom
# three counters hold so much that a reward needs it back
_REDEMPTION: Final = {
    **DEFAULT_REDEMPTION,
    "lease_points": 3_000,
    "leases_per_device": 200,
    "trust_trusted_percent": 200,
}

_HALF_IS_NOT_ENOUGH: Final = (18_000, 23_000)
_BOOKED: Final = 24

# An office of three counters needs a clerk for each, and one who takes over in mid-shift.
_MORE_CLERKS: Final = (
    DemoStaff("1007", "赵敏", "clerk", OFFICES[0].code, "8024"),
    DemoStaff("1008", "Li Wei", "clerk", OFFICES[0].code, "6173"),
)
_MAPPING: Final = ROOT / "resources" / "mappings" / "demo_members.toml"

# Runs each line of its input as one guichet-server command: starting Python once, not 25 times.
_EACH_LINE: Final = (
    "import json, sys\n"
    "from sync.server.cli import main\n"
    "sys.exit(max([main(json.loads(line)) for line in sys.stdin], default=0))\n"
)


class StageFailed(Exception):
    """A command of the server's failed; the message holds what it said."""


@dataclass(frozen=True, slots=True)
class Clerk:
    """Somebody who signs in, with what they know by heart and carry."""

    number: str
    name: str
    role: str
    pin: str
    badge: str


@dataclass(frozen=True, slots=True)
class Script:
    """What a run is to be made of.

    Attributes:
        members: a CSV of real members with its `mapping`; None for a programme made up.
        count: how many members are made up.
        settings: server settings that replace the programme's own.
    """

    members: Path | None = None
    mapping: Path | None = None
    count: int = 50_000
    seed: int = 1
    settings: Mapping[str, Mapping[str, object]] | None = None


class Stage:
    """A run folder with a programme in it and its server, stopped by `close`.

    Attributes:
        office: where the demo's seats stand.
        port: the server's loopback port, once `serve` has returned.
        import_log: what the importer said, a line each, its summary last.
    """

    def __init__(self, folder: Path) -> None:
        """Use `folder`, which must be empty or not there."""
        self.folder = folder
        self.data = folder / "server"
        self.office: DemoOffice = OFFICES[0]
        self.clerks: tuple[Clerk, ...] = ()
        self.manager = Clerk("", "", "", "", "")
        self.import_log: list[str] = []
        self.port = 0
        self._server: subprocess.Popen[str] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise StageFailed(f"{folder} is not empty; a run needs a folder of its own")

    @property
    def books(self) -> Books:
        """The server's database, to be read and not written."""
        return Books(self.data / "guichet.db")

    def build(self, script: Script, say: Callable[[str], None] = lambda text: None) -> None:
        """Set up the programme: members, offices, counters, staff, rewards, settings.

        Args:
            script: what it is to be made of.
            say: told what is being done.

        Raises:
            StageFailed: a command failed.
        """
        today = datetime.now(ZoneInfo(TIME_ZONE)).date()
        self._run(
            *("init", "--programme", "Guichet Club", "--office", "HQ", "--office-name", "总部"),
            *("--time-zone", TIME_ZONE, "--admin", "9000", "--admin-pin", ADMIN_PIN),
        )
        members, mapping = script.members, script.mapping
        if members is None:
            members, mapping = self.folder / "members.csv", _MAPPING
            say(f"making up {script.count:,} members")
            write_members_csv(members, script.count, script.seed, today=today)
        assert mapping is not None
        say(f"importing {members.name}; 50,000 members take a minute or two")
        self.import_log = self._run(
            "import", "members", str(members), "--mapping", str(mapping)
        ).splitlines()
        say(self.import_log[-1])
        offices = OFFICES if script.members is None else self._offices_of_members()
        self.office = offices[0]
        say("adding offices, counters, staff and rewards")
        self._run_all(self._commands(offices, script.settings or {}))

    def serve(self) -> None:
        """Start the server on a free loopback port."""
        log = (self.folder / "server.log").open("ab")
        with log:
            self._server = subprocess.Popen(
                _command("serve", data=self.data, port=self.port),
                env=_environment(),
                cwd=ROOT,
                pass_fds=[reading_end()],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._server.stdout is not None
        address = self._server.stdout.readline().strip()
        if not address:
            raise StageFailed(f"the server did not start: see {self.folder / 'server.log'}")
        self.port = urlsplit(address).port or 0

    def enrol_codes(self, counters: Sequence[str], desk: str) -> list[str]:
        """Return a one-use code for each counter of the demo's office, and one for its desk."""
        commands = [["enrol", f"{self.office.code}/{label}"] for label in counters]
        commands.append(["enrol", f"{self.office.code}/{desk}", "--kind", "desk"])
        return self._run_all(iter(commands)).split()

    def write_off(self, counter: str) -> None:
        """Take a counter for lost: what it holds of members' points is theirs again."""
        self._run(
            *("lease", "write-off", f"{self.office.code}/{counter}"),
            *("--by", "operator", "--reason", "not heard of", "--yes"),
        )

    def audit(self) -> tuple[bool, str]:
        """Prove the books; returns whether they balance, and what the auditor said."""
        done = self._finished("audit", str(self.data / "guichet.db"))
        return done.returncode == 0, (done.stdout + done.stderr).strip()

    def close(self) -> None:
        """Stop the server."""
        if self._server is not None:
            self._server.terminate()
            try:
                self._server.wait(10)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
            if self._server.stdout is not None:
                self._server.stdout.close()
            self._server = None

    def __enter__(self) -> Stage:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _commands(
        self, offices: Sequence[DemoOffice], settings: Mapping[str, Mapping[str, object]]
    ) -> Iterator[list[str]]:
        names = {made.code: office.code for made, office in zip(OFFICES, offices, strict=False)}
        for office in offices:
            yield [
                *("office", "add", office.code, office.name_zh),
                *("--time-zone", office.time_zone, "--duty-phone", DUTY_PHONE),
            ]
        for label in (*COUNTERS, DESK):
            yield ["counter", "add", self.office.code, label]
        people = []
        for person in (*STAFF, *_MORE_CLERKS):
            office_code = names.get(person.office, self.office.code)
            badge = f"GB-{person.number}-{int(person.number) * 7919 % 100_000:05d}"
            if office_code == self.office.code:
                people.append(Clerk(person.number, person.name, person.role, person.pin, badge))
            yield [
                *("staff", "add", person.number, person.name, "--office", office_code),
                *("--role", person.role, "--pin", person.pin, "--badge", badge),
            ]
        self.clerks = tuple(person for person in people if person.role == "clerk")
        self.manager = next(person for person in people if person.role == "duty_manager")
        for reward in REWARDS:
            yield [
                *("reward", "add", str(reward.number), reward.name_zh, str(reward.points)),
                *("--name-en", reward.name_en),
            ]
        for name, value in {"redemption": _REDEMPTION, **settings}.items():
            yield ["setting", "set", name, json.dumps(value)]
        yield ["office", "expect", self.office.code, str(self._booking_list())]

    def _booking_list(self) -> Path:
        """Guests of today of whom counters will hold so much that a reward needs it back.

        Among many members those with the largest balances have the leases; the day needs some of
        whom half isn't enough.
        """
        with closing(sqlite3.connect(self.data / "guichet.db")) as database:
            rows = database.execute(
                "SELECT m.card_no FROM member m JOIN balance b USING (programme_id, member_id)"
                " WHERE m.home_office = ? AND b.posted BETWEEN ? AND ? ORDER BY m.rank LIMIT ?",
                (self.office.code, *_HALF_IS_NOT_ENOUGH, _BOOKED),
            ).fetchall()
        path = self.folder / "booking-list"
        path.write_text("".join(f"{card_no}\n" for (card_no,) in rows), encoding="utf-8")
        return path

    def _offices_of_members(self) -> tuple[DemoOffice, ...]:
        """Real members bring their own offices: the ones that most of them call home."""
        codes = self.books.home_offices(len(OFFICES))
        if not codes:
            codes = ["HOME"]
        return tuple(DemoOffice(code, code, code, code, TIME_ZONE) for code in codes)

    def _run_all(self, commands: Iterator[list[str]]) -> str:
        lines = [json.dumps(["--data", str(self.data), *command]) for command in commands]
        done = subprocess.run(
            [sys.executable, "-c", _EACH_LINE],
            input="\n".join(lines),
            env=_environment(),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StageFailed(done.stderr.strip())
        return done.stdout

    def _run(self, *arguments: str) -> str:
        done = self._finished(*arguments)
        if done.returncode:
            raise StageFailed(f"guichet-server {arguments[0]}: {done.stderr.strip()}")
        return done.stderr + done.stdout

    def _finished(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            _command(*arguments, data=self.data),
            env=_environment(),
            cwd=ROOT,
            pass_fds=[reading_end()],
            capture_output=True,
            text=True,
            check=False,
        )


def _command(*arguments: str, data: Path, port: int | None = None) -> list[str]:
    place = [] if port is None else ["--port", str(port)]
    return [*leashed("sync.server.cli"), "--data", str(data), *arguments, *place]


def _environment() -> dict[str, str]:
    """Our own environment, from which no other server's settings come in."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("GUICHET_")}
    return {**ours, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
