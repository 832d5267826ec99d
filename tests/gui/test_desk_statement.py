"""What changed a member's points, asked for at the desk beside the adjustment's form."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain.errors import GuichetError, Rejected, Unavailable
from app.services import commands as c
from app.services.views import ChangeKind, ItemMember
from tests.gui.desk_core import case, exception
from tests.gui.desk_world import Desk, open_desk
from tests.gui.test_desk_points import press, type_into, within
from ui.qt.language import Language
from ui.viewmodels.statement import Form

Key = Qt.Key
ANNA = UUID(int=1)


@pytest.fixture
def desk(qtbot: QtBot, qapp: QApplication) -> Iterator[Desk]:
    """With a member chosen in the form."""
    for opened in open_desk(qtbot, qapp):
        opened.window.activateWindow()
        opened.until(lambda: QApplication.focusWidget() is not None)
        press(opened, Key.Key_F6)
        type_into(opened, "5678")
        press(opened, Key.Key_Return)
        yield opened


def shown(desk: Desk) -> list[str]:
    return [row.text for row in desk.screen.points.statement.lines.views()]


def test_one_key_shows_it_beside_the_form_and_puts_it_away(desk: Desk) -> None:
    page = desk.screen.points
    press(desk, Key.Key_F5)
    assert desk.core.commands(c.AskStatementOf) == [c.AskStatementOf(ANNA, 365)]
    assert page.left.currentWidget() is page.statement
    assert "张*" in page.statement._title.text()
    assert "By the central office" in page.statement.note.text()
    assert shown(desk)[0] == "Balance"
    assert page.adjust.points.isVisible(), "the form stays"
    assert page.adjust.statement.text() == "Close the statement"
    press(desk, Key.Key_F5)
    assert not page.statement.isVisible()
    assert within(desk, page.adjust.points)
    assert page.adjust.statement.text() == "Statement"


def test_letters_and_arrows_are_taken_where_it_is_shown(desk: Desk) -> None:
    press(desk, Key.Key_F5, Key.Key_A)
    assert desk.core.commands(c.AskStatementOf)[-1].days == 0
    bar = desk.screen.points.statement.lines._scroll.verticalScrollBar()
    desk.window.resize(1366, 520)
    QApplication.processEvents()
    press(desk, Key.Key_PageDown, Key.Key_Down)
    assert bar.value() > 0
    press(desk, Key.Key_PageUp, Key.Key_Up)
    assert bar.value() == 0
    press(desk, Key.Key_M, Key.Key_X)
    assert [each.days for each in desk.core.commands(c.AskStatementOf)] == [365, 0, 30]


@pytest.mark.parametrize(("key", "form"), [(Key.Key_D, "pdf"), (Key.Key_C, "csv")])
def test_it_is_taken_along_as_a_file(desk: Desk, key: Qt.Key, form: Form) -> None:
    press(desk, Key.Key_F5, Key.Key_M, key)
    assert desk.core.commands(c.SaveStatementOf) == [c.SaveStatementOf(ANNA, 30, form)]
    assert desk.screen.points.adjust.said.title().startswith("Saved: /home/li/Guichet/statement")
    assert desk.screen.points.statement.isVisible()
    press(desk, Key.Key_Y)
    assert desk.screen.points.adjust.said.title() == ""


def test_letters_typed_into_the_form_stay_there(desk: Desk) -> None:
    press(desk, Key.Key_F5)
    page = desk.screen.points
    page.adjust.reason.setFocus()
    type_into(desk, "mad")
    assert page.adjust.reason.text() == "mad"
    assert len(desk.core.commands(c.AskStatementOf)) == 1
    assert desk.core.commands(c.SaveStatementOf) == []


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (Unavailable("export_full", "", folder="D:/x"), "There is no room in D:/x"),
        (Unavailable("statement_needs_server", ""), "who took it along"),
        (Rejected("statement_busy", ""), "Try again in an hour"),
    ],
)
def test_what_keeps_it_from_being_saved_is_said_beside_it(
    desk: Desk, problem: GuichetError, sentence: str
) -> None:
    press(desk, Key.Key_F5)
    desk.core.refuse_next = problem
    press(desk, Key.Key_D)
    assert desk.screen.points.statement.isVisible()
    assert sentence in desk.screen.points.adjust.said.title()


def test_refused_there_is_none_to_look_at(desk: Desk) -> None:
    desk.core.refuse_next = Rejected("not_manager", "no")
    press(desk, Key.Key_F5)
    assert not desk.screen.points.statement.isVisible()
    assert "duty manager" in desk.screen.points.adjust.said.title()


def test_another_member_is_another_statement(desk: Desk) -> None:
    page = desk.screen.points
    press(desk, Key.Key_F5)
    page.adjust.member.setFocus()
    press(desk, Key.Key_Backspace)
    assert not page.statement.isVisible()
    assert within(desk, page.adjust.member), "whoever types goes on typing"
    assert not page.adjust.statement.isVisible()
    press(desk, Key.Key_F5)
    assert "Find the member first" in page.adjust.member.field.error()
    assert len(desk.core.commands(c.AskStatementOf)) == 1


def test_escape_leaves_it_before_it_leaves_the_page(desk: Desk) -> None:
    press(desk, Key.Key_F5, Key.Key_Escape)
    assert desk.screen.pages.currentWidget() is desk.screen.points
    assert not desk.screen.points.statement.isVisible()
    press(desk, Key.Key_Escape)
    assert desk.screen.pages.currentIndex() == 0


def owed(desk: Desk, member: ItemMember | None) -> None:
    """An exception about Anna's points stands in the centre, and something half written waits."""
    desk.screen.points.adjust.points.set_text("500")
    items = (exception(49), exception(50))
    desk.show(case(1, 4), exceptions=items, members={} if member is None else {ANNA: member})
    press(desk, Key.Key_Escape)
    desk.model.select_exception(UUID(int=50))
    desk.settle()


