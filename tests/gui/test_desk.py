"""The manager's desk: what rings, until when; cases and exceptions from the keyboard; offline."""

from __future__ import annotations

import threading
from dataclasses import replace
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QPlainTextEdit

from app.domain.errors import Unavailable
from app.domain.records import CaseNote
from app.domain.settling import Answer
from app.services import commands as c
from app.services.views import ChangeKind, ItemMember
from tests.gui.desk_core import FIGURES, case, exception
from tests.gui.desk_world import Desk
from ui.qt.relay import Relay
from ui.screens import look
from ui.viewmodels.desk import next_step

# ------------------------------------------------------------------- ringing


def test_it_rings_at_once_for_what_is_only_heard_of(desk: Desk) -> None:
    desk.model.ring(case(1, 0, call="now"))
    assert desk.bell.heard == ["ring"]
    assert desk.window.windowTitle() == "(1) Guichet · M1"
    assert desk.tray.notices == [
        ("Low rating at window A1", "Very dissatisfied. Somebody is needed at the counter.")
    ]
    assert desk.has("acknowledge")
    assert desk.screen.cases.current_id() == str(UUID(int=1))


def test_it_rings_for_what_a_pull_brings_too(desk: Desk) -> None:
    desk.show(case(1, 3))
    assert desk.bell.heard == ["ring"]
    assert len(desk.tray.notices) == 1


def test_heard_of_and_pulled_is_one_case(desk: Desk) -> None:
    for _ in range(3):
        desk.model.ring(case(1, 0))
    desk.show(case(1, 0))
    desk.model.ring(case(1, 0))
    assert len(desk.model.cases) == 1
    assert len(desk.tray.notices) == 1
    assert desk.bell.heard == ["ring"]


def test_a_ring_from_another_thread_arrives_on_the_gui_thread(desk: Desk) -> None:
    relay = Relay()
    relay.arrived.connect(desk.model.ring)
    thread = threading.Thread(target=relay.send, args=(case(1, 0),))
    thread.start()
    desk.until(lambda: desk.bell.heard == ["ring"])
    thread.join()


def test_taking_a_case_silences_and_clears_the_badge(desk: Desk) -> None:
    desk.show(case(1, 3))
    desk.click("acknowledge")
    assert desk.bell.heard == ["ring", "stop"]  # before the core has answered
    desk.settle()
    assert desk.core.commands(c.AcknowledgeCase) == [c.AcknowledgeCase(UUID(int=1))]
    assert desk.window.windowTitle() == "Guichet · M1"
    assert not desk.has("acknowledge")


def test_two_alarms_ring_until_both_are_taken(desk: Desk) -> None:
    desk.model.ring(case(1, 3))
    desk.model.ring(case(2, 1))
    desk.show(case(1, 3), case(2, 1))
    assert desk.bell.heard == ["ring"]  # one bell, not two
    assert len(desk.tray.notices) == 2
    assert desk.window.windowTitle().startswith("(2) ")
    desk.click("acknowledge")
    desk.settle()
    assert desk.alarm.is_ringing()
    assert desk.window.windowTitle().startswith("(1) ")
    desk.model.select_case(UUID(int=2))
    desk.click("acknowledge")
    desk.settle()
    assert desk.bell.heard == ["ring", "stop"]


def test_taken_at_another_desk_it_falls_silent_with_the_pull(desk: Desk) -> None:
    desk.show(case(1, 3))
    desk.show(case(1, 3, state="acknowledged", acknowledged_by="王强"))
    assert desk.bell.heard == ["ring", "stop"]
    desk.model.ring(case(1, 3))  # a late copy over the other path
    assert desk.bell.heard == ["ring", "stop"]


def test_a_case_taken_before_it_was_pulled_is_taken_when_it_comes(desk: Desk) -> None:
    desk.model.ring(case(1, 0))
    desk.click("acknowledge")
    desk.settle()
    assert not desk.alarm.is_ringing()
    desk.show(case(1, 0))
    desk.until(lambda: desk.core.desk_view.cases[0].state == "acknowledged")
    assert not desk.alarm.is_ringing()


