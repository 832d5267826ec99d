"""Tap → durable commit through the real core, while sync pages are applied to 50,000 members."""

from __future__ import annotations

import random
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from app.bootstrap import OpenedSeat
from app.domain.member import MEMBER_FIELDS, Member
from app.ports.sync_store import SyncStore
from app.services.commands import FinishEncounter, OpenEncounter, RecordRating, SignIn
from build_scripts.bench import seats
from build_scripts.bench.central import CLERK
from build_scripts.bench.figures import Figure, figure, quantile
from sync.client.replica_file import ReplicaFile, Rows

MEMBERS: Final = 50_000
TAPS: Final = 500
TARGET_MS: Final = 25.0

_PAGE_ROWS: Final = 100
_RENAMED: Final = 2  # rows of a page whose index terms change, too
_TAP_PAUSE_S: Final = 0.02


def run(*, members: int = MEMBERS, taps: int = TAPS) -> list[Figure]:
    """Measure; milliseconds from `RecordRating` to its return, which is after the commit.

    The baseline is one plain insert with the standard library's SQLite, WAL and FULL, nothing else
    going on, on the same disk.
    """
    with tempfile.TemporaryDirectory(prefix="guichet-bench-") as name:
        plain = _plain_commits(Path(name) / "plain.db", taps)
        folder = seats.whole(members).copy_seat(Path(name) / "seat")
        with seats.opened(folder) as seat:
            times = _taps(seat, taps)
    return [
        figure(
            f"tap to durable commit, {members:,} members, sync pages being applied, {label}",
            quantile(times, share),
            "ms",
            target=TARGET_MS,
            baseline=quantile(plain, share),
            samples=len(times),
        )
        for label, share in (("p50", 0.5), ("p99", 0.99))
    ]


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def _plain_commits(path: Path, count: int) -> list[float]:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE rating (id BLOB PRIMARY KEY, score INTEGER)")
    times = [
        _timed(partial(connection.execute, "INSERT INTO rating VALUES (?, 5)", (uuid4().bytes,)))
        for _ in range(count)
    ]
    connection.close()
    return times


def _taps(seat: OpenedSeat, count: int) -> list[float]:
    """Milliseconds of each tap."""
    core = seat.core
    core.execute(SignIn(CLERK.number, CLERK.pin))
    times = []
    with _Pages(seat.sync) as pages:
        for score in random.Random(2).choices(range(1, 6), k=count):
            encounter_id = core.execute(OpenEncounter()).encounter_id
            core.execute(FinishEncounter(encounter_id))
            time.sleep(_TAP_PAUSE_S)
            times.append(_timed(partial(core.execute, RecordRating(encounter_id, score))))
    if pages.applied < count / 10:
        raise RuntimeError(f"only {pages.applied} pages were applied during {count} taps")
    return times


class _Pages:
    """Applies pages of members on a thread of its own, as fast as the writer takes them."""

    def __init__(self, store: SyncStore) -> None:
        path = store.members_file()
        assert path is not None, "the seat has had its first sync"
        self.applied = 0
        self._store = store
        self._file = ReplicaFile(store, path, scope=None)
        self._members = store.write(partial(_read_members, store, path))
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
                self._file.write(Rows(members=page), self._file.cursor)
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


def _read_members(store: SyncStore, path: Path) -> list[Member]:
    connection: Any = store.connect_members(path)
    try:
        # SQL from constants
        rows = connection.execute(f"SELECT {', '.join(MEMBER_FIELDS)} FROM member").fetchall()  # noqa: S608
    finally:
        connection.close()
    return [Member.from_flat(row) for row in rows]
