"""Chinese names in Latin letters: initials to search by, and a name as a passport writes it."""

from __future__ import annotations

import re
from functools import lru_cache

from pypinyin import Style, lazy_pinyin
from pypinyin.phrases_dict import phrases_dict

_HAN = re.compile("[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
_HAN_NAME = re.compile(f"({_HAN.pattern}|[·•・\\s])+")

# Characters that read otherwise as a surname than in most words
_SURNAMES = {
    **dict.fromkeys("单單", "shan"),
    "曾": "zeng",
    "仇": "qiu",
    "解": "xie",
    **dict.fromkeys("区區", "ou"),
    "查": "zha",
    "朴": "piao",
    "任": "ren",
    **dict.fromkeys("盖蓋", "ge"),
    **dict.fromkeys("缪繆", "miao"),
    **dict.fromkeys("乐樂", "yue"),
    **dict.fromkeys("员員", "yun"),
    "折": "she",
    "祭": "zhai",
    "繁": "po",
    "黑": "he",
    "秘": "bi",
    **dict.fromkeys("种種", "chong"),
    "召": "shao",
    "能": "nai",
    "覃": "qin",
    "洗": "xian",
    "冼": "xian",
    "隗": "wei",
    "尉": "wei",
    "翟": "zhai",
    "葛": "ge",
    "那": "na",
    **dict.fromkeys("宁寧甯", "ning"),
    **dict.fromkeys("应應", "ying"),
    **dict.fromkeys("纪紀", "ji"),
    **dict.fromkeys("车車", "che"),
    "都": "du",
    "万": "wan",
    "石": "shi",
    "牟": "mou",
    "燕": "yan",
    "华": "hua",
}
_COMPOUND_TEXT = """
欧阳 歐陽 司马 司馬 上官 诸葛 諸葛 夏侯 皇甫 慕容 宇文 司徒 端木 公孙 公孫
独孤 獨孤 东方 東方 南宫 南宮 轩辕 軒轅 公冶 濮阳 濮陽 淳于 鲜于 鮮于 申屠
钟离 鍾離 呼延 闻人 聞人 东郭 南门 拓跋 百里 第五 西门 西門
"""
# an empty reading is that of the single characters
_COMPOUND_SURNAMES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_COMPOUND_TEXT.split(), ()),
    **dict.fromkeys(("单于", "單于"), ("chan", "yu")),
    "尉迟": ("yu", "chi"),
    "尉遲": ("yu", "chi"),
    "万俟": ("mo", "qi"),
    "长孙": ("zhang", "sun"),
    "長孫": ("zhang", "sun"),
    "令狐": ("ling", "hu"),
    "澹台": ("tan", "tai"),
}


@lru_cache(maxsize=16_384)
def _syllable(character: str) -> str:
    return lazy_pinyin(character, style=Style.NORMAL)[0]


@lru_cache(maxsize=65_536)
def _given_syllables(given: str) -> tuple[str, ...]:
    # a phrase settles characters with several readings
    if len(given) > 1 and given in phrases_dict:
        return tuple(lazy_pinyin(given, style=Style.NORMAL))
    return tuple(map(_syllable, given))


def _syllables(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Surname's and given name's syllables of a name in Chinese characters."""
    compound = _COMPOUND_SURNAMES.get(name[:2]) if len(name) > 2 else None
    if compound is not None:
        return compound or tuple(map(_syllable, name[:2])), _given_syllables(name[2:])
    surname = _SURNAMES.get(name[0]) or _syllable(name[0])
    return (surname,), _given_syllables(name[1:])


@lru_cache(maxsize=65_536)
def _letters(syllables: tuple[str, ...]) -> str:
    # passports write ü as yu after l and n: LYU, NYU
    return "".join(one.replace("v", "yu") for one in syllables).capitalize()


def name_keys(name: str) -> tuple[str, str]:
    """Initials to search by and the Latin form of a display name.

    Args:
        name: in any script.

    Returns:
        (initials, latin): lower-case initials, '' for names without Chinese characters; the Latin
        form, surname first, '' for names that are not all Chinese.

    >>> name_keys("单小明"), name_keys("欧阳娜"), name_keys("Li Na")
    (('sxm', 'Shan Xiaoming'), ('oyn', 'Ouyang Na'), ('', ''))
    """
    if name.isascii():
        return "", ""
    if not _HAN_NAME.fullmatch(name):
        mixed = (
            _syllable(one)[0] if _HAN.match(one) else one[0]
            for one in re.findall(f"{_HAN.pattern}|[A-Za-z]+", name)
        )
        return ("".join(mixed).lower(), "") if _HAN.search(name) else ("", "")
    han = "".join(_HAN.findall(name))
    if not han:
        return "", ""
    surname, given = _syllables(han)
    latin = " ".join(part for part in (_letters(surname), _letters(given)) if part)
    # rare characters without a known reading come back as themselves
    if not latin.isascii():
        latin = ""
    initials = "".join(one[0] for one in (*surname, *given) if one.isascii())
    return initials, latin