def test_a_failed_acknowledgement_rings_again_and_says_why(desk: Desk) -> None:
    desk.show(case(1, 3))
    desk.core.refuse_next = Unavailable("disk_full", "no space left")
    desk.click("acknowledge")
    desk.settle()
    assert desk.bell.heard == ["ring", "stop", "ring"]
    assert desk.screen.banner.isVisible()
    desk.click("acknowledge")
    desk.settle()
    assert not desk.screen.banner.isVisible()
    assert not desk.alarm.is_ringing()


def test_two_presses_on_acknowledge_are_one(desk: Desk) -> None:
    desk.show(case(1, 3))
    desk.model.acknowledge()
    desk.model.acknowledge()
    desk.settle()
    assert len(desk.core.commands(c.AcknowledgeCase)) == 1


def test_complaints_taken_at_a_counter_do_not_ring(desk: Desk) -> None:
    desk.show(case(1, 30, origin="matter", score=None, number="PEK01-0412", topic="baggage"))
    assert desk.bell.heard == []
    assert desk.model.unattended == ()


def test_it_rings_with_nobody_signed_in(desk: Desk) -> None:
    desk.core.execute(c.SignOut())
    desk.settle()
    assert desk.model.view is None
    desk.model.ring(case(1, 0))
    assert desk.alarm.is_ringing()


def test_the_badge_follows_a_new_title_and_the_icon_changes(desk: Desk) -> None:
    def pixels(icon: QIcon) -> object:
        return icon.pixmap(32, 32).toImage()

    plain = pixels(desk.window.windowIcon())
    desk.show(case(1, 3))
    assert pixels(desk.window.windowIcon()) != plain
    desk.window.setWindowTitle("Guichet · M2")
    assert desk.window.windowTitle() == "(1) Guichet · M2"
    desk.click("acknowledge")
    desk.settle()
    assert desk.window.windowTitle() == "Guichet · M2"
    assert pixels(desk.window.windowIcon()) == plain


def test_a_ring_does_not_take_away_the_case_in_hand(desk: Desk) -> None:
    desk.show(case(1, 9, state="acknowledged", acknowledged_by="赵敏"))
    desk.write("note_text", "Half a sent")
    desk.model.ring(case(2, 0))
    assert desk.model.selected_case_id == UUID(int=1)
    editor = desk.widget("note_text")
    assert isinstance(editor, QPlainTextEdit)
    assert editor.toPlainText() == "Half a sent"


# ------------------------------------------------------------------- handling


def test_from_new_to_closed_each_step_is_one_button(desk: Desk) -> None:
    desk.show(case(1, 3))
    assert [desk.has(n) for n in ("acknowledge", "note", "close_resolved")] == [True, False, False]
    desk.click("acknowledge")
    desk.settle()
    assert [desk.has(n) for n in ("acknowledge", "note", "close_resolved")] == [False, True, False]
    desk.write("note_text", "  Bag found, brought to the hotel.  ")
    desk.click("note")
    desk.until(lambda: desk.has("close_resolved"))
    editor = desk.widget("note_text")
    assert isinstance(editor, QPlainTextEdit)
    assert editor.toPlainText() == ""
    assert desk.core.commands(c.NoteCase)[0].text == "Bag found, brought to the hotel."
    desk.click("close_unable")
    desk.settle()
    assert desk.core.commands(c.CloseCase) == [c.CloseCase(UUID(int=1), "unable")]
    closed = desk.model.selected_case
    assert closed is not None
    assert next_step(closed) == "none"
    assert not desk.has("note")


def test_a_refused_note_keeps_its_words(desk: Desk) -> None:
    desk.show(case(1, 3, state="acknowledged", acknowledged_by="赵敏"))
    desk.core.refuse_next = Unavailable("disk_full", "no space left")
    desk.write("note_text", "Spoke with the customer.")
    desk.click("note")
    desk.settle()
    editor = desk.widget("note_text")
    assert isinstance(editor, QPlainTextEdit)
    assert editor.toPlainText() == "Spoke with the customer."
    assert desk.screen.banner.isVisible()


def test_a_note_meant_for_one_case_never_goes_to_another(desk: Desk) -> None:
    taken = {"state": "acknowledged", "acknowledged_by": "赵敏"}
    desk.show(case(1, 9, **taken), case(2, 3, **taken))
    desk.write("note_text", "For A1 alone")
    desk.model.select_case(UUID(int=2))
    editor = desk.widget("note_text")
    assert isinstance(editor, QPlainTextEdit)
    assert editor.toPlainText() == ""


