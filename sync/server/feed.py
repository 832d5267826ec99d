"""The live feed: what was committed reaches the devices that listen to this process, at once.

Other processes are heard through the relay. An alarm is sent to its office's desks without waiting
for anything. 'changed' only says that a pull is worth making, so it is told at the pace at which
this process can answer pulls: of thousands of listeners each has its turn, desks first.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence
from typing import Any, Final, Literal, Protocol
from uuid import UUID

import msgspec
import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from sync.protocol.messages import NOTHING, FeedLine
from sync.server.audience import EVERYBODY, Audience, Changed
from sync.server.devices import Device
from sync.server.ending import end, on_thread
from sync.server.problems import ProblemError
from sync.server.relay import Note, Relay, alarm_notes, missed_alarms, notify, ringing
from sync.server.scope import OWN
from sync.server.store import tables as t
from sync.server.store.bulk import select_in
from sync.server.store.engine import is_postgresql, reading

TICK_S: Final = 15.0
PULLS_PER_S: Final = 50.0
MOST_LISTENERS: Final = 20_000

_MAX_WAITING: Final = 100
_SLOTS: Final = 16  # ticks are spread over their interval
_RELEASE_S: Final = 0.05
_AT_ONCE: Final = 1_000
_END: Final = b""

_HEADERS: Final = [
    (b"content-type", b"application/x-ndjson"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

_log = structlog.get_logger("guichet.feed")


class Follower(Protocol):
    """Whoever else wants to know of an office's cases, on the event loop."""

    def office_changed(self, office_id: UUID | None) -> None:
        """Something of them may have changed; None: of any office's."""

    def close(self) -> None:
        """The feeds end."""


class _Listener:
    """One device that listens; nothing of it runs while there is nothing to say."""

    __slots__ = ("device", "flushing", "lines", "send", "slot")

    def __init__(self, device: Device, send: Send, slot: int) -> None:
        self.device = device
        self.send = send
        self.slot = slot
        self.lines: deque[bytes] = deque()
        self.flushing: asyncio.Task[None] | None = None


