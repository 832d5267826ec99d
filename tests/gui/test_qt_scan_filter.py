"""Scanner or typist: told apart by timing, with nothing lost and nothing misrouted."""

from __future__ import annotations

import string
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ui.qt.key_clock import KeyClock
from ui.qt.scan_filter import (
    GAP_MS,
    MIN_CHARACTERS,
    PASS_GAP_MS,
    SURE_GAP_MS,
    TAIL_MS,
    ScanFilter,
)

PASS = "M1ZHANG/WEI            EABC123 PEKSHACA 1501 326Y012A0045 100"
PRINTABLE = string.ascii_letters + string.digits + " /-+"


class Desk:
    """A line edit, a button, a filter with a clock of its own."""

    def __init__(self, qtbot: QtBot, prefix: str = "") -> None:
        self.now_ms = 1_000.0
        self.scans: list[str] = []
        self.pressed = self.entered = 0
        self.window = QWidget()
        self.edit = QLineEdit()
        self.button = QPushButton("Finish")
        self.button.setAutoDefault(True)
        column = QVBoxLayout(self.window)
        column.addWidget(self.edit)
        column.addWidget(self.button)
        qtbot.addWidget(self.window)
        self.edit.returnPressed.connect(self._on_enter)
        self.button.clicked.connect(self._on_pressed)
        self.filter = ScanFilter(prefix=prefix, now_ms=lambda: self.now_ms)
        self.filter.scanned.connect(lambda scan: self.scans.append(scan.text))
        self.filter.install()
        self.window.show()
        self.window.activateWindow()
        self.edit.setFocus()
        qtbot.waitUntil(lambda: QApplication.focusWidget() is self.edit)

    def _on_enter(self) -> None:
        self.entered += 1

    def _on_pressed(self) -> None:
        self.pressed += 1

    def key(self, text: str, gap_ms: float, target: QWidget | None = None) -> None:
        self.now_ms += gap_ms
        QTest.keyClicks(target or self.edit, text)

    def enter(self, gap_ms: float, target: QWidget | None = None) -> None:
        self.now_ms += gap_ms
        QTest.keyClick(target or self.edit, Qt.Key.Key_Return)

    def burst(self, text: str, gap_ms: float = 5, target: QWidget | None = None) -> None:
        for character in text:
            self.key(character, gap_ms, target)


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    desk = Desk(qtbot)
    yield desk
    desk.filter.remove()


def test_a_scan_reaches_no_widget_and_its_enter_no_button(desk: Desk) -> None:
    desk.button.setFocus()
    desk.burst(PASS, target=desk.button)
    desk.enter(5, desk.button)
    assert desk.scans == [PASS]
    assert desk.edit.text() == ""
    assert (desk.pressed, desk.entered) == (0, 0)


def test_a_scan_into_a_half_typed_field_leaves_it_as_it_was(desk: Desk) -> None:
    desk.burst("13", 200)
    desk.filter.release()
    desk.now_ms += 500
    desk.burst(PASS)
    desk.enter(5)
    assert desk.scans == [PASS]
    assert desk.edit.text() == "13"


def test_slow_typing_of_200_characters_passes_unharmed(desk: Desk) -> None:
    text = (PRINTABLE * 4)[:200]
    desk.burst(text, GAP_MS + 1)
    desk.enter(GAP_MS + 1)
    assert desk.edit.text() == text
    assert desk.scans == []
    assert desk.entered == 1


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(PRINTABLE, min_size=MIN_CHARACTERS, max_size=60),
    gaps=st.lists(st.floats(0, GAP_MS), min_size=61, max_size=61),
)
def test_any_burst_of_a_scanner_is_a_scan(desk: Desk, text: str, gaps: list[float]) -> None:
    desk.scans.clear()
    desk.edit.clear()
    desk.now_ms += 1_000
    for character, gap in zip(text, gaps, strict=False):
        desk.key(character, gap)
    desk.enter(gaps[-1])
    assert desk.scans == [text]
    assert desk.edit.text() == ""


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(PRINTABLE, min_size=1, max_size=60),
    gaps=st.lists(st.floats(GAP_MS + 1, 900), min_size=61, max_size=61),
)
def test_no_typing_is_ever_a_scan(desk: Desk, text: str, gaps: list[float]) -> None:
    desk.scans.clear()
    desk.edit.clear()
    for character, gap in zip(text, gaps, strict=False):
        desk.key(character, gap)
    desk.enter(gaps[-1])
    assert desk.scans == []
    assert desk.edit.text() == text


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(PRINTABLE, min_size=1, max_size=MIN_CHARACTERS - 1))
def test_a_quick_short_burst_is_typing(desk: Desk, text: str) -> None:
    desk.scans.clear()
    desk.edit.clear()
    desk.now_ms += 1_000
    desk.burst(text)
    desk.enter(5)
    assert desk.scans == []
    assert desk.edit.text() == text


