"""Panel and desk say everything in every language they speak."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ui.qt.language import FOLDER
from ui.qt.words import Words
from ui.viewmodels.desk_words import DESK
from ui.viewmodels.rating_panel_words import LANGUAGES, PANEL

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