class Feed:
    """Keeps the listeners of one process. All but the two hooks runs on its event loop."""

    def __init__(
        self,
        engine: Engine,
        clock: Callable[[], int],
        *,
        tick_s: float = TICK_S,
        pulls_per_s: float = PULLS_PER_S,
        most: int = MOST_LISTENERS,
        on_wrong_code: Callable[[str], None] = lambda caller: None,
    ) -> None:
        """Make it; `start` before anybody attends.

        Args:
            engine: the server's.
            clock: the server's.
            tick_s: seconds between signs of life.
            pulls_per_s: how many listeners are told of changes within a second, at most.
            most: listeners beyond these are refused.
            on_wrong_code: told of a wrong enrolment code that another process was sent.
        """
        self._engine = engine
        self._clock = clock
        self._tick_s = tick_s
        self._pulls_per_s = pulls_per_s
        self._most = most
        self._on_wrong_code = on_wrong_code
        self._listeners: dict[UUID, dict[_Listener, None]] = {}
        self._seats: dict[UUID, dict[_Listener, None]] = {}  # by office
        self._slots: list[dict[_Listener, None]] = [{} for _ in range(_SLOTS)]
        self._next_slot = itertools.count()
        self._count = 0
        self._due_desks: dict[_Listener, None] = {}
        self._due: dict[_Listener, None] = {}
        self._desks_turn = False
        self._allowance = pulls_per_s
        self._allowed_s = 0.0
        self._release_timer: asyncio.TimerHandle | None = None
        self._closing = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._relay = Relay(engine, self._heard, self._missed) if is_postgresql(engine) else None
        self.followers: list[Follower] = []

    @property
    def listening(self) -> int:
        return self._count

    @property
    def is_heard(self) -> bool:
        """Whether other processes are being heard."""
        return self._relay is None or self._relay.is_up

    @property
    def heard_below(self) -> int | None:
        """Whatever transactions below it notified has been heard; None before anything was."""
        return None if self._relay is None else self._relay.heard_below

    async def start(self) -> None:
        """Begin to tick, and to hear other processes."""
        self._loop = asyncio.get_running_loop()
        works = [self._ticking(), self._watching()]
        if self._relay is not None:
            works += [self._relay.listen(), self._relay.tell()]
        self._tasks = [asyncio.create_task(work) for work in works]

    def close(self, within_s: float = 0.0) -> None:
        """End all feeds, one after the other, and admit none; from any thread or signal handler."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end_all, within_s)

    def _end_all(self, within_s: float) -> None:
        self._closing = True
        for follower in self.followers:
            follower.close()
        everybody = [listener for slot in self._slots for listener in slot]
        for number, listener in enumerate(everybody):
            if within_s:
                assert self._loop is not None
                self._loop.call_later(number * within_s / len(everybody), self._end, listener)
            else:
                self._end(listener)

    async def stop(self) -> None:
        await end(self._tasks)
        if self._release_timer is not None:
            self._release_timer.cancel()

    # --- hooks of the server, on its threads

    def before_commit(self, changed: Changed, connection: Connection) -> None:
        """Notify other processes of alarms, inside the transaction that raised them."""
        if self._relay is None or not changed.alarms:
            return
        notify(connection, alarm_notes(self._relay.worker, changed))

    def after_commit(self, changed: Changed) -> None:
        """Tell this process's listeners."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._committed, changed)

    # --- on the event loop

    def wrong_code(self, caller: str) -> None:
        """Tell other processes of a wrong enrolment code; from any thread."""
        if self._relay is not None and self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._relay.wrong_code, caller)

    def _committed(self, changed: Changed) -> None:
        for office_id, case in changed.alarms:
            self._ring(changed.programme_id, office_id, bytes(ringing(case)))
        self._announce(changed.programme_id, changed.audiences)
        for office_id in changed.cases:
            self._tell_followers(office_id)
        if self._relay is not None:
            self._relay.changed(changed.programme_id, changed.audiences, changed.cases)

    def _heard(self, note: Note) -> None:
        if note.wrong:
            self._on_wrong_code(note.wrong)
        if note.programme is None:
            return
        if note.office is not None:
            self._ring(note.programme, note.office, bytes(note.case))
        self._announce(note.programme, note.audiences)
        for office_id in note.cases:
            self._tell_followers(office_id)

    async def _missed(self, since: int | None) -> None:
        """Make up for what was notified while nobody heard."""
        if since is not None:
            for programme_id in list(self._listeners):
                offices = {
                    listener.device.office_id
                    for listener in self._listeners.get(programme_id, ())
                    if listener.device.is_desk
                }
                found = await on_thread(missed_alarms, self._engine, programme_id, offices, since)
                for office_id, case in found:
                    self._ring(programme_id, office_id, bytes(case))
        for programme_id in list(self._listeners):
            self._announce(programme_id, [EVERYBODY])
        self._tell_followers(None)

    def _tell_followers(self, office_id: UUID | None) -> None:
        for follower in self.followers:
            follower.office_changed(office_id)

    def _line(self, kind: Literal["hello", "tick", "changed", "alarm"], case: bytes = b"") -> bytes:
        raw = msgspec.Raw(case) if case else NOTHING
        return msgspec.json.encode(FeedLine(kind, self._clock(), raw)) + b"\n"

    def _ring(self, programme_id: UUID, office_id: UUID, case: bytes) -> None:
        line = self._line("alarm", case)
        for listener in list(self._seats.get(office_id, ())):
            if listener.device.is_desk and listener.device.programme_id == programme_id:
                self._put(listener, line)
        self._tell_followers(office_id)  # the relay says soon, too, that the case has changed

    def _announce(self, programme_id: UUID, audiences: Iterable[Audience]) -> None:
        for office_id, counters, own in audiences:
            meant = (
                self._listeners.get(programme_id, ())
                if office_id is None
                else self._seats.get(office_id, ())
            )
            for listener in meant:
                if not own and listener.device.scope_id is not None:
                    continue
                if listener.device.is_desk:
                    self._due_desks[listener] = None
                elif counters:
                    self._due[listener] = None
        self._release()

    def _release(self) -> None:
        """Tell as many of those who are due as the allowance is for, and the others soon."""
        if self._loop is None:
            return
        now_s = self._loop.time()
        earned = (now_s - self._allowed_s) * self._pulls_per_s
        self._allowance = min(self._pulls_per_s, self._allowance + earned)
        self._allowed_s = now_s
        if self._due_desks or self._due:
            line = self._line("changed")
            while self._allowance >= 1 and (self._due_desks or self._due):
                # Turn about, so that desks come first and nobody is left out
                self._desks_turn = bool(self._due_desks) and not (self._desks_turn and self._due)
                due = self._due_desks if self._desks_turn else self._due
                listener = next(iter(due))
                del due[listener]
                self._allowance -= 1
                self._put(listener, line)
        if (self._due_desks or self._due) and self._release_timer is None:
            self._release_timer = self._loop.call_later(_RELEASE_S, self._release_more)

    def _release_more(self) -> None:
        self._release_timer = None
        self._release()

    # --- listeners

    async def attend(self, device: Device, receive: Receive, send: Send) -> None:
        """Answer a device's request with its feed, until either side ends it.

        Args:
            device: who listens.
            receive: ASGI's, of the request.
            send: ASGI's.

        Raises:
            ProblemError: busy, when this process has as many as it can or is about to stop.
        """
        if self._closing or self._count >= self._most:
            raise ProblemError("busy", "The server has no room for another feed", wait_s=1)
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        listener = _Listener(device, send, next(self._next_slot) % _SLOTS)
        self._add(listener)
        try:
            self._put(listener, self._line("hello"))
            # All that is said is sent by others; here only the caller's going away is noticed
            while (await receive())["type"] != "http.disconnect":
                pass
        finally:
            self._remove(listener)

    def _add(self, listener: _Listener) -> None:
        device = listener.device
        self._count += 1
        self._slots[listener.slot][listener] = None
        self._listeners.setdefault(device.programme_id, {})[listener] = None
        self._seats.setdefault(device.office_id, {})[listener] = None

    def _remove(self, listener: _Listener) -> None:
        if listener not in self._slots[listener.slot]:
            return
        device = listener.device
        self._count -= 1
        del self._slots[listener.slot][listener]
        _discard(self._listeners, device.programme_id, listener)
        _discard(self._seats, device.office_id, listener)
        self._due.pop(listener, None)
        self._due_desks.pop(listener, None)

    def _end(self, listener: _Listener) -> None:
        if listener in self._slots[listener.slot]:
            self._remove(listener)
            self._say(listener, _END)

    def _put(self, listener: _Listener, line: bytes) -> None:
        if listener not in self._slots[listener.slot]:
            return
        if len(listener.lines) >= _MAX_WAITING:
            # it does not read; it will find everything by pulling when it comes back
            listener.lines.clear()
            self._remove(listener)
            return
        self._say(listener, line)

    def _say(self, listener: _Listener, line: bytes) -> None:
        listener.lines.append(line)
        if listener.flushing is None:
            assert self._loop is not None
            listener.flushing = self._loop.create_task(_flush(listener))

    async def _ticking(self) -> None:
        for slot in itertools.cycle(self._slots):
            await asyncio.sleep(self._tick_s / _SLOTS)
            line = self._line("tick") if slot else b""
            for listener in list(slot):
                self._put(listener, line)

    async def _watching(self) -> None:
        """End the feeds of devices that were shut out, or are to hold other members now.

        Those come back at once as what they are now, and pull.
        """
        while True:
            await asyncio.sleep(self._tick_s)
            everybody = [listener for slot in self._slots for listener in slot]
            for start in range(0, len(everybody), _AT_ONCE):
                some = everybody[start : start + _AT_ONCE]
                devices = [listener.device for listener in some]
                try:
                    gone = await on_thread(_changed_since, self._engine, devices)
                except SQLAlchemyError as error:  # they are as welcome as they were
                    _log.warning("feed_lost_database", error=type(error).__name__)
                    continue
                for listener in some:
                    if listener.device.device_id in gone:
                        self._end(listener)


