"""What the counter's one box understands, and which members it means.

Both ends share this: the server fills the members file's index with `member_terms`, the
counter asks it with `classify`, so what is typed and what is stored are folded alike.
"""

import re
import unicodedata
from collections.abc import Callable
from enum import StrEnum
from typing import Final

from app.domain.lean import dataclass
from app.domain.member import Member
from app.domain.simplified import SIMPLIFIED

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

# Latin letters that Unicode does not decompose into a base letter and an accent, and Chinese
# characters that another register writes otherwise.
_ONE_FORM: Final = SIMPLIFIED | str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"}
)
_LATIN_END: Final = "\u0250"

# Where a keyboard lacks the letter, people write two others; passports do so too.
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_UMLAUT: Final = re.compile("[äöüøå]")
# Pinyin's ü after l and n: 'yu' in passports, 'v' on keyboards, 'u' without its dots.
_PINYIN_UE: Final = re.compile("(?<=[ln])(?:ü|yu|v)")
_UE_SPELLINGS: Final = ("yu", "v", "u")

# Surnames whose character is mostly read otherwise: whoever reads it from a card types the
# common reading's letter, whoever knows the bearer the surname's.
_SURNAME_INITIALS: Final = {
    "单": "sdc",
    "曾": "zc",
    "仇": "qc",
    "解": "xj",
    "区": "oq",
    "查": "zc",
    "乐": "yl",
    "折": "sz",
    "祭": "zj",
    "繁": "pf",
    "秘": "bm",
    "种": "cz",
    "召": "sz",
    "覃": "qt",
    "隗": "wk",
    "尉": "wy",
    "翟": "zd",
    "车": "cj",
    "长": "zc",
    "盛": "sc",
    "澹": "td",
    "洗": "xs",
    "郇": "xh",
    "谌": "cs",
    "宓": "mf",
}


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
        latin: the words of the display and the Latin name in every spelling, hyphened words
            and each name also run together.
        initials: pinyin initials, of a surname with several readings by each of them.
        home_office: the office's code.
    """

    card: str
    card_digits: str
    phone: str
    characters: str
    latin: tuple[str, ...]
    initials: tuple[str, ...]
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
        return self.test()(terms)

    def test(self) -> Callable[[MemberTerms], bool]:
        """Give `matches` made ready for asking about many members."""
        answers, ending = self._test(), self.ending
        if not ending:
            return answers
        return lambda terms: terms.phone.endswith(ending) and answers(terms)

    def _test(self) -> Callable[[MemberTerms], bool]:
        key, words = self.key, self.words
        match self.kind, self.whole:
            case MatchKind.PHONE, True:
                return lambda terms: terms.phone == key
            case MatchKind.PHONE, False:
                return lambda terms: terms.phone.endswith(key)
            case MatchKind.CARD_ENDING, _:
                return lambda terms: terms.card.endswith(key)
            case MatchKind.CARD, True:
                return lambda terms: key in (terms.card, terms.card_digits)
            case MatchKind.CARD, False:
                return lambda terms: terms.card.startswith(key) or terms.card_digits.startswith(key)
            case MatchKind.INITIALS, True:
                return lambda terms: key in terms.initials
            case MatchKind.INITIALS, False:
                return lambda terms: _one_begins(terms.initials, key)
            case MatchKind.NAME, True:
                return lambda terms: terms.characters == key and _begin(terms.latin, words)
            case MatchKind.NAME, False:
                return lambda terms: key in terms.characters and _begin(terms.latin, words)
            case _, True:
                return lambda terms: all(word in terms.latin for word in words)
            case _:
                return lambda terms: _begin(terms.latin, words)


def _begin(own: tuple[str, ...], words: tuple[str, ...]) -> bool:
    """Say whether each word is the beginning of one of a member's own."""
    for word in words:  # noqa: SIM110 # as below
        if not _one_begins(own, word):
            return False
    return True


def _one_begins(own: tuple[str, ...], beginning: str) -> bool:
    for each in own:  # noqa: SIM110 # a generator costs more than what it would ask
        if each.startswith(beginning):
            return True
    return False


@dataclass(frozen=True, slots=True)
class MemberHit:
    """A member found, and in which way; `from_server` when the members file doesn't hold them."""

    member: Member
    matched: MatchKind
    from_server: bool = False


def fold(text: str) -> str:
    """Fold full width, case, accents and traditional characters away.

    Whatever is no letter or digit becomes a space.

    >>> fold("Ｗáng　Ｗěi-Míng １２"), fold("張偉")
    ('wang wei ming 12', '张伟')
    """
    if text.isascii():
        return _NOT_ASCII_ALNUM.sub(" ", text.lower()).strip()
    if _ONLY_COMMON_HAN.fullmatch(text):
        return text.translate(SIMPLIFIED)
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_ONE_FORM)
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
    latin = _spelled(name, words, chinese=bool(characters))
    if latin_name:
        latin += _spelled(latin_name, _split(latin_name)[1], chinese=bool(characters))
    return MemberTerms(
        card=card,
        card_digits=card if card.isdigit() else "".join(filter(str.isdigit, card)),
        phone=phone,
        characters=characters,
        latin=tuple(dict.fromkeys(latin)),
        initials=_initials(compact(initials), characters),
        home_office=compact(home_office),
    )


def _split(name: str) -> tuple[str, tuple[str, ...]]:
    """Part a name into its characters (joined) and its words of letters."""
    folded = fold(name)
    if folded.isascii():
        return "", tuple(folded.split())
    characters = "".join(_CHARACTERS.findall(folded))
    return characters, tuple(_CHARACTERS.sub(" ", folded).split())


def _spelled(name: str, words: tuple[str, ...], *, chinese: bool) -> list[str]:
    """Give a name's words, also run together: 'zhangwei', 'obrien'; in all its spellings.

    Args:
        name: as it is stored.
        words: what `_split` made of it.
        chinese: the name is pinyin, where 'lyu', 'lv' and 'lu' are one syllable.
    """
    found = list(words)
    if len(words) > 1:
        found.append("".join(words))
        parts = name.split()
        if 1 < len(parts) != len(words):
            found += map(compact, parts)
    lowered = name if name.isascii() and not chinese else unicodedata.normalize("NFC", name).lower()
    if not lowered.isascii() and _UMLAUT.search(lowered):
        found += _split(lowered.translate(_UMLAUTS))[1]
    if (chinese or "ü" in lowered) and _PINYIN_UE.search(lowered):
        for spelling in _UE_SPELLINGS:
            spelled = _split(_PINYIN_UE.sub(spelling, lowered))[1]
            found += (*spelled, "".join(spelled))
    return found


def _initials(initials: str, characters: str) -> tuple[str, ...]:
    if not initials:
        return ()
    letters = _SURNAME_INITIALS.get(characters[:1], "")
    return tuple(dict.fromkeys((initials, *(letter + initials[1:] for letter in letters))))


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
