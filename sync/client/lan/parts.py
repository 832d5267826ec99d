"""What a seat does on the office's network: all listen, a desk rings, a counter finds and calls."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from typing import Final
from uuid import UUID

from app.domain.errors import Unavailable
from app.domain.lean import dataclass
from app.domain.records import Case
from app.ports.approval import ApprovalReply, ApprovalRequest, HearRequest, nobody
from app.ports.clock import Clock
from app.ports.neighbours import NeighbourStore
from app.ports.sync_store import SeatIdentity, SyncStore
from app.ports.transfers import TransferStore
from sync.client.lan.alarm_lane import AlarmLane, Call
from sync.client.lan.approving import ask_all
from sync.client.lan.asking import PatientAsking
from sync.client.lan.caller import CALL_S, Caller, CallFailed
from sync.client.lan.deny_list import DenyList, place
from sync.client.lan.desk import LanDesk
from sync.client.lan.discovery import Discovery
from sync.client.lan.host import LanHost, TakeAlarm
from sync.client.lan.leases import LeaseGiver, LeaseSeeker
from sync.client.lan.listener import Listener
from sync.client.lan.phones.host import PhoneHost
from sync.client.lan.settings import Address, LanSettings
from sync.client.lan.trust import Credentials, NotTrusted, Peer, open_credentials
from sync.protocol.lan import MOST_TOLD, LanAnswer, LanAsk, office_tag

_log = logging.getLogger(__name__)

SWEEP_S: Final = 15.0
_LISTEN_AGAIN_S: Final = 30.0
_MOST_PAGES: Final = 100  # of revocations that one greeting hears


@dataclass(frozen=True, slots=True)
class Seat:
    """What either part works with.

    Attributes:
        store: what the network needs of the seat's disk and vault.
        sync: what waits for the server.
        on_alarm: called on any thread with a case that rings now; returns at once.
        wake: has `turn` called soon; from any thread.
        settings: how the seat takes part.
        transfers: leases as neighbours hand them on to each other.
        on_request: called on any thread with what a counter asks a manager; answers at once.
        phones: serves a desk's page for managers' phones.
    """

    store: NeighbourStore
    sync: SyncStore
    clock: Clock
    on_alarm: Callable[[Case], None]
    wake: Callable[[], None]
    settings: LanSettings
    transfers: TransferStore
    on_request: HearRequest = nobody
    phones: PhoneHost | None = None


class Presence:
    """What both parts have: a port where neighbours are answered, and a name in the air."""

    def __init__(
        self,
        seat: Seat,
        credentials: Credentials,
        *,
        take_alarm: TakeAlarm | None = None,
        giver: LeaseGiver | None = None,
    ) -> None:
        """Look for neighbours; nobody is answered yet."""
        own = credentials.trust.own
        self.deny_list = DenyList(seat.store, seat.sync, credentials.trust)
        self._place, self._credentials = seat.settings.listen, credentials
        self._host = LanHost(
            seat.store,
            credentials.trust,
            self.deny_list,
            take_alarm=take_alarm,
            take_request=nobody if take_alarm is None else seat.on_request,
            giver=giver,
        )
        self._listener: Listener | None = None
        self._discovery: Discovery | None = None
        if seat.settings.mode == "auto":
            tag = office_tag(own.programme_id, own.office_id)
            self._discovery = Discovery(tag, seat.wake, kind=own.kind)
            self._discovery.start()

    @property
    def port(self) -> int | None:
        """Where neighbours are answered, None while they aren't."""
        return None if self._listener is None else self._listener.port

    def listen(self) -> None:
        """Answer neighbours, and announce where; nothing more where that is done already.

        Raises:
            OSError: there is no port to be had.
        """
        if self._listener is None:
            self._listener = _listen(self._place, self._credentials, self._host)
            if self._discovery is not None:
                self._discovery.announce(self._listener.port)

    def found(self) -> list[Address]:
        """Where neighbours say that they listen."""
        return [] if self._discovery is None else self._discovery.found()

    def counters(self) -> list[Address]:
        """Where counters say so."""
        return [] if self._discovery is None else self._discovery.counters()

    def answered(self, address: Address) -> None:
        """A neighbour that we trust has answered there."""
        if self._discovery is not None:
            self._discovery.answered(address)

    def failed(self, address: Address, now: float) -> None:
        """No such neighbour has."""
        if self._discovery is not None:
            self._discovery.failed(address, now)

    def close(self) -> None:
        """Hang up."""
        if self._listener is not None:
            self._listener.close()
        if self._discovery is not None:
            self._discovery.close()


