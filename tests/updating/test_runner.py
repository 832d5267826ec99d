"""When a running seat asks for another version, and what it says while it doesn't."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.domain.program import program_version
from app.settings.schema import SeatSettings
from build_scripts.release import Repository
from sync.client.updating import command, runner
from sync.client.updating.builds import SeatFacts
from sync.client.updating.launcher import LAUNCHER
from sync.client.updating.runner import QUIET_S, UpdateRunner
from sync.client.updating.seat_state import SeatState, read_state, write_state
from tests.fakes.waiting import until
from tests.updating.conftest import Pc, Publish, Web
from ui import opened_parts

FACTS = SeatFacts(
    running="0.1.0",
    device_id=uuid.UUID(int=7),
    office="PEK",
    data_version=16,
    entry_version=1,
    unsent=0,
    refused=frozenset(),
)


def seat_of(pc: Pc, **facts: Any) -> UpdateRunner:
    said = replace(FACTS, refused=frozenset(read_state(pc.data).refused), **facts)
    return UpdateRunner(pc.installation, pc.data, "0.1.0", lambda: said)


def test_it_is_asked_for_at_a_quiet_time_with_everything_sent(pc: Pc, publish: Publish) -> None:
    publish("0.2.0")
    pc.fetch()
    assert not seat_of(pc).order(quiet_s=0)
    assert read_state(pc.data).waits == "in_use"
    assert not seat_of(pc).order(quiet_s=QUIET_S - 1)
    assert not seat_of(pc, unsent=1).order(quiet_s=QUIET_S)
    assert read_state(pc.data).waits == "unsent"
    assert seat_of(pc).order(quiet_s=QUIET_S)
    state = read_state(pc.data)
    assert (state.phase, state.to, state.waits) == ("ordered", "0.2.0", "")


def test_what_it_can_read_waits_for_the_server_for_some_days_only(
    pc: Pc, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish("0.2.0")
    pc.fetch()
    place = pc.installation.versions / "0.2.0"
    days_ago = time.time() - runner.EMPTY_FOR_S - 60
    os.utime(place, (days_ago, days_ago))
    assert seat_of(pc, unsent=500).order(quiet_s=QUIET_S)


def test_never_over_unsent_work_that_it_can_not_read(pc: Pc, publish: Publish) -> None:
    publish("0.2.0", reads_entries_from=2)
    pc.fetch()
    place = pc.installation.versions / "0.2.0"
    os.utime(place, (0, 0))
    assert not seat_of(pc, unsent=500).order(quiet_s=QUIET_S)
    assert read_state(pc.data).waits == "unsent_unreadable"
    assert seat_of(pc, unsent=0).order(quiet_s=QUIET_S)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"reads_data_from": 17, "writes_data": 20}, "data_unreadable"),
        ({"offices": ["SHA"]}, "other_office"),
        ({"share": 1}, "not_its_turn"),
    ],
)
def test_why_it_waits_is_written_down(
    pc: Pc, publish: Publish, said: dict[str, Any], reason: str
) -> None:
    publish("0.2.0", **said)
    pc.fetch()
    assert not seat_of(pc).order(quiet_s=QUIET_S)
    assert read_state(pc.data).waits == reason


def test_what_it_went_back_from_is_not_asked_for_again(pc: Pc, publish: Publish) -> None:
    publish("0.2.0")
    pc.fetch()
    write_state(pc.data, SeatState(refused={"0.2.0": "it hung"}))
    assert not seat_of(pc).order(quiet_s=QUIET_S)
    publish("0.2.1")
    pc.fetch()
    assert seat_of(pc).order(quiet_s=QUIET_S)
    assert read_state(pc.data).to == "0.2.1"


def test_what_was_withdrawn_after_it_came_is_not_asked_for(
    pc: Pc, publish: Publish, repository: Repository
) -> None:
    publish("0.2.0")
    pc.fetch()
    repository.withdraw("0.2.0")
    pc.fetch()
    assert not seat_of(pc).order(quiet_s=QUIET_S)
    assert read_state(pc.data).waits == "not_its_turn"


def test_what_came_for_another_channel_is_not_asked_for(pc: Pc, publish: Publish) -> None:
    publish("0.2.0")
    pc.fetch()
    early = replace(pc.installation, channel="early")
    seat = UpdateRunner(early, pc.data, "0.1.0", lambda: FACTS)
    assert not seat.order(quiet_s=QUIET_S)


def test_nothing_is_written_where_nothing_is_new(pc: Pc) -> None:
    assert not seat_of(pc).order(quiet_s=QUIET_S)
    assert not list(pc.data.iterdir())


def test_it_fetches_in_the_background_and_stops_at_once(
    pc: Pc, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "_FIRST_S", (0.0, 0.0))
    publish("0.2.0")
    seat = seat_of(pc)
    seat.start()
    ends = time.monotonic() + 20
    while pc.ready() != {"0.2.0"} and time.monotonic() < ends:
        time.sleep(0.01)
    seat.stop()
    assert pc.ready() == {"0.2.0"}


def test_a_line_that_fell_silent_holds_no_program_open(
    pc: Pc, publish: Publish, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "_FIRST_S", (0.0, 0.0))
    monkeypatch.setattr(runner, "_END_S", 0.0)
    publish("0.2.0")
    web.silent_after = 100
    seat = seat_of(pc)
    seat.start()
    until(lambda: bool(web.targets()))
    seat.stop()
    assert seat._thread.is_alive()
    web.go_on.set()
    seat._thread.join()
    assert pc.ready() == set()


def test_an_account_that_does_not_own_the_program_fetches_nothing(
    pc: Pc, publish: Publish, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "_FIRST_S", (0.0, 0.0))
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    publish("0.2.0")
    seat = seat_of(pc)
    seat.start()
    seat.stop()
    assert web.asked == []


def test_the_command_fetches_and_shows(
    pc: Pc, publish: Publish, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    publish("9.2.0")
    base = pc.installation.base
    assert command.main(["fetch"], pc.data, base) == 0
    assert capsys.readouterr().out == "version 9.2.0 lies ready\n"
    assert command.main(["show"], pc.data, base) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["fetching"]["ready"] == ["9.2.0"]
    assert shown["seat"]["installed"] == program_version()
    (tmp_path / "published" / "metadata" / "timestamp.json").unlink()
    assert command.main(["fetch"], pc.data, base) == 1
    assert command.main(["fetch"], pc.data, tmp_path / "elsewhere" / "guichet") == 2
    assert "from its administrator" in capsys.readouterr().err
    (base.parent / "installation.json").write_text("{")
    assert command.main(["show"], pc.data, base) == 1


def test_a_client_takes_versions_only_from_a_launcher(
    pc: Pc, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = SeatSettings(data_folder=pc.data)
    monkeypatch.delenv(LAUNCHER, raising=False)
    assert opened_parts._updates(told, lambda: FACTS) is None
    monkeypatch.setenv(LAUNCHER, str(pc.data / "guichet"))
    assert opened_parts._updates(told, lambda: FACTS) is None
    monkeypatch.setenv(LAUNCHER, str(pc.installation.base))
    updates = opened_parts._updates(told, lambda: FACTS)
    assert updates is not None
    assert opened_parts._updates(replace(told, updates=False), lambda: FACTS) is None
    assert command.main(["fetch"], pc.data, pc.installation.base, replace(told, updates=False)) == 2
    assert pc.installation.on("early").channel == "early"
    assert pc.installation.on("") == pc.installation


def test_the_real_client_on_trial_opens_the_seat_and_says_so(tmp_path: Path) -> None:
    """As a launcher starts it; it leaves a seat behind that nothing was recorded at."""
    data, mark = tmp_path / "seat", tmp_path / "well"
    command_line = [sys.executable, "-m", "ui.main", "--data-folder", str(data)]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", LAUNCHER: "/nowhere/guichet"}
    done = subprocess.run(
        [*command_line, "--check", str(mark)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert mark.read_text() == program_version()
    assert (data / "work.db").exists()
    mark.unlink()
    (data / "work.db").write_bytes(b"damaged beyond all mending" * 1000)
    done = subprocess.run(
        [*command_line, "--check", str(mark)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "guichet: " in done.stderr
    assert not mark.exists()
