"""The customer's keypad in the whole program: it rates, and types nowhere."""

from __future__ import annotations

import fcntl
import logging
import os
import platform
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain.events import Proof
from app.services import commands as c
from tests.fakes import core as fake
from tests.gui.test_counter_application import FakeParts
from ui.application import Application
from ui.command_line import Options, parse
from ui.screens.homes import CounterHome
from ui.screens.look import FaceButton
from ui.screens.panel_place import STRAYS, PanelPlace
from ui.viewmodels.rating_panel_pages import Page
from ui.viewmodels.rating_panel_serving import READ_MS

CODES = {1: 79, 2: 80, 3: 81, 4: 75, 5: 76}  # KEY_KP1 … KEY_KP5


class Place:
    """A counter with a pipe in place of its keypad."""

    def __init__(self, application: Application, core: fake.FakeCore, qtbot: QtBot) -> None:
        assert isinstance(application.home, CounterHome)
        self.application, self.home, self.core = application, application.home, core
        self.qtbot = qtbot
        self.box = self.home.screen.box.edit
        self.pressed: list[int] = []
        application.keypad.pressed.connect(self.pressed.append)

    def finish(self) -> Any:
        view: Any = self.core.execute(c.IdentifyMember(UUID(int=1), Proof.CARD))
        self.qtbot.waitUntil(lambda: self.home.counter.encounter is not None)
        self.home.counter.press("F12")
        self.qtbot.waitUntil(lambda: self.home.panel.page is Page.RATING)
        return view.encounter_id

    def press(self, pad: int, *keys: int) -> None:
        """Press and release on the keypad, and wait until the program has heard of it."""
        expected = [*self.pressed, *keys]
        for key in keys:
            for value in (1, 2, 0):
                os.write(pad, struct.pack("@llHHi", 0, 0, 1, CODES[key], value))
        self.qtbot.waitUntil(lambda: self.pressed == expected)
        self.qtbot.waitUntil(lambda: not self.application.runner.busy)

    def answer(self, pad: int, code: int) -> None:
        """Press and hold a key for yes or no, release it, and wait until it has been heard."""
        with self.qtbot.waitSignal(self.application.keypad.answered):
            for value in (1, 2, 0):
                os.write(pad, struct.pack("@llHHi", 0, 0, 1, code, value))
        self.qtbot.waitUntil(lambda: not self.application.runner.busy)

    def ratings(self) -> list[c.RecordRating]:
        return self.core.commands(c.RecordRating)


@pytest.fixture
def grabs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """What was asked of the device; a pipe knows nothing of it."""
    asked: list[tuple[int, ...]] = []
    monkeypatch.setattr(fcntl, "ioctl", lambda device, *what: asked.append(what))
    return asked


@pytest.fixture
def pad(tmp_path: Path, grabs: list[tuple[int, ...]]) -> Iterator[int]:
    """The far end of the keypad's pipe."""
    os.mkfifo(tmp_path / "pad")
    end = os.open(tmp_path / "pad", os.O_RDWR | os.O_NONBLOCK)
    yield end
    os.close(end)


@pytest.fixture
def start(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Callable[..., Application]]:
    started: list[Application] = []

    def build(core: fake.FakeCore, staff: str = "1001", **options: Any) -> Application:
        core.sign_in(staff)
        parts: Any = FakeParts(core)
        chosen = Options(tmp_path, language="en", theme="light", windowed=True, **options)
        application = Application(qapp, chosen, parts)
        started.append(application)
        qtbot.addWidget(application.window)
        application.show()
        application.window.activateWindow()
        qtbot.waitUntil(lambda: QApplication.activeWindow() is application.window)
        return application

    yield build
    for application in started:
        application.close()
        application.language.use("en")


@pytest.fixture
def place(start: Callable[..., Application], pad: int, qtbot: QtBot, tmp_path: Path) -> Place:
    core = fake.FakeCore()
    return Place(start(core, keypad=str(tmp_path / "pad")), core, qtbot)


