"""A thousand members that changed, brought to a counter that holds a hundred thousand.

Measured from the word that something changed to the last page committed to the encrypted members
file, searchable, its sum compared with the server's.
"""

from __future__ import annotations

import random
import sqlite3
import tempfile
import time
from contextlib import ExitStack, closing
from pathlib import Path
from statistics import median
from typing import Any, Final
from uuid import UUID

import msgspec
import psycopg
import requests
import sqlalchemy as sa

from app.credentials.clock import SystemClock
from app.credentials.device_key import DeviceKey
from app.credentials.ids import new_id
from app.credentials.vaults import open_vault
from app.store.seat import open_seat
from build_scripts.bench import bare_server, seats
from build_scripts.bench.driving import Driver
from build_scripts.bench.figures import Figure, figure
from sync.server.serving import now_ms
from sync.server.store import tables as t
from sync.server.store.engine import make_engine
from sync.server.transactions import programme_work

MEMBERS: Final = 100_000
CHANGED: Final = 1_000
ROUNDS: Final = 9
TARGET_MS: Final = 60.0


def run(*, members: int = MEMBERS, changed: int = CHANGED, rounds: int = ROUNDS) -> list[Figure]:
    """Measure; the median in milliseconds, our way and the baseline's turn about.

    The baseline pages as many rows of 375 bytes out of a bare server over the same PostgreSQL into
    a plain SQLite file of as many rows, in one transaction, unchecked.
    """
    ours, bare = [], []
    with ExitStack() as stack:
        name = stack.enter_context(tempfile.TemporaryDirectory(prefix="guichet-bench-"))
        whole = seats.whole(members, postgresql=True)
        assert whole.postgres is not None
        database, bare_database = whole.database, whole.postgres.create_database()
        central = stack.enter_context(whole.central)
        bare_url = stack.enter_context(bare_server.running(bare_database))
        session = stack.enter_context(requests.Session())
        session.trust_env = False
        folder = whole.enrol_seat(Path(name) / "seat")
        vault = open_vault(folder)
        seat = open_seat(folder, vault, SystemClock(), new_id, sign=DeviceKey(vault).sign)
        stack.callback(seat.close)
        driver = stack.enter_context(closing(Driver(seat, central.address)))
        office = _Changing(database)
        stack.callback(office.close)
        plain = stack.enter_context(closing(_Plain(Path(name) / "plain.db", session, bare_url)))
        plain.fill(bare_database, members)
        for number in range(rounds):
            office.change(changed, random.Random(number))
            ours.append(driver.pull() * 1000)
            plain.change(changed, random.Random(number))
            bare.append(plain.pull() * 1000)
    return [
        figure(
            f"pull of {changed:,} changes among {members:,} members",
            median(ours),
            "ms",
            target=TARGET_MS,
            baseline=median(bare),
            samples=rounds,
        )
    ]


class _Changing:
    """Changes members as an operator's command does: rows, hashes, sums and the change log."""

    def __init__(self, database: str) -> None:
        self._engine = make_engine(database)
        with self._engine.connect() as connection:
            columns = t.member.c.programme_id, t.member.c.member_id
            rows = connection.execute(sa.select(*columns)).all()
        self._members: list[tuple[UUID, UUID]] = [(row[0], row[1]) for row in rows]

    def change(self, count: int, source: random.Random) -> None:
        chosen = source.sample(self._members, count)
        programme_id = chosen[0][0]
        with programme_work(self._engine, programme_id, now_ms=now_ms(), new_id=new_id) as work:
            work.load_members(member_id for _, member_id in chosen)
            for _, member_id in chosen:
                preference = f"seat {source.randrange(10**6)}"
                work.update_profile(work.members[member_id], preference=preference)

    def close(self) -> None:
        self._engine.dispose()


class _Plain:
    """The plain way: rows newer than the last, as JSON, replaced in a plain SQLite file."""

    def __init__(self, path: Path, session: requests.Session, url: str) -> None:
        self._session = session
        self._url = url
        self._database = ""
        self._newest = 0
        self._decoder = msgspec.json.Decoder(list[tuple[int, int, str]])
        self._connection = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            self._connection.execute(f"PRAGMA {pragma}").close()
        self._connection.execute("CREATE TABLE member (id INTEGER PRIMARY KEY, body TEXT)")

    def fill(self, database: str, members: int) -> None:
        """Make the rows at both ends."""
        self._database = bare_server.conninfo(database)
        with psycopg.connect(self._database, autocommit=True) as connection:
            connection.execute(
                "INSERT INTO member SELECT i, i, repeat('m', 343) FROM generate_series(1, %s) i",
                [members],
            )
        self._newest, self._members = members, members
        self._store([(number, number, "m" * 343) for number in range(1, members + 1)])

    def change(self, count: int, source: random.Random) -> None:
        chosen = source.sample(range(1, self._members + 1), count)
        with psycopg.connect(self._database, autocommit=True) as connection:
            connection.execute(
                "UPDATE member SET seq = %s + u.n, body = repeat('n', 343) FROM"
                " unnest(%s::bigint[]) WITH ORDINALITY AS u(id, n) WHERE member.id = u.id",
                [self._newest, chosen],
            )

    def pull(self) -> float:
        """Returns the seconds it took."""
        start = time.perf_counter()
        answer = self._session.get(self._url, params={"after": self._newest})
        answer.raise_for_status()
        rows = self._decoder.decode(bare_server.unpack(answer.content))
        self._store(rows)
        took_s = time.perf_counter() - start
        self._newest = max(row[1] for row in rows)
        return took_s

    def close(self) -> None:
        self._connection.close()

    def _store(self, rows: list[tuple[int, int, str]]) -> None:
        values: list[tuple[Any, ...]] = [(number, body) for number, _, body in rows]
        self._connection.execute("BEGIN")
        self._connection.executemany("INSERT OR REPLACE INTO member VALUES (?, ?)", values)
        self._connection.execute("COMMIT")
