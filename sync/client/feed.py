"""The live feed: says when a pull is worth making, and brings alarms themselves at once."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Iterator
from typing import Final, Protocol

import msgspec

from app.domain.records import Case
from app.ports.clock import Clock
from sync.client.backoff import LINK_CAP_S, SERVER_CAP_S, Lane
from sync.client.exchange import Fault
from sync.client.session import TokenCache
from sync.protocol.messages import FeedLine

_log = logging.getLogger(__name__)

_LOOK_AGAIN_S: Final = 1.0
_UNAUTHORIZED: Final = 401
_FORBIDDEN: Final = 403


class FeedStream(Protocol):
    """One open feed."""

    @property
    def status(self) -> int: ...

    def lines(self) -> Iterator[bytes]:
        """Raises Fault when the connection breaks or falls silent."""

    def interrupt(self) -> None:
        """Ends `lines` at once; called from another thread."""

    def close(self) -> None: ...


class FeedReader:
    """Reads the feed on its owner's thread until told to stop, and comes back when it breaks."""

    def __init__(
        self,
        open_feed: Callable[[str], FeedStream],
        clock: Clock,
        *,
        tokens: TokenCache,
        source: random.Random,
        on_changed: Callable[[], None],
        on_alarm: Callable[[Case], None],
        on_open: Callable[[bool], None] = lambda is_open: None,
        hang_up: Callable[[], None] = lambda: None,
    ) -> None:
        """Those that begin with `on_` are called on this thread and must return at once.

        Args:
            open_feed: opens it with a token; raises Fault.
            clock: the seat's.
            tokens: shared with the engine, which renews them.
            source: decides the jitter of waits.
            on_changed: a pull is worth making.
            on_alarm: a case rings.
            on_open: whether the server is being heard, when that changes.
            hang_up: ends `open_feed` while it waits; called from other threads.
        """
        self._open_feed = open_feed
        self._clock = clock
        self._tokens = tokens
        self._lane = Lane(source)
        self._on_changed = on_changed
        self._on_alarm = on_alarm
        self._on_open = on_open
        self._hang_up = hang_up
        self._is_open = False
        self._is_missed = False  # whoever makes pulls knows that it isn't there
        self._lock = threading.Lock()
        self._stream: FeedStream | None = None
        self._stopping = threading.Event()

    def run(self) -> None:
        """Read until `stop`."""
        while not self._stopping.is_set():
            now = self._clock.monotonic_s()
            token = self._tokens.current(now)
            if token is None:
                self._stopping.wait(_LOOK_AGAIN_S)
                continue
            if not self._lane.is_ready(now):
                self._stopping.wait(self._lane.next_s - now)
                continue
            try:
                self._read(token)
                self._rest(SERVER_CAP_S)
            except Fault:
                self._rest(LINK_CAP_S)

    def stop(self) -> None:
        """Make `run` return soon; called from another thread."""
        self._stopping.set()
        self.break_off()

    def break_off(self) -> None:
        """The line may be dead: open another; called from another thread."""
        with self._lock:
            if self._stream is not None:
                self._stream.interrupt()
            else:
                self._hang_up()

    def _rest(self, cap_s: float) -> None:
        self._lane.fail(self._clock.monotonic_s(), "unreachable", cap_s=cap_s)

    def _open(self, token: str) -> FeedStream:
        try:
            return self._open_feed(token)
        except Fault:
            if not self._is_missed:
                self._is_missed = True
                self._on_changed()  # finds out whether the server itself is away
            raise

    def _read(self, token: str) -> None:
        stream = self._open(token)
        with self._lock:
            self._stream = stream
        try:
            if stream.status == _UNAUTHORIZED:
                self._tokens.discard(token)
                return
            if stream.status == _FORBIDDEN:
                self._on_changed()  # whoever was shut out is told so by any call
            if stream.status != 200:
                return
            for line in stream.lines():
                if self._stopping.is_set():
                    return
                if line:
                    self.take(line)
        finally:
            with self._lock:
                self._stream = None
            self._opened(False)
            stream.close()

    def _opened(self, is_open: bool) -> None:
        if is_open != self._is_open:
            self._is_open, self._is_missed = is_open, not is_open
            self._on_open(is_open)

    def take(self, line: bytes) -> None:
        """Act on one line; a line that is none of ours only makes a pull worth while."""
        try:
            message = msgspec.json.decode(line, type=FeedLine)
            case = msgspec.json.decode(message.case, type=Case) if message.kind == "alarm" else None
        except msgspec.DecodeError:
            _log.warning("a line of the feed could not be read")
            self._on_changed()
            return
        self._lane.succeed(self._clock.monotonic_s())
        self._opened(True)
        if case is not None:
            self._on_alarm(case)
        if message.kind != "tick":
            self._on_changed()  # after 'hello' too: something may have been missed
