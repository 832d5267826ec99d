"""The desk's page that leads a manager's phone to it, by keyboard."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.ports.phones import PagePlace
from app.services.views import ChangeKind
from tests.gui.desk_world import Desk, open_desk
from ui.screens.desk_phone import fingerprint

Key = Qt.Key
PLACE = PagePlace(
    ("https://192.168.10.23:8462/m", "https://10.0.4.17:8462/m"),
    hashlib.sha256(b"certificate").digest(),
    True,
)


@pytest.fixture
def desk(qtbot: QtBot, qapp: QApplication) -> Iterator[Desk]:
    for opened in open_desk(qtbot, qapp):
        opened.settle()
        opened.window.activateWindow()
        opened.until(lambda: QApplication.focusWidget() is not None)
        yield opened


def press(desk: Desk, key: Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    focus = QApplication.focusWidget()
    assert focus is not None
    QTest.keyClick(focus, key, held)
    desk.settle()


def test_one_key_shows_where_phones_find_the_desk(desk: Desk) -> None:
    desk.core.phone_page = PLACE
    desk.core.announce(ChangeKind.CASES)
    desk.settle()
    press(desk, Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    page = desk.screen.pages.phone
    assert page.isVisible()
    assert page.address.text() == PLACE.addresses[0]
    assert PLACE.addresses[1] in page.also.text()
    assert page.fingerprint.text().replace("\n", " ") == PLACE.fingerprint.hex(" ").upper()
    assert "warns" in page.compare.text()
    desk.core.phone_page = PagePlace(("https://desk.example/m",), bytes(32), False)
    desk.core.announce(ChangeKind.CASES)
    desk.settle()
    assert not page.also.isVisible()
    assert "must not warn" in page.compare.text()
    press(desk, Key.Key_Escape)
    assert desk.screen.cases.isVisible()


def test_it_says_where_no_page_is_served(desk: Desk) -> None:
    desk.screen.to_phone.click()
    desk.settle()
    page = desk.screen.pages.phone
    assert page.none.isVisible()
    assert not page.address.isVisible()
    page.back.click()
    desk.settle()
    assert desk.screen.cases.hasFocus()


def test_a_key_without_control_is_no_key(desk: Desk) -> None:
    press(desk, Key.Key_M)
    assert desk.screen.cases.isVisible()


def test_a_fingerprint_is_read_line_by_line() -> None:
    assert fingerprint(bytes(range(32))).splitlines()[0] == "00 01 02 03 04 05 06 07"
    assert len(fingerprint(bytes(32)).splitlines()) == 4
