"""Asks a neighbour: connect, prove who both are, one ask, one answer."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from typing import Final

from sync.client.lan.frames import BadFrame, Deadline, receive_frame, send_frame
from sync.client.lan.settings import Address
from sync.client.lan.trust import NotTrusted, Peer
from sync.protocol.framing import BadBody, decode, encode
from sync.protocol.lan import APPLICATION_PROTOCOL, LanAnswer, LanAsk

CALL_S: Final = 2.0
"""The whole of it; a desk that is there answers within some 20 ms and a write to its disk."""

_CONNECT_S: Final = 1.0


class CallFailed(Exception):
    """There was no answer, or none of a neighbour that we trust; the message says why.

    Attributes:
        code: NotTrusted's, '' where there was no answer.
    """

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class Caller:
    """Makes calls on its callers' threads; `close` ends those under way."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._closed = False

    def ask(
        self,
        address: Address,
        ask: LanAsk,
        *,
        context: ssl.SSLContext,
        admit: Callable[[bytes], Peer],
        limit_s: float = CALL_S,
    ) -> tuple[Peer, LanAnswer]:
        """Ask, but only a neighbour that `admit` lets in by its certificate.

        Raises:
            CallFailed: nobody there, or nobody we trust, or no answer in time.
        """
        deadline = Deadline(limit_s)
        try:
            connect_s = min(_CONNECT_S, deadline.left_s())
            with (
                socket.create_connection((address.host, address.port), connect_s) as line,
                self._under_way(line),
            ):
                return self._converse(line, ask, context, admit, deadline)
        except NotTrusted as error:
            raise CallFailed(f"not trusted: {error.code}", error.code) from error
        except (OSError, BadFrame, BadBody) as error:  # TLS's errors are OSErrors
            raise CallFailed(f"{type(error).__name__}: {error}") from error

    def close(self) -> None:
        """End all calls; from now on each fails at once."""
        with self._lock:
            self._closed = True
            for line in self._open:
                with contextlib.suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)

    @contextlib.contextmanager
    def _under_way(self, line: socket.socket) -> Iterator[None]:
        with self._lock:
            if self._closed:
                raise CallFailed("closed")
            self._open.add(line)
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(line)

    @staticmethod
    def _converse(
        line: socket.socket,
        ask: LanAsk,
        context: ssl.SSLContext,
        admit: Callable[[bytes], Peer],
        deadline: Deadline,
    ) -> tuple[Peer, LanAnswer]:
        line.settimeout(deadline.left_s())
        with context.wrap_socket(line.dup(), do_handshake_on_connect=False) as secure:
            secure.settimeout(deadline.left_s())
            secure.do_handshake()
            certificate = secure.getpeercert(binary_form=True)
            if certificate is None or secure.selected_alpn_protocol() != APPLICATION_PROTOCOL:
                raise NotTrusted("forged")
            peer = admit(certificate)
            send_frame(secure, encode(ask), deadline)
            return peer, decode(receive_frame(secure, deadline), LanAnswer)
