"""The live feed: the server's real one on a loop of ours, and each PC's reader of it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Generator, MutableMapping
from types import coroutine
from typing import Any, Final, cast

from sync.client.backoff import LINK_CAP_S, SERVER_CAP_S
from sync.client.exchange import Fault
from sync.client.feed import FeedReader
from sync.client.session import TokenCache
from sync.server.feed import Feed
from sync.server.problems import ProblemError
from sync.server.service import CentralServer
from tests.simulation.clock import World
from tests.simulation.weather import Weather

PULLS_PER_S: Final = 1.0
"""To how many a server tells of changes in a second: PCs have to take turns."""
REFUSALS: Final = {"feed_refused": 0.08}
CUTS: Final = {"feed_cut": 0.03, "feed_mute": 0.015}
"""How often the opening of a feed, and a line of it, ends so while the storm lasts."""
_SILENCE_S: Final = 40.0
_LOOK_AGAIN_S: Final = 1.0


class Loop:
    """As much of an event loop as the feed asks of it: what is called is called at once."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._timers: list[tuple[float, Callable[[], None]]] = []

    def time(self) -> float:
        return self._world.s

    def is_closed(self) -> bool:
        return False

    def call_soon_threadsafe(self, call: Callable[..., None], *args: Any) -> None:
        call(*args)

    def call_later(self, after_s: float, call: Callable[[], None]) -> object:
        self._timers.append((self._world.s + after_s, call))
        return call

    def create_task(self, sending: Coroutine[Any, Any, None]) -> None:
        """Nothing that is sent here has to be waited for."""
        try:
            sending.send(None)
        except StopIteration:
            return
        raise AssertionError("a line was waited for")

    @property
    def next_s(self) -> float:
        return min((at_s for at_s, _ in self._timers), default=float("inf"))

    def run_due(self) -> None:
        due = [call for at_s, call in self._timers if at_s <= self._world.s]
        self._timers = [timer for timer in self._timers if timer[0] > self._world.s]
        for call in due:
            call()


class Line:
    """One open feed, from the server to a PC.

    Attributes:
        is_broken: the PC knows that nothing comes any more.
        is_mute: nothing comes any more, and the PC has yet to find out.
    """

    def __init__(self, wires: Wires, who: str, take: Callable[[bytes], None]) -> None:
        self.who = who
        self.fails: Callable[[], None] = lambda: None  # called when the PC has to look at it
        self.is_broken = False
        self.is_mute = False
        self.mute_until_s = float("inf")
        self._wires = wires
        self._take = take
        self._attending: Coroutine[Any, Any, None] | None = None
        self._hung_up = False

    def attend(self, server: CentralServer, feed: Feed, token: str) -> None:
        """Raises ProblemError."""
        device = server.device(server.authenticate(f"Bearer {token}"))
        attending = feed.attend(device, self._receive, self._send)
        attending.send(None)  # until it waits for us to hang up
        self._attending = attending

    def hang_up(self) -> None:
        """The server hears that the PC is gone."""
        self.is_broken = True
        attending, self._attending = self._attending, None
        if attending is not None:
            self._hung_up = True
            try:
                attending.send(None)
            except StopIteration:
                return
            raise AssertionError("whoever hung up is still attended to")

    def breaks(self) -> None:
        """The connection ends, and the PC knows; the server finds out by and by."""
        self.is_broken = True
        self.fails()

    def falls_mute(self, until_s: float) -> None:
        """Nothing passes any more; the PC notices by then."""
        if not self.is_mute:
            self.is_mute, self.mute_until_s = True, until_s
            self.fails()

    async def _receive(self) -> MutableMapping[str, Any]:
        while not self._hung_up:
            await _pause()
        return {"type": "http.disconnect"}

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.body" and not self._hung_up:
            self._wires.carry(self, message["body"])

    def deliver(self, lines: bytes) -> None:
        for line in lines.splitlines():
            self._take(line)


