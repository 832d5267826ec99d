"""Whom a form of the desk is about: one field, who it means, and who was chosen."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.qt.words import Words
from ui.screens import counter_lists, look
from ui.screens.look.roles import Space
from ui.viewmodels.member_finder import MemberFinderViewModel

_RESULTS_PX: Final = 220


class MemberFinder(QWidget):
    """Arrow keys walk through those found; Enter and Tab take who is marked.

    Signals:
        passed(): it is known whom it is about, and the form goes on.
    """

    passed = Signal()

    def __init__(self, finder: MemberFinderViewModel, words: Words) -> None:
        """Show `finder`."""
        super().__init__()
        self._finder, self._words = finder, words
        self.field = look.FormField("")
        self.results = look.ResultList()
        self.results.setFixedHeight(_RESULTS_PX)
        self.results.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.chosen = look.Text(bold=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.M)
        for part in (self.field, self.results, self.chosen):
            column.addWidget(part)
        self.setFocusProxy(self.field)
        self.field.text_changed.connect(finder.search)
        self.field.submitted.connect(self._on_entered)
        self.field.editor.installEventFilter(self)
        self.results.chosen.connect(self._on_chosen)
        finder.emptied.connect(self._on_emptied)

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        self.field.set_label(self._words.say("adjust_member"))
        self.results.empty.set_state("search-x", self._words.say("adjust_nobody"))

    def show_member(self, who: str) -> None:
        """Show who is found or chosen; `who` says the latter in the form's words."""
        typed, is_chosen = self.field.text(), self._finder.member_id is not None
        results = counter_lists.results(typed, self._finder.found)
        if results != self.results.views():
            self.results.set_results(results)
            height = self.results.rows_height() if results else _RESULTS_PX
            self.results.setFixedHeight(min(height, _RESULTS_PX))
        self.results.setVisible(bool(typed.strip()) and not is_chosen)
        self.chosen.setText(who)
        self.chosen.setVisible(is_chosen)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let arrow keys walk through those found, and Tab take who is marked, as Enter does."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Tab and self.results.isVisible():
                if not self.results.current_id():
                    return False
                self._on_entered()
                return True
            rows = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if rows is not None and self.results.isVisible():
                self.results.step(rows)
                return True
        return super().eventFilter(watched, event)

    @Slot()
    def _on_entered(self) -> None:
        if self._finder.member_id is not None:
            self.passed.emit()
        elif self.results.current_id():
            self._on_chosen(self.results.current_id())

    @Slot(str)
    def _on_chosen(self, member_id: str) -> None:
        self._finder.choose(UUID(member_id))
        self.passed.emit()

    @Slot()
    def _on_emptied(self) -> None:
        with QSignalBlocker(self.field):  # emptying asks for nobody
            self.field.set_text("")
