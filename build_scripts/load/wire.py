"""HTTP for thousands of seats in one process: what a counter's own client says, on asyncio.

The counters' client keeps a thread and an encrypted database a seat, of which a machine bears a few
dozen. Framing, messages and signatures are the product's own; only the carrying is not.
"""

from __future__ import annotations

import asyncio
import random
import ssl
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from sync.client.transport import FEED_SILENCE_S, WHOLE_CALL_S
from sync.protocol.framing import ZSTD, compress, decompress
from sync.protocol.messages import PROTOCOL_VERSION, VERSION_HEADER

_FIRST_WAIT_S: Final = 0.5
_LONGEST_WAIT_S: Final = 10.0


@dataclass(slots=True)
class Told:
    """What the seats of one process saw."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    answers: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)


class Lost(Exception):
    """No answer came, or one that asks to come back; the caller tries again."""

    def __init__(self, why: str, wait_s: float | None = None) -> None:
        super().__init__(why)
        self.wait_s = wait_s


class Line:
    """One connection, kept between calls and made anew when it is gone."""

    def __init__(self, url: str, told: Told, tls: ssl.SSLContext | None) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname, parts.port
        self._tls, self._told = tls, told
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def call(self, method: str, path: str, body: bytes = b"", token: str = "") -> bytes:
        """Ask until there is an answer; waits as a counter does, half of it by chance."""
        failures = 0
        while True:
            try:
                return await self._once(method, path, body, token)
            except Lost as lost:
                wait_s = min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2.0**failures)
                wait_s *= 0.5 + random.random() / 2
                if lost.wait_s is not None:
                    wait_s = max(wait_s, lost.wait_s * (1 + random.random() / 10))
                failures += 1
                await asyncio.sleep(wait_s)

    async def _once(self, method: str, path: str, body: bytes, token: str) -> bytes:
        route = path.partition("?")[0]
        start_s = time.perf_counter()
        try:
            async with asyncio.timeout(WHOLE_CALL_S):
                reader, writer = await self._connected()
                sent, encoding = compress(body) if body else (body, "")
                writer.write(rendered(method, path, sent, encoding, token))
                status, headers = await _head(reader)
                content = await reader.readexactly(int(headers.get("content-length", 0)))
        except (OSError, asyncio.IncompleteReadError, ValueError) as error:
            await self.close()
            self._told.faults[f"{route} {type(error).__name__}"] += 1
            raise Lost(type(error).__name__) from error
        if headers.get("connection", "") == "close":
            await self.close()
        self._told.answers[f"{route} {status}"] += 1
        if status in (429, 503):
            raise Lost(str(status), float(headers.get("retry-after", 1)))
        if status >= 300:
            raise RuntimeError(f"{route}: {status} {content!r}")
        self._told.seconds[route].append(time.perf_counter() - start_s)
        return decompress(content, headers.get("content-encoding", ""))

    async def feed(self, token: str) -> AsyncIterator[bytes]:
        """The lines of one feed, until it ends."""
        try:
            reader, writer = await self._connected()
            writer.write(rendered("GET", "/v1/feed", b"", "", token))
            status, _ = await asyncio.wait_for(_head(reader), WHOLE_CALL_S)
            self._told.answers[f"/v1/feed {status}"] += 1
            while status == 200:
                size = await asyncio.wait_for(reader.readline(), FEED_SILENCE_S)
                if not size.strip() or int(size, 16) == 0:
                    return
                chunk = await reader.readexactly(int(size, 16) + 2)
                for line in chunk.splitlines():
                    if line:
                        yield line
        except (OSError, asyncio.IncompleteReadError, ValueError) as error:
            self._told.faults[f"/v1/feed {type(error).__name__}"] += 1
        finally:
            await self.close()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is not None and self._streams[0].at_eof():
            await self.close()
        if self._streams is None:
            self._streams = await asyncio.open_connection(
                self._host, self._port, ssl=self._tls, limit=2**16
            )
        return self._streams

    async def close(self) -> None:
        if self._streams is not None:
            _, writer = self._streams
            self._streams = None
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


def rendered(method: str, path: str, body: bytes, encoding: str, token: str) -> bytes:
    """A request's bytes; `encoding` is the body's, '' for none, `token` '' where none is needed."""
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: server",
        f"{VERSION_HEADER}: {PROTOCOL_VERSION}",
        f"Accept-Encoding: {ZSTD}",
        f"Content-Length: {len(body)}",
    ]
    if encoding:
        lines.append(f"Content-Encoding: {encoding}")
    if token:
        lines.append(f"Authorization: Bearer {token}")
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    text = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = text.split("\r\n")
    pairs = (line.split(": ", 1) for line in lines if line)
    return int(first.split()[1]), {name.lower(): value for name, value in pairs}
