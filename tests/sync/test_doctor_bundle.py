"""What support gets holds nobody's data: planted wherever a PC keeps anything, and looked for."""

from __future__ import annotations

import base64
import json
import traceback
import zipfile
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import sqlcipher3.dbapi2 as sqlcipher

from app.domain.errors import Unavailable
from app.settings.places import files_in
from app.settings.schema import SETTINGS
from app.store.cipher import connect
from app.store.seat import MEMBERS_KEY, WORK_KEY, WORK_NAME
from sync.client.doctor.bundle import write_bundle
from sync.client.doctor.checks import CHECKS
from sync.client.doctor.command import main as doctor
from sync.client.doctor.pc import Pc
from sync.client.doctor.runner import run
from tests.store.seats import (
    MemoryVault,
    SteppedClock,
    add_encounter,
    build_members,
    earn,
    enrol,
    open_at,
)

NAME, LATIN = "欧阳思远", "OUYANG SIYUAN"
PLANTED = {
    "name": NAME,
    "latin name": LATIN,
    "phone": "13912345678",
    "card": "8802 4417 0093 55",
    "mail": "siyuan.ouyang@example.test",
    "PIN": "739102",
    "token": "tok_Zk81hQ0pVw7Lr2",
    "password": "pa55-w0rd-of-proxy",
    "comment": "等了四十分钟没有人理我",
    "host": "pek-server-17.corp.example.test",
    "account": "zhangwei2",
}
WHOLE = " / ".join(PLANTED.values())
TEXTS = ("TEXT", "JSON", "")


def forms(text: str) -> Iterator[bytes]:
    """A text as it may lie in a file: in several letters, packed, escaped and turned."""
    plain = [text.encode(each) for each in ("utf-8", "utf-16-le", "utf-16-be", "gb18030")]
    for one in plain:
        yield one
        yield one.hex().encode()
        yield one.hex().upper().encode()
        for shift in range(3):  # where it stands in base64 depends on what is before it
            packed = base64.b64encode(b"x" * shift + one)
            yield packed[4 if shift else 0 : -4]
        yield one[::-1]
    yield json.dumps(text)[1:-1].encode()
    yield text.encode("unicode_escape")
    yield quote(text).encode()
    yield text.replace(" ", "").encode()


def everything(bundle: Path) -> bytes:
    """The file as it is, and what is packed in it, with the names of its parts."""
    with zipfile.ZipFile(bundle) as archive:
        parts = [archive.read(name) + name.encode() for name in archive.namelist()]
    return b"\0".join([bundle.read_bytes(), *parts])


def leaks(content: bytes) -> set[str]:
    low = content.lower()
    return {
        kind
        for kind, text in PLANTED.items()
        if any(len(form) > 3 and form.lower() in low for form in forms(text))
    }


def plant_in(path: Path, key: bytes) -> int:
    """Write it into every column of every table that takes it; returns how many took it."""
    planted = 0
    with closing(connect(path, key)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("PRAGMA ignore_check_constraints = ON")
        tables = connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'"
            " AND name NOT LIKE 'member_terms%'"
        ).fetchall()
        for (table,) in tables:
            columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
            if table not in ("seat", "state", "chain", "absence"):
                _add_row(connection, table, columns)
            for _, column, kind, *_ in columns:
                is_text = kind in TEXTS
                value: Any = WHOLE if is_text else WHOLE.encode()
                if not is_text and kind != "BLOB":
                    continue
                if (table, column) == ("seat", "document"):
                    value = json.dumps({"office_name": WHOLE, "office_code": "PEK"})
                elif (table, column) == ("seat", "server_url"):
                    at = f"{PLANTED['account']}:{PLANTED['password']}@{PLANTED['host']}"
                    value = f"https://{at}:8443/{PLANTED['token']}"
                elif (table, column) in {("state", "members_file"), ("chain", "last_link")}:
                    continue
                with suppress(sqlcipher.IntegrityError):  # what is unique has it already
                    connection.execute(f"UPDATE {table} SET {column} = ?", (value,))
                planted += 1
    return planted


def _add_row(connection: Any, table: str, columns: list[Any]) -> None:
    values = [
        WHOLE if kind in TEXTS else WHOLE.encode() if kind == "BLOB" else 13912345678
        for _, _, kind, *_ in columns
    ]
    marks = ", ".join("?" * len(values))
    connection.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", values)


@pytest.fixture
def vault() -> MemoryVault:
    made = MemoryVault()
    made.put("device_key", b"d" * 32)
    return made


