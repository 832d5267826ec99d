"""The server's database restored from a real backup, or moved, while counters work."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tests.fakes.postgres import PostgresServer
from tests.fakes.waiting import until
from tests.processes.conftest import MakeCentral, MakePc
from tests.processes.reckoning import reckon
from tests.processes.running import ROOT, Central, CounterPc

pytestmark = pytest.mark.slow

POINT = "noon"


class ArchivedPostgres(PostgresServer):
    """One that keeps its write-ahead log, so that it can be restored to a point in time."""

    def start(self) -> None:
        super().start()
        self._archive = self._home / "archive"
        if not self._archive.exists():
            self._archive.mkdir()
            self._own(self._archive)
            with psycopg.connect(self.conninfo(), autocommit=True) as connection:
                connection.execute("ALTER SYSTEM SET archive_mode = on")
                copy = f"ALTER SYSTEM SET archive_command = 'cp %p {self._archive}/%f'"
                connection.execute(copy.encode())
            self.stop()
            super().start()

    def back_up(self) -> None:
        """A base backup, as the operator's tool makes it."""
        to = self._home / "backup"
        subprocess.run(
            [self._programs / "pg_basebackup", "-D", to, "-d", self.conninfo(), "-c", "fast"],
            check=True,
            capture_output=True,
            user=self._account,
            group=self._group,
            cwd="/",
        )

    def mark(self) -> None:
        """The moment to which it is going to be restored."""
        with psycopg.connect(self.conninfo(), autocommit=True) as connection:
            connection.execute("SELECT pg_create_restore_point(%s)", (POINT,))

    def restore(self) -> None:
        """Put the backup in its place, and begin again at the marked moment."""
        self.stop()
        self._data.rename(self._home / "lost")
        (self._home / "backup").rename(self._data)
        with (self._data / "postgresql.auto.conf").open("a") as file:
            file.write(f"restore_command = 'cp {self._archive}/%f %p'\n")
            file.write(f"recovery_target_name = '{POINT}'\nrecovery_target_action = 'promote'\n")
        signal = self._data / "recovery.signal"
        signal.touch()
        self._own(signal)
        super().start()
        with psycopg.connect(self.conninfo(), autocommit=True) as connection:

            def takes_writes() -> bool:
                return connection.execute("SELECT pg_is_in_recovery()").fetchone() == (False,)

            until(takes_writes, "it has come to the moment")

    def _own(self, path: Path) -> None:
        if self._account:
            shutil.chown(path, self._account)


@pytest.fixture
def postgres() -> Iterator[PostgresServer]:
    with ArchivedPostgres() as server:
        yield server


def go_on(central: Central, more: int = 60) -> None:
    taken = central.entries()
    until(lambda: central.entries() > taken + more, "the server takes more")


def _trust_clerks(central: Central) -> None:
    """On a slow machine two clerks that never rest give out more than anybody may in an hour."""
    listed = [line.split("\t") for line in central.command("setting", "list").splitlines()]
    (value,) = [json.loads(value) for name, _, value in listed if name == "redemption"]
    value["clerk_points_per_hour"] = 100_000_000
    central.command("setting", "set", "redemption", json.dumps(value))


def live_through(
    central: Central, pcs: list[CounterPc], back_up: Callable[[], None], restore: Callable[[], None]
) -> None:
    """All that the server took after a backup is gone; in the end nothing is."""
    _trust_clerks(central)
    for pc in pcs:
        pc.start()
        pc.join(central)
        pc.order("work")
    go_on(central)
    back_up()
    go_on(central)
    before = central.entries()
    restore()
    until(lambda: central.entries() > before, "what was forgotten is there again")
    go_on(central)
    for pc in pcs:
        pc.order("rest")
        pc.drain()
        pc.leave()
    central.stop()
    found = reckon(central, pcs)
    print(f"restored: {found}")
    assert min(found.witnessed[what] for what in ("rated", "earned", "redeemed")) > 3


def test_a_postgresql_restored_to_a_point_in_time_tells_by_itself(
    postgres: ArchivedPostgres, make_central: MakeCentral, make_pc: MakePc
) -> None:
    central = make_central("postgres")
    central.start(workers=2)

    def back_up() -> None:
        postgres.back_up()
        go_on(central)
        postgres.mark()

    def restore() -> None:
        postgres.restore()
        # Until then what was posted online isn't said again
        until(lambda: "database_was_restored" in central.log.read_text(), "it is noticed")

    live_through(central, [make_pc("A1"), make_pc("A2")], back_up, restore)


def test_an_sqlite_file_that_was_copied_back(make_central: MakeCentral, make_pc: MakePc) -> None:
    central = make_central("sqlite")
    central.start()
    file = Path(central.database_url.removeprefix("sqlite:///"))
    kept = file.with_suffix(".backup")

    def copy(source: Path, to: Path) -> None:
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(to)) as new:
            old.backup(new)

    def back_up() -> None:
        copy(file, kept)

    def restore() -> None:
        central.stop()
        copy(kept, file)
        central.command("restored")
        central.start()

    live_through(central, [make_pc("A1"), make_pc("A2")], back_up, restore)


def test_an_sqlite_file_that_moves_to_postgresql_at_the_second_try(
    postgres_url: str, make_central: MakeCentral, make_pc: MakePc
) -> None:
    """Killed in the middle of copying, and said again; counters work all the while."""
    central = make_central("sqlite")
    central.start()
    moving = [sys.executable, "-m", "sync.server.cli", "--data", str(central.data)]
    moving += ["to-postgresql", postgres_url]
    before: list[str] = []

    def restore() -> None:
        central.stop()
        central.looks_into("")  # it asks who has the file open
        with subprocess.Popen(moving, stdout=subprocess.PIPE, text=True, cwd=ROOT) as killed:
            assert killed.stdout is not None
            for line in killed.stdout:
                if line.startswith("member\t"):
                    killed.kill()
        assert killed.returncode == -signal.SIGKILL
        central.command("audit")
        before.append(central.command("to-postgresql", postgres_url))
        central.looks_into(postgres_url)
        central.start(workers=2)

    live_through(central, [make_pc("A1"), make_pc("A2")], lambda: None, restore)
    assert "nothing wrong, as before" in before[0]
