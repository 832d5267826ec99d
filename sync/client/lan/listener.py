"""Answers neighbours: TLS, one ask and one answer a connection, bounded against whoever connects.

A stranger on the network can open a few connections for a few seconds each, and can have nothing
read beyond one frame; what is asked is looked at only after both certificates were.
"""

from __future__ import annotations

import contextlib
import logging
import selectors
import socket
import ssl
import threading
from collections.abc import Callable
from typing import Any, Final

from sync.client.lan.frames import BadFrame, Deadline, receive_frame, send_frame
from sync.protocol.lan import APPLICATION_PROTOCOL

_log = logging.getLogger(__name__)

MOST_OPEN: Final = 48
MOST_OF_ONE_ADDRESS: Final = 6
CONVERSATION_S: Final = 4.0
_ENDING_S: Final = 2.0

Answer = Callable[[bytes, bytes], bytes | None]
"""From the other end's certificate (DER) and frame to our frame; None: say nothing and hang up."""


class Listener:
    """A port of this seat, from `__init__` to `close`, with a thread a connection."""

    def __init__(
        self,
        address: tuple[str, int],
        context: ssl.SSLContext,
        answer: Answer,
        *,
        conversation_s: float = CONVERSATION_S,
    ) -> None:
        """Listen on `address`, port 0 for any; '' listens on all of the PC's addresses.

        Raises:
            OSError: the port is taken, or there is no such address.
        """
        self._context = context
        self._answer = answer
        self._conversation_s = conversation_s
        self._lock = threading.Lock()
        self._open: dict[socket.socket, str] = {}
        self._workers: set[threading.Thread] = set()
        self._closing = False
        self._socket = _bound(*address)
        self.port: int = self._socket.getsockname()[1]
        self._woken, self._waker = socket.socketpair()
        self._thread = threading.Thread(target=self._accept, name="lan-listen", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Hang up on everybody; returns when all threads have ended. Once is enough."""
        with self._lock:
            if self._closing:
                return
            self._closing = True
            opened = list(self._open)
            workers = list(self._workers)  # those who are hung up on leave by themselves
        self._waker.send(b"\0")
        self._thread.join(_ENDING_S)
        for line in opened:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        for worker in workers:
            worker.join(_ENDING_S)
        for end in (self._socket, self._woken, self._waker):
            end.close()

    def _accept(self) -> None:
        with selectors.DefaultSelector() as selector:
            for end in (self._socket, self._woken):
                selector.register(end, selectors.EVENT_READ)
            while True:
                ready = [key.fileobj for key, _ in selector.select()]
                if self._closing:
                    return
                if self._socket in ready:
                    with contextlib.suppress(OSError):  # it went again, or we have no descriptor
                        self._take(*self._socket.accept())

    def _take(self, line: socket.socket, address: Any) -> None:
        worker = threading.Thread(target=self._serve, args=(line,), name="lan-serve", daemon=True)
        with self._lock:
            full = len(self._open) >= MOST_OPEN
            many = list(self._open.values()).count(address[0]) >= MOST_OF_ONE_ADDRESS
            if self._closing or full or many:
                line.close()
                return
            self._open[line] = address[0]
            self._workers.add(worker)
        worker.start()

    def _serve(self, line: socket.socket) -> None:
        try:
            self._converse(line)
        except (OSError, BadFrame) as error:  # TLS's errors and TimeoutError are OSErrors
            _log.info("a neighbour was not answered: %s", error)
        finally:
            with self._lock:
                del self._open[line]
                self._workers.discard(threading.current_thread())
            line.close()

    def _converse(self, line: socket.socket) -> None:
        deadline = Deadline(self._conversation_s)
        line.settimeout(deadline.left_s())
        # `line` stays ours to shut down: TLS speaks through a duplicate
        with self._context.wrap_socket(
            line.dup(), server_side=True, do_handshake_on_connect=False
        ) as secure:
            secure.settimeout(deadline.left_s())
            secure.do_handshake()
            certificate = secure.getpeercert(binary_form=True)
            if certificate is None or secure.selected_alpn_protocol() != APPLICATION_PROTOCOL:
                return
            answer = self._answer(certificate, receive_frame(secure, deadline))
            if answer is not None:
                send_frame(secure, answer, deadline)


def _bound(host: str, port: int) -> socket.socket:
    if host:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=MOST_OPEN)
    if socket.has_dualstack_ipv6():
        with contextlib.suppress(OSError):  # a PC may have IPv6 switched off
            return socket.create_server(
                ("", port), family=socket.AF_INET6, backlog=MOST_OPEN, dualstack_ipv6=True
            )
    return socket.create_server(("", port), backlog=MOST_OPEN)
