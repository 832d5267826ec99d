"""Enrolled seats: the real core on a folder, with sync's real threads where they are wanted."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

from app.bootstrap import OpenedSeat, build_core
from app.domain.records import Case
from app.ports.printer import Printer
from app.services.commands import Enrol
from app.services.core import Core
from app.services.views import ChangeKind
from build_scripts.bench import bare_server
from build_scripts.bench.central import COUNTER, Central
from sync.client.lan.node import LanNode
from sync.client.lan.settings import LanSettings, Mode
from sync.client.loop import SyncRunner
from sync.client.online import HttpOnlineDesk
from sync.client.session import TokenCache
from sync.client.transport import HttpTransport
from tests.fakes.postgres import PostgresServer

T = TypeVar("T")

_FIRST_SYNC_LIMIT_S: Final = 300.0
WAKING: Final = {ChangeKind.PENDING, ChangeKind.SESSION}
"""What sync is woken by, as in the program."""


@dataclass(frozen=True, slots=True)
class OpenSeat:
    """A seat at work: its core, and sync in its threads."""

    core: Core
    opened: OpenedSeat
    sync: SyncRunner


@contextmanager
def opened(
    folder: Path, tokens: TokenCache | None = None, *, printer: Printer | None = None
) -> Iterator[OpenedSeat]:
    """Open the seat in `folder` as the program does, without screen and sync; close it after."""
    tokens = tokens or TokenCache()
    desks: list[HttpOnlineDesk] = []

    def make_online(store: Any, clock: Any) -> HttpOnlineDesk:
        desks.append(HttpOnlineDesk(store, HttpTransport, clock, tokens=tokens, version="bench"))
        return desks[0]

    seat = build_core(folder, make_online, printer=printer)
    try:
        yield seat
    finally:
        desks[0].close()
        seat.core.close()


@contextmanager
def at_work(
    folder: Path, on_alarm: Callable[[Case], None], *, lan: Mode = "off"
) -> Iterator[OpenSeat]:
    """The same with sync in its threads, and the seat's part in the office's network."""
    tokens = TokenCache()
    with opened(folder, tokens) as seat:
        node = LanNode(
            seat.neighbours,
            seat.sync,
            seat.clock,
            on_alarm=on_alarm,
            on_reach=seat.core.note_desk_in_reach,
            settings=LanSettings(lan),
            transfers=seat.transfers,
        )
        sync = SyncRunner(seat.sync, HttpTransport, seat.clock, on_alarm, tokens=tokens, lan=node)
        seat.core.subscribe(lambda kinds: sync.wake() if kinds & WAKING else None)
        sync.start()
        try:
            yield OpenSeat(seat.core, seat, sync)
        finally:
            sync.stop()


def enrol(folder: Path, address: str, code: str) -> None:
    """Make `folder` an enrolled seat with its whole members file.

    Raises:
        TimeoutError: the first sync did not end.
    """
    with at_work(folder, lambda case: None) as seat:
        seat.core.execute(Enrol(address, code))
        seat.sync.wake()
        wait_until(lambda: _has_pulled(seat.core), _FIRST_SYNC_LIMIT_S)


def _has_pulled(core: Core) -> bool:
    return core.queries.readiness().data_age_s is not None


class Whole:
    """A programme's server, at rest, and an enrolled counter with all its members.

    Attributes:
        central: to be entered while the server should run.
        postgres: where its database is; None on SQLite.
        database: SQLAlchemy's URL of that; '' on SQLite.
        snapshot: how many seconds its members file took to make, and bytes on the wire.
        snapshot_s: when that was done, on the monotonic clock.
    """

    def __init__(
        self, members: int, *, postgresql: bool, fill: Callable[[Central, str], None] | None = None
    ) -> None:
        """Make both; `put_away` removes them.

        Args:
            members: how many are imported.
            postgresql: where the server keeps its data; else SQLite.
            fill: puts more into the programme before its members file is made; gets the server, at
                rest, and its database.
        """
        folder = Path(kept(tempfile.TemporaryDirectory(prefix="guichet-bench-")))
        self.postgres = kept(PostgresServer()) if postgresql else None
        self.database = self.postgres.create_database() if self.postgres else ""
        self._seat = folder / "seat"
        self.central = Central(folder / "server", members=members, database=self.database)
        if fill is not None:
            fill(self.central, self.database)
        if self.database:
            bare_server.analyze(self.database)
        self.snapshot = self.central.make_snapshot()
        self.snapshot_s = time.monotonic()
        with self.central:
            self.enrol_seat(self._seat)

    def copy_seat(self, folder: Path) -> Path:
        """Copy the counter's data into a new folder. Only one copy may ever speak to the server."""
        return Path(shutil.copytree(self._seat, folder))

    def enrol_seat(self, folder: Path) -> Path:
        """Make `folder` another counter, which may, while the server runs."""
        enrol(folder, self.central.address, self.central.enrol_code(COUNTER))
        return folder


_kept: Final = ExitStack()


def kept(what: AbstractContextManager[T]) -> T:
    """Enter what measurements share; `put_away` leaves it."""
    return _kept.enter_context(what)


def when_put_away(do: Callable[[], object]) -> None:
    """Have something done by `put_away`."""
    _kept.callback(do)


@cache
def whole(members: int, *, postgresql: bool = False) -> Whole:
    """The one of so many members that all measurements of a run share."""
    return Whole(members, postgresql=postgresql)


def put_away() -> None:
    """Remove what measurements shared, when the last has ended."""
    whole.cache_clear()
    _kept.close()


def wait_until(done: Callable[[], bool], limit_s: float) -> None:
    """Look every few milliseconds. Raises TimeoutError."""
    deadline_s = time.monotonic() + limit_s
    while not done():
        if time.monotonic() > deadline_s:
            raise TimeoutError(f"waited {limit_s:.0f} s in vain")
        time.sleep(0.01)
