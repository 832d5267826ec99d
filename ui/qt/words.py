"""The words of one window in a language of its own, whatever language the rest speaks.

The customer's panel speaks the customer's language while the clerk's screens keep theirs, so its
translator is asked directly and never installed in the application.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QLocale, QObject, QTranslator, Signal

from ui.qt.language import FOLDER


class Words(QObject):
    """Sentences by key, in the language in force.

    Signals:
        changed(): another language is in force.
    """

    changed = Signal()

    def __init__(
        self,
        context: str,
        sentences: Mapping[str, str],
        parent: QObject | None = None,
        *,
        folder: Path = FOLDER,
    ) -> None:
        """Speak English, the language of the source, until `use`.

        Args:
            context: Linguist's context and the translation files' stem: 'panel' reads
                'panel_zh_CN.qm'.
            sentences: English by key, with {blanks}.
            parent: Qt's.
            folder: where the compiled translations lie.
        """
        super().__init__(parent)
        self._context, self._sentences, self._folder = context, sentences, folder
        self._translator: QTranslator | None = None
        self._locale = QLocale("en")
        self._code = "en"
        self._own: Mapping[str, Mapping[str, str]] = {}

    @property
    def code(self) -> str:
        """The language in force: 'en', 'zh_CN', 'zh_TW'."""
        return self._code

    def use(self, code: str) -> None:
        """Switch.

        Raises:
            FileNotFoundError: its compiled translation is missing (`./dev` makes it).
        """
        translator = None
        if code != "en":
            path = self._folder / f"{self._context}_{code}.qm"
            translator = QTranslator(self)
            if not translator.load(str(path)):
                raise FileNotFoundError(path)
        if self._translator is not None:
            self._translator.deleteLater()
        self._translator, self._code, self._locale = translator, code, QLocale(code)
        self.changed.emit()

    def put(self, own: Mapping[str, Mapping[str, str]]) -> None:
        """Say these by language and key in place of the program's; they have no blanks."""
        if own != self._own:
            self._own = own
            self.changed.emit()

    def has(self, key: str) -> bool:
        """Return whether there is a sentence by this key."""
        return key in self._sentences or key in self._own.get(self._code, {})

    def say(self, key: str, /, **blanks: str | int) -> str:
        """Return a sentence with its blanks filled, whole numbers grouped as the language does.

        Raises:
            KeyError: no such sentence, or a blank is missing.
        """
        own = self._own.get(self._code, {}).get(key)
        if own is not None:
            return own
        english = self._sentences[key]
        said = self._translator.translate(self._context, english) if self._translator else english
        shown = {
            name: self._locale.toString(value) if isinstance(value, int) else value
            for name, value in blanks.items()
        }
        return (said or english).format_map(shown)
