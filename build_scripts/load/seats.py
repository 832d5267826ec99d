"""Counters that serve and desks that listen, as one process of the load driver runs them.

Assumed of a counter: a visit every few minutes at random, some minutes of them serving; each step
is pushed as it is recorded, as the program does; three visits in ten earn points, some end in a low
rating, whose copy goes ahead. It pulls when the feed says so, after pushing, and every 30 s.
"""

from __future__ import annotations

import asyncio
import json
import random
import ssl
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import msgspec
import uuid_utils.compat
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.domain import events as e
from app.domain.entry import (
    Actor,
    Event,
    Stamp,
    canonical_body,
    copy_statement,
    genesis,
    head_statement,
    next_link,
)
from build_scripts.load.wire import Line, Told
from sync.client.download import PULL_EVERY_S, PULL_WITH_FEED_S
from sync.client.engine import PULL_AFTER_PUSH_S
from sync.protocol import messages as m

new_id = uuid_utils.compat.uuid7

_EARNING_SHARE: Final = 0.3
_STEP_S: Final = (1.0, 6.0)
_WAIT_S: Final = 0.25


@dataclass(frozen=True, slots=True)
class Spec:
    """What one process is to do; it comes as JSON on its standard input.

    Attributes:
        seats: (enrolment code, 'counter' or 'desk', whom it serves or who manages).
        visit_every_s: between two visits at a counter, on average.
        low_share: of the visits end in a low rating.
        idle: further feeds that are only open, spread over the seats.
    """

    url: str
    authority: str
    seats: list[tuple[str, str, UUID]]
    members: list[UUID]
    visit_every_s: float
    low_share: float
    idle: int
    seed: int


