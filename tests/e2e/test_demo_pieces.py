"""The demo's own parts: a network that can be cut, a witness, a day that is the same for a seed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from unittest.mock import MagicMock
from uuid import UUID

import pytest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from app.domain.boarding_pass import parse
from build_scripts.demo import __main__ as demo
from build_scripts.demo.books import Customer
from build_scripts.demo.casting import CastingFailed, cast
from build_scripts.demo.day import Earn, Guest, Part, Redeem, write_day
from build_scripts.demo.eyes import standing_box
from build_scripts.demo.inspection import Inspected
from build_scripts.demo.link import Link
from build_scripts.demo.notes import Notes
from build_scripts.demo.report import Performed, Report, alarm_figures, job_figures, quantile
from build_scripts.demo.stage import Stage, StageFailed
from build_scripts.demo.witness import Witness, read

TODAY = date(2026, 11, 22)

# ------------------------------------------------------------------- the network


@pytest.fixture
def echo_port() -> Iterator[int]:
    """A server that says everything back."""
    listener = socket.create_server(("127.0.0.1", 0))

    def echo(connection: socket.socket) -> None:
        with connection:
            while piece := connection.recv(4096):
                connection.sendall(piece)

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=echo, args=(connection,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def through(link: Link) -> socket.socket:
    return socket.create_connection(("127.0.0.1", link.port), timeout=5)


def test_the_cable_carries_both_ways(echo_port: int) -> None:
    with Link(echo_port) as link, through(link) as connection:
        connection.sendall(b"ping")
        assert connection.recv(4) == b"ping"


def test_a_cut_cable_drops_connections_and_refuses_new_ones(echo_port: int) -> None:
    with Link(echo_port) as link, through(link) as connection:
        connection.sendall(b"ping")
        assert connection.recv(4) == b"ping"
        link.cut()
        assert not link.connected
        with contextlib.suppress(ConnectionResetError):
            assert connection.recv(4) == b""
        with pytest.raises(ConnectionRefusedError):
            through(link)


def test_a_restored_cable_is_the_same_port_again(echo_port: int) -> None:
    with Link(echo_port) as link:
        port = link.port
        for _ in range(3):
            link.cut()
            link.cut()
            link.restore()
            link.restore()
            assert link.port == port
            with through(link) as connection:
                connection.sendall(b"pong")
                assert connection.recv(4) == b"pong"


def test_a_closed_cable_can_not_be_restored(echo_port: int) -> None:
    link = Link(echo_port)
    link.close()
    link.restore()
    assert not link.connected


# ------------------------------------------------------------------- the witness


def test_what_a_witness_saw_survives_its_process_being_killed(tmp_path: Path) -> None:
    path = tmp_path / "seen.jsonl"
    script = (
        "import sys, time; from pathlib import Path\n"
        "from build_scripts.demo.witness import Witness\n"
        "w = Witness(Path(sys.argv[1]), 'A1'); w.saw('line', 'x', '+5'); w.saw('line', 'x', '+5')\n"
        "print('seen', flush=True); time.sleep(60)\n"
    )
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == b"seen\n"
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert [(each.kind, each.ref, each.words) for each in read(path)] == [("line", "x", "+5")]


def test_a_line_that_a_kill_cut_short_promised_nothing(tmp_path: Path) -> None:
    path = tmp_path / "seen.jsonl"
    witness = Witness(path, "A1")
    witness.saw("line", "x", "+5")
    with path.open("a") as file:
        file.write('{"kind": "line", "seat": "A1", "re')
    assert len(read(path)) == 1
    Witness(path, "A1").saw("line", "x", "+5")
    assert len(read(path)) == 1


# ------------------------------------------------------------------- the day


def test_the_same_seed_writes_the_same_day() -> None:
    assert write_day(200, seed=7) == write_day(200, seed=7) != write_day(200, seed=8)


@pytest.mark.parametrize("encounters", [4, 9, 24, 100, 200, 601])
def test_a_day_has_as_many_visits_and_kills_as_asked_for(encounters: int) -> None:
    day = write_day(encounters, seed=1, kills=encounters // 5)
    assert len(day) == encounters
    assert sum(visit.kill is not None for visit in day) == encounters // 5
    quarters = Counter(visit.part for visit in day)
    assert max(quarters.values()) - min(quarters.values()) <= 1
    assert [visit.number for visit in day] == list(range(encounters))


def test_a_whole_day_shows_everything() -> None:
    day = write_day(200, seed=1)
    assert {visit.ending.state for visit in day} == {
        *("rated", "declined", "timed_out", "not_offered", "superseded"),
    }
    covers = {
        (visit.part, job.cover) for visit in day for job in visit.jobs if isinstance(job, Redeem)
    }
    assert covers >= {
        (Part.BEFORE, "online"),
        (Part.BEFORE, "recalled"),
        (Part.OFFICE, "lease"),
        (Part.OFFICE, "at_risk"),
        (Part.OFFICE, "refused"),
        (Part.ALONE, "lease"),
        (Part.AFTER, "online"),
    }
    low = {visit.part for visit in day if visit.ending.score in (1, 2)}
    assert low == set(Part)
    assert {visit.switch for visit in day} == {"", "badge", "pin"}
    coupons = Counter(job.coupon for visit in day for job in visit.jobs if isinstance(job, Earn))
    assert [coupon for coupon, n in coupons.items() if n > 1] == [10_001]


@pytest.mark.parametrize(("encounters", "kills"), [(2, 0), (10, 11), (10, -1)])
def test_impossible_days_are_refused(encounters: int, kills: int) -> None:
    with pytest.raises(ValueError, match="no day has"):
        write_day(encounters, kills=kills)


def customers() -> list[Customer]:
    return [
        Customer(
            member_id=UUID(int=number + 1),
            card_no=f"GU{10_000_000 + number}",
            name=f"客{chr(0x4E00 + number)}",
            latin_name=f"Guest N{number}",
            initials=f"g{number:04d}",
            phone=f"1200000{number:04d}",
            home_office="PEK" if number % 2 else "CAN",
            posted=0 if number % 10 == 0 else 60_000,
            # Of some, counters hold most
            free=0 if number % 10 == 0 else 5_000 if number % 12 == 1 else 60_000,
        )
        for number in range(900)
    ]


def test_nobody_plays_twice_but_for_the_pass_shown_at_two_counters() -> None:
    day = write_day(200, seed=1)
    leases = [{UUID(int=number + 1): 5_000 for number in range(11, 200, 2)}] * 3
    people = cast(day, customers(), leases, "PEK", seed=1, today=TODAY)
    played = Counter(person.member.member_id for person in people if person.member is not None)
    assert sorted(played.values())[-2:] == [1, 2]
    for visit, person in zip(day, people, strict=True):
        assert (person.member is None) == (visit.guest in (Guest.NEW, Guest.NOBODY))
        if visit.guest is Guest.LEASED:
            assert person.member is not None
            assert person.member.member_id in leases[0]
        if visit.guest is Guest.HELD:
            assert person.member is not None
            assert person.member.free == 5_000
        for job in visit.jobs:
            if isinstance(job, Earn):
                leg = parse(person.passes[job.coupon], today=TODAY).legs[0]
                assert person.flights[job.coupon] == leg.flight
                assert ((TODAY - leg.flight_date).days >= 2) == job.is_old


def test_a_programme_without_fitting_members_is_said_so() -> None:
    with pytest.raises(CastingFailed, match="nobody can play"):
        cast(write_day(24), customers()[:5], [{}] * 3, "PEK", seed=1, today=TODAY)


# ------------------------------------------------------------------- the report


def test_quantiles_and_figures() -> None:
    assert quantile([1.0], 0.99) == 1.0
    assert quantile(list(range(1, 101)), 0.95) == 95
    assert alarm_figures([]).p50_ms is None
    assert alarm_figures([30.0, 10.0, 20.0]).p50_ms == 20.0
    figures = job_figures([Performed("a", 2, 1, 0, 1.0), Performed("a", 3, 1, 1, 2.0)])
    assert (figures["a"].keys, figures["a"].mouse, figures["a"].seconds_p95) == (3, 1, 2.0)


def good() -> Report:
    return Report(
        encounters=3,
        rating_states={"rated": 2, "declined": 1},
        ratings=2,
        accruals=1,
        leases_handed_back=2,
        vouchers_taken=1,
        points_exposed=0,
        redemptions={"online": 1, "lease": 0, "at_risk": 0, "refused": 0},
        pending_after=0,
        lost=0,
        duplicated=0,
        ledger_balanced=True,
        replica_equal=True,
        kills=0,
        blocking_dialogs=0,
    )


@pytest.mark.parametrize(
    "bad",
    [
        {"encounters": 0, "rating_states": {}},
        {"pending_after": 1},
        {"lost": 1},
        {"duplicated": 1},
        {"points_exposed": 1},
        {"ledger_balanced": False},
        {"replica_equal": False},
        {"rating_states": {"rated": 2, "none": 1}},
        {"rating_states": {"rated": 3, "declined": 1}},
        {"blocking_dialogs": 1},
    ],
)
def test_each_fault_fails_the_run(bad: dict[str, object]) -> None:
    assert good().failures() == []
    assert len(replace(good(), **bad).failures()) == 1  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("report", "failures", "code"),
    [
        (good(), (), 0),
        (good(), ("a seat's screen still shows something waiting",), 1),
        (replace(good(), lost=1), ("1 lost",), 1),
    ],
)
def test_the_exit_code_is_the_verdict(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    report: Report,
    failures: tuple[str, ...],
    code: int,
) -> None:
    for name in ("Stage", "Link", "Director"):
        monkeypatch.setattr(demo, name, MagicMock())
    monkeypatch.setattr(demo, "inspect", lambda *_: Inspected(report, (), failures))
    assert demo.main(["--headless", "--report", str(tmp_path / "r.json")]) == code
    assert json.loads((tmp_path / "r.json").read_text())["lost"] == report.lost


def test_a_box_is_seen_each_time_it_stands_in_the_way(tmp_path: Path, qtbot: QtBot) -> None:
    notes = Notes(Witness(tmp_path / "seen.jsonl", "A1"))
    box = QMessageBox(QMessageBox.Icon.Critical, "Network", "The server does not answer")
    qtbot.addWidget(box)
    for _ in range(2):
        notes.take({"dialog": standing_box(), "crash": ""})
        box.open()
        notes.take({"dialog": standing_box(), "crash": ""})
        notes.take({"dialog": standing_box(), "crash": ""})
        box.close()
    seen = read(tmp_path / "seen.jsonl")
    assert [each.kind for each in seen] == ["dialog", "dialog"]
    assert all("The server does not answer" in each.words for each in seen)


def test_a_run_needs_a_folder_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "somebody's.txt").touch()
    with pytest.raises(StageFailed, match="not empty"):
        Stage(tmp_path)