def test_from_an_exception_one_key_leads_to_whose_points_it_is_about(desk: Desk) -> None:
    owed(desk, ItemMember("张*", "8800 •••• 5678", 48_250))
    assert desk.has("item_statement")
    press(desk, Key.Key_F5)
    page = desk.screen.points
    assert desk.screen.pages.currentWidget() is page
    assert desk.core.commands(c.AskStatementOf) == [c.AskStatementOf(ANNA, 365)]
    assert shown(desk)[0] == "Balance"
    assert "48,250" in page.adjust.member.chosen.text()
    assert page.adjust.points.text() == "", "what was written was about somebody else"
    press(desk, Key.Key_M)
    assert desk.core.commands(c.AskStatementOf)[-1].days == 30
    press(desk, Key.Key_Escape, Key.Key_Escape)
    assert desk.model.selected_exception_id == UUID(int=50), "where they came from"
    assert desk.screen.exceptions.hasFocus()
    desk.click("item_statement")
    desk.settle()
    assert page.statement.isVisible()


def test_of_whom_this_pc_does_not_know_there_is_no_way_there(desk: Desk) -> None:
    owed(desk, None)
    assert not desk.has("item_statement")
    press(desk, Key.Key_F5)
    assert desk.screen.pages.currentIndex() == 0
    assert desk.core.commands(c.AskStatementOf) == []


def test_a_case_in_the_centre_has_no_statement(desk: Desk) -> None:
    desk.show(case(1, 4))
    press(desk, Key.Key_Escape, Key.Key_F5)
    assert desk.screen.pages.currentIndex() == 0
    assert desk.core.commands(c.AskStatementOf) == []


def test_nobody_signed_in_is_shown_nobodys(desk: Desk) -> None:
    press(desk, Key.Key_F5)
    desk.core._session = None
    desk.core.announce(ChangeKind.SESSION)
    desk.settle()
    assert not desk.model.adjusting.statement.is_open
    assert desk.model.adjusting.statement.view is None


def test_it_speaks_the_desks_language(desk: Desk) -> None:
    press(desk, Key.Key_F5)
    tongue = Language()
    tongue.use("zh_CN")
    QApplication.processEvents()
    texts, button = shown(desk), desk.screen.points.statement.buttons["Y"].text()
    title = desk.screen.points.statement._title.text()
    tongue.use("en")
    assert "余额" in texts
    assert button == "一年"
    assert title == "积分对账单 · 张*"