def _listen(place: Address, credentials: Credentials, host: LanHost) -> Listener:
    try:
        return Listener((place.host, place.port), credentials.serving, host.answer)
    except OSError:
        # Another seat of this PC has it; who looks for us by multicast is told the port
        return Listener((place.host, 0), credentials.serving, host.answer)


class DeskPart:
    """Keeps neighbours' low ratings and rings."""

    reaches_desk = False  # it needs none

    def __init__(self, seat: Seat, credentials: Credentials) -> None:
        """Begin.

        Raises:
            OSError: there is no port to be had.
            Unavailable: the disk.
        """
        self._desk = LanDesk(seat.store, seat.clock, credentials.trust, seat.on_alarm)
        self._desk.ring_again()
        self._presence = Presence(seat, credentials, take_alarm=self._desk.take)
        try:
            self._presence.listen()
        except OSError:
            self._presence.close()
            raise
        self._store, self._phones = seat.store, seat.phones
        self._sweep_s = 0.0

    @property
    def port(self) -> int | None:
        """Where it listens."""
        return self._presence.port

    def note_entries(self) -> None:
        """A desk takes no ratings."""

    def ask_desks(self, request: ApprovalRequest) -> ApprovalReply:
        """Managers answer others' requests here, and make none."""
        return nobody(request)

    def fetch(self, member_id: UUID, points: int, *, limit_s: float) -> str:
        """A desk serves nobody."""
        return ""

    def turn(self, now: float) -> float:
        """Drop what the server has told of; returns when to be called again."""
        if now >= self._sweep_s:
            self._desk.sweep()
            self._sweep_s = now + SWEEP_S
        if self._phones is None:
            return self._sweep_s
        return min(self._sweep_s, self._phones.turn(now, self._store.latest_ms()))

    def close(self) -> None:
        """Hang up."""
        if self._phones is not None:
            self._phones.close()
        self._presence.close()


