"""The live feed: what was committed reaches the listening devices at once, across workers.

In one worker it is a broadcast; between workers on PostgreSQL it is NOTIFY. Alarms are notified by
their own transaction; 'changed' is gathered for a moment, because NOTIFY makes commits queue.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Callable
from typing import Any, Final
from uuid import UUID

import msgspec
import psycopg
import structlog
from sqlalchemy.engine import Connection, Engine

from sync.protocol.messages import NOTHING, FeedLine
from sync.server.devices import Device
from sync.server.store.bulk import text_array
from sync.server.store.engine import is_postgresql

TICK_S: Final = 15.0
_CHANNEL: Final = "guichet_feed"
_GATHER_S: Final = 0.1
_MAX_NOTIFY: Final = 7_000
_MAX_WAITING: Final = 100

_log = structlog.get_logger("guichet.feed")


class _Note(msgspec.Struct):
    """What workers tell each other; an alarm too long for a notification goes as 'changed'."""

    worker: str
    programme: UUID
    office: UUID | None = None
    case: msgspec.Raw = NOTHING


class _Listener:
    def __init__(self, device: Device) -> None:
        self.device = device
        self.lines: asyncio.Queue[bytes] = asyncio.Queue(_MAX_WAITING)
        self.changed = False


class Feed:
    """Keeps the listeners of one worker. All but the two hooks runs on its event loop."""

    def __init__(self, engine: Engine, clock: Callable[[], int], *, tick_s: float = TICK_S) -> None:
        self._engine = engine
        self._clock = clock
        self._tick_s = tick_s
        self._worker = secrets.token_hex(8)
        self._listeners: set[_Listener] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._changed: set[UUID] = set()
        self._wake = asyncio.Event()

    @property
    def listening(self) -> int:
        return len(self._listeners)

    async def start(self) -> None:
        """Begin to hear other workers."""
        self._loop = asyncio.get_running_loop()
        if is_postgresql(self._engine):
            self._tasks = [asyncio.create_task(self._hear()), asyncio.create_task(self._tell())]

    def close(self) -> None:
        """End all feeds soon; from any thread or signal handler."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end_all)

    def _end_all(self) -> None:
        for listener in list(self._listeners):
            self._put(listener, b"")
        self._listeners.clear()

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    # --- hooks of the server, on its threads

    def before_commit(
        self, programme_id: UUID, alarms: list[tuple[UUID, bytes]], connection: Connection
    ) -> None:
        """Notify other workers of alarms, inside the transaction that raised them."""
        if not is_postgresql(connection):
            return
        encoded = (
            msgspec.json.encode(_Note(self._worker, programme_id, office_id, msgspec.Raw(case)))
            for office_id, case in alarms
        )
        notes = [note.decode() for note in encoded if len(note) <= _MAX_NOTIFY]
        if notes:
            connection.exec_driver_sql(
                "SELECT count(pg_notify(%b, note)) FROM unnest(%b::text[]) AS u(note)",
                (_CHANNEL, text_array(notes)),
            )

    def after_commit(self, programme_id: UUID, alarms: list[tuple[UUID, bytes]]) -> None:
        """Tell this worker's listeners."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._committed, programme_id, alarms)

    # --- on the event loop

    def _committed(self, programme_id: UUID, alarms: list[tuple[UUID, bytes]]) -> None:
        for office_id, case in alarms:
            self._ring(programme_id, office_id, case)
        self._announce(programme_id)
        self._changed.add(programme_id)
        self._wake.set()

    def _line(self, kind: Any, case: bytes | None = None) -> bytes:
        raw = NOTHING if case is None else msgspec.Raw(case)
        return msgspec.json.encode(FeedLine(kind, self._clock(), raw)) + b"\n"

    def _ring(self, programme_id: UUID, office_id: UUID, case: bytes) -> None:
        line = self._line("alarm", case)
        for listener in list(self._listeners):  # whoever doesn't read is dropped on the way
            device = listener.device
            here = (device.programme_id, device.office_id) == (programme_id, office_id)
            if here and device.is_desk:
                self._put(listener, line)

    def _announce(self, programme_id: UUID) -> None:
        line = self._line("changed")
        for listener in list(self._listeners):
            if listener.device.programme_id == programme_id and not listener.changed:
                listener.changed = True  # one such line waiting is enough
                self._put(listener, line)

    def _put(self, listener: _Listener, line: bytes) -> None:
        try:
            listener.lines.put_nowait(line)
        except asyncio.QueueFull:
            # it does not read; it will find everything by pulling when it comes back
            self._listeners.discard(listener)

    async def lines(
        self, device: Device, still_welcome: Callable[[], bool]
    ) -> AsyncIterator[bytes]:
        """The lines for one device until it goes, stops reading, or is no longer welcome.

        Args:
            device: who listens.
            still_welcome: asked at each tick, on a thread: not revoked meanwhile?
        """
        listener = _Listener(device)
        self._listeners.add(listener)
        try:
            yield self._line("hello")
            while listener in self._listeners or not listener.lines.empty():
                try:
                    line = await asyncio.wait_for(listener.lines.get(), self._tick_s)
                except TimeoutError:
                    if not await asyncio.to_thread(still_welcome):
                        return
                    line = self._line("tick")
                if not line:
                    return
                listener.changed = False
                yield line
        finally:
            self._listeners.discard(listener)

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        url = self._engine.url.set(drivername="postgresql")
        return await psycopg.AsyncConnection.connect(
            url.render_as_string(hide_password=False), autocommit=True
        )

    async def _hear(self) -> None:
        while True:
            try:
                async with await self._connect() as connection:
                    await connection.execute(f"LISTEN {_CHANNEL}")
                    # what was notified while nobody heard is found by pulling
                    for programme_id in {each.device.programme_id for each in self._listeners}:
                        self._announce(programme_id)
                    async for notice in connection.notifies():
                        self._heard(notice.payload)
            except psycopg.OperationalError as error:
                _log.warning("feed_lost_database", error=type(error).__name__)
            await asyncio.sleep(1)

    def _heard(self, payload: str) -> None:
        note = msgspec.json.decode(payload, type=_Note)
        if note.worker == self._worker:
            return
        if note.office is not None and note.case != NOTHING:
            self._ring(note.programme, note.office, bytes(note.case))
        self._announce(note.programme)

    async def _tell(self) -> None:
        while True:
            await self._wake.wait()
            try:
                async with await self._connect() as connection:
                    await self._tell_over(connection)
            except psycopg.OperationalError as error:
                _log.warning("feed_lost_database", error=type(error).__name__)
                await asyncio.sleep(1)

    async def _tell_over(self, connection: psycopg.AsyncConnection[Any]) -> None:
        last = 0.0
        while True:
            await self._wake.wait()
            await asyncio.sleep(max(0.0, last + _GATHER_S - time.monotonic()))
            self._wake.clear()
            for programme_id in list(self._changed):
                note = msgspec.json.encode(_Note(self._worker, programme_id)).decode()
                await connection.execute("SELECT pg_notify(%s, %s)", (_CHANNEL, note))
                self._changed.discard(programme_id)
            last = time.monotonic()
