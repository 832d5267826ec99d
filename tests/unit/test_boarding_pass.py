"""Boarding passes: the standard's own examples, every kind of bad scan, round trips and fuzz."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.boarding_pass import (
    BadScan,
    BadScanReason,
    BoardingPass,
    Leg,
    SecurityData,
    coupon_key,
    encode,
    parse,
)
from app.domain.boarding_pass.fields import (
    CONDITIONAL_REPEATED,
    CONDITIONAL_UNIQUE,
    MANDATORY_REPEATED,
    MANDATORY_UNIQUE,
    VARIABLE_SIZE,
)
from app.domain.boarding_pass.flight_dates import day_of_year, resolve_flight_date
from app.domain.errors import Rejected

TODAY = date(2016, 8, 13)
SIGNATURE = (
    "GIWVC5EH7JNT684FVNJ91W2QA4DVN5J8K4F0L0GEQ3DF5TGBN8"
    "709HKT5D3DW3GBHFCVHMY7J5T6HFR41W2QA4DVN5J8K4F0L0GE"
)
# The examples of the resolution's attachment B
PLAIN = "M1DESMARAIS/LUC       EABC123 YULFRAAC 0834 226F001A0025 100"
SIGNED = PLAIN + "^164" + SIGNATURE
TWO_LEGS = (
    "M2DESMARAIS/LUC       EABC123 YULFRAAC 0834 226F001A0025 14D>6181WW6225BAC 00141234560032A"
    "0141234567890 1AC AC 1234567890123    20KYLX58Z"
    "DEF456 FRAGVALH 3664 227C012C0002 12E2A0140987654321 1AC AC 1234567890123    2PCNWQ"
    "^164" + SIGNATURE
)


def refused(scan: str | bytes, today: date = TODAY) -> BadScan:
    with pytest.raises(BadScan) as caught:
        parse(scan, today=today)
    bad = caught.value
    assert bad.message.endswith(".")
    assert bad.code == bad.reason_code
    return bad


def parsed_or_refused(scan: str, today: date = TODAY) -> BoardingPass | BadScan:
    try:
        return parse(scan, today=today)
    except BadScan as bad:
        return bad


def test_field_table_adds_up_to_the_standards_sizes() -> None:
    unique = sum(field.size for field in MANDATORY_UNIQUE)
    repeated = sum(field.size for field in MANDATORY_REPEATED) + VARIABLE_SIZE.size
    assert (unique, repeated) == (23, 37)
    assert unique + repeated == len(PLAIN) == 60
    # 0x18 is version 2's unique part with one baggage tag, 0x2A the repeated one with fast track
    assert sum(field.size for field in CONDITIONAL_UNIQUE[:7]) == 0x18
    assert sum(field.size for field in CONDITIONAL_REPEATED) == 0x2A
    items = [
        field.item
        for table in (
            MANDATORY_UNIQUE,
            MANDATORY_REPEATED,
            CONDITIONAL_UNIQUE,
            CONDITIONAL_REPEATED,
        )
        for field in table
    ]
    assert len(items) == len(set(items))


def test_mandatory_items() -> None:
    found = parse(PLAIN, today=TODAY)
    assert found == BoardingPass(
        passenger_name="DESMARAIS/LUC",
        legs=(
            Leg(
                pnr="ABC123",
                origin="YUL",
                destination="FRA",
                carrier="AC",
                flight_number="834",
                flight_date=date(2016, 8, 13),
                compartment="F",
                seat="1A",
                check_in_sequence="25",
                passenger_status="1",
            ),
        ),
    )
    assert (found.surname, found.given_name, found.legs[0].flight) == ("DESMARAIS", "LUC", "AC834")


def test_two_legs_with_everything() -> None:
    found = parse(TWO_LEGS, today=TODAY)
    assert found.version == "6"
    assert (found.passenger_description, found.check_in_source, found.issuance_source) == (
        "1",
        "W",
        "W",
    )
    assert found.issue_date == date(2016, 8, 12)
    assert (found.document_type, found.issuer) == ("B", "AC")
    assert found.bag_tags == ("0014123456003",)
    assert found.security == SecurityData("1", 100, SIGNATURE)
    first, second = found.legs
    assert (first.document_number, first.airline_numeric_code) == ("1234567890", "014")
    assert (first.frequent_flyer_airline, first.frequent_flyer_number) == ("AC", "1234567890123")
    assert (first.baggage_allowance, first.fast_track) == ("20K", "Y")
    assert first.airline_use == "LX58Z"
    assert (second.pnr, second.origin, second.destination) == ("DEF456", "FRA", "GVA")
    assert (second.flight, second.flight_date) == ("LH3664", date(2016, 8, 14))
    assert (second.seat, second.check_in_sequence, second.compartment) == ("12C", "2", "C")
    assert (second.baggage_allowance, second.fast_track) == ("2PC", "N")
    assert second.airline_use == "WQ"
    assert encode(found) == TWO_LEGS


def test_three_baggage_tags_and_a_shorter_older_version() -> None:
    boarding_pass = BoardingPass(
        passenger_name="LI/NA",
        legs=(
            Leg("XY12Z9", "PEK", "SHA", "MU", "5102", TODAY, "Y", "31L", "7", "1"),
            Leg("XY12Z9", "SHA", "CAN", "3U", "8A", TODAY, "Y", "INF", "", "1"),
        ),
        version="3",
        bag_tags=("0781234567001", "0781234568002", "0781234569001"),
    )
    text = encode(boarding_pass)
    assert text[60:64] == ">332"
    assert parse(text, today=TODAY) == boarding_pass


def test_mandatory_part_followed_by_the_airlines_own_text_alone() -> None:
    found = parse(PLAIN[:-2] + "0AAIRLINE-10", today=TODAY)
    assert found.version is None
    assert found.legs[0].airline_use == "AIRLINE-10"


def test_newer_versions_longer_parts_are_passed_over() -> None:
    unique = "1WW6225BAC " + " " * 39 + "NEWFIELD"
    variable = (
        f">9{len(unique):02X}{unique}" + "2E" + "014" + "1234567890" + " " * 29 + "NEW!" + "OWN"
    )
    found = parse(PLAIN[:-2] + f"{len(variable):02X}" + variable, today=TODAY)
    assert found.version == "9"
    assert found.legs[0].document_number == "1234567890"
    assert found.legs[0].airline_use == "OWN"


@pytest.mark.parametrize("prefix", ["", "]Q3", "]L0", "]z0", "]d1", "\x02]L2", "  "])
@pytest.mark.parametrize("suffix", ["", "\r", "\n", "\r\n", "\x03\r\n", "   \r\n", "\t"])
def test_what_readers_put_around_the_text(prefix: str, suffix: str) -> None:
    assert parse(prefix + PLAIN + suffix, today=TODAY) == parse(PLAIN, today=TODAY)
    assert parse((prefix + SIGNED + suffix).encode(), today=TODAY) == parse(SIGNED, today=TODAY)


def test_blanks_dropped_at_the_end_are_restored_and_counted() -> None:
    whole = PLAIN[:-2] + "2F>600" + "29" + "014" + "1234567890" + " " * 28
    assert parse(whole, today=TODAY).blanks_restored == 0
    short = parse(whole.rstrip(), today=TODAY)
    assert short.blanks_restored == 28
    assert replace(short, blanks_restored=0) == parse(whole, today=TODAY)


@pytest.mark.parametrize(
    ("scan", "reason", "position"),
    [
        ("", BadScanReason.EMPTY, 0),
        ("\r\n", BadScanReason.EMPTY, 0),
        ("]Q3\r\n", BadScanReason.EMPTY, 0),
        ("6901234567892", BadScanReason.NOT_A_PASS, 0),
        ("https://example.org/M1", BadScanReason.NOT_A_PASS, 0),
        ("]C16901234567892", BadScanReason.NOT_A_PASS, 3),
        ("MEMBER 54993", BadScanReason.NOT_A_PASS, 0),
        ("0781234567001", BadScanReason.NOT_A_PASS, 0),
        ("S1" + PLAIN[2:], BadScanReason.UNSUPPORTED_FORMAT, 0),
        ("M0" + PLAIN[2:], BadScanReason.UNSUPPORTED_FORMAT, 1),
        ("M5" + PLAIN[2:], BadScanReason.UNSUPPORTED_FORMAT, 1),
        ("M", BadScanReason.TRUNCATED, 1),
        (PLAIN[:37], BadScanReason.TRUNCATED, 37),
        (PLAIN[:-1], BadScanReason.TRUNCATED, 59),
        ("]Q3" + PLAIN[:30] + "\r\n", BadScanReason.TRUNCATED, 33),
        ("M2" + PLAIN[2:], BadScanReason.TRUNCATED, 60),
        (TWO_LEGS[:120], BadScanReason.TRUNCATED, 120),
        (TWO_LEGS[:60], BadScanReason.TRUNCATED, 60),
        (PLAIN[:-2] + "20>618", BadScanReason.TRUNCATED, None),
        (PLAIN + PLAIN, BadScanReason.TOO_LONG, 60),
        (PLAIN + "\r\n" + PLAIN, BadScanReason.CONTROL_CHARACTERS, 60),
        (SIGNED + PLAIN, BadScanReason.TOO_LONG, len(SIGNED)),
        ("M1" + "A" * 5_000, BadScanReason.TOO_LONG, 2_000),
        (PLAIN.replace("YUL", "Y1L"), BadScanReason.WRONG_FIELD, 30),
        (PLAIN.replace("FRA", "fra"), BadScanReason.WRONG_FIELD, 33),
        (PLAIN.replace("0834 ", "     "), BadScanReason.WRONG_FIELD, 39),
        (PLAIN.replace("0834 ", "ABCDE"), BadScanReason.WRONG_FIELD, 39),
        (PLAIN.replace("DESMARAIS/LUC", " " * 13), BadScanReason.WRONG_FIELD, 2),
        (PLAIN[:-2] + "ZZ", BadScanReason.WRONG_FIELD, 58),
        (PLAIN[:-2] + "06>6FF00", BadScanReason.WRONG_FIELD, 62),
        (PLAIN[:-2] + "06>600FF", BadScanReason.WRONG_FIELD, 64),
        (PLAIN[:-2] + "03>60", BadScanReason.WRONG_FIELD, 62),
        (PLAIN[:-2] + "01>", BadScanReason.TRUNCATED, 61),
        (PLAIN.replace("226F", "22XF"), BadScanReason.WRONG_FIELD, 44),
        (PLAIN.replace("226F", "000F"), BadScanReason.WRONG_DATE, 44),
        (PLAIN.replace("226F", "367F"), BadScanReason.WRONG_DATE, 44),
        ("M1DES\x00MARAIS", BadScanReason.CONTROL_CHARACTERS, 5),
        ("M1DESMARAIS\tLUC", BadScanReason.CONTROL_CHARACTERS, 11),
        ("M1DESMARAIS/LUC\u200b", BadScanReason.CONTROL_CHARACTERS, 15),
        (PLAIN.swapcase(), BadScanReason.CASE_INVERTED, 0),
        ("Ｍ１" + PLAIN[2:], BadScanReason.INPUT_METHOD, 0),
        (PLAIN.replace("/", "、"), BadScanReason.INPUT_METHOD, 11),
        (PLAIN.replace(" ", "\u3000"), BadScanReason.INPUT_METHOD, 15),
        (PLAIN.replace("/", "é"), BadScanReason.KEYBOARD_LAYOUT, 11),
        ("M&" + PLAIN[2:], BadScanReason.KEYBOARD_LAYOUT, 1),
        ("?&" + PLAIN[2:], BadScanReason.KEYBOARD_LAYOUT, 0),
        (PLAIN.replace("226F", "@@^F"), BadScanReason.KEYBOARD_LAYOUT, 44),
        (PLAIN.replace("0834", ")*#$"), BadScanReason.KEYBOARD_LAYOUT, 39),
        (TWO_LEGS.replace(">618", ".618"), BadScanReason.KEYBOARD_LAYOUT, 60),
        (TWO_LEGS.replace(">618", ":618"), BadScanReason.KEYBOARD_LAYOUT, 60),
        (SIGNED.replace("^", "6"), BadScanReason.KEYBOARD_LAYOUT, 60),
        (b"\xff\xfe" + PLAIN.encode("utf-16-le"), BadScanReason.KEYBOARD_LAYOUT, 0),
    ],
)
def test_bad_scans_are_explained(
    scan: str | bytes, reason: BadScanReason, position: int | None
) -> None:
    bad = refused(scan)
    assert bad.reason_code is reason
    if position is not None:
        assert bad.position == position
    assert isinstance(bad, Rejected)
    assert "DESMARAIS" not in bad.message + repr(bad.detail)


def test_every_reason_is_reached() -> None:
    table = next(
        mark.args[1]
        for mark in test_bad_scans_are_explained.pytestmark  # type: ignore[attr-defined]
    )
    assert {reason for _, reason, _ in table} == set(BadScanReason)


@pytest.mark.parametrize("cut", range(len(TWO_LEGS)))
def test_a_cut_scan_is_refused_or_says_that_it_may_be_short(cut: int) -> None:
    whole = parse(TWO_LEGS, today=TODAY)
    found = parsed_or_refused(TWO_LEGS[:cut])
    if isinstance(found, BadScan):
        assert found.reason_code in (BadScanReason.TRUNCATED, BadScanReason.EMPTY)
        return
    assert found.blanks_restored or found.legs == whole.legs
    for mine, theirs in zip(found.legs, whole.legs, strict=True):
        assert (mine.flight, mine.flight_date, mine.pnr) == (
            theirs.flight,
            theirs.flight_date,
            theirs.pnr,
        )


def test_a_damaged_signature_does_not_cost_the_customer_the_points() -> None:
    for cut in range(1, len(SIGNATURE) + 4):
        assert parse(SIGNED[:-cut], today=TODAY).legs == parse(PLAIN, today=TODAY).legs


@pytest.mark.parametrize(
    ("today", "day", "expected"),
    [
        (date(2026, 1, 2), 365, date(2025, 12, 31)),
        (date(2025, 12, 31), 1, date(2026, 1, 1)),
        (date(2025, 12, 31), 30, date(2026, 1, 30)),
        (date(2025, 12, 31), 31, date(2025, 1, 31)),  # 31 days ahead is one too many
        (date(2024, 12, 31), 366, date(2024, 12, 31)),
        (date(2025, 1, 5), 366, date(2024, 12, 31)),
        (date(2026, 6, 1), 366, None),
        (date(2026, 6, 1), 60, date(2026, 3, 1)),
        (date(2024, 6, 1), 60, date(2024, 2, 29)),
        (date.max, 1, date(9999, 1, 1)),
        (date.max, 366, None),
        (date.min, 1, date.min),
    ],
)
def test_the_year_is_found_around_today(today: date, day: int, expected: date | None) -> None:
    assert resolve_flight_date(day, today=today, max_days_ahead=30, issued=None) == expected


def test_the_date_of_issue_keeps_an_old_pass_in_its_year() -> None:
    assert parse(TWO_LEGS, today=date(2018, 9, 1)).legs[0].flight_date == date(2016, 8, 13)
    # without one, the nearest year has to do
    assert parse(PLAIN, today=date(2018, 9, 1)).legs[0].flight_date == date(2018, 8, 14)
    # ten years on the same digit means this year again
    assert parse(TWO_LEGS, today=date(2026, 9, 1)).legs[0].flight_date == date(2026, 8, 14)


def test_an_impossible_date_of_issue_is_passed_over() -> None:
    for issue in ("6999", "    ", "6 1 ", "XXXX"):
        found = parse(TWO_LEGS.replace("WW6225", "WW" + issue), today=TODAY)
        assert found.issue_date is None
        assert found.legs[0].flight_date == TODAY


@given(st.dates(), st.integers(-5, 400), st.integers(0, 400))
def test_a_flight_is_never_further_ahead_than_allowed(today: date, day: int, ahead: int) -> None:
    found = resolve_flight_date(day, today=today, max_days_ahead=ahead, issued=None)
    if found is not None:
        assert found.timetuple().tm_yday == day
        assert (found - today).days <= ahead
    assert day_of_year(today.year, 0) is None


def test_coupon_key_names_one_flight_of_one_passenger() -> None:
    leg = parse(PLAIN, today=TODAY).legs[0]
    key = coupon_key(leg, "DESMARAIS/LUC")
    # written down: devices and versions must agree on it for ever
    assert key == "c1-b6d66c055ccf7b9e48999f8ee07c2f53"
    # shown on the phone: later in the day, another seat, a name cut elsewhere
    again = replace(leg, seat="2C", airline_use="MOBILE", passenger_status="3")
    assert coupon_key(again, "DESMARAIS/LUCMR") == key
    others = [
        replace(leg, check_in_sequence="26"),
        replace(leg, flight_date=TODAY + timedelta(days=1)),
        replace(leg, pnr="ABC124"),
        replace(leg, flight_number="835"),
        replace(leg, carrier="LH"),
        replace(leg, origin="FRA"),
    ]
    assert len({key, *(coupon_key(other, "DESMARAIS/LUC") for other in others)}) == 7
    assert "ABC123" not in key


def test_coupon_key_tells_passengers_without_a_number_apart_by_name() -> None:
    leg = replace(parse(PLAIN, today=TODAY).legs[0], check_in_sequence="")
    assert coupon_key(leg, "LI/NA") != coupon_key(leg, "LI/LEI")
    assert coupon_key(leg, "li/ na") == coupon_key(leg, "LI/NA")


@pytest.mark.parametrize(
    "change",
    [
        {"legs": ()},
        {"passenger_name": ""},
        {"passenger_name": "X" * 21},
        {"passenger_name": "李/娜"},
        {"version": "10"},
        {"issuer": "AC"},  # optional, and no version to carry it
        {"security": SecurityData("1", 7, "SHORT")},
        {"security": SecurityData("1", 2, "签名")},
        {"version": "6", "bag_tags": ("1", "2", "3", "4")},
    ],
)
def test_a_pass_that_does_not_fit_the_standard_is_not_written(change: dict[str, object]) -> None:
    boarding_pass = parse(PLAIN, today=TODAY)
    with pytest.raises(ValueError, match=r".+"):
        encode(replace(boarding_pass, **change))  # type: ignore[arg-type]


def test_a_part_longer_than_two_hexadecimal_digits_say_is_not_written() -> None:
    boarding_pass = parse(PLAIN, today=TODAY)
    too_long = replace(boarding_pass.legs[0], airline_use="A" * 256)
    with pytest.raises(ValueError, match="255"):
        encode(replace(boarding_pass, legs=(too_long,)))


CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def text(alphabet: str, low: int, high: int) -> st.SearchStrategy[str]:
    return st.text(alphabet, min_size=low, max_size=high)


def number(low: int, high: int) -> st.SearchStrategy[str]:
    return st.integers(low, high).map(str)


def optional(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.just("") | strategy


CODE = text(CAPITALS + "0123456789", 1, 1)
OWN_TEXT = text(CAPITALS + " <>^/", 0, 60)
PRINTED = text("".join(map(chr, range(33, 127))), 1, 1)


@st.composite
def passes(draw: st.DrawFn) -> BoardingPass:
    version = draw(st.none() | st.sampled_from("12345678"))
    issued = None
    if version is not None:
        issued = draw(st.none() | st.dates(TODAY - timedelta(days=3000), TODAY))
    start = TODAY - timedelta(days=300) if issued is None else issued - timedelta(days=7)
    end = min(TODAY + timedelta(days=30), start + timedelta(days=330))

    def conditional(strategy: st.SearchStrategy[str]) -> str:
        return draw(optional(strategy)) if version is not None else ""

    def leg() -> Leg:
        return Leg(
            pnr=draw(text(CAPITALS + "0123456789", 0, 7)),
            origin=draw(text(CAPITALS, 3, 3)),
            destination=draw(text(CAPITALS, 3, 3)),
            carrier=draw(text(CAPITALS + "0123456789", 2, 3)),
            flight_number=draw(number(0, 9999)) + draw(optional(text(CAPITALS, 1, 1))),
            flight_date=draw(st.dates(start, end)),
            compartment=draw(optional(CODE)),
            seat=draw(
                st.sampled_from(["", "INF"])
                | st.builds("{}{}".format, number(0, 999), CODE).filter(
                    lambda seat: not seat[-1].isdigit()
                )
            ),
            check_in_sequence=draw(optional(number(0, 9999))),
            passenger_status=draw(optional(CODE)),
            airline_numeric_code=conditional(text("0123456789", 3, 3)),
            document_number=conditional(text("0123456789", 10, 10)),
            selectee=conditional(CODE),
            document_verification=conditional(CODE),
            marketing_carrier=conditional(text(CAPITALS, 2, 3)),
            frequent_flyer_airline=conditional(text(CAPITALS, 2, 3)),
            frequent_flyer_number=conditional(text(CAPITALS + "0123456789", 1, 16)),
            id_ad_indicator=conditional(CODE),
            baggage_allowance=conditional(st.sampled_from(["20K", "2PC", "0PC"])),
            fast_track=conditional(st.sampled_from("YN")),
            airline_use=draw(optional(st.builds("{}{}".format, CODE, OWN_TEXT))).rstrip(),
        )

    data = draw(st.none() | text("".join(map(chr, range(32, 127))), 0, 100))
    return BoardingPass(
        passenger_name=draw(st.builds("{}/{}".format, text(CAPITALS, 1, 9), text(CAPITALS, 0, 10))),
        legs=tuple(leg() for _ in range(draw(st.integers(1, 4)))),
        e_ticket=draw(st.booleans()),
        version=version,
        passenger_description=conditional(CODE),
        check_in_source=conditional(CODE),
        issuance_source=conditional(CODE),
        issue_date=issued,
        document_type=conditional(CODE),
        issuer=conditional(text(CAPITALS, 2, 3)),
        bag_tags=tuple(draw(st.lists(text("0123456789", 13, 13), max_size=3))) if version else (),
        security=None if data is None else SecurityData(draw(PRINTED), len(data), data),
    )


@given(passes())
@settings(max_examples=150, deadline=None)
def test_what_is_written_is_read_back(boarding_pass: BoardingPass) -> None:
    written = encode(boarding_pass)
    assert parse(written, today=TODAY) == boarding_pass
    assert parse("]Q3" + written.rstrip() + "\r\n", today=TODAY).legs == boarding_pass.legs


@given(st.text(max_size=200) | st.binary(max_size=200))
@settings(max_examples=150, deadline=None)
def test_garbage_is_refused_and_nothing_else(scan: str | bytes) -> None:
    refused(scan)


@given(
    passes(),
    st.lists(st.tuples(st.integers(0, 1500), st.characters()), max_size=4),
    st.none() | st.integers(0, 1500),
    st.dates(),
)
@settings(max_examples=150, deadline=None)
def test_damaged_passes_never_raise_anything_but_bad_scan(
    boarding_pass: BoardingPass,
    damage: list[tuple[int, str]],
    cut: int | None,
    today: date,
) -> None:
    characters = list(encode(boarding_pass))
    for position, character in damage:
        characters[position % len(characters)] = character
    scan = "".join(characters)[:cut]
    found = parsed_or_refused(scan, today)
    if isinstance(found, BadScan):
        assert 0 <= found.position <= len(scan)
    else:
        assert 1 <= len(found.legs) <= 4
        for leg in found.legs:
            coupon_key(leg, found.passenger_name)
