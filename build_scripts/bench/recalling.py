"""Online redemption of points that another counter holds: asked back, handed back, given out.

Two counters, each a process with the real core and sync's real threads, at a real server. The one
holds half of what its members have; at the other these ask for more than the rest. What is timed is
all that the customer waits for: refused for want of points, the holder told by its feed, its lease
handed back at the end of its journal, asked again, committed.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from app.bootstrap import OpenedSeat
from app.services.commands import SignIn
from app.services.views import Promise
from build_scripts.bench import seats
from build_scripts.bench.central import CLERK, ROOT
from build_scripts.bench.figures import Figure, figure, quantile
from build_scripts.bench.taps import redeem
from sync.server.store import tables as t
from sync.server.store.engine import make_engine, reading

MEMBERS: Final = 5_000
RECALLS: Final = 100
TARGET_MS: Final = 2_000.0
"""As long as a counter waits for the server before it goes on without it."""

_ASKS: Final = "A2"


class NoHolder(Exception):
    """The counter that holds the points did not begin its work."""


class _Case(NamedTuple):
    member_id: UUID
    reward_number: int


def run(*, members: int = MEMBERS, recalls: int = RECALLS) -> list[Figure]:
    """Measure; milliseconds from the customer's yes to the committed answer.

    The baseline is a redemption of the same counter of points that nobody holds.
    """
    whole = seats.Whole(members, postgresql=True)
    with tempfile.TemporaryDirectory(prefix="guichet-bench-") as name, whole.central as central:
        central.add_counter(_ASKS)
        asks = Path(name) / "asks"
        seats.enrol(asks, central.address, central.enrol_code(_ASKS))
        with seats.at_work(asks, lambda case: None) as seat:
            seat.core.execute(SignIn(CLERK.number, CLERK.pin))
            seats.wait_until(lambda: seat.core.queries.readiness().online, 60.0)
            with _holder(whole.copy_seat(Path(name) / "holds")):
                held, free = _cases(whole.database, seat.opened)
                plain, times = (
                    [redeem(seat.core, *case, Promise.GUARANTEED) for case in cases[:recalls]]
                    for cases in (free, held)
                )
    return [
        figure(
            f"online redemption of points that another counter holds, {label}",
            quantile(times, share),
            "ms",
            target=target,
            baseline=quantile(plain, share),
            samples=len(times),
        )
        for label, share, target in (("p50", 0.5, None), ("p99", 0.99, TARGET_MS))
    ]


@contextmanager
def _holder(folder: Path) -> Iterator[None]:
    """The counter that holds the points, at work in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "build_scripts.bench.recalling", str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        if not process.stdout.readline():
            raise NoHolder("its process ended")
        yield
    finally:
        process.stdin.close()
        process.wait()


def _cases(database: str, asks: OpenedSeat) -> tuple[list[_Case], list[_Case]]:
    """Of whom another counter alone holds what they want, and of whom nobody holds anything."""
    identity = asks.sync.identity()
    assert identity is not None, "the seat is enrolled"
    engine = make_engine(database)
    lease, balance = t.lease, t.balance
    with reading(engine) as connection:
        rewards = connection.execute(sa.select(t.reward.c.number, t.reward.c.points)).all()
        rows = connection.execute(
            sa.select(
                balance.c.member_id,
                balance.c.posted,
                balance.c.leased,
                sa.func.count(lease.c.lease_id).label("leases"),
                sa.func.sum(sa.case((lease.c.device_id == identity.device_id, 1))).label("own"),
            )
            .join(lease, lease.c.member_id == balance.c.member_id, isouter=True)
            .group_by(balance.c.member_id, balance.c.posted, balance.c.leased)
        ).all()
    engine.dispose()
    held, free = [], []
    for row in rows:
        if row.own:
            continue
        available = row.posted - row.leased
        for number, points in sorted(rewards, key=lambda reward: reward.points):
            if row.leases and available < points <= row.posted:
                held.append(_Case(row.member_id, number))
                break
            if not row.leases and points <= available:
                free.append(_Case(row.member_id, number))
                break
    return held, free


def _hold(folder: Path) -> None:
    with seats.at_work(folder, lambda case: None) as seat:
        seat.core.execute(SignIn(CLERK.number, CLERK.pin))
        seats.wait_until(lambda: seat.core.queries.readiness().online, 60.0)
        print("ready", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    _hold(Path(sys.argv[1]))
