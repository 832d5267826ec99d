"""What `panel` measures, in a process of its own on a real X screen: `panel_probe TOUCHES`.

Prints JSON. A touch goes in where Qt takes one from the window system; it has been answered once
the X server itself shows another picture there, so that layout, painting and the way to the server
all count. Looking for it costs a round trip, which the bare button pays as well.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage, QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from app.domain.events import Proof
from app.services import commands as c
from tests.fakes.core import FakeCore
from ui.qt.change_notifier import ChangeNotifier
from ui.qt.command_runner import CommandRunner
from ui.screens import look
from ui.screens.rating_panel import RatingPanelWindow
from ui.viewmodels.rating_panel import RatingPanelViewModel
from ui.viewmodels.rating_panel_pages import Page

SIZE: Final = (1280, 800)
_LIMIT_S: Final = 10.0
_LEVELS: Final = (5, 4, 3, 2, 1)


class Touched:
    """A widget of a shown window, touched in its middle and looked at near its upper left."""

    def __init__(self, widget: QWidget, device: QPointingDevice) -> None:
        self._window, self._device = widget.window(), device
        self._middle = widget.mapTo(self._window, widget.rect().center())
        self._corner = widget.mapTo(self._window, QPoint(0, 0))
        self._shown = self._look()

    def press(self) -> float:
        """Put a finger down; returns how long until that shows, ms."""
        began = time.perf_counter()
        QTest.touchEvent(self._window, self._device).press(0, self._middle, self._window).commit()
        return self._until_changed(began)

    def lift(self) -> float:
        """Lift it; returns how long until that shows, ms."""
        began = time.perf_counter()
        touch = QTest.touchEvent(self._window, self._device)
        touch.release(0, self._middle, self._window).commit()
        return self._until_changed(began)

    def _until_changed(self, began: float) -> float:
        while (now := self._look()) == self._shown:
            QApplication.processEvents()
            if time.perf_counter() - began > _LIMIT_S:
                raise TimeoutError("the touch was not answered")
        self._shown = now
        return (time.perf_counter() - began) * 1_000

    def _look(self) -> QImage:
        """The pixels that the X server shows, a few at the widget's corner."""
        screen, place = self._window.screen(), self._corner
        picture = screen.grabWindow(self._window.winId(), place.x(), place.y(), 24, 24)
        return picture.toImage()


def main(arguments: Sequence[str]) -> None:
    """Print how long each touch and each lifted finger took."""
    touches = int(arguments[0])
    application = QApplication([])
    look.apply(application, "light", language="zh_CN")
    device = QTest.createTouchDevice()
    said: dict[str, Any] = {"press_ms": [], "lift_ms": [], "bare_ms": []}
    _time_bare_button(device, touches, said)
    _time_panel(device, touches, said)
    said["platform"] = application.platformName()
    print(json.dumps(said))


def _time_bare_button(device: QPointingDevice, touches: int, said: dict[str, Any]) -> None:
    button = QPushButton("Satisfied")
    button.resize(*SIZE)
    button.show()
    _settle()
    for _ in range(touches):
        touched = Touched(button, device)
        said["bare_ms"].append(touched.press())
        touched.lift()
    button.close()


def _time_panel(device: QPointingDevice, touches: int, said: dict[str, Any]) -> None:
    core = FakeCore()
    core.sign_in()
    runner = CommandRunner(core.execute)
    panel = RatingPanelViewModel(runner, core.queries, ChangeNotifier(core.subscribe))
    window = RatingPanelWindow(panel)
    window.resize(*SIZE)
    window.setWindowFlag(Qt.WindowType.BypassWindowManagerHint)  # the size is ours
    window.show()
    _settle()
    for number in range(touches + 1):
        encounter = core.execute(c.IdentifyMember(UUID(int=1), Proof.CARD))
        panel.invite(core.execute(c.FinishEncounter(encounter.encounter_id)))
        _settle()
        face = window.findChild(QWidget, f"face_{_LEVELS[number % 5]}")
        assert face is not None
        touched = Touched(face, device)
        press_ms, lift_ms = touched.press(), touched.lift()
        if number:  # the first fills caches of fonts and pictures
            said["press_ms"].append(press_ms)
            said["lift_ms"].append(lift_ms)
        _wait_for(panel, Page.DETAILS)
        window._last_press = None  # the next customer's finger, not a second tap of this one's
        panel.finish()
        _wait_for(panel, Page.THANKS)
    window.leave()
    runner.close()


def _wait_for(panel: RatingPanelViewModel, page: Page) -> None:
    end = time.monotonic() + _LIMIT_S
    while panel.page is not page:
        QApplication.processEvents()
        if time.monotonic() > end:
            raise TimeoutError(f"the panel stays on {panel.page}")


def _settle() -> None:
    end = time.monotonic() + 0.2
    while time.monotonic() < end:
        QApplication.processEvents()


if __name__ == "__main__":
    main(sys.argv[1:])
