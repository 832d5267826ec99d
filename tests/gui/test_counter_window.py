"""The counter as people see it: readable at every size, the focus never lost."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.services import commands as c
from app.services.views import ChangeKind, PendingItem, ShiftSummary
from tests.fakes import core as fake
from tests.gui.counter_world import CounterWorld, Key
from tests.gui.legibility import contrast_failures, cut_texts
from tests.gui.test_appeals import own
from ui.screens.enrolment import EnrolmentScreen
from ui.screens.sign_in import SignInScreen
from ui.viewmodels.enrolment import EnrolmentViewModel
from ui.viewmodels.said import Said
from ui.viewmodels.sign_in import SignInViewModel
from ui.viewmodels.steps import Step

ROOT = Path(__file__).resolve().parents[2]
SIZES = {"100 %": (1366, 768), "125 %": (1093, 614), "150 %": (911, 512)}
"""What is left of 1366 x 768 at each scale, device-independent px."""


def walk(world: CounterWorld, look_at: Callable[[str], None]) -> None:
    """Go through every screen of the counter."""
    look_at("home")
    world.type("5678")
    look_at("results")
    world.press(Key.Key_Return)
    world.scan(fake.PASS_OF_TWO_LEGS)
    look_at("proposal")
    world.press(Key.Key_Return)
    world.core.online = False
    world.press(Key.Key_F3)
    look_at("rewards")
    world.type("1")
    world.press(Key.Key_Return)
    look_at("asking")
    question = world.counter.redemption.question
    assert question is not None
    world.counter.redemption.say_yes(question.redemption_id)
    world.settle()
    look_at("redeemed")
    for key in (Key.Key_F2, Key.Key_F4, Key.Key_F7, Key.Key_F8):
        world.press(key)
        look_at(str(key))
        world.press(Key.Key_Escape)
    for key, letters in ((Key.Key_F5, "jck"), (Key.Key_F6, "1"), (Key.Key_F9, "hcv")):
        world.press(key)
        look_at(str(key))
        for letter in letters:
            world.type(letter)
            look_at(f"{key} {letter}")
            world.press(Key.Key_Escape)
        world.press(Key.Key_Escape)
    world.press(Key.Key_F12, modifier=Qt.KeyboardModifier.ShiftModifier)
    look_at("skip")
    world.press(Key.Key_Escape, Key.Key_F12, Key.Key_F12)
    world.scan(fake.PASS_OF_STRANGER)
    look_at("stranger")


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES.keys())
def test_no_text_is_cut(qtbot: QtBot, language: str, size: tuple[int, int]) -> None:
    core = fake.FakeCore()
    core.waiting = [PendingItem("accrual", "CA1501 22 Nov PEK-SHA", fake.START_MS, "exception")]
    core.own_visits = tuple(own(n, "waiting") for n in range(1, 8))
    world = CounterWorld(qtbot, core=core, language=language, size=size)
    found: list[str] = []

    def look_at(where: str) -> None:
        assert world.window.size().toTuple() == size, "the window outgrew the screen"
        found.extend(f"{where}: {line}" for line in cut_texts(world.window))

    walk(world, look_at)
    for screen in before_work(world):
        world.window.add_screen(screen)
        world.window.show_screen(screen)
        world.settle()
        look_at(type(screen).__name__)
    world.close()
    assert found == []


def before_work(world: CounterWorld) -> list[QWidget]:
    """The screens before somebody works, in their fullest state."""
    sign_in = SignInScreen(SignInViewModel(world.runner), world.status)
    sign_in.show_summary(ShiftSummary(UUID(int=1), 0, 34, 29, 4, 1, 2, 1, 3))
    sign_in.warn_of_weak_vault(True)
    enrolment = EnrolmentViewModel(world.runner)
    enrolment.submit("", "")
    return [sign_in, EnrolmentScreen(enrolment)]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everything_can_be_read(qtbot: QtBot, theme: str) -> None:
    world = CounterWorld(qtbot, theme=theme)
    world.type("5678")
    assert contrast_failures(world.window) == []
    world.press(Key.Key_Return)
    world.scan(fake.PASS)
    world.press(Key.Key_F3)
    assert contrast_failures(world.window) == []
    world.close()


# ---------------------------------------------------------------- focus


def test_the_box_has_the_focus_after_every_key(world: CounterWorld) -> None:
    for key in (Key.Key_F2, Key.Key_F5, Key.Key_F7, Key.Key_F8, Key.Key_F9):
        world.press(key)
        assert world.focused() is world.screen.box.edit
        world.press(Key.Key_Escape)


def test_a_form_has_the_focus_while_it_asks_and_the_box_again_after_it(
    world: CounterWorld,
) -> None:
    world.press(Key.Key_F5)
    world.type("j")
    form = world.screen.sheet.form_of(Step.JOIN)
    world.wait_for(lambda: form.isAncestorOf(world.focused() or world.screen))
    world.press(Key.Key_Escape, Key.Key_Escape)
    world.wait_for(lambda: world.focused() is world.screen.box.edit)


def test_tab_never_leaves_the_box(world: CounterWorld) -> None:
    world.scan(fake.PASS)
    for _ in range(5):
        world.press(Key.Key_Tab)
        world.wait_for(lambda: world.focused() is world.screen.box.edit)


def test_a_click_anywhere_gives_the_box_its_focus_back(world: CounterWorld) -> None:
    world.scan(fake.CARD)
    for widget in (world.screen.member, world.screen.entries, world.screen.light):
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton)
        world.settle()
        world.wait_for(lambda: world.focused() is world.screen.box.edit)


def test_taps_on_the_panel_lose_the_clerk_no_character(world: CounterWorld, qtbot: QtBot) -> None:
    panel = QWidget(
        None, Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowDoesNotAcceptFocus
    )
    panel.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
    face = QPushButton("face")
    face.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    QVBoxLayout(panel).addWidget(face)
    qtbot.addWidget(panel)
    panel.show()
    taps = []
    face.clicked.connect(lambda: taps.append(1))
    text = "zhang wei 13812345678 " * 9
    for index, character in enumerate(text):
        QTest.keyClicks(world.focused() or panel, character)
        if index % 3 == 0:
            QTest.mouseClick(face, Qt.MouseButton.LeftButton)
    assert world.screen.box.text() == text
    assert len(taps) == len(text) // 3
    assert world.window.isActiveWindow()


def test_a_scan_while_a_name_is_half_typed_is_taken_as_a_scan(world: CounterWorld) -> None:
    scans = world.with_scan_filter()
    box = world.screen.box.edit
    for character in "zh":
        world.clock_ms += 200
        QTest.keyClicks(box, character)
    scans.release()
    world.clock_ms += 200
    for character in fake.PASS:
        QTest.keyClicks(box, character)
        world.clock_ms += 5
    QTest.keyClick(box, Qt.Key.Key_Return)
    world.wait_for(lambda: len(world.core.commands(c.IdentifyMember)) == 1)
    assert world.core.commands(c.IdentifyMember)[0].opened_by == "scan"
    assert world.screen.box.text() == ""


def test_the_input_method_is_off_until_its_key(world: CounterWorld) -> None:
    assert not world.screen.box.input_method()
    world.press(Key.Key_F11)
    assert world.screen.box.input_method()
    world.press(Key.Key_F11)
    assert not world.screen.box.input_method()


def test_nothing_but_its_key_switches_the_input_method_on(world: CounterWorld) -> None:
    box = world.screen.box
    enabled = Qt.WidgetAttribute.WA_InputMethodEnabled
    serve_something(world)
    for key in (Key.Key_F7, Key.Key_F8):
        world.press(key, Key.Key_Escape)
        world.language.use("zh_CN")
        world.language.use("en")
        assert not box.edit.testAttribute(enabled)
        assert not box.input_method()
    world.press(Key.Key_F11, Key.Key_F7)
    assert not box.edit.testAttribute(enabled), "composing into a box that takes nothing"
    world.press(Key.Key_Escape)
    assert box.edit.testAttribute(enabled)
    assert cut_texts(world.window) == []


def serve_something(world: CounterWorld) -> None:
    world.scan(fake.PASS)
    world.press(Key.Key_Return)


# ---------------------------------------------------------------- languages, network, boxes


def test_the_language_changes_at_once(world: CounterWorld) -> None:
    world.scan(fake.PASS)
    world.language.use("zh_CN")
    world.settle()
    assert world.screen.proposal.sentence().startswith("累积 1,240 积分")
    assert next(iter(world.screen.keys._places.values())).text() == "累积"
    assert cut_texts(world.window) == []


def test_a_lost_network_changes_words_and_opens_nothing(world: CounterWorld) -> None:
    windows = set(QApplication.topLevelWidgets())
    world.core.online = False
    world.core.announce(ChangeKind.READINESS)
    world.wait_for(lambda: world.screen.light.text().startswith("Working offline"))
    assert QApplication.activeModalWidget() is None
    opened = set(QApplication.topLevelWidgets()) - windows
    assert not [widget for widget in opened if widget.isVisible()]


def test_no_screen_opens_a_box_in_the_way() -> None:
    forbidden = {"QMessageBox", "QDialog", "QInputDialog", "QErrorMessage", "QFileDialog"}
    for file in (ROOT / "ui").rglob("*.py"):
        tree = ast.parse(file.read_text("utf-8"))
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert not names & forbidden, file


def test_where_nobody_is_found_nobody_is_to_be_chosen(world: CounterWorld) -> None:
    world.type("5678")
    assert world.screen._who.currentWidget() is world.screen.member
    world.type("9999")
    assert world.screen._who.currentWidget() is world.screen.outlook


def test_what_was_done_before_is_not_said_beside_what_failed_now(world: CounterWorld) -> None:
    world.counter.dialogue.say(Said.message("positive", "undone"))
    assert world.screen.notice.isVisible()
    world.scan("%%%garbage")
    assert not world.screen.notice.isVisible()


def test_nothing_moves_when_the_first_entry_waits(world: CounterWorld) -> None:
    before = world.screen.entries.height()
    world.core.waiting = [PendingItem("accrual", "CA1501", fake.START_MS, "waiting")]
    world.core.announce(ChangeKind.PENDING)
    world.settle()
    assert world.screen.chip.isVisible()
    assert world.screen.entries.height() == before
