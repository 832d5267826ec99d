"""The panel said aloud: what, to whom, and never what somebody else shouldn't hear."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.fakes.speech import WrittenSpeech
from tests.gui.panel_states import panel_states
from ui.qt.speech import Speech
from ui.screens import look
from ui.screens.rating_panel import RatingPanelWindow

TELLING = ("satisfied", "sorry", "wrong", "better", "was good", "manager", "call", "wait")
FIGURES = ("points spent", "3,000", "left")


@pytest.fixture(autouse=True)
def _dressed(qapp: QApplication) -> None:
    look.apply(qapp, "light", language="en")


def played(speech: Speech, *, says_all: bool = False, language: str = "en") -> Iterator[Any]:
    for name, window in panel_states(language, 1024, 600, speech=speech, says_all=says_all):
        QApplication.processEvents()
        yield name, window


def press(window: RatingPanelWindow, name: str, qtbot: QtBot) -> None:
    (found,) = [w for w in window.findChildren(QWidget, name) if w.isVisible()]
    window._last_press = None  # a person, not a bouncing finger
    qtbot.mouseClick(found, Qt.MouseButton.LeftButton)


def test_nothing_is_said_unasked(qtbot: QtBot) -> None:
    speech = WrittenSpeech()
    for _ in played(speech):
        assert speech.said == []


def test_who_touches_the_ear_hears_the_page_and_those_that_follow(qtbot: QtBot) -> None:
    speech, heard = WrittenSpeech(), {}
    for name, window in played(speech):
        if name == "rating":
            press(window, "ear", qtbot)
        heard[name] = speech.take()
    assert heard["rating"].startswith("How was our service today?")
    faces = ["Very satisfied", "Satisfied", "Fairly satisfied", "Dissatisfied", "No, thanks"]
    assert [each in heard["rating"] for each in faces] == [True] * 5
    assert "What was good?" in heard["good"]
    assert heard["comment"].startswith("What would you like to tell us?")
    assert heard["thanks"].startswith("Thank you. Your rating is recorded")
    assert heard["booking"] == heard["no_path"] == "", "the next customer didn't ask"


def test_a_touch_is_said_before_the_page_that_it_brings(qtbot: QtBot) -> None:
    speech = WrittenSpeech()
    for name, window in played(speech):
        if name == "rating":
            press(window, "ear", qtbot)
            speech.take()
            press(window, "face_4", qtbot)
            QApplication.processEvents()
            label, page = speech.take().split(" | ")
            assert label == "Satisfied."
            assert page.startswith("Satisfied. What was good?")
        if name == "good":
            press(window, "reason_attitude", qtbot)
            assert speech.take().endswith("Attitude.")
            break


def test_by_itself_it_tells_no_score_and_no_figure(qtbot: QtBot) -> None:
    """The clerk stands there, and the hall."""
    speech, heard = WrittenSpeech(), {}
    for name, _ in played(speech, says_all=True):
        heard[name] = speech.take()
    assert "How was our service today?" in heard["rating"]
    assert heard["confirm"] == "Spend your points on this? Yes. No."
    assert heard["outcome"] == "One moment, please. | It is yours."
    assert heard["good"] == "Thank you."
    assert heard["thanks"] == "Thank you. Your rating is recorded."
    question = heard.pop("rating")
    assert heard.pop("no_path") == f"{question} | Thank you."
    for name, said in heard.items():
        unasked = said.replace(question, "").lower()  # which names each of the answers
        told = [word for word in (*TELLING, *FIGURES) if word in unasked]
        assert told == [], f"{name}: {said}"


def test_figures_are_said_to_whom_asks_for_them(qtbot: QtBot) -> None:
    speech = WrittenSpeech()
    for name, window in played(speech):
        if name == "serving":
            press(window, "ear", qtbot)
            assert "clerk 1001" in speech.take()
        if name == "confirm":
            assert "points." not in speech.take(), "asked for the page before"
            press(window, "ear", qtbot)  # hushes
            press(window, "ear", qtbot)
            assert "3,000 points" in speech.take()
            break


def test_no_name_and_nothing_written_is_ever_said(qtbot: QtBot) -> None:
    speech, said = WrittenSpeech(), ""
    for name, window in played(speech):
        if window.ear.isVisible():
            speech.stop()
            press(window, "ear", qtbot)
        if name == "comment":
            for key in ("key_m", "key_space", "key_delete"):
                before = len(speech.said)
                press(window, key, qtbot)
                assert len(speech.said) == before, key
        said += speech.take()
    assert "Zhang" not in said
    assert "张" not in said
    assert "mei you" not in said


def test_a_second_touch_hushes_it(qtbot: QtBot) -> None:
    speech = WrittenSpeech()
    for name, window in played(speech):
        if name == "rating":
            press(window, "ear", qtbot)
            assert speech.is_speaking()
            press(window, "ear", qtbot)
            assert not speech.is_speaking()
            speech.take()
        if name == "good":
            assert speech.said == []
            break


def test_without_a_voice_for_the_language_there_is_no_ear(qtbot: QtBot) -> None:
    speech = WrittenSpeech("en")
    for name, window in played(speech):
        if name == "rating":
            assert window.ear.isVisible()
            press(window, "language_zh_TW", qtbot)
            assert not window.ear.isVisible()
            press(window, "language_en", qtbot)
            assert window.ear.isVisible()
            speech.languages.clear()
            speech.changed.emit()
            assert not window.ear.isVisible()
            break


def test_it_speaks_the_panels_language(qtbot: QtBot) -> None:
    speech = WrittenSpeech()
    for name, window in played(speech, language="zh_TW"):
        if name == "rating":
            press(window, "ear", qtbot)
            assert speech.said[-1][0] == "zh_TW"
            assert "非常滿意" in speech.said[-1][1]
            press(window, "language_en", qtbot)
            assert not speech.is_speaking(), "in the other language, or not at all"
            break


@pytest.mark.parametrize("language", ["en", "zh_CN", "zh_TW"])
def test_a_screen_reader_finds_a_name_on_every_control(qtbot: QtBot, language: str) -> None:
    for name, window in played(WrittenSpeech(), language=language):
        for button in window.findChildren(QAbstractButton):
            if button.isVisible():
                interface = QAccessible.queryAccessibleInterface(button)
                said = interface.text(QAccessible.Text.Name)
                assert said.strip(), f"{name}: {button.objectName()}"
