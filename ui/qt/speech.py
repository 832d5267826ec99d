"""Words said aloud by the system's voice, where it has one: by a process of its own, `ui.qt.voice`.

Nothing here ever waits for a voice, and none is no error.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QLocale, QObject, QProcess, QTimer, Signal, Slot

from ui.qt.itself import itself

AGAIN_MS: Final = 60_000  # after it ended by a fault: a sound daemon may be back
_LONGEST: Final = 1 << 16  # of what it may write, a line

_log: Final = logging.getLogger(__name__)


class Speech(QObject):
    """The PC's voice.

    Signals:
        changed(): it speaks another set of languages; some voices need a moment to wake.
    """

    changed = Signal()

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        command: Sequence[str] = (),
        again_ms: int = AGAIN_MS,
    ) -> None:
        """Make it mute; `open` looks for a voice.

        Args:
            parent: Qt's.
            command: what speaks, see `ui.qt.voice`; unless given, this program does.
            again_ms: how long a voice that failed is left alone.
        """
        super().__init__(parent)
        self._command = list(command)
        self._locales: list[QLocale] = []
        self._number, self._done = 0, 0  # of what was last to be said, and was
        self._process = QProcess(self)
        self._process.setStandardErrorFile(QProcess.nullDevice())
        self._process.readyReadStandardOutput.connect(self._on_told)
        self._process.finished.connect(self._on_ended)
        self._process.errorOccurred.connect(self._on_error)
        self._again = QTimer(self, interval=again_ms, singleShot=True)
        self._again.timeout.connect(self.open)

    @Slot()
    def open(self) -> None:
        """Look for a voice; why there is none is logged."""
        program, *arguments = self._command or itself("voice")
        self._process.start(program, arguments)

    def close(self) -> None:
        """Fall silent for good."""
        self._again.stop()
        self._process.blockSignals(True)
        self._process.kill()  # it may hang, and keeps nothing
        self._process.waitForFinished(1_000)

    def speaks(self, language: str) -> bool:
        """Return whether there is a voice for a language, 'en', 'zh_CN' or 'zh_TW'."""
        return self._locale(language) is not None

    def say(self, text: str, language: str) -> None:
        """Say it now, instead of what is being said; nothing where no voice speaks `language`."""
        locale = self._locale(language)
        if locale is not None:
            self._number += 1
            self._ask({"say": text, "as": locale.name(), "number": self._number})

    def is_speaking(self) -> bool:
        """Return whether something is being said."""
        return self._done < self._number

    def stop(self) -> None:
        """Fall silent in the middle of a word."""
        if self.is_speaking():
            self._done = self._number
            self._ask({"stop": True})

    def _ask(self, wanted: dict[str, Any]) -> None:
        self._process.write(json.dumps(wanted).encode() + b"\n")

    def _locale(self, language: str) -> QLocale | None:
        """The voice for a language: its own country's, else another's that is understood."""
        wanted = QLocale(language)
        fit = [each for each in self._locales if each.language() == wanted.language()]
        own = [each for each in fit if each.territory() == wanted.territory()]
        return next(iter(own or fit), None)

    @Slot()
    def _on_told(self) -> None:
        while self._process.canReadLine():
            line = bytes(self._process.readLine(_LONGEST).data())
            try:
                told = json.loads(line)
                if "locales" in told:
                    self._know([QLocale(each) for each in told["locales"]])
                self._done = max(self._done, told.get("done", 0))
                if "why" in told:
                    _log.info("Nothing is said aloud: %s", told["why"])
            except (ValueError, TypeError, AttributeError):  # a sound library that chats
                _log.info("Not understood of the voice: %r", line[:200])

    @Slot(int, QProcess.ExitStatus)
    def _on_ended(self, code: int, status: QProcess.ExitStatus) -> None:
        if code or status is QProcess.ExitStatus.CrashExit:
            _log.info("The voice ended by a fault (exit code %d); it is tried again later", code)
            self._again.start()
        self._know([])

    @Slot(QProcess.ProcessError)
    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            _log.info("Nothing is said aloud: %s", self._process.errorString())

    def _know(self, locales: list[QLocale]) -> None:
        self._done = self._number  # another voice doesn't go on with what one was saying
        if locales != self._locales:
            self._locales = locales
            self.changed.emit()
