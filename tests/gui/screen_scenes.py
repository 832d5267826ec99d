"""Scenes with real screens that come and go: python -m tests.gui.screen_scenes DISPLAY.

In a process of their own, since Qt knows one X server a process. The whole program runs on a fake
seat; each scene begins with the clerk's screen alone.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from PySide6.QtCore import (
    QEvent,
    QMessageLogContext,
    QObject,
    QSettings,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.domain.events import Proof, RatingState
from app.services import commands as c
from tests.fakes import core as fake
from tests.fakes.desktop import Screens
from tests.gui.test_counter_application import FakeParts
from ui.application import Application
from ui.command_line import Options
from ui.screens.homes import CounterHome
from ui.screens.look import Light
from ui.viewmodels.rating_panel_pages import Page

CLERK = ((1366, 768), (0, 0))
PANEL = ((800, 480), (1366, 0))
LARGE = ((1920, 1080), (0, 768))
PATIENCE_S = 30.0
COMPLAINTS: list[str] = []  # Qt's


def until(condition: Callable[[], bool]) -> None:
    """Let Qt work until it holds."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        QApplication.processEvents()
        time.sleep(0.005)
        assert time.monotonic() < end, "it didn't come about"


def rest(seconds: float = 0.6) -> None:
    """Let Qt work for longer than screens need to settle."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.005)


class Covered(QObject):
    """Notices each time that the panel lies over the clerk's screen, however briefly."""

    def __init__(self, panel: QWidget) -> None:
        super().__init__(panel)
        self._panel = panel
        self.times: list[str] = []
        panel.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kinds = (QEvent.Type.Show, QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Expose)
        if event.type() in kinds and self._panel.isVisible():
            clerk = QApplication.primaryScreen()
            others = [each for each in QApplication.screens() if each is not clerk]
            on_clerk = self._panel.frameGeometry().intersects(clerk.geometry())
            if on_clerk or not others:
                where = f"{event.type().name} at {self._panel.frameGeometry()}"
                QTimer.singleShot(0, self, partial(self._look_again, where))
        return False

    def _look_again(self, where: str) -> None:
        if self._panel.isVisible():  # nothing was painted there if it has gone again
            self.times.append(where)


class Place:
    """A counter with its panel."""

    def __init__(self, folder: Path, screens: Screens, **options: Any) -> None:
        self.screens, self.core = screens, fake.FakeCore()
        self.core.sign_in()
        qt = QApplication.instance()
        assert isinstance(qt, QApplication)
        parts: Any = FakeParts(self.core)
        chosen = Options(folder, language="en", theme="light", **options)
        self.application = Application(qt, chosen, parts)
        self.application.show()
        self.application.window.activateWindow()
        until(lambda: QApplication.activeWindow() is self.application.window)
        until(lambda: isinstance(self.application.home, CounterHome))
        home = self.application.home
        assert isinstance(home, CounterHome)
        self.home, self.panel, self.window = home, home.panel, home.panel_window
        until(lambda: home.place._told is not None)
        self.covered = Covered(self.window)
        self.box = home.screen.box.edit

    def serve(self) -> UUID:
        view: Any = self.core.execute(c.IdentifyMember(UUID(int=1), Proof.CARD))
        until(lambda: self.home.counter.encounter is not None)
        return UUID(str(view.encounter_id))

    def finish(self) -> UUID:
        encounter_id = self.serve()
        self.home.counter.press("F12")
        until(lambda: self.panel.page is Page.RATING)
        return encounter_id

    def stands_on(self, screen: tuple[tuple[int, int], tuple[int, int]]) -> bool:
        (wide, high), (left, top) = screen
        shown = self.window.isVisible() and self.window.screen() is self.home.place.screen
        return shown and self.window.geometry().getRect() == (left, top, wide, high)

    def light(self) -> str:
        return self.home.screen.light.text()

    def x_id(self) -> str:
        return str(int(self.window.winId()))


@contextmanager
def place(screens: Screens, **options: Any) -> Iterator[Place]:
    with tempfile.TemporaryDirectory() as folder:
        opened = Place(Path(folder), screens, **options)
        try:
            yield opened
            assert opened.covered.times == [], "the panel lay over the clerk's screen"
        finally:
            opened.application.close()


