"""One seat's program with a pair of hands and eyes in it, steered from outside by JSON lines.

The program is the real one (`ui.application`) in a process of its own. The agent tells
the director whatever changes on the screens, and writes down what they confirm before it does
anything else: whoever kills this process kills no promise.

From the director, a line each: {"n": 7, "do": "press", "key": "F3"}; "type" and "scan" with
"text"; "tap" and "click" with the "name" of what is on the glass ('face_2', 'yes'); "size" with
"width" and "height"; "quit".
To the director: {"did": 7, "counted": {…}, "at_ns": …} once the last event has been sent and seen
to, {"failed": 7, "why": "…"}, and {"scene": {…}} whenever something on the screens changed.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QEvent, QObject, QSocketNotifier, Qt, QTimer
from PySide6.QtGui import QWindow
from PySide6.QtWidgets import QApplication, QWidget

from build_scripts.demo.eyes import Eyes, Scene, find, panel_of
from build_scripts.demo.hands import Hands, NoFocus
from build_scripts.demo.notes import Notes
from build_scripts.demo.pictures import Album
from build_scripts.demo.witness import Witness
from ui.application import Application, build_application
from ui.qt.crash_log import CrashLog

_BLINK_MS: Final = 20  # how often the eyes look when nothing has been painted
_SHOWING: Final = (
    QEvent.Type.Paint,
    QEvent.Type.UpdateRequest,
    QEvent.Type.Show,
    QEvent.Type.Hide,
    QEvent.Type.WindowActivate,
)


class Agent(QObject):
    """Does what the director asks, one thing after another, and tells what it sees."""

    def __init__(
        self,
        application: Application,
        line: socket.socket,
        witness: Witness,
        album: Album | None,
    ) -> None:
        """Sit at `application`; `line` leads to the director."""
        super().__init__()
        self._application = application
        self._line = line
        self._buffer = b""
        self._asked: deque[dict[str, Any]] = deque()
        self._busy = False
        self._hands = Hands(self)
        self._eyes = Eyes(application)
        self._notes = Notes(witness)
        self._album = album
        self._scene: Scene = {}
        self._stale = True
        self._posing = False
        self._notifier = QSocketNotifier(line.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_asked)
        self._blink = QTimer(self)
        self._blink.timeout.connect(self._on_blink)
        self._blink.start(_BLINK_MS)
        application.qt.installEventFilter(self)
        application.qt.focusWindowChanged.connect(self._on_focus_window_changed)
        # Nobody but us can say before which window a person sits
        application.window.activateWindow()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice that something on a screen may look different from now on."""
        if event.type() in _SHOWING:
            self._stale = True
        return False

    def look(self) -> None:
        """See what there is, write down what is confirmed, then tell the director."""
        self._stale = False
        scene = self._eyes.look()
        if scene == self._scene:
            return
        self._notes.take(scene)
        self._scene = scene
        if self._album is not None and not self._hands.are_busy:
            self._posing = True
            self._album.take(scene)
            self._posing = False
        self._say({"scene": scene})

    def _on_blink(self) -> None:
        if self._posing:
            return  # in another size and language than the scene is in
        if self._stale or QApplication.activeModalWidget() is not None:
            self.look()

    def _on_focus_window_changed(self, window: QWindow | None) -> None:
        """Be the window manager that a bare screen lacks: windows that don't want focus get none.

        Only there: on a real desktop it is the desktop's own business, and the program's.
        """
        if window is None or self._application.qt.platformName() != "offscreen":
            return
        if window.flags() & Qt.WindowType.WindowDoesNotAcceptFocus:
            self._application.window.activateWindow()

    def _on_asked(self) -> None:
        piece = self._line.recv(65536)
        if not piece:  # the director has gone, and with it every reason to be here
            self._application.qt.quit()
            return
        *lines, self._buffer = (self._buffer + piece).split(b"\n")
        self._asked.extend(json.loads(line) for line in lines)
        self._next()

    def _next(self) -> None:
        if self._busy or not self._asked:
            return
        asked = self._asked.popleft()
        self._busy = True

        def done() -> None:
            # Let the program answer to what has just been sent before looking
            QTimer.singleShot(0, self, finish)

        def finish() -> None:
            self.look()
            self._busy = False
            self._say(
                {
                    "did": asked["n"],
                    "counted": self._hands.counted.take(),
                    "at_ns": time.monotonic_ns(),
                }
            )
            self._next()

        try:
            self._do(asked, done)
        except (LookupError, NoFocus) as problem:
            self._busy = False
            self._say({"failed": asked["n"], "why": f"{type(problem).__name__}: {problem}"})
            self._next()

    def _do(self, asked: dict[str, Any], done: Callable[[], None]) -> None:
        what = asked["do"]
        if what == "press":
            self._hands.press(asked["key"], done)
        elif what == "type":
            self._hands.type(asked["text"], done, counts=not asked.get("words", False))
        elif what == "scan":
            self._hands.scan(asked["text"], done)
        elif what == "tap":
            place = find(self._windows(), asked["name"])
            self._notes.tap(self._eyes.look(), asked["name"])
            self._hands.tap(place, done)
        elif what == "click":
            self._hands.click(find(self._windows(), asked["name"]), done)
        elif what == "size":
            self._resize(asked["width"], asked["height"])
            done()
        elif what == "quit":
            self._application.close()
            done()
            QTimer.singleShot(50, self._application.qt.quit)
        else:
            raise LookupError(f"nobody can {what}")

    def _windows(self) -> list[QWidget]:
        panel = panel_of(self._application)
        return [self._application.window, *([] if panel is None else [panel])]

    def _resize(self, width: int, height: int) -> None:
        for window in self._windows():
            window.showNormal()
            window.resize(width, height)

    def _say(self, message: dict[str, Any]) -> None:
        try:
            self._line.sendall(json.dumps(message, ensure_ascii=False).encode() + b"\n")
        except OSError:
            self._application.qt.quit()


def main() -> int:
    """Run a seat until its director is gone or says so."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--line", type=int, required=True, help="file descriptor of a socket")
    parser.add_argument("--witness", type=Path, required=True)
    parser.add_argument("--seat", required=True)
    parser.add_argument("--pictures", type=Path, help="folder for pictures of what is met")
    parser.add_argument("program", nargs="*", help="the program's own arguments, after --")
    options = parser.parse_args()
    faulthandler.register(signal.SIGUSR1)  # whoever waits in vain asks where we are
    application = build_application(options.program)
    folder = application.told.data_folder
    CrashLog(folder, application.report_bug).install()
    application.show()
    with socket.socket(fileno=options.line) as line:
        album = None if options.pictures is None else Album(application, options.pictures)
        agent = Agent(application, line, Witness(options.witness, options.seat), album)
        QTimer.singleShot(0, agent.look)
        try:
            return application.qt.exec()
        finally:
            application.close()


if __name__ == "__main__":
    sys.exit(main())
