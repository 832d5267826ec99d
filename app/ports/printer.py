"""What prints receipts; adapters are in app.devices and ui.qt, a fake in tests.fakes."""

from __future__ import annotations

from typing import Protocol

from app.domain.receipt import Receipt


class MayHavePrinted(Exception):
    """Something of the receipt, or all of it, may have come out: only a person can tell.

    Attributes:
        code: of what went wrong, as those of `Printer.print`.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Printer(Protocol):
    """One receipt printer; used by one thread."""

    def print(self, receipt: Receipt) -> None:
        """Print a receipt; on return it is out.

        Raises:
            Unavailable: nothing of it came out. printer_unreachable, printer_silent (it doesn't
                tell its state), printer_paper, printer_cover, printer_fault, printer_folder.
            MayHavePrinted: what came out nobody knows; no more of it will.
        """
