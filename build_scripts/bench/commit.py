"""Tap → durable commit, while sync pages are applied to a file of 50,000 members."""

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
from uuid import UUID, uuid4

from app.credentials.clock import SystemClock
from app.credentials.ids import new_id
from app.domain.events import EncounterEnded, EncounterOutcome, RatingRecorded
from app.domain.member import Member
from app.ports.sync_store import SyncStore
from app.ports.work import EncounterRow, Work
from app.store.seat import Seat, open_seat
from sync.protocol.replica.ddl import create_replica
from sync.protocol.replica.rows import upsert_members

MEMBERS: Final = 50_000
PAGE_ROWS: Final = 100
RENAMED: Final = 2  # rows of a page whose index terms change, too
TAPS: Final = 500
TAP_PAUSE_S: Final = 0.02
TARGET_MS: Final = 25.0

_FAMILY: Final = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林高罗"
_GIVEN: Final = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华文玉兰红金梅建国志海燕云峰鹏宇晨"


class _Secrets(dict[str, bytes]):
    """A vault that is gone with the process."""

    strength: Final = "file"

    def put(self, name: str, secret: bytes) -> None:
        self[name] = secret

    def delete(self, name: str) -> None:
        self.pop(name, None)


def run() -> list[dict[str, Any]]:
    """Measure; p99 of milliseconds from the call to the durable commit.

    The baseline is one plain insert with the standard library's SQLite, nothing else going on,
    on the same disk with the same durability.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        baseline = _p99(_plain_commits(folder / "plain.db"))
        seat = open_seat(
            folder / "seat", _Secrets(), SystemClock(), new_id, sign=lambda statement: b""
        )
        try:
            value = _p99(_taps(seat))
        finally:
            seat.close()
    return [
        {
            "name": "tap to durable commit, 50,000 members, sync pages being applied, p99",
            "value": round(value, 2),
            "unit": "ms",
            "target": TARGET_MS,
            "met": value <= TARGET_MS,
            "baseline": round(baseline, 2),
            "ratio": round(value / baseline, 2),
        }
    ]


def _p99(times_ms: list[float]) -> float:
    return sorted(times_ms)[int(len(times_ms) * 0.99)]


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def _plain_commits(path: Path) -> list[float]:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE rating (id BLOB PRIMARY KEY, score INTEGER)")
    times = [
        _timed(partial(connection.execute, "INSERT INTO rating VALUES (?, 5)", (uuid4().bytes,)))
        for _ in range(TAPS)
    ]
    connection.close()
    return times


def _taps(seat: Seat) -> list[float]:
    seat.enrol("http://bench.invalid", _document())
    members = _members(random.Random(1))
    connection = _build(seat.sync, members)
    stop = threading.Event()
    pages = threading.Thread(target=_apply_pages, args=(seat.sync, connection, members, stop))
    pages.start()
    times = []
    try:
        for score in random.Random(2).choices(range(1, 6), k=TAPS):
            encounter_id = new_id()
            seat.work.run(partial(_open, encounter_id=encounter_id))
            time.sleep(TAP_PAUSE_S)
            times.append(_timed(partial(seat.work.run, partial(_rate, encounter_id, score))))
    finally:
        stop.set()
        pages.join()
        seat.sync.write(connection.close)
    return times


def _open(work: Work, encounter_id: UUID) -> None:
    work.add_encounter(
        EncounterRow(encounter_id, work.now_ms(), None, None, None, None, None, None, 0, None, None)
    )


def _rate(encounter_id: UUID, score: int, work: Work) -> None:
    row = work.encounter(encounter_id)
    assert row is not None
    rating_id = work.new_id()
    work.append(EncounterEnded(encounter_id, EncounterOutcome.FINISHED))
    work.append(RatingRecorded(rating_id, encounter_id, 1, score), urgent=score <= 2)
    work.save_encounter(
        replace(
            row,
            outcome=EncounterOutcome.FINISHED,
            rating_id=rating_id,
            rating_revision=1,
            rating_score=score,
        )
    )


def _apply_pages(
    store: SyncStore, connection: Any, members: list[Member], stop: threading.Event
) -> None:
    """Change balances and, of a few members, names, as fast as the writer takes them."""
    source = random.Random(3)
    while not stop.is_set():
        page = [
            replace(
                member,
                posted_points=source.randrange(100_000),
                name=_name(source) if place < RENAMED else member.name,
            )
            for place, member in enumerate(source.sample(members, PAGE_ROWS))
        ]
        store.write(partial(_write_page, connection, page))
        store.acknowledge_pull(leases=None, pool=None, horizon=None, now_ms=0)


def _write_page(connection: Any, page: list[Member]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    upsert_members(connection, page)
    connection.execute("COMMIT")


def _build(store: SyncStore, members: list[Member]) -> Any:
    path = store.next_members_file()

    def build() -> Any:
        connection = store.connect_members(path)
        connection.execute("BEGIN")
        create_replica(connection, scope="bench")
        upsert_members(connection, members)
        connection.execute("COMMIT")
        return connection

    connection = store.write(build)
    store.adopt_members_file(path)
    return connection


def _name(source: random.Random) -> str:
    return source.choice(_FAMILY) + "".join(source.choices(_GIVEN, k=source.choice((1, 2, 2))))


def _members(source: random.Random) -> list[Member]:
    return [
        Member(
            member_id=UUID(int=source.getrandbits(128)),
            rank=rank,
            card_no=f"CA{source.randrange(10**10):010}",
            name=_name(source),
            initials="".join(source.choices("abcdefghjklmnopqrstwxyz", k=3)),
            phone=f"1{source.randrange(10**10):010}",
            tier="gold",
            home_office="PEK",
            posted_points=source.randrange(100_000),
        )
        for rank in range(1, MEMBERS + 1)
    ]


def _document() -> dict[str, object]:
    return {
        "device_id": uuid4(),
        "incarnation": 1,
        "kind": "counter",
        "programme_id": uuid4(),
        "office_id": uuid4(),
        "office_code": "PEK",
        "epoch": uuid4(),
    }


if __name__ == "__main__":
    for figure in run():
        print(figure)
