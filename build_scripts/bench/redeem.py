"""Online redemption: counters that ask the server at once, each when its last answer has come.

Each redemption is a signed copy of its own intent, of a member drawn by chance, and has all of the
server's checks and its commit with fsync on. Requests are encoded and signed beforehand, and sent
by a process that costs next to nothing (`volley`), whose processor time is told apart.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec
import sqlalchemy as sa
import zstandard

from app.domain.entry import Actor, Stamp, canonical_body, copy_statement
from app.domain.events import CustomerYes, Proof, RedemptionRequested
from build_scripts.bench import bare_server, redeem_offline
from build_scripts.bench.bare_server import Row
from build_scripts.bench.crowd import Crowd, crowd
from build_scripts.bench.figures import Figure, figure, quantile
from build_scripts.bench.processor_time import processor_s
from build_scripts.bench.volley import Fired, Volley, fire
from build_scripts.load.seats import Seat
from build_scripts.load.wire import rendered
from sync.protocol.framing import compress
from sync.protocol.messages import UrgentRequest
from sync.server.opening import new_id
from sync.server.serving import now_ms
from sync.server.store import tables as t
from sync.server.store.engine import reading

MEMBERS: Final = 100_000
COUNTERS: Final = 16
REDEMPTIONS: Final = 8_000
TARGET_S: Final = 500
TARGET_P99_MS: Final = 80.0

_A_CLERK: Final = 60  # redemptions; each looks at all that their clerk gave within the hour
_WARM: Final = 10  # of each counter's


class RedeemFailed(Exception):
    """The database holds other redemptions than were asked for."""


def run(
    *,
    members: int = MEMBERS,
    counters: int = COUNTERS,
    redemptions: int = REDEMPTIONS,
    offline: int = redeem_offline.REDEMPTIONS,
) -> list[Figure]:
    """Measure online ones, see `measure`, and so many offline, see `redeem_offline`."""
    return [
        *measure(crowd(members), members=members, counters=counters, redemptions=redemptions),
        *redeem_offline.measure(members=members, redemptions=offline),
    ]


def measure(whole: Crowd, *, members: int, counters: int, redemptions: int) -> list[Figure]:
    """Redemptions a second, the quantiles of their answers, and whose processor time they take.

    The baseline is a row over HTTP to the bare server, inserted and committed, as many connections
    at once; its quantiles are those of its own answers.
    """
    each = max(_WARM, redemptions // counters)
    count = counters * (each + _WARM)
    with whole.central:
        devices = whole.devices(counters, "R")
        clerks = whole.clerks(-(-count // _A_CLERK))
        asked = _requests(whole, devices, clerks, whole.members(count))
        url = whole.central.address
        wanted = b'"decision":"accepted"'
        fire(Volley(url, [line[:_WARM] for line in asked], wanted))
        server_s = processor_s(whole.central.pid)
        postgres_s = processor_s(whole.postgres.pid)
        fired = fire(Volley(url, [line[_WARM:] for line in asked], wanted))
        server_s = processor_s(whole.central.pid) - server_s
        postgres_s = processor_s(whole.postgres.pid) - postgres_s
    _check(whole, count)
    bare = _bare(whole, counters, each)
    label = f"online redemption, {members:,} members, {counters} counters at once"
    return [
        figure(
            label,
            fired.per_s,
            "redemptions/s",
            target=TARGET_S,
            at_most=False,
            baseline=bare.per_s,
            samples=len(fired.seconds),
        ),
        *(
            figure(
                f"{label}: p{share * 100:.0f}",
                quantile(fired.seconds, share) * 1000,
                "ms",
                target=target,
                baseline=quantile(bare.seconds, share) * 1000,
                samples=len(fired.seconds),
            )
            for share, target in ((0.5, None), (0.99, TARGET_P99_MS))
        ),
        *(
            figure(
                f"{label}: processor time, {whose}",
                took_s / len(fired.seconds) * 1000,
                "ms",
                target=None,
                samples=len(fired.seconds),
            )
            for whose, took_s in (
                ("the server", server_s),
                ("PostgreSQL", postgres_s),
                ("who asks", fired.processor_s),
            )
        ),
    ]


def _requests(
    whole: Crowd, devices: Sequence[Seat], clerks: Sequence[UUID], members: Sequence[UUID]
) -> list[list[bytes]]:
    """For each device its requests, as a counter sends them."""
    reward_id, points = whole.reward()
    lines: list[list[bytes]] = [[] for _ in devices]
    for number, member_id in enumerate(members):
        place = number % len(devices)
        seat = devices[place]
        event = RedemptionRequested(
            new_id(), new_id(), member_id, reward_id, points, Proof.CARD, CustomerYes.PANEL
        )
        body = canonical_body(
            event,
            event_id=new_id(),
            device_id=seat.device_id,
            incarnation=1,
            seq=len(lines[place]) + 1,
            actor=Actor(clerks[number % len(clerks)], None, None),
            stamp=Stamp(now_ms(), "bench", 1, 0),
        )
        request = UrgentRequest(msgspec.Raw(body), [], seat.key.sign(copy_statement(body)))
        sent, encoding = compress(msgspec.json.encode(request))
        lines[place].append(rendered("POST", "/v1/urgent", sent, encoding, seat.token))
    return lines


def _check(whole: Crowd, count: int) -> None:
    """See that each was posted once, by as many transactions. Raises RedeemFailed."""
    redemption, txn = t.redemption, t.ledger_txn
    joined = redemption.join(
        txn,
        (txn.c.programme_id == redemption.c.programme_id) & (txn.c.txn_id == redemption.c.txn_id),
    )
    with reading(whole.engine) as connection:
        posted = connection.execute(
            sa.select(sa.func.count(sa.distinct(txn.c.txn_id)))
            .select_from(joined)
            .where(redemption.c.state == "posted", redemption.c.cover == "online")
        ).scalar_one()
    if posted != count:
        raise RedeemFailed(f"{posted} redemptions were posted of {count}")


def _bare(whole: Crowd, counters: int, each: int) -> Fired:
    with bare_server.running(whole.postgres.create_database()) as url:

        def request() -> bytes:
            row = Row(new_id(), new_id(), 5, time.time_ns() // 1_000_000, b"x" * 500)
            body = zstandard.ZstdCompressor(3).compress(msgspec.json.encode([row]))
            return rendered("POST", "/", body, "", "")

        lines = [[request() for _ in range(each)] for _ in range(counters)]
        return fire(Volley(url, lines, b" 204 "))
