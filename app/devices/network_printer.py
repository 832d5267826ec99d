"""A receipt printer on the network: ESC/POS over TCP, port 9100.

It is asked for its state before anything is sent, so that nothing lies in it without paper, and
says when all has been printed. What is stopped in the middle is taken out of its memory: it must
not come out, minutes later, into somebody else's hands.
"""

from __future__ import annotations

import contextlib
import socket
from typing import Final

from app.devices.escpos import Paper, encode
from app.domain.errors import Unavailable
from app.domain.receipt import Receipt
from app.ports.printer import MayHavePrinted

_CONNECT_S: Final = 2.0
_STATUS_S: Final = 1.0
_LOOKS: Final = 10  # one second each, for a receipt to come out

# DLE EOT n, answered at once whatever the printer is doing
_OFFLINE_CAUSE: Final = b"\x10\x04\x02"
_PAPER: Final = b"\x10\x04\x04"
# GS r 1 waits behind what is being printed
_WHEN_PRINTED: Final = b"\x1dr\x01"
# DLE DC4 8: throw away what hasn't been printed
_CLEAR: Final = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"

_COVER_OPEN: Final = 0x04
_PAPER_STOP: Final = 0x20
_FAULT: Final = 0x40
_PAPER_OUT: Final = 0x60


class NetworkPrinter:
    """Implements app.ports.printer.Printer.

    Args:
        host: name or address.
        port: on which it takes what it prints.
        paper: what it prints on.
        tells_state: one that doesn't is sent everything blindly.
    """

    def __init__(self, host: str, port: int, paper: Paper, *, tells_state: bool = True) -> None:
        self._host, self._port = host, port
        self._paper = paper
        self._tells_state = tells_state

    def print(self, receipt: Receipt) -> None:
        content = encode(receipt, self._paper)
        with contextlib.closing(self._connected()) as line:
            if not self._tells_state:
                _send(line, content)
                return
            talk = _Talk(line)
            _check(talk)
            _send(line, content + _WHEN_PRINTED)
            _see_printed(talk)

    def look(self) -> None:
        """See whether it could print now; nothing is printed.

        Raises:
            Unavailable: printer_unreachable, printer_silent, printer_cover, printer_paper,
                printer_fault.
        """
        with contextlib.closing(self._connected()) as line:
            if self._tells_state:
                _check(_Talk(line))

    def _connected(self) -> socket.socket:
        try:
            return socket.create_connection((self._host, self._port), timeout=_CONNECT_S)
        except OSError as error:
            raise Unavailable("printer_unreachable", "The printer doesn't answer") from error


class _Talk:
    """The answers of a printer; that all has been printed may come between the others.

    Attributes:
        has_printed: it said so.
    """

    def __init__(self, line: socket.socket) -> None:
        self.line = line
        self.has_printed = False
        line.settimeout(_STATUS_S)

    def hear(self) -> int | None:
        """The next state, None for the word that all is printed. Raises OSError."""
        answer = self.line.recv(1)
        if not answer:
            raise ConnectionResetError("the printer hung up")
        if answer[0] & 0x93 == 0x12:  # the mark of an answer to DLE EOT
            return answer[0]
        self.has_printed = True
        return None

    def ask(self, question: bytes) -> int:
        """Ask for a state. Raises OSError."""
        self.line.sendall(question)
        while (state := self.hear()) is None:
            pass
        return state

    def trouble(self) -> str:
        """What stands in the way, '' for nothing. Raises OSError."""
        cause, paper = self.ask(_OFFLINE_CAUSE), self.ask(_PAPER)
        if cause & _COVER_OPEN:
            return "printer_cover"
        if cause & _PAPER_STOP or paper & _PAPER_OUT:
            return "printer_paper"
        return "printer_fault" if cause & _FAULT else ""


def _check(talk: _Talk) -> None:
    """Raises Unavailable: nothing has been sent that could be printed."""
    try:
        code = talk.trouble()
    except TimeoutError as error:
        raise Unavailable("printer_silent", "The printer doesn't tell its state") from error
    except OSError as error:
        raise Unavailable("printer_unreachable", "The printer doesn't answer") from error
    if code:
        raise Unavailable(code, "The printer can't print")


def _send(line: socket.socket, content: bytes) -> None:
    try:
        line.sendall(content)
    except OSError as error:
        raise MayHavePrinted("printer_unreachable") from error


def _see_printed(talk: _Talk) -> None:
    """Wait until all is out; what is stopped halfway is taken out of the printer's memory."""
    code = "printer_silent"
    try:
        for _ in range(_LOOKS):
            with contextlib.suppress(TimeoutError):
                talk.hear()
            code = "" if talk.has_printed else talk.trouble()
            if talk.has_printed:
                return
            if code:
                break
        talk.line.sendall(_CLEAR)
    except TimeoutError:
        code = "printer_silent"
    except OSError:
        code = "printer_unreachable"
    raise MayHavePrinted(code or "printer_silent")
