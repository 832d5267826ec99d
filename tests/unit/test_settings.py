"""What is set for a seat: who counts, what is refused, and what goes on with a broken policy."""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.devices.escpos import ENCODINGS
from app.domain.errors import Unavailable
from app.settings.command import as_document
from app.settings.command import main as settings_command
from app.settings.in_force import (
    KEPT,
    KEPT_AUTHORITY,
    Settings,
    data_folder,
    read_settings,
    resolve,
)
from app.settings.kinds import as_json
from app.settings.places import Document, Places, files_in
from app.settings.schema import SETTINGS, SeatSettings, Source
from app.settings.sources import TABLES, Said, read_policy, read_seat
from sync.client.lan.settings import PHONES_PORT, LanSettings, Mode, lan_settings
from sync.protocol.lan import DEFAULT_PORT
from sync.server.keys import make_keys

SAID = {
    "server": ("https://a.example", "https://b.example:8443", "http://127.0.0.1:8460"),
    "language": ("zh_CN", "en"),
    "take_over": (True, False),
    "keypad_baud": (300, 115_200),
    "lan_peers": (("10.0.0.1",), ("desk:99", "[fe80::1]:5")),
    "printer_paper_mm": (58, 80),
}
ORDER = [each for each in Source if each is not Source.DEFAULT]


