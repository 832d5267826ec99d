"""The operator's commands, and the server as a process."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest
import requests
import sqlalchemy as sa

from app.domain.program import program_version
from sync.server import pins
from sync.server.cli import main
from sync.server.keys import load_keys
from sync.server.opening import new_id, working
from sync.server.service import CentralServer
from sync.server.serving import now_ms
from sync.server.settings import ServerSettings
from sync.server.store import tables as t
from sync.server.store.engine import make_engine, reading
from tests.server.seats import Clock, enrol

MAPPING = """
[columns]
card_no = "card"
name = "name"
phone = "phone"
home_office = "office"
points = "points"
"""


def run(data: Path, *arguments: str) -> int:
    return main(["--data", str(data), *arguments])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    assert run(folder, "init", "--programme", "Phoenix", "--office", "PEK", "--time-zone",
               "Asia/Shanghai", "--admin-pin", "1234") == 0  # fmt: skip
    return folder


def test_it_says_which_program_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--version"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out == f"guichet-server {program_version()}\n"


def test_setting_up(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(data, "counter", "add", "PEK", "A1") == 0
    assert run(data, "office", "add", "SHA", "上海", "--time-zone", "Asia/Shanghai") == 0
    assert run(data, "staff", "add", "101", "李娜", "--office", "PEK", "--pin", "2468") == 0
    assert run(data, "reward", "add", "1", "升舱", "3000", "--name-en", "Upgrade") == 0
    assert run(data, "setting", "set", "rating", '{"show_member_name": true}') == 0
    capsys.readouterr()
    for thing, line in (
        ("office", "SHA\t上海\tAsia/Shanghai\t\twhole"),
        ("counter", "PEK/A1"),
        ("staff", "101\t李娜\tclerk\tTrue"),
        ("reward", "1\t升舱\tUpgrade\t3000\tTrue\t{}"),
        ("setting", 'rating\t2\t{"show_member_name": true}'),
    ):
        assert run(data, thing, "list") == 0
        assert line in capsys.readouterr().out.splitlines()
    assert run(data, "enrol", "PEK/A1") == 0
    assert len(capsys.readouterr().out.strip()) == 11
    assert run(data, "audit", str(data / "guichet.db")) == 0
    assert (data / "keys").stat().st_mode & 0o777 == 0o700
    assert {f.stat().st_mode & 0o777 for f in (data / "keys").iterdir()} == {0o600}


def test_a_person_is_given_another_pin_and_leaves(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def stored() -> tuple[str, bool]:
        engine = make_engine(f"sqlite:///{data / 'guichet.db'}")
        with reading(engine) as connection:
            row = connection.execute(sa.select(t.staff)).one()
        engine.dispose()
        return row.pin_verifier, row.active

    before, _ = stored()
    assert run(data, "staff", "set", "1", "--pin", "8642", "--inactive") == 0
    after, active = stored()
    assert (pins.fits(before, "1234"), pins.fits(after, "8642"), active) == (True, True, False)
    assert run(data, "staff", "set", "1", "--active") == 0
    assert stored() == (after, True)
    capsys.readouterr()


def test_an_office_is_changed_later(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def listed() -> list[str]:
        capsys.readouterr()
        assert run(data, "office", "list") == 0
        return capsys.readouterr().out.splitlines()

    assert run(data, "office", "set", "PEK", "--duty-phone", "010-8457 0001") == 0
    assert listed() == ["PEK\tPEK\tAsia/Shanghai\t010-8457 0001\twhole"]
    assert run(data, "office", "set", "PEK", "--name", "北京国贸") == 0
    assert listed() == ["PEK\t北京国贸\tAsia/Shanghai\t010-8457 0001\twhole"]
    assert run(data, "office", "set", "PEK", "--duty-phone", "") == 0
    assert listed() == ["PEK\t北京国贸\tAsia/Shanghai\t\twhole"]


def test_an_office_has_members_of_its_own(
    data: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    people, mapping = tmp_path / "members.csv", tmp_path / "mapping.toml"
    mapping.write_text(MAPPING)
    people.write_text(
        "card,name,phone,office,points\n"
        "A1,张伟,13800000009,PEK,700\nA2,李娜,13800000008,SHA,0\nA3,王芳,13800000007,SHA,0\n"
    )
    assert run(data, "import", "members", str(people), "--mapping", str(mapping)) == 0
    capsys.readouterr()

    def said(*arguments: str) -> str:
        assert run(data, *arguments) == 0
        return capsys.readouterr().out

    assert "make their files anew" in said("office", "set", "PEK", "--members", "own")
    assert said("office", "list") == "PEK\tPEK\tAsia/Shanghai\t\town\n"
    assert "members of PEK\t1\n" in said("status")
    cards = tmp_path / "cards.txt"
    cards.write_text("A2\n\nNOBODY\n A2 \n")
    assert said("office", "expect", "PEK", str(cards)).startswith("1 of 2 cards")
    assert "members of PEK\t2\n" in said("status")
    for day, problem in (("soon", "write it as"), ("2020-01-01", "from today")):
        assert run(data, "office", "expect", "PEK", str(cards), "--day", day) == 1
        assert problem in capsys.readouterr().err
    cards.write_text("\n")
    assert run(data, "office", "expect", "PEK", str(cards)) == 1
    assert "one a line" in capsys.readouterr().err
    assert "0 wrong" not in said("audit")
    assert "everybody" in said("office", "set", "PEK", "--members", "whole")
    assert "members of" not in said("status")
    assert "own members" in said("office", "add", "SHA", "上海", "--members", "own")
    assert "members of SHA\t2\n" in said("status")
    said("audit")


def test_whoever_types_expected_cards_holds_nobody_up(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database can be written to between two lines, and cards are entered some at a time."""
    assert run(data, "office", "set", "PEK", "--members", "own") == 0

    def write() -> int:
        file = sqlite3.connect(data / "guichet.db", timeout=0, isolation_level=None)
        with contextlib.closing(file):
            file.execute("BEGIN IMMEDIATE")
            (written,) = file.execute("SELECT xid FROM write_counter").fetchone()
            file.execute("ROLLBACK")
        return int(written)

    class Typed(io.StringIO):
        def __next__(self) -> str:  # type: ignore[override] # as typeshed has it
            write()
            return super().__next__()

    monkeypatch.setattr(sys, "stdin", Typed("".join(f"C{n}\n" for n in range(300))))
    before = write()
    assert run(data, "office", "expect", "PEK", "-") == 0
    assert capsys.readouterr().out.endswith("0 of 300 cards lead to a member who is expected now\n")
    assert write() - before == 2


