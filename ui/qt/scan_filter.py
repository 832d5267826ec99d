"""Tells a scanner from a typist by timing, before any widget sees a key.

A scanner types like a keyboard, only faster than any hand. Each character is held back for a
moment: if the next one doesn't follow at a scanner's pace it goes on to the widget it was meant
for, unchanged; if a whole burst and its Enter arrive, no widget hears of any of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Final

import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent, QWindow
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from app.domain.lean import dataclass
from ui.qt.key_clock import monotonic_ms

GAP_MS: Final = 30  # between two characters of a scan; a fast typist needs 60
MIN_CHARACTERS: Final = 6
PACE: Final = 0.75  # of a scan's gaps are no longer than GAP_MS, whatever the PC was doing
SURE_GAP_MS: Final = 120  # once it is surely a scanner, a hiccup of the PC doesn't split it
PASS_GAP_MS: Final = 500  # and once it is surely a boarding pass, hardly anything does
TAIL_MS: Final = 150  # CR LF and CR CR are one end of a scan
REPEAT_MS: Final = 150  # no keyboard repeats a key that was pressed later than this ago
MAX_CHARACTERS: Final = 4096  # a stuck key or a hostile code doesn't fill the memory
LATE_MS: Final = 15  # a timer that is later than this woke up in a program that stood still
LOOK_MS: Final = 8  # for keys that wait behind a timer in the queue
MAX_LOOKS: Final = 5

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
_PASS: Final = re.compile(r"M[1-9][ -~]{4}")
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
    """Characters let through together, and the line edit as it was without and with them."""

    edit: QLineEdit | None
    text_before: str
    cursor_before: int
    text_after: str
    characters: str
    times_ms: list[float]


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
        self._now_ms = now_ms or monotonic_ms
        self._held: list[_Held] = []
        self._let: list[_Let] = []  # what may turn out to be the beginning of a scan
        self._replaying = False
        self._seen: tuple[int, QObject] | None = None
        self._fresh: tuple[int, float] | None = None  # the key pressed last, and when
        self._ended_ms: float | None = None  # the last scan, as long as nothing else came
        self._due_ms = 0.0
        self._looks = 0
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
        times_ms = [key.at_ms for key in held]
        after = line.text() if line is not None else ""
        self._let.append(_Let(line, *before, after, characters, times_ms))

    def _take(self, watched: QObject, event: QKeyEvent) -> bool:
        if event.key() in _MODIFIERS:
            return False
        at_ms = self._time_of(event)
        is_repeat = self._is_repeat(event, at_ms)
        times = self._times()
        pause = abs(at_ms - times[-1]) if times else 0.0
        if pause > max(self._gap_ms(), SURE_GAP_MS):
            self.release()
            self._let.clear()
        elif pause > self._gap_ms():
            self.release()  # for now; the whole of it may be a scan yet
        if _is_end(event):
            return self._end(at_ms, is_repeat)
        self._ended_ms = None
        if is_repeat or not self._is_character(event):
            self.release()
            self._let.clear()
            return False
        if len(self._held) >= MAX_CHARACTERS:
            return True
        if len(self._let) >= MAX_CHARACTERS:
            self._let.clear()
        self._held.append(_Held(watched, event.clone(), at_ms))
        self._looks = 0
        self._wait(self._gap_ms() + 5)
        return True

    def _end(self, at_ms: float, is_repeat: bool) -> bool:
        text, times = self._text(), [*self._times(), at_ms]
        if not text and self._ended_ms is not None and at_ms - self._ended_ms <= TAIL_MS:
            self._ended_ms = at_ms
            return True
        self._ended_ms = None
        start = self._start(text, times)
        if self._is_scan(text[start:], times[start:]) and not is_repeat:
            self._timer.stop()
            self._held.clear()
            self._take_back(start)
            self._ended_ms = at_ms
            self.scanned.emit(Scan(text[start:].removeprefix(self._prefix)))
            return True
        self.release()
        self._let.clear()
        return False

    def _is_repeat(self, event: QKeyEvent, at_ms: float) -> bool:
        """Whether a key is held down. A double letter within a millisecond looks so to Qt too."""
        if not event.isAutoRepeat():
            self._fresh = (event.key(), at_ms)
            return False
        fresh = self._fresh
        return fresh is None or fresh[0] != event.key() or at_ms - fresh[1] > REPEAT_MS

    def _take_back(self, start: int) -> None:
        """Undo what went through before the burst was known for one (the PC was busy)."""
        let, self._let = self._let, []
        offset = 0
        first = None
        for piece in let:
            if first is None and offset + len(piece.characters) > start:
                first = piece
            offset += len(piece.characters)
        if first is None or first.edit is None or not shiboken6.isValid(first.edit):
            return
        if first.edit.text() == let[-1].text_after:
            first.edit.setText(first.text_before)
            first.edit.setCursorPosition(first.cursor_before)

    def _text(self) -> str:
        let = "".join(piece.characters for piece in self._let)
        return let + "".join(key.event.text() for key in self._held)

    def _times(self) -> list[float]:
        let = [at_ms for piece in self._let for at_ms in piece.times_ms]
        return let + [key.at_ms for key in self._held]

    def _start(self, text: str, times_ms: list[float]) -> int:
        """Return where a scan would begin, behind what a hand typed just before."""
        gaps = [abs(later - earlier) for earlier, later in pairwise(times_ms)]
        pauses = [index for index, gap in enumerate(gaps[: len(text) - 1], 1) if gap > GAP_MS]
        for start in (0, *pauses):
            burst = text[start:]
            marked = _PASS.match(burst) or self._is_prefixed(burst)
            if marked and self._is_scan(burst, times_ms[start:]):
                return start
        return next((index for index, gap in enumerate(gaps) if gap <= GAP_MS), 0)

    def _is_scan(self, text: str, times_ms: list[float]) -> bool:
        """Whether it came at a scanner's pace; a few gaps may be longer, for PCs stand still."""
        if self._is_prefixed(text):
            return True
        gaps = [abs(later - earlier) for earlier, later in pairwise(times_ms)]
        quick = sum(gap <= GAP_MS for gap in gaps)
        return len(text) >= MIN_CHARACTERS and quick >= PACE * len(gaps)

    def _gap_ms(self) -> int:
        text, times = self._text(), self._times()
        start = self._start(text, times)
        if not self._is_scan(text[start:], times[start:]):
            return GAP_MS
        return PASS_GAP_MS if _PASS.match(text, start) else SURE_GAP_MS

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
        return float(event.timestamp()) or monotonic_ms()

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

    def _wait(self, ms: int) -> None:
        self._due_ms = self._now_ms() + ms
        self._timer.start(ms)

    @Slot()
    def _on_timeout(self) -> None:
        """Let go what is held, unless more may be waiting in the queue behind this timer."""
        stood_still = self._now_ms() - self._due_ms > LATE_MS
        self._looks += 1
        if self._looks == 1 or (stood_still and self._looks <= MAX_LOOKS):
            self._wait(GAP_MS if stood_still else LOOK_MS)
        else:
            self.release()


def _is_end(event: QKeyEvent) -> bool:
    return event.key() in _ENTER or event.text() in ("\r", "\n")
