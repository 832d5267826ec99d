"""The office's own network: what a counter asks its desks, without sockets and TLS.

Both ends show their certificates to each other's `Trust`, as TLS has them do.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from app.domain.errors import Unavailable
from app.domain.records import Case
from app.ports.approval import ApprovalReply, ApprovalRequest, nobody
from app.ports.clock import Clock
from app.ports.neighbours import NeighbourStore
from app.store.seat import Seat
from sync.client.lan.alarm_lane import AlarmLane, Call
from sync.client.lan.approving import ask_all
from sync.client.lan.deny_list import DenyList
from sync.client.lan.desk import LanDesk
from sync.client.lan.host import LanHost
from sync.client.lan.leases import LeaseGiver, LeaseSeeker
from sync.client.lan.parts import SWEEP_S
from sync.client.lan.settings import Address
from sync.client.lan.trust import NotTrusted, Peer, Trust
from sync.protocol.framing import decode, encode
from sync.protocol.lan import LanAnswer, LanAsk
from tests.simulation.broken import Broken
from tests.simulation.clock import World
from tests.simulation.danger import Crashed
from tests.simulation.weather import Weather

if TYPE_CHECKING:
    from tests.simulation.counter import CounterPc

LAN_FAULTS: Final = {"lan_lost_ask": 0.06, "lan_lost_answer": 0.06, "lan_repeated": 0.06}
"""How often a call to a neighbour ends so while the storm lasts."""
_LOOK_AGAIN_S: Final = 5.0


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
        desks: by name, those that can be called.
        counters: the same of counters, which hand leases on.
        died: whose processes died of what a neighbour asked; they are yet to be switched on again.
    """

    def __init__(self, world: World, source: random.Random, weather: Weather) -> None:
        self._world = world
        self._source = source
        self._weather = weather
        self.desks: dict[str, CounterPc] = {}
        self.counters: dict[str, CounterPc] = {}
        self.died: list[CounterPc] = []

    @property
    def addresses(self) -> list[Address]:
        return [Address(name, 8461) for name in self.desks]

    def ask(self, papers: Papers, name: str, ask: LanAsk) -> tuple[bytes, LanAnswer] | None:
        """The desk's certificate and its answer, None for nothing.

        Raises:
            Crashed: the desk's process dies of it.
        """
        self._world.s += 0.002
        fault = self._weather.pick(self._source, LAN_FAULTS)
        self._weather.fired[fault] += bool(fault)
        desk = self.desks.get(name) or self.counters[name]
        if fault == "lan_lost_ask" or desk.is_blind or desk.danger.dead:
            return None
        frame, rings = encode(ask), desk.bell.rings
        if fault == "lan_repeated":
            desk.lan.answer(papers.certificate, frame)
        answer = desk.lan.answer(papers.certificate, frame)
        said = None if answer is None else decode(answer[1], LanAnswer)
        if desk.bell.rings > rings and (said is None or said.outcome != "kept"):
            raise Broken(f"alarms: {name} rang for a copy that it doesn't keep")
        if answer is None or said is None:
            return None
        if said.outcome == "kept" and ask.copy is not None:
            desk.bell.promise(bytes(ask.copy.entry))
        return None if fault == "lan_lost_answer" else (answer[0], said)


class Asking:
    """What a counter asks others while somebody waits: `PatientAsking`, one after the other."""

    def __init__(
        self,
        lan: OfficeLan,
        papers: Papers,
        store: NeighbourStore,
        deny_list: DenyList,
        pc: CounterPc,
    ) -> None:
        self._lan = lan
        self._papers = papers
        self._store = store
        self._deny_list = deny_list
        self._pc = pc

    def one(self, address: Address, ask: LanAsk, until_s: float) -> tuple[Peer, LanAnswer] | None:
        """Ask one; a neighbour that dies of it says nothing."""
        try:
            found = self._lan.ask(self._papers, address.host, ask)
            if found is None:
                return None
            peer = self._papers.trust.admit(
                found[0], now_ms=self._store.latest_ms(), revoked=self._deny_list.devices()
            )
        except (NotTrusted, Unavailable):
            return None
        except Crashed as crash:
            if crash.pc is self._pc:
                raise
            self._lan.died.append(crash.pc)
            return None
        return peer, found[1]

    def each(self, ask: LanAsk, until_s: float) -> Iterator[tuple[Address, Peer, LanAnswer]]:
        """Ask all other counters."""
        for name, pc in list(self._lan.counters.items()):
            if pc is not self._pc and (found := self.one(Address(name, 8461), ask, until_s)):
                yield (Address(name, 8461), *found)


