"""The desk's page of the deny list, by keyboard: put on it, taken off, and as old as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain.errors import Rejected
from app.services import commands as c
from app.services.point_views import DenialView
from app.services.views import ChangeKind
from tests.fakes.core import START_MS
from tests.gui.desk_world import Desk, open_desk
from tests.gui.test_desk_points import press, type_into, within

Key = Qt.Key
LI = DenialView(
    UUID(int=2), "李*", "8800 •••• 1234", START_MS - 3 * 86_400_000, "孙丽 (9002)", is_own=False
)
STRANGER = DenialView(UUID(int=3), "", "", 0, "", is_own=False)


@pytest.fixture
def desk(qtbot: QtBot, qapp: QApplication) -> Iterator[Desk]:
    for opened in open_desk(qtbot, qapp):
        opened.core.desk_view = replace(
            opened.core.desk_view, denials=(LI, STRANGER), data_age_s=7_200
        )
        opened.core.announce(ChangeKind.CASES)
        opened.settle()
        opened.window.activateWindow()
        opened.until(lambda: QApplication.focusWidget() is not None)
        press(opened, Key.Key_F11)
        yield opened


def test_who_turns_there_finds_the_list_its_age_and_nobody_chosen(desk: Desk) -> None:
    page = desk.screen.denying
    assert within(desk, page.card.member)
    assert page.title.text() == "Deny list · 2"
    assert page.as_of.text() == "As this desk knew it 2 h ago"
    first, second = page.listed.views()
    assert "By 孙丽 (9002), 2026-11-15" in first.state
    assert (second.window, second.state) == (
        "A member who isn't on this PC",
        "By the central office",
    )
    assert desk.model.denying.finder.member_id is None
    assert not page.card.member.chosen.isVisible()


def test_somebody_is_put_on_it_by_keys_alone(desk: Desk) -> None:
    card = desk.screen.denying.card
    type_into(desk, "5678")
    press(desk, Key.Key_Return)
    assert "5678" in card.member.chosen.text()
    assert card.record.text() == "Put on the list"
    assert within(desk, card.reason)
    type_into(desk, "Three names in a week")
    press(desk, Key.Key_Return)
    (command,) = desk.core.commands(c.DenyMember)
    assert command == c.DenyMember(UUID(int=1), "Three names in a week")
    assert card.said.title().startswith("Put on the deny list.")
    assert card.member.field.text() == card.reason.text() == ""
    assert within(desk, card.member)
    first = desk.screen.denying.listed.views()[0]
    assert first.state == "Not with the central office yet: Three names in a week"


def test_somebody_is_taken_off_from_the_list(desk: Desk) -> None:
    page = desk.screen.denying
    type_into(desk, "56")
    page.listed.setFocus()
    press(desk, Key.Key_Down)
    assert desk.model.denying.finder.member_id == STRANGER.member_id
    assert page.card.member.field.text() == "", "whom was searched for isn't meant any more"
    press(desk, Key.Key_Up)
    assert page.card.record.text() == "Take off the list"
    press(desk, Key.Key_Return)
    assert within(desk, page.card.reason)
    type_into(desk, "Cleared up")
    press(desk, Key.Key_Return)
    (command,) = desk.core.commands(c.AllowMember)
    assert command == c.AllowMember(LI.member_id, "Cleared up")
    assert page.card.said.title().startswith("Taken off the deny list.")
    assert page.listed.views()[0].severity_text == "Taken off"


def test_what_is_missing_or_refused_is_said_where_it_belongs(desk: Desk) -> None:
    card = desk.screen.denying.card
    desk.click("deny_record")
    assert card.member.field.error() != ""
    type_into(desk, "5678")
    press(desk, Key.Key_Return, Key.Key_Return)
    assert "Write down why" in card.reason.error()
    desk.core.refuse_next = Rejected("own_membership", "own")
    type_into(desk, "why")
    press(desk, Key.Key_Return)
    assert card.member.field.error() != ""
    assert card.reason.text() == "why", "nothing of it is typed twice"
    desk.core.refuse_next = Rejected("not_manager", "no")
    desk.click("deny_record")
    desk.settle()
    assert "duty manager" in card.said.title()


def test_nobody_signed_in_is_shown_nobody(desk: Desk) -> None:
    type_into(desk, "5678")
    press(desk, Key.Key_Return)
    desk.core._session = None
    desk.core.announce(ChangeKind.SESSION)
    desk.settle()
    assert desk.screen.pages.currentIndex() == 0
    assert desk.model.denying.finder.member_id is None
    assert not desk.screen.to_denying.isEnabled()


def test_the_same_key_and_escape_lead_back(desk: Desk) -> None:
    for key in (Key.Key_F11, Key.Key_Escape):
        press(desk, key)
        assert desk.screen.pages.currentIndex() == 0
        press(desk, Key.Key_F11)
    press(desk, Key.Key_F6)
    assert desk.screen.pages.currentWidget() is desk.screen.points
    assert desk.screen.to_denying.text() == "Deny list"


def test_before_a_list_has_come_it_says_so(desk: Desk) -> None:
    desk.core.desk_view = replace(desk.core.desk_view, denials=(), data_age_s=None)
    desk.core.announce(ChangeKind.CASES)
    desk.settle()
    page = desk.screen.denying
    assert page.as_of.text() == "This desk hasn't heard of a list yet"
    assert page.listed.views() == []