async def _flush(listener: _Listener) -> None:
    """Send what waits; when the socket is full, wait without holding anybody else up."""
    try:
        while listener.lines:
            ends = listener.lines[-1] == _END
            body = b"".join(listener.lines)
            listener.lines.clear()
            message = {"type": "http.response.body", "body": body, "more_body": not ends}
            await listener.send(message)
    finally:
        listener.flushing = None


def _discard(index: dict[UUID, dict[_Listener, None]], key: UUID, listener: _Listener) -> None:
    found = index.get(key)
    if found is not None and listener in found:
        del found[listener]
        if not found:
            del index[key]


def _changed_since(engine: Engine, known: Sequence[Device]) -> set[UUID]:
    """Which of these devices were shut out, or hold other members than it was known."""
    device, office = t.device, t.office
    with reading(engine) as connection:
        revoked = sa.select(device.c.device_id).where(device.c.revoked_ms.is_not(None))
        ids = {each.device_id for each in known}
        gone = {row.device_id for row in select_in(connection, revoked, device.c.device_id, ids)}
        own = sa.select(office.c.office_id, office.c.scope_id).where(office.c.members == OWN)
        offices = {each.office_id for each in known}
        scopes = {
            row.office_id: row.scope_id
            for row in select_in(connection, own, office.c.office_id, offices)
        }
    moved = {each.device_id for each in known if scopes.get(each.office_id) != each.scope_id}
    return gone | moved