@pytest.fixture
def folder(tmp_path: Path, vault: MemoryVault) -> Path:
    """Of a seat, in an account's own folder, full of what people said and are."""
    folder = tmp_path / PLANTED["account"] / "seat"
    seat = open_at(folder, vault, SteppedClock())
    enrol(seat)
    members = build_members(seat)
    from uuid import uuid4

    for _ in range(3):
        seat.work.run(lambda work: earn(work, add_encounter(work), uuid4(), 100))
    seat.close()
    assert plant_in(folder / WORK_NAME, vault.secrets[WORK_KEY]) > 60
    assert plant_in(members, vault.secrets[MEMBERS_KEY]) > 15
    (folder / "screen.ini").write_text(
        f"[General]\nlanguage=zh_CN\nkeypad={WHOLE}\ncustomer_screen={WHOLE}\n"
        f"panel_screen={PLANTED['PIN']}\n{PLANTED['token']}={WHOLE}\ntake_over={WHOLE}\n"
    )
    (folder / "printer.ini").write_text(
        f"[printer]\nat = {PLANTED['host']}:9100\nlanguage = en\npaper_mm = {PLANTED['PIN']}\n"
        f"files = {WHOLE}\n[{PLANTED['account']}]\n{PLANTED['token']} = {WHOLE}\n"
    )
    (folder / "lan.ini").write_text(f"[lan]\nmode = {WHOLE}\npeers = {PLANTED['host']}\n")
    (folder / f"{NAME} {PLANTED['phone']}.txt").write_text(WHOLE)
    (folder / f"members-{PLANTED['phone']}.db").write_text(WHOLE)
    (folder / "crash.log").write_text("".join(crashes()))
    (folder / "guichet.log").write_text(
        f"2026-11-30 08:00:00,123Z WARNING app.store.mending: {WHOLE}\n{WHOLE}\n"
        f"2026-11-30 08:00:01,123Z ERROR app.siyuan: {WHOLE}\n"
        f"2026-11-30 08:00:01,123Z {PLANTED['account']} ui.main: {WHOLE}\n"
    )
    etc = folder.parent / "etc"
    etc.mkdir()
    (etc / "policy.json").write_text(
        json.dumps(
            {
                "locked": {"server": f"https://{PLANTED['host']}", "office": PLANTED["account"]},
                "defaults": {},
            }
        )
    )
    (etc / "settings.json").write_text(
        json.dumps(
            {
                "enrolment_token": PLANTED["token"],
                "proxy": f"http://{PLANTED['host']}:3128",
                "language": WHOLE,
            }
        )
    )
    return folder


def crashes() -> Iterator[str]:
    """What a program wrote down of mistakes that had people's data in their hands."""

    class OuyangSiyuan(Exception):
        pass

    for error in (
        ValueError(WHOLE),
        Unavailable("disk_error", WHOLE),
        OuyangSiyuan(f"here\nOUYANG: {WHOLE}"),
        KeyError(PLANTED["card"]),
        RuntimeError(f'Traceback (most recent call last):\n  File "{WHOLE}", line 1, in {WHOLE}\n'),
        RuntimeError(
            f'x\n  File "/home/{PLANTED["account"]}/app/siyuan.py", line 73910, in {LATIN}\n'
            f'  File "/x/ui/main.py", line {PLANTED["PIN"]}, in main\n{PLANTED["mail"]}: {WHOLE}'
        ),
    ):
        try:
            raise error
        except Exception as caught:  # noqa: BLE001
            lines = traceback.format_exception(caught)
        lines.insert(1, '  File "/usr/lib/guichet/_internal/ui/application.py", line 12, in run\n')
        lines.insert(2, f"    look_up('{WHOLE}')\n")
        yield f"2026-11-30T08:00:00Z 0.1.0 {WHOLE}\n{''.join(lines)}\n"


@pytest.fixture
def planted_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = f"http://{PLANTED['account']}:{PLANTED['password']}@{PLANTED['host']}:3128"
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, proxy)
    for name in ("USER", "LOGNAME", "HOME", "LANG", "XDG_SESSION_TYPE", "GUICHET_LAN"):
        monkeypatch.setenv(name, WHOLE.replace("/", ""))
    monkeypatch.setattr("platform.node", lambda: PLANTED["host"])
    monkeypatch.setattr("platform.release", lambda: f"6.1.0-{PLANTED['account']}")
    monkeypatch.setattr(
        "platform.freedesktop_os_release", lambda: {"ID": LATIN, "VERSION_ID": f"12.5 {WHOLE}"}
    )


LOCAL = [each for each in CHECKS if each.name not in ("screens", "libraries")]


def bundle_of(folder: Path, vault: MemoryVault, target: Path) -> Path:
    server = f"https://{PLANTED['account']}:{PLANTED['password']}@{PLANTED['host']}"
    pc = Pc(folder, server=server, vault=vault, limit_s=30, places=files_in(folder.parent / "etc"))
    report = run(LOCAL, pc)
    assert not report.failed
    write_bundle(target, pc, report, "0.1.0")
    return target


