"""Redemptions at a counter without a network, through the real core."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from app.bootstrap import OpenedSeat
from app.domain.events import CustomerYes, Proof
from app.services.commands import (
    ConfirmRedemption,
    FinishEncounter,
    IdentifyMember,
    RecordRating,
    RequestRedemption,
    SignIn,
)
from app.services.views import Promise
from build_scripts.bench import seats
from build_scripts.bench.central import CLERK
from build_scripts.bench.figures import Figure, figure, quantile
from build_scripts.bench.taps import PAUSE_S, plain_commits
from build_scripts.demo.programme import REWARDS
from sync.server.store import tables as t
from sync.server.store.engine import make_engine, reading

MEMBERS: Final = 100_000
REDEMPTIONS: Final = 400
TARGET_MS: Final = 15.0

_REWARD: Final = min(REWARDS, key=lambda reward: reward.points)


class NotGranted(Exception):
    """The counter gave nothing away, or without anything behind it."""


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
            times = [_redeem(seat, member_id) for member_id in guests]
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


def _redeem(seat: OpenedSeat, member_id: UUID) -> float:
    execute = seat.core.execute
    encounter_id = execute(IdentifyMember(member_id, Proof.CARD)).encounter_id
    asked = execute(RequestRedemption(encounter_id, _REWARD.number, Proof.CARD))
    time.sleep(PAUSE_S)
    start = time.perf_counter()
    result = execute(ConfirmRedemption(asked.redemption_id, CustomerYes.PANEL))
    took_ms = (time.perf_counter() - start) * 1000
    if result.promise is not Promise.GUARANTEED_HERE:
        raise NotGranted(f"{result.promise}: {result.reason}")
    execute(FinishEncounter(encounter_id))
    execute(RecordRating(encounter_id, 5))
    return took_ms
