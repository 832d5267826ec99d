"""The desk's page of points, by keyboard: given, taken, agreed to and declined."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from unittest.mock import patch
from uuid import UUID

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.domain.errors import Rejected, Unavailable
from app.services import commands as c
from app.services.point_views import AdjustmentView
from app.services.views import ChangeKind
from tests.fakes.core import START_MS
from tests.gui.desk_world import Desk, open_desk

Key = Qt.Key
WAITS = AdjustmentView(
    UUID(int=31), "张*", "8800 •••• 5678", 8_000, "goodwill", "航班取消，行李晚到两天",
    START_MS - 600_000, "孙丽", "waiting", takes_two=True,
)  # fmt: skip


@pytest.fixture
def desk(qtbot: QtBot, qapp: QApplication) -> Iterator[Desk]:
    for opened in open_desk(qtbot, qapp):
        opened.core.desk_view = replace(opened.core.desk_view, adjustment_limit=5_000)
        opened.core.announce(ChangeKind.CASES)
        opened.settle()
        opened.window.activateWindow()
        opened.until(lambda: QApplication.focusWidget() is not None)
        yield opened


def press(desk: Desk, *keys: Qt.Key) -> None:
    for key in keys:
        focused = QApplication.focusWidget()
        assert focused is not None
        desk.qtbot.keyClick(focused, key)
        desk.settle()


def type_into(desk: Desk, text: str) -> None:
    focused = QApplication.focusWidget()
    assert focused is not None
    desk.qtbot.keyClicks(focused, text)
    desk.settle()


def waiting(desk: Desk, *views: AdjustmentView) -> None:
    desk.core.desk_view = replace(desk.core.desk_view, adjustments=views)
    desk.core.announce(ChangeKind.CASES)
    desk.settle()


def within(desk: Desk, parent: QWidget) -> bool:
    focused = QApplication.focusWidget()
    return focused is not None and parent.isAncestorOf(focused)


def test_goodwill_is_given_by_keys_alone(desk: Desk) -> None:
    press(desk, Key.Key_F6)
    card = desk.screen.points.adjust
    assert within(desk, card.member)
    type_into(desk, "5678")
    press(desk, Key.Key_Return)
    assert "48,250" in card.member.chosen.text()
    type_into(desk, "500")
    press(desk, Key.Key_Return)
    type_into(desk, "Sorry for the wait")
    press(desk, Key.Key_Return)
    (command,) = desk.core.commands(c.AdjustPoints)
    assert command == c.AdjustPoints(UUID(int=1), 500, "goodwill", "Sorry for the wait")
    assert card.said.title().startswith("Recorded: 500 points.")
    assert card.member.field.text() == card.points.text() == card.reason.text() == ""
    assert within(desk, card.member), "the next one may be written at once"
    press(desk, Key.Key_Escape)
    assert desk.screen.cases.hasFocus()


def test_tab_takes_who_is_marked_and_the_form_stays_in_sight(desk: Desk) -> None:
    press(desk, Key.Key_F6)
    card = desk.screen.points.adjust
    type_into(desk, "5678")
    found, *_ = card.member.results.views()
    assert card.member.results.height() == min(card.member.results.rows_height(), 220)
    press(desk, Key.Key_Tab)
    assert not card.member.results.isVisible()
    assert found.name in card.member.chosen.text()
    assert within(desk, card.points)


def test_tab_goes_on_where_nobody_was_found(desk: Desk) -> None:
    press(desk, Key.Key_F6)
    card = desk.screen.points.adjust
    type_into(desk, "zzzz")
    assert card.member.results.views() == []
    press(desk, Key.Key_Tab)
    assert within(desk, card.points)
    assert desk.core.commands(c.AdjustPoints) == []


def test_many_points_say_that_a_second_manager_has_to_agree(desk: Desk) -> None:
    press(desk, Key.Key_F6)
    type_into(desk, "5678")
    press(desk, Key.Key_Down, Key.Key_Up, Key.Key_Return, Key.Key_F3)
    type_into(desk, "-5,001")
    press(desk, Key.Key_Return)
    type_into(desk, "Booked twice")
    press(desk, Key.Key_Return)
    (command,) = desk.core.commands(c.AdjustPoints)
    assert (command.points, command.kind) == (-5_001, "correction")
    assert "second manager" in desk.screen.points.adjust.said.title()
    (row,) = desk.screen.points.waiting.views()
    assert row.severity_text == "Correction −5,001"


@pytest.mark.parametrize(
    ("member", "points", "reason", "field", "words"),
    [
        ("", "500", "why", "member", "Find the member first"),
        ("5678", "0", "why", "points", "isn't a number of points"),
        ("5678", "1.5", "why", "points", "isn't a number of points"),
        ("5678", "500", " ", "reason", "Write down why"),
    ],
)
def test_what_is_missing_is_said_at_its_field(
    desk: Desk, member: str, points: str, reason: str, field: str, words: str
) -> None:
    press(desk, Key.Key_F6)
    card = desk.screen.points.adjust
    if member:
        type_into(desk, member)
        press(desk, Key.Key_Return)
    card.points.set_text(points)
    card.reason.set_text(reason)
    desk.click("adjust_record")
    at = {"member": card.member.field, "points": card.points, "reason": card.reason}[field]
    assert words in at.error()
    assert within(desk, at)
    assert desk.core.commands(c.AdjustPoints) == []


def test_what_is_missing_does_not_call_the_manager_back_from_another_field(desk: Desk) -> None:
    press(desk, Key.Key_F6)
    card = desk.screen.points.adjust
    desk.click("adjust_record")
    assert within(desk, card.member)
    card.reason.setFocus()
    desk.core.announce(ChangeKind.CASES)
    desk.settle()
    assert within(desk, card.reason)
    assert card.member.field.error() != ""
    desk.click("adjust_record")
    assert within(desk, card.member), "asked for once more, it is said once more"


def test_a_look_up_that_fails_finds_nobody_and_says_why(desk: Desk) -> None:
    press(desk, Key.Key_F6)
    card = desk.screen.points.adjust
    type_into(desk, "5678")
    assert card.member.results.views() != []
    with patch.object(desk.core.queries, "search", side_effect=Unavailable("disk_full", "full")):
        type_into(desk, "9")
    assert card.member.results.views() == []
    assert "disk" in card.said.title()
    press(desk, Key.Key_Backspace)
    assert card.said.title() == ""
    assert card.member.results.views() != []


def test_who_has_gone_since_they_were_found_is_not_taken(desk: Desk) -> None:
    press(desk, Key.Key_F6)
    card = desk.screen.points.adjust
    type_into(desk, "5678")
    with patch.object(desk.core.queries, "member", return_value=None):
        press(desk, Key.Key_Return)
    assert not card.member.chosen.isVisible()
    desk.click("adjust_record")
    assert "Find the member first" in card.member.field.error()


def test_a_refusal_keeps_every_word(desk: Desk) -> None:
    press(desk, Key.Key_F6)
    card = desk.screen.points.adjust
    type_into(desk, "5678")
    press(desk, Key.Key_Return)
    card.points.set_text("500")
    card.reason.set_text("Half a night")
    desk.core.refuse_next = Rejected("own_membership", "own")
    desk.click("adjust_record")
    desk.settle()
    assert "your own membership" in card.member.field.error()
    assert (card.points.text(), card.reason.text()) == ("500", "Half a night")


def test_what_is_wrong_with_the_reason_stands_under_its_whole_field(desk: Desk) -> None:
    press(desk, Key.Key_F6)
    card = desk.screen.points.adjust
    type_into(desk, "5678")
    press(desk, Key.Key_Return)
    type_into(desk, "500")
    press(desk, Key.Key_Return, Key.Key_Return)
    editor, error = card.reason.editor, card.reason._error
    assert error.isVisible()
    assert editor.geometry().bottom() < error.mapTo(card.reason, QPoint()).y()
    assert card.reason.rect().contains(editor.geometry())


def test_a_second_manager_agrees_or_declines(desk: Desk) -> None:
    waiting(desk, WAITS, replace(WAITS, adjustment_id=UUID(int=32), points=6_000))
    assert "2 to decide" in desk.screen.to_points.text()
    press(desk, Key.Key_F6)
    page = desk.screen.points
    assert page.waiting.hasFocus()
    assert page.decision.reason.text() == "航班取消，行李晚到两天"
    press(desk, Key.Key_F12)
    assert desk.core.commands(c.DecideAdjustment) == [c.DecideAdjustment(UUID(int=31), True)]
    assert "on its way" in page.decision.state.text()
    press(desk, Key.Key_Down, Key.Key_F9)
    assert desk.core.commands(c.DecideAdjustment)[1] == c.DecideAdjustment(UUID(int=32), False)
    press(desk, Key.Key_F12)
    assert len(desk.core.commands(c.DecideAdjustment)) == 2, "what is decided is decided"


def test_who_recorded_it_may_take_it_back_and_not_agree(desk: Desk) -> None:
    waiting(desk, replace(WAITS, refusal="same_person"))
    press(desk, Key.Key_F6)
    assert not desk.has("decide_agree")
    press(desk, Key.Key_F12)
    assert desk.core.commands(c.DecideAdjustment) == []
    desk.click("decide_decline")
    desk.settle()
    assert desk.core.commands(c.DecideAdjustment) == [c.DecideAdjustment(UUID(int=31), False)]


def test_ones_own_points_are_for_others_to_decide(desk: Desk) -> None:
    waiting(desk, replace(WAITS, refusal="own_membership"))
    desk.click("to_points")
    assert not desk.has("decide_agree")
    assert not desk.has("decide_decline")
    assert "your own points" in desk.screen.points.decision.state.text()


def test_with_nobody_signed_in_there_is_no_page(desk: Desk) -> None:
    desk.click("to_points")
    desk.core.execute(c.SignOut())
    desk.settle()
    assert desk.screen.pages.currentIndex() == 0
    assert not desk.screen.to_points.isEnabled()


def test_whoever_signs_in_next_finds_nothing_of_what_was_written(desk: Desk) -> None:
    press(desk, Key.Key_F6)
    card = desk.screen.points.adjust
    type_into(desk, "5678")
    press(desk, Key.Key_Return)
    card.points.set_text("8000")
    card.reason.set_text("Luggage was lost")
    desk.core.execute(c.SignOut())
    desk.settle()
    assert card.member.field.text() == card.points.text() == card.reason.text() == ""
    assert card.member.chosen.text() == "" or not card.member.chosen.isVisible()
    assert (desk.model.adjusting.finder.member, desk.model.adjusting.said) == (None, None)
