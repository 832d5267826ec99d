"""The one screen of a seat that has gone blind: why, what is kept, and what to do."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.qt.words import Words
from ui.screens import look
from ui.viewmodels.blind_words import BLIND, LANGUAGES, STEPS

REASONS: Final = frozenset({"revoked", "out_of_contact"})
WIDTH_PX: Final = 640


class BlindScreen(QWidget):
    """Says it in one language; `next_language` takes the next, for whoever comes to help.

    Attributes:
        words: the sentences, in the language in force.
    """

    def __init__(self, reason: str, folder: str, language: str) -> None:
        """Say why, one of `REASONS`, in a language of `LANGUAGES`."""
        super().__init__()
        self.setProperty("look", "surface")
        self._reason, self._folder = reason, folder
        self.words = Words("blind", BLIND, self)
        self._title = look.Paragraph(size=look.Size.TITLE, bold=True)
        self._meaning = look.Paragraph()
        self._kept = look.Paragraph()
        self._steps = [look.Paragraph() for _ in STEPS]
        self._where = look.Paragraph(size=look.Size.SMALL, ink=look.Role.MUTED)
        card = look.Card(spacing=look.Space.L, margin=look.Space.XXL)
        card.setFixedWidth(WIDTH_PX)
        card.body.addWidget(look.Icon("lock", look.Role.CRITICAL, 32))
        for paragraph in (self._title, self._meaning, self._kept, *self._steps, self._where):
            card.body.addWidget(paragraph)
        row = QHBoxLayout()  # stretches, not an alignment: that would ignore height for width
        row.addStretch(1)
        row.addWidget(card)
        row.addStretch(1)
        middle = QVBoxLayout(self)
        middle.addStretch(2)
        middle.addLayout(row)
        middle.addStretch(3)
        self.words.changed.connect(self.retranslate)
        self.words.use(language)

    def said(self) -> list[str]:
        """Return the sentences that stand on the screen, from above."""
        return [
            paragraph.text()
            for paragraph in (self._title, self._meaning, self._kept, *self._steps, self._where)
        ]

    def next_language(self) -> None:
        """Say it in another language."""
        here = LANGUAGES.index(self.words.code)
        self.words.use(LANGUAGES[(here + 1) % len(LANGUAGES)])

    def retranslate(self) -> None:
        """Say it in the language in force."""
        say = self.words.say
        self._title.setText(say(self._reason))
        self._meaning.setText(say("what_it_means"))
        self._kept.setText(say("what_is_kept"))
        for number, (paragraph, key) in enumerate(zip(self._steps, STEPS, strict=True), start=1):
            paragraph.setText(f"{number}. {say(key)}")
        self._where.setText(say("folder", folder=self._folder))
        self.setAccessibleName(" ".join(self.said()))


def system_language() -> str:
    """Return which of `LANGUAGES` this PC speaks."""
    locale = QLocale.system()
    if locale.language() != QLocale.Language.Chinese:
        return "en"
    traditional = locale.script() == QLocale.Script.TraditionalChineseScript
    return "zh_TW" if traditional else "zh_CN"
