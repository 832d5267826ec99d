"""What the counter's one box understands, and which members it means.

Both ends share this: the server fills the members file's index with `member_terms`, the
counter asks it with `classify`, so what is typed and what is stored are folded alike.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.domain.member import Member

MAX_QUERY_CHARACTERS: Final = 64
"""The rest of a longer query is ignored: no name, card or phone is longer."""

MIN_CARD_PREFIX: Final = 3
MIN_ENDING: Final = 4
MIN_INTERNATIONAL: Final = 10
"""Digits from which on a leading '00' is that of a country's code."""
ENDING_DIGITS: Final = 4
"""How many of a phone's last digits are indexed together with names."""

# In the index of names each term but a name's single characters begins with what it is: so
# that asking for initials never wades through the Latin names that look alike.
NAME_MARK: Final = "n"
LATIN_MARK: Final = "l"
INITIALS_MARK: Final = "i"
ENDING_MARK: Final = "e"
OFFICE_MARK: Final = "o"

MAX_INITIALS: Final = 8

# Scripts written without spaces: each character is a term of its own. The private-use
# areas are among them because registers keep rare name characters there.
_CHARACTER = (
    r"\u2e80-\u2fdf\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
    r"\ue000-\uf8ff\uf900-\ufaff\U00020000-\U000323af\U000f0000-\U0010fffd"
)
_CHARACTERS: Final = re.compile(f"[{_CHARACTER}]")
_ONLY_COMMON_HAN: Final = re.compile(r"[\u4e00-\u9fff]+")
_NOT_ASCII_ALNUM: Final = re.compile(r"[^0-9a-z]+")
_TRAILING_DIGITS: Final = re.compile(r"(.*?)([0-9 ]*)")

# Latin letters that Unicode does not decompose into a base letter and an accent.
_UNDECOMPOSED: Final = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"}
)
_LATIN_END: Final = "\u0250"


class MatchKind(StrEnum):
    """In which way a member answers a query."""

    CARD = "card"
    PHONE = "phone"
    CARD_ENDING = "card_ending"
    NAME = "name"
    INITIALS = "initials"
    LATIN_NAME = "latin"


@dataclass(frozen=True, slots=True)
class MemberTerms:
    """A member's searchable fields, folded.

    Attributes:
        card: card number, letters and digits only, lower case.
        card_digits: the digits of it.
        phone: digits only.
        characters: the name's characters in scripts without spaces, joined.
        latin: the words of the display and the Latin name, and each name run together.
        initials: pinyin initials.
        home_office: the office's code.
    """

    card: str
    card_digits: str
    phone: str
    characters: str
    latin: tuple[str, ...]
    initials: str
    home_office: str


@dataclass(frozen=True, slots=True)
class Criterion:
    """One way to read a query.

    Attributes:
        kind: which field it speaks of.
        whole: the field equals `key` (for Latin names: each word is one of the name's);
            otherwise it is a beginning, an ending or a part, as the kind has it.
        key: folded card number, digits, characters or initials; '' for Latin names.
        words: words, in any order, that words of the Latin name begin with.
        ending: digits that the phone must end in besides, or ''.
    """

    kind: MatchKind
    whole: bool
    key: str = ""
    words: tuple[str, ...] = ()
    ending: str = ""

    def matches(self, terms: MemberTerms) -> bool:
        """Say whether a member answers; the indexes of the members file answer the same."""
        key, kind = self.key, self.kind
        if self.ending and not terms.phone.endswith(self.ending):
            return False
        if kind is MatchKind.PHONE:
            return terms.phone == key if self.whole else terms.phone.endswith(key)
        if kind is MatchKind.CARD_ENDING:
            return terms.card.endswith(key)
        if kind is MatchKind.CARD:
            if self.whole:
                return key in (terms.card, terms.card_digits)
            return terms.card.startswith(key) or terms.card_digits.startswith(key)
        if kind is MatchKind.INITIALS:
            return terms.initials == key if self.whole else terms.initials.startswith(key)
        if kind is MatchKind.NAME:
            found = terms.characters == key if self.whole else key in terms.characters
            return found and self._words_begin(terms)
        if self.whole:
            return all(word in terms.latin for word in self.words)
        return self._words_begin(terms)

    def _words_begin(self, terms: MemberTerms) -> bool:
        return all(any(own.startswith(word) for own in terms.latin) for word in self.words)


@dataclass(frozen=True, slots=True)
class MemberHit:
    """A member found, and in which way."""

    member: Member
    matched: MatchKind


def fold(text: str) -> str:
    """Fold full width, case and accents away; whatever is no letter or digit becomes a space.

    >>> fold("Ｗáng　Ｗěi-Míng １２")
    'wang wei ming 12'
    """
    if text.isascii():
        return _NOT_ASCII_ALNUM.sub(" ", text.lower()).strip()
    if _ONLY_COMMON_HAN.fullmatch(text):
        return text
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_UNDECOMPOSED)
    return " ".join("".join(map(_fold_character, folded)).split())


