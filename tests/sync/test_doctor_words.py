"""What the doctor may find: each code has its check, its words in both languages, and its row."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

from sync.client.doctor import words_en, words_zh
from sync.client.doctor.checks import CHECKS
from sync.client.doctor.findings import CODES, Finding


def test_every_code_has_its_words_in_both_languages() -> None:
    assert set(words_en.WORDS) == set(words_zh.WORDS) == set(CODES)
    assert set(words_en.WHY) == set(words_zh.WHY)
    assert set(words_en.HOW) == set(words_zh.HOW)
    assert set(words_en.LABELS) == set(words_zh.LABELS)
    for code in CODES:
        english, chinese = words_en.WORDS[code], words_zh.WORDS[code]
        assert all(english)
        assert all(chinese)
        for one, other in zip(english, chinese, strict=True):
            blanks = [{name for _, name, _, _ in Formatter().parse(text)} for text in (one, other)]
            assert blanks[0] == blanks[1], code


def test_every_code_is_one_of_a_check() -> None:
    names = {each.name for each in CHECKS}
    assert {check for check, _ in CODES.values()} == names | {""}
    assert Finding("hung", {"check": "keys"}).severity == CODES["hung"][1]


def test_the_page_of_the_doctor_lists_what_it_finds() -> None:
    page = (Path(__file__).parents[2] / "docs" / "doctor.md").read_text("utf-8")
    rows = [line for line in page.splitlines() if re.match(r"\| \w+ \| `\w+` \| ", line)]
    assert rows == [
        f"| {check or 'any'} | `{code}` | {severity.name.lower()} | {words_en.WORDS[code].title} |"
        for code, (check, severity) in CODES.items()
    ]