def test_the_keyboard_takes_and_notes_a_case(desk: Desk) -> None:
    desk.show(case(1, 9), case(2, 3))
    desk.window.activateWindow()
    desk.screen.cases.setFocus()
    desk.until(desk.screen.cases.hasFocus)
    desk.qtbot.keyClick(desk.screen.cases, Qt.Key.Key_Down)
    assert desk.model.selected_case_id == UUID(int=2)
    desk.qtbot.keyClick(desk.screen.cases, Qt.Key.Key_Return)
    desk.settle()
    assert desk.core.commands(c.AcknowledgeCase) == [c.AcknowledgeCase(UUID(int=2))]
    desk.qtbot.keyClick(desk.screen.cases, Qt.Key.Key_Return)
    desk.settle()
    assert desk.core.commands(c.AdvanceCase) == [c.AdvanceCase(UUID(int=2), "arrived")]
    editor = desk.widget("note_text")
    assert editor.hasFocus()
    desk.qtbot.keyClicks(editor, "Done")
    desk.qtbot.keyClick(editor, Qt.Key.Key_Tab)
    assert desk.widget("note").hasFocus()
    desk.qtbot.keyClick(desk.widget("note"), Qt.Key.Key_Return)
    desk.settle()
    assert [note.text for note in desk.core.commands(c.NoteCase)] == ["Done"]


