"""HTTP requests that stand ready as bytes, sent over several connections at once.

What sends them is a process of its own that costs next to nothing: everything is encoded and signed
beforehand, each connection sends its next request when it has the answer to the one before, and
answers are only looked at for the words that a good one holds.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import time
from typing import Final, cast
from urllib.parse import urlsplit

import msgspec
import uvloop

from build_scripts.bench.central import ROOT

_LENGTH: Final = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
_HEAD_END: Final = b"\r\n\r\n"
_SHOWN: Final = 3


class Volley(msgspec.Struct):
    """What is to be sent.

    Attributes:
        url: the server's.
        lines: for each connection its requests, head and body.
        wanted: what each answer holds.
    """

    url: str
    lines: list[list[bytes]]
    wanted: bytes


class Fired(msgspec.Struct):
    """What came of it.

    Attributes:
        seconds: of each request, from its sending to the end of its answer.
        per_s: answers a second, until the first connection has all of its own: from then on the
            others have the server to themselves.
        processor_s: what sending took of a processor.
        unwanted: some answers that do not hold what was wanted.
    """

    seconds: list[float]
    per_s: float
    processor_s: float
    unwanted: list[bytes]


class VolleyFailed(Exception):
    """Not every request got the answer that was wanted; says which came instead."""


def fire(volley: Volley) -> Fired:
    """Send everything from a process of its own. Raises VolleyFailed."""
    done = subprocess.run(
        [sys.executable, "-m", "build_scripts.bench.volley"],
        cwd=ROOT,
        input=msgspec.msgpack.encode(volley),
        stdout=subprocess.PIPE,
        check=True,
    )
    fired = msgspec.msgpack.decode(done.stdout, type=Fired)
    if fired.unwanted:
        raise VolleyFailed(f"{len(fired.unwanted)} such: {fired.unwanted[:_SHOWN]}")
    return fired


class _Line(asyncio.Protocol):
    """One connection; `done` is set after its last answer."""

    def __init__(self, requests: list[bytes], wanted: bytes) -> None:
        self._waiting = requests[::-1]
        self._wanted = wanted
        self._answer = b""
        self._sent_s = 0.0
        self._transport: asyncio.WriteTransport | None = None
        self.seconds: list[float] = []
        self.answered_s: list[float] = []
        self.unwanted: list[bytes] = []
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def go_on(self) -> None:
        """Send the next request."""
        assert self._transport is not None
        if self._waiting:
            self._sent_s = time.perf_counter()
            self._transport.write(self._waiting.pop())
        elif not self.done.done():
            self.done.set_result(None)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, end, body = self._answer.partition(_HEAD_END)
        length = _LENGTH.search(head)
        if not end or (length is not None and len(body) < int(length[1])):
            return
        self.answered_s.append(time.perf_counter())
        self.seconds.append(self.answered_s[-1] - self._sent_s)
        if self._wanted not in self._answer:
            self.unwanted.append(self._answer)
        self._answer = b""
        self.go_on()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server has hung up"))


async def _fire(volley: Volley) -> Fired:
    loop = asyncio.get_running_loop()
    parts = urlsplit(volley.url)
    lines = [_Line(requests, volley.wanted) for requests in volley.lines]

    async def connect(line: _Line) -> None:
        await loop.create_connection(lambda: line, parts.hostname or "", parts.port or 80)

    for line in lines:
        await connect(line)
    before_s, start_s = time.process_time(), time.perf_counter()
    for line in lines:
        line.go_on()
    await asyncio.gather(*(line.done for line in lines))
    until_s = min(line.answered_s[-1] for line in lines)
    answered = sum(at <= until_s for line in lines for at in line.answered_s)
    return Fired(
        [each for line in lines for each in line.seconds],
        answered / (until_s - start_s),
        time.process_time() - before_s,
        [each for line in lines for each in line.unwanted],
    )


if __name__ == "__main__":
    said = uvloop.run(_fire(msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Volley)))
    sys.stdout.buffer.write(msgspec.msgpack.encode(said))
