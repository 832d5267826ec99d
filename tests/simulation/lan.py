"""The office's own network: what a counter asks its desks, without sockets and TLS.

Both ends show their certificates to each other's `Trust`, as TLS has them do.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from app.domain.errors import Unavailable
from app.domain.records import Case
from app.ports.clock import Clock
from app.store.seat import Seat
from sync.client.lan.alarm_lane import AlarmLane, Call
from sync.client.lan.deny_list import DenyList
from sync.client.lan.desk import LanDesk
from sync.client.lan.host import LanHost
from sync.client.lan.settings import Address
from sync.client.lan.trust import NotTrusted, Peer, Trust
from sync.protocol.framing import decode, encode
from sync.protocol.lan import LanAnswer
from tests.simulation.clock import World
from tests.simulation.weather import Weather

if TYPE_CHECKING:
    from tests.simulation.counter import CounterPc

LAN_FAULTS: Final = {"lan_lost_ask": 0.06, "lan_lost_answer": 0.06, "lan_repeated": 0.06}
"""How often a call to a neighbour ends so while the storm lasts."""
_LOOK_AGAIN_S: Final = 5.0
_SWEEP_S: Final = 15.0


@dataclass(frozen=True)
class Papers:
    """What a seat shows its neighbours, and whom it believes."""

    certificate: bytes
    trust: Trust

    @classmethod
    def of(cls, seat: Seat) -> Papers | None:
        identity, document = seat.sync.identity(), seat.document()
        if identity is None or document is None:
            return None
        own = x509.load_pem_x509_certificate(str(document["certificate"]).encode())
        authority = x509.load_pem_x509_certificate(str(document["authority"]).encode())
        return cls(own.public_bytes(Encoding.DER), Trust(identity, authority))


class OfficeLan:
    """Brings counters' calls to desks, and their answers back.

    Attributes:
        desks: by name, those that listen.
    """

    def __init__(self, world: World, source: random.Random, weather: Weather) -> None:
        self._world = world
        self._source = source
        self._weather = weather
        self.desks: dict[str, CounterPc] = {}

    @property
    def addresses(self) -> list[Address]:
        return [Address(name, 8461) for name in self.desks]

    def ask(self, papers: Papers, call: Call) -> tuple[bytes, LanAnswer] | None:
        """The desk's certificate and its answer, None for nothing.

        Raises:
            Crashed: the desk's process dies of it.
        """
        self._world.s += 0.002
        fault = self._weather.pick(self._source, LAN_FAULTS)
        self._weather.fired[fault] += bool(fault)
        desk = self.desks[call.address.host]
        if fault == "lan_lost_ask" or desk.is_blind or not isinstance(desk.lan, DeskOnLan):
            return None
        frame = encode(call.ask)
        if fault == "lan_repeated":
            desk.lan.answer(papers.certificate, frame)
        answer = desk.lan.answer(papers.certificate, frame)
        if answer is None:
            return None
        said = decode(answer[1], LanAnswer)
        if said.outcome == "kept" and call.ask.copy is not None:
            desk.bell.promise(bytes(call.ask.copy.entry))
        return None if fault == "lan_lost_answer" else (answer[0], said)


class CounterOnLan:
    """What a counter's part in the network does (`CounterPart`), a step at a time."""

    def __init__(self, seat: Seat, clock: Clock, lan: OfficeLan, source: random.Random) -> None:
        self._seat = seat
        self._clock = clock
        self._lan = lan
        self._lane = AlarmLane(seat.sync, source=source)
        self._store = seat.neighbours(lambda *_: None)
        self._papers: Papers | None = None

    def note_entries(self) -> None:
        self._lane.note_entries()

    def turn(self, now: float) -> float:
        """Make the calls that are due; returns when to be called again."""
        self._papers = self._papers or Papers.of(self._seat)
        if self._papers is None:
            return now + _LOOK_AGAIN_S
        calls, until_s = self._lane.poll(now, self._lan.addresses)
        for call in calls:
            answered = None
            try:
                answered = self._ask(self._papers, call)
            except (NotTrusted, Unavailable):
                pass
            except BaseException:
                self._lane.failed(call, self._clock.monotonic_s())
                raise
            if answered is None:
                self._lane.failed(call, self._clock.monotonic_s())
            else:
                self._lane.answered(call, *answered, self._clock.monotonic_s())
        return until_s

    def _ask(self, papers: Papers, call: Call) -> tuple[Peer, LanAnswer] | None:
        found = self._lan.ask(papers, call)
        if found is None:
            return None
        certificate, answer = found
        peer = papers.trust.admit(
            certificate,
            now_ms=self._store.latest_ms(),
            revoked=DenyList(self._store, self._seat.sync, papers.trust).devices(),
        )
        return (peer, answer) if peer.device.kind == "desk" else None


class DeskOnLan:
    """What a desk's part in the network does (`DeskPart`)."""

    def __init__(self, seat: Seat, clock: Clock, on_alarm: Callable[[Case], None]) -> None:
        self._seat = seat
        self._clock = clock
        self._on_alarm = on_alarm
        self._papers: Papers | None = None
        self._desk: LanDesk | None = None
        self._host: LanHost | None = None
        self._begin()

    def _begin(self) -> None:
        """Take part as soon as the seat is enrolled."""
        self._papers = Papers.of(self._seat)
        if self._papers is not None:
            store = self._seat.neighbours(lambda *_: None)
            trust = self._papers.trust
            self._desk = LanDesk(store, self._clock, trust, self._on_alarm)
            self._desk.ring_again()
            deny_list = DenyList(store, self._seat.sync, trust)
            self._host = LanHost(store, trust, deny_list, take_alarm=self._desk.take)

    def note_entries(self) -> None:
        """A desk takes no ratings."""

    def answer(self, certificate: bytes, frame: bytes) -> tuple[bytes, bytes] | None:
        """Its own certificate and what it says, None for nothing."""
        if self._host is None or self._papers is None:
            return None
        said = self._host.answer(certificate, frame)
        return None if said is None else (self._papers.certificate, said)

    def turn(self, now: float) -> float:
        """Drop what the server has told of; returns when to be called again."""
        if self._desk is None:
            self._begin()
        else:
            self._desk.sweep()
        return now + _SWEEP_S
