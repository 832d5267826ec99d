"""What changed a member's points, at the desk: beside the form, by letters and buttons."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout

from ui.qt.words import Words
from ui.screens import counter_statement, look
from ui.screens.look.roles import Role, Size, Space
from ui.viewmodels.statement import FORMS, SPANS, DeskStatement

_SCROLL: Final = {
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_PageUp: -5,
    Qt.Key.Key_PageDown: 5,
}


class StatementCard(look.Card):
    """A button for each letter; arrow keys scroll from any of them."""

    def __init__(self, statement: DeskStatement, words: Words) -> None:
        """Show `statement`."""
        super().__init__(spacing=Space.S)
        self._statement, self._words = statement, words
        self.note = look.Paragraph(size=Size.SMALL, ink=Role.MUTED)
        self.lines = look.EntryList(flush=True)
        self.lines.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.buttons = {letter: look.Button(key=letter) for letter in (*SPANS, *FORMS)}
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        for letter, button in self.buttons.items():
            button.clicked.connect(partial(self._on_pressed, letter))
            button.installEventFilter(self)
            row.addWidget(button)
        row.insertStretch(len(SPANS), 1)
        self.body.addWidget(self.note)
        self.body.addWidget(self.lines, 1)
        self.body.addLayout(row)

    def show_statement(self, name: str) -> None:
        """Show it as it stands; `name` is the member's, masked."""
        say, view = self._words.say, self._statement.view
        self.set_title(say("statement_of", name=name))
        self.note.setText(counter_statement.said_by(view))
        self.lines.empty.set_state("loader", say("statement_reading"))
        rows = [] if view is None else counter_statement.entries(view)
        if rows != self.lines.views():
            self.lines.set_entries(rows)
        for letter, button in self.buttons.items():
            button.setText(say(f"statement_{letter}"))
            in_force = SPANS.get(letter) == self._statement.days
            button.set_kind(look.Kind.PRIMARY if in_force else look.Kind.SECONDARY)
        for letter in FORMS:
            self.buttons[letter].setEnabled(view is not None)

    def focus_first(self) -> None:
        """Begin where the letters are taken."""
        self.buttons["Y"].setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take letters and arrows before a button walks on by the latter."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            key = Qt.Key(event.key())
            if key in _SCROLL:
                self.lines.scroll_rows(_SCROLL[key])
                return True
            letter = event.text().upper()
            if letter in self.buttons and not event.isAutoRepeat():
                self.buttons[letter].click()
                return True
        return super().eventFilter(watched, event)

    def _on_pressed(self, letter: str, checked: bool = False) -> None:
        self._statement.press(letter)
