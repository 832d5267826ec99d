"""What phones are shown as it happens: server-sent events, one stream a page, on the event loop.

The feed tells whenever an office's cases have changed; then each phone of that office is read for
anew, and sent what it shows if that has changed. So a stream holds no state but what it
sent last, and whatever was missed is made up for at the next tick.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final
from uuid import UUID

import msgspec
import structlog
from anyio import CapacityLimiter, to_thread
from sqlalchemy.exc import SQLAlchemyError

from sync.protocol.messages import Problem
from sync.protocol.phones.messages import PhoneView
from sync.server.ending import end
from sync.server.failures import passes_by_itself
from sync.server.phones.service import Phones
from sync.server.problems import ProblemError

MOST_STREAMS: Final = 1_000
MOST_A_SESSION: Final = 4

_GATHER_S: Final = 0.05
"""An alarm and what it says reach other processes one shortly after the other."""

_HEADERS: Final = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

_log = structlog.get_logger("guichet.phones")


class _Stream:
    """One page that is open."""

    __slots__ = ("office_id", "session_id", "token", "woken")

    def __init__(self, token: str, office_id: UUID, session_id: UUID) -> None:
        self.token = token
        self.office_id = office_id
        self.session_id = session_id
        self.woken = asyncio.Event()


class PhoneStreams:
    """Keeps the streams of one process; follows its feed."""

    def __init__(
        self,
        phones: Phones,
        limiter: CapacityLimiter,
        *,
        tick_s: float,
        most: int = MOST_STREAMS,
    ) -> None:
        """Make it.

        Args:
            phones: reads what is shown.
            limiter: of the threads that read.
            tick_s: seconds between signs of life; at each a session is looked at again.
            most: streams beyond these are refused.
        """
        self._phones = phones
        self._limiter = limiter
        self._tick_s = tick_s
        self._most = most
        self._streams: dict[_Stream, None] = {}
        self._of_session: Counter[UUID] = Counter()
        self._closing = False

    @property
    def listening(self) -> int:
        return len(self._streams)

    # --- following the feed

    def office_changed(self, office_id: UUID | None) -> None:
        """Something of an office's cases may have changed, None: of any office's."""
        for stream in self._streams:
            if office_id is None or stream.office_id == office_id:
                stream.woken.set()

    def close(self) -> None:
        """End all streams, and admit none."""
        self._closing = True
        self.office_changed(None)

    # --- a page

    async def attend(self, token: str, receive: Receive, send: Send) -> None:
        """Answer a page's request with its stream, until either side ends it.

        Args:
            token: what the page's cookie holds.
            receive: ASGI's, of the request.
            send: ASGI's.

        Raises:
            ProblemError: unauthenticated; busy, when this process or this session has too many.
        """
        _, office_id, session_id = await self._on_thread(self._phones.audience, token)
        if self._closing or len(self._streams) >= self._most:
            raise ProblemError("busy", "The server has no room for another page", wait_s=1)
        if self._of_session[session_id] >= MOST_A_SESSION:
            raise ProblemError("busy", "Too many pages are open", status=429, wait_s=5)
        stream = _Stream(token, office_id, session_id)
        self._streams[stream] = None
        self._of_session[session_id] += 1
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            tells = asyncio.create_task(self._tell(stream, send))
            goes = asyncio.create_task(_gone(receive))
            try:
                await asyncio.wait([tells, goes], return_when=asyncio.FIRST_COMPLETED)
                if tells.done():
                    tells.result()
            finally:
                await end([tells, goes])
        finally:
            del self._streams[stream]
            self._of_session[session_id] -= 1
            if not self._of_session[session_id]:
                del self._of_session[session_id]

    async def _tell(self, stream: _Stream, send: Send) -> None:
        sent: PhoneView | None = None
        while not self._closing:
            stream.woken.clear()
            try:
                view = await self._on_thread(self._phones.view, stream.token)
            except ProblemError as problem:
                if problem.problem.code != "busy":
                    await _say(send, "over", problem.problem)
                    break
            except SQLAlchemyError as error:  # the page goes on with what it has, and says so
                if not passes_by_itself(error):
                    raise
                _log.warning("phones_lost_database", error=type(error).__name__)
            else:
                stream.office_id = view.office.office_id
                is_news = sent is None or msgspec.structs.replace(sent, server_ms=0) != (
                    msgspec.structs.replace(view, server_ms=0)
                )
                sent = view
                await _say(send, "view" if is_news else "tick", view if is_news else view.server_ms)
            try:
                await asyncio.wait_for(stream.woken.wait(), self._tick_s)
                await asyncio.sleep(_GATHER_S)
            except TimeoutError:
                pass
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _on_thread(self, do: Callable[..., Any], *arguments: Any) -> Any:
        return await to_thread.run_sync(do, *arguments, limiter=self._limiter)


async def _say(send: Send, kind: str, said: PhoneView | Problem | int) -> None:
    body = b"event: %b\ndata: %b\n\n" % (kind.encode(), msgspec.json.encode(said))
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
