"""Changing over: what a seat runs and holds after each way that a change can end or be cut off."""

from __future__ import annotations

import functools
import json
import os
import signal
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.domain.errors import Unavailable
from app.store.folder import SeatLock
from sync.client.updating import installation as module
from sync.client.updating import launcher
from sync.client.updating.fetching import Fetcher
from sync.client.updating.installation import (
    NOTE_NAME,
    PROGRAM_NAME,
    BadInstallation,
    Installation,
)
from sync.client.updating.launcher import COPY_NAME, EXIT_FOR_UPDATE, launch, settle
from sync.client.updating.seat_state import SeatState, is_changing, read_state, write_state
from tests.fakes.waiting import until
from tests.updating.conftest import a_build
from tests.updating.cutting import cut_at

OLD, NEW = "as the old version left it", "brought up by the new one"

# A program on trial: it brings the data up, and leaves a log of its own beside them.
WELL = f"""
while [ "$1" != --data-folder ]; do shift; done
folder="$2"; mark="$4"
[ "$(cat "$folder/work.db")" = '{OLD}' ] || exit 4
[ ! -e "$folder/work.db-wal" ] || exit 5
printf '{NEW}' > "$folder/work.db"
printf log > "$folder/work.db-wal"
printf shared > "$folder/work.db-shm"
printf 0.2.0 > "$mark"
"""
BROKEN = {
    "ends badly": WELL.replace("printf 0.2.0", "echo 'a module is missing' >&2; exit 1 #"),
    "says nothing": WELL.replace("printf 0.2.0", "true #"),
    "is another version": WELL.replace("printf 0.2.0", "printf 0.2.1"),
    "hangs": WELL.replace("printf 0.2.0", "sleep 60 #"),
    "can't be started": "\0",
}


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    base = tmp_path / "program" / PROGRAM_NAME
    base.parent.mkdir()
    base.write_text("#!/bin/sh\nexit 0\n")
    base.chmod(0o755)
    (base.parent / NOTE_NAME).write_text(json.dumps({"versions": "versions"}))
    found = Installation.of(base)
    assert found is not None
    found.versions.mkdir(mode=0o755)
    return found


def put(installation: Installation, version: str, script: str) -> Path:
    folder = installation.versions / version
    folder.mkdir(mode=0o755)
    (folder / "build.json").write_text(json.dumps(a_build(version).to_json()))
    program = folder / PROGRAM_NAME
    program.write_bytes(b"\0" if script == "\0" else f"#!/bin/sh\n{script}\n".encode())
    program.chmod(0o755)
    return program


def a_seat(folder: Path, **state: Any) -> Path:
    folder.mkdir(mode=0o700)
    (folder / "work.db").write_text(OLD)
    (folder / "vault.json").write_text("{}")
    write_state(folder, SeatState(**state))
    return folder


def is_whole(folder: Path, version: str) -> bool:
    """Whether the data are all of what the version in force left, and nothing of the other's."""
    expected = NEW if version == "0.2.0" else OLD
    log = (folder / "work.db-wal").exists()
    return (folder / "work.db").read_text() == expected and log is (version == "0.2.0")


def test_a_version_that_is_well_is_the_seats(installation: Installation, tmp_path: Path) -> None:
    put(installation, "0.2.0", WELL)
    folder = a_seat(tmp_path / "seat", phase="ordered", to="0.2.0")
    state = settle(installation, folder)
    assert (state.version, state.phase, state.to) == ("0.2.0", "settled", "")
    assert is_whole(folder, "0.2.0")
    assert (folder / COPY_NAME / "work.db").read_text() == OLD  # kept until the next one
    assert read_state(folder) == state