def test_a_held_character_is_let_through_when_nothing_follows(desk: Desk, qtbot: QtBot) -> None:
    desk.key("7", 1_000)
    assert desk.edit.text() == "", "a lone character isn't held back"
    qtbot.waitUntil(lambda: desk.edit.text() == "7")


def test_a_burst_without_enter_is_text_after_all(desk: Desk, qtbot: QtBot) -> None:
    desk.burst("1234567890")
    qtbot.waitUntil(lambda: desk.edit.text() == "1234567890")
    assert desk.scans == []


def test_the_order_of_characters_and_editing_keys_is_kept(desk: Desk) -> None:
    desk.burst("abc")
    desk.now_ms += 5
    QTest.keyClick(desk.edit, Qt.Key.Key_Backspace)
    desk.burst("d")
    desk.enter(5)
    assert desk.edit.text() == "abd"


def test_characters_let_through_while_the_pc_was_busy_are_taken_back(desk: Desk) -> None:
    desk.key("x", 1_000)
    desk.filter.release()
    desk.now_ms += 1_000
    desk.burst("M1Z")
    desk.filter.release()  # the timer ran out although the next key was on its way
    assert desk.edit.text() == "xM1Z"
    desk.burst("HANG/WEI")
    desk.enter(5)
    assert desk.scans == ["M1ZHANG/WEI"]
    assert desk.edit.text() == "x"


def test_a_hiccup_in_a_sure_scan_does_not_split_it(desk: Desk) -> None:
    desk.burst("M1ZHANG")
    desk.key("/", SURE_GAP_MS - 1)
    desk.burst("WEI")
    desk.enter(SURE_GAP_MS - 1)
    assert desk.scans == ["M1ZHANG/WEI"]


def test_a_click_goes_to_a_field_that_has_its_characters(desk: Desk) -> None:
    desk.burst("ab")
    QTest.mouseClick(desk.button, Qt.MouseButton.LeftButton)
    assert desk.edit.text() == "ab"
    assert desk.pressed == 1


def test_a_held_down_key_is_no_scan(desk: Desk) -> None:
    for repeated in [False] + [True] * 20:  # as keyboards do: after 250 ms, then 30 a second
        desk.now_ms += 30 if repeated and desk.now_ms > 1_200 else 250
        press = QKeyEvent(
            QEvent.Type.KeyPress, Qt.Key.Key_8, Qt.KeyboardModifier.NoModifier, "8", repeated
        )
        QApplication.sendEvent(desk.edit, press)
    desk.enter(5)
    assert desk.scans == []
    assert desk.edit.text() == "8" * 21


def test_shift_between_letters_does_not_break_a_scan(desk: Desk) -> None:
    for character in "MiXeD123":
        if character.isupper():
            QTest.keyPress(desk.edit, Qt.Key.Key_Shift)
        desk.key(character, 5)
    desk.enter(5)
    assert desk.scans == ["MiXeD123"]


def test_a_prefix_makes_any_length_a_scan_and_is_taken_off(qtbot: QtBot) -> None:
    desk = Desk(qtbot, prefix="~")
    desk.burst("~12")
    desk.enter(5)
    assert desk.scans == ["12"]
    assert desk.edit.text() == ""
    desk.filter.remove()


def test_keys_that_come_through_the_window_are_taken_once(desk: Desk) -> None:
    handle = desk.window.windowHandle()
    for character in "13812345678":
        desk.now_ms += 200
        QTest.keyClick(handle, Qt.Key(ord(character)))
    desk.filter.release()
    assert desk.edit.text() == "13812345678"
    desk.now_ms += 500
    for character in "8800123456":
        desk.now_ms += 4
        QTest.keyClick(handle, Qt.Key(ord(character)))
    desk.now_ms += 4
    QTest.keyClick(handle, Qt.Key.Key_Return)
    assert desk.scans == ["8800123456"]
    assert desk.edit.text() == "13812345678"
    assert desk.entered == 0


# ---------------------------------------------------------------- one end of a scan


@pytest.mark.parametrize(
    "key",
    [(Qt.Key.Key_Return, ""), (Qt.Key.Key_Enter, ""), (Qt.Key.Key_J, "\n"), (Qt.Key.Key_M, "\r")],
)
def test_a_second_end_of_the_same_scan_goes_nowhere(desk: Desk, key: tuple[Qt.Key, str]) -> None:
    desk.burst(PASS)
    desk.enter(5)
    for gap in (2, TAIL_MS):
        desk.now_ms += gap
        send(desk, *key)
    assert desk.scans == [PASS]
    assert desk.entered == 0
    desk.enter(TAIL_MS + 1)
    assert desk.entered == 1, "a person's Enter is swallowed"


