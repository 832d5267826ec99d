"""A seat says how it is: once, when it matters, and behind everything else."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from pathlib import Path

import msgspec

from app.domain.errors import Unavailable
from app.domain.fleet import Condition
from app.store.condition import DOCTOR_FILE, seat_condition
from sync.client.behind import Behind
from sync.client.condition import LOOK_S, OLD_SERVER_S, SAY_S, ConditionLane
from sync.client.exchange import Fault, Idle, Request, Response, Said, Send
from sync.client.session import TokenCache
from sync.protocol.framing import encode
from sync.protocol.messages import Problem
from sync.protocol.told import ConditionRequest
from tests.store.seats import MemoryVault, SteppedClock, open_at
from tests.sync.scripted import JSON

GOOD = Condition("1.0", "Linux 6.1", free_mb=50_000, offset_ms=10)
TAKEN = Response(204, dict(JSON), b"")


class Seat:
    """A lane, its time, and what it said."""

    def __init__(self) -> None:
        self.condition: Condition | None = GOOD
        self.is_shut = False
        self.tokens = TokenCache()
        self.tokens.keep("t", now=0.0, life_s=10**9)
        self.now = 0.0
        self.answer = TAKEN
        self.said: list[tuple[float, ConditionRequest]] = []
        self.lane = ConditionLane(
            self._look, tokens=self.tokens, source=random.Random(1), kept_back=lambda: self.is_shut
        )

    def _look(self) -> Condition:
        if self.condition is None:
            raise Unavailable("disk_error", "gone")
        return self.condition

    def live(self, seconds: float, *, is_down: bool = False) -> list[ConditionRequest]:
        """Let time pass; returns what was said meanwhile."""
        before, until_s = len(self.said), self.now + seconds
        while True:
            match self.lane.poll(self.now):
                case Idle(wait_s):
                    if wait_s > until_s:
                        self.now = until_s
                        return [said for _, said in self.said[before:]]
                    self.now = max(wait_s, self.now + 0.001)
                case Send(request):
                    assert (request.method, request.path) == ("POST", "/v1/condition")
                    assert request.body is not None
                    said = msgspec.json.decode(request.body, type=ConditionRequest)
                    self.said.append((self.now, said))
                    if is_down:
                        self.lane.failed(request, Fault("unreachable", "down"), self.now)
                    else:
                        self.lane.received(request, self.answer, self.now)


def test_it_is_said_soon_and_then_when_something_is_otherwise() -> None:
    seat = Seat()
    assert seat.live(LOOK_S) == [ConditionRequest("1.0", "Linux 6.1", 0, 0, 50_000, 10)]
    assert seat.live(10 * LOOK_S) == []
    seat.condition = replace(GOOD, unsent=7, oldest_unsent_ms=30_000)
    assert seat.live(5 * LOOK_S) == []  # every visit does that
    seat.condition = replace(GOOD, unsent=7, oldest_unsent_ms=700_000)
    assert [each.unsent for each in seat.live(LOOK_S)] == [7]
    seat.condition = GOOD
    assert [each.unsent for each in seat.live(LOOK_S)] == [0]
    seat.condition = replace(GOOD, doctor_worst="error", doctor_codes=("dns",))
    assert [each.doctor_codes for each in seat.live(LOOK_S)] == [("dns",)]
    assert 1 <= len(seat.live(2 * SAY_S)) <= 2  # in any case


def test_at_most_once_a_minute_whatever_happens() -> None:
    seat = Seat()
    seat.live(LOOK_S)
    for number in range(50):
        seat.condition = replace(GOOD, version=str(number))
        seat.live(LOOK_S / 5)
    for down in (True, False):
        seat.condition = replace(GOOD, version=f"down {down}")
        seat.live(10 * LOOK_S, is_down=down)
    times = [at for at, _ in seat.said]
    assert min(b - a for a, b in itertools.pairwise(times)) >= LOOK_S


def test_a_server_that_knows_of_no_conditions_is_left_alone() -> None:
    seat = Seat()
    seat.answer = Response(404, dict(JSON), encode(Problem("not_found", "no such route")))
    assert len(seat.live(0.9 * OLD_SERVER_S)) == 1
    seat.answer = TAKEN
    assert len(seat.live(0.2 * OLD_SERVER_S)) > 0


def test_who_may_not_talk_or_cannot_look_says_nothing() -> None:
    seat = Seat()
    seat.is_shut = True
    assert seat.live(SAY_S) == []
    seat.is_shut, seat.condition = False, None
    assert seat.live(SAY_S) == []
    seat.condition = GOOD
    assert len(seat.live(LOOK_S)) == 1


def test_two_that_can_wait_take_turns() -> None:
    class Talker:
        def __init__(self, name: str) -> None:
            self.name, self.took = name, 0

        def poll(self, now: float) -> Send:
            return Send(Request("POST", self.name, Said(), now))

        def received(self, request: Request, response: Response, now: float) -> None:
            assert request.path == self.name
            self.took += 1

        def failed(self, request: Request, fault: Fault, now: float) -> None:
            assert request.path == self.name

    one, other = Talker("one"), Talker("other")
    behind = Behind([one, other])
    for _ in range(6):
        step = behind.poll(0.0)
        assert isinstance(step, Send)
        behind.received(step.request, TAKEN, 0.0)
    assert (one.took, other.took) == (3, 3)
    assert isinstance(Behind([]).poll(0.0), Idle)


def test_a_seat_looks_at_itself(tmp_path: Path) -> None:
    clock = SteppedClock()
    seat = open_at(tmp_path, MemoryVault(), clock)

    def look() -> Condition:
        return seat_condition(seat.work.reads, clock, tmp_path, version="1.0")

    condition = look()
    assert (condition.version, condition.unsent, condition.oldest_unsent_ms) == ("1.0", 0, 0)
    assert condition.free_mb is not None
    file = tmp_path / DOCTOR_FILE
    for text in (
        "", "{", "[]", "null", '{"ran_ms": "x", "worst": "error", "codes": []}',
        '{"ran_ms": 5, "worst": "lovely", "codes": []}', "[" * 100_000,
    ):  # fmt: skip
        file.write_text(text)
        found = look()
        assert (found.doctor_ran_ms, found.doctor_worst, found.doctor_codes) == (None, "", ())
    file.write_text('{"ran_ms": 5, "worst": "error", "codes": ["dns", "clock"]}')
    found = look()
    assert (found.doctor_ran_ms, found.doctor_worst) == (5, "error")
    assert found.doctor_codes == ("dns", "clock")
    seat.close()