def test_a_saved_note_leaves_the_case_open_to_another(desk: Desk) -> None:
    """Enter twice by habit must not end it."""
    desk.show(case(1, 9, state="acknowledged"))
    desk.window.activateWindow()
    editor = desk.widget("note_text")
    editor.setFocus()
    desk.until(editor.hasFocus)
    for text in ("Done", "Told her"):
        desk.qtbot.keyClicks(editor, text)
        desk.qtbot.keyClick(editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        desk.settle()
        assert editor.hasFocus()
    desk.qtbot.keyClick(editor, Qt.Key.Key_Return)
    desk.settle()
    assert [note.text for note in desk.core.commands(c.NoteCase)] == ["Done", "Told her"]
    assert desk.core.commands(c.CloseCase) == []


def test_the_ends_of_a_case_can_be_read_on_a_small_screen(desk: Desk) -> None:
    desk.window.resize(1366, 768)
    desk.show(case(1, 9, state="acknowledged", notes=(CaseNote(0, "赵敏", "Done"),)))
    for name in ("close_resolved", "close_unable"):
        button = desk.widget(name)
        assert button.isVisible()
        assert button.width() >= button.sizeHint().width(), name


def press(desk: Desk, key: Qt.Key, held: Qt.KeyboardModifier | None = None) -> None:
    """Press a key wherever the focus is."""
    focused = QApplication.focusWidget()
    assert focused is not None, "nothing has the focus"
    desk.qtbot.keyClick(focused, key, held or Qt.KeyboardModifier.NoModifier)
    desk.settle()


@pytest.mark.parametrize("focus", ["cases", "exceptions", "nowhere", "silenced"])
def test_the_keys_on_the_buttons_work_wherever_the_focus_is(desk: Desk, focus: str) -> None:
    desk.window.activateWindow()
    desk.until(lambda: QApplication.activeWindow() is desk.window)
    desk.show(case(1, 9))
    if focus == "nowhere":
        focused = QApplication.focusWidget()
        assert focused is not None
        focused.clearFocus()
    elif focus == "silenced":
        desk.click("silence")
    else:
        desk.widget(focus).setFocus()
    desk.until(lambda: QApplication.focusWidget() is not None)
    press(desk, Qt.Key.Key_Return)
    assert desk.core.commands(c.AcknowledgeCase) == [c.AcknowledgeCase(UUID(int=1))]
    press(desk, Qt.Key.Key_Return)
    assert desk.core.commands(c.AdvanceCase) == [c.AdvanceCase(UUID(int=1), "arrived")]
    editor = desk.widget("note_text")
    assert QApplication.focusWidget() is editor, "what is typed now would vanish"
    desk.qtbot.keyClicks(editor, "Done")
    press(desk, Qt.Key.Key_F12)
    assert desk.core.commands(c.CloseCase) == [], "closed before anything was written down"
    press(desk, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert [note.text for note in desk.core.commands(c.NoteCase)] == ["Done"]
    for digit in (Qt.Key.Key_1, Qt.Key.Key_3, Qt.Key.Key_2):  # behind it, ahead, passed over
        press(desk, digit, Qt.KeyboardModifier.ControlModifier)
    assert [done.stage for done in desk.core.commands(c.AdvanceCase)] == ["arrived", "offered"]
    press(desk, Qt.Key.Key_F12)
    assert desk.core.commands(c.CloseCase) == [c.CloseCase(UUID(int=1), "resolved")]
    assert QApplication.focusWidget() is desk.screen.cases
    press(desk, Qt.Key.Key_Return)
    assert desk.core.commands(c.ReopenCase) == [], "opened again by one key too many"
    press(desk, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert desk.core.commands(c.ReopenCase) == [c.ReopenCase(UUID(int=1))]
    assert QApplication.focusWidget() is desk.screen.cases


def test_the_customers_name_is_there_only_when_in_the_case(desk: Desk) -> None:
    def facts() -> str:
        shown = desk.screen.case.findChildren(look.Paragraph)
        return " ".join(each.text() for each in shown if each.isVisible())

    desk.show(case(1, 3))
    assert "Member" not in facts()
    desk.show(case(1, 3, member_name="张伟"))
    assert "Member: 张伟" in facts()


# ------------------------------------------------------------------- exceptions and figures


@pytest.mark.parametrize("answer", list(Answer))
def test_settling_an_exception(desk: Desk, answer: str) -> None:
    desk.show(exceptions=(exception(50), exception(51)))
    desk.screen.exceptions.select(str(UUID(int=50)))
    desk.write("settle_text", "Our own mistake")
    desk.click(f"settle_{answer}")
    desk.settle()
    assert desk.core.commands(c.SettleException) == [
        c.SettleException(UUID(int=50), answer, "Our own mistake")
    ]
    assert [item.exception_id for item in desk.model.exceptions] == [UUID(int=51)]


@pytest.mark.parametrize(
    ("spendable", "said"),
    [
        (950, ["900 of 950 points", "900 of 950", "bears 900", "Nothing"]),
        (100, ["100 points are taken, all", "and 800 are owed", "bears 900", "Nothing"]),
        (-5, ["0 points are taken", "900 are owed", "bears 900", "Nothing"]),
    ],
)
def test_what_an_answer_does_to_the_points_is_said_before(
    desk: Desk, spendable: int, said: list[str]
) -> None:
    item = exception(50, points=900, member_id=UUID(int=7))
    member = ItemMember("张*", "CA*1234", spendable)
    desk.show(exceptions=(item,), members={UUID(int=7): member})
    desk.model.select_exception(UUID(int=50))
    for (_, _, how), words in zip(desk.screen.exception.answers.values(), said, strict=True):
        assert words in how.text()
    assert "张* · CA*1234" in desk.screen.exception.whose.text()
    assert ("owes 5 points" in desk.screen.exception.whose.text()) == (spendable < 0)


def test_a_pattern_says_what_was_seen_and_by_whom(desk: Desk) -> None:
    seen = {"times": 5, "hours": 8, "taken": 900}
    item = exception(50, entry_type="Watched", code="watch_by_name", clerk_number="117", seen=seen)
    desk.show(exceptions=(item,))
    desk.model.select_exception(UUID(int=50))
    assert "clerk 117" in desk.screen.exception.source.text()
    assert "5 rewards within 8 h, 900 points" in desk.screen.exception.why.text()
    assert not desk.has("settle_write_off")


def test_what_nobodys_points_stand_behind_is_not_claimed(desk: Desk) -> None:
    desk.show(exceptions=(exception(50, member_id=None), exception(51, code="voided")))
    desk.model.select_exception(UUID(int=50))
    assert desk.has("settle_write_off")
    assert not desk.has("settle_claim_back")
    desk.model.select_exception(UUID(int=51))
    assert not desk.has("settle_write_off")


def test_only_a_reward_can_be_honoured(desk: Desk) -> None:
    earned = exception(50, entry_type="AccrualRecorded", code="already_earned")
    desk.show(exceptions=(earned,))
    desk.model.select_exception(UUID(int=50))
    assert not desk.has("settle_honour")
    assert not desk.has("settle_write_off")
    assert desk.has("settle_noted")


def test_whatever_was_rescued_can_be_booked_after_all(desk: Desk) -> None:
    rescued = exception(50, entry_type="AccrualRecorded", code="shut_out")
    desk.show(exceptions=(rescued, exception(51)))
    desk.model.select_exception(UUID(int=50))
    assert desk.has("settle_honour")
    how = desk.screen.exception.answers[Answer.HONOUR][2]
    assert "as the counter recorded it" in how.text()
    assert "you decide" in desk.screen.exception.why.text()
    desk.model.select_exception(UUID(int=51))
    assert "as the counter recorded it" not in how.text()


@pytest.mark.parametrize(
    ("entry_type", "code", "how"),
    [
        ("AccrualRecorded", "unknown_member", "as the counter recorded it."),
        ("AccrualReversed", "unknown_accrual", "as the counter recorded it."),
        ("MemberJoined", "unknown_encounter", "as the counter recorded it."),
        ("ContactUpdated", "unknown_member", "over what was changed since"),
        ("CardReplaced", "wrong_card", "over what was changed since"),
        ("RedemptionGranted", "unknown_member", "The member keeps the reward"),
    ],
)
def test_what_waited_for_a_lost_entry_can_be_booked(
    desk: Desk, entry_type: str, code: str, how: str
) -> None:
    desk.show(exceptions=(exception(50, entry_type=entry_type, code=code),))
    desk.model.select_exception(UUID(int=50))
    assert desk.has("settle_honour")
    assert how in desk.screen.exception.answers[Answer.HONOUR][2].text()


@pytest.mark.parametrize(
    ("entry_type", "code"),
    [
        ("RedemptionGranted", "fork"),
        ("RedemptionGranted", "unreadable"),
        ("MemberJoined", "card_taken"),
        ("RatingRecorded", "unknown_encounter"),
    ],
)
def test_honouring_is_not_offered_where_nothing_would_come_of_it(
    desk: Desk, entry_type: str, code: str
) -> None:
    desk.show(exceptions=(exception(50, entry_type=entry_type, code=code),))
    desk.model.select_exception(UUID(int=50))
    assert not desk.has("settle_honour")


def test_what_a_counter_has_no_longer_is_blamed_on_no_disk_alone(desk: Desk) -> None:
    """A backup that was said to hold it is as good a reason."""
    desk.show(exceptions=(exception(50, entry_type="AccrualRecorded", code="unreadable"),))
    desk.model.select_exception(UUID(int=50))
    why = desk.screen.exception.why.text()
    assert "its disk lost it" in why
    assert "a backup that lacks it" in why


def test_an_unknown_reason_is_said_in_the_servers_words(desk: Desk) -> None:
    desk.show(exceptions=(exception(50, entry_type="Whatever", code="new_in_v2", message="Odd"),))
    desk.model.select_exception(UUID(int=50))
    assert desk.screen.exception.why.text() == "The server could not post it: Odd"


def test_figures_come_with_their_n(desk: Desk) -> None:
    pane = desk.screen.figures
    assert pane.good.accessibleName() == "Good rate – n = 0"
    desk.core.desk_view = replace(desk.core.desk_view, figures=FIGURES)
    desk.show()
    assert pane.good.accessibleName() == "Good rate 88 % n = 48"
    assert pane.rated.accessibleName() == "Rated 69 % n = 70"
    assert pane.total.text() == "31 % · n = 70"


# ------------------------------------------------------------------- offline, empty


def test_offline_says_how_old_the_data_is(desk: Desk) -> None:
    desk.core.online = False
    desk.core.desk_view = replace(desk.core.desk_view, data_age_s=600)
    desk.core.announce(ChangeKind.READINESS)
    desk.settle()
    assert desk.screen.light.text() == "Offline · 10 min old"
    assert desk.screen.light.light() is look.Light.OFFLINE
    assert desk.screen.banner.isVisible()
    desk.show(case(1, 3))
    desk.click("acknowledge")  # the work goes on
    desk.settle()
    assert not desk.alarm.is_ringing()


def test_before_the_first_pull(desk: Desk) -> None:
    desk.core.desk_view = replace(desk.core.desk_view, data_age_s=None)
    desk.show()
    assert desk.screen.light.text() == "Offline · no data yet"


def test_empty_is_said(desk: Desk) -> None:
    desk.show()
    assert desk.screen.cases.empty.accessibleName() == "Nobody is waiting"
    assert desk.screen.quiet.isVisible()
