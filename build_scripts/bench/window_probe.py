"""The client in a process of its own, told apart from inside by what its user would notice.

`python -m build_scripts.bench.window_probe bare` shows a window with a line edit and no more;
`… program FOLDER` runs the real program on an enrolled seat, unchanged. Each prints a line of JSON
when a key that was pressed stands in the field that has the focus: {"at_ns"} on the machine's
monotonic clock. With `--serve NUMBER PIN DIGITS` it goes on as a clerk would: signs in, finds a
member by DIGITS, opens the encounter, finishes it, and says {"resident": bytes}; without, it ends.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeyEvent, QWindow
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

LOOK_MS: Final = 2
KEY_MS: Final = 80  # slower than any scanner

Step = Callable[[], bool]
"""Tried again until it returns true."""


class Probe(QObject):
    """Goes through its steps, one look at a time."""

    def __init__(self, steps: Iterator[Step], every_ms: int) -> None:
        """Begin once Qt's loop runs."""
        super().__init__()
        self._steps = steps
        self._step = next(steps)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._on_look)
        self._timer.start(every_ms)

    def _on_look(self) -> None:
        if not self._step():
            return
        step = next(self._steps, None)
        if step is None:
            self._timer.stop()
            QApplication.quit()
            return
        self._step = step
        self._timer.setInterval(KEY_MS)


def press(key: Qt.Key | str) -> bool:
    """Press a key in the window that has the focus; false where none has."""
    window: QWindow | None = QGuiApplication.focusWindow()  # its stub knows no None
    if window is None:
        return False
    text = key if isinstance(key, str) else ""
    code = ord(key.upper()) if isinstance(key, str) else key.value
    for kind in (QKeyEvent.Type.KeyPress, QKeyEvent.Type.KeyRelease):
        event = QKeyEvent(kind, code, Qt.KeyboardModifier.NoModifier, text)
        QApplication.sendEvent(window, event)
    return True


def focused() -> QLineEdit | None:
    """The line edit that takes keys now."""
    widget: QWidget | None = QApplication.focusWidget()
    return widget if isinstance(widget, QLineEdit) and widget.isVisible() else None


def usable(first: str) -> Iterator[Step]:
    """A field has the focus, and a key pressed there arrives in it."""
    yield lambda: focused() is not None and press(first)

    def arrived() -> bool:
        edit = focused()
        if edit is None or edit.text() != first:
            return False
        say(at_ns=time.monotonic_ns())
        return True

    yield arrived


def say(**what: int) -> None:
    """One line to whoever measures."""
    print(json.dumps(what), flush=True)


def resident_bytes() -> int:
    """What this process holds in memory now, shared libraries with it."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _typing(text: str) -> Iterator[Step]:
    for character in text:
        yield lambda character=character: press(character)  # type: ignore[misc]


def _serving(number: str, pin: str, digits: str) -> Iterator[Step]:
    yield from _typing(number[1:])  # the first was typed already
    yield lambda: press(Qt.Key.Key_Return)
    yield lambda: (edit := focused()) is not None and not edit.text()
    yield from _typing(pin)
    yield lambda: press(Qt.Key.Key_Return)
    sign_in = QApplication.focusWidget()
    yield lambda: focused() not in (None, sign_in) and press(digits[0])
    yield from _typing(digits[1:])
    yield _Pause(0.5)
    yield lambda: press(Qt.Key.Key_Return)
    yield _Pause(0.5)
    yield lambda: press(Qt.Key.Key_F12)
    yield _Pause(1.0)

    def told() -> bool:
        say(resident=resident_bytes())
        return True

    yield told


class _Pause:
    """A step that takes a while."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until: float | None = None

    def __call__(self) -> bool:
        if self._until is None:
            self._until = time.monotonic() + self._seconds
        return time.monotonic() >= self._until


def _chained(*parts: Iterator[Step]) -> Iterator[Step]:
    for part in parts:
        yield from part


def _bare() -> int:
    application = QApplication([])
    window = QWidget()
    edit = QLineEdit(window)
    window.resize(1366, 768)
    window.show()
    edit.setFocus()

    def told() -> bool:
        say(resident=resident_bytes())
        return True

    probe = Probe(_chained(usable("1"), iter([told])), LOOK_MS)
    code = application.exec()
    del probe
    return code


def _program(folder: str, serve: list[str] | None) -> int:
    from ui.application import qt_application
    from ui.main import main

    qt_application()
    steps = [usable(serve[0][0] if serve else "1")]
    if serve:
        steps.append(_serving(*serve))
    probe = Probe(_chained(*steps), LOOK_MS)
    sys.argv[1:] = ["--data-folder", folder, "--language", "zh_CN", "--windowed"]
    code = main()
    del probe
    return code


def run(arguments: list[str]) -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    kinds = parser.add_subparsers(dest="kind", required=True)
    kinds.add_parser("bare")
    program = kinds.add_parser("program")
    program.add_argument("folder")
    program.add_argument("--serve", nargs=3, metavar=("NUMBER", "PIN", "DIGITS"))
    options = parser.parse_args(arguments)
    return _bare() if options.kind == "bare" else _program(options.folder, options.serve)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
