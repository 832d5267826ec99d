"""What a seat may ask the server about members that it doesn't hold.

Both ends share this: the seat asks only what the server would answer, and the server answers
nothing else. A key has to name one person: parts of numbers and beginnings of names would let a
register be read out piece by piece.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from app.domain.search_terms import Criterion, MatchKind, MemberTerms, classify

MOST_FOUND: Final = 5
"""Members answered at most; of more none is."""

MIN_CARD: Final = 5
MAX_CARD: Final = 32
MIN_PHONE: Final = 7
MIN_NAME_ENDING: Final = 4
"""Last digits of the phone that have to stand behind a name."""
MIN_CHARACTERS: Final = 2
MIN_LETTERS: Final = 4


def look_up_keys(text: str) -> tuple[Criterion, ...]:
    """Read what was typed or scanned as keys that the server answers; none for most texts.

    >>> [key.kind.value for key in look_up_keys("13812345678")]
    ['card', 'phone']
    >>> [key.kind.value for key in look_up_keys("张伟 5678")]
    ['name']
    >>> look_up_keys("张伟"), look_up_keys("5678"), look_up_keys("zw 56")
    ((), (), ())
    """
    return tuple(criterion for criterion in classify(text) if _names_one(criterion))


def phone_ending(phone: str) -> str:
    """Give the digits of a phone that members are looked up by, '' of one that is too short.

    >>> phone_ending("13812345678"), phone_ending("123")
    ('5678', '')
    """
    return phone[-MIN_NAME_ENDING:] if len(phone) >= MIN_NAME_ENDING else ""


def answering(keys: Sequence[Criterion], terms: MemberTerms) -> Criterion | None:
    """Give the first key that a member answers."""
    return next((key for key in keys if key.matches(terms)), None)


def _names_one(criterion: Criterion) -> bool:
    if not criterion.whole:
        return False
    match criterion.kind:
        case MatchKind.CARD:
            return MIN_CARD <= len(criterion.key) <= MAX_CARD
        case MatchKind.PHONE:
            return len(criterion.key) >= MIN_PHONE
        case MatchKind.NAME:
            letters_enough = len(criterion.key) >= MIN_CHARACTERS and not criterion.words
        case MatchKind.LATIN_NAME:
            letters_enough = sum(map(len, criterion.words)) >= MIN_LETTERS
        case _:
            return False
    return letters_enough and len(criterion.ending) >= MIN_NAME_ENDING