@pytest.mark.parametrize("level", [1, 2, 3, 4, 5])
def test_a_key_rates_while_the_clerk_types_on(place: Place, pad: int, level: int) -> None:
    encounter_id = place.finish()
    place.qtbot.waitUntil(place.box.hasFocus)
    QTest.keyClicks(place.box, "zw", delay=60)
    place.qtbot.waitUntil(lambda: place.box.text() == "zw")
    place.press(pad, level)
    assert place.ratings() == [c.RecordRating(encounter_id, level)]
    assert place.home.panel.page is Page.DETAILS
    assert QApplication.focusWidget() is place.box
    assert place.box.text() == "zw"
    assert QApplication.activeWindow() is place.application.window


def test_a_mind_may_change_on_the_keypad_as_by_touch(place: Place, pad: int) -> None:
    encounter_id = place.finish()
    place.press(pad, 1, 1)
    place.press(pad, 4)
    assert place.ratings() == [c.RecordRating(encounter_id, 1), c.RecordRating(encounter_id, 4)]
    place.home.panel._on_change_window_over()
    place.press(pad, 5)
    assert len(place.ratings()) == 2


def test_nothing_is_rated_where_nothing_is_asked(place: Place, pad: int) -> None:
    place.press(pad, 1, 2, 3, 4, 5)
    place.core.execute(c.IdentifyMember(UUID(int=1), Proof.CARD))
    place.qtbot.waitUntil(lambda: place.home.counter.encounter is not None)
    place.press(pad, 1, 2, 3, 4, 5)
    place.home.counter.press("F3")
    place.home.counter.submit("1", None)
    place.qtbot.waitUntil(lambda: place.home.panel.page is Page.CONFIRM)
    place.press(pad, 1, 2, 3, 4, 5)
    assert place.home.panel.page is Page.CONFIRM
    assert place.ratings() == []
    assert place.core.commands(c.ConfirmRedemption) == []
    assert place.box.text() == ""


def ask_for_points(place: Place) -> None:
    place.core.execute(c.IdentifyMember(UUID(int=1), Proof.CARD))
    place.qtbot.waitUntil(lambda: place.home.counter.encounter is not None)
    place.home.counter.press("F3")
    place.home.counter.submit("1", None)
    place.qtbot.waitUntil(lambda: place.home.panel.page is Page.CONFIRM)


def have_read(place: Place) -> None:
    """As if the question had stood there for long enough."""
    place.home.panel._asked_ms -= READ_MS


@pytest.mark.parametrize("code", [28, 96])
def test_enter_on_the_keypad_is_the_customers_yes(place: Place, pad: int, code: int) -> None:
    ask_for_points(place)
    have_read(place)
    place.answer(pad, code)
    place.qtbot.waitUntil(lambda: place.home.panel.page is Page.OUTCOME)
    assert len(place.core.commands(c.ConfirmRedemption)) == 1


@pytest.mark.parametrize("code", [11, 82, 1, 14])
def test_nought_on_the_keypad_is_the_customers_no(place: Place, pad: int, code: int) -> None:
    ask_for_points(place)
    have_read(place)
    place.answer(pad, code)
    place.qtbot.waitUntil(lambda: place.home.panel.page is Page.SERVING)
    place.qtbot.waitUntil(lambda: len(place.core.commands(c.DeclineRedemption)) == 1)
    assert place.core.commands(c.ConfirmRedemption) == []


def test_a_yes_pressed_before_the_question_could_be_read_is_none(place: Place, pad: int) -> None:
    ask_for_points(place)
    place.home.panel._asked_ms = place.home.panel._now_ms() + 60_000  # however slow the PC is
    place.answer(pad, 28)
    assert place.home.panel.page is Page.CONFIRM
    assert place.core.commands(c.ConfirmRedemption) == []


def test_yes_and_no_rate_nothing(place: Place, pad: int) -> None:
    place.finish()
    place.answer(pad, 28)
    place.answer(pad, 82)
    assert place.home.panel.page is Page.RATING
    assert place.ratings() == []


