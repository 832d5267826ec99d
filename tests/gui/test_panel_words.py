"""Panel and desk say everything in every language they speak."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain.texts import TEXTS
from tests.gui.legibility import crowded_targets, cut_texts
from tests.gui.panel_states import panel_states
from ui.qt.language import FOLDER
from ui.qt.words import Words
from ui.screens import look
from ui.viewmodels.desk_words import DESK
from ui.viewmodels.rating_panel_words import LANGUAGES, PANEL, REASONS

FILES = (("panel", "zh_CN", PANEL), ("panel", "zh_TW", PANEL), ("desk", "zh_CN", DESK))


def translations(path: Path) -> dict[str, str]:
    root = ElementTree.parse(path).getroot()
    found = {}
    for message in root.iter("message"):
        translation = message.find("translation")
        assert translation is not None
        assert translation.get("type") is None, "unfinished"
        found[message.findtext("source", "")] = translation.text or ""
    return found


@pytest.mark.parametrize(("stem", "language", "sentences"), FILES)
def test_every_sentence_is_translated_with_its_blanks(
    stem: str, language: str, sentences: Mapping[str, str]
) -> None:
    translated = translations(FOLDER / f"{stem}_{language}.ts")
    assert set(translated) == set(sentences.values())
    for english, said in translated.items():
        assert said.strip(), english
        assert set(re.findall(r"{\w+}", said)) == set(re.findall(r"{\w+}", english)), english


@pytest.mark.parametrize("sentences", [PANEL, DESK])
def test_no_english_sentence_stands_for_two_things(sentences: Mapping[str, str]) -> None:
    assert len(set(sentences.values())) == len(sentences)


def test_the_compiled_files_speak(qtbot: QtBot) -> None:
    words = Words("panel", PANEL)
    said = {}
    for code in LANGUAGES:
        with qtbot.waitSignal(words.changed):
            words.use(code)
        said[code] = (words.say("rate"), words.say("points", points=48_250))
    assert said == {
        "zh_CN": ("您对本次服务满意吗？", "48,250 分"),
        "zh_TW": ("您對這次的服務滿意嗎？", "48,250 點"),
        "en": ("How was our service today?", "48,250 points"),
    }


def test_a_missing_translation_is_an_error_not_english() -> None:
    words = Words("panel", PANEL)
    with pytest.raises(FileNotFoundError):
        words.use("fr")
    assert words.code == "en"


def test_a_programmes_own_words_stand_in_the_place_of_ours(qtbot: QtBot) -> None:
    words = Words("panel", PANEL)
    with qtbot.waitSignal(words.changed):
        words.put({"en": {"thanks": "Cheers", "reason_queue": "Queue"}, "zh_CN": {"rate": "如何"}})
    with qtbot.assertNotEmitted(words.changed):
        words.put({"en": {"thanks": "Cheers", "reason_queue": "Queue"}, "zh_CN": {"rate": "如何"}})
    assert (words.say("thanks"), words.say("rate")) == ("Cheers", PANEL["rate"])
    assert words.has("reason_queue")
    words.use("zh_CN")
    assert words.say("rate") == "如何"
    assert words.say("thanks") not in ("Cheers", PANEL["thanks"])
    assert not words.has("reason_queue")


def test_the_longest_words_fit_the_smallest_panel(qapp: QApplication) -> None:
    chinese, english = (
        "我们非常重视您的每一次评价并会认真改进服务质量",
        "We want to know how it went, please",
    )
    look.apply(qapp, "light", language="zh_CN")
    for language in ("zh_CN", "en"):
        own = {
            key: chinese[: most // 2] if language == "zh_CN" else english[:most].strip()
            for key, most in {**TEXTS, **dict.fromkeys(REASONS, 14)}.items()
        }
        for name, window in panel_states(language, 800, 480, texts={language: own}):
            for _ in range(8):
                QApplication.processEvents()
            assert cut_texts(window) + crowded_targets(window) == [], name
