"""Words said aloud by the system's voice, where it has one: SAPI, speech-dispatcher, or macOS's.

Qt's module for it is not in the packages that Guichet needs; whoever installs `PySide6-Addons` of
the same version has it. Nothing here ever waits for a voice, and none is no error.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QLocale, QObject, Signal, Slot

if TYPE_CHECKING:
    from PySide6.QtTextToSpeech import QTextToSpeech

_SILENT: Final = "mock"  # Qt's own for tests: it says nothing

_log: Final = logging.getLogger(__name__)


class Speech(QObject):
    """The PC's voice.

    Signals:
        changed(): it speaks another set of languages; some voices need a moment to wake.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        """Make it mute; `open` looks for a voice."""
        super().__init__(parent)
        self._engine: QTextToSpeech | None = None
        self._locales: list[QLocale] = []

    def open(self) -> None:
        """Look for a voice; why there is none is logged once."""
        try:
            from PySide6.QtTextToSpeech import QTextToSpeech
        except ImportError as missing:
            _log.info("Nothing is said aloud: Qt's module for it isn't installed (%s)", missing)
            return
        engines = [each for each in QTextToSpeech.availableEngines() if each != _SILENT]
        if not engines:
            _log.info("Nothing is said aloud: this system has no voice that Qt knows")
            return
        self._engine = QTextToSpeech(engines[0], self)
        self._engine.stateChanged.connect(self._on_state_changed)
        self._read_voices()

    def speaks(self, language: str) -> bool:
        """Return whether there is a voice for a language, 'en', 'zh_CN' or 'zh_TW'."""
        return self._locale(language) is not None

    def say(self, text: str, language: str) -> None:
        """Say it now, instead of what is being said; nothing where no voice speaks `language`."""
        locale = self._locale(language)
        if self._engine is not None and locale is not None:
            self._engine.stop()
            if self._engine.locale() != locale:
                self._engine.setLocale(locale)
            self._engine.say(text)

    def is_speaking(self) -> bool:
        """Return whether something is being said."""
        engine = self._engine
        return engine is not None and engine.state() == type(engine).State.Speaking

    def stop(self) -> None:
        """Fall silent in the middle of a word."""
        if self._engine is not None:
            self._engine.stop()

    def _locale(self, language: str) -> QLocale | None:
        """The voice for a language: its own country's, else another's that is understood."""
        wanted = QLocale(language)
        fit = [each for each in self._locales if each.language() == wanted.language()]
        own = [each for each in fit if each.territory() == wanted.territory()]
        return next(iter(own or fit), None)

    def _read_voices(self) -> None:
        engine = self._engine
        if engine is None:
            return
        if engine.state() == type(engine).State.Error:
            _log.info("Nothing is said aloud: %s", engine.errorString())
            self._locales = []
        else:
            self._locales = engine.availableLocales()
        self.changed.emit()

    @Slot()
    def _on_state_changed(self) -> None:
        engine = self._engine
        if engine is not None and (not self._locales or engine.state() == type(engine).State.Error):
            self._read_voices()
