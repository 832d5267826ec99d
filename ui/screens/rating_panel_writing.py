"""What the customer writes: a few words, or a number to call."""

from __future__ import annotations

from PySide6.QtCore import QSize, Slot
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout

from ui.qt.words import Words
from ui.screens import look
from ui.screens.look.roles import Role, Size, Space
from ui.screens.rating_panel_keyboard import PanelKeyboard
from ui.screens.rating_panel_pages import Aloud, Headline, PanelPage, is_tight, letter_scale
from ui.viewmodels.rating_panel import RatingPanelViewModel
from ui.viewmodels.rating_panel_pages import Page


class WritingPage(PanelPage):
    """What is written, and the panel's own keyboard."""

    def __init__(self, panel: RatingPanelViewModel, words: Words) -> None:
        """Make it empty."""
        super().__init__(panel, words)
        self.title = Headline(size=Size.TITLE, bold=True)
        self.hint = Headline(ink=Role.MUTED)
        self.paper = QFrame()
        self.paper.setProperty("look", "search")
        self.paper.setProperty("focused", "true")
        self.text = Headline(size=Size.TITLE)
        self.text.setObjectName("written")
        self._margins = paper = QVBoxLayout(self.paper)
        paper.addWidget(self.text)
        paper.addStretch(1)
        self.keyboard = PanelKeyboard(words)
        self.done = look.TouchButton(kind=look.Kind.PRIMARY, icon="check")
        self.done.setObjectName("written_done")
        self.done.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.keyboard.controls.addWidget(self.done, 10)
        self.is_bare = False
        self.column.setSpacing(Space.S)
        self.column.addWidget(self.title)
        self.column.addWidget(self.hint)
        self.column.addWidget(self.paper, 4)
        self.column.addStretch(1)
        self.column.addWidget(self.keyboard)
        self.keyboard.typed.connect(self._on_typed)
        self.keyboard.deleted.connect(self._on_deleted)
        self.done.clicked.connect(panel.stop_writing)

    def aloud(self, how: Aloud) -> list[str]:
        """Return what may be written; what is written is the customer's alone."""
        if how is Aloud.BY_ITSELF:
            return []  # only who is dissatisfied is asked for a number
        return [self.title.text(), self.hint.text()]

    def begin(self) -> None:
        """Start on letters for words, on digits for a number."""
        self.keyboard.use_digits(self._panel.page is Page.PHONE)

    def arrange(self, size: QSize) -> None:
        """Make the keys as tall as there is room for."""
        grown = letter_scale(size, self.screen())
        self.title.set_size(self.letters(Size.TITLE, size))
        self.hint.set_size(self.letters(Size.BODY, size))
        self.text.set_size(self.letters(Size.TITLE, size))
        least = self.done.least_px()
        rows = self.keyboard.rows(size.width())
        tight, tall = is_tight(size, self.screen()), size.width() < size.height()
        self.is_bare = tight
        if tight and tall:
            grown *= 0.85  # five keys in the lowest row
        around = Space.XS if self.is_bare else Space.S
        self._margins.setContentsMargins(Space.L, around, Space.L, around)
        for said in (self.title, self.hint):
            said.setVisible(bool(said.text()) and not self.is_bare)
        room = size.height() - round((1 if self.is_bare else 3) * 56 * grown)
        key = max(
            least, min(room // rows - Space.XS, look.panel_size(round(88 * grown), self.screen()))
        )
        self.keyboard.fit(size.width(), key, grown)
        self.paper.setMaximumHeight(look.panel_size(round(240 * grown), self.screen()))
        self.done.setFixedHeight(key)
        self.done.grow(grown)

    def refresh(self) -> None:
        """Show what has been written so far, with a mark where the next letter goes."""
        panel, say = self._panel, self._words.say
        phone = panel.page is Page.PHONE
        self.title.setText(say("phone_title" if phone else "comment_title"))
        hint = ""
        if phone and panel.is_member:
            hint = say("phone_hint")
        elif not phone and self._words.code != "en":
            hint = say("letters_hint")
        self.hint.setText(hint)
        written = self._written()[-160:] + "▏"
        asked = self.is_bare and not self._written()  # with no room for it above the paper
        self.text.set_ink(Role.MUTED if asked else Role.TEXT)
        self.text.setText(self.title.text() if asked else written)
        self.done.setText(say("done"))
        self.keyboard.retranslate()

    def _written(self) -> str:
        return (
            self._panel.answer.phone
            if self._panel.page is Page.PHONE
            else self._panel.answer.comment
        )

    @Slot(str)
    def _on_typed(self, character: str) -> None:
        self._panel.set_text(self._written() + character)

    @Slot()
    def _on_deleted(self) -> None:
        self._panel.set_text(self._written()[:-1])