def the_smallest_screen_is_the_customers_and_stays_so(screens: Screens) -> None:
    screens.plug("LARGE", *LARGE)
    screens.plug("PANEL", *PANEL)
    rest()
    with place(screens) as here:
        until(lambda: here.stands_on(PANEL))
        folder = here.application.told.data_folder
        screens.plug("TINY", (640, 480), (2400, 0))  # somebody's projector
        rest()
        assert here.stands_on(PANEL)
        saved = QSettings(str(folder / "screen.ini"), QSettings.Format.IniFormat)
        assert str(saved.value("customer_screen")).startswith("PANEL|")
        here.application.close()
        again = Place(folder, screens)
        until(lambda: again.stands_on(PANEL))
        screens.unplug("PANEL")
        rest()
        assert not again.window.isVisible(), "a screen that was the clerk's has been covered"
        again.application.close()


def a_chosen_screen_is_used_though_another_was_remembered(screens: Screens) -> None:
    screens.plug("LARGE", *LARGE)
    screens.plug("PANEL", *PANEL)
    rest()
    with place(screens, panel_screen="LARGE") as here:
        until(lambda: here.stands_on(LARGE))
        folder = here.application.told.data_folder
        here.application.close()
        again = Place(folder, screens)
        until(lambda: again.stands_on(LARGE))
        again.application.close()
        none = Place(folder, screens, panel_screen="none")
        rest()
        assert not none.window.isVisible()
        assert not none.home.place.is_missed
        none.application.close()


def a_cable_pulled_while_rating_loses_nothing(screens: Screens) -> None:
    screens.plug("PANEL", *PANEL)
    rest()
    with place(screens) as here:
        until(lambda: here.stands_on(PANEL))
        encounter_id = here.finish()
        until(lambda: not here.application.runner.busy)
        until(here.box.hasFocus)
        QTest.keyClicks(here.box, "zw", delay=60)
        screens.unplug("PANEL")
        until(lambda: not here.window.isVisible())
        until(lambda: here.light() == "The customer's screen is gone: check its cable")
        assert here.home.screen.light.light() is Light.CAUTION
        assert QApplication.activeModalWidget() is None
        QTest.keyClicks(here.box, "xy", delay=60)
        until(lambda: here.box.text() == "zwxy")
        assert here.panel.page is Page.RATING, "the question still stands"
        screens.plug("PANEL", *PANEL)
        until(lambda: here.stands_on(PANEL))
        until(lambda: "gone" not in here.light())
        here.panel.choose(4)
        until(lambda: here.panel.page is Page.DETAILS)
        assert here.core.commands(c.RecordRating) == [c.RecordRating(encounter_id, 4)]
        assert here.core.commands(c.CloseInvitation) == []
        assert QApplication.activeWindow() is here.application.window


def nobody_who_saw_no_question_is_said_to_have_been_silent(screens: Screens) -> None:
    screens.plug("PANEL", *PANEL)
    rest()
    with place(screens) as here:
        until(lambda: here.stands_on(PANEL))
        first = here.finish()
        screens.unplug("PANEL")
        until(lambda: here.home.place.is_missed)
        here.panel._on_idle()
        until(lambda: len(here.core.commands(c.CloseInvitation)) == 1)
        here.serve()
        here.home.counter.press("F12")
        until(lambda: len(here.core.commands(c.CloseInvitation)) == 2)
        closed = here.core.commands(c.CloseInvitation)
        assert [each.state for each in closed] == [RatingState.DEVICE_DOWN] * 2
        assert closed[0].encounter_id == first


def a_question_about_points_goes_to_paper(screens: Screens) -> None:
    screens.plug("PANEL", *PANEL)
    rest()
    with place(screens) as here:
        until(lambda: here.stands_on(PANEL))
        here.serve()
        here.home.counter.press("F3")
        here.home.counter.submit("1", None)
        until(lambda: here.panel.page is Page.CONFIRM)
        screens.unplug("PANEL")
        until(lambda: len(here.core.commands(c.DeclineRedemption)) == 1)
        until(lambda: here.home.counter.redemption.unanswered is not None)
        here.home.counter.redemption.proceed()
        until(lambda: here.home.counter.asks is not None)
        assert here.panel.page is Page.SERVING, "it would be asked where nobody sees it"
        here.home.counter.redemption.sign_slip()
        until(lambda: len(here.core.commands(c.ConfirmRedemption)) == 1)


def another_picture_size_is_filled(screens: Screens) -> None:
    screens.plug("PANEL", *PANEL)
    rest()
    with place(screens) as here:
        until(lambda: here.stands_on(PANEL))
        here.finish()
        before = here.window.languages["en"].height()
        screens.unplug("PANEL")
        until(lambda: not here.window.isVisible())
        upright = ((600, 1024), (1366, 0))
        screens.plug("PANEL", *upright, dpi=170)
        until(lambda: here.stands_on(upright))
        rest()
        assert here.window.languages["en"].height() > before, "fingers don't shrink with pixels"


