"""The threads of sync: the engine's, the urgent lane's, the feed's, and one for what can wait.

Plain `threading.Thread`s with an Event each, to wake and to stop. They carry what the engine
decides and decide nothing themselves.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable
from typing import Final, Protocol

from app.domain.fleet import Condition
from app.domain.records import Case
from app.ports.clock import Clock
from app.ports.pictures import PictureStore
from app.ports.sync_store import SyncStore
from sync.client.behind import Behind, Machine
from sync.client.condition import ConditionLane
from sync.client.engine import Engine
from sync.client.exchange import Fault, Idle, Request, Response, Send, Transport
from sync.client.feed import FeedReader, FeedStream
from sync.client.lan.node import LanNode
from sync.client.pictures import PictureLane
from sync.client.session import TokenCache
from sync.client.urgent import UrgentLane
from sync.client.waking import WakeWatch

_log = logging.getLogger(__name__)

LONGEST_STOP_S: Final = 35.0
"""A call under way when stopping ends by its own time limits."""

_LOOK_AGAIN_S: Final = 1.0


class FeedTransport(Transport, Protocol):
    """A transport that leaves time while it waits, and can hold the live feed open."""

    def send(
        self,
        request: Request,
        *,
        limit_s: float | None = None,
        meanwhile: Callable[[], None] | None = None,
    ) -> Response:
        """Carry a request; `meanwhile` is called once it has left, before the answer is awaited.

        Raises:
            Fault: no answer, or none that could be read.
        """

    def open_feed(self, token: str) -> FeedStream:
        """Raises Fault."""

    def hang_up(self) -> None:
        """End a call that waits for its answer; from another thread."""


class SyncRunner:
    """Runs sync for one seat from `start` to `stop`; also before enrolment, when it only waits."""

    def __init__(
        self,
        store: SyncStore,
        transport_factory: Callable[[str], FeedTransport],
        clock: Clock,
        on_alarm: Callable[[Case], None],
        *,
        tokens: TokenCache | None = None,
        lan: LanNode | None = None,
        pictures: PictureStore | None = None,
        on_picture: Callable[[], None] = lambda: None,
        condition: Callable[[], Condition] | None = None,
    ) -> None:
        """Wire the threads up, without starting them.

        Args:
            store: the seat's disk.
            transport_factory: makes a transport for a server's URL; called once per thread.
            clock: the seat's.
            on_alarm: called on the feed's thread with a case that rings now; must return at once.
            tokens: shared with an HttpOnlineDesk, so that a redemption needs no round trip for it.
            lan: the seat's part in the office's own network; started, woken and stopped with it.
            pictures: keeps what the panel shows; nothing is fetched if not given.
            on_picture: called on a thread of sync's when one has arrived.
            condition: how the seat is now, for the server; raises Unavailable. Nothing is said if
                not given.
        """
        self._store = store
        self._transport_factory = transport_factory
        self._clock = clock
        self._on_alarm = on_alarm
        self._tokens = tokens or TokenCache()
        self._lan = lan
        self._engine = Engine(store, clock, tokens=self._tokens, source=random.Random())
        self._urgent = UrgentLane(store, tokens=self._tokens, source=random.Random())
        behind: list[Machine] = []
        if pictures is not None:
            behind.append(
                PictureLane(
                    pictures,
                    tokens=self._tokens,
                    source=random.Random(),
                    on_arrived=on_picture,
                    kept_back=store.is_shut,
                )
            )
        if condition is not None:
            behind.append(
                ConditionLane(
                    condition,
                    tokens=self._tokens,
                    source=random.Random(),
                    kept_back=store.is_shut,
                )
            )
        self._behind = Behind(behind)
        self._stopping = threading.Event()
        self._engine_wake = threading.Event()
        self._urgent_wake = threading.Event()
        self._behind_wake = threading.Event()
        self._feed_lock = threading.Lock()
        self._feed: FeedReader | None = None
        self._threads = [
            threading.Thread(target=target, name=name)
            for name, target in (
                ("sync", self._run_engine),
                ("sync-urgent", self._run_urgent),
                ("sync-feed", self._run_feed),
                ("sync-waking", self._run_waking),
                ("sync-behind", self._run_behind),
            )
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()
        if self._lan is not None:
            self._lan.start()

    def wake(self) -> None:
        """Something was committed to the journal, or the seat was enrolled."""
        if self._lan is not None:
            self._lan.wake()
        self._urgent.note_entries()
        self._urgent_wake.set()
        self._engine.note_entries()
        self._engine_wake.set()

    def pull_soon(self) -> None:
        """Something changed at the server."""
        self._engine.note_changes()
        self._engine_wake.set()

    def _feed_opened(self, is_open: bool) -> None:
        self._engine.note_feed(is_open=is_open)
        self._engine_wake.set()

    def _woken(self) -> None:
        """The PC has slept: what is open may be dead, and what rested may be tried."""
        _log.info("the PC has slept")
        with self._feed_lock:
            if self._feed is not None:
                self._feed.break_off()
        self._engine.note_waking()
        self.wake()

    def stop(self, timeout_s: float = LONGEST_STOP_S) -> bool:
        """Stop and wait; returns whether all threads ended within `timeout_s`."""
        self._stopping.set()
        self._engine_wake.set()
        self._urgent_wake.set()
        self._behind_wake.set()
        with self._feed_lock:
            if self._feed is not None:
                self._feed.stop()
        left = self._lan is None or self._lan.stop()
        deadline_s = self._clock.monotonic_s() + timeout_s
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0.0, deadline_s - self._clock.monotonic_s()))
        return left and not any(thread.is_alive() for thread in self._threads)

    def _run_engine(self) -> None:
        try:
            self._drive(self._engine, self._engine_wake, self._engine_answered)
        finally:
            self._engine.close()

    def _engine_answered(self) -> None:
        self._urgent.link_is_back()
        self._urgent_wake.set()

    def _run_waking(self) -> None:
        WakeWatch(self._clock, self._woken).run(self._stopping)

    def _run_urgent(self) -> None:
        self._drive(self._urgent, self._urgent_wake, lambda: None)

    def _run_behind(self) -> None:
        self._drive(self._behind, self._behind_wake, lambda: None)

    def _drive(self, machine: Machine, wake: threading.Event, answered: Callable[[], None]) -> None:
        """Do what the machine says until stopped; an idle machine sleeps until it is woken."""
        transport: FeedTransport | None = None
        while True:
            wake.clear()  # before looking, so that no waking is ever lost
            if self._stopping.is_set():
                break
            match machine.poll(self._clock.monotonic_s()):
                case Idle(until_s):
                    wake.wait(max(0.0, until_s - self._clock.monotonic_s()))
                case Send(request, meanwhile):
                    if transport is None:
                        transport = self._connect()
                    try:
                        response = transport.send(request, meanwhile=meanwhile)
                    except Fault as fault:
                        machine.failed(request, fault, self._clock.monotonic_s())
                    else:
                        machine.received(request, response, self._clock.monotonic_s())
                        answered()
        if transport is not None:
            transport.close()

    def _connect(self) -> FeedTransport:
        identity = self._store.identity()
        assert identity is not None, "only an enrolled seat has anything to send"
        return self._transport_factory(identity.server_url)

    def _run_feed(self) -> None:
        while self._store.identity() is None:
            if self._stopping.wait(_LOOK_AGAIN_S):
                return
        transport = self._connect()
        feed = FeedReader(
            transport.open_feed,
            self._clock,
            tokens=self._tokens,
            source=random.Random(),
            on_changed=self.pull_soon,
            on_alarm=self._on_alarm,
            on_open=self._feed_opened,
            hang_up=transport.hang_up,
        )
        with self._feed_lock:
            if self._stopping.is_set():
                feed.stop()
            self._feed = feed
        try:
            feed.run()
        finally:
            transport.close()
