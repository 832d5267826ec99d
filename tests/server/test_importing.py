"""Importing members: every kind of dirt is named, the good rows go in."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.server.importing import (
    BadMapping,
    ImportedMember,
    ImportRefused,
    ImportSummary,
    Mapping,
    ProblemReason,
    RowProblem,
    load_mapping,
    mapping_from_toml,
    read_members,
)
from sync.server.importing.cells import STANDARD_FIELDS
from sync.server.importing.invention import invent
from sync.server.importing.pinyin import name_keys

RESOURCES = Path(__file__).parents[2] / "resources"
TODAY = date(2026, 11, 22)
DEMO = load_mapping(RESOURCES / "mappings" / "demo_members.toml")
AIRLINE = load_mapping(RESOURCES / "mappings" / "airline_ffp.toml")
GOOD = {
    "card_no": "GU00000001",
    "name": "单小明",
    "latin_name": "",
    "phone": "+86 138-1234-5678",
    "tier": "gold",
    "home_office": "PEK01",
    "joined_on": "2019-02-28",
    "born_year": "1980",
    "language": "zh_CN",
    "preference": "window seat",
    "points": "1500",
    "lots": '[[1000, "2027-12-31"], [500, null]]',
    "visits": "7",
}


def csv_bytes(*rows: dict[str, str], encoding: str = "utf-8") -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(GOOD))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def read(
    tmp_path: Path, content: bytes, mapping: Mapping = DEMO
) -> list[ImportedMember | RowProblem]:
    path = tmp_path / "members.csv"
    path.write_bytes(content)
    return list(read_members(path, mapping, today=TODAY))


def read_row(tmp_path: Path, **changes: str) -> list[ImportedMember | RowProblem]:
    return read(tmp_path, csv_bytes({**GOOD, **changes}))


def members(items: list[ImportedMember | RowProblem]) -> list[ImportedMember]:
    return [item for item in items if isinstance(item, ImportedMember)]


def problems(items: list[ImportedMember | RowProblem]) -> list[RowProblem]:
    return [item for item in items if isinstance(item, RowProblem)]


def test_a_whole_row_in_standard_names(tmp_path: Path) -> None:
    assert read_row(tmp_path) == [
        ImportedMember(
            line=2,
            card_no="GU00000001",
            name="单小明",
            latin_name="Shan Xiaoming",
            initials="sxm",
            phone="8613812345678",
            tier="gold",
            home_office="PEK01",
            joined_on=date(2019, 2, 28),
            born_year=1980,
            language="zh_CN",
            preference="window seat",
            points=1500,
            lots=((1000, date(2027, 12, 31)), (500, None)),
            visits=7,
            generated_fields=("latin_name",),
            missing_fields=("latin_name",),
        )
    ]


def test_only_card_and_name_are_needed(tmp_path: Path) -> None:
    empty = dict.fromkeys(GOOD, "") | {"card_no": "1", "name": "Li Na"}
    (member,) = members(read(tmp_path, csv_bytes(empty)))
    assert (member.points, member.lots, member.born_year, member.generated) == (0, (), None, False)
    assert (member.name, member.latin_name, member.initials) == ("Li Na", "", "")
    assert set(member.missing_fields) == set(GOOD) - {"card_no", "name"}


@pytest.mark.parametrize(
    ("column", "value", "reason", "refused"),
    [
        ("card_no", "", ProblemReason.MISSING_VALUE, True),
        ("card_no", "54993.0", ProblemReason.SPREADSHEET_NUMBER, True),
        ("card_no", "6.2E+15", ProblemReason.SPREADSHEET_NUMBER, True),
        ("card_no", "=1+1", ProblemReason.BAD_CARD, True),
        ("card_no", "CA 12", ProblemReason.BAD_CARD, True),
        ("card_no", "卡1", ProblemReason.BAD_CARD, True),
        ("card_no", "1" * 33, ProblemReason.BAD_CARD, True),
        ("name", "", ProblemReason.MISSING_VALUE, True),
        ("name", "12345", ProblemReason.NOT_A_NAME, True),
        ("name", "=HYPERLINK(1)", ProblemReason.FORMULA, True),
        ("name", "@cmd", ProblemReason.FORMULA, True),
        ("name", "-cmd", ProblemReason.FORMULA, True),
        ("name", "王\x00伟", ProblemReason.CONTROL_CHARACTER, True),
        ("name", "王\u202e伟", ProblemReason.CONTROL_CHARACTER, True),
        ("name", "王\ufffd", ProblemReason.DAMAGED_TEXT, True),
        ("name", "王" * 65, ProblemReason.TOO_LONG, True),
        ("latin_name", "王伟", ProblemReason.NOT_A_NAME, False),
        ("phone", "1.38E+10", ProblemReason.SPREADSHEET_NUMBER, False),
        ("phone", "1234", ProblemReason.BAD_PHONE, False),
        ("phone", "1" * 16, ProblemReason.BAD_PHONE, False),
        ("phone", "none", ProblemReason.BAD_PHONE, False),
        ("tier", "very gold", ProblemReason.BAD_CODE, False),
        ("home_office", "北京", ProblemReason.BAD_CODE, False),
        ("joined_on", "2019-02-29", ProblemReason.BAD_DATE, False),
        ("joined_on", "02/03/2019", ProblemReason.BAD_DATE, False),
        ("joined_on", "2026-11-23", ProblemReason.DATE_OUT_OF_RANGE, False),
        ("joined_on", "1899-12-31", ProblemReason.DATE_OUT_OF_RANGE, False),
        ("born_year", "31.5", ProblemReason.FRACTION, False),
        ("born_year", "1850", ProblemReason.OUT_OF_RANGE, False),
        ("born_year", "2050", ProblemReason.TOO_LARGE, False),
        ("born_year", "nan", ProblemReason.NOT_A_NUMBER, False),
        ("language", "Chinese", ProblemReason.BAD_CODE, False),
        ("preference", "x" * 121, ProblemReason.TOO_LONG, False),
        ("points", "-1", ProblemReason.NEGATIVE, True),
        ("points", "1,500", ProblemReason.NOT_A_NUMBER, True),
        ("points", "1.5e3", ProblemReason.NOT_A_NUMBER, True),
        ("points", "inf", ProblemReason.NOT_A_NUMBER, True),
        ("points", "10.5", ProblemReason.FRACTION, True),
        ("points", str(2**53 + 1), ProblemReason.TOO_LARGE, True),
        ("points", "9" * 5000, ProblemReason.TOO_LARGE, True),
        ("points", "1499", ProblemReason.LOTS_DISAGREE, True),
        ("lots", "[[1500]]", ProblemReason.BAD_LOTS, True),
        ("lots", "[[1500.5, null]]", ProblemReason.BAD_LOTS, True),
        ("lots", "[[true, null]]", ProblemReason.BAD_LOTS, True),
        ("lots", '[["1500", null]]', ProblemReason.BAD_LOTS, True),
        ("lots", "[[0, null]]", ProblemReason.BAD_LOTS, True),
        ("lots", "[[-5, null]]", ProblemReason.BAD_LOTS, True),
        ("lots", '[[1500, "31.12.2027"]]', ProblemReason.BAD_LOTS, True),
        ("lots", f"[[{2**53}, null], [1, null]]", ProblemReason.BAD_LOTS, True),
        ("lots", "[" * 10_000, ProblemReason.BAD_LOTS, True),
        ("lots", "{}", ProblemReason.BAD_LOTS, True),
        ("visits", "-3", ProblemReason.NEGATIVE, False),
        ("visits", "1000001", ProblemReason.TOO_LARGE, False),
    ],
)
def test_a_bad_cell_is_explained(
    tmp_path: Path, column: str, value: str, reason: ProblemReason, refused: bool
) -> None:
    items = read(tmp_path, csv_bytes({**GOOD, column: value}, {**GOOD, "card_no": "2"}))
    problem = items[0]
    assert isinstance(problem, RowProblem)
    assert problem.reason is reason
    assert problem.row_refused is refused
    assert problem.line == 2
    assert problem.column == ("lots" if reason is ProblemReason.LOTS_DISAGREE else column)
    assert problem.what_to_do.endswith(".")
    assert len(problem.value) <= 40
    assert problem.value.isprintable()
    # the rest of the row, and the row after it, go in
    assert len(problems(items)) == 1
    assert [member.line for member in members(items)] == ([3] if refused else [2, 3])
    if not refused:
        assert not getattr(members(items)[0], column) or column == "latin_name"


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("born_year", "1980.0", 1980),
        ("born_year", "１９８０", 1980),
        ("points", "+1500", 1500),
        ("points", "0001500.", 1500),
        ("phone", "(010) 6455.1234", "01064551234"),
        ("phone", "１３８１２３４５６７８", "13812345678"),
        ("name", "  张\u3000伟 \n 明 ", "张 伟 明"),
        ("name", "\ue863丽", "\ue863丽"),  # rare characters of registers are private-use ones
        ("name", 'O"Neil, Séan', 'O"Neil, Séan'),
        ("preference", "-1 floor please", "-1 floor please"),
        ("card_no", "ca-1", "ca-1"),
    ],
)
def test_a_cell_written_in_another_way_is_understood(
    tmp_path: Path, column: str, value: str, expected: object
) -> None:
    (member,) = members(read_row(tmp_path, **{column: value}))
    assert getattr(member, column) == expected


def test_duplicate_cards_are_found_letter_case_aside(tmp_path: Path) -> None:
    rows = [{**GOOD, "card_no": card} for card in ("AB1", "ab1", "AB2", "AB1")]
    items = read(tmp_path, csv_bytes(*rows))
    assert [(p.line, p.reason) for p in problems(items)] == [
        (3, ProblemReason.DUPLICATE_CARD),
        (5, ProblemReason.DUPLICATE_CARD),
    ]
    assert "Line 2" in problems(items)[0].what_to_do
    assert [member.card_no for member in members(items)] == ["AB1", "AB2"]


def test_every_problem_of_a_row_is_named_at_once(tmp_path: Path) -> None:
    found = problems(read_row(tmp_path, points="x", lots="y", phone="z"))
    assert [problem.column for problem in found] == ["phone", "points", "lots"]


HEADER = "card_no,name,points\n"
SMALL = mapping_from_toml(
    '[columns]\ncard_no = "card_no"\nname = "name"\npoints = "points"\n[names]\npinyin = false'
)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"1,A,1\n2,B\n3,C,3\n", ["1", ProblemReason.RAGGED_ROW, "3"]),
        (b"1,A,1\n2,B,2,x\n3,C,3\n", ["1", ProblemReason.RAGGED_ROW, "3"]),
        (b"1,A,1,,\n2,B,2\n", ["1", "2"]),
        (b"1,A,1\r\n\r\n   \r\n2,B,2\r\n", ["1", "2"]),
        (b"1,A,1\n2,B,2", ["1", "2"]),
        (b'1,"A\nB",1\n2,B,2\n', ["1", "2"]),
        (b'1,"A,B",1\n2,5" B,2\n', ["1", "2"]),
        (b'1,A,1\n2,"B,2\n3,C,3\n4,D,4\n', ["1", ProblemReason.UNCLOSED_QUOTE, "3", "4"]),
        (b'1,"A"x,1\n2,B,2\n', [ProblemReason.UNCLOSED_QUOTE, "2"]),
        (b"1,A\xff,1\n" + b"".join(b"%d,B,2\n" % n for n in range(2, 60)), None),
        (b"1,A,1\n2," + b"B" * 600_000 + b",2\n3,C,3\n", ["1", ProblemReason.LINE_TOO_LONG, "3"]),
    ],
)
def test_a_damaged_line_costs_no_other(
    tmp_path: Path, content: bytes, expected: list[object] | None
) -> None:
    items = read(tmp_path, HEADER.encode() + content, SMALL)
    found = [one.card_no if isinstance(one, ImportedMember) else one.reason for one in items]
    if expected is None:
        expected = [ProblemReason.BAD_ENCODING, *map(str, range(2, 60))]
    assert found == expected


def test_an_unclosed_quote_before_many_lines_costs_one_line(tmp_path: Path) -> None:
    body = '0,"A,1\n' + "".join(f"{n},B,2\n" for n in range(1, 101))
    items = read(tmp_path, (HEADER + body).encode(), SMALL)
    assert [problem.line for problem in problems(items)] == [2]
    assert [member.line for member in members(items)] == list(range(3, 103))


def test_a_line_that_cannot_be_decoded_gives_its_byte(tmp_path: Path) -> None:
    good = "".join(f"{n},王,2\n" for n in range(60))
    content = (HEADER + good).encode() + "x,王\n".encode("gb18030")
    (problem,) = problems(read(tmp_path, content, SMALL))
    offset = len((HEADER + good).encode()) + 2
    assert problem.line == 62
    assert f"Byte {offset:,} of the file (line 62)" in problem.what_to_do
    assert "gb18030" in problem.what_to_do


def refusal(tmp_path: Path, content: bytes, mapping: Mapping = SMALL) -> tuple[RowProblem, ...]:
    path = tmp_path / "members.csv"
    path.write_bytes(content)
    with pytest.raises(ImportRefused) as caught:
        read_members(path, mapping, today=TODAY)  # refused at the call, not at the first row
    return caught.value.problems


def test_a_file_in_another_encoding_is_refused_whole(tmp_path: Path) -> None:
    text = HEADER + "1,王伟,1\n2,李娜,2\n"
    (problem,) = refusal(tmp_path, text.encode("gb18030"))
    assert problem.reason is ProblemReason.BAD_ENCODING
    assert problem.line == 2
    assert 'encoding = "gb18030"' in problem.what_to_do
    chinese = replace(SMALL, encoding="gb18030")
    (problem,) = refusal(tmp_path, text.encode(), chinese)
    assert 'encoding = "utf-8"' in problem.what_to_do
    (problem,) = refusal(tmp_path, text.encode("utf-16"))
    assert "UTF-16" in problem.what_to_do
    assert [m.name for m in members(read(tmp_path, text.encode("gb18030"), chinese))] == [
        "王伟",
        "李娜",
    ]


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    items = read(tmp_path, ("\ufeff" + HEADER + "1,A,1\n").encode(), SMALL)
    assert [member.card_no for member in members(items)] == ["1"]


def test_all_missing_columns_are_named_before_anything_goes_in(tmp_path: Path) -> None:
    found = refusal(tmp_path, b"card_no,nam,visit\n1,A,1\n", DEMO)
    assert {p.column for p in found} == set(DEMO.columns.values()) - {"card_no"}
    assert {p.reason for p in found} == {ProblemReason.MISSING_COLUMN}
    assert any("did you mean 'nam'" in p.what_to_do for p in found)


def test_repeated_columns_and_a_wrong_delimiter_are_named(tmp_path: Path) -> None:
    (problem,) = refusal(tmp_path, b"card_no,name,points,points\n1,A,1,2\n")
    assert problem.reason is ProblemReason.REPEATED_COLUMN
    assert "';'" in refusal(tmp_path, b"card_no;name;points\n1;A;1\n")[-1].what_to_do
    assert members(read(tmp_path, b"card_no;name;points\n1;A;1\n", replace(SMALL, delimiter=";")))


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (problem,) = refusal(tmp_path, content)
    assert problem.reason is ProblemReason.FILE_EMPTY


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(ImportRefused) as caught:
            read_members(path, SMALL)
        assert caught.value.problems[0].reason is ProblemReason.FILE_UNREADABLE


def test_a_foreign_extract_with_every_kind_of_dirt() -> None:
    summary = ImportSummary()
    items = list(read_members(RESOURCES / "sample" / "airline_ffp.csv", AIRLINE, today=TODAY))
    for item in items:
        summary.observe(item)
    assert {(p.line, p.column, p.reason) for p in problems(items)} == {
        (8, "WORK_CITY", ProblemReason.UNEXPECTED_VALUE),
        (9, "WORK_CITY", ProblemReason.UNEXPECTED_VALUE),
        (10, "WORK_CITY", ProblemReason.UNEXPECTED_VALUE),
        (11, "FFP_DATE", ProblemReason.BAD_DATE),
        (12, "FFP_DATE", ProblemReason.BAD_DATE),
        (13, "FFP_DATE", ProblemReason.DATE_OUT_OF_RANGE),
        (14, "FFP_TIER", ProblemReason.UNKNOWN_VALUE),
        (14, "AGE", ProblemReason.FRACTION),
        (15, "AGE", ProblemReason.TOO_LARGE),
        (16, "Points_Sum", ProblemReason.NEGATIVE),
        (17, "Points_Sum", ProblemReason.TOO_LARGE),
        (18, "Points_Sum", ProblemReason.FRACTION),
        (19, "FLIGHT_COUNT", ProblemReason.NOT_A_NUMBER),
        (20, "MEMBER_NO", ProblemReason.DUPLICATE_CARD),
        (21, "MEMBER_NO", ProblemReason.SPREADSHEET_NUMBER),
        (22, "MEMBER_NO", ProblemReason.MISSING_VALUE),
        (23, "MEMBER_NO", ProblemReason.BAD_CARD),
        (24, "", ProblemReason.RAGGED_ROW),
        (25, "", ProblemReason.RAGGED_ROW),
        (27, "Points_Sum", ProblemReason.NOT_A_NUMBER),
    }
    assert (summary.members, summary.rows_refused, summary.cells_left_out) == (17, 10, 10)
    assert summary.missing == {"home_office": 4, "born_year": 1}
    assert summary.generated["name"] == summary.generated["phone"] == 17
    by_card = {member.card_no: member for member in members(items)}
    first = by_card["90001"]
    assert (first.joined_on, first.tier, first.born_year) == (date(2006, 11, 2), "platinum", 1983)
    assert (first.home_office, first.points, first.visits) == ("", 61976, 210)
    assert first.generated
    assert set(first.generated_fields) >= {"name", "phone"}
    assert [by_card[f"9000{n}"].home_office for n in (5, 6)] == ["SHA", "HRB"]
    assert by_card["90026"].home_office == "CAN"
    report = "\n".join(summary.lines())
    assert "17 members read" in report
    assert "column AGE" in report
    assert first.name not in report


def test_what_is_made_up_depends_on_card_and_seed_alone() -> None:
    assert invent("54993", "guichet", 8) == invent("54993", "guichet", 8)
    assert invent("54993", "guichet", 8) != invent("54993", "other", 8)
    # written down: another machine or version must make the same world
    assert invent("54993", "guichet", 8) == ("郑小强", "15476136861")


def test_made_up_members_collide_as_people_do() -> None:
    made = [invent(str(card), "s", 10) for card in range(5000)]
    names = [name for name, _ in made]
    assert 0.05 < sum(name.isascii() or " " in name for name in names) / 5000 < 0.15
    assert 0.1 < 1 - len(set(names)) / 5000 < 0.8
    assert all(len(phone) == 11 and phone.startswith("154") for _, phone in made)
    assert len({phone for _, phone in made}) > 4990
    wang = sum(name.startswith("王") for name in names) / 5000
    assert 0.05 < wang < 0.15


@pytest.mark.parametrize(
    ("name", "initials", "latin"),
    [
        ("单雄信", "sxx", "Shan Xiongxin"),
        ("曾国藩", "zgf", "Zeng Guofan"),
        ("仇英", "qy", "Qiu Ying"),
        ("解缙", "xj", "Xie Jin"),
        ("区小明", "oxm", "Ou Xiaoming"),
        ("查良镛", "zly", "Zha Liangyong"),
        ("朴树", "ps", "Piao Shu"),
        ("任重", "rz", "Ren Zhong"),
        ("尉迟恭", "ycg", "Yuchi Gong"),
        ("万俟卨", "mqx", "Moqi Xie"),
        ("欧阳修", "oyx", "Ouyang Xiu"),
        ("令狐冲", "lhc", "Linghu Chong"),
        ("單于", "sy", "Shan Yu"),
        ("单于明", "cym", "Chanyu Ming"),
        ("万里", "wl", "Wan Li"),
        ("吕娜", "ln", "Lyu Na"),
        ("李", "l", "Li"),
        ("阿卜杜·买买提", "abdmmt", "A Bodumaimaiti"),
        ("张Lily", "zl", ""),
        ("Li Na", "", ""),
        ("Müller", "", ""),
        ("山田さくら", "st", ""),
        ("··", "", ""),
    ],
)
def test_names_in_latin_letters(name: str, initials: str, latin: str) -> None:
    assert name_keys(name) == (initials, latin)


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("[columns", "no valid TOML"),
        ("", "columns.card_no is missing"),
        ("columns = 3", "must be a table"),
        ("[colums]", "unknown table [colums]"),
        ('[columns]\ncard = "a"', "unknown key columns.card"),
        ("[columns]\ncard_no = 5", "columns.card_no must be text"),
        ('[file]\nencoding = "utf-16"', "not supported"),
        ('[file]\nencoding = "klingon"', "not supported"),
        ("[file]\ndelimiter = 5", "file.delimiter must be text"),
        ('[file]\ndelimiter = ",,"', "must be one character"),
        ('[file]\ndate_format = "%Y %m %d %Q"', "is no date format"),
        ('[file]\ndate_format = "%m/%d"', "needs %Y, %m and %d"),
        ("[file]\nmissing = [1]", "must hold texts only"),
        ('[constants]\ntier = "very gold"', "constants.tier 'very gold'"),
        ('[values.tier]\n4 = "very gold"', "values.tier 'very gold'"),
        ('[values.tier]\n4 = "gold"', "values.tier has no column"),
        ("[values]\ntier = 4", "values.tier must be a table"),
        ('[expect]\ntier = "["', "no regular expression"),
        ('[generate]\nfields = ["points"]', "generate.fields may hold"),
        ("[generate]\nlatin_percent = 101", "must be 0 to 100"),
        ("[generate]\nlatin_percent = true", "must be a number"),
        ('[born_year_from_age]\nage = "A"', "needs age and as_of"),
        ('[columns]\ntier = "T"\n[constants]\ntier = "gold"', "tier has a column and a constant"),
        (
            '[columns]\nborn_year = "B"\n[born_year_from_age]\nage = "A"\nas_of = "L"',
            "born_year has a column or constant and an age",
        ),
    ],
)
def test_a_mapping_that_makes_no_sense_is_explained(toml: str, says: str) -> None:
    with pytest.raises(BadMapping) as caught:
        mapping_from_toml(toml)
    assert says in caught.value.message


def test_a_mapping_that_cannot_be_read_is_explained(tmp_path: Path) -> None:
    with pytest.raises(BadMapping, match=r"none\.toml can't be read"):
        load_mapping(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadMapping, match="can't be read"):
        load_mapping(tmp_path / "bad.toml")


def test_a_constant_date_still_to_come_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "members.csv"
    path.write_text(HEADER)
    with pytest.raises(BadMapping, match="after today"):
        read_members(path, replace(SMALL, constants={"joined_on": "2030-01-01"}), today=TODAY)


def test_the_shipped_mappings_feed_what_they_promise() -> None:
    assert set(DEMO.columns) == set(STANDARD_FIELDS)
    assert set(AIRLINE.generate.fields) == {"name", "latin_name", "phone"}


@given(st.binary(max_size=400))
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_bytes_end_in_members_or_explained_problems(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(HEADER.encode() + body)
    try:
        items = list(read_members(path, SMALL, today=TODAY))
    except ImportRefused as refused:
        items = list(refused.problems)
    for item in items:
        if isinstance(item, RowProblem):
            assert item.value.isprintable()
            assert item.what_to_do
        else:
            assert item.card_no
            assert item.name
