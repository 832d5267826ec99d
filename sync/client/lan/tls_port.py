"""A port that speaks TLS, bounded against whoever connects: a thread a connection, and not many."""

from __future__ import annotations

import contextlib
import logging
import selectors
import socket
import ssl
import threading
from abc import ABC, abstractmethod
from typing import Any, Final

from sync.client.lan.frames import Deadline

_log = logging.getLogger(__name__)

_ENDING_S: Final = 2.0


class TlsPort(ABC):
    """A port of this seat, from `__init__` to `close`, with a thread a connection.

    Attributes:
        port: its number.
    """

    def __init__(
        self,
        address: tuple[str, int],
        context: ssl.SSLContext,
        *,
        name: str,
        most_open: int,
        most_of_one_address: int,
        conversation_s: float,
    ) -> None:
        """Listen on `address`, port 0 for any; '' listens on all of the PC's addresses.

        Args:
            address: where.
            context: TLS's.
            name: of its threads.
            most_open: connections at a time; those beyond are closed unread.
            most_of_one_address: the same of one address.
            conversation_s: for the handshake and what `converse` takes of the deadline.

        Raises:
            OSError: the port is taken, or there is no such address.
        """
        self._context = context
        self._name = name
        self._most_open, self._most_of_one_address = most_open, most_of_one_address
        self._conversation_s = conversation_s
        self._lock = threading.Lock()
        self._open: dict[socket.socket, str] = {}
        self._workers: set[threading.Thread] = set()
        self._closing = False
        self._socket = _bound(*address, backlog=most_open)
        self.port: int = self._socket.getsockname()[1]
        self._woken, self._waker = socket.socketpair()
        self._thread = threading.Thread(target=self._accept, name=f"{name}-listen", daemon=True)
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
        worker = threading.Thread(
            target=self._serve, args=(line, address[0]), name=f"{self._name}-serve", daemon=True
        )
        with self._lock:
            full = len(self._open) >= self._most_open
            many = list(self._open.values()).count(address[0]) >= self._most_of_one_address
            if self._closing or full or many:
                line.close()
                return
            self._open[line] = address[0]
            self._workers.add(worker)
        worker.start()

    @property
    def closing(self) -> bool:
        """Whether everybody is hung up on."""
        return self._closing

    @abstractmethod
    def converse(self, secure: ssl.SSLSocket, deadline: Deadline, address: str) -> None:
        """Hold a conversation, on a thread of its own, with whoever is at `address`.

        Raises:
            OSError: the line broke; TimeoutError among them.
        """

    def _serve(self, line: socket.socket, address: str) -> None:
        try:
            self._shake_hands(line, address)
        except OSError as error:  # TLS's errors and TimeoutError are OSErrors
            _log.info("%s: somebody was not answered: %s", self._name, error)
        finally:
            with self._lock:
                del self._open[line]
                self._workers.discard(threading.current_thread())
            line.close()

    def _shake_hands(self, line: socket.socket, address: str) -> None:
        deadline = Deadline(self._conversation_s)
        line.settimeout(deadline.left_s())
        # `line` stays ours to shut down: TLS speaks through a duplicate
        with self._context.wrap_socket(
            line.dup(), server_side=True, do_handshake_on_connect=False
        ) as secure:
            secure.settimeout(deadline.left_s())
            secure.do_handshake()
            self.converse(secure, deadline, address)


def _bound(host: str, port: int, *, backlog: int) -> socket.socket:
    if host:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=backlog)
    if socket.has_dualstack_ipv6():
        with contextlib.suppress(OSError):  # a PC may have IPv6 switched off
            return socket.create_server(
                ("", port), family=socket.AF_INET6, backlog=backlog, dualstack_ipv6=True
            )
    return socket.create_server(("", port), backlog=backlog)
