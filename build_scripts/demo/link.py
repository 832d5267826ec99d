"""A network, to the server or to the desk, as a cable that can be pulled and put back."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType
from typing import Final

_PIECE_BYTES: Final = 64 * 1024
_HOST: Final = "127.0.0.1"


class Link:
    """A TCP proxy on a loopback port of its own.

    While it is cut, connections are dropped at once and new ones refused, as on a PC whose switch
    has lost its power; the port stays ours, so that nobody else answers on it.
    """

    def __init__(self, server_port: int) -> None:
        """Lead to a port on this machine, where something may listen; connected from the start."""
        self._server_port = server_port
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._connected = False
        self._closed = False
        self._listener = self._bound(0)
        self.port: int = self._listener.getsockname()[1]
        self.restore()

    @property
    def connected(self) -> bool:
        """Whether the network is there."""
        return self._connected

    def restore(self) -> None:
        """Put the cable back; seats find out by themselves."""
        with self._lock:
            if self._connected or self._closed:
                return
            self._connected = True
            self._listener.listen(64)
            threading.Thread(
                target=self._accept, args=(self._listener,), name="link", daemon=True
            ).start()

    def cut(self) -> None:
        """Pull the cable."""
        with self._lock:
            if not self._connected:
                return
            self._connected = False
            _close(self._listener)
            for connection in self._open:
                _close(connection)
            self._open.clear()
            # Bound but not listening: connecting is refused
            self._listener = self._bound(self.port)

    def close(self) -> None:
        """End the proxy."""
        self.cut()
        with self._lock:
            self._closed = True
            self._listener.close()

    def __enter__(self) -> Link:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @staticmethod
    def _bound(port: int) -> socket.socket:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((_HOST, port))
        return listener

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:  # cut
                return
            try:
                server = socket.create_connection((_HOST, self._server_port), timeout=5)
            except OSError:  # the server is down: as good as no answer
                _close(client)
                continue
            for end in (client, server):
                end.settimeout(None)
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                if not self._connected:
                    _close(client)
                    _close(server)
                    return
                self._open |= {client, server}
            for source, target in ((client, server), (server, client)):
                threading.Thread(
                    target=self._pump, args=(source, target), name="link", daemon=True
                ).start()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while piece := source.recv(_PIECE_BYTES):
                target.sendall(piece)
        except OSError:  # either end is gone
            pass
        finally:
            with self._lock:
                self._open -= {source, target}
            _close(source)
            _close(target)


def free_port() -> int:
    """Return a port of this machine that nobody listens at just now."""
    with socket.socket() as tried:
        tried.bind((_HOST, 0))
        port: int = tried.getsockname()[1]
        return port


def _close(connection: socket.socket) -> None:
    """Close for good: a thread that waits in it wakes up."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
