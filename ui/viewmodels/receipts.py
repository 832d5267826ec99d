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
from ui.viewmodels.dialogue import Dialogue
from ui.viewmodels.said import Said
from ui.viewmodels.steps import Step

MOST: Final = 8  # they are chosen by one digit


class ReceiptsViewModel(QObject):
    """Receipts as of the last change.

    Signals:
        changed(): `view` differs.
    """

    changed = Signal()

    def __init__(
        self,
        runner: CommandRunner,
        queries: Queries,
        notifier: ChangeNotifier,
        dialogue: Dialogue,
        parent: QObject | None = None,
    ) -> None:
        """Read now and after each change; say in `dialogue` what a key did."""
        super().__init__(parent)
        self._runner, self._queries, self._dialogue = runner, queries, dialogue
        self.view: ReceiptsView = queries.receipts()
        notifier.changed.connect(self._on_changed)

    @property
    def items(self) -> tuple[ReceiptItem, ...]:
        """What the digits stand for: what waits for a person first."""
        view = self.view
        pending = {item.receipt_id for item in view.pending}
        rest = (item for item in view.recent if item.receipt_id not in pending)
        return (*view.pending, *rest)[:MOST]

    def press(self, letter: str) -> bool:
        """Print by digit, or take off by X what waits; return whether there is anything."""
        items, waiting = self.items, self.view.pending
        if letter == "X" and waiting:
            command = DismissReceipts(tuple(item.receipt_id for item in waiting))
            self._runner.run(command, lambda _: None, self._on_failed)
            return True
        if not letter.isdigit() or not 1 <= int(letter) <= len(items):
            return False
        receipt_id = items[int(letter) - 1].receipt_id
        self._runner.run(PrintReceipt(receipt_id), self._on_asked, self._on_failed)
        return True

    def _on_asked(self, result: None) -> None:
        self._dialogue.enter(Step.SERVE)
        self._dialogue.say(Said.message("positive", "printing"))

    def _on_failed(self, problem: GuichetError) -> None:
        self._dialogue.enter(Step.SERVE)
        self._dialogue.say(Said.refusal(problem))

    @Slot(object)
    def _on_changed(self, kinds: frozenset[ChangeKind]) -> None:
        if kinds & {ChangeKind.RECEIPTS, ChangeKind.ENCOUNTER, ChangeKind.SESSION}:
            view = self._queries.receipts()
            if view != self.view:
                self.view = view
                self.changed.emit()
