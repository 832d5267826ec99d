"""What an operator meets who sets up a programme with nothing but the commands' own words."""

from __future__ import annotations

import contextlib
import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sync.server.cli import main
from sync.server.importing.cells import STANDARD_FIELDS
from sync.server.importing.mapping import mapping_from_toml
from sync.server.importing.proposal import propose_mapping
from sync.server.settings import address_file
from sync.server.status import status_lines
from sync.server.store.engine import reading
from tests.server.conftest import Programme
from tests.server.seats import visit

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("operator") / "data"
    with contextlib.redirect_stdout(io.StringIO()):
        assert main(["init", "--data", str(folder), "--programme", "Sky", "--office", "PEK",
                     "--time-zone", "Asia/Shanghai", "--admin-pin", "1234"]) == 0  # fmt: skip
        assert main(["counter", "add", "PEK", "A1", "--data", str(folder)]) == 0
    return folder


@pytest.mark.parametrize(
    "words",
    [
        ["--data", "{}", "counter", "list"],
        ["counter", "--data", "{}", "list"],
        ["counter", "list", "--data", "{}"],
        ["--data", "/nowhere", "counter", "list", "--data", "{}"],
    ],
)
def test_the_data_folder_may_stand_anywhere(
    data: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert main([word.format(data) for word in words]) == 0
    assert capsys.readouterr().out == "PEK/A1\n"


def test_the_books_are_audited_without_saying_where_they_are(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", "--data", str(data)]) == 0
    assert "balance" in capsys.readouterr().out
    assert main(["audit", "--data", str(data / "no")]) == 1
    assert "init" in capsys.readouterr().err


COMMANDS = [
    *("init", "serve", "status", "audit", "expire", "enrol", "revoke", "import members"),
    *(f"{thing} {what}" for thing in ("office", "counter", "staff", "reward")
      for what in ("add", "list")),
    *("setting set", "setting list"),
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_every_argument_is_explained(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([*command.split(), "--help"])
    assert stopped.value.code == 0
    parts = capsys.readouterr().out.split("\n\n")
    text = "".join(part for part in parts if part.startswith(("positional", "options"))) + "\n"
    arguments = re.findall(r"^  (-\S+|[A-Za-z_/]+)(.*\n(?:   .*\n)*)", text, re.MULTILINE)
    assert arguments
    assert not [name for name, rest in arguments if not re.search(r"\s{2,}\S+.*\s\S+", rest)]


def test_the_readme_names_every_command() -> None:
    table = (ROOT / "README.md").read_text().partition("## The central server")[2]
    named = set(re.findall(r"`(\w+)", table.partition("\n## ")[0]))
    assert {command.split()[0] for command in COMMANDS} <= named


# ------------------------------------------------------------------- enrolling


def test_a_code_comes_with_where_until_when_and_what_to_do(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    address_file(data).write_text("https://guichet.example:8460\n")
    before = datetime.now(UTC)
    assert main(["enrol", "PEK/A1", "--data", str(data)]) == 0
    said = capsys.readouterr()
    assert re.fullmatch(r"[2-9A-HJ-NP-Z]{5}-[2-9A-HJ-NP-Z]{5}\n", said.out)
    zone = ZoneInfo("Asia/Shanghai")
    possible = {
        (at + timedelta(minutes=15)).astimezone(zone).strftime("%H:%M")
        for at in (before, datetime.now(UTC))
    }
    found = re.search(r"until (\d\d:\d\d) in PEK \(Asia/Shanghai\), for PEK/A1 as a cou", said.err)
    assert found is not None
    assert found[1] in possible
    assert "Server: https://guichet.example:8460\n" in said.err
    assert "At the new PC" in said.err


@pytest.mark.parametrize(
    ("address", "says"),
    [
        (None, "not running"),
        ("http://127.0.0.1:8460", "this machine alone"),
        ("http://[::1]:8460", "this machine alone"),
        ("http://0.0.0.0:8460", "Server: http://"),
    ],
)
def test_an_address_that_others_cannot_use_is_not_passed_off_as_one(
    data: Path, capsys: pytest.CaptureFixture[str], address: str | None, says: str
) -> None:
    address_file(data).unlink(missing_ok=True)
    if address is not None:
        address_file(data).write_text(address)
    assert main(["enrol", "PEK/A1", "--data", str(data)]) == 0
    said = capsys.readouterr().err
    assert says in said
    assert "0.0.0.0" not in said


# ------------------------------------------------------------------- importing


def import_members(data: Path, file: Path, *options: str) -> int:
    return main(["import", "members", str(file), *options, "--data", str(data)])


def test_known_headings_need_no_mapping(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "m.csv"
    file.write_text(
        "Card_No;Name;joined_on;points\nK1;张伟;2020-12-31;500\nK2;王芳;;7\n", "gb18030"
    )
    assert import_members(data, file) == 0
    assert "2 new" in capsys.readouterr().out
    # the project's own sample, too
    assert import_members(data, ROOT / "resources" / "sample" / "members.csv") == 0
    assert "5 new, 0 updated, 0 as they were; 0 rows refused, 0 cells" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("card_no,name,point\nA,张伟,5\n", ["'point'", "lots, visits", "--print-mapping"]),
        ("name,phone\n张伟,138\n", ["no column card_no"]),
        ("Kartennummer,Name\n1,x\n", ["'Kartennummer'", "no column card_no"]),
        ("card_no,name,name\nA,B,C\n", ["'name'"]),
    ],
)
def test_unknown_headings_stop_the_import(
    data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    text: str,
    says: list[str],
) -> None:
    file = tmp_path / "m.csv"
    file.write_text(text)
    assert import_members(data, file) == 1
    said = capsys.readouterr().err
    assert all(one in said for one in says), said


@pytest.mark.parametrize(
    ("text", "encoding", "columns", "date_format"),
    [
        (
            "Member No,Full Name,Mobile,Balance,Join Date,Shoe\n7,Ann,138,5,31.12.2020,42\n",
            "utf-8-sig",
            {"card_no": "Member No", "name": "Full Name", "phone": "Mobile",
             "points": "Balance", "joined_on": "Join Date"},
            "%d.%m.%Y",
        ),
        (
            "卡号;姓名;手机号;积分\n7;张伟;138;5\n",
            "gb18030",
            {"card_no": "卡号", "name": "姓名", "phone": "手机号", "points": "积分"},
            "%Y-%m-%d",
        ),
        (
            '"card ""no""\t x",name,joined_on\n7,张伟,12/31/2020\n'.replace("card", "c\x7fard"),
            "utf-8",
            {"name": "name", "joined_on": "joined_on"},
            "%m/%d/%Y",
        ),
    ],
)  # fmt: skip
def test_a_mapping_is_proposed(
    tmp_path: Path, text: str, encoding: str, columns: dict[str, str], date_format: str
) -> None:
    file = tmp_path / "m.csv"
    file.write_text(text, encoding)
    proposal = propose_mapping(file)
    if "card_no" not in columns:
        assert "# card_no" in proposal
        heading = 'c\\u007fard \\"no\\"\\t x'
        assert f'# Not used: "{heading}"' in proposal
        proposal = proposal.replace('# card_no = ""', f'card_no = "{heading}"')
        columns = {**columns, "card_no": 'c\x7fard "no"\t x'}
    mapping = mapping_from_toml(proposal)
    assert mapping.columns == columns
    assert mapping.date_format == date_format
    assert set(re.findall(r"^(?:# )?(\w+) = ", proposal.partition("[columns]")[2], re.M)) - {
        "fields"
    } == set(STANDARD_FIELDS)


def test_dates_that_can_be_read_two_ways_are_pointed_out(tmp_path: Path) -> None:
    file = tmp_path / "m.csv"
    file.write_text("card_no,name,joined_on\n7,Ann,01/02/2020\n8,Bob,03/04/2020\n")
    assert '"%m/%d/%Y" # or "%d/%m/%Y": the file doesn' in propose_mapping(file)


def test_a_proposal_can_be_used_as_it_is(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, mapping = tmp_path / "m.csv", tmp_path / "m.toml"
    file.write_text("FFP No,Customer Name,Miles\nP1,Ann Lee,5\n")
    assert import_members(data, file, "--print-mapping") == 0
    mapping.write_text(capsys.readouterr().out)
    assert import_members(data, file, "--mapping", str(mapping)) == 0
    assert "1 new" in capsys.readouterr().out
    # nothing has to be set up for it
    assert import_members(tmp_path / "no", file, "--print-mapping") == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"columns": {"card_no": "x"}}', ["JSON, not TOML", "[columns]", 'card_no = "']),
        ("card_no: x", ["no valid TOML", "[columns]", 'card_no = "']),
        ('[columns]\ncard = "x"', ["columns.card;", "card_no, name, latin_name"]),
        ('[column]\ncard = "x"', ["[column];", "[file], [columns]"]),
        ('[values.tiers]\n4 = "x"', ["values.tiers;", "tier, home_office, language"]),
    ],
)
def test_a_wrong_mapping_is_told_the_right_one(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, says: list[str]
) -> None:
    mapping = tmp_path / "m.toml"
    mapping.write_text(text)
    assert import_members(data, tmp_path / "m.csv", "--mapping", str(mapping)) == 1
    said = capsys.readouterr().err
    assert all(one in said for one in says), said


def test_the_documents_examples_are_mappings() -> None:
    text = (ROOT / "docs" / "import.md").read_text()
    blocks = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert blocks
    mappings = [mapping_from_toml(block) for block in blocks]
    assert all(mappings)
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == set(STANDARD_FIELDS)


# ------------------------------------------------------------------- status


def test_the_status_shows_each_device(programme: Programme) -> None:
    seat, desk = programme.seat(), programme.seat(counter=2, kind="desk")
    visit(seat)
    seat.push()
    with reading(programme.server.engine) as connection:
        lines = list(status_lines(connection))
    head = next(number for number, line in enumerate(lines) if line.startswith("PLACE"))
    names, *rows = [line.split() for line in lines[head:]]
    found = {row[-1]: dict(zip(names, row, strict=True)) for row in rows}
    assert lines[head - 1] == "devices\t2"
    mine = found[str(seat.device_id)]
    assert (mine["PLACE"], mine["KIND"], mine["INCARNATION"]) == ("PEK/A1", "counter", "1")
    assert int(mine["ENTRIES"]) == len(seat.bodies)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", mine["LAST-UPLOAD"])
    assert (found[str(desk.device_id)]["LAST-UPLOAD"], found[str(desk.device_id)]["ENTRIES"]) == (
        "never",
        "0",
    )
