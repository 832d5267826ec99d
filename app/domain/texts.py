"""What customers read before they rate and after, where a programme says it in its own words.

They stand in the setting 'rating' beside the levels' reasons, so one version covers both:
`{"texts": {"zh_CN": {"thanks": "谢谢您的评价"}}}`. What isn't said keeps the program's words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final
from unicodedata import east_asian_width

LANGUAGES: Final = ("zh_CN", "zh_TW", "en")
TEXTS: Final[Mapping[str, int]] = {
    "welcome": 30,
    "closed": 40,
    "closed_hint": 60,
    "rate": 40,
    "no_thanks": 16,
    "ask_good": 30,
    "ask_fair": 30,
    "ask_low": 30,
    "thanks": 30,
    "thanks_detail": 60,
    "goodbye": 40,
    **{f"level_{score}": 16 for score in range(1, 6)},
}
"""What may be said otherwise, and how long, a Chinese character being two: a panel of 7 inches has
no more room."""

REASON: Final = "reason_"
"""Before a reason's code; a programme may have reasons that this program has no words for."""

_REASON_WIDTH: Final = 14

Texts = Mapping[str, Mapping[str, str]]
"""By language, by key."""


def texts_of(setting: Mapping[str, object] | None) -> Texts:
    """Return the programme's own words; what isn't of their form counts for none."""
    found: dict[str, dict[str, str]] = {}
    for language, key, text, problem in _each(setting):
        if not problem:
            found.setdefault(language, {})[key] = text
    return found


def problems_of(setting: Mapping[str, object]) -> list[str]:
    """Return what in a setting isn't of their form, each with where it stands."""
    return [
        f"texts, {language}, {key}: {problem}"
        for language, key, _, problem in _each(setting)
        if problem
    ]


def _each(setting: Mapping[str, object] | None) -> Iterator[tuple[str, str, str, str]]:
    """(language, key, text, what is wrong with it) of each."""
    texts = (setting or {}).get("texts", {})
    if not isinstance(texts, Mapping):
        yield "", "", "", "a text by key by language is wanted"
        return
    for language, said in texts.items():
        if language not in LANGUAGES or not isinstance(said, Mapping):
            yield str(language), "", "", f"languages are {', '.join(LANGUAGES)}"
            continue
        for key, text in said.items():
            yield language, str(key), str(text), _problem(str(key), text)


def _problem(key: str, text: object) -> str:
    most = _REASON_WIDTH if key.startswith(REASON) else TEXTS.get(key)
    if most is None:
        return "there is no such text"
    if not isinstance(text, str) or not text.strip() or not text.isprintable():
        return "it is no text of one line"
    width = sum(1 + (east_asian_width(letter) in "WF") for letter in text)
    if width > most:
        return f"it is {width} wide; {most} is the most, a Chinese character being 2"
    return "braces mean something else" if "{" in text or "}" in text else ""
