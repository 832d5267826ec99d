"""Hands at a seat: keys, a scanner and a finger, as events of the window system.

Nothing is handed to a widget: keys go to whichever window has the focus, a finger to a place on a
window, so that the program's own filters, shortcuts and focus decide what comes of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast

from PySide6.QtCore import QCoreApplication, QElapsedTimer, QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QInputDevice, QInputMethodEvent, QKeyEvent, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

TYPING_MS: Final = 45  # between two keys of a quick typist
SCANNING_MS: Final = 5  # between two characters of a scanner

_KEYS: Final = {
    "Enter": Qt.Key.Key_Return,
    "Esc": Qt.Key.Key_Escape,
    "Tab": Qt.Key.Key_Tab,
    "Up": Qt.Key.Key_Up,
    "Down": Qt.Key.Key_Down,
    "Home": Qt.Key.Key_Home,
    **{f"F{n}": getattr(Qt.Key, f"Key_F{n}") for n in range(1, 13)},
}


class NoFocus(Exception):
    """No window of the program has the focus, so no key would arrive anywhere."""


@dataclass(slots=True)
class Counted:
    """Events sent since the last `take`."""

    keys: int = 0
    scans: int = 0
    mouse: int = 0

    def take(self) -> dict[str, int]:
        """Return what was counted, and begin anew."""
        taken = {"keys": self.keys, "scans": self.scans, "mouse": self.mouse}
        self.keys = self.scans = self.mouse = 0
        return taken


class Hands(QObject):
    """Does one thing after another; `done` is called when a thing's last event has been sent."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Be ready; the application has to be there."""
        super().__init__(parent)
        self.counted = Counted()
        self._strokes: deque[Callable[[], None]] = deque()
        self._done: Callable[[], None] = _nothing
        self._every_ms = 0
        self._sent = 0
        self._clock = QElapsedTimer()
        self._first_stamp: int | None = None
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._stroke)
        self._finger = QTest.createTouchDevice(QInputDevice.DeviceType.TouchScreen)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stamp keys with the time at which the device sent them.

        A keyboard's clock goes on while the program is busy: its keys arrive late and in a heap,
        each with its own time. Ours are sent by the busy program itself, and would be stamped late.
        """
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if self._first_stamp is None:
                self._first_stamp = event.timestamp()
            event.setTimestamp(self._first_stamp + self._sent * self._every_ms)
        return False

    @property
    def are_busy(self) -> bool:
        """Whether they are in the middle of something."""
        return bool(self._strokes)

    def press(self, name: str, done: Callable[[], None]) -> None:
        """Press a key by its name: 'F3', 'Enter', 'Shift+F12', 'H'."""
        modifier, _, key = name.rpartition("+")
        modifiers = {
            "": Qt.KeyboardModifier.NoModifier,
            "Shift": Qt.KeyboardModifier.ShiftModifier,
            "Ctrl": Qt.KeyboardModifier.ControlModifier,
        }[modifier]
        self.counted.keys += 1
        self._play([lambda: _key(_KEYS.get(key, key), modifiers)], TYPING_MS, done)

    def type(self, text: str, done: Callable[[], None], *, counts: bool = True) -> None:
        """Type text; what isn't on the keyboard comes from an input method, a word at a time.

        Args:
            text: what to type.
            done: called after the last key.
            counts: whether the keys count (the words of a complaint don't).
        """
        if counts:
            self.counted.keys += len(text)
        strokes: list[Callable[[], None]] = []
        for character in text:
            if character.isascii():
                strokes.append(_striking(character))
            else:
                strokes.append(_composing(character))
        self._play(strokes, TYPING_MS, done)

    def scan(self, text: str, done: Callable[[], None]) -> None:
        """Hold a code before the scanner: a burst of keys and Enter."""
        self.counted.scans += 1
        strokes = [_striking(character) for character in text]
        strokes.append(lambda: _key(Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier))
        self._play(strokes, SCANNING_MS, done)

    def tap(self, widget: QWidget, done: Callable[[], None]) -> None:
        """Put a finger on a widget's middle, where it is on the glass."""
        window, place = _place(widget)
        touching = QTest.touchEvent(window, self._finger)
        touching.press(0, place, window)
        touching.commit()
        lifting = QTest.touchEvent(window, self._finger)
        lifting.release(0, place, window)
        lifting.commit()
        done()

    def click(self, widget: QWidget, done: Callable[[], None]) -> None:
        """Click on a widget with the mouse."""
        self.counted.mouse += 1
        window, place = _place(widget)
        QTest.mouseClick(window, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
        done()

    def _play(
        self, strokes: list[Callable[[], None]], every_ms: int, done: Callable[[], None]
    ) -> None:
        self._strokes.extend(strokes)
        self._done = done
        self._sent, self._every_ms, self._first_stamp = 0, every_ms, None
        # Only now: each event of the program passes through here. Before the program's own
        # filters, for the last to come is the first to be asked.
        self._application().installEventFilter(self)
        self._clock.start()
        self._timer.start(every_ms)
        self._stroke()

    def _stroke(self) -> None:
        while self._strokes and self._clock.elapsed() >= self._sent * self._every_ms:
            self._strokes.popleft()()
            self._sent += 1
        if not self._strokes:
            self._timer.stop()
            self._application().removeEventFilter(self)
            done, self._done = self._done, _nothing
            done()

    @staticmethod
    def _application() -> QCoreApplication:
        application = QCoreApplication.instance()
        assert application is not None
        return application


def _nothing() -> None:
    """Nobody waits."""


def _key(key: Qt.Key | str, modifiers: Qt.KeyboardModifier) -> None:
    window = QGuiApplication.focusWindow()
    if window is None:
        raise NoFocus
    # Its stub knows no characters, the function does
    QTest.keyClick(window, cast(Qt.Key, key), modifiers)


def _striking(character: str) -> Callable[[], None]:
    return lambda: _key(character, Qt.KeyboardModifier.NoModifier)


def _composing(word: str) -> Callable[[], None]:
    def commit() -> None:
        event = QInputMethodEvent()
        event.setCommitString(word)
        QCoreApplication.sendEvent(QGuiApplication.focusObject(), event)

    return commit


def _place(widget: QWidget) -> tuple[QWindow, QPoint]:
    """Return the window that a widget is on, and where on it the widget's middle is."""
    window = widget.window()
    place = widget.mapTo(window, widget.rect().center())
    hit: QWidget | None = window.childAt(place)
    while hit is not None and hit is not widget:
        hit = hit.parentWidget()
    if hit is None:
        raise LookupError(f"{widget.objectName()!r} is covered by something else")
    return window.windowHandle(), place
