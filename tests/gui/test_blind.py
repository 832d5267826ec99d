"""What a seat says that can't be opened, or was shut out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain.errors import Unavailable
from tests.gui.test_panel_words import translations
from ui.main import main
from ui.qt.language import FOLDER, Language
from ui.screens.blind import REASONS, BlindScreen, system_language
from ui.screens.seat_window import SeatWindow, TroubleScreen
from ui.screens.trouble import show_trouble
from ui.viewmodels.blind_words import BLIND, LANGUAGES


@pytest.fixture
def shown(qtbot: QtBot, qapp: QApplication) -> Iterator[list[SeatWindow]]:
    windows: list[SeatWindow] = []
    yield windows
    for window in windows:
        window.close()
        window.deleteLater()
    Language().use("en")


def _show(
    shown: list[SeatWindow], qapp: QApplication, code: str, language: str = "en"
) -> SeatWindow:
    problem = Unavailable(code, "not for people")
    shown.append(show_trouble(qapp, problem, "/data/seat", language, dark=False))
    return shown[-1]


@pytest.mark.parametrize("reason", sorted(REASONS))
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_blind_seat_says_why_what_is_kept_and_what_to_do(
    qtbot: QtBot, qapp: QApplication, shown: list[SeatWindow], reason: str, language: str
) -> None:
    screen = BlindScreen(reason, "/data/seat", language)
    qtbot.addWidget(screen)
    said = screen.said()
    assert len(said) == 7
    assert "/data/seat" in said[-1]
    assert said[0] == screen.words.say(reason)
    assert (said[0] == BLIND[reason]) == (language == "en")
    assert all(text.strip() for text in said)


def test_f1_takes_the_next_language(
    qtbot: QtBot, qapp: QApplication, shown: list[SeatWindow]
) -> None:
    window = _show(shown, qapp, "revoked")
    screen = window.current_screen()
    assert isinstance(screen, BlindScreen)
    first = screen.said()[0]
    heard = [first]
    for _ in LANGUAGES:
        qtbot.keyClick(window, Qt.Key.Key_F1)
        heard.append(screen.said()[0])
    assert heard[-1] == first
    assert len(set(heard)) == len(LANGUAGES)


@pytest.mark.parametrize("code", ["database_newer", "keys_missing", "disk_full"])
def test_other_trouble_has_its_own_sentence(
    qapp: QApplication, shown: list[SeatWindow], code: str
) -> None:
    assert isinstance(_show(shown, qapp, code).current_screen(), TroubleScreen)


def test_enter_closes_what_cannot_start(
    qtbot: QtBot, qapp: QApplication, shown: list[SeatWindow]
) -> None:
    window = _show(shown, qapp, "disk_full")
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)
    with qtbot.waitSignal(window.closing):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)


def test_the_whole_text_is_on_a_small_screen(
    qtbot: QtBot, qapp: QApplication, shown: list[SeatWindow]
) -> None:
    window = _show(shown, qapp, "out_of_contact")
    window.resize(1366, 700)
    screen = window.current_screen()
    layout = screen.layout()
    assert layout is not None
    assert 300 < layout.totalHeightForWidth(1366) <= 640


@pytest.mark.parametrize("language", ["zh_CN", "zh_TW"])
def test_every_sentence_is_translated(language: str) -> None:
    said = translations(FOLDER / f"blind_{language}.ts")
    assert set(said) == set(BLIND.values())
    assert all(any("\u4e00" <= sign <= "\u9fff" for sign in text) for text in said.values())
    assert "{folder}" in said[BLIND["folder"]]


def test_this_pc_speaks_one_of_them() -> None:
    assert system_language() in LANGUAGES


def test_rescuing_needs_no_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = str(tmp_path / "file")
    arguments = ["guichet", "rescue", "--data-folder", str(tmp_path), "export", target]
    monkeypatch.setattr(sys, "argv", arguments)
    assert main() == 1
    assert "no seat's data" in capsys.readouterr().err
