"""What a seat does on the office's network: a desk listens and rings, a counter finds and calls."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from app.domain.errors import Unavailable
from app.domain.records import Case
from app.ports.clock import Clock
from app.ports.neighbours import NeighbourStore
from app.ports.sync_store import SeatIdentity, SyncStore
from sync.client.lan.alarm_lane import AlarmLane, Call
from sync.client.lan.caller import CALL_S, Caller, CallFailed
from sync.client.lan.desk import LanDesk
from sync.client.lan.discovery import Discovery
from sync.client.lan.listener import Listener
from sync.client.lan.settings import LanSettings
from sync.client.lan.trust import Credentials, NotTrusted, Peer, open_credentials
from sync.protocol.lan import office_tag

_log = logging.getLogger(__name__)

SWEEP_S: Final = 15.0


@dataclass(frozen=True, slots=True)
class Seat:
    """What either part works with.

    Attributes:
        store: what the network needs of the seat's disk and vault.
        sync: what waits for the server.
        on_alarm: called on any thread with a case that rings now; returns at once.
        wake: has `turn` called soon; from any thread.
        settings: how the seat takes part.
    """

    store: NeighbourStore
    sync: SyncStore
    clock: Clock
    on_alarm: Callable[[Case], None]
    wake: Callable[[], None]
    settings: LanSettings

    def look_around(self, own: SeatIdentity, *, announce_port: int | None) -> Discovery | None:
        """Begin to look for neighbours, where that is wanted."""
        if self.settings.mode != "auto":
            return None
        tag = office_tag(own.programme_id, own.office_id)
        discovery = Discovery(tag, self.wake, announce_port=announce_port)
        discovery.start()
        return discovery


class DeskPart:
    """Listens, keeps and rings."""

    reaches_desk = False  # it needs none

    def __init__(self, seat: Seat, credentials: Credentials) -> None:
        """Begin.

        Raises:
            OSError: there is no port to be had.
            Unavailable: the disk.
        """
        self._desk = LanDesk(seat.store, seat.clock, credentials.trust, seat.on_alarm)
        self._desk.ring_again()
        self._listener = self._listen(seat, credentials)
        self.port: int | None = self._listener.port
        self._discovery = seat.look_around(credentials.trust.own, announce_port=self.port)
        self._sweep_s = 0.0

    def _listen(self, seat: Seat, credentials: Credentials) -> Listener:
        place = seat.settings.listen
        try:
            return Listener((place.host, place.port), credentials.serving, self._desk.answer)
        except OSError:
            # Another seat of this PC has it; who looks for us by multicast is told the port
            return Listener((place.host, 0), credentials.serving, self._desk.answer)

    def note_entries(self) -> None:
        """A desk takes no ratings."""

    def turn(self, now: float) -> float:
        """Drop what the server has told of; returns when to be called again."""
        if now >= self._sweep_s:
            self._desk.sweep()
            self._sweep_s = now + SWEEP_S
        return self._sweep_s

    def close(self) -> None:
        """Hang up."""
        self._listener.close()
        if self._discovery is not None:
            self._discovery.close()


class CounterPart:
    """Finds desks, sees whether they are there, and brings them what the server doesn't take."""

    port: int | None = None  # it doesn't listen

    def __init__(self, seat: Seat, credentials: Credentials) -> None:
        self._seat = seat
        self._credentials = credentials
        self._caller = Caller()
        self._lane = AlarmLane(seat.sync, source=random.Random())
        self._lock = threading.Lock()  # the lane is told by the threads of its calls
        self._calls: set[threading.Thread] = set()
        self._discovery = seat.look_around(credentials.trust.own, announce_port=None)
        self.reaches_desk = False

    def note_entries(self) -> None:
        """Something was added to the journal."""
        self._lane.note_entries()

    def turn(self, now: float) -> float:
        """Make the calls that are due; returns when to be called again."""
        found = [] if self._discovery is None else self._discovery.found()
        addresses = list(dict.fromkeys((*self._seat.settings.peers, *found)))
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

    def _carry(self, call: Call) -> None:
        answered = None
        try:
            answered = self._caller.ask(
                call.address,
                call.ask,
                context=self._credentials.calling,
                admit=partial(self._admit, is_alarm=call.event_id is not None),
            )
        except (CallFailed, Unavailable) as error:
            _log.info("%s did not answer: %s", call.address, error)
        now = self._seat.clock.monotonic_s()
        with self._lock:
            self._calls.discard(threading.current_thread())
            if answered is None:
                self._lane.failed(call, now)
            else:
                self._lane.answered(call, *answered, now)
        self._seat.wake()

    def _admit(self, certificate: bytes, *, is_alarm: bool) -> Peer:
        store = self._seat.store
        peer = self._credentials.trust.admit(
            certificate, now_ms=store.latest_ms(), revoked=store.revoked_devices()
        )
        if is_alarm and peer.device.kind != "desk":
            raise NotTrusted("no_desk")  # a rating is nobody's but a manager's
        return peer

    def close(self) -> None:
        """Hang up."""
        self._caller.close()
        if self._discovery is not None:
            self._discovery.close()
        with self._lock:
            calls = list(self._calls)
        until_s = time.monotonic() + CALL_S
        for call in calls:
            call.join(max(0.0, until_s - time.monotonic()))


def begin(seat: Seat, identity: SeatIdentity) -> DeskPart | CounterPart:
    """Take part as the enrolled seat that it is.

    Raises:
        OSError: there is no port to be had.
        Unavailable: the disk or the vault.
    """
    credentials = open_credentials(seat.store, identity)
    if identity.kind == "desk":
        return DeskPart(seat, credentials)
    return CounterPart(seat, credentials)