@coroutine
def _pause() -> Generator[None, None, None]:
    yield


class Wires:
    """Who listens to the server's feed, and what the storm does to that."""

    def __init__(self, world: World, source: random.Random, weather: Weather) -> None:
        self._world = world
        self._source = source
        self._weather = weather
        self.loop = Loop(world)
        self._lines: list[Line] = []
        self._server: CentralServer
        self._feed: Feed

    def begin(self, server: CentralServer) -> None:
        """A server has started; whoever listened to another one hears that it is gone."""
        for line in self._lines:
            line.breaks()
        self._lines = []
        self.loop = Loop(self._world)
        self._server = server
        self._feed = Feed(server.engine, server.clock, pulls_per_s=PULLS_PER_S)
        self._feed._loop = cast("asyncio.AbstractEventLoop", self.loop)
        server.transactions.before_commit.append(self._feed.before_commit)
        server.transactions.after_commit.append(self._feed.after_commit)

    def open(self, who: str, token: str, take: Callable[[bytes], None]) -> Line:
        """Raises Fault, ProblemError."""
        if fault := self._weather.pick(self._source, REFUSALS):
            self._weather.fired[fault] += 1
            raise Fault("lost", fault)
        line = Line(self, who, take)
        line.attend(self._server, self._feed, token)
        self._lines.append(line)
        return line

    def carry(self, line: Line, lines: bytes) -> None:
        """Bring what the server says to the PC, unless something comes in between."""
        fault = self._weather.pick(self._source, CUTS)
        self._weather.fired[fault] += bool(fault)
        if fault == "feed_cut":
            line.breaks()
        elif fault == "feed_mute":
            line.falls_mute(self._world.s + _SILENCE_S)
        if not line.is_broken and not line.is_mute:
            line.deliver(lines)

    def cut_off(self, who: str) -> None:
        """A PC loses its network: half the time it knows."""
        for line in self._lines:
            if line.who == who and not line.is_broken:
                if self._source.random() < 0.5:
                    line.breaks()
                else:
                    line.falls_mute(self._world.s + _SILENCE_S)

    def cut(self) -> None:
        """The server is out of reach, and everybody notices."""
        for line in self._lines:
            line.breaks()

    def listening(self) -> list[str]:
        """To whom a line gets through just now."""
        self._lines = [line for line in self._lines if not line.is_broken]
        return [line.who for line in self._lines if not line.is_mute]


class Listening:
    """What a PC's feed thread does (`FeedReader.run`), a step at a time."""

    def __init__(
        self,
        reader: FeedReader,
        tokens: TokenCache,
        open_line: Callable[[str, Callable[[bytes], None]], Line],
        *,
        on_changed: Callable[[], None],
        wake: Callable[[], None],
    ) -> None:
        self._reader = reader
        self._tokens = tokens
        self._open_line = open_line
        self._on_changed = on_changed
        self._wake = wake
        self._line: Line | None = None

    def turn(self, now: float) -> float:
        """Listen, or see that nothing more comes; returns when to be called again."""
        line = self._line
        if line is not None:
            if not line.is_broken and now < line.mute_until_s:
                return line.mute_until_s
            self.close()
            self._reader._rest(LINK_CAP_S)
        lane = self._reader._lane
        if not lane.is_ready(now):
            return lane.next_s
        token = self._tokens.current(now)
        if token is not None:
            self._open(token)
        return now if self._line is not None else now + _LOOK_AGAIN_S

    def close(self) -> None:
        """Hang up."""
        line, self._line = self._line, None
        if line is not None:
            line.hang_up()
            self._reader._opened(False)

    def _open(self, token: str) -> None:
        try:
            self._line = self._open_line(token, self._reader.take)
            self._line.fails = self._wake
        except ProblemError as error:
            if error.status == 401:
                self._tokens.discard(token)
            if error.status == 403:
                self._on_changed()
            self._reader._rest(SERVER_CAP_S)
        except Fault:
            self._reader._rest(LINK_CAP_S)