def a_picture_shown_on_both_screens_is_the_clerks(screens: Screens) -> None:
    screens.plug("PANEL", *PANEL)
    rest()
    with place(screens) as here:
        until(lambda: here.stands_on(PANEL))
        screens.unplug("PANEL")
        until(lambda: not here.window.isVisible())
        screens.plug("PANEL", (1366, 768), (0, 0))
        until(lambda: here.home.place.is_missed)
        rest()
        assert not here.window.isVisible()


def the_clerk_keeps_the_last_screen(screens: Screens) -> None:
    screens.plug("PANEL", *PANEL)
    rest()
    with place(screens) as here:
        until(lambda: here.stands_on(PANEL))
        screens.unplug("PANEL")
        screens.unplug("CLERK")
        screens.plug("PANEL", *PANEL, primary=True)  # the clerk's has died
        until(lambda: [each.name() for each in QApplication.screens()] == ["PANEL"])
        rest()
        assert not here.window.isVisible()
        screens.unplug("PANEL")
        screens.plug("CLERK", *CLERK, primary=True)
        until(lambda: [each.name() for each in QApplication.screens()] == ["CLERK"])
        screens.plug("PANEL", *PANEL)
        until(lambda: here.stands_on(PANEL))
        rest()
        clerk = here.application.window.frameGeometry()
        assert not clerk.intersects(here.window.geometry()), "they lie over each other"


def nothing_on_the_panel_leads_out(screens: Screens) -> None:
    screens.plug("PANEL", *PANEL)
    rest()
    with place(screens) as here:
        until(lambda: here.stands_on(PANEL))
        here.finish()

        def xdotool(*arguments: str) -> None:
            subprocess.run(["xdotool", *arguments], check=True, capture_output=True)
            rest(0.3)

        def is_unmoved() -> bool:
            active = QApplication.activeWindow() is here.application.window
            return here.stands_on(PANEL) and active and here.panel.page is Page.RATING

        xdotool("mousemove", "1376", "470")  # the panel's corner: nothing to touch there
        for button in ("3", "2", "8", "4"):
            xdotool("click", button)
            assert is_unmoved(), f"button {button}"
            assert QApplication.activePopupWidget() is None
        xdotool("mousemove", "1376", "470", "mousedown", "1", "mousemove", "400", "300")
        xdotool("mouseup", "1")
        assert is_unmoved(), "dragged off"
        for keys in ("alt+F4", "Escape", "ctrl+w", "ctrl+q", "F11", "alt+space", "super+d"):
            xdotool("key", "--window", here.x_id(), keys)
            assert is_unmoved(), keys
        xdotool("windowminimize", here.x_id())
        until(is_unmoved)
        assert not here.window.windowHandle().close(), "as a window manager asks a window"
        rest()
        assert is_unmoved(), "closed from outside"
        here.application.close()
        assert not here.window.isVisible(), "the clerk's side can't close it"
        screens.plug("LARGE", *LARGE)
        rest()
        assert not here.window.isVisible(), "a screen that came later opened it again"


SCENES = (
    the_smallest_screen_is_the_customers_and_stays_so,
    a_chosen_screen_is_used_though_another_was_remembered,
    a_cable_pulled_while_rating_loses_nothing,
    nobody_who_saw_no_question_is_said_to_have_been_silent,
    a_question_about_points_goes_to_paper,
    another_picture_size_is_filled,
    a_picture_shown_on_both_screens_is_the_clerks,
    the_clerk_keeps_the_last_screen,
    nothing_on_the_panel_leads_out,
)


def _complain(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    COMPLAINTS.append(text)


def main(display: str, *names: str) -> None:
    """Play them, or those named."""
    qInstallMessageHandler(_complain)
    screens = Screens(display)
    screens.plug("CLERK", *CLERK, primary=True)
    QApplication([])
    QApplication.setQuitOnLastWindowClosed(False)
    for scene in SCENES:
        if names and scene.__name__ not in names:
            continue
        print(scene.__name__, flush=True)
        scene(screens)
        for name in ("PANEL", "LARGE", "TINY"):
            screens.unplug(name)
        until(lambda: len(QApplication.screens()) == 1)
        assert COMPLAINTS == []


if __name__ == "__main__":
    main(*sys.argv[1:])
