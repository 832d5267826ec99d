"""Tells a scanner from a typist by timing, before any widget sees a key.

A scanner types like a keyboard, only faster than any hand. Each character is held back for a
moment: if the next one doesn't follow at a scanner's pace it goes on to the widget it was meant
for, unchanged; if a whole burst and its Enter arrive, no widget hears of any of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent, QWindow
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

GAP_MS: Final = 30  # between two characters of a scan; a fast typist needs 60
MIN_CHARACTERS: Final = 6
SURE_GAP_MS: Final = 120  # once it is surely a scanner, a hiccup of the PC doesn't split it
MAX_CHARACTERS: Final = 4096  # a stuck key or a hostile code doesn't fill the memory

_ENTER: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_MODIFIERS: Final = (
    Qt.Key.Key_Shift,
    Qt.Key.Key_Control,
    Qt.Key.Key_Alt,
    Qt.Key.Key_AltGr,
    Qt.Key.Key_Meta,
    Qt.Key.Key_CapsLock,
    Qt.Key.Key_NumLock,
)
_COMMANDS: Final = (
    Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.AltModifier
    | Qt.KeyboardModifier.MetaModifier
)


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scanner read, without its prefix and its Enter."""

    text: str


@dataclass(slots=True)
class _Held:
    target: QObject
    event: QKeyEvent
    at_ms: float


@dataclass(slots=True)
class _Let:
    """Characters let through just before, and the line edit as it was without them."""

    edit: QLineEdit | None
    text_before: str
    cursor_before: int
    text_after: str
    characters: str
    at_ms: float


class ScanFilter(QObject):
    """An application-wide event filter for scanners that type.

    Signals:
        scanned(object): Scan, once its Enter came; on the GUI thread.
    """

    scanned = Signal(object)

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        prefix: str = "",
        now_ms: Callable[[], float] | None = None,
    ) -> None:
        """Make a filter; `install` switches it on.

        Args:
            parent: Qt's.
            prefix: one character the scanners were set to send first ('' for none): what
                follows it is a scan at any length.
            now_ms: a monotonic clock in milliseconds, for tests. By default the keys' own
                times count, which stay true while the program is busy.
        """
        super().__init__(parent)
        self._prefix = prefix
        self._clock = now_ms
        self._held: list[_Held] = []
        self._let: _Let | None = None
        self._replaying = False
        self._seen: tuple[int, QObject] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_timeout)

    def install(self) -> None:
        """Watch the whole application."""
        app = QCoreApplication.instance()
        assert app is not None
        app.installEventFilter(self)

    def remove(self) -> None:
        """Stop watching; what is held goes to where it was meant."""
        self.release()
        app = QCoreApplication.instance()
        if app is not None:
            app.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hold back what may be a scan."""
        kind = event.type()
        if self._replaying:
            return False
        if kind == QEvent.Type.MouseButtonPress and self._held:
            self.release()
        elif kind == QEvent.Type.KeyRelease:
            self._seen = None
        elif (
            kind == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and isinstance(watched, (QWidget, QWindow))
            and not self._seen_before(watched, event)
        ):
            return self._take(watched, event)
        return False

    @Slot()
    def release(self) -> None:
        """Let what is held go on to where it was meant, in order."""
        self._timer.stop()
        held, self._held = self._held, []
        if not held:
            return
        edit = QApplication.focusWidget()
        before = (edit.text(), edit.cursorPosition()) if isinstance(edit, QLineEdit) else ("", 0)
        self._replaying = True
        try:
            for key in held:
                if shiboken6.isValid(key.target):
                    QCoreApplication.sendEvent(key.target, key.event)
        finally:
            self._replaying = False
        line = edit if isinstance(edit, QLineEdit) and shiboken6.isValid(edit) else None
        characters = "".join(key.event.text() for key in held)
        after = line.text() if line is not None else ""
        if self._let is not None:  # let through in pieces: take back to before the first
            before = (self._let.text_before, self._let.cursor_before)
            characters = self._let.characters + characters
        self._let = _Let(line, *before, after, characters, held[-1].at_ms)

    def _take(self, watched: QObject, event: QKeyEvent) -> bool:
        if event.key() in _MODIFIERS:
            return False
        at_ms = self._time_of(event)
        if self._held and at_ms - self._held[-1].at_ms > self._gap_ms():
            self.release()
            self._let = None
        if event.key() in _ENTER:
            return self._end(at_ms, event)
        if not self._is_character(event) or event.isAutoRepeat():
            self.release()
            self._let = None
            return False
        if self._let is not None and not self._held and at_ms - self._let.at_ms > GAP_MS:
            self._let = None
        if len(self._held) >= MAX_CHARACTERS:
            return True
        self._held.append(_Held(watched, event.clone(), at_ms))
        self._timer.start(self._gap_ms() + 5)
        return True

    def _end(self, at_ms: float, event: QKeyEvent) -> bool:
        text = self._text()
        sure = self._is_prefixed(text) or len(text) >= MIN_CHARACTERS
        if self._held and sure and not event.isAutoRepeat():
            self._timer.stop()
            self._held.clear()
            self._take_back()
            self.scanned.emit(Scan(text.removeprefix(self._prefix)))
            return True
        self.release()
        self._let = None
        return False

    def _take_back(self) -> None:
        """Undo what went through before the burst was known for one (the PC was busy)."""
        let, self._let = self._let, None
        if let is None or let.edit is None or not shiboken6.isValid(let.edit):
            return
        if let.edit.text() == let.text_after:
            let.edit.setText(let.text_before)
            let.edit.setCursorPosition(let.cursor_before)

    def _text(self) -> str:
        held = "".join(key.event.text() for key in self._held)
        return (self._let.characters if self._let else "") + held

    def _gap_ms(self) -> int:
        text = self._text()
        sure = len(text) >= MIN_CHARACTERS or self._is_prefixed(text)
        return SURE_GAP_MS if sure else GAP_MS

    def _is_prefixed(self, text: str) -> bool:
        return bool(self._prefix) and text.startswith(self._prefix)

    def _is_character(self, event: QKeyEvent) -> bool:
        text = event.text()
        if not text:
            return False
        if len(self._held) >= MIN_CHARACTERS:
            return True  # scanners send separators as Ctrl+letter
        return not event.modifiers() & _COMMANDS and text.isprintable()

    def _time_of(self, event: QKeyEvent) -> float:
        if self._clock is not None:
            return self._clock()
        return float(event.timestamp()) or time.monotonic() * 1000

    def _seen_before(self, watched: QObject, event: QKeyEvent) -> bool:
        """Whether this is the same key on its way from the window to its widget or upwards."""
        pointer = shiboken6.getCppPointer(event)[0]
        before, self._seen = self._seen, (pointer, watched)
        if before is None or before[0] != pointer or not shiboken6.isValid(before[1]):
            return False
        if isinstance(before[1], QWindow):
            return isinstance(watched, QWidget)
        below = before[1]
        return (
            isinstance(watched, QWidget)
            and isinstance(below, QWidget)
            and watched is not below
            and watched.isAncestorOf(below)
        )

    @Slot()
    def _on_timeout(self) -> None:
        self.release()