def test_a_line_feed_alone_ends_a_scan(desk: Desk) -> None:
    desk.burst(PASS)
    desk.now_ms += 5
    send(desk, Qt.Key.Key_J, "\n")
    assert desk.scans == [PASS]


def test_two_scans_right_after_each_other_are_two(desk: Desk) -> None:
    for text in (PASS, "8800123456"):
        desk.burst(text)
        desk.enter(5)
        desk.enter(1)
    assert desk.scans == [PASS, "8800123456"]
    assert desk.entered == 0


def send(desk: Desk, key: Qt.Key, text: str, *, repeated: bool = False) -> None:
    press = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, text, repeated)
    QApplication.sendEvent(desk.edit, press)


# ---------------------------------------------------------------- a PC that stands still


def test_nothing_is_let_go_while_keys_may_wait_behind_the_timer(desk: Desk, qtbot: QtBot) -> None:
    desk.burst("M1Z")
    pressed_ms = desk.now_ms
    desk.now_ms += 1_500  # the program stands still; the scanner doesn't
    desk.filter._on_timeout()
    assert desk.edit.text() == "", "half a scan was let go"
    desk.now_ms = pressed_ms
    desk.burst("HANG/WEI")
    desk.enter(5)
    assert desk.scans == ["M1ZHANG/WEI"]
    assert desk.edit.text() == ""


@pytest.mark.parametrize("text", [PASS, "8800123456"])
def test_a_scan_right_behind_typed_keys_leaves_them_alone(desk: Desk, text: str) -> None:
    desk.burst("zha", SURE_GAP_MS - 20)
    desk.key(text[0], GAP_MS + 10)
    desk.burst(text[1:])
    desk.enter(5)
    assert desk.scans == [text]
    assert desk.edit.text() == "zha"


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    at=st.sets(st.integers(1, len(PASS) - 1), max_size=8),
    gap=st.floats(GAP_MS + 1, SURE_GAP_MS),
)
def test_pauses_of_the_sender_do_not_break_a_scan(desk: Desk, at: set[int], gap: float) -> None:
    desk.scans.clear()
    desk.edit.clear()
    desk.now_ms += 1_000
    for index, character in enumerate(PASS):
        desk.key(character, gap if index in at else 5)
    desk.enter(5)
    assert desk.scans == [PASS]
    assert desk.edit.text() == ""


def test_a_pass_that_surely_is_one_outlives_a_long_pause(desk: Desk) -> None:
    desk.burst(PASS[:7])
    desk.key(PASS[7], PASS_GAP_MS)
    desk.burst(PASS[8:])
    desk.enter(PASS_GAP_MS)
    assert desk.scans == [PASS]


def test_double_letters_that_look_held_down_are_letters(desk: Desk) -> None:
    # X stamps release and press alike when both fall into a millisecond; Qt calls that a repeat
    for index, character in enumerate(PASS):
        desk.now_ms += 1
        same = index > 0 and PASS[index - 1] == character
        send(desk, Qt.Key(ord(character)), character, repeated=same)
    desk.enter(1)
    assert desk.scans == [PASS]


# ---------------------------------------------------------------- when a key was pressed


def press_at(stamp: int) -> QKeyEvent:
    event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier)
    event.setTimestamp(stamp)
    return event


def test_a_key_that_waited_in_the_queue_was_pressed_when_it_was_pressed() -> None:
    now = 50_000.0
    clock = KeyClock(lambda: now)
    clock.pressed_ms(press_at(1_000))
    now += 2_000
    assert clock.pressed_ms(press_at(1_500)) == pytest.approx(50_500, abs=3)
    assert clock.pressed_ms(press_at(3_000)) == pytest.approx(52_000, abs=3)


def test_clocks_that_drift_or_are_set_do_not_make_keys_old() -> None:
    now, stamp = 50_000.0, 1_000.0
    clock = KeyClock(lambda: now)
    for _ in range(10_000):
        now += 1_000
        stamp += 999.9
        assert now - clock.pressed_ms(press_at(int(stamp))) <= 2
    assert clock.pressed_ms(press_at(5)) == now, "a clock that began anew"


def test_a_key_without_a_time_was_pressed_now() -> None:
    assert KeyClock(lambda: 77.0).pressed_ms(press_at(0)) == 77.0
