"""A network that misbehaves: a TCP proxy between counters and the server, told how to fail.

While it fails, requests go through to the server as a rule and only what comes back is spoilt:
the server has committed what the counter must believe lost.
"""

from __future__ import annotations

import contextlib
import random
import socket
import threading
from typing import Literal

Fault = Literal["", "cut", "stalled", "deaf", "dripping", "truncated", "garbage", "html", "torn"]
"""What becomes of the traffic.

'': nothing. 'cut': connections reset, new ones too. 'stalled': everything is taken and nothing
handed on, either way, with connections open. 'deaf': requests arrive, answers don't.
'dripping': answers come byte by byte. 'truncated': an answer ends in the middle. 'garbage': random
bytes for an answer. 'html': a portal's page with status 200. 'torn': a request ends in the middle.
"""

_PIECE_BYTES = 64 * 1024
_DRIP_S = 0.2
_PAGE = b"<html><body>Welcome to the Airport Wi-Fi. Please accept our terms.</body></html>"
_HTML = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (
    len(_PAGE),
    _PAGE,
)


class FaultProxy:
    """Leads from a loopback port of its own to the server's.

    Attributes:
        fired: how often each fault met traffic.
    """

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._fault: Fault = ""
        self._changed = threading.Condition()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._closed = False
        self._random = random.Random(7)
        self.fired: dict[str, int] = {}
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._start(self._accept)

    def be(self, fault: Fault) -> None:
        """Fail like this from now on. Connections that stalled before never go on."""
        with self._changed:
            self._fault = fault
            if fault == "cut":
                for connection in self._open:
                    _reset(connection)
            self._changed.notify_all()

    def close(self) -> None:
        """End everything."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            for connection in self._open:
                _reset(connection)
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()

    def _start(self, target: object, *arguments: object) -> None:
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._meets("cut"):
                _reset(client)
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self._server_port), timeout=5)
            except OSError:
                _reset(client)
                continue
            server.settimeout(None)
            with self._changed:
                if self._closed:
                    _reset(client)
                    _reset(server)
                    return
                self._open |= {client, server}
                self._start(self._carry, client, server, self._spoil_request)
                self._start(self._carry, server, client, self._spoil_answer)

    def _meets(self, *faults: Fault) -> bool:
        if self._fault not in faults:
            return False
        self.fired[self._fault] = self.fired.get(self._fault, 0) + 1
        return True

    def _carry(self, source: socket.socket, target: socket.socket, spoil: object) -> None:
        try:
            while piece := source.recv(_PIECE_BYTES):
                if not spoil(target, piece):  # type: ignore[operator]
                    break
        except OSError:
            pass
        finally:
            for connection in (source, target):
                with self._changed:
                    self._open.discard(connection)
                _reset(connection)

    def _spoil_request(self, server: socket.socket, piece: bytes) -> bool:
        """Hand a piece of a request on, or not; returns whether the connection lives."""
        if self._meets("torn"):
            server.sendall(piece[: len(piece) // 2])
            return False
        if self._meets("stalled"):
            return self._hang()
        server.sendall(piece)
        return True

    def _spoil_answer(self, client: socket.socket, piece: bytes) -> bool:
        if self._meets("stalled", "deaf"):
            return self._hang()
        if self._meets("truncated"):
            client.sendall(piece[: self._random.randrange(1, len(piece))])
            return False
        if self._meets("garbage"):
            client.sendall(self._random.randbytes(len(piece)))
            return False
        if self._meets("html"):
            client.sendall(_HTML)
            return False
        if self._meets("dripping"):
            return self._drip(client, piece)
        client.sendall(piece)
        return True

    def _hang(self) -> bool:
        """Hold the connection open, and mute, until it is cut or everything ends."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._fault == "cut")
        return False

    def _drip(self, client: socket.socket, piece: bytes) -> bool:
        for number, byte in enumerate(piece):
            client.sendall(bytes([byte]))
            with self._changed:
                if self._changed.wait_for(lambda: self._fault != "dripping", _DRIP_S):
                    client.sendall(piece[number + 1 :])
                    break
        return True


def _reset(connection: socket.socket) -> None:
    """Close for good: a thread that waits in it wakes up."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