@pytest.mark.usefixtures("planted_environment")
def test_nobodys_data_is_in_a_bundle(folder: Path, vault: MemoryVault, tmp_path: Path) -> None:
    content = everything(bundle_of(folder, vault, tmp_path / "bundle.zip"))
    assert leaks(content) == set()
    assert not [part for part in (b"siyuan", b"ouyang", b"73910") if part in content.lower()]
    (folder.parent / "etc" / "policy.json").write_text(json.dumps({PLANTED["token"]: WHOLE}))
    assert leaks(everything(bundle_of(folder, vault, tmp_path / "second.zip"))) == set()


def test_the_search_finds_what_is_hidden(tmp_path: Path) -> None:
    """The search itself: a bundle that held a thing in any of these forms would be caught."""
    for kind, text in PLANTED.items():
        for form in forms(f"说：{text}！"):
            del form
        for hidden in (
            text.encode(),
            text.encode("utf-16-le"),
            base64.b64encode(b"ab" + text.encode() + b"cd"),
            text.encode().hex().encode(),
            json.dumps({"a": text}).encode(),
        ):
            assert kind in leaks(b"..." + hidden + b"..."), (kind, hidden)
    packed = tmp_path / "packed.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("part", WHOLE * 20)
    assert leaks(everything(packed)) == set(PLANTED)


@pytest.mark.usefixtures("planted_environment")
def test_what_a_bundle_tells(folder: Path, vault: MemoryVault, tmp_path: Path) -> None:
    with zipfile.ZipFile(bundle_of(folder, vault, tmp_path / "bundle.zip")) as archive:
        told = {name: json.loads(archive.read(name)) for name in archive.namelist()}
    assert set(told) == {
        "report.json", "pc.json", "settings.json", "seat.json", "crashes.json", "log.json",
    }  # fmt: skip
    in_force = told["settings.json"]["in force"]
    assert set(in_force) == set(SETTINGS)
    assert in_force["language"] == {"origin": "default", "value": ""}  # its file is no good
    assert in_force["server"] == {"origin": "locked policy", "value": "masked"}
    assert in_force["proxy"]["value"] == "masked"
    assert told["settings.json"]["mistakes"] > 0
    assert {"HTTPS_PROXY", "HTTP_PROXY"} <= set(told["settings.json"]["environment"])
    seat = told["seat.json"]
    assert seat["link"]["unsent"] == 3
    assert (seat["link"]["scheme"], seat["link"]["port"]) == ("https", 8443)
    assert seat["work"]["rows"]["journal"] >= 3
    assert seat["members"]["rows"]["member"] == 1
    assert seat["files"]["others"] == 1
    assert seat["files"]["bytes"]["work.db"] > 0
    assert told["log.json"] == [["2026-11-30 08:00:00", "WARNING", "app.store.mending"]]
    crashes = told["crashes.json"]
    assert crashes[0] == {
        "at": "2026-11-30T08:00:00Z", "places": ["ui.application:12"], "kind": "ValueError",
    }  # fmt: skip
    assert crashes[1]["kind"] == "app.domain.errors.Unavailable"
    assert crashes[2]["kind"] == ""
    assert told["pc.json"]["program"] == "0.1.0"


def test_a_bundle_of_a_pc_where_nothing_works(tmp_path: Path) -> None:
    target = bundle_of(tmp_path / "none", MemoryVault(), tmp_path / "bundle.zip")
    with zipfile.ZipFile(target) as archive:
        assert json.loads(archive.read("seat.json")) == {"files": {}}
        assert json.loads(archive.read("crashes.json")) == []
    with pytest.raises(FileExistsError):
        bundle_of(tmp_path / "none", MemoryVault(), target)


@pytest.mark.parametrize(("named", "origin"), [(False, "default"), (True, "command line")])
def test_the_data_folder_is_the_command_lines_only_where_it_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: bool, origin: str
) -> None:
    monkeypatch.setattr("sync.client.doctor.command.CHECKS", ())
    places = files_in(tmp_path)
    monkeypatch.setattr("app.settings.places.files_in", lambda folder: places)
    words = ["--data-folder", str(tmp_path)] if named else []
    assert doctor([*words, "--bundle", str(tmp_path / "b.zip")], tmp_path, ()) == 0
    with zipfile.ZipFile(tmp_path / "b.zip") as bundle:
        told = json.loads(bundle.read("settings.json"))
        parts = json.loads(bundle.read("pc.json"))["parts"]
    assert told["in force"]["data_folder"] == {"origin": origin, "value": "masked"}
    assert all(parts.values())