def _fold_character(character: str) -> str:
    if _CHARACTERS.match(character):
        return character
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    if unicodedata.combining(character) or unicodedata.category(character) == "Cf":
        return ""
    base = unicodedata.normalize("NFD", character)[0]
    if base < _LATIN_END:
        character = base
    return character if character.isalnum() else " "


def compact(text: str) -> str:
    """Fold a code, such as a card number or an office, and close its gaps.

    >>> compact("CA 0012-345 678")
    'ca0012345678'
    """
    return fold(text).replace(" ", "")


def member_terms(
    *, card_no: str, name: str, latin_name: str, initials: str, phone: str, home_office: str
) -> MemberTerms:
    """Fold what a member can be found by."""
    card = compact(card_no)
    characters, words = _split(name)
    latin = _with_joined(words)
    if latin_name:
        latin = tuple(dict.fromkeys((*latin, *_with_joined(_split(latin_name)[1]))))
    return MemberTerms(
        card=card,
        card_digits=card if card.isdigit() else "".join(filter(str.isdigit, card)),
        phone=phone,
        characters=characters,
        latin=latin,
        initials=compact(initials),
        home_office=compact(home_office),
    )


def _split(name: str) -> tuple[str, tuple[str, ...]]:
    """Part a name into its characters (joined) and its words of letters."""
    folded = fold(name)
    if folded.isascii():
        return "", tuple(folded.split())
    characters = "".join(_CHARACTERS.findall(folded))
    return characters, tuple(_CHARACTERS.sub(" ", folded).split())


def _with_joined(words: tuple[str, ...]) -> tuple[str, ...]:
    # Pinyin is often typed without the space: 'zhangwei' for 'Zhang Wei'.
    return (*words, "".join(words)) if len(words) > 1 else words


def classify(text: str) -> tuple[Criterion, ...]:
    """Read what a clerk typed in every way that makes sense, the surest first.

    Digits are a card's beginning (from three on), a phone's or a card's ending (from four
    on); names and initials may carry the phone's last digits behind them ('王5678', 'zw56').
    Anything else than letters and digits is ignored; the answer may be empty.

    >>> [(c.kind.value, c.whole) for c in classify("5678")]
    [('card', True), ('phone', True), ('phone', False), ('card_ending', False), ('card', False)]
    """
    folded = fold(text[:MAX_QUERY_CHARACTERS])[:MAX_QUERY_CHARACTERS].strip()
    if not folded:
        return ()
    joined = folded.replace(" ", "")
    if joined.isascii() and joined.isdigit():
        return _digits(joined)
    match = _TRAILING_DIGITS.fullmatch(folded)
    assert match is not None
    before, ending = match.groups()
    ending = ending.replace(" ", "")
    characters, words = _split(before)
    if characters:
        return _characters(characters, words, ending)
    return _letters(joined, words, ending)


def _digits(digits: str) -> tuple[Criterion, ...]:
    # '00' and a country's code stand before a whole number; one phone in a hundred ends in '00..'
    phone = digits.removeprefix("00") if len(digits) >= MIN_INTERNATIONAL else digits
    if len(phone) == 13 and phone.startswith("86"):
        phone = phone[2:]
    criteria = []
    if len(digits) >= MIN_CARD_PREFIX:
        criteria.append(Criterion(MatchKind.CARD, whole=True, key=digits))
    if len(digits) >= MIN_ENDING:
        criteria.append(Criterion(MatchKind.PHONE, whole=True, key=phone))
        criteria.append(Criterion(MatchKind.PHONE, whole=False, key=phone))
        criteria.append(Criterion(MatchKind.CARD_ENDING, whole=False, key=digits))
    if len(digits) >= MIN_CARD_PREFIX:
        criteria.append(Criterion(MatchKind.CARD, whole=False, key=digits))
    return tuple(criteria)


def _characters(characters: str, words: tuple[str, ...], ending: str) -> tuple[Criterion, ...]:
    return tuple(
        Criterion(MatchKind.NAME, whole=whole, key=characters, words=words, ending=ending)
        for whole in (True, False)
    )


def _letters(joined: str, words: tuple[str, ...], ending: str) -> tuple[Criterion, ...]:
    criteria = []
    is_code = joined.isascii() and any(map(str.isdigit, joined))
    if is_code and len(joined) >= MIN_CARD_PREFIX:
        criteria.append(Criterion(MatchKind.CARD, whole=True, key=joined))
    initials = "".join(words)
    if len(words) == 1 and initials.isascii() and len(initials) <= MAX_INITIALS:
        for whole in (True, False):
            criteria.append(Criterion(MatchKind.INITIALS, whole, key=initials, ending=ending))
    for whole in (True, False):
        criteria.append(Criterion(MatchKind.LATIN_NAME, whole, words=words, ending=ending))
    if is_code and len(joined) >= MIN_CARD_PREFIX:
        criteria.append(Criterion(MatchKind.CARD, whole=False, key=joined))
    return tuple(criteria)
