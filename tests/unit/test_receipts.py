"""Receipts as documents and as a printer's bytes."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.devices.escpos import ENCODINGS, Paper, Width, encode
from app.domain.events import Cover
from app.domain.family import Split
from app.domain.receipt import Code, Cut, Gap, Line, Pair, Receipt, Row, Rule, lay_out, wrapped
from app.domain.receipt_words import WORDS, Language
from app.domain.slips import AccrualSlip, Around, MatterSlip, RedemptionSlip, with_link
from app.domain.voucher import Voucher
from tests.fakes.printers import readable

VOUCHER = Voucher(
    UUID(int=0xA1), UUID(int=702), 6_000, 1_795_000_000, date(2027, 2, 16), True, Cover.LEASE
)
CODE = "GV1" + "A" * 413


def around(language: Language = "zh_CN", *, is_copy: bool = False) -> Around:
    return Around(
        language, "国航里程", "北京国贸售票处", "3 号柜台", "1001", "2026-11-28 14:03",
        "张* ****5678", is_copy,
    )  # fmt: skip


def slip(language: Language = "zh_CN", *, is_copy: bool = False, code: str = CODE) -> Receipt:
    made = RedemptionSlip("休息室一次", "Lounge visit", VOUCHER)
    return made.receipt(around(language, is_copy=is_copy), code)


def test_both_languages_say_the_same_things() -> None:
    assert WORDS["en"].keys() == WORDS["zh_CN"].keys()
    for key, text in WORDS["en"].items():
        for blank in ("{office}", "{name}"):
            assert (blank in text) == (blank in WORDS["zh_CN"][key]), key


@pytest.mark.parametrize("width", [58, 80])
def test_a_redemption_slip_in_chinese(width: Width) -> None:
    paper = readable(encode(slip(), Paper(width)))
    for words in (
        "国航里程", "北京国贸售票处 · 3 号柜台", "奖品凭证", "休息室一次", "-6,000", "张* ****5678",
        "由本柜台保证", "[QR]", "券号 AAAA-AAFB", "2027-02-16", "2026-11-28 14:03", "1001",
    ):  # fmt: skip
        assert words in paper, words
    assert "凭此券可在任一柜台领取" in paper.replace("\n", "")
    assert "副本" not in paper


def test_a_copy_says_that_it_is_one() -> None:
    assert "副本" in readable(encode(slip(is_copy=True), Paper()))
    assert "COPY" in readable(encode(slip("en", is_copy=True), Paper()))


@pytest.mark.parametrize("width", [58, 80])
def test_a_signed_slip_has_two_parts_and_one_voucher(width: Width) -> None:
    made = RedemptionSlip("休息室一次", "Lounge visit", VOUCHER, is_signed=True)
    for is_copy in (False, True):
        encoded = encode(made.receipt(around(is_copy=is_copy), CODE), Paper(width))
        customers, offices, rest = encoded.split(b"\x1dVB\x00")
        assert rest == b"", "cut between the parts, and at the end"
        taken, kept = readable(customers), readable(offices)
        for part in (taken, kept):
            for words in (
                "张* ****5678",
                "会员签字",
                "2026-11-28 14:03",
                "6,000 积分",
                "休息室一次",
            ):
                assert words in part, words
            assert "本人同意为此使用 6,000 积分。" in part.replace("\n", "")
            assert ("副本" in part) == is_copy
        assert taken.count("[QR]") == 1
        assert "[QR]" not in kept, "a second voucher would be taken, too"
        assert "券号 AAAA-AAFB" in kept.replace("  ", "")
        assert "留存" in kept
        assert "留存" not in taken


def test_what_the_panel_agreed_to_is_signed_by_nobody() -> None:
    assert "签字" not in readable(encode(slip(), Paper()))


def test_facts_of_older_programs_say_nothing_of_signing() -> None:
    facts = RedemptionSlip("x", "", VOUCHER).facts()
    del facts["is_signed"]
    assert RedemptionSlip.of(facts) == RedemptionSlip("x", "", VOUCHER)


def test_a_slip_in_english_on_a_printer_without_chinese() -> None:
    made = RedemptionSlip("休息室一次", "Lounge visit", VOUCHER)
    plain = Around("en", "Air Miles", "Café Zürich", "Counter 3", "1001", "2026-11-28 14:03")
    encoded = encode(made.receipt(plain, CODE), Paper(80, "cp1252"))
    assert b"Lounge visit" in encoded
    assert "Café Zürich".encode("cp1252") in encoded
    assert b"\x1c." in encoded
    assert b"\x1bt\x10" in encoded


def test_without_a_credential_there_is_no_voucher_to_scan() -> None:
    paper = readable(encode(slip(code=""), Paper()))
    assert "[QR]" not in paper
    assert "请保存此单" in paper


def test_a_pinned_voucher_names_its_office() -> None:
    pinned = Voucher(
        UUID(int=1), UUID(int=2), 5, 1_795_000_000, date(2027, 1, 1), False, Cover.AT_RISK
    )
    paper = readable(encode(RedemptionSlip("x", "", pinned).receipt(around(), CODE), Paper()))
    assert "仅限在北京国贸售票处的柜台使用" in paper.replace("\n", "")
    assert "断网期间兑换" in paper


def test_an_accrual_and_a_matter() -> None:
    earned = readable(encode(AccrualSlip("CA1501 PEK-SHA", 1_240).receipt(around()), Paper(58)))
    assert "CA1501 PEK-SHA" in earned
    assert "+1,240" in earned
    assert "归本人" not in earned
    slip = MatterSlip("PEK-3-17", "baggage_services", "2026-11-29 02:00", "Zhao Lin")
    matter = slip.receipt(around("en"))
    taken = readable(encode(matter, Paper(58)))
    for words in ("PEK-3-17", "Baggage services", "Zhao Lin", "2026-11-29 02:00"):
        assert words in taken
    own = MatterSlip("7", "旅客关怀部", "2026-11-29 02:00").receipt(around())
    assert "旅客关怀部" in readable(encode(own, Paper()))


@pytest.mark.parametrize("width", [58, 80])
@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("Pays what is owed", "To 欧**华", "Stays yours", "As foreseen")),
        ("zh_CN", ("抵扣欠分", "归欧**华", "归本人", "以上为预计")),
    ],
)
def test_where_a_familys_points_go(
    language: Language, said: tuple[str, str, str, str], width: Width
) -> None:
    made = AccrualSlip("CA1501", 13_100, Split(51, 2_400, 10_649), "欧**华")
    rows = readable(encode(made.receipt(around(language)), Paper(width))).splitlines()
    for words, points in zip(said, ("51", "2,400", "10,649", ""), strict=True):
        assert any(row.startswith(words) and row.endswith(points) for row in rows), words
    assert any(row.endswith("+13,100") for row in rows), "what was earned stays whole"


@pytest.mark.parametrize(("language", "head"), [("en", "To the family"), ("zh_CN", "归家庭账户")])
def test_a_family_whose_head_nobody_here_knows(language: Language, head: str) -> None:
    paper = readable(encode(AccrualSlip("", 7, Split(0, 0, 7)).receipt(around(language)), Paper()))
    assert head in paper
    assert "owed" not in paper
    assert "抵扣" not in paper


def test_facts_survive_their_storage() -> None:
    made = RedemptionSlip("休息室一次", "Lounge visit", VOUCHER)
    assert RedemptionSlip.of(made.facts()) == made
    signed = RedemptionSlip("休息室一次", "Lounge visit", VOUCHER, is_signed=True)
    assert RedemptionSlip.of(signed.facts()) == signed
    assert AccrualSlip.of(AccrualSlip("x", 5).facts()) == AccrualSlip("x", 5)
    shared = AccrualSlip("x", 5, Split(1, 2, 2), "欧**华")
    assert AccrualSlip.of(shared.facts()) == shared
    assert MatterSlip.of(MatterSlip("1", "d", "t").facts()) == MatterSlip("1", "d", "t")


def test_no_name_commands_the_printer() -> None:
    receipt = Receipt("x", (Line("cut\x1bi\x10\x14\x01\x00\x05\n\x1d!\x7f"),))
    encoded = encode(receipt, Paper())
    assert b"cut?i" in encoded
    body = encoded.removeprefix(b"\x1b@\x1c&").partition(b"\n\n\n\n")[0]
    assert not {0x10, 0x14, 0x1B, 0x1D} & set(body)


def test_characters_that_no_printer_has_cost_no_more_than_themselves() -> None:
    paper = Paper()
    assert paper.encoded("•…−张𠀀") == b"*...-" + "张".encode("gb18030") + b"?"
    assert paper.width_of("张a") == 3


_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
_BLOCKS = st.lists(
    st.one_of(
        st.builds(Line, _TEXT, st.sampled_from(["left", "centre"]), st.sampled_from([1, 2])),
        st.builds(Pair, _TEXT, _TEXT),
        st.just(Rule()),
        st.builds(Gap, st.integers(0, 3)),
    ),
    max_size=8,
)


@given(_BLOCKS, st.sampled_from(ENCODINGS), st.sampled_from([58, 80]))
def test_no_row_is_wider_than_the_paper(blocks: list[Line], encoding: str, width: Width) -> None:
    paper = Paper(width, encoding)
    receipt = Receipt("x", tuple(blocks))
    for row in lay_out(receipt, columns=paper.columns, width_of=paper.width_of):
        assert isinstance(row, Row)
        assert paper.width_of(row.text) * row.size <= paper.columns


@given(_TEXT, st.integers(8, 48))
def test_breaking_a_text_loses_nothing_but_blanks(text: str, columns: int) -> None:
    paper = Paper()
    assert "".join("".join(wrapped(text, columns, paper.width_of)).split()) == "".join(text.split())


def test_the_qr_fits_both_papers_with_its_quiet_zone() -> None:
    for width, widest in ((58, 384), (80, 576)):
        encoded = encode(Receipt("x", (Code(CODE),)), Paper(width))  # type: ignore[arg-type]
        at = encoded.index(b"\x1dv0\x00") + 4
        width_bytes = int.from_bytes(encoded[at : at + 2], "little")
        rows = int.from_bytes(encoded[at + 2 : at + 4], "little")
        assert width_bytes * 8 <= widest
        assert rows == (65 + 8) * (widest // 73 if width == 58 else 6)


URL = "HTTPS://RATE.EXAMPLE.COM/R/" + "A" * 165


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_link_stands_at_the_end_of_what_the_customer_takes_along(language: Language) -> None:
    made = RedemptionSlip("休息室一次", "Lounge visit", VOUCHER, is_signed=True)
    linked = with_link(made.receipt(around(language), CODE), language, URL)
    codes = [block.text for block in linked.blocks if isinstance(block, Code)]
    assert codes == [CODE, URL]
    cut = linked.blocks.index(Cut())
    assert linked.blocks.index(Code(URL)) < cut, "the office's part is no invitation"
    assert linked.blocks[cut - 1] == Line(WORDS[language]["rate_once"], "centre")
    alone = with_link(AccrualSlip("CA1501", 500).receipt(around(language)), language, URL)
    assert alone.blocks[-2] == Code(URL)


@pytest.mark.parametrize("width", [58, 80])
def test_a_link_is_printed_as_a_smaller_code_than_a_voucher(width: Width) -> None:
    import segno

    link, voucher = (segno.make_qr(text, error="m", boost_error=False) for text in (URL, CODE))
    assert (link.symbol_size(border=0)[0], voucher.symbol_size(border=0)[0]) == (49, 65)
    receipt = with_link(AccrualSlip("CA1501", 500).receipt(around()), "zh_CN", URL)
    assert "[QR]" in readable(encode(receipt, Paper(width)))
