"""The demo to try by hand: counter, panel and desk on this screen, and a switch for the network."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from build_scripts.demo.leash import leashed, reading_end
from build_scripts.demo.link import Link, free_port
from build_scripts.demo.stage import COUNTERS, DESK, ROOT, Clerk, Stage
from ui.application import qt_application
from ui.screens import look

_READY_S: Final = 180  # a PC that is busy with other things
_RESTORE: Final = "Restore the network"


class Hall:
    """Two counters and a desk, enrolled; the first counter and the desk open and signed in."""

    def __init__(self, stage: Stage, link: Link) -> None:
        """Open `stage` to the public."""
        self._stage, self._link = stage, link
        self._processes: list[subprocess.Popen[bytes]] = []
        self._codes = stage.enrol_codes(COUNTERS[:2], DESK)
        self._lan_port = free_port()

    def open(self) -> None:
        """Enrol all three devices, and open what is to be seen."""
        first, second, desk = self._codes
        enrolling = self._start(COUNTERS[1], second, None, unseen=True)
        enrolling.wait(_READY_S)
        self._start(COUNTERS[0], first, self._stage.clerks[0])
        self._start(DESK, desk, self._stage.manager)

    def open_second_counter(self) -> None:
        """Open the second counter, too."""
        self._start(COUNTERS[1], "", self._stage.clerks[1])

    def has_visitors(self) -> bool:
        """Return whether any window is still open."""
        return any(process.poll() is None for process in self._processes)

    def close(self) -> None:
        """Close every window."""
        for process in self._processes:
            if process.poll() is None:
                process.terminate()
        for process in self._processes:
            process.wait()

    def _start(
        self, label: str, code: str, staff: Clerk | None, *, unseen: bool = False
    ) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        if unseen:
            environment["QT_QPA_PLATFORM"] = "offscreen"
        person = [] if staff is None else ["--number", staff.number, "--pin", staff.pin]
        folder: Path = self._stage.folder / label
        peers = ["--peer", f"127.0.0.1:{self._lan_port}"]
        if label == DESK:
            # The switch cuts the way to the server; low ratings then come over the office's network
            folder.mkdir(mode=0o700, exist_ok=True)
            (folder / "lan.ini").write_text(f"[lan]\nlisten = 127.0.0.1:{self._lan_port}\n")
            peers = []
        with (self._stage.folder / f"{label}.log").open("ab") as log:
            process = subprocess.Popen(
                [
                    *leashed("build_scripts.demo.opened"),
                    *("--code", code, *person, "--", "--windowed"),
                    *("--data-folder", str(folder), "--lan", "listed", *peers),
                    *("--server", f"http://127.0.0.1:{self._link.port}"),
                ],
                env=environment,
                cwd=ROOT,
                pass_fds=[reading_end()],
                stdout=log,
                stderr=log,
            )
        self._processes.append(process)
        return process


class Switch(QWidget):
    """A small window with the network's switch; closing it ends the demo."""

    def __init__(self, link: Link, open_second_counter: Callable[[], None]) -> None:
        """Switch `link`; on a single screen the counter's window would hide it."""
        super().__init__(None, Qt.WindowType.WindowStaysOnTopHint)
        self._link, self._open_second_counter = link, open_second_counter
        self.setWindowTitle("Guichet demo")
        self.setProperty("look", "surface")
        self.state = look.StatusLight()
        self.network = look.Button(kind=look.Kind.PRIMARY, large=True)
        self.second = look.Button("Open the second counter")
        column = QVBoxLayout(self)
        column.setContentsMargins(*[look.Space.L] * 4)
        column.setSpacing(look.Space.M)
        for part in (self.state, self.network, self.second):
            column.addWidget(part)
        self.network.setText(_RESTORE)  # the longer of its two texts must fit
        self.network.setMinimumWidth(self.network.sizeHint().width())
        self.network.clicked.connect(self._on_network)
        self.second.clicked.connect(self._on_second)
        self._show()

    def closeEvent(self, event: QCloseEvent) -> None:
        """End the demo."""
        super().closeEvent(event)
        qt_application().quit()

    def _show(self) -> None:
        on = self._link.connected
        light = look.Light.READY if on else look.Light.OFFLINE
        self.state.set_state(light, "Network: on" if on else "Network: off")
        self.network.setText("Cut the network" if on else _RESTORE)

    @Slot()
    def _on_network(self) -> None:
        if self._link.connected:
            self._link.cut()
        else:
            self._link.restore()
        self._show()

    @Slot()
    def _on_second(self) -> None:
        self.second.setEnabled(False)
        self._open_second_counter()


def open_to_public(stage: Stage, link: Link) -> None:
    """Run the demo until its windows are closed."""
    application = qt_application()
    look.apply(application, look.Mode.LIGHT, language="en")
    hall = Hall(stage, link)
    try:
        hall.open()
        switch = Switch(link, hall.open_second_counter)
        switch.adjustSize()
        room = application.primaryScreen().availableGeometry()
        switch.move(room.left() + look.Space.XL, room.bottom() - 2 * switch.height())
        switch.show()
        watch = QTimer(switch)
        watch.timeout.connect(lambda: None if hall.has_visitors() else application.quit())
        watch.start(1000)
        application.exec()
    finally:
        hall.close()
