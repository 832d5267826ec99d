"""Printers for tests: one in memory, and one that speaks ESC/POS over a socket, paper and all."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from app.domain.receipt import Receipt

END = b"\x1dr\x01"  # GS r 1
CLEAR = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"


@dataclass
class MemoryPrinter:
    """Keeps what it printed; `fails` is raised instead, after `during` was called."""

    printed: list[Receipt] = field(default_factory=list)
    fails: Exception | None = None
    during: Callable[[], None] = lambda: None

    def print(self, receipt: Receipt) -> None:
        self.during()
        if self.fails is not None:
            raise self.fails
        self.printed.append(receipt)


class SocketPrinter:
    """A receipt printer on a port of its own.

    Attributes:
        papers: each receipt that came out whole, as the bytes between initialising and cutting.
        has_paper: without it, it says so, prints nothing and keeps what it was sent.
        runs_out_after: so many bytes of a receipt come out, then the paper is at its end.
        silent: it answers nothing.
        buffer: sent and not printed.
    """

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.papers: list[bytes] = []
        self.has_paper = True
        self.is_open = False
        self.runs_out_after: int | None = None
        self.silent = False
        self.buffer = b""
        self.came_out = threading.Event()
        self._mechanism = threading.Lock()  # nobody changes paper while it is at something
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        with contextlib.suppress(OSError):  # closed before
            # else a thread in `accept` takes one more call
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def reload(self) -> None:
        """New paper: what was left in the buffer would come out now."""
        with self._mechanism:
            self.has_paper, self.runs_out_after = True, None

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            with line:
                self._talk(line)

    def _talk(self, line: socket.socket) -> None:
        while True:
            try:
                data = line.recv(65_536)
            except OSError:
                return
            if not data:
                return
            with self._mechanism:
                self._take(line, data)

    def _take(self, line: socket.socket, data: bytes) -> None:
        data = self.buffer + data
        if CLEAR in data:
            self.buffer = b""
            return
        if not self.silent:
            for question, answer in (
                (b"\x10\x04\x02", self._cause()),
                (b"\x10\x04\x04", self._paper()),
            ):
                if question in data:
                    data = data.replace(question, b"")
                    line.sendall(bytes([answer]))
        self.buffer = data
        if self.runs_out_after is not None and len(data) > self.runs_out_after:
            self.has_paper = False
        if not self.has_paper or self.is_open:
            return
        if END in data:
            paper, _, self.buffer = data.partition(END)
            self.papers.append(paper)
            if not self.silent:
                line.sendall(b"\x00")
            self.came_out.set()
        elif data.endswith(b"\x1dVB\x00"):
            self.papers.append(data)
            self.buffer = b""
            self.came_out.set()

    def _cause(self) -> int:
        return 0x12 | (0x20 if not self.has_paper else 0) | (0x04 if self.is_open else 0)

    def _paper(self) -> int:
        return 0x12 | (0x60 if not self.has_paper else 0)


def readable(paper: bytes) -> str:
    """The text on a paper printed in GB 18030, commands and images left out."""
    text, rest = b"", paper
    while rest:
        if rest[:3] == b"\x1dv0":
            width, height = int.from_bytes(rest[4:6], "little"), int.from_bytes(rest[6:8], "little")
            text, rest = text + b"[QR]\n", rest[8 + width * height :]
        elif rest[:1] in (b"\x1b", b"\x1d", b"\x1c"):
            two = rest[:2] in (b"\x1b@", b"\x1c&", b"\x1c.")
            rest = rest[2 if two else 4 if rest[:3] == b"\x1dVB" else 3 :]
        else:
            text, rest = text + rest[:1], rest[1:]
    return text.decode("gb18030")
