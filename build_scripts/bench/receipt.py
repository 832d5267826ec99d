"""Offline redemption: from the commit to the slip with its voucher at the printer.

The printer is a socket of this process that tells its state and takes what it is sent; what is
measured is the counter's own part: the queue, the signature, the QR, the bytes.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from app.bootstrap import OpenedSeat
from app.devices.escpos import Paper
from app.devices.network_printer import NetworkPrinter
from app.domain.events import CustomerYes, Proof
from app.ports.sync_store import GrantedLease
from app.services.commands import (
    ConfirmRedemption,
    FinishEncounter,
    IdentifyMember,
    RequestRedemption,
    SignIn,
)
from app.services.views import Promise
from build_scripts.bench import seats
from build_scripts.bench.central import CLERK
from build_scripts.bench.commit import read_members
from build_scripts.bench.figures import Figure, figure, quantile
from tests.fakes.printers import SocketPrinter

MEMBERS: Final = 50_000
REDEMPTIONS: Final = 100
TARGET_MS: Final = 300.0
DECISION_TARGET_MS: Final = 15.0

_LEASED: Final = 1_000_000
_LIMIT_S: Final = 10.0


def run(*, members: int = MEMBERS, redemptions: int = REDEMPTIONS) -> list[Figure]:
    """Measure; the decision ends with the durable commit, the slip when all of it is out."""
    with (
        tempfile.TemporaryDirectory(prefix="guichet-bench-") as name,
        closing(SocketPrinter()) as device,
    ):
        folder = seats.whole(members).copy_seat(Path(name) / "seat")
        printer = NetworkPrinter("127.0.0.1", device.port, Paper())
        with seats.opened(folder, printer=printer) as seat:
            times = list(_redeem(seat, device, redemptions))
    decided, printed = zip(*times, strict=True)
    return [
        figure(
            "offline redemption: decision and durable commit, p99",
            quantile(decided, 0.99),
            "ms",
            target=DECISION_TARGET_MS,
            samples=len(times),
        ),
        figure(
            "offline redemption: commit to the slip printed, p99",
            quantile(printed, 0.99),
            "ms",
            target=TARGET_MS,
            samples=len(times),
        ),
    ]


def _redeem(seat: OpenedSeat, device: SocketPrinter, count: int) -> Iterator[tuple[float, float]]:
    """Milliseconds to the commit, and from there until the slip is out, of each redemption."""
    core = seat.core
    core.execute(SignIn(CLERK.number, CLERK.pin))
    seat.sync.set_link_state(online=False, problem="unreachable")
    for member_id in _leased(seat, count):
        visit = core.execute(IdentifyMember(member_id, Proof.CARD)).encounter_id
        asked = core.execute(RequestRedemption(visit, _cheapest(seat, visit), Proof.CARD))
        device.came_out.clear()
        start = time.perf_counter()
        result = core.execute(ConfirmRedemption(asked.redemption_id, CustomerYes.PANEL))
        committed = time.perf_counter()
        if result.promise is not Promise.GUARANTEED_HERE or not device.came_out.wait(_LIMIT_S):
            raise RuntimeError(f"no slip came out: {result.promise}")
        yield 1000 * (committed - start), 1000 * (time.perf_counter() - committed)
        core.execute(FinishEncounter(visit))


def _cheapest(seat: OpenedSeat, visit: UUID) -> int:
    return min(seat.core.queries.offers(visit), key=lambda offer: offer.points).number


def _leased(seat: OpenedSeat, count: int) -> Sequence[UUID]:
    """Members with enough points, for whom the counter is given leases."""
    path = seat.sync.members_file()
    assert path is not None, "the seat has had its first sync"
    rich = sorted(read_members(seat.sync, path), key=lambda m: -m.posted_points)
    chosen = [member.member_id for member in rich if member.status == "active"][:count]
    leases = [
        GrantedLease(uuid4(), member_id, _LEASED, 0, 2**45, "open", b"") for member_id in chosen
    ]
    seat.sync.acknowledge_pull(leases=leases, pool=None, horizon=None, now_ms=0)
    return chosen
