"""One screen for clerk and customer: lent while somebody is asked, and no key answers meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.domain.events import CustomerYes, Proof, RatingState
from app.services import commands as c
from tests.fakes import core as fake
from tests.gui.panel_states import LINK
from tests.gui.test_counter_application import FakeParts
from ui.application import Application
from ui.command_line import Options
from ui.screens import shared_screen
from ui.screens.homes import CounterHome
from ui.viewmodels import wording
from ui.viewmodels.rating_panel_pages import Page, PanelTimes
from ui.viewmodels.redemption import Stage

ANSWERING_KEYS = (
    *(Qt.Key.Key_1, Qt.Key.Key_5, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space),
    *(Qt.Key.Key_Y, Qt.Key.Key_Tab, Qt.Key.Key_F3, Qt.Key.Key_F12, Qt.Key.Key_F1),
)


class OneScreen:
    """A counter on a PC with one screen that is taken over."""

    def __init__(self, application: Application, core: fake.FakeCore, qtbot: QtBot) -> None:
        assert isinstance(application.home, CounterHome)
        self.window, self.home, self.core = application.window, application.home, core
        self.qtbot = qtbot
        self.clock = [10_000.0]
        assert self.home.place.shared is not None
        self.shared = self.home.place.shared
        self.shared._now_ms = lambda: self.clock[0]

    def serve(self) -> UUID:
        view = self.core.execute(c.IdentifyMember(UUID(int=1), Proof.CARD))
        self.qtbot.waitUntil(lambda: self.home.counter.encounter is not None)
        assert not self.shared.is_lent(), "nobody is asked yet"
        return UUID(str(view.encounter_id))

    def ask(self) -> None:
        self.home.counter.press("F3")
        self.home.counter.submit("1", None)
        self.qtbot.waitUntil(self.shared.is_lent)
        self.clock[0] += 5_000  # somebody has turned the screen, and read

    def finish(self) -> None:
        self.home.counter.press("F12")
        self.qtbot.waitUntil(self.shared.is_lent)
        self.clock[0] += 5_000

    def tap(self, name: str) -> None:
        found = [w for w in self.home.panel_window.findChildren(QWidget, name) if w.isVisible()]
        assert len(found) == 1, name
        self.qtbot.mouseClick(found[0], Qt.MouseButton.LeftButton)

    def type_everything(self) -> None:
        """Press each key that might answer, on what has the focus and on each button."""
        buttons = [w for w in self.home.panel_window.findChildren(QWidget) if w.isVisible()]
        for target in (self.window, self.home.screen.box.edit, *buttons):
            for key in ANSWERING_KEYS:
                QTest.keyClick(target, key)
        QApplication.processEvents()


@pytest.fixture
def one(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[OneScreen]:
    core = fake.FakeCore()
    core.sign_in()
    parts: Any = FakeParts(core)
    options = Options(tmp_path, language="en", theme="light", take_over=True)
    application = Application(qapp, options, parts)
    qtbot.addWidget(application.window)
    application.show()
    application.window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is application.window)
    yield OneScreen(application, core, qtbot)
    application.close()
    application.language.use("en")


def test_the_customer_says_yes_on_the_clerks_screen_and_it_comes_back(one: OneScreen) -> None:
    one.serve()
    one.ask()
    assert not one.home.screen.isVisible(), "the customer sees the clerk's screen"
    one.tap("yes")
    one.qtbot.waitUntil(lambda: one.home.panel.page is Page.OUTCOME)
    (confirmed,) = one.core.commands(c.ConfirmRedemption)
    assert confirmed.customer_yes is CustomerYes.SHARED_SCREEN
    one.home.panel._on_idle()
    one.qtbot.waitUntil(one.home.screen.isVisible)
    assert one.home.counter.encounter is not None, "the encounter goes on"
    one.qtbot.waitUntil(one.home.screen.box.edit.hasFocus)


def test_a_window_behind_another_programs_comes_up_when_the_customer_is_asked(
    one: OneScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought_up: list[QWidget] = []
    monkeypatch.setattr(shared_screen, "bring_up", brought_up.append)
    one.serve()
    assert brought_up == []
    one.ask()
    assert brought_up == [one.window]


def test_no_key_says_yes_and_none_gets_through(one: OneScreen) -> None:
    one.serve()
    one.ask()
    before = len(one.core.calls)
    one.type_everything()
    assert one.home.panel.page is Page.CONFIRM
    assert len(one.core.calls) == before
    assert one.home.screen.box.edit.text() == ""


def test_escape_takes_the_question_back_and_spends_nothing(one: OneScreen) -> None:
    one.serve()
    one.ask()
    QTest.keyClick(one.window, Qt.Key.Key_Escape)
    one.qtbot.waitUntil(one.home.screen.isVisible)
    assert one.home.counter.redemption.stage is Stage.IDLE
    assert one.core.commands(c.ConfirmRedemption) == []
    one.qtbot.waitUntil(lambda: len(one.core.commands(c.DeclineRedemption)) == 1)


def test_a_click_meant_for_the_clerks_screen_answers_nothing(one: OneScreen) -> None:
    one.serve()
    one.ask()
    one.shared._lent_ms = one.clock[0] - 100  # the panel came under the finger
    one.tap("yes")
    assert one.home.panel.page is Page.CONFIRM
    one.clock[0] += 1_000
    one.tap("yes")
    assert one.home.panel.page is not Page.CONFIRM


def test_a_rating_by_touch_comes_back_to_an_empty_home(one: OneScreen) -> None:
    one.serve()
    one.finish()
    one.type_everything()
    QTest.keyClick(one.window, Qt.Key.Key_Escape)
    assert one.home.panel.page is Page.RATING, "the clerk ended it"
    assert one.core.commands(c.RecordRating) == []
    one.tap("face_2")
    one.qtbot.waitUntil(lambda: one.home.panel.page is Page.DETAILS)
    assert one.core.commands(c.RecordRating)[0].score == 2
    one.tap("done")
    one.qtbot.waitUntil(lambda: one.home.panel.page is Page.THANKS)
    one.home.panel._on_idle()
    one.qtbot.waitUntil(one.home.screen.isVisible)
    assert one.home.counter.encounter is None
    assert one.home.screen.box.edit.text() == ""
    focused = QApplication.focusWidget()
    assert focused is one.home.screen.box.edit
    QTest.keyClicks(focused, "zw", delay=60)
    one.qtbot.waitUntil(lambda: one.home.screen.box.edit.text() == "zw")


def test_nobody_there_gives_the_screen_back_as_timed_out(one: OneScreen) -> None:
    one.home.panel._fixed_times = PanelTimes(*[40] * 7)
    one.serve()
    one.home.counter.press("F12")
    one.qtbot.waitUntil(lambda: len(one.core.commands(c.CloseInvitation)) == 1, timeout=30_000)
    assert one.core.commands(c.CloseInvitation)[0].state is RatingState.TIMED_OUT
    one.qtbot.waitUntil(one.home.screen.isVisible)


def test_a_scan_meanwhile_opens_nobody(one: OneScreen) -> None:
    one.serve()
    one.finish()
    calls = len(one.core.calls)
    one.home.take_scan(fake.PASS)
    QTest.keyClicks(one.window, fake.PASS, delay=5)
    QTest.keyClick(one.window, Qt.Key.Key_Return)
    one.qtbot.mouseMove(one.window, QPoint(5, 5))
    assert len(one.core.calls) == calls


def test_signing_out_takes_the_screen_and_the_keys_back(one: OneScreen) -> None:
    one.serve()
    one.finish()
    one.core.execute(c.SignOut())
    one.qtbot.waitUntil(lambda: not one.shared.is_lent())
    one.qtbot.waitUntil(lambda: isinstance(QApplication.focusWidget(), QWidget))
    one.home.panel._on_idle()
    assert not one.home.screen.isVisible()


def test_the_setting_does_what_the_option_does(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    (tmp_path / "screen.ini").write_text("[General]\ntake_over=true\n")
    core = fake.FakeCore()
    core.sign_in()
    parts: Any = FakeParts(core)
    application = Application(qapp, Options(tmp_path, language="en", theme="light"), parts)
    qtbot.addWidget(application.window)
    application.show()
    assert isinstance(application.home, CounterHome)
    assert application.home.place.shared is not None
    application.close()


def test_a_screen_that_the_clerk_needs_shows_no_code_for_phones(
    one: OneScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = one.core._FinishEncounter

    def linked(command: c.FinishEncounter) -> Any:
        invitation = finish(command)
        assert invitation is not None
        return replace(invitation, link=LINK)

    monkeypatch.setattr(one.core, "_FinishEncounter", linked)
    one.serve()
    one.finish()
    one.tap("no_thanks")
    one.qtbot.waitUntil(lambda: one.home.panel.page is Page.THANKS)
    assert one.home.panel.phone_link == ""


def test_it_comes_back_to_a_home_that_tells_nothing_of_whom_it_was(one: OneScreen) -> None:
    """The next customer sees it too, when it is lent again."""
    one.serve()
    member = one.home.counter.member
    assert member is not None
    points = wording.number(member.spendable_points)
    told = (member.masked_name, member.masked_card, member.masked_phone, points)
    assert any(text in said(one.home.screen) for text in told)
    one.finish()
    one.tap("face_5")
    one.qtbot.waitUntil(lambda: one.home.panel.page is Page.DETAILS)
    one.clock[0] += 5_000
    one.home.panel.finish()
    one.qtbot.waitUntil(lambda: one.home.panel.page is Page.THANKS)
    one.home.panel._on_idle()
    one.qtbot.waitUntil(one.home.screen.isVisible)
    assert one.home.counter.encounter is None
    shown = said(one.window)
    assert [text for text in told if text in shown] == []
    assert one.home.screen.box.text() == ""


def said(window: QWidget) -> str:
    """All that can be read in a window."""
    texts = []
    for widget in window.findChildren(QWidget):
        if widget.isVisible():
            painted: list[Any] = getattr(widget, "painted_texts", list)()
            texts += [each.text for each in painted]
            if isinstance(widget, QLabel | QLineEdit):
                texts.append(widget.text())
    return "\n".join(texts)