@pytest.mark.parametrize("how", BROKEN)
def test_a_version_that_is_not_well_is_gone_back_from(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(launcher, "CHECK_LIMIT_S", 0.5 if how == "hangs" else 20.0)
    put(installation, "0.2.0", BROKEN[how])
    folder = a_seat(tmp_path / "seat", version="0.1.5", phase="ordered", to="0.2.0")
    state = settle(installation, folder)
    assert (state.version, state.phase) == ("0.1.5", "settled")
    assert list(state.refused) == ["0.2.0"]
    assert "went back from version 0.2.0" in state.told
    assert is_whole(folder, state.version)
    assert not (folder / "work.db-shm").exists()
    assert how != "ends badly" or "a module is missing" in state.refused["0.2.0"]


@pytest.mark.parametrize("stride", [pytest.param(1, marks=pytest.mark.slow), 5])
@pytest.mark.parametrize("script", [WELL, BROKEN["says nothing"]], ids=["well", "broken"])
def test_a_power_cut_at_any_point_leaves_one_version_with_its_data(
    installation: Installation, tmp_path: Path, script: str, stride: int
) -> None:
    put(installation, "0.2.0", script)
    moment, ends = 0, "0.2.0" if script is WELL else ""
    was_cut = True
    while was_cut:
        folder = a_seat(tmp_path / f"seat-{moment}", phase="ordered", to="0.2.0")
        was_cut = cut_at(moment, functools.partial(settle, installation, folder))
        # What would open the data now, without a launcher, is kept from it or finds them whole
        state = read_state(folder)
        assert is_changing(folder) or is_whole(folder, state.version)
        state = settle(installation, folder)
        assert (state.version, state.phase) == (ends, "settled"), moment
        assert is_whole(folder, state.version), moment
        moment += stride
    assert moment > 30


def test_power_cuts_again_and_again_end_on_the_old_version(
    installation: Installation, tmp_path: Path
) -> None:
    put(installation, "0.2.0", WELL + "\nkill -9 $PPID")
    folder = a_seat(tmp_path / "seat", phase="ordered", to="0.2.0")
    for _ in range(3):
        assert cut_at(1_000_000, lambda: settle(installation, folder))
        assert is_changing(folder)
    state = settle(installation, folder)
    assert (state.version, is_whole(folder, "")) == ("", True)
    assert "3 times" in state.refused["0.2.0"]


def test_without_room_for_the_copy_nothing_is_begun(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(installation, "0.2.0", WELL)
    folder = a_seat(tmp_path / "seat", phase="ordered", to="0.2.0")
    monkeypatch.setattr(launcher, "_SPARE_BYTES", 1 << 60)
    state = settle(installation, folder)
    assert (state.version, state.waits) == ("", "disk_full")
    assert not (folder / COPY_NAME).exists()
    assert state.refused == {}  # it is tried again when there is room


def test_a_program_that_is_still_there_is_not_undermined(
    installation: Installation, tmp_path: Path
) -> None:
    put(installation, "0.2.0", WELL)
    folder = a_seat(tmp_path / "seat", phase="ordered", to="0.2.0")
    lock = SeatLock(folder)
    with pytest.raises(Unavailable, match="running already"):
        settle(installation, folder)
    assert is_whole(folder, "")
    lock.release()
    assert settle(installation, folder).version == "0.2.0"


def test_two_launchers_do_not_change_one_seat_together(
    installation: Installation, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    put(installation, "0.2.0", WELL)
    folder = a_seat(tmp_path / "seat", phase="ordered", to="0.2.0")
    with launcher.held(folder / "updates.lock"):
        assert launch(installation, folder, [], installed="0.1.0") == 3
    assert "is being updated" in capfd.readouterr().err
    assert read_state(folder).phase == "ordered"


def test_a_version_that_asks_for_another_is_followed_by_it(
    installation: Installation, tmp_path: Path
) -> None:
    folder = tmp_path / "seat"
    log = tmp_path / "log"
    asks = json.dumps({"phase": "ordered", "to": "0.2.0"})
    installation.base.write_text(
        f"#!/bin/sh\n[ ! -e {log} ] || exit 1\necho base $GUICHET_LAUNCHED_BY >> {log}\n"
        f"echo '{asks}' > {folder}/updates.json\nexit {EXIT_FOR_UPDATE}\n"
    )
    put(
        installation,
        "0.2.0",
        f'echo "$@" >> {log}\ncase "$*" in *--check*) {WELL} exit 0;; esac\nexit 7',
    )
    a_seat(folder)
    assert launch(installation, folder, ["--windowed"], installed="0.1.0") == 7
    lines = log.read_text().splitlines()
    assert lines[0] == f"base {installation.base}"
    assert lines[1].startswith(f"--windowed --data-folder {folder} --check")
    assert lines[2] == "--windowed"


def test_a_version_that_ends_as_for_another_and_asks_for_none_is_not_started_again(
    installation: Installation, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    installation.base.write_text(
        f"#!/bin/sh\n[ ! -e {log} ] || exit 1\ntouch {log}\nexit {EXIT_FOR_UPDATE}\n"
    )
    folder = a_seat(tmp_path / "seat")
    assert launch(installation, folder, [], installed="0.1.0") == EXIT_FOR_UPDATE


def test_the_launcher_looks_after_the_folder_that_the_program_opens(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A policy may lock another than the shortcut names, where nothing ever would be changed."""
    last = 'for mark; do :; done; printf 0.2.0 > "$mark"'
    put(installation, "0.2.0", f'case "$*" in *--check*) {last} ;; esac')
    monkeypatch.setattr(sys, "executable", str(installation.base))
    monkeypatch.delenv(launcher.LAUNCHER, raising=False)
    locked = a_seat(tmp_path / "locked", phase="ordered", to="0.2.0")
    asked: list[Path | None] = []

    def folder_of(told: Path | None) -> Path:
        asked.append(told)
        return locked

    launcher.launched(["--data-folder", "/elsewhere", "--windowed"], folder_of)
    assert asked == [Path("/elsewhere")]
    assert read_state(locked).version == "0.2.0"
    launcher.launched([], folder_of)
    assert asked[1] is None


def test_an_administrators_newer_program_comes_first(
    installation: Installation, tmp_path: Path
) -> None:
    put(installation, "0.2.0", "exit 9")
    folder = a_seat(tmp_path / "seat", version="0.2.0")
    assert launch(installation, folder, [], installed="0.3.0") == 0
    assert launch(installation, folder, [], installed="0.1.0") == 9


def test_a_version_that_is_gone_leaves_the_installed_one(
    installation: Installation, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = a_seat(tmp_path / "seat", version="0.2.0")
    assert launch(installation, folder, [], installed="0.1.0") == 0
    assert "is not on this PC" in capfd.readouterr().err


# ------------------------------------------------------------------- whose programs are started


@pytest.mark.parametrize("place", ["versions", "folder", "program"])
@pytest.mark.parametrize("rights", [0o777, 0o775])
def test_what_others_could_have_written_is_not_started(
    installation: Installation, place: str, rights: int
) -> None:
    program = put(installation, "0.2.0", WELL)
    places = {"versions": installation.versions, "folder": program.parent, "program": program}
    places[place].chmod(rights)
    with pytest.raises(BadInstallation, match="other accounts may write"):
        installation.program("0.2.0")


@pytest.mark.parametrize("rights", [0o2770, 0o757])
def test_a_place_where_others_could_put_another_folder_is_used_by_nobody(
    installation: Installation, tmp_path: Path, rights: int
) -> None:
    put(installation, "0.2.0", WELL)
    installation.base.parent.chmod(0o775)  # as an account's mask may be; its own program is there
    assert installation.program("0.2.0").is_file()
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o755)
    installation = replace(installation, versions=installation.versions.rename(shared / "versions"))
    assert installation.program("0.2.0").is_file()
    shared.chmod(rights)
    with pytest.raises(BadInstallation, match="versions belong where they can't"):
        installation.program("0.2.0")
    victim = tmp_path / "victim"
    victim.mkdir(mode=0o700)
    installation.versions.rename(tmp_path / "elsewhere")
    installation.versions.symlink_to(victim)
    for each in (rights, 0o755):  # also where it was put there before
        shared.chmod(each)
        fetched = Fetcher(installation).fetch(above="0.1.0")
        assert fetched.code == "not_allowed"
    assert stat.S_IMODE(victim.stat().st_mode) == 0o700
    assert not list(victim.iterdir())


def test_what_another_account_owns_is_not_started(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = put(installation, "0.2.0", WELL)
    if os.geteuid() == 0:
        os.chown(program.parent, 12345, 12345)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 12345)
        monkeypatch.setattr(module, "_owner", lambda place: 12345)
    with pytest.raises(BadInstallation, match="belongs to somebody else"):
        installation.program("0.2.0")


def test_a_link_to_elsewhere_is_not_started(installation: Installation, tmp_path: Path) -> None:
    program = put(installation, "0.2.0", WELL)
    program.parent.rename(tmp_path / "elsewhere")
    (installation.versions / "0.2.0").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BadInstallation, match="belongs to somebody else"):
        installation.program("0.2.0")


@pytest.mark.parametrize("version", ["..", "../../usr", "0.2.0/..", "", "/bin"])
def test_a_seats_file_leads_nowhere_else(
    installation: Installation, tmp_path: Path, version: str
) -> None:
    with pytest.raises(BadInstallation):
        installation.program(version)
    folder = a_seat(tmp_path / "seat", version=version)
    assert launch(installation, folder, [], installed="0.1.0") == 0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"phase": "flying"}',
        b'{"phase": "saved"}',
        b'{"version": 1}',
        b"\xff",
        b'{"refused": {"0.2.0": 13812345678}}',
        b"[" * 50_000,
    ],
    ids=lambda content: repr(content[:30]),
)
def test_a_half_written_file_means_the_installed_program(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "updates.json").write_bytes(content)
    assert read_state(tmp_path) == SeatState()
    assert not is_changing(tmp_path)


def test_an_installations_note_that_can_not_be_read_is_said(installation: Installation) -> None:
    (installation.base.parent / NOTE_NAME).write_text("{")
    with pytest.raises(BadInstallation, match="install Guichet again"):
        Installation.of(installation.base)


def test_the_seats_file_is_its_owners(tmp_path: Path) -> None:
    folder = a_seat(tmp_path / "seat")
    assert stat.S_IMODE((folder / "updates.json").stat().st_mode) == 0o600


def test_a_launcher_killed_during_the_trial_does_not_meet_the_program_it_left(
    installation: Installation, tmp_path: Path
) -> None:
    """The next launcher waits until the program on trial, which holds the seat, has ended."""
    holds = (
        f'{sys.executable} -c \'import fcntl, sys, time; f = open(sys.argv[1], "ab");'
        ' fcntl.flock(f, fcntl.LOCK_EX); open(sys.argv[1] + ".held", "w"); time.sleep(60)\''
    )
    folder = a_seat(tmp_path / "seat", phase="ordered", to="0.2.0")
    put(installation, "0.2.0", f"echo $$ > {tmp_path}/process\nexec {holds} {folder}/seat.lock")
    child = os.fork()
    if child == 0:
        settle(installation, folder)
        os._exit(0)
    try:
        until((folder / "seat.lock.held").exists)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    with pytest.raises(Unavailable, match="running already"):
        settle(installation, folder)
    assert is_whole(folder, "")
    subprocess.run(["kill", "-9", (tmp_path / "process").read_text().strip()], check=True)
