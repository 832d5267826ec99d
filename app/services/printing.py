"""The print queue: receipts come out after their commit, by themselves while they are fresh.

A receipt that didn't come out within a minute, or before the next customer, waits for a key: it
must not fall into somebody else's hands. One that was at the printer when the program died waits
too: only a person can tell whether it came out, and what is printed then says that it is a copy.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from app.domain.errors import GuichetError, Unavailable
from app.domain.receipt_words import Language
from app.ports.printer import MayHavePrinted, Printer
from app.ports.work import ReceiptRow, ReceiptState, Work, WorkReads
from app.services.context import Context
from app.services.receipts import document_of, is_undone

FRESH_MS: Final = 60_000
RETRY_S: Final = 2.0
KEPT_MS: Final = 14 * 86_400_000
_DAY_MS: Final = 86_400_000
_FEW: Final = 100
_CLOSE_S: Final = 3.0

_log: Final = logging.getLogger(__name__)


class PrintQueue:
    """Decides what is printed next and what becomes of it; `step` on one thread alone.

    Attributes:
        problem: code of what kept the last receipt from coming out, '' where it did.
    """

    def __init__(
        self,
        context: Context,
        printer: Printer,
        language: Language,
        announce: Callable[[], None],
    ) -> None:
        """Print on `printer`.

        Args:
            context: tells what receipts say.
            printer: used by `step`'s thread.
            language: for customers whose own isn't known.
            announce: called when something became of a receipt.
        """
        self._context = context
        self._printer = printer
        self._language = language
        self._announce = announce
        self._tidied_ms: int | None = None
        self.problem = ""

    def start(self) -> None:
        """After a start: whatever was at the printer then, a person has to look at."""
        for row in self._context.store.reads.receipts(("printing",), _FEW):
            self._move(row, "doubtful", "interrupted")

    def step(self) -> float | None:
        """Print the oldest receipt that is to come out, if there is one.

        Returns:
            Seconds until there may be more to do; None until somebody says so.

        Raises:
            Unavailable: disk_full, disk_error, closed …; to be tried again.
        """
        reads = self._context.store.reads
        row = next(iter(reads.receipts(("waiting", "asked"), 1)), None)
        if row is None:
            self._tidy()
            return None
        if is_undone(reads, row):
            self._move(row, "dismissed", "")
            return 0.0
        if row.state == "waiting" and not self._may_come_out(reads, row):
            self._move(row, "held", row.problem)
            return 0.0
        return self._print(row)

    def _may_come_out(self, reads: WorkReads, row: ReceiptRow) -> bool:
        """Whether its customer is still the one who stands there."""
        age_ms = self._context.clock.now_ms() - row.at_ms
        current = reads.open_encounter()
        is_next = current is not None and current.encounter_id != row.encounter_id
        return 0 <= age_ms < FRESH_MS and not is_next

    def _print(self, row: ReceiptRow) -> float:
        try:
            document = document_of(self._context, row, self._language)
        except Unavailable as error:
            return self._wait(row, error.code)
        # From here on a power cut leaves it in doubt, and never a second one unmarked
        at_printer = self._move(row, "printing", "", times=row.times + 1)
        if at_printer is None:
            return 0.0
        try:
            self._printer.print(document)
        except MayHavePrinted as stopped:
            self.problem = stopped.code
            self._move(at_printer, "doubtful", stopped.code)
        except Unavailable as error:
            return self._wait(at_printer, error.code, was=row)
        else:
            self.problem = ""
            self._move(at_printer, "printed", "")
        return 0.0

    def _wait(self, now: ReceiptRow, code: str, *, was: ReceiptRow | None = None) -> float:
        """Nothing came out: it is tried again soon, or at the next key."""
        before = was or now
        self.problem = code
        state: ReceiptState = "held" if before.state == "asked" else "waiting"
        self._move(now, state, code, times=before.times)
        return 0.0 if state == "held" else RETRY_S

    def _move(
        self, row: ReceiptRow, state: ReceiptState, problem: str, *, times: int | None = None
    ) -> ReceiptRow | None:
        """Write down what became of a receipt, unless a key has meanwhile; None then."""
        moved = replace(
            row, state=state, problem=problem, times=row.times if times is None else times
        )

        def unit(work: Work) -> bool:
            known = work.receipt(row.receipt_id)
            if known is None or known.state != row.state:
                return False
            work.save_receipt(moved)
            return True

        is_ours = self._context.store.run(unit)
        self._announce()
        return moved if is_ours else None

    def _tidy(self) -> None:
        now_ms = self._context.clock.now_ms()
        if self._tidied_ms is None or now_ms - self._tidied_ms >= _DAY_MS:
            self._tidied_ms = now_ms
            self._context.store.run(lambda work: work.forget_receipts(before_ms=now_ms - KEPT_MS))


class PrintRunner:
    """The queue's own thread: neither writer nor screen nor sync ever waits for a printer."""

    def __init__(self, queue: PrintQueue) -> None:
        self.queue = queue
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="guichet-print", daemon=True)

    def start(self) -> None:
        """See what was left at the printer, and let the thread run."""
        self.queue.start()
        self._thread.start()

    def wake(self) -> None:
        """There may be a receipt to print; on any thread."""
        self._wake.set()

    def stop(self) -> None:
        """End the thread; what a printer doesn't answer for is in doubt at the next start."""
        self._stopping = True
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join(_CLOSE_S)

    def _run(self) -> None:
        trouble = ""
        while not self._stopping:
            wait_s: float | None = RETRY_S
            try:
                wait_s = self.queue.step()
                trouble = ""
            except GuichetError as error:
                if error.code not in (trouble, "closed"):
                    trouble = error.code
                    _log.warning("receipts have to wait: %s", error.message)
            if wait_s != 0.0:
                self._wake.wait(wait_s)
                self._wake.clear()
