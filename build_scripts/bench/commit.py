"""Tap → durable commit through the real core, while sync writes the members.

Once while pages are applied to 50,000 of them without a rest, once while a file of 100,000 comes
in ready made, is encrypted and takes the old one's place, again and again.
"""

from __future__ import annotations

import logging
import random
import tempfile
import threading
import time
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from app.bootstrap import OpenedSeat
from app.domain.member import MEMBER_FIELDS, Member
from app.ports.sync_store import SyncStore
from app.services.commands import SignIn
from build_scripts.bench import seats
from build_scripts.bench.central import CLERK
from build_scripts.bench.figures import Figure, figure, quantile
from build_scripts.bench.taps import plain_commits, tap
from sync.client import download
from sync.client.loop import SyncRunner
from sync.client.replica_file import ReplicaFile, Rows
from sync.client.session import TokenCache
from sync.client.transport import HttpTransport
from sync.protocol.replica.ddl import set_meta

MEMBERS: Final = 50_000
TAPS: Final = 400
TARGET_MS: Final = 25.0
ARRIVING: Final = 100_000
BOOTSTRAP_TARGET_MS: Final = 20.0

_PAGE_ROWS: Final = 100
_RENAMED: Final = 2  # rows of a page whose index terms change, too
_LIMIT_S: Final = 60.0


def run(*, members: int = MEMBERS, arriving: int = ARRIVING, taps: int = TAPS) -> list[Figure]:
    """Measure; milliseconds from `RecordRating` to its return, which is after the commit.

    The baseline is one plain insert with the standard library's SQLite, WAL and FULL, nothing else
    going on, on the same disk.

    Args:
        members: of the seat to whose file pages are applied.
        arriving: of the file that comes in ready made.
        taps: during the pages; during bootstraps three fifths of that.
    """
    with tempfile.TemporaryDirectory(prefix="guichet-bench-") as name:
        plain = plain_commits(Path(name) / "plain.db", taps)
        folder = seats.whole(members).copy_seat(Path(name) / "seat")
        with seats.opened(folder) as seat:
            paged = _taps(seat, taps)
        whole = seats.whole(arriving, postgresql=True)
        with whole.central, seats.opened(whole.enrol_seat(Path(name) / "new")) as seat:
            bootstrapped = _taps_during_bootstraps(seat, taps * 3 // 5)
    return [
        figure(
            f"tap to durable commit, {meanwhile}, {label}",
            quantile(times, share),
            "ms",
            target=target,
            baseline=quantile(plain, share),
            samples=len(times),
        )
        for meanwhile, times, target in (
            (f"{members:,} members, sync pages being applied", paged, TARGET_MS),
            (f"{arriving:,} members arriving", bootstrapped, BOOTSTRAP_TARGET_MS),
        )
        for label, share in (("p50", 0.5), ("p99", 0.99))
    ]


def _taps(seat: OpenedSeat, count: int) -> list[float]:
    """Milliseconds of each tap."""
    core = seat.core
    core.execute(SignIn(CLERK.number, CLERK.pin))
    times = []
    with _Pages(seat.sync) as pages:
        for score in random.Random(2).choices(range(1, 6), k=count):
            times.append(tap(core, score))
    if pages.applied < count / 10:
        raise RuntimeError(f"only {pages.applied} pages were applied during {count} taps")
    return times


def _taps_during_bootstraps(seat: OpenedSeat, count: int) -> list[float]:
    """Milliseconds of each tap while a members file is on its way; the old one answers."""
    core, store = seat.core, seat.sync
    core.execute(SignIn(CLERK.number, CLERK.pin))
    logging.getLogger(download.__name__).setLevel(logging.ERROR)  # it says why it begins anew
    times: list[float] = []
    while len(times) < count:
        _belong_elsewhere(store)
        sync = SyncRunner(store, HttpTransport, seat.clock, lambda case: None, tokens=TokenCache())
        before, deadline_s = store.members_file(), time.monotonic() + _LIMIT_S
        sync.start()
        try:
            while store.members_file() == before:
                times.append(tap(core, 5))
                if time.monotonic() > deadline_s:
                    raise RuntimeError("no members file came")
        finally:
            sync.stop()
    return times


def _belong_elsewhere(store: SyncStore) -> None:
    """Have the file in use be of another epoch: then sync fetches it anew, as from a new server."""
    path = store.members_file()
    assert path is not None, "the seat has had its first sync"

    def mark() -> None:
        with closing(store.connect_members(path)) as file:
            set_meta(file, "epoch", str(uuid4()))

    store.write(mark)


class _Pages:
    """Applies pages of members on a thread of its own, as fast as the writer takes them."""

    def __init__(self, store: SyncStore) -> None:
        path = store.members_file()
        assert path is not None, "the seat has had its first sync"
        self.applied = 0
        self._store = store
        self._file = ReplicaFile(store, path, scope=None)
        self._members = store.write(partial(read_members, store, path))
        self._stop = threading.Event()
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._apply, name="pages")

    def __enter__(self) -> _Pages:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._file.close()
        if self._failed is not None:
            raise self._failed

    def _apply(self) -> None:
        source = random.Random(3)
        try:
            while not self._stop.is_set():
                page = self._page(source)
                self._file.write(
                    Rows(members=[member.to_flat() for member in page]), self._file.cursor
                )
                self._store.acknowledge_pull(leases=None, pool=None, horizon=None, now_ms=0)
                self.applied += 1
        except BaseException as error:  # noqa: BLE001 # raised where the taps end
            self._failed = error

    def _page(self, source: random.Random) -> list[Member]:
        """Change balances and, of a few members, names."""
        names = [member.name for member in source.sample(self._members, _RENAMED)]
        return [
            replace(
                member,
                posted_points=member.leased_points + source.randrange(100_000),
                name=names[place] if place < _RENAMED else member.name,
            )
            for place, member in enumerate(source.sample(self._members, _PAGE_ROWS))
        ]


def read_members(store: SyncStore, path: Path) -> list[Member]:
    """All members of a seat's file."""
    connection: Any = store.connect_members(path)
    try:
        # SQL from constants
        rows = connection.execute(f"SELECT {', '.join(MEMBER_FIELDS)} FROM member").fetchall()  # noqa: S608
    finally:
        connection.close()
    return [Member.from_flat(row) for row in rows]