class CounterPart:
    """Finds desks, sees whether they are there, and brings them what the server doesn't take."""

    def __init__(self, seat: Seat, credentials: Credentials) -> None:
        """Begin; calling needs no port of its own."""
        self._seat = seat
        self._credentials = credentials
        self._caller = Caller()
        self._lane = AlarmLane(seat.sync, source=random.Random())
        self._lock = threading.Lock()  # the lane is told by the threads of its calls
        self._calls: set[threading.Thread] = set()
        self._presence = Presence(seat, credentials, giver=LeaseGiver(seat.transfers))
        self._seeker = LeaseSeeker(
            seat.transfers,
            credentials.trust,
            PatientAsking(
                self._caller,
                seat.clock,
                credentials.calling,
                admit=self._admit,
                addresses=lambda: list(
                    dict.fromkeys((*seat.settings.peers, *self._presence.counters()))
                ),
            ),
            revoked=self._presence.deny_list.devices,
            latest_ms=seat.store.latest_ms,
            monotonic_s=seat.clock.monotonic_s,
        )
        self._listen_s = 0.0
        self.reaches_desk = False

    @property
    def port(self) -> int | None:
        """Where it listens, None while there is no port to be had."""
        return self._presence.port

    def note_entries(self) -> None:
        """Something was added to the journal."""
        self._lane.note_entries()

    def fetch(self, member_id: UUID, points: int, *, limit_s: float) -> str:
        """Have a counter hand on what it holds of a member who stands here."""
        return self._seeker.fetch(member_id, points, limit_s=limit_s)

    def turn(self, now: float) -> float:
        """Make the calls that are due; returns when to be called again."""
        self._listen(now)
        addresses = list(dict.fromkeys((*self._seat.settings.peers, *self._presence.found())))
        with self._lock:
            calls, until_s = self._lane.poll(now, addresses)
            self.reaches_desk = self._lane.reaches_desk(now)
            for call in calls:
                # Nothing can end the look-up of a name: nobody waits for these for ever
                thread = threading.Thread(
                    target=self._carry, args=(call,), name="lan-call", daemon=True
                )
                self._calls.add(thread)
                thread.start()
        return until_s

    def ask_desks(self, request: ApprovalRequest) -> ApprovalReply:
        """Ask the desks in reach, on the caller's thread."""
        with self._lock:
            desks = self._lane.desks()

        def asking(address: Address) -> Callable[[LanAsk], tuple[Peer, LanAnswer] | None]:
            def ask(of: LanAsk) -> tuple[Peer, LanAnswer] | None:
                try:
                    return self._ask(address, of, self._admit_desk)
                except (CallFailed, Unavailable) as error:
                    _log.info("%s was not asked for a manager: %s", address, error)
                    return None

            return ask

        return ask_all(request, [asking(address) for address in desks])

    def _listen(self, now: float) -> None:
        if self.port is None and now >= self._listen_s:
            try:
                self._presence.listen()
            except OSError as error:
                _log.warning("this counter calls its neighbours and can't answer them: %s", error)
                self._listen_s = now + _LISTEN_AGAIN_S

    def _carry(self, call: Call) -> None:
        answered = None
        code = ""
        try:
            is_alarm = call.event_id is not None
            answered = self._bring(call) if is_alarm else self._greet(call.address)
        except CallFailed as error:
            _log.info("%s did not answer: %s", call.address, error)
            code = error.code
        except Unavailable as error:
            _log.info("%s was not asked: %s", call.address, error)
        now = self._seat.clock.monotonic_s()
        if answered is not None or code == "no_desk":
            self._presence.answered(call.address)
        else:
            self._presence.failed(call.address, now)
        with self._lock:
            self._calls.discard(threading.current_thread())
            if answered is not None:
                self._lane.answered(call, *answered, now)
            elif code == "no_desk":
                self._lane.no_desk(call, now)
            else:
                self._lane.failed(call, now)
        self._seat.wake()

    def _bring(self, call: Call) -> tuple[Peer, LanAnswer]:
        return self._ask(call.address, call.ask, self._admit_desk)

    def _admit_desk(self, certificate: bytes) -> Peer:
        peer = self._admit(certificate)
        if peer.device.kind != "desk":
            raise NotTrusted("no_desk")  # what it is told is nobody's but a manager's
        return peer

    def _greet(self, address: Address) -> tuple[Peer, LanAnswer]:
        """Ask whether it is there; both hear who was shut out."""
        ours = self._presence.deny_list
        ask = LanAsk("present", knows_ms=ours.latest_ms())
        peer, answer = self._ask(address, ask, self._admit)
        ours.hear(answer.shut_out)
        for _ in range(_MOST_PAGES):
            if len(answer.shut_out) < MOST_TOLD:
                break
            after = place(answer.shut_out[-1])
            if ask.after is not None and after <= ask.after:  # it knows of no second message
                break
            ask = LanAsk("present", knows_ms=ask.knows_ms, after=after)
            peer, answer = self._ask(address, ask, self._admit)
            ours.hear(answer.shut_out)
        if (answer.knows_ms, answer.knows_count) < (ours.latest_ms(), ours.count()):
            told = ours.later_than(answer.knows_ms)
            for first in range(0, len(told), MOST_TOLD):
                some = told[first : first + MOST_TOLD]
                ask = LanAsk("present", knows_ms=ours.latest_ms(), shut_out=some)
                peer, answer = self._ask(address, ask, self._admit)
        return peer, answer

    def _ask(
        self, address: Address, ask: LanAsk, admit: Callable[[bytes], Peer]
    ) -> tuple[Peer, LanAnswer]:
        return self._caller.ask(address, ask, context=self._credentials.calling, admit=admit)

    def _admit(self, certificate: bytes) -> Peer:
        return self._credentials.trust.admit(
            certificate,
            now_ms=self._seat.store.latest_ms(),
            revoked=self._presence.deny_list.devices(),
        )

    def close(self) -> None:
        """Hang up."""
        self._caller.close()
        self._presence.close()
        with self._lock:
            calls = list(self._calls)
        until_s = time.monotonic() + CALL_S
        for call in calls:
            call.join(max(0.0, until_s - time.monotonic()))


def begin(seat: Seat, identity: SeatIdentity) -> DeskPart | CounterPart:
    """Take part as the enrolled seat that it is.

    Raises:
        OSError: there is no port to be had for a desk, which does nothing but listen.
        Unavailable: the disk or the vault.
    """
    credentials = open_credentials(seat.store, identity)
    if identity.kind == "desk":
        return DeskPart(seat, credentials)
    return CounterPart(seat, credentials)
