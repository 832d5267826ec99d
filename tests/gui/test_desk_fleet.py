"""The desk's page of devices, by keyboard: what is wrong first, and nothing done by one press."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain.errors import Unavailable
from app.domain.fleet import Condition, FleetDevice
from app.ports.online import FleetVerdict
from app.services import commands as c
from app.services.views import ChangeKind
from tests.fakes.core import START_MS
from tests.gui.desk_world import Desk, open_desk
from tests.gui.test_desk_points import press
from ui.screens.desk_centre import Scrolling

Key = Qt.Key
Control = Qt.KeyboardModifier.ControlModifier
STUCK, WELL, LOST = UUID(int=61), UUID(int=62), UUID(int=63)
_GOOD = Condition("0.1.0", "Windows 10", free_mb=80_000, offset_ms=300)
DEVICES = (
    FleetDevice(WELL, "PEK", "A1", "counter", False, START_MS - 30_000, START_MS - 60_000, _GOOD),
    FleetDevice(
        STUCK, "PEK", "A2", "counter", False, START_MS - 20_000, START_MS - 20_000,
        replace(
            _GOOD, unsent=212, oldest_unsent_ms=3 * 3_600_000, free_mb=700, doctor_ran_ms=START_MS,
            doctor_worst="error", doctor_codes=("disk_full", "queue_stuck"),
        ),
    ),
    FleetDevice(
        LOST, "SHA", "D", "desk", False, START_MS - 50 * 3_600_000, None,
        Condition("0.0.9", ""), 14, 31_500,
    ),
)  # fmt: skip
VIEW = FleetVerdict("told", "", DEVICES, 0, START_MS)


@pytest.fixture
def desk(qtbot: QtBot, qapp: QApplication) -> Iterator[Desk]:
    for opened in open_desk(qtbot, qapp):
        opened.core.fleet_view = VIEW
        opened.settle()
        opened.window.activateWindow()
        opened.until(lambda: QApplication.focusWidget() is not None)
        yield opened


def open_page(desk: Desk) -> None:
    desk.qtbot.keyClick(desk.screen, Key.Key_D, Control)
    desk.settle()


def rows(desk: Desk) -> list[str]:
    return [row.window for row in desk.screen.pages.fleet.devices.views()]


def test_one_key_shows_what_is_wrong_first_and_another_sorts(desk: Desk) -> None:
    open_page(desk)
    page = desk.screen.pages.fleet
    assert rows(desk) == ["PEK/A2", "SHA/D", "PEK/A1"]
    assert page.devices.hasFocus()
    assert "work doesn't arrive" in page.device.wrong.text()
    assert "212 entries wait there, the oldest for 3 h" in page.device.facts.text()
    assert "disk_full, queue_stuck" in page.device.facts.text()
    press(desk, Key.Key_F8)
    assert rows(desk) == ["PEK/A1", "PEK/A2", "SHA/D"]
    press(desk, Key.Key_F8)
    assert rows(desk)[0] == "SHA/D"
    press(desk, Key.Key_F8, Key.Key_F8)
    assert rows(desk)[0] == "SHA/D"  # the oldest version
    press(desk, Key.Key_F5)
    assert len(desk.core.commands(c.AskFleet)) == 2
    press(desk, Key.Key_Escape)
    assert desk.screen.cases.hasFocus()


def test_what_nobody_knows_is_said(desk: Desk) -> None:
    desk.core.fleet_view = None
    open_page(desk)
    page = desk.screen.pages.fleet
    assert "Only the central office knows" in page.devices.empty.accessibleName()
    assert not page.device.said.isVisible()
    assert rows(desk) == []
    desk.core.refuse_next = Unavailable("unreachable", "gone")
    desk.core.fleet_view = VIEW
    press(desk, Key.Key_F5)
    assert rows(desk) == []
    press(desk, Key.Key_F5)
    assert len(rows(desk)) == len(DEVICES)
    desk.core.fleet_view = None
    press(desk, Key.Key_F5)
    assert "central server doesn't answer" in page.device.said.title()


def test_a_device_is_shut_out_by_the_second_press(desk: Desk) -> None:
    open_page(desk)
    page = desk.screen.pages.fleet
    page.device.reason.set_text("Stolen in the night")
    desk.click("fleet_revoke")
    assert desk.core.commands(c.ActOnDevice) == []
    assert page.device.revoke.text() == "Yes, shut PEK/A2 out"
    desk.model.fleet.select(WELL)  # another one: it was meant for that one
    assert page.device.revoke.text() == "Shut it out"
    desk.model.fleet.select(STUCK)
    desk.click("fleet_revoke")
    desk.click("fleet_revoke")
    desk.settle()
    assert desk.core.commands(c.ActOnDevice) == [
        c.ActOnDevice("revoke", STUCK, "Stolen in the night")
    ]
    assert "hears of it" in page.device.said.title()
    assert page.device.wrong.text() == "Shut out"
    assert not desk.has("fleet_revoke")
    assert page.device.reason.text() == ""
    assert page.devices.hasFocus()


def test_a_card_that_has_room_does_not_scroll(desk: Desk) -> None:
    open_page(desk)
    press(desk, Key.Key_Down)  # the one with the longest words
    (place,) = desk.screen.pages.fleet.findChildren(Scrolling)
    needed = place.widget().heightForWidth(place.viewport().width())
    desk.window.resize(desk.window.width(), desk.window.height() - place.height() + needed + 8)
    desk.until(lambda: place.viewport().height() <= needed + 8)
    assert place.verticalScrollBar().maximum() == 0
    desk.window.resize(desk.window.width(), desk.window.height() - 60)
    desk.until(lambda: place.verticalScrollBar().maximum() > 0)


def test_what_a_lost_device_holds_is_given_back(desk: Desk) -> None:
    open_page(desk)
    page = desk.screen.pages.fleet
    assert not desk.has("fleet_release")
    press(desk, Key.Key_Down)
    assert "31,500 points of 14 members" in page.device.holds.text()
    desk.click("fleet_release")
    assert page.device.release.text() == "Yes, give 31,500 points back"
    desk.core.refuse_next = Unavailable("unreachable", "gone")
    page.device.reason.set_text("Burnt")
    desk.click("fleet_release")
    desk.settle()
    assert page.device.reason.text() == "Burnt"
    assert "central server doesn't answer" in page.device.said.title()
    desk.click("fleet_release")
    desk.click("fleet_release")
    desk.settle()
    assert page.device.said.title() == "31,500 points of 14 members are theirs again."


def test_signing_out_takes_it_away(desk: Desk) -> None:
    open_page(desk)
    desk.screen.pages.fleet.device.reason.set_text("Stolen")
    desk.core.execute(c.SignOut())
    desk.settle()
    assert desk.model.fleet.view is None
    assert desk.screen.pages.currentIndex() == 0
    assert desk.screen.pages.fleet.device.reason.text() == ""


def test_an_administrator_sees_devices_and_nothing_of_customers(desk: Desk) -> None:
    person = desk.core.sign_in("9001")
    desk.core._session = replace(person, roles=("administrator",))
    desk.core.announce(ChangeKind.SESSION)
    desk.settle()
    pages = desk.screen.pages
    assert pages.page is pages.fleet
    desk.until(lambda: rows(desk) == ["PEK/A2", "SHA/D", "PEK/A1"])
    elsewhere = (Key.Key_F2, Key.Key_F3, Key.Key_F6, Key.Key_F7, Key.Key_F10, Key.Key_F11)
    for key in (Key.Key_Escape, *elsewhere):
        press(desk, key)
        assert pages.page is pages.fleet
    open_page(desk)
    assert pages.page is pages.fleet
    assert desk.model.said is None
    assert desk.model.cases == ()
    desk.core._session = person
    desk.core.announce(ChangeKind.SESSION)
    desk.until(lambda: desk.model.view is not None)
    press(desk, Key.Key_Escape)
    assert pages.page is None