class OnLan:
    """What a seat does on the office's network: a counter calls, and whoever it is answers.

    `CounterPart` and `DeskPart` without their threads, a step at a time.
    """

    def __init__(
        self,
        seat: Seat,
        clock: Clock,
        lan: OfficeLan,
        source: random.Random,
        on_alarm: Callable[[Case], None],
        pc: CounterPc,
    ) -> None:
        self._seat = seat
        self._clock = clock
        self._lan = lan
        self._on_alarm = on_alarm
        self._pc = pc
        self._lane = AlarmLane(seat.sync, source=source)
        self._store = seat.neighbours(lambda *_: None)
        self._papers: Papers | None = None
        self._desk: LanDesk | None = None
        self._deny_list: DenyList
        self._host: LanHost
        self._seeker: LeaseSeeker
        self._asking: Asking
        self._begin()

    def _begin(self) -> None:
        """Take part as soon as the seat is enrolled."""
        self._papers = papers = Papers.of(self._seat)
        if papers is None:
            return
        self._deny_list = DenyList(self._store, self._seat.sync, papers.trust)
        take_alarm, take_request, giver = None, nobody, None
        if papers.trust.own.kind == "desk":
            self._desk = LanDesk(self._store, self._clock, papers.trust, self._on_alarm)
            self._desk.ring_again()
            take_alarm, take_request = self._desk.take, self._pc.approvals.hear
        else:
            giver = LeaseGiver(self._seat.transfers)
        self._host = LanHost(
            self._store,
            papers.trust,
            self._deny_list,
            take_alarm=take_alarm,
            take_request=take_request,
            giver=giver,
        )
        self._asking = Asking(self._lan, papers, self._store, self._deny_list, self._pc)
        self._seeker = LeaseSeeker(
            self._seat.transfers,
            papers.trust,
            self._asking,
            revoked=self._deny_list.devices,
            latest_ms=self._store.latest_ms,
            monotonic_s=self._clock.monotonic_s,
        )

    def note_entries(self) -> None:
        """Something was added to the journal."""
        self._lane.note_entries()

    def answer(self, certificate: bytes, frame: bytes) -> tuple[bytes, bytes] | None:
        """Its own certificate and what it says, None for nothing."""
        if self._papers is None:
            return None
        said = self._host.answer(certificate, frame)
        return None if said is None else (self._papers.certificate, said)

    def fetch(self, member_id: UUID, points: int, *, limit_s: float) -> str:
        """Have a neighbour hand on what it holds of a member.

        Raises:
            Broken: it is one that this PC knows to be shut out.
        """
        if self._papers is None:
            return ""
        label = self._seeker.fetch(member_id, points, limit_s=limit_s)
        if label:
            shut_out = {each.device_id for each in self._store.revocations()}
            if self._pc.last_giver() in shut_out:
                raise Broken(f"transfers: {label} was shut out, and its points were taken over")
        return label

    def ask_desks(self, request: ApprovalRequest) -> ApprovalReply:
        """Ask the desks in reach for a manager's yes."""
        if self._papers is None:
            return ApprovalReply("nobody")
        desks = [partial(self._ask_desk, address) for address in self._lane.desks()]
        return ask_all(request, desks)

    def _ask_desk(self, address: Address, ask: LanAsk) -> tuple[Peer, LanAnswer] | None:
        found = self._asking.one(address, ask, 0.0)
        return found if found is not None and found[0].device.kind == "desk" else None

    def turn(self, now: float) -> float:
        """Make the calls that are due; returns when to be called again."""
        if self._papers is None:
            self._begin()
            return now + _LOOK_AGAIN_S
        if self._desk is not None:
            self._desk.sweep()
            return now + SWEEP_S
        calls, until_s = self._lane.poll(now, self._lan.addresses)
        try:
            while calls:
                self._carry(self._papers, calls.pop(0))
        finally:  # each has a thread of its own: the neighbour that died takes no other with it
            for call in calls:
                self._lane.failed(call, self._clock.monotonic_s())
        return until_s

    def _carry(self, papers: Papers, call: Call) -> None:
        answered, code = None, ""
        try:
            is_alarm = call.event_id is not None
            answered = self._ask(papers, call, call.ask) if is_alarm else self._greet(papers, call)
        except NotTrusted as error:
            code = error.code
        except Unavailable:
            pass
        except BaseException:
            self._lane.failed(call, self._clock.monotonic_s())
            raise
        now = self._clock.monotonic_s()
        if answered is not None:
            self._lane.answered(call, *answered, now)
        elif code == "no_desk":
            self._lane.no_desk(call, now)
        else:
            self._lane.failed(call, now)

    def _greet(self, papers: Papers, call: Call) -> tuple[Peer, LanAnswer] | None:
        """Ask whether it is there; both hear who was shut out."""
        ours = self._deny_list
        found = self._ask(papers, call, LanAsk("present", knows_ms=ours.latest_ms()))
        if found is None:
            return None
        ours.hear(found[1].shut_out)
        if found[1].knows_ms < ours.latest_ms():
            told = ours.later_than(found[1].knows_ms)
            ask = LanAsk("present", knows_ms=ours.latest_ms(), shut_out=told)
            found = self._ask(papers, call, ask)
        return found

    def _ask(self, papers: Papers, call: Call, ask: LanAsk) -> tuple[Peer, LanAnswer] | None:
        found = self._lan.ask(papers, call.address.host, ask)
        if found is None:
            return None
        certificate, answer = found
        peer = papers.trust.admit(
            certificate, now_ms=self._store.latest_ms(), revoked=self._deny_list.devices()
        )
        if call.event_id is not None and peer.device.kind != "desk":
            raise NotTrusted("no_desk")
        return peer, answer