@dataclass(slots=True)
class Seat:
    """One device: its key, its chain, its connections."""

    spec: Spec
    told: Told
    staff_id: UUID
    kind: str
    source: random.Random
    tls: ssl.SSLContext | None
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    device_id: UUID = field(default_factory=new_id)
    token: str = ""
    cursor: m.Cursor = field(default_factory=lambda: m.Cursor(0, 0))
    bodies: list[bytes] = field(default_factory=list)
    chain: list[bytes] = field(default_factory=list)
    blobs: list[m.Blob] = field(default_factory=list)
    sent: int = 0
    exceptions: int = 0
    rung_s: dict[str, float] = field(default_factory=dict)
    pressed_s: dict[str, float] = field(default_factory=dict)
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    is_told: bool = False  # that a pull is worth making
    earned: bool = False  # since the last upload: its points show by a pull
    standing: str = ""
    stopping: bool = False

    def line(self) -> Line:
        return Line(self.spec.url, self.told, self.tls)

    async def enrol(self, code: str) -> None:
        """As a new seat: key, token, and what it can't wait for."""
        line = self.line()
        public = self.key.public_key().public_bytes_raw()
        request = m.EnrolRequest(code, public, "load", "load")
        answer = msgspec.json.decode(
            await line.call("POST", "/v1/enrol", msgspec.json.encode(request)), type=m.EnrolAnswer
        )
        self.device_id = answer.device_id
        self.chain = [genesis(self.device_id, 1)]
        challenge = msgspec.json.decode(
            await line.call("GET", "/v1/challenge"), type=m.ChallengeAnswer
        )
        statement = b"guichet token 1\0" + self.device_id.bytes + challenge.nonce.encode()
        asked = m.TokenRequest(self.device_id, challenge.nonce, self.key.sign(statement))
        said = await line.call("POST", "/v1/token", msgspec.json.encode(asked))
        self.token = msgspec.json.decode(said, type=m.TokenAnswer).token
        first = await line.call("GET", "/v1/first", token=self.token)
        self.cursor = msgspec.json.decode(first, type=m.BootstrapAnswer).cursor
        await line.close()

    # --- what runs beside each other, as the program's threads do

    async def listen(self) -> None:
        while not self.stopping:
            async for text in self.line().feed(self.token):
                line = msgspec.json.decode(text, type=m.FeedLine)
                if line.kind == "alarm":
                    case = msgspec.json.decode(line.case)
                    self.rung_s.setdefault(case["case_id"], time.monotonic())
                if line.kind != "tick":
                    self.is_told = True
                    self.woken.set()
            await asyncio.sleep(_WAIT_S * (1 + self.source.random()))

    async def sync(self) -> None:
        """The engine's one call at a time: the chain, then what changed."""
        line = self.line()
        pull_s = time.monotonic() + self._pause_s()
        while True:
            if self.sent < len(self.bodies):
                if await self.push(line):
                    pull_s = min(pull_s, time.monotonic() + PULL_AFTER_PUSH_S)
                continue
            if self.stopping:
                break
            if self.is_told:
                self.is_told, pull_s = False, 0.0
            if time.monotonic() >= pull_s:
                await self._pull(line)
                pull_s = time.monotonic() + self._pause_s()
                continue
            with suppress(TimeoutError):
                await asyncio.wait_for(self.woken.wait(), pull_s - time.monotonic())
            self.woken.clear()
        await line.close()

    def _pause_s(self) -> float:
        if self.kind == "desk":
            return PULL_EVERY_S
        return PULL_WITH_FEED_S * self.source.uniform(0.8, 1.2)

    async def serve(self) -> None:
        """Visit after visit; the first at any time of the interval."""
        urgent = self.line()
        await asyncio.sleep(self.source.random() * self.spec.visit_every_s)
        while not self.stopping:
            start_s = time.monotonic()
            await self._visit(urgent)
            took_s = time.monotonic() - start_s
            pause_s = self.source.expovariate(1 / self.spec.visit_every_s)
            await asyncio.sleep(max(0.0, pause_s - took_s))
        await urgent.close()

    async def _visit(self, urgent: Line) -> None:
        encounter_id, rating_id = new_id(), new_id()
        member_id = self.source.choice(self.spec.members)
        self.record(e.EncounterOpened(encounter_id, "search"))
        self.record(e.MemberIdentified(encounter_id, member_id, e.Proof.CARD))
        await asyncio.sleep(self.source.uniform(*_STEP_S))
        if self.source.random() < _EARNING_SHARE:
            self.record(
                e.AccrualRecorded(
                    new_id(), encounter_id, member_id, 100, e.AccrualSource.AMOUNT,
                    None, None, None, 1, "",
                )
            )  # fmt: skip
            self.earned = True
            await asyncio.sleep(self.source.uniform(*_STEP_S))
        self.record(e.EncounterEnded(encounter_id, e.EncounterOutcome.FINISHED))
        await asyncio.sleep(self.source.uniform(*_STEP_S))
        low = self.source.random() < self.spec.low_share
        body = self.record(e.RatingRecorded(rating_id, encounter_id, 1, 1 if low else 5))
        if low:
            self.pressed_s[str(rating_id)] = time.monotonic()
            copy = m.UrgentRequest(msgspec.Raw(body), [], self.key.sign(copy_statement(body)))
            await urgent.call("POST", "/v1/urgent", msgspec.json.encode(copy), self.token)

    def record(self, event: Event) -> bytes:
        """Put an event behind what there is, to be pushed; returns its entry."""
        body = canonical_body(
            event,
            event_id=new_id(),
            device_id=self.device_id,
            incarnation=1,
            seq=len(self.bodies) + 1,
            actor=Actor(self.staff_id, None, None),
            stamp=Stamp(time.time_ns() // 1_000_000, "load", 1, 0),
        )
        self.bodies.append(body)
        self.chain.append(next_link(self.chain[-1], body))
        self.woken.set()
        return body

    async def push(self, line: Line) -> bool:
        """Send what is unsent; returns whether a pull is awaited for it."""
        earned, self.earned = self.earned, False
        last = len(self.bodies)
        statement = head_statement(self.device_id, 1, last, self.chain[last])
        entries = [msgspec.Raw(body) for body in self.bodies[self.sent : last]]
        request = m.PushRequest(1, self.sent + 1, entries, self.blobs, self.key.sign(statement))
        said = await line.call("POST", "/v1/push", msgspec.json.encode(request), self.token)
        answer = msgspec.json.decode(said, type=m.PushAnswer)
        self.sent = answer.head_seq
        self.exceptions += sum(each.decision == "exception" for each in answer.decisions)
        return earned

    async def _pull(self, line: Line) -> None:
        while True:
            path = f"/v1/pull?xid={self.cursor.xid}&seq={self.cursor.seq}"
            path += f"&standing={self.standing}"
            answer = msgspec.json.decode(
                await line.call("GET", path, token=self.token), type=m.PullAnswer
            )
            self.cursor, self.standing = answer.cursor, answer.standing or self.standing
            if self.kind == "desk":  # as the program: what a pull brings rings, too
                for record in answer.records:
                    if record.kind == "case":
                        self.rung_s.setdefault(record.id, time.monotonic())
            if not answer.more:
                return


async def _run(spec: Spec) -> None:
    """Enrol, say so; listen when told to, serve when told to, end when told to."""
    told = Told()
    tls = ssl.create_default_context(cafile=spec.authority) if spec.authority else None
    source = random.Random(spec.seed)
    seats = [
        Seat(spec, told, staff_id, kind, random.Random(source.random()), tls)
        for _, kind, staff_id in spec.seats
    ]
    orders = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(orders), sys.stdin
    )
    gate = asyncio.Semaphore(16)

    async def enrol(seat: Seat, code: str) -> None:
        async with gate:
            await seat.enrol(code)

    codes = [code for code, _, _ in spec.seats]
    await asyncio.gather(*(enrol(s, code) for s, code in zip(seats, codes, strict=True)))
    print("enrolled", flush=True)
    await orders.readline()
    told.seconds.clear()
    told.answers.clear()
    feeds = [asyncio.create_task(seat.listen()) for seat in seats]
    feeds += [asyncio.create_task(_idle(seats[n % len(seats)])) for n in range(spec.idle)]
    while told.answers["/v1/feed 200"] < len(feeds):
        await asyncio.sleep(0.05)
    print("listening", flush=True)
    await orders.readline()
    engines = [asyncio.create_task(seat.sync()) for seat in seats]
    clerks = [asyncio.create_task(seat.serve()) for seat in seats if seat.kind == "counter"]
    await orders.readline()
    _check(await _ended(clerks))
    for seat in seats:
        seat.stopping = True
        seat.woken.set()
    await asyncio.gather(*engines)
    print("drained", flush=True)
    await orders.readline()
    _check(await _ended(feeds))
    print(json.dumps(_result(seats, told)), flush=True)


