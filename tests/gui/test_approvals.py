"""Asking a manager, at the counter and at the desk, by keys alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.services import commands as c
from app.services.views import ApprovalStatus, ApprovalView, ChangeKind
from tests.gui.counter_world import CounterWorld, serve
from tests.gui.desk_world import Desk
from ui.screens import look
from ui.viewmodels.redemption import Stage
from ui.viewmodels.steps import Step

Key = Qt.Key
ASKED = ApprovalView(
    UUID(int=9), "A1", "1001", "张*明", "贵宾休息室", "Lounge visit", 4_000, "known", 9_200, 5_400
)
MakeWorld = Callable[..., CounterWorld]


@pytest.fixture
def world(qtbot: QtBot) -> CounterWorld:
    made = CounterWorld(qtbot)
    made.core.challenge = "12345678"
    serve(made)
    made.press(Key.Key_F3)
    made.type("1")
    made.press(Key.Key_Return)
    return made


def calls(world: CounterWorld, kind: type) -> list[object]:
    return [call for call in world.core.calls if isinstance(call, kind)]


def test_the_clerk_reads_out_the_digits_and_types_the_code(world: CounterWorld) -> None:
    assert world.counter.step is Step.APPROVAL
    assert (
        world.screen.sheet.form_of(Step.APPROVAL).aloud() == "3 号柜台 · 1234 5678 · 3,000 points"
    )
    world.type("11111111")
    world.press(Key.Key_Return)
    assert "Tries left: 3" in world.screen.sheet.form_of(Step.APPROVAL).fields["code"].error()
    world.screen.sheet.form_of(Step.APPROVAL).clear()
    world.type("24681357")
    world.press(Key.Key_Return)
    assert world.counter.redemption.stage is Stage.ASKING
    assert world.counter.redemption.question is not None
    assert world.counter.said is not None
    assert "赵敏 agreed" in world.counter.said.words()


def test_a_manager_who_agrees_at_the_desk_leads_to_the_customer(world: CounterWorld) -> None:
    world.core.approval = ApprovalStatus(UUID(int=0), "agreed", "赵敏")
    world.counter.redemption.approval._ask()
    world.wait_for(lambda: world.counter.redemption.stage is Stage.ASKING)


def test_one_who_declines_ends_it_and_nothing_is_spent(world: CounterWorld) -> None:
    world.core.approval = ApprovalStatus(UUID(int=0), "declined")
    world.counter.redemption.approval._ask()
    world.wait_for(lambda: world.counter.redemption.stage is Stage.IDLE)
    world.settle()
    assert calls(world, c.DeclineRedemption)
    assert world.counter.said is not None
    assert "did not agree" in world.counter.said.words()


def test_escape_stops_asking(world: CounterWorld) -> None:
    world.press(Key.Key_Escape)
    assert world.counter.step is Step.SERVE
    assert calls(world, c.DeclineRedemption)
    asked = len(calls(world, c.AskManager))
    world.counter.redemption.approval._ask()
    world.settle()
    assert len(calls(world, c.AskManager)) == asked


def test_with_no_desk_in_reach_it_says_so(world: CounterWorld) -> None:
    world.core.approval = ApprovalStatus(UUID(int=0), "nobody")
    world.counter.redemption.approval._ask()
    world.wait_for(lambda: "No manager's desk" in world.screen.sheet._note.text())


def ask(desk: Desk, *asked: ApprovalView) -> None:
    desk.core.approvals = list(asked)
    desk.core.announce(ChangeKind.APPROVALS)
    QApplication.processEvents()


def test_what_a_counter_asks_is_answered_by_a_key(desk: Desk) -> None:
    assert not desk.has("agree")
    ask(desk, ASKED)
    assert desk.screen.approval.what.text() == "Window A1 asks: Lounge visit, 4,000 points"
    assert "known member" in desk.screen.approval.detail.text()
    desk.screen.cases.setFocus()
    QTest.keyClick(desk.screen.cases, Key.Key_F8)
    desk.until(lambda: not desk.has("agree"))
    assert c.AnswerApproval(UUID(int=9), True) in desk.core.calls
    ask(desk, ASKED)
    QTest.keyClick(desk.screen.cases, Key.Key_F9)
    desk.until(lambda: not desk.has("agree"))
    assert c.AnswerApproval(UUID(int=9), False) in desk.core.calls


def test_a_request_that_is_gone_leaves(desk: Desk) -> None:
    ask(desk, ASKED)
    desk.core.approvals = []
    desk.until(lambda: not desk.has("agree"))


def test_a_code_is_made_from_the_keyboard(desk: Desk) -> None:
    QTest.keyClick(desk.screen.cases, Key.Key_F4)
    for text in ("A1", "1234 5678", "4,000"):
        desk.until(lambda: QApplication.focusWidget() is not None)
        target = QApplication.focusWidget()
        assert target is not None
        QTest.keyClicks(target, text)
        QTest.keyClick(target, Key.Key_Return)
    desk.until(lambda: desk.screen.codes.code.text() == "2468 1357")
    assert c.MakeApprovalCode("A1", "1234 5678", 4_000) in desk.core.calls
    target = QApplication.focusWidget()
    assert target is not None
    QTest.keyClicks(target, "0")
    assert desk.screen.codes.code.text() == "", "it was for something else"
    target = QApplication.focusWidget()
    assert target is not None
    QTest.keyClick(target, Key.Key_Escape)
    assert not desk.has("challenge")
    QTest.keyClick(desk.screen.cases, Key.Key_F4)
    assert desk.screen.codes.code.text() == "", "shown to nobody any more"


def test_what_is_no_challenge_is_said(desk: Desk) -> None:
    desk.click("open_code")
    for field, text in zip(desk.screen.codes.fields, ("A1", "12", "x"), strict=True):
        field.set_text(text)
    desk.click("make_code")
    desk.until(lambda: "eight digits" in desk.screen.codes.hint.text())


@pytest.mark.parametrize(
    ("theme", "language", "size"),
    [
        ("light", "en", (1366, 768)),
        ("dark", "zh_CN", (1366, 768)),
        ("light", "zh_CN", (1920, 1080)),
        ("dark", "en", (1920, 1080)),
    ],
)
def test_both_ends_look_right_in_every_dress(
    qtbot: QtBot,
    desk: Desk,
    tmp_path: Path,
    theme: str,
    language: str,
    size: tuple[int, int],
) -> None:
    world = CounterWorld(qtbot, language=language, theme=theme, size=size)
    world.core.challenge = "12345678"
    serve(world)
    world.press(Key.Key_F3)
    world.type("1")
    world.press(Key.Key_Return)
    assert world.window.grab().save(str(tmp_path / "counter.png"))
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    look.apply(app, theme, language=language)
    desk.window.resize(*size)
    ask(desk, ASKED)
    QTest.keyClick(desk.screen.cases, Key.Key_F4)
    desk.settle()
    for text in (desk.screen.approval.what, desk.screen.approval.agree):
        assert text.width() >= min(text.sizeHint().width(), 400)
    assert desk.window.grab().save(str(tmp_path / "desk.png"))
