"""The desk's page over HTTP: one request a connection, each of its parts bounded.

h11 reads and writes HTTP; whom a request is from and what it may do is `answers.Answers`'s.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Mapping
from typing import Final

import h11

from app.domain.errors import Unavailable
from sync.client.lan.frames import Deadline
from sync.client.lan.phones.answers import NO_CONTENT, Answers, Asked, Stream, problem
from sync.client.lan.phones.live import follow
from sync.client.lan.tls_port import TlsPort
from sync.protocol.phones.page import MOST_BODY_BYTES

_log = logging.getLogger(__name__)

MOST_OPEN: Final = 64
MOST_OF_ONE_ADDRESS: Final = 12
"""A browser opens six at a time; one page needs two."""
MOST_HEAD_BYTES: Final = 8_192
CONVERSATION_S: Final = 5.0
_PIECE_BYTES: Final = 4_096


class _BadRequest(Exception):
    """The other end speaks no HTTP that is taken here."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


class PagePort(TlsPort):
    """Where phones are answered."""

    def __init__(
        self,
        address: tuple[str, int],
        context: ssl.SSLContext,
        answers: Answers,
        *,
        conversation_s: float = CONVERSATION_S,
    ) -> None:
        """Listen on `address`, as `TlsPort` says.

        Raises:
            OSError: the port is taken, or there is no such address.
        """
        self._answers = answers
        super().__init__(
            address,
            context,
            name="phones",
            most_open=MOST_OPEN,
            most_of_one_address=MOST_OF_ONE_ADDRESS,
            conversation_s=conversation_s,
        )

    def converse(self, secure: ssl.SSLSocket, deadline: Deadline, address: str) -> None:
        """Take one request and answer it; a stream goes on until either end goes."""
        line = h11.Connection(h11.SERVER, max_incomplete_event_size=MOST_HEAD_BYTES)
        try:
            asked = _received(line, secure, deadline, address)
            answer = self._answers.answer(asked)
            if isinstance(answer, Stream):
                self._tell(answer, line, secure)
                return
        except _BadRequest as refusal:
            answer = problem(refusal.status, "bad_request", "Not taken")
        except Unavailable as error:  # a desk that may not work any more serves nothing
            _log.warning("a phone was not answered: %s", error.message)
            return
        headers = dict(answer.headers)
        if answer.status != NO_CONTENT:
            headers["Content-Length"] = str(len(answer.body))
        whole = _head(line, answer.status, headers) + (line.send(h11.Data(answer.body)) or b"")
        _send(secure, whole, deadline.left_s())

    def _tell(self, stream: Stream, line: h11.Connection, secure: ssl.SSLSocket) -> None:
        _send(secure, _head(line, 200, stream.headers), self._conversation_s)
        for said in follow(stream, secure, lambda: self.closing):
            _send(secure, line.send(h11.Data(said)), self._conversation_s)
        _send(secure, line.send(h11.EndOfMessage()), self._conversation_s)


def _received(
    line: h11.Connection, secure: ssl.SSLSocket, deadline: Deadline, address: str
) -> Asked:
    """Raises _BadRequest, OSError."""
    head: h11.Request | None = None
    body = bytearray()
    while True:
        try:
            event = line.next_event()
        except h11.RemoteProtocolError as error:
            raise _BadRequest(error.error_status_hint) from error
        if event is h11.NEED_DATA:
            if line.they_are_waiting_for_100_continue:
                raise _BadRequest(417)
            secure.settimeout(deadline.left_s())
            line.receive_data(secure.recv(_PIECE_BYTES))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > MOST_BODY_BYTES:
                raise _BadRequest(413)
        elif isinstance(event, h11.EndOfMessage):
            assert head is not None, "a message has a head"
            return Asked.of(head.method, head.target, head.headers, bytes(body), address)
        else:
            raise ConnectionResetError("gone before it asked")


def _head(line: h11.Connection, status: int, headers: Mapping[str, str]) -> bytes:
    whole = [*headers.items(), ("Connection", "close")]
    return line.send(h11.Response(status_code=status, headers=whole)) or b""


def _send(secure: ssl.SSLSocket, content: bytes | None, limit_s: float) -> None:
    if content:
        secure.settimeout(limit_s)
        secure.sendall(content)
