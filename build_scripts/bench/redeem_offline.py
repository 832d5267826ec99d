"""Redemptions at a counter without a network, through the real core."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from app.bootstrap import OpenedSeat
from app.services.commands import SignIn
from app.services.views import Promise
from build_scripts.bench import seats
from build_scripts.bench.central import CLERK
from build_scripts.bench.figures import Figure, figure, quantile
from build_scripts.bench.taps import plain_commits, redeem
from build_scripts.demo.programme import REWARDS
from sync.server.store import tables as t
from sync.server.store.engine import make_engine, reading

MEMBERS: Final = 100_000
REDEMPTIONS: Final = 400
TARGET_MS: Final = 15.0

_REWARD: Final = min(REWARDS, key=lambda reward: reward.points)


def measure(*, members: int = MEMBERS, redemptions: int = REDEMPTIONS) -> list[Figure]:
    """Milliseconds from the customer's yes to the answer, which is after the commit.

    Each is under points that were set aside for the counter. The baseline is one plain insert with
    the standard library's SQLite, WAL and FULL, on the same disk.
    """
    whole = seats.whole(members, postgresql=True)
    with tempfile.TemporaryDirectory(prefix="guichet-bench-") as name:
        plain = plain_commits(Path(name) / "plain.db", redemptions)
        with seats.opened(whole.copy_seat(Path(name) / "seat")) as seat:
            guests = _guests(seat, whole.database)[:redemptions]
            seat.core.execute(SignIn(CLERK.number, CLERK.pin))
            seat.sync.set_link_state(online=False, problem="unreachable")
            times = [
                redeem(seat.core, member_id, _REWARD.number, Promise.GUARANTEED_HERE)
                for member_id in guests
            ]
    return [
        figure(
            f"offline redemption, decided and committed, {members:,} members, {label}",
            quantile(times, share),
            "ms",
            target=target,
            baseline=quantile(plain, share),
            samples=len(times),
        )
        for label, share, target in (("p50", 0.5, None), ("p99", 0.99, TARGET_MS))
    ]


def _guests(seat: OpenedSeat, database: str) -> list[UUID]:
    """Members of whom the seat holds points, each as often as these are enough for the reward."""
    identity = seat.sync.identity()
    assert identity is not None, "the seat is enrolled"
    engine = make_engine(database)
    with reading(engine) as connection:
        leases = connection.execute(
            sa.select(t.lease.c.member_id, t.lease.c.remaining).where(
                t.lease.c.device_id == identity.device_id, t.lease.c.state == "open"
            )
        ).all()
    engine.dispose()
    most = max(row.remaining for row in leases) // _REWARD.points
    return [
        row.member_id
        for times in range(1, most + 1)
        for row in leases
        if row.remaining >= times * _REWARD.points
    ]
