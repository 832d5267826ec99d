"""What a programme says to customers in its own words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.texts import LANGUAGES, TEXTS, problems_of, texts_of
from ui.viewmodels.rating_panel_words import LANGUAGES as PANELS
from ui.viewmodels.rating_panel_words import PANEL

OWN = {"zh_CN": {"thanks": "谢谢您的评价", "reason_queue": "排队时间"}, "en": {"level_5": "Great"}}


def test_what_is_said_is_said_and_nothing_else() -> None:
    assert texts_of({"texts": OWN, "version": 3}) == OWN
    assert texts_of(None) == texts_of({}) == {}
    assert problems_of({"texts": OWN}) == problems_of({}) == []


def test_they_are_the_panels_and_have_room_for_its_own_words() -> None:
    assert set(LANGUAGES) == set(PANELS)
    for key, most in TEXTS.items():
        assert len(PANEL[key]) <= most or key.startswith("level_")
        assert "{" not in PANEL[key]


@pytest.mark.parametrize(
    "texts",
    [
        {"de": {"thanks": "Danke"}},
        {"en": "Thanks"},
        {"en": {"not_a_text": "x"}},
        {"en": {"thanks": ""}},
        {"en": {"thanks": "  "}},
        {"en": {"thanks": 5}},
        {"en": {"thanks": "two\nlines"}},
        {"en": {"thanks": "x" * 31}},
        {"en": {"thanks": "{number}"}},
        {"en": {"reason_queue": "x" * 15}},
        {"zh_CN": {"reason_queue": "排" * 8}},
        ["en"],
    ],
)
def test_what_is_not_of_their_form_is_refused_and_counts_for_none(texts: object) -> None:
    (problem,) = problems_of({"texts": texts})
    assert problem.startswith("texts, ")
    assert texts_of({"texts": texts}) == {}


@given(
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda each: st.dictionaries(st.sampled_from(["en", "zh_CN", "thanks", "x"]), each),
    )
)
def test_whatever_the_setting_holds(texts: object) -> None:
    for said in texts_of({"texts": texts}).values():
        assert all(isinstance(text, str) for text in said.values())
