"""Which language the program speaks; changed at run time, every open screen follows at once."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QCoreApplication, QLocale, QObject, QTranslator, Signal

LANGUAGES: Final = ("zh_CN", "en")
SOURCE: Final = "en"  # the language that stands in the source
FOLDER: Final = Path(__file__).resolve().parents[2] / "resources" / "translations"

translate = QCoreApplication.translate
"""(context, English): the text in the language in force. Linguist finds it by this name."""


def QT_TRANSLATE_NOOP(context: str, text: str) -> str:
    """Return `text` itself, marked for Linguist, which knows this name, to be translated later."""
    return text


class Language(QObject):
    """The language in force. Screens re-read their texts on `QEvent.LanguageChange`.

    Signals:
        changed(str): 'zh_CN' or 'en'; after the translator is in place.
    """

    changed = Signal(str)

    def __init__(self, parent: QObject | None = None, *, folder: Path = FOLDER) -> None:
        """Speak English, the language of the source, until `use`."""
        super().__init__(parent)
        self._folder = folder
        self._translator: QTranslator | None = None
        self._code = SOURCE

    @property
    def code(self) -> str:
        """The language in force."""
        return self._code

    def use(self, code: str) -> None:
        """Switch.

        Raises:
            ValueError: not one of `LANGUAGES`.
            FileNotFoundError: its compiled translation is missing (`./dev` makes it).
        """
        if code not in LANGUAGES:
            raise ValueError(f"no such language: {code!r}")
        translator = None if code == SOURCE else self._load(code)
        self._code = code
        QLocale.setDefault(QLocale(code))
        before, self._translator = self._translator, translator
        if before is not None:
            QCoreApplication.removeTranslator(before)
        if translator is not None:
            QCoreApplication.installTranslator(translator)
        self.changed.emit(code)

    def _load(self, code: str) -> QTranslator:
        file = self._folder / f"{code}.qm"
        translator = QTranslator(self)
        if not translator.load(str(file)):
            raise FileNotFoundError(file)
        return translator
