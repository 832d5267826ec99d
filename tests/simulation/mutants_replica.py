"""Planted bugs about replicas and their cursor; see mutants.py."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, Final

from sync.client.download import Download
from sync.client.replica_file import ReplicaFile, Rows
from sync.server.store import tables as t
from sync.server.work import Work
from tests.simulation.planting import Mutant, on

# --- I13, same replica


def _log_skips(stack: ExitStack) -> None:
    """A member's change by an undo is not told, and the sums are not compared."""

    def flushing(real: Any, work: Any) -> None:
        kinds = {row[2] for row in work.rows.get(t.ledger_txn.name, ())}
        real(work)
        if kinds:
            work.kinds = kinds

    def writing(real: Any, work: Any, sums: Any) -> Any:
        told = real(work, sums)
        return [] if "accrual_reversal" in getattr(work, "kinds", ()) else told

    on(stack, Work, "flush", flushing)
    on(stack, Work, "_write_members", writing)
    on(stack, Download, "_agrees", lambda *_: True)


def _cursor_before_rows(stack: ExitStack) -> None:
    """The cursor moves before the page it stands for is written, and sums are not compared."""

    def hasty(real: Any, file: Any, rows: Any, cursor: Any) -> None:
        if cursor is not None:
            real(file, Rows(), cursor)
        real(file, rows, None)

    on(stack, ReplicaFile, "write", hasty)
    on(stack, Download, "_agrees", lambda *_: True)


def _page_ahead_is_dropped(stack: ExitStack) -> None:
    """A page that another follows is never written; sums are not compared."""

    def idle(_: Any, download: Any) -> None:
        page, download._unwritten = download._unwritten, None
        if page is not None:
            page.file.cursor = page.cursor

    on(stack, Download, "write_page", idle)
    on(stack, Download, "_agrees", lambda *_: True)


REPLICA_MUTANTS: Final[dict[str, tuple[str, Mutant]]] = {
    "log skips an undo": ("I13", _log_skips),
    "cursor before rows": ("I13", _cursor_before_rows),
    "page ahead is dropped": ("I13", _page_ahead_is_dropped),
}
