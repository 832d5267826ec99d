"""Whoever is told of low ratings outside of the house: a messenger's web hook, a mail server."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HERE = "127.0.0.1"


@dataclass
class Hook:
    """A web hook; `answers` are given in turn, the last one for ever: (status, body, headers)."""

    url: str = ""
    answers: list[tuple[int, bytes, dict[str, str]]] = field(
        default_factory=lambda: [(200, b"", {})]
    )
    bodies: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)


@contextmanager
def web_hook() -> Iterator[Hook]:
    """One on a free port."""
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            hook.bodies.append(json.loads(self.rfile.read(length)))
            hook.keys.append(self.headers["Idempotency-Key"])
            status, body, headers = hook.answers[0]
            if len(hook.answers) > 1:
                del hook.answers[0]
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer((HERE, 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        hook.url = f"http://{HERE}:{server.server_address[1]}/robot/send?key=SECRET"
        try:
            yield hook
        finally:
            server.shutdown()
            thread.join()


@dataclass
class Post:
    """A mail server; `refuses` answers so to every recipient."""

    port: int = 0
    refuses: bytes = b""
    messages: list[str] = field(default_factory=list)


@contextmanager
def mail_server() -> Iterator[Post]:
    """One on a free port, without TLS."""
    post = Post()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 here\r\n")
            while line := self.rfile.readline():
                verb = line.split()[0].upper()
                if verb == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    text = b""
                    while (part := self.rfile.readline()) != b".\r\n":
                        text += part
                    post.messages.append(text.decode())
                answer = b"250 fine"
                if verb == b"RCPT" and post.refuses:
                    answer = post.refuses
                self.wfile.write((b"221 bye" if verb == b"QUIT" else answer) + b"\r\n")
                if verb == b"QUIT":
                    return

    with socketserver.ThreadingTCPServer((HERE, 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        post.port = server.server_address[1]
        try:
            yield post
        finally:
            server.shutdown()
            thread.join()
