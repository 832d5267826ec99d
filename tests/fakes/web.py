"""Servers, proxies and portals on a port of their own, that answer as a test says."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

Answer = tuple[int, Mapping[str, str], bytes]


class Web:
    """An HTTP server.

    Attributes:
        port: where.
        asked: the request lines that it took.
    """

    def __init__(self, answer: Callable[[], Answer], chain: Path | None = None) -> None:
        web = self
        self.asked: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                web.asked.append(self.requestline)
                status, headers, body = answer()
                self.send_response_only(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)
                self.close_connection = True

            do_CONNECT = do_GET

            def log_message(self, format: str, *arguments: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: Any, client_address: Any) -> None:
                pass  # whoever calls hangs up in the middle

        self._server = Server(("127.0.0.1", 0), Handler)
        if chain is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(chain)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextlib.contextmanager
def web(answer: Answer | Callable[[], Answer], chain: Path | None = None) -> Iterator[Web]:
    """A server that answers every GET and CONNECT the same; over TLS with a chain."""
    said = answer if callable(answer) else lambda: answer
    server = Web(said, chain)
    try:
        yield server
    finally:
        server.close()


def challenge(server_ms: int) -> Answer:
    """What Guichet's server answers to whoever begins."""
    headers = {"Content-Type": "application/json", "Guichet-Protocol": "1"}
    return 200, headers, json.dumps({"nonce": "n", "server_ms": server_ms}).encode()


def page(text: str = "<h1>Welcome, guest</h1>") -> Answer:
    """A page for people."""
    return 200, {"Content-Type": "text/html; charset=utf-8"}, text.encode()


@contextlib.contextmanager
def mute() -> Iterator[int]:
    """A port that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@contextlib.contextmanager
def black_hole() -> Iterator[int]:
    """A port where not even a connection comes about: its queue is full."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port: int = listener.getsockname()[1]
        for _ in range(8):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
        yield port


@contextlib.contextmanager
def cutting() -> Iterator[int]:
    """A port whose connections are cut once something is said."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            with line:
                line.recv(1)
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