class Pc:
    """A PC's places, as files in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.etc, self.data = folder / "etc", folder / "data"
        for each in (self.etc, self.data):
            each.mkdir(exist_ok=True)
        self.places = files_in(self.etc)

    def policy(self, content: object) -> None:
        text = content if isinstance(content, str) else json.dumps(content)
        (self.etc / "policy.json").write_text(text, "utf-8")

    def machine(self, content: object) -> None:
        text = content if isinstance(content, str) else json.dumps(content)
        (self.etc / "settings.json").write_text(text, "utf-8")

    def read(self, **told: object) -> Settings:
        return read_settings({"data_folder": self.data, **told}, places=self.places)


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GUICHET_LAN", raising=False)


@pytest.fixture
def pc(tmp_path: Path) -> Pc:
    return Pc(tmp_path)


# ------------------------------------------------------------------- who counts


@st.composite
def sayings(draw: st.DrawFn) -> dict[Source, dict[str, object]]:
    return {
        source: {
            name: draw(st.sampled_from(values))
            for name, values in SAID.items()
            if draw(st.booleans())
        }
        for source in ORDER
    }


@given(sayings())
def test_of_all_who_say_something_the_last_in_the_order_counts(
    said: dict[Source, dict[str, object]],
) -> None:
    origins = resolve([(source, Said(source.value, said[source])) for source in ORDER])
    for name, setting in SETTINGS.items():
        sayers = [source for source in ORDER if name in said[source]]
        origin = origins[name]
        if not sayers:
            assert (origin.value, origin.source) == (setting.default, Source.DEFAULT)
            continue
        assert (origin.value, origin.source) == (said[sayers[-1]][name], sayers[-1])
        assert origin.is_locked == (Source.LOCKED in sayers)
        assert all(said[other][name] != origin.value for other in origin.passed_over)


@given(sayings())
def test_what_stands_in_files_counts_as_what_was_handed_over(
    said: dict[Source, dict[str, object]],
) -> None:
    policy = dict(said[Source.POLICY])
    for name in said[Source.LOCKED]:
        policy.pop(name, None)  # a policy says of a setting one thing
    plain = {source: _json(values) for source, values in said.items()}
    with tempfile.TemporaryDirectory() as folder:
        pc = Pc(Path(folder))
        pc.policy({"locked": plain[Source.LOCKED], "defaults": _json(policy)})
        pc.machine(plain[Source.MACHINE])
        _write_seat(pc.data, said[Source.SEAT])
        found = pc.read(**said[Source.COMMAND_LINE])
        assert found.problems == ()
        by_seat = {n: v for n, v in said[Source.SEAT].items() if SETTINGS[n].ini is not None}
        sources = [policy, said[Source.MACHINE], by_seat]
        sources += [said[Source.COMMAND_LINE], said[Source.LOCKED]]
        for name in SAID:
            wanted = [source[name] for source in sources if name in source]
            value = wanted[-1] if wanted else SETTINGS[name].default
            assert getattr(found.values, name) == value


def _json(values: dict[str, object]) -> dict[str, object]:
    return {name: as_json(value) for name, value in values.items()}


def _write_seat(folder: Path, values: dict[str, object]) -> None:
    lines: dict[tuple[str, str], list[str]] = {}
    for name, value in values.items():
        ini = SETTINGS[name].ini
        if ini is not None:
            text = " ".join(value) if isinstance(value, tuple) else str(value)
            lines.setdefault((ini.file, ini.section), []).append(f"{ini.key} = {text}")
    for (file, section), written in lines.items():
        (folder / file).write_text(f"[{section}]\n" + "\n".join(written) + "\n")


def test_a_default_passes_and_is_a_value_of_its_own_kind() -> None:
    for name, setting in SETTINGS.items():
        if setting.default not in (None, ""):
            assert setting.kind.read(as_json(setting.default)) == setting.default, name
        elif setting.default == "":
            assert setting.kind.read("") == "", name
        assert (setting.english[-1], setting.chinese[-1]) == (".", "。"), name


def test_what_other_modules_know_as_defaults_is_the_same_here() -> None:
    plain = SeatSettings()
    assert (plain.lan_listen, plain.lan_phones) == (f":{DEFAULT_PORT}", f":{PHONES_PORT}")
    assert lan_settings(plain) == LanSettings()
    assert set(SETTINGS["printer_encoding"].kind.schema()["enum"]) == set(ENCODINGS)
    assert set(SETTINGS["lan_mode"].kind.schema()["enum"]) == set(get_args(Mode))


def test_the_seats_own_files_are_read_as_qt_writes_them(pc: Pc) -> None:
    (pc.data / "screen.ini").write_text(
        '[General]\nlanguage=en\ncustomer_screen="a|b, c"\nclerk_screens=x, y\n'
        'keypad="C:\\\\pads\\\\one \\x201c"\nkeypad_codes=1=1 2=2 N=no\ntake_over=true\n'
    )
    values = pc.read().values
    assert (values.language, values.take_over) == ("en", True)
    assert (values.keypad, values.keypad_codes) == ("C:\\pads\\one “", "1=1 2=2 N=no")


def test_a_seat_says_nothing_of_server_authority_or_token(pc: Pc) -> None:
    for file, section in (("screen.ini", "General"), ("lan.ini", "lan")):
        (pc.data / file).write_text(f"[{section}]\nserver=https://evil.example\nproxy=none\n")
    assert pc.read().values.server == ""
    assert {each.ini is None for name, each in SETTINGS.items() if name in (
        "server", "certificate_authority", "proxy", "office", "enrolment_token", "data_folder",
        "updates", "update_channel",
    )} == {True}  # fmt: skip


# ------------------------------------------------------------------- bad input

GOOD = {"locked": {"server": "https://guichet.example", "language": "zh_CN"}}
BROKEN: list[tuple[object, str, str]] = [
    ('{"locked": {"server": "https://a.exa', "", "no whole JSON"),
    ("", "", "no whole JSON"),
    ("[]", "", "one table"),
    ("[" * 100_000, "", "form"),
    ("\udc00", "", "no whole JSON"),
    ({"locked": []}, "locked", "table"),
    ({"server": "https://a.example"}, "server", '"locked" or "defaults"'),
    ({"lock": {"server": "https://a.example"}}, "lock", "alone; is it spelt right"),
    ({"locked": {"language": "en"}, "default": {}}, "default", "alone; is it spelt right"),
    ({"locked": {}, "later": 1}, "later", "alone; is it spelt right"),
    ({"locked": {"server": "http://a.example"}}, "server", "no https:// address"),
    ({"locked": {"server": "https://"}}, "server", "no address"),
    ({"locked": {"server": "https://a.example/x"}}, "server", "goes on behind"),
    ({"locked": {"server": "https://a:port"}}, "server", "no address"),
    ({"locked": {"server": 5}}, "server", "no text"),
    ({"locked": {"take_over": "yes"}}, "take_over", "true nor false"),
    ({"locked": {"keypad_baud": "9600"}}, "keypad_baud", "whole number"),
    ({"locked": {"keypad_baud": True}}, "keypad_baud", "whole number"),
    ({"locked": {"keypad_baud": 1}}, "keypad_baud", "within"),
    ({"defaults": {"language": "fr"}}, "language", "none of"),
    ({"defaults": {"lan_peers": "a b"}}, "lan_peers", "no list"),
    ({"defaults": {"lan_peers": ["a b"]}}, "lan_peers", "no address"),
    ({"defaults": {"data_folder": "data"}}, "data_folder", "no whole path"),
    ({"locked": {"certificate_authority": "/nowhere/ca.pem"}}, "certificate_authority", "put it"),
    ({"locked": {"server": "https://a\ud800"}}, "server", "letters alone"),
    ({"locked": {"panel_screen": "\x9b2J"}}, "panel_screen", "letters alone"),
    ({"locked": {"language": "en"}, "defaults": {"language": "en"}}, "language", "keep one"),
]


@pytest.mark.parametrize(("content", "setting", "said"), BROKEN)
def test_a_policy_with_a_mistake_names_file_setting_and_mend(
    pc: Pc, content: object, setting: str, said: str
) -> None:
    if isinstance(content, str):
        (pc.etc / "policy.json").write_bytes(content.encode("utf-8", "surrogatepass"))
    else:
        pc.policy(content)
    with pytest.raises(Unavailable) as refused:
        pc.read()
    assert refused.value.code == "policy_broken"
    text = refused.value.message
    assert str(pc.etc / "policy.json") in text
    assert said in text
    assert not setting or f", {setting}: " in text


@pytest.mark.parametrize("content", [each for each, _, _ in BROKEN])
def test_the_last_good_policy_counts_until_the_broken_one_is_mended(
    pc: Pc, content: object
) -> None:
    pc.policy(GOOD)
    pc.read().keep()
    if isinstance(content, str):
        (pc.etc / "policy.json").write_bytes(content.encode("utf-8", "surrogatepass"))
    else:
        pc.policy(content)
    found = pc.read(language="en")
    assert found.is_kept
    assert (found.values.server, found.values.language) == ("https://guichet.example", "zh_CN")
    assert found.is_locked("language")
    assert any("last good policy counts" in each.text for each in found.problems)
    found.keep()  # a broken one is never kept in place of the good
    assert pc.read().is_kept
    pc.policy({"defaults": {"language": "en"}})
    mended = pc.read()
    assert (mended.is_kept, mended.values.language, mended.values.server) == (False, "en", "")


def test_a_pc_that_had_no_policy_goes_on_without_when_its_first_is_broken(pc: Pc) -> None:
    pc.read().keep()
    pc.policy("{")
    found = pc.read()
    assert found.is_kept
    assert found.values == SeatSettings(data_folder=pc.data)


def test_an_authority_that_goes_away_is_kept_with_its_policy(pc: Pc, tmp_path: Path) -> None:
    authority = tmp_path / "ca.pem"
    authority.write_text(make_keys(now_ms=1_790_000_000_000)[0].authority_pem)
    pc.policy({"locked": {"certificate_authority": str(authority)}})
    pc.read().keep()
    authority.unlink()
    found = pc.read()
    assert found.values.certificate_authority == pc.data / KEPT_AUTHORITY
    assert "put it there" in str(found.problems[0])
    authority.write_text("no certificate at all")
    assert "no certificate in PEM" in str(pc.read().problems[0])


def test_the_token_is_not_kept(pc: Pc) -> None:
    pc.policy({"defaults": {"enrolment_token": "AAAAA-BBBBB", "server": "https://a.example"}})
    pc.read().keep()
    kept = (pc.data / KEPT).read_text()
    assert "a.example" in kept
    assert "AAAAA" not in kept


def test_a_disk_that_takes_no_copy_stops_nothing(pc: Pc, caplog: pytest.LogCaptureFixture) -> None:
    pc.policy(GOOD)
    (pc.data / KEPT).mkdir()
    with caplog.at_level(logging.WARNING):
        pc.read().keep()
    assert "can't be kept" in caplog.text
    caplog.clear()


def test_an_unknown_setting_is_told_and_the_rest_counts(pc: Pc) -> None:
    pc.policy({"locked": {"langauge": "en", "theme": "dark"}, "$schema": "x", "PayloadUUID": "y"})
    pc.machine({"colour": "red", "panel_screen": "1"})
    found = pc.read()
    assert (found.values.theme, found.values.panel_screen) == ("dark", "1")
    assert [each.setting for each in found.problems] == ["langauge", "colour"]
    assert not any(each.is_grave for each in found.problems)


def test_in_the_registry_too_a_misspelt_table_is_no_policy_to_go_by() -> None:
    content = {"Language": "en", "Default": {"Theme": "dark"}}
    policy = read_policy(Document("key", content, is_text=True))
    assert [(each.setting, each.is_grave) for each in policy.problems] == [("Default", True)]
    stray = read_policy(Document("key", {"Language": "en", "Langauge": "en"}, is_text=True))
    assert (stray.is_broken, dict(stray.locked.values)) == (False, {"language": "en"})


def test_a_mistake_elsewhere_passes_that_source_over_and_no_other(pc: Pc) -> None:
    pc.policy(GOOD)
    pc.machine({"theme": "purple", "panel_screen": "1"})
    (pc.data / "screen.ini").write_text("[General]\ntake_over=perhaps\nkeypad=/dev/x\n")
    (pc.data / "lan.ini").write_text("[lan]\nmode = listed\n")
    found = pc.read()
    assert (found.values.panel_screen, found.values.keypad) == ("", "")
    assert (found.values.lan_mode, found.values.server) == ("listed", "https://guichet.example")
    assert [(each.setting, Path(each.place).name) for each in found.problems] == [
        ("theme", "settings.json"),
        ("take_over", "screen.ini"),
    ]


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(sorted(SETTINGS)),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from([*sorted(SETTINGS), *TABLES]), inner, max_size=6),
    max_leaves=20,
))  # fmt: skip
def test_whatever_a_policy_holds_it_is_read_or_refused_with_sentences(content: Any) -> None:
    for is_text in (False, True):
        table = content if isinstance(content, dict) else {"locked": content}
        policy = read_policy(Document("here", table, is_text=is_text))
        if policy.is_broken:
            assert all(each.text for each in policy.problems)
        else:
            for said in (policy.locked, policy.defaults):
                for name, value in said.values.items():
                    assert SETTINGS[name].kind.read(as_json(value)) == value


def test_a_registrys_values_are_text_and_numbers(tmp_path: Path) -> None:
    key = r"HKEY_LOCAL_MACHINE\Software\Policies\Guichet"
    told = {
        "Server": "https://guichet.example",
        "take_over": 1,
        "updates": 0,
        "keypad_baud": 300,
        "lan_peers": ["10.0.0.1", "desk:99"],
        "Defaults": {"language": "en", "lan_mode": "listed"},
    }
    machine = Document(r"HKEY_LOCAL_MACHINE\Software\Guichet", {"office": "PEK", "Setup": {}}, True)
    places = Places(lambda: Document(key, told, is_text=True), lambda: machine)
    found = read_settings({"data_folder": tmp_path}, places=places)
    values = found.values
    assert found.problems == ()
    assert (values.server, values.take_over, values.updates) == (
        "https://guichet.example", True, False,
    )  # fmt: skip
    assert (values.keypad_baud, values.lan_peers) == (300, ("10.0.0.1", "desk:99"))
    assert found.is_locked("server")
    assert not found.is_locked("language")
    assert (values.language, values.lan_mode, values.office) == ("en", "listed", "PEK")


def test_an_unreadable_file_is_no_policy_less(pc: Pc) -> None:
    (pc.etc / "policy.json").mkdir()
    with pytest.raises(Unavailable, match="can't be read"):
        pc.read()
    (pc.etc / "policy.json").rmdir()
    (pc.etc / "policy.json").write_bytes(b" " * 300_000)
    with pytest.raises(Unavailable, match="larger"):
        pc.read()


# ------------------------------------------------------------------- the command


@pytest.fixture
def show(pc: Pc, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def run(*arguments: str) -> tuple[int, str, str]:
        words = ["show", "--data-folder", str(pc.data), *arguments]
        code = settings_command(words, places=pc.places)
        return code, *capsys.readouterr()

    return run


def test_show_tells_each_value_its_origin_and_the_lock(
    pc: Pc, show: Callable[..., tuple[int, str, str]]
) -> None:
    pc.policy({"locked": {"language": "zh_CN"}, "defaults": {"theme": "dark"}})
    pc.machine({"proxy": "http://jo:secret@proxy:3128", "enrolment_token": "AAAAA-BBBBB"})
    (pc.data / "screen.ini").write_text("[General]\nlanguage=en\n")
    code, out, err = show("--origin")
    assert (code, err) == (0, "")
    lines = {line.split()[0]: line for line in out.splitlines()}
    assert set(lines) == set(SETTINGS)
    assert "policy (locked)" in lines["language"]
    assert "passed over: seat" in lines["language"]
    assert lines["theme"].endswith(f"policy, {pc.etc / 'policy.json'}")
    assert "http://********@proxy:3128" in lines["proxy"]
    assert "AAAAA" not in out
    assert "secret" not in out
    code, out, _ = show("--json")
    document = json.loads(out)
    assert document["settings"]["enrolment_token"]["value"] == "********"
    assert document["settings"]["language"] == {
        "value": "zh_CN",
        "source": "locked policy",
        "place": str(pc.etc / "policy.json"),
        "locked": True,
        "passed_over": ["seat"],
    }
    assert "secret" not in out
    assert "AAAAA" not in out
    assert document == as_document(pc.read())


def test_whoever_starts_the_program_looks_where_it_will_open_its_data(
    pc: Pc, tmp_path: Path
) -> None:
    own, locked = tmp_path / "own", tmp_path / "locked"
    pc.machine({"data_folder": str(pc.data)})
    assert data_folder(places=pc.places) == pc.data
    for policy in ({}, {"locked": {"data_folder": str(locked)}}, {"locked": {"server": "no"}}):
        pc.policy(policy)
        expected = locked if "data_folder" in str(policy) else own
        assert data_folder(own, places=pc.places) == expected
        if "server" not in str(policy):
            assert pc.read(data_folder=own).values.data_folder == expected


@pytest.mark.parametrize("letter", ["\x1b", "\x07", "\x7f", "\x9b", "\x85"])
def test_what_a_seats_files_say_commands_no_terminal(
    pc: Pc, capsys: pytest.CaptureFixture[str], letter: str
) -> None:
    (pc.data / "printer.ini").write_text(f"[printer]\nat = a{letter}[2J:9100\n", "utf-8")
    (pc.data / "lan.ini").write_text(f"[lan]\nlisten = a{letter}[2J:9100\n", "utf-8")
    (pc.data / "screen.ini").write_text(f"[General]\nkeypad=/dev/{letter}[2J\n", "utf-8")
    command = ["show", "--origin", "--data-folder", str(pc.data)]
    assert settings_command(command, places=pc.places) == 1
    out, err = capsys.readouterr()
    assert letter not in out + err
    assert settings_command([*command, "--json"], places=pc.places) == 1
    assert letter not in capsys.readouterr().out


def test_show_says_what_is_wrong_and_ends_with_1(
    pc: Pc, show: Callable[..., tuple[int, str, str]]
) -> None:
    pc.policy({"locked": {"theme": 5, "take_over": "x", "proxy": "ftp://jo:secret@x"}})
    code, out, err = show()
    assert (code, out) == (1, "")
    assert all(f", {name}: " in err for name in ("theme", "take_over", "proxy"))
    assert "secret" not in err
    pc.policy({"locked": {"colour": "red"}})
    code, out, err = show()
    assert code == 1
    assert "server" in out
    assert "colour" in err


def test_the_seats_files_are_three(tmp_path: Path) -> None:
    assert [Path(each.place).name for each in read_seat(tmp_path)] == [
        "printer.ini", "lan.ini", "screen.ini",
    ]  # fmt: skip
