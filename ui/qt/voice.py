"""`guichet voice`: says aloud what comes on its standard input, in a process of its own.

Whoever asks a sound daemon that hangs is held up for good, with all of Python, and voices crash:
that must never be the counter. So this process speaks for it (`ui.qt.speech`), and ends itself when
a voice keeps it waiting.

A line each way is one JSON object. In: `{"say": TEXT, "as": LOCALE, "number": N}` and
`{"stop": true}`. Out: `{"locales": [LOCALE, …]}` once it can speak, `{"done": N}` when it has said
N or gave up on it, `{"why": REASON}` before it ends for want of a voice. A locale is named as by
`QLocale.name`.
"""

from __future__ import annotations

import faulthandler
import json
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QCoreApplication, QLocale, QObject, Slot

from ui.qt.relay import Relay

if TYPE_CHECKING:
    from PySide6.QtTextToSpeech import QTextToSpeech, QVoice

PATIENCE_S: Final = 10  # a sound daemon that has to be started first takes some of them
_SILENT: Final = "mock"  # Qt's own for tests: it says nothing
# What engines call by a code that Qt takes for no language, by a word of the voice's name
_NAMELESS: Final = {"Mandarin": "zh_CN"}


def main() -> int:
    """Speak until the input ends; returns the exit code, 0 also for want of a voice."""
    qt = QCoreApplication.instance() or QCoreApplication(["guichet"])
    try:
        voice = Voice()
    except VoiceMissing as missing:
        tell(why=str(missing))
        return 0
    lines = Relay()
    lines.arrived.connect(voice.take)
    threading.Thread(target=_listen, args=(lines,), daemon=True).start()
    return qt.exec()


class VoiceMissing(Exception):
    """There is nothing to speak with; the message says what is missing."""


class Voice(QObject):
    """The system's voice: SAPI, speech-dispatcher, or macOS's."""

    def __init__(self) -> None:
        """Find it, and tell what it speaks.

        Raises:
            VoiceMissing
        """
        super().__init__()
        try:
            from PySide6.QtTextToSpeech import QTextToSpeech
        except ImportError as missing:
            raise VoiceMissing(f"Qt's module for it isn't installed ({missing})") from missing
        self._states = QTextToSpeech.State
        self._number = 0  # of what is to be said
        self._speaking = 0  # of what is heard now
        self._nameless: dict[str, QVoice] = {}
        with _limited():
            engines = [each for each in QTextToSpeech.availableEngines() if each != _SILENT]
            if not engines:
                raise VoiceMissing("this system has no voice that Qt knows")
            self._engine: QTextToSpeech = QTextToSpeech(engines[0], self)
            self._engine.stateChanged.connect(self._on_state_changed)
            self._tell_locales()

    @Slot(object)
    def take(self, line: str | None) -> None:
        """Do what a line asks for; None ends the process."""
        if line is None:
            QCoreApplication.quit()
            return
        wanted = json.loads(line)
        with _limited():
            self._engine.stop()
            if "say" in wanted:
                self._number = wanted["number"]
                self._speak_as(wanted["as"])
                self._engine.say(wanted["say"])

    def _speak_as(self, name: str) -> None:
        if name in self._nameless:
            self._engine.setVoice(self._nameless[name])
        elif self._engine.locale() != QLocale(name):
            self._engine.setLocale(QLocale(name))

    def _tell_locales(self) -> None:
        """Tell them once they are known; some voices need a moment to wake."""
        if self._engine.state() == self._states.Error:
            return
        locales = self._engine.availableLocales()
        names = {each.name() for each in locales if each != QLocale.c()}
        if QLocale.c() in locales:
            self._engine.setLocale(QLocale.c())
            voices = sorted(self._engine.availableVoices(), key=lambda each: len(each.name()))
            for word, name in _NAMELESS.items():  # of its variants the plain one: the shortest
                fit = [each for each in voices if word in each.name()]
                if fit and name not in names:
                    self._nameless[name] = fit[0]
        tell(locales=sorted(names | self._nameless.keys()))

    @Slot()
    def _on_state_changed(self) -> None:
        state = self._engine.state()
        if state == self._states.Error:
            tell(why=self._engine.errorString())
            QCoreApplication.exit(1)
        elif state == self._states.Speaking:
            self._speaking = self._number
        elif self._speaking:
            tell(done=self._speaking)
            self._speaking = 0
        elif not self._number:
            self._tell_locales()


def tell(**said: Any) -> None:
    """Write one line of the output."""
    print(json.dumps(said), flush=True)


@contextmanager
def _limited() -> Iterator[None]:
    """End the process where a voice keeps it waiting: by a thread of C's, for Python waits too."""
    with open(os.devnull, "w") as nowhere:
        faulthandler.dump_traceback_later(PATIENCE_S, exit=True, file=nowhere)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()


def _listen(lines: Relay) -> None:
    for line in sys.stdin:
        lines.send(line)
    lines.send(None)