def test_a_lost_counters_points_are_written_off_and_exposed(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(data, "counter", "add", "PEK", "A1") == 0
    people = data / "people.csv"
    people.write_text("card_no,name,home_office,points\nA1,Li Na,PEK,8000\n")
    assert run(data, "import", "members", str(people)) == 0
    capsys.readouterr()

    def said(*arguments: str) -> str:
        assert run(data, *arguments) == 0
        return capsys.readouterr().out

    code = said("enrol", "PEK/A1").strip()
    engine = make_engine(f"sqlite:///{data / 'guichet.db'}")
    seat = enrol(CentralServer(engine, load_keys(data / "keys"), now_ms), Clock(now_ms()), code)
    (lease,) = seat.pull().leases
    engine.dispose()
    said("revoke", "PEK/A1")  # as the runbook has it, first
    assert "holds 1,600 points of 1 member, and 0 units" in said("lease", "write-off", "PEK/A1")
    assert "WRITTEN-OFF\t" not in said("exposure"), "so far it was only asked"
    assert run(data, "lease", "write-off", "PEK/A1", "--yes") == 1
    assert "--reason" in capsys.readouterr().err, "nobody sits at this terminal to be asked"
    assert run(data, "lease", "write-off", "PEK/A1", "--yes", "--reason", "x" * 201) == 1
    capsys.readouterr()
    why = ("--yes", "--reason", " stolen  on Monday ", "--by", "Zhao Min")
    assert said("lease", "write-off", "PEK/A1", *why).startswith("1,600 points of 1 member are")
    assert lease.points == 1_600
    found = json.loads(said("exposure", "--json"))
    (device,) = found["offices"][0]["devices"]
    assert (device["place"], device["parts"]) == ("PEK/A1", {"pool": 20_000, "written_off": 1_600})
    assert found["points"] == 21_600
    assert "worst possible loss\t21600\n" in said("exposure")
    (given_up,) = found["given_up"]
    assert (given_up["by"], given_up["reason"]) == ("Zhao Min", "stolen on Monday")
    assert "given up\tPEK/A1\t1600\t" in said("exposure")
    assert "Zhao Min gave it up: stolen on Monday" in said("explain", str(lease.lease_id))
    said("audit")
    assert run(data, "lease", "write-off", "PEK/A1", "--yes") == 1


def test_a_device_is_shut_out_by_its_place(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(data, "counter", "add", "PEK", "A1") == 0
    assert run(data, "revoke", "PEK/A1") == 1
    assert "No device is in use at PEK/A1" in capsys.readouterr().err
    with working(ServerSettings(data=data)) as work:
        (counter,) = work.find(t.counter, "label", ["A1"])
        ids = [new_id(), new_id()]
        for device_id in ids:
            work.connection.execute(
                t.device.insert().values(
                    programme_id=work.programme_id,
                    device_id=device_id,
                    counter_id=counter.counter_id,
                    office_id=counter.office_id,
                    **dict.fromkeys(("kind", "serial", "certificate", "hostname", "version"), ""),
                    public_key=b"",
                    incarnation=1,
                    enrolled_ms=0,
                )
            )
    assert run(data, "revoke", "PEK/A1") == 1
    said = capsys.readouterr().err
    assert all(str(device_id) in said for device_id in ids)
    assert run(data, "revoke", str(ids[0])) == 0
    assert run(data, "revoke", "PEK/A1") == 0
    assert capsys.readouterr().out.endswith(f"Device {ids[1]} is shut out\n")
    capsys.readouterr()
    for command in (("revoke",), ("lease", "write-off")):  # which of the two it was isn't known
        assert run(data, *command, "PEK/A1") == 1
        said = capsys.readouterr().err
        assert all(str(device_id) in said for device_id in ids)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["init", "--programme", "x", "--admin-pin", "1234"], "already"),
        (["counter", "add", "XXX", "A1"], "no office XXX"),
        (["office", "add", "PEK", "x"], "already"),
        (["office", "set", "XXX", "--duty-phone", "1"], "no office XXX"),
        (["office", "set", "PEK"], "--name, --duty-phone or --members"),
        (["office", "set", "PEK", "--members", "some"], "'whole'"),
        (["office", "add", "X", "x", "--members", "all"], "'own'"),
        (["office", "set", "XXX", "--members", "own"], "no office XXX"),
        (["office", "expect", "XXX", "-"], "no office XXX"),
        (["office", "add", "X", "x", "--time-zone", "Mars/North"], "no time zone"),
        (["staff", "add", "5", "x", "--office", "PEK", "--pin", "12"], "4 to 12 digits"),
        (["staff", "add", "5", "x", "--office", "PEK", "--pin", "1234", "--member", "Z"], "card Z"),
        (["staff", "set", "5", "--inactive"], "no staff number 5"),
        (["staff", "set", "1"], "Say what changes"),
        (["staff", "set", "1", "--pin", "x"], "4 to 12 digits"),
        (["reward", "add", "100", "x", "1"], "from 1 to 99"),
        (["setting", "set", "x", "{"], "isn't JSON"),
        (["setting", "set", "x", "[]"], "JSON object"),
        (["enrol", "PEK/B9"], "no counter B9"),
        (["revoke", "00000000-0000-0000-0000-000000000000"], "no such device"),
        (["revoke", "A1"], "such as PEK/A1"),
        (["revoke", "XXX/A1"], "no office XXX"),
        (["revoke", "PEK/B9"], "no counter B9"),
        (["lease", "write-off", "PEK/B9"], "no counter B9"),
        (["lease", "write-off", "00000000-0000-0000-0000-000000000000"], "holds no points"),
        (["audit", "/nowhere.db"], "no database"),
        (["audit", "mysql://x"], "mysql"),
        (["serve", "--tls-cert", "x.pem"], "both"),
        (["import", "members", "/nowhere.csv", "--mapping", "/nowhere.toml"], "nowhere.toml"),
    ],
)
def test_bad_input_is_explained(
    data: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    capsys.readouterr()
    assert run(data, *arguments) == 1
    assert says in capsys.readouterr().err


def test_nothing_works_before_init(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "no", "status") == 1
    assert "init" in capsys.readouterr().err


def test_members_go_in_once(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mapping, file = data / "m.toml", data / "m.csv"
    mapping.write_text(MAPPING)
    file.write_text(
        "card,name,phone,office,points\n"
        "A1,张伟,13800000001,PEK,500\nA2,王芳,13800000002,PEK,900\nA3,李强,x!,PEK,1.5\n"
    )
    assert run(data, "import", "members", str(file), "--mapping", str(mapping)) == 0
    first = capsys.readouterr()
    assert "2 new" in first.out or "3 new" in first.out
    assert "line 4, column" in first.err
    assert "; 1 row refused," in first.out or "1 cell left out" in first.out
    file.write_text("card,name,phone,office,points\nA1,张伟,13800000009,PEK,700\n")
    assert run(data, "import", "members", str(file), "--mapping", str(mapping)) == 0
    assert "0 new, 1 updated" in capsys.readouterr().out
    database = sqlite3.connect(data / "guichet.db")
    rows = dict(database.execute(
        "SELECT card_no || phone, posted FROM member JOIN balance USING (member_id)"
    ))  # fmt: skip
    best = database.execute("SELECT card_no FROM member ORDER BY rank").fetchone()
    database.close()
    assert rows["A113800000009"] == 500
    assert best == ("A2",)
    assert run(data, "audit", str(data / "guichet.db")) == 0
    assert run(data, "status") == 0


def test_an_altered_posting_fails_the_audit(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    test_members_go_in_once(data, capsys)
    database = sqlite3.connect(data / "guichet.db")
    database.execute("UPDATE posting SET amount = amount + 1 WHERE account = 'available'")
    database.commit()
    database.close()
    assert run(data, "audit", str(data / "guichet.db")) == 1
    assert "ledger_txn" in capsys.readouterr().out


def test_explaining_points(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    test_members_go_in_once(data, capsys)
    database = sqlite3.connect(data / "guichet.db")
    (txn_id,) = database.execute("SELECT txn_id FROM ledger_txn LIMIT 1").fetchone()
    database.close()
    assert run(data, "explain", txn_id) == 0
    said = capsys.readouterr().out
    assert f"(transaction {UUID(txn_id)})" in said
    assert "points, available" in said
    assert run(data, "explain", "x") == 1
    assert "x is no id" in capsys.readouterr().err
    assert run(data, "explain", str(UUID(int=1))) == 1
    assert "Nothing was booked under" in capsys.readouterr().err


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_the_process_says_where_it_is_and_stops_in_order(data: Path, stop: signal.Signals) -> None:
    command = [sys.executable, "-m", "sync.server.cli", "--data", str(data), "serve", "--port", "0"]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "GUICHET_METRICS_TOKEN": "t"},
    )
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    assert requests.get(url + "/healthz", timeout=10).json() == {"status": "ok"}
    assert requests.get(url + "/v1/Planted-Person", timeout=10).status_code == 404
    metrics = requests.get(url + "/metrics", headers={"Authorization": "Bearer t"}, timeout=10)
    assert metrics.status_code == 200
    process.send_signal(stop)
    _, log = process.communicate(timeout=20)
    assert process.returncode == 0, log
    assert '"event": "request"' in log
    assert "Planted" not in log


def test_whoever_reads_the_first_lines_alone_is_told_of_no_trouble(data: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)  # as `head` does once it has its lines
    command = [sys.executable, "-m", "sync.server.cli", "--data", str(data), "status"]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_family_is_made_changed_shown_and_ended(
    data: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    people, mapping = tmp_path / "members.csv", tmp_path / "mapping.toml"
    mapping.write_text(MAPPING)
    people.write_text(
        "card,name,phone,office,points\n"
        "A1,张伟,13800000009,PEK,700\nA2,李娜,13800000008,PEK,0\nA3,王芳,13800000007,PEK,0\n"
    )
    assert run(data, "import", "members", str(people), "--mapping", str(mapping)) == 0
    capsys.readouterr()

    def said(*arguments: str) -> str:
        assert run(data, "family", *arguments) == 0
        return capsys.readouterr().out

    why = ("--reason", "form 17", "--by", "Zhao")
    assert said("show", "A1") == "In no family, and never was\n"
    assert "A1 is the head of a family" in said("make", "A1", *why)
    assert "A2 gives 30 %" in said("add", "A1", "A2", "--percent", "30", *why)
    assert "A2 gives 40 %" in said("add", "A1", "A2", "--percent", "40", *why)
    assert "A3 gives 5 %" in said("add", "A1", "A3", "--percent", "5", *why)
    (line,) = said("list").splitlines()
    assert line.startswith("A1\t")
    assert line.endswith("\tA2 40 %, A3 5 %")
    head, *gives = said("show", "A1").splitlines()
    assert head.startswith("Head of a family since 20")
    assert "(Zhao: form 17)" in head
    assert [(one.split()[0], one.split()[2]) for one in gives] == [
        ("A2", "30"), ("A2", "40"), ("A3", "5"),
    ]  # fmt: skip
    assert " until " in gives[0]
    assert " until " not in gives[1]
    assert "keeps what it earns" in said("remove", "A3", *why)
    assert "1 gave to it" in said("end", "A1", *why)
    assert said("list") == ""
    assert said("show", "A2").count("to A1 since") == 2
    assert run(data, "audit") == 0
    capsys.readouterr()
    for wrong, sentence in (
        (("make", "A9", *why), "There is no card A9"),
        (("end", "A1", *why), "The member of card A1 is the head of no family"),
        (("remove", "A2", *why), "The member of card A2 is in no family"),
        (("make", "A1", "--reason", ""), "Say why"),
    ):
        assert run(data, "family", *wrong) == 1
        assert sentence in capsys.readouterr().err
