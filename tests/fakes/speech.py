"""Voices that make no sound: one of nothing, one that writes down what it says."""

from __future__ import annotations

from PySide6.QtCore import QObject

from ui.qt.speech import Speech


class MuteSpeech(Speech):
    """Starts nothing, as where a PC has no voice.

    Attributes:
        state: '', 'open' or 'closed'.
    """

    state = ""

    def open(self) -> None:
        self.state = "open"

    def close(self) -> None:
        self.state = "closed"


class WrittenSpeech(Speech):
    """Speaks these languages, and goes on speaking until it is stopped."""

    def __init__(self, *languages: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.languages = set(languages or ("en", "zh_CN", "zh_TW"))
        self.said: list[tuple[str, str]] = []
        self.speaking = False

    def open(self) -> None:
        self.changed.emit()

    def speaks(self, language: str) -> bool:
        return language in self.languages

    def say(self, text: str, language: str) -> None:
        assert language in self.languages
        self.said.append((language, text))
        self.speaking = True

    def is_speaking(self) -> bool:
        return self.speaking

    def stop(self) -> None:
        self.speaking = False

    def take(self) -> str:
        """Return all that was said since, and forget it."""
        said = " | ".join(text for _, text in self.said)
        self.said.clear()
        return said
