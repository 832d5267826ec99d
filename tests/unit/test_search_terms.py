from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.member import (
    MAX_POINTS,
    Member,
    distinction,
    masked_card,
    masked_name,
    masked_phone,
)
from app.domain.search_terms import (
    MAX_QUERY_CHARACTERS,
    MatchKind,
    MemberTerms,
    classify,
    compact,
    fold,
    member_terms,
)
from app.domain.simplified import SIMPLIFIED


def terms(**fields: str) -> MemberTerms:
    given_fields = {
        "card_no": "GU 1234-5678",
        "name": "张伟明",
        "latin_name": "Zhang Weiming",
        "initials": "zwm",
        "phone": "13812345678",
        "home_office": "PEK-DT",
        **fields,
    }
    return member_terms(**given_fields)


def kinds(text: str, **fields: str) -> set[MatchKind]:
    return {c.kind for c in classify(text) if c.matches(terms(**fields))}


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("ＡＢＣ　１２３", "abc 123"),
        ("Müller-Łódź", "muller lodz"),
        ("Søren Straße", "soren strasse"),
        ("٣٤", "34"),
        ("张\u200b伟", "张伟"),
        ("買買提·艾力", "买买提 艾力"),
        ("張偉", "张伟"),
        ("鍾鐘Ａ", "钟钟a"),
        ("O'Brien", "o brien"),
        ("\x00'\"*^()", ""),
        ("王\U00020bb7", "王\U00020bb7"),
        ("한글", "한글"),
        ("\ud800", ""),
    ],
)
def test_folding(typed: str, folded: str) -> None:
    assert fold(typed) == folded


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("5678", {MatchKind.PHONE, MatchKind.CARD_ENDING}),
        ("５６７８", {MatchKind.PHONE, MatchKind.CARD_ENDING}),
        ("1234", {MatchKind.CARD}),
        ("678", set()),  # too short for an ending
        ("123", {MatchKind.CARD}),
        ("138 1234 5678", {MatchKind.PHONE}),
        ("+86 138-1234-5678", {MatchKind.PHONE}),
        ("0086 13812345678", {MatchKind.PHONE}),
        ("gu1234", {MatchKind.CARD}),
        ("GU 1234 5678", {MatchKind.CARD}),
        ("张", {MatchKind.NAME}),
        ("伟明", {MatchKind.NAME}),
        ("张明", set()),
        ("张 伟明", {MatchKind.NAME}),
        ("张78", {MatchKind.NAME}),
        ("张 5678", {MatchKind.NAME}),
        ("张13812345678", {MatchKind.NAME}),
        ("张77", set()),
        ("张wei", {MatchKind.NAME}),
        ("zw", {MatchKind.INITIALS}),
        ("ZWM", {MatchKind.INITIALS}),
        ("zw78", {MatchKind.INITIALS}),
        ("zwm 56 78", {MatchKind.INITIALS}),
        ("zw77", set()),
        ("z", {MatchKind.INITIALS, MatchKind.LATIN_NAME}),
        ("zhang wei", {MatchKind.LATIN_NAME}),
        ("weim zhang", {MatchKind.LATIN_NAME}),
        ("zhangwei", {MatchKind.LATIN_NAME}),
        ("Zhāng", {MatchKind.LATIN_NAME}),
        ("zhang 78", {MatchKind.LATIN_NAME}),
        ("zhang smith", set()),
        ("", set()),
        (" \t\x00", set()),
        ("😀", set()),
    ],
)
def test_what_finds_a_member(typed: str, expected: set[MatchKind]) -> None:
    assert kinds(typed) == expected


def test_latin_display_name_is_found_without_accents() -> None:
    assert kinds("muller", name="Zoë Müller", latin_name="", initials="") == {MatchKind.LATIN_NAME}


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("張偉", "张伟"),
        ("张伟", "張偉"),
        ("張伟", "张78"),
        ("歐陽娜娜", "欧阳"),
        ("葉問", "叶"),
        ("Liam O'Brien", "obrien"),
        ("Liam O'Brien", "O'Br"),
        ("Liam O\u2019Brien", "o brien"),
        ("Liam O'Brien", "brien"),
        ("Anne-Marie Smith-Jones", "smithjones"),
        ("Anne-Marie Smith-Jones", "annemarie jones"),
        ("Jörg Müller", "mueller"),
        ("Jörg Müller", "joerg muller"),
        ("Jo\u0308rg Mu\u0308ller", "mueller"),
        ("Søren Ångström", "soeren"),
        ("Ｊｏｈｎ　Ｓｍｉｔｈ", "smith"),
        ("王建国", "王５６７８"),
    ],
)
def test_one_person_however_the_name_is_written(stored: str, typed: str) -> None:
    expected = {MatchKind.LATIN_NAME} if typed.isascii() else {MatchKind.NAME}
    assert kinds(typed, name=stored, latin_name="", initials="") == expected


@pytest.mark.parametrize("latin_name", ["Lyu Fang", "Lü Fang", "Lv Fang"])
@pytest.mark.parametrize("typed", ["lyu", "lv", "lu", "lü fang", "lvf", "lyufang"])
def test_pinyin_u_with_dots_in_every_spelling(latin_name: str, typed: str) -> None:
    assert MatchKind.LATIN_NAME in kinds(typed, name="吕芳", latin_name=latin_name, initials="lf")