async def _ended(tasks: list[asyncio.Task[None]]) -> list[BaseException | None]:
    for task in tasks:
        task.cancel()
    return await asyncio.gather(*tasks, return_exceptions=True)


def _check(ends: list[BaseException | None]) -> None:
    """What ended before it was told to has failed, which must not look like a quiet day."""
    for end in ends:
        if end is not None and not isinstance(end, asyncio.CancelledError):
            raise end


async def _idle(seat: Seat) -> None:
    while True:
        async for _ in seat.line().feed(seat.token):
            pass
        await asyncio.sleep(_WAIT_S)


def _result(seats: list[Seat], told: Told) -> dict[str, Any]:
    return {
        "entries": {str(seat.device_id): len(seat.bodies) for seat in seats},
        "unsent": sum(len(seat.bodies) - seat.sent for seat in seats),
        "exceptions": sum(seat.exceptions for seat in seats),
        "pressed_s": {key: at for seat in seats for key, at in seat.pressed_s.items()},
        "rung_s": {key: at for seat in seats for key, at in seat.rung_s.items()},
        "seconds": told.seconds,
        "answers": told.answers,
        "faults": told.faults,
    }


if __name__ == "__main__":
    import uvloop

    uvloop.run(_run(msgspec.json.decode(sys.stdin.buffer.readline(), type=Spec)))