def test_the_panel_shows_the_keys_while_there_is_a_keypad(place: Place, pad: int) -> None:
    place.qtbot.waitUntil(lambda: place.application.keypad.here)
    place.finish()
    window = place.home.panel_window
    face = window.findChild(FaceButton, "face_4")
    assert isinstance(face, FaceButton)
    assert "4" in [each.text for each in face.painted_texts()]
    window.show_keys(False)
    assert "4" not in [each.text for each in face.painted_texts()]


def test_closing_lets_go_of_it(place: Place, pad: int, grabs: list[tuple[int, ...]]) -> None:
    place.press(pad, 1)
    assert grabs == [(0x40044590, 1)]
    place.application.close()
    assert "keypad" not in [thread.name for thread in threading.enumerate()]
    held = [os.readlink(each) for each in Path("/proc/self/fd").iterdir() if each.is_symlink()]
    assert held.count(os.readlink(f"/proc/self/fd/{pad}")) == 1, "only the test's own end is open"


def test_the_setting_does_what_the_option_does(
    start: Callable[..., Application], pad: int, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "screen.ini").write_text(f"[General]\nkeypad={tmp_path / 'pad'}\n")
    core = fake.FakeCore()
    place = Place(start(core), core, qtbot)
    place.finish()
    place.press(pad, 5)
    assert place.ratings()[0].score == 5


def test_a_desk_takes_no_keypad(
    start: Callable[..., Application], pad: int, grabs: list[tuple[int, ...]], tmp_path: Path
) -> None:
    application = start(fake.FakeCore(kind="desk"), "9001", keypad=str(tmp_path / "pad"))
    application.close()
    assert grabs == []


def test_elsewhere_the_option_is_refused_and_the_setting_set_aside(
    start: Callable[..., Application],
    pad: int,
    grabs: list[tuple[int, ...]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(platform, "system", lambda: "Darwin")
        with pytest.raises(SystemExit):
            parse(["--data-folder", str(tmp_path), "--keypad", "/dev/input/event3"])
        (tmp_path / "screen.ini").write_text(f"[General]\nkeypad={tmp_path / 'pad'}\n")
        application = start(fake.FakeCore())
    assert "on Linux only" in capsys.readouterr().err
    assert isinstance(application.home, CounterHome), "the counter opens without it"
    (line,) = [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]
    assert line.endswith("on Linux only")
    application.close()
    assert grabs == []
    assert parse(["--keypad", "/dev/input/event3"]).keypad == "/dev/input/event3"


# ------------------------------------------------------------------- with no screen beside it


def test_without_a_screen_the_keypad_rates(place: Place, pad: int, tmp_path: Path) -> None:
    place.qtbot.waitUntil(lambda: place.application.keypad.here)
    place.home.panel.set_seen(False)
    encounter_id = place.finish()
    place.press(pad, 3)
    assert place.ratings() == [c.RecordRating(encounter_id, 3)]


def test_a_window_manager_that_has_its_own_mind_is_given_way(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    """It puts the panel over the clerk's screen however often it is placed."""
    where: PanelPlace = place.home.place
    window = place.home.panel_window
    assert where._customer is not None
    customer = where._customer
    there = QApplication.screens()[0]
    monkeypatch.setattr(customer, "screen", there)
    opened: list[object] = []
    monkeypatch.setattr(window, "open_on", opened.append)
    for _ in range(STRAYS + 2):
        where._on_strayed()
    assert opened == [there] * STRAYS
    assert not window.isVisible()
    assert where.is_missed
    assert not place.home.counter.redemption.has_panel
    where._on_settled()
    assert not where.is_missed


def test_the_light_goes_amber_and_back(place: Place) -> None:
    status = place.application.status
    status.set_panel_missed(True)
    light = place.home.screen.light
    assert light.text() == "The customer's screen is gone: check its cable"
    assert status.readiness is not None
    assert status.readiness.level == "caution"
    place.core.online = False
    status.refresh()
    assert light.text() == "The customer's screen is gone: check its cable"
    status.set_panel_missed(False)
    assert "screen" not in light.text()