def test_spellings_of_pinyin_are_for_chinese_names() -> None:
    assert kinds("silua", name="Ana Silva", latin_name="", initials="") == set()
    assert kinds("silva", name="Ana Silva", latin_name="", initials="") == {MatchKind.LATIN_NAME}


@pytest.mark.parametrize(
    ("name", "initials", "typed"),
    [
        ("单小明", "sxm", ["sxm", "dx", "cx78"]),
        ("單小明", "sxm", ["dxm"]),
        ("曾丽", "zl", ["zl", "cl"]),
        ("仇英", "qy", ["qy", "cy"]),
        ("解放", "xf", ["xf", "jf"]),
        ("盖叫天", "gjt", ["gjt"]),
    ],
)
def test_a_surname_of_several_readings_is_found_by_each(
    name: str, initials: str, typed: list[str]
) -> None:
    for text in typed:
        found = kinds(text, name=name, initials=initials, latin_name="")
        assert MatchKind.INITIALS in found, text
    assert kinds("kk", name=name, initials=initials, latin_name="") == set()


def test_each_traditional_character_ends_at_one_that_stays() -> None:
    assert len(SIMPLIFIED) > 4_000
    assert not SIMPLIFIED.keys() & SIMPLIFIED.values()


def test_digits_of_a_lettered_card_are_told_from_its_letters() -> None:
    whole = [c for c in classify("12345678") if c.kind is MatchKind.CARD and c.whole]
    assert whole
    assert all(c.matches(terms()) for c in whole)


@given(st.text(max_size=200))
def test_classify_never_raises_and_stays_small(text: str) -> None:
    criteria = classify(text)
    assert len(criteria) <= 6
    for criterion in criteria:
        assert len(criterion.key) <= MAX_QUERY_CHARACTERS
        assert not set('"*^():{}+-\x00') & set("".join((criterion.key, *criterion.words)))
        criterion.matches(terms())


@given(
    st.text(alphabet="王李张\U00020bb7伟明a b'é1", min_size=1, max_size=6),
    st.from_regex(r"[0-9]{4,11}", fullmatch=True),
    st.from_regex(r"[A-Z]{0,2}[0-9]{4,10}", fullmatch=True),
)
def test_whoever_is_typed_in_full_is_found(name: str, phone: str, card_no: str) -> None:
    member = terms(name=name, latin_name="", initials="", phone=phone, card_no=card_no)
    assert any(c.matches(member) for c in classify(card_no))
    if len(phone) != 13 and not phone.startswith("00"):
        assert any(c.matches(member) for c in classify(phone))
    if member.characters and not any(ch.isdigit() for ch in fold(name)):
        assert any(c.matches(member) for c in classify(name))


@pytest.mark.parametrize("ending", ["0062", "00620", "0000", "000862"])
def test_an_ending_in_zeros_is_an_ending_and_no_country(ending: str) -> None:
    fits = terms(name="A", latin_name="", initials="", phone=f"13800{ending}", card_no="GU1")
    shorter = ending.lstrip("0") or "1"
    other = terms(name="B", latin_name="", initials="", phone=f"13811{shorter}", card_no="GU2")
    assert any(criterion.matches(fits) for criterion in classify(ending))
    assert not any(criterion.matches(other) for criterion in classify(ending))


def test_compacting_a_code() -> None:
    assert compact(" gu-12 34 ") == "gu1234"


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张伟", "张*"),
        ("张伟明", "张*明"),
        ("欧阳娜娜", "欧**娜"),
        ("王", "王"),
        ("Wei Zhang", "W*** Zhang"),
        ("Anna Maria Müller", "A*** M*** Müller"),
        ("Müller", "M***"),
        ("", ""),
    ],
)
def test_masked_name(name: str, masked: str) -> None:
    assert masked_name(name) == masked


@given(st.from_regex(r"[0-9]{0,15}", fullmatch=True))
def test_a_masked_phone_hides_something_of_every_number(phone: str) -> None:
    masked = masked_phone(phone)
    assert len(masked) == len(phone)
    assert not phone or "*" in masked
    assert sum(ch != "*" for ch in masked) <= 7


@given(st.text(alphabet="GU0123456789", max_size=12))
def test_a_masked_card_shows_four_characters_at_most(card_no: str) -> None:
    shown = masked_card(card_no).removeprefix("****")
    assert len(shown) <= 4
    assert len(shown) < max(1, len(card_no))
    assert card_no.endswith(shown)


def member(**fields: Any) -> Member:
    return Member(
        **{
            "member_id": UUID(int=1),
            "rank": 1,
            "card_no": "GU12345678",
            "name": "张伟",
            **fields,
        }
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"rank": 0},
        {"phone": "138-1"},
        {"phone": "１３８"},
        {"status": "gone"},
        {"status": "merged"},
        {"merged_into": UUID(int=2)},
        {"posted_points": MAX_POINTS + 1},
        {"pending_points": -MAX_POINTS - 1},
    ],
)
def test_a_member_that_cannot_be_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 # the messages are for logs
        member(**fields)


def test_namesakes_are_told_apart_without_showing_numbers() -> None:
    one = member(phone="13812345678", tier="gold", home_office="PEK-DT")
    assert distinction(one) == ("gold", "5678", "78", "PEK-DT")
    assert member(posted_points=10, leased_points=4).available_points == 6
