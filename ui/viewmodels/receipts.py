"""This counter's receipts: what waits for a key, what could come out again, what is the matter."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, Signal, Slot

from app.domain.errors import GuichetError
from app.services.commands import DismissReceipts, PrintReceipt
from app.services.core import Queries
from app.services.views import ChangeKind, ReceiptItem, ReceiptsView
from ui.qt.change_notifier import ChangeNotifier
from ui.qt.command_runner import CommandRunner

MOST: Final = 8  # they are chosen by one digit


class ReceiptsViewModel(QObject):
    """Receipts as of the last change.

    Signals:
        changed(): `view` differs.
        printing(): one was sent to the printer again.
        failed(object): GuichetError.
    """

    changed = Signal()
    printing = Signal()
    failed = Signal(object)

    def __init__(
        self,
        runner: CommandRunner,
        queries: Queries,
        notifier: ChangeNotifier,
        parent: QObject | None = None,
    ) -> None:
        """Read now and after each change."""
        super().__init__(parent)
        self._runner, self._queries = runner, queries
        self.view: ReceiptsView = queries.receipts()
        notifier.changed.connect(self._on_changed)

    @property
    def items(self) -> tuple[ReceiptItem, ...]:
        """What the digits stand for: what waits for a person first."""
        view = self.view
        pending = {item.receipt_id for item in view.pending}
        rest = (item for item in view.recent if item.receipt_id not in pending)
        return (*view.pending, *rest)[:MOST]

    def print(self, digit: int) -> bool:
        """Let one come out; return whether there is one of this digit."""
        items = self.items
        if not 1 <= digit <= len(items):
            return False
        command = PrintReceipt(items[digit - 1].receipt_id)
        self._runner.run(command, lambda _: self.printing.emit(), self._on_failed)
        return True

    def dismiss(self) -> bool:
        """Nobody wants those that wait; return whether any did."""
        if not self.view.pending:
            return False
        command = DismissReceipts(tuple(item.receipt_id for item in self.view.pending))
        self._runner.run(command, lambda _: None, self._on_failed)
        return True

    def _on_failed(self, problem: GuichetError) -> None:
        self.failed.emit(problem)

    @Slot(object)
    def _on_changed(self, kinds: frozenset[ChangeKind]) -> None:
        if kinds & {ChangeKind.RECEIPTS, ChangeKind.ENCOUNTER, ChangeKind.SESSION}:
            view = self._queries.receipts()
            if view != self.view:
                self.view = view
                self.changed.emit()
