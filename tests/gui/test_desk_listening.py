"""The desk's page of listening by keyboard: the log, the number, actions, reminders, the board."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.services import commands as c
from app.services.listening_views import ListeningView
from app.services.views import ChangeKind
from tests.gui.desk_world import Desk
from tests.gui.listening_pages import CLERK, OTHER, listening_page
from ui.qt.language import Language
from ui.screens import look

CONTROL = Qt.KeyboardModifier.ControlModifier


def own_id(desk: Desk) -> UUID:
    session = desk.core.queries.session()
    assert session is not None
    return session.staff_id


def show(desk: Desk, view: ListeningView | None = None) -> None:
    page = listening_page(own_id(desk)) if view is None else view
    desk.core.desk_view = replace(desk.core.desk_view, listening=page)
    desk.core.announce(ChangeKind.CASES)
    desk.settle()


def press(desk: Desk, key: Qt.Key, *, control: bool = False) -> None:
    none = Qt.KeyboardModifier.NoModifier
    QTest.keyClick(desk.screen, key, CONTROL if control else none)
    desk.settle()


def turned(desk: Desk, view: ListeningView | None = None) -> None:
    show(desk, view)
    press(desk, Qt.Key.Key_L, control=True)
    assert desk.screen.pages.listening.isVisible()


def test_it_begins_with_the_first_who_isnt_written_down(desk: Desk) -> None:
    turned(desk)
    page = desk.screen.pages.listening
    assert [view.id for view in page.customers.views()] == [
        str(UUID(int=n)) for n in (801, 802, 803)
    ]
    assert page.customers.current_id() == str(UUID(int=802))
    assert "W*** Zhang" in page.log._title.text()
    assert page.log.why.text() == "Drawn as: Comes and never rates"
    assert [view.id for view in page.office.managers.views()] == [str(own_id(desk)), str(OTHER)]
    assert page.office.title.text() == "This office's managers · 2 of 5"
    press(desk, Qt.Key.Key_L, control=True)
    assert not page.isVisible()


def test_a_conversation_is_logged_by_keyboard(desk: Desk) -> None:
    turned(desk)
    page = desk.screen.pages.listening
    press(desk, Qt.Key.Key_F5)
    assert desk.core.commands(c.ShowContact) == [c.ShowContact(UUID(int=802))]
    assert page.log.phone.text() == "13812345671"
    assert "张伟明" in page.log._title.text()
    press(desk, Qt.Key.Key_F12)
    assert desk.core.commands(c.LogConversation) == [], "nothing is chosen yet"
    press(desk, Qt.Key.Key_1, control=True)
    assert page.log.outcomes.buttons["reached"]._kind is look.Kind.PRIMARY
    press(desk, Qt.Key.Key_F12)
    assert page.log.heard.error(), "what was heard is wanted"
    page.log.heard.set_text("The queue moves")
    press(desk, Qt.Key.Key_F12)
    assert desk.core.commands(c.LogConversation)[-1] == c.LogConversation(
        UUID(int=802), "reached", "", "The queue moves", is_shared=False
    )
    assert page.log.saved.text().startswith("Saved ")
    assert page.log.heard.text() == "The queue moves"
    assert page.log.phone.text() == "13812345671", "they may be on the phone still"
    desk.model.listening.select(UUID(int=803))
    assert page.log.heard.text() == "", "what was written for one isn't for another"
    assert page.log.phone.text() == "138****5673"


def test_what_is_typed_stays_when_the_desk_reads_again(desk: Desk) -> None:
    turned(desk)
    page = desk.screen.pages.listening
    page.log.heard.set_text("half a sen")
    press(desk, Qt.Key.Key_2, control=True)
    desk.core.announce(ChangeKind.CASES)
    desk.settle()
    assert page.log.heard.text() == "half a sen"
    assert desk.model.listening.outcome == "not_reached"


def test_what_another_desk_said_stands_in_a_form_that_nobody_touched(desk: Desk) -> None:
    turned(desk)
    page, view = desk.screen.pages.listening, listening_page(own_id(desk))
    told = replace(view.own[1].listening, said=view.own[0].listening.said)
    again = replace(view, own=(view.own[0], replace(view.own[1], listening=told), view.own[2]))
    show(desk, again)
    assert page.log.heard.text().startswith("Forty minutes")
    assert desk.model.listening.outcome == "reached"
    page.log.heard.set_text("Mine")
    show(desk, view)
    assert page.log.heard.text() == "Mine", "what was typed stays until it is saved"


def test_once_saved_the_keys_go_on_with_the_list(desk: Desk) -> None:
    turned(desk)
    page = desk.screen.pages.listening
    press(desk, Qt.Key.Key_3, control=True)
    assert page.log.heard.editor.hasFocus()
    press(desk, Qt.Key.Key_F12)
    focused = QApplication.focusWidget()
    assert focused is not None
    assert page.customers is focused or page.customers.isAncestorOf(focused)


def test_a_finding_becomes_an_action(desk: Desk) -> None:
    turned(desk)
    page = desk.screen.pages.listening
    press(desk, Qt.Key.Key_N, control=True)
    assert not page.log.form.isVisible(), "first it is written down"
    desk.model.listening.select(UUID(int=801))
    press(desk, Qt.Key.Key_N, control=True)
    form = page.log.form
    assert form.isVisible()
    assert not page.log.log.isVisible()
    form.what.set_text("More chairs")
    press(desk, Qt.Key.Key_F12)
    assert form.owner.error(), "somebody does it"
    form.owner.editor.setCurrentIndex(2)  # type: ignore[attr-defined]
    form.check_on.set_text("7")
    assert form.check_on._hint.text() == "On 2026-11-25"
    press(desk, Qt.Key.Key_F12)
    assert desk.core.commands(c.OpenAction) == [
        c.OpenAction(UUID(int=801), "More chairs", CLERK, "2026-11-25")
    ]
    assert not form.isVisible()


def test_an_action_is_looked_at(desk: Desk) -> None:
    turned(desk)
    page = desk.screen.pages.listening
    desk.model.listening.select(UUID(int=901))
    assert page.check.isVisible()
    assert "43 h late" in page.check.state.text()
    press(desk, Qt.Key.Key_3, control=True)
    press(desk, Qt.Key.Key_F12)
    assert page.check.note.error()
    page.check.note.set_text("No screen yet")
    page.check.again.set_text("2026-12-24")
    press(desk, Qt.Key.Key_F12)
    assert desk.core.commands(c.CheckAction)[-1] == c.CheckAction(
        UUID(int=901), "not_done", "No screen yet", "2026-12-24"
    )
    desk.model.listening.select(UUID(int=904))
    assert "Nobody asks any more" in page.check.history.text()
    assert not page.check.save.isVisible(), "it is over"
    press(desk, Qt.Key.Key_1, control=True)
    press(desk, Qt.Key.Key_F12)
    assert len(desk.core.commands(c.CheckAction)) == 2


def test_the_desk_reminds_on_the_day_and_leads_there(desk: Desk) -> None:
    desk.show()
    assert not desk.screen.reminder.isVisible()
    show(desk)
    assert desk.screen.reminder.isVisible()
    assert desk.screen.reminder.what.text().endswith("1 more")
    assert desk.screen.to_listening.text() == "Listening · 3", "one to call, two to look at"
    desk.click("show_action")
    page = desk.screen.pages.listening
    assert page.check.isVisible()
    assert desk.model.listening.action is not None
    assert not desk.screen.reminder.isVisible(), "it is in sight"
    press(desk, Qt.Key.Key_Escape)
    others = replace(listening_page(UUID(int=5)), own=())
    show(desk, others)
    assert not desk.screen.reminder.isVisible(), "somebody else's"


def test_the_board_has_actions_among_the_promises(desk: Desk) -> None:
    show(desk)
    assert desk.model.late == 1
    press(desk, Qt.Key.Key_F3)
    board = desk.screen.board
    assert [view.id for view in board.late.views()] == [str(UUID(int=901))]
    assert [view.id for view in board.next.views()] == [str(UUID(int=n)) for n in (902, 903)]
    board.late.chosen.emit(str(UUID(int=901)))
    desk.settle()
    assert desk.screen.pages.listening.check.isVisible()


def test_without_a_list_it_says_how_one_comes(desk: Desk) -> None:
    turned(desk, ListeningView())
    page = desk.screen.pages.listening
    assert page.customers.empty.isVisible()
    assert page.nothing.isVisible()
    assert desk.screen.to_listening.text() == "Listening"


def test_last_weeks_list_says_so_and_calls_nobody_up(desk: Desk) -> None:
    turned(desk, replace(listening_page(own_id(desk)), is_current=False, actions=()))
    assert "hasn't come yet" in desk.screen.pages.listening.title.text()
    assert desk.model.listening.to_do == 0


def test_another_language_leaves_what_was_typed(desk: Desk) -> None:
    turned(desk)
    log = desk.screen.pages.listening.log
    log.heard.set_text("half a sen")
    log.topic.editor.setCurrentIndex(1)  # type: ignore[attr-defined]
    language = Language()
    language.use("zh_CN")
    desk.settle()
    assert log.save.text() == "保存"
    assert log.topic.editor.currentText() == "等候时间"  # type: ignore[attr-defined]
    assert log.heard.text() == "half a sen"
    language.use("en")


def test_who_signs_out_leaves_nothing_behind(desk: Desk) -> None:
    turned(desk)
    desk.screen.pages.listening.log.heard.set_text("private")
    press(desk, Qt.Key.Key_F5)
    desk.click("sign_out")
    desk.settle()
    assert desk.model.listening.contact is None
    assert desk.screen.pages.listening.log.heard.text() == ""
