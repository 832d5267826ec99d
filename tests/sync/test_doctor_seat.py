"""The doctor on a seat's folder, keys and data: each fault made on a real one."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import threading
from collections import namedtuple
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn
from uuid import uuid4

import pytest
from keyring.backends import fail

from app.credentials.shutter import FolderShutter
from app.credentials.vaults import RECORD_NAME, open_vault
from app.domain.errors import Unavailable
from app.store.cipher import connect
from app.store.folder import Mount
from app.store.migrations import STEPS
from app.store.seat import MEMBERS_KEY, WORK_KEY, WORK_NAME
from sync.client.doctor import words_en
from sync.client.doctor.checks import CHECKS
from sync.client.doctor.desktop import missing_libraries, qt_files
from sync.client.doctor.pc import Pc
from sync.client.doctor.report import LANGUAGES, words
from sync.client.doctor.runner import Report, run
from tests.fakes.printers import SocketPrinter
from tests.fakes.web import mute
from tests.store.damage import damage, pages_for, settle
from tests.store.released import dump_path, restore
from tests.store.seats import (
    START_MS,
    MemoryVault,
    SteppedClock,
    add_encounter,
    build_members,
    earn,
    enrol,
    open_at,
)

LOCAL = [each for each in CHECKS if each.name not in ("server", "clock", "screens", "libraries")]
HOUR_MS = 3_600_000
_Usage = namedtuple("_Usage", "total used free")


def examine(folder: Path, vault: MemoryVault | None = None, *, later_ms: int = 0) -> Report:
    now_ms = START_MS + 10_000 + later_ms
    report = run(LOCAL, Pc(folder, vault=vault, limit_s=60, now_ms=lambda: now_ms))
    assert not report.failed
    for finding in report.findings:
        for language in LANGUAGES:
            assert "{" not in "".join(words(finding, language))
    return report


def run_of(folder: Path, vault: MemoryVault, *names: str) -> Report:
    """What some checks find."""
    report = run([each for each in CHECKS if each.name in names], Pc(folder, vault=vault))
    assert not report.failed
    return report


def codes(report: Report, *but: str) -> list[str]:
    """What was found; other tests beside this one have seats open, too."""
    left_out = ("weak_vault", "two_instances", *but)
    return [each.code for each in report.findings if each.code not in left_out]


@pytest.fixture
def vault() -> MemoryVault:
    made = MemoryVault()
    made.put("device_key", b"d" * 32)
    return made


@pytest.fixture
def folder(tmp_path: Path, vault: MemoryVault) -> Path:
    """Of an enrolled seat with members and an entry that no server has, closed."""
    seat = open_at(tmp_path / "seat", vault, SteppedClock())
    enrol(seat)
    build_members(seat)
    seat.work.run(lambda work: earn(work, add_encounter(work), uuid4(), 100))
    seat.close()
    return tmp_path / "seat"


def everything_in(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """But for the memory that those who read a database share: it is noise without them."""
    return {
        path.name: (path.stat().st_mode, path.stat().st_mtime_ns, path.read_bytes())
        for path in folder.iterdir()
        if not path.name.endswith("-shm")
    }


# ------------------------------------------------------------------- all is well, and untouched


def test_a_seat_that_is_well_has_nothing_to_tell(folder: Path, vault: MemoryVault) -> None:
    before = everything_in(folder)
    report = examine(folder, vault)
    assert codes(report) == []
    assert {each.state for each in report.looked} == {"done"}
    assert everything_in(folder) == before


def test_a_program_that_runs_is_told_and_not_disturbed(tmp_path: Path, vault: MemoryVault) -> None:
    folder = tmp_path / "seat"
    seat = open_at(folder, vault, SteppedClock())
    enrol(seat)
    before = everything_in(folder)
    report = examine(folder, vault)
    assert codes(report) == ["program_running"]
    [running] = [each for each in report.findings if each.code == "program_running"]
    assert running.detail == {"process": os.getpid()}
    assert everything_in(folder) == before
    # It goes on: neither its lock nor its file was taken
    with pytest.raises(Unavailable, match="already"):
        open_at(folder, vault, SteppedClock())
    seat.work.run(add_encounter)
    seat.close()
    assert codes(examine(folder, vault)) == []


def test_what_is_written_meanwhile_is_seen(tmp_path: Path, vault: MemoryVault) -> None:
    seat = open_at(tmp_path / "seat", vault, SteppedClock())
    pc = Pc(tmp_path / "seat", vault=vault, limit_s=60)
    run(LOCAL, pc)
    assert pc.seat.result() is None
    enrol(seat)
    pc = Pc(tmp_path / "seat", vault=vault, limit_s=60)
    run(LOCAL, pc)
    facts = pc.seat.result()
    assert facts is not None
    assert facts.server_url == "https://server.test"
    seat.close()


OPENS = """
import sys, time
from pathlib import Path
from app.store.folder import Mount, SeatLock
lock = SeatLock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def opens(tmp_path: Path) -> Iterator[Callable[[Path, int], int]]:
    """Have another process, of some account, hold a folder's lock; gives the process."""
    started: list[subprocess.Popen[str]] = []

    def open_it(folder: Path, account: int) -> int:
        process = subprocess.Popen(
            [sys.executable, "-c", OPENS, folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
            user=account or None,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        return process.pid

    yield open_it
    for process in started:
        process.communicate()


def test_a_second_seat_on_the_same_pc_is_told(
    folder: Path, vault: MemoryVault, tmp_path: Path, opens: Callable[[Path, int], int]
) -> None:
    (tmp_path / "other").mkdir()
    first, second = opens(folder, 0), opens(tmp_path / "other", 0)
    report = examine(folder, vault)
    told = {each.code: each.detail for each in report.findings}
    assert told["program_running"] == {"process": first}
    others = str(told["two_instances"]["processes"]).split(", ")
    assert str(second) in others
    assert str(first) not in others


# ------------------------------------------------------------------- folder and disk


def test_a_pc_where_nothing_was_set_up(tmp_path: Path) -> None:
    assert codes(examine(tmp_path / "none")) == ["folder_missing", "not_set_up"]
    assert not (tmp_path / "none").exists()
    (tmp_path / "none").mkdir(mode=0o700)
    assert codes(examine(tmp_path / "none")) == ["not_set_up"]
    assert list((tmp_path / "none").iterdir()) == []


def test_a_folder_that_others_can_look_into(folder: Path, vault: MemoryVault) -> None:
    folder.chmod(0o755)
    assert codes(examine(folder, vault)) == ["folder_open"]
    assert folder.stat().st_mode & 0o777 == 0o755


def test_a_file_in_the_folders_place(tmp_path: Path) -> None:
    (tmp_path / "seat").write_text("")
    assert "folder_closed" in codes(examine(tmp_path / "seat"))


def test_a_folder_that_is_anothers_is_no_fault_of_the_disks(
    folder: Path, vault: MemoryVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stat_of(path: Path, **more: Any) -> os.stat_result:
        if folder in (path, path.parent):
            raise PermissionError(errno.EACCES, "Permission denied")
        return os.stat(path, **more)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "stat", stat_of)
        patched.setattr(Path, "exists", lambda path: bool(stat_of(path)))
        found = codes(run_of(folder, vault, "folder", "disk"))
    assert found == ["folder_closed"]


@pytest.mark.parametrize("is_root", [False, True])
def test_a_disk_that_nobody_may_write_is_no_matter_of_groups(
    folder: Path, vault: MemoryVault, monkeypatch: pytest.MonkeyPatch, is_root: bool
) -> None:
    """As the system mounts one whose faults it found."""
    real = os.statvfs
    (folder / f"{WORK_NAME}-wal").touch()

    def refused(*_: object, **__: object) -> NoReturn:
        raise Unavailable("disk_error", "It can't be opened.")

    def statvfs(path: Path) -> SimpleNamespace:
        return SimpleNamespace(f_flag=real(path).f_flag | os.ST_RDONLY)

    with monkeypatch.context() as patched:
        patched.setattr(os, "statvfs", statvfs)
        patched.setattr(os, "access", lambda *_, **__: is_root)
        patched.setattr(shutil, "disk_usage", lambda path: _Usage(1 << 40, 0, 1 << 39))
        patched.setattr("app.store.inspection.see_work", refused)
        report = run_of(folder, vault, "folder", "disk", "keys", "database")
    assert codes(report) == ["folder_read_only"]
    assert "group" not in words(report.findings[0], "en").mend


def test_a_network_drive(folder: Path, vault: MemoryVault, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = [Mount("/", "ext4", "rw"), Mount(str(folder), "nfs4", "rw")]
    monkeypatch.setattr("app.store.folder.mounted", lambda: mounts)
    assert codes(examine(folder, vault)) == ["folder_network"]


@pytest.mark.parametrize(
    ("free_mb", "expected"), [(1_001, []), (999, ["disk_low"]), (199, ["disk_full"])]
)
def test_a_disk_that_fills(
    folder: Path,
    vault: MemoryVault,
    monkeypatch: pytest.MonkeyPatch,
    free_mb: int,
    expected: list[str],
) -> None:
    usage = _Usage(1 << 40, 0, free_mb << 20)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    assert codes(examine(folder, vault)) == expected


# ------------------------------------------------------------------- keys


def test_keys_that_are_gone(folder: Path, vault: MemoryVault) -> None:
    for name in (WORK_KEY, MEMBERS_KEY, "device_key"):
        kept = vault.secrets.pop(name)
        report = examine(folder, vault)
        assert codes(report) == ["keys_missing"]
        assert "guichet rescue export" in words(report.findings[0], "en").mend
        vault.secrets[name] = kept
    assert codes(examine(folder, vault)) == []


@pytest.mark.parametrize("reason", ["revoked", "out_of_contact"])
def test_a_seat_that_is_blind_keeps_what_keys_it_has(
    folder: Path, vault: MemoryVault, reason: str
) -> None:
    (folder / "blind.json").write_text(json.dumps({"reason": reason}))
    assert FolderShutter(folder, vault).reason() == reason
    assert codes(examine(folder, vault)) == [reason]
    assert set(vault.secrets) == {WORK_KEY, MEMBERS_KEY, "device_key"}


def test_a_file_of_keys_from_another_pc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "seat"
    monkeypatch.setattr("keyring.get_keyring", fail.Keyring)
    vault = open_vault(folder)
    assert vault.strength == "file"
    vault.put(WORK_KEY, b"w" * 32)
    (folder / WORK_NAME).write_bytes(b"")
    assert [each.code for each in examine(folder).findings] == ["keys_missing", "weak_vault"]
    monkeypatch.setattr("app.credentials.file_vault.machine_id", lambda: "another")
    assert codes(examine(folder)) == ["vault_damaged"]


@pytest.mark.parametrize("record", [b"", b"{}", b'{"vault": "attic", "service": "s"}', b"\xff"])
def test_a_record_of_the_keys_place_that_is_damaged(tmp_path: Path, record: bytes) -> None:
    (tmp_path / RECORD_NAME).write_bytes(record)
    tmp_path.chmod(0o700)
    assert codes(examine(tmp_path)) == ["vault_damaged"]
    assert (tmp_path / RECORD_NAME).read_bytes() == record


# ------------------------------------------------------------------- data


def test_data_of_a_newer_program(folder: Path, vault: MemoryVault) -> None:
    raw = connect(folder / WORK_NAME, vault.secrets[WORK_KEY])
    raw.execute("ALTER TABLE seat RENAME TO place")
    raw.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    raw.close()
    report = examine(folder, vault)
    assert codes(report) == ["database_newer"]
    assert report.findings[0].detail == {"found": len(STEPS) + 1, "known": len(STEPS)}


@pytest.mark.parametrize("version", range(1, len(STEPS)))
def test_data_of_every_older_program_is_read_as_it_is(
    tmp_path: Path, vault: MemoryVault, version: int
) -> None:
    assert dump_path(version).exists()
    key = bytes(range(32))
    vault.put(WORK_KEY, key)
    vault.put(MEMBERS_KEY, key)
    tmp_path.chmod(0o700)
    restore(tmp_path / WORK_NAME, key, version)
    before = (tmp_path / WORK_NAME).read_bytes()
    report = examine(tmp_path, vault)
    assert codes(report, "queue_stuck") == []
    assert (tmp_path / WORK_NAME).read_bytes() == before


def test_data_that_is_damaged_from_its_first_page(folder: Path, vault: MemoryVault) -> None:
    damage(folder / WORK_NAME, [0])
    report = examine(folder, vault)
    assert codes(report) == ["database_damaged"]
    for language in LANGUAGES:
        assert "guichet rescue export" in words(report.findings[0], language).mend


def test_data_of_other_keys(folder: Path, vault: MemoryVault) -> None:
    vault.put(WORK_KEY, b"x" * 32)
    assert codes(examine(folder, vault)) == ["database_damaged"]


def test_pages_that_the_disk_gives_back_wrong(folder: Path, vault: MemoryVault) -> None:
    path, key = folder / WORK_NAME, vault.secrets[WORK_KEY]
    settle(path, key)
    pages = pages_for(path, key, "SELECT * FROM journal", "SELECT * FROM seat, state, chain")
    damage(path, [max(pages)])
    report = examine(folder, vault)
    assert codes(report) == ["database_pages"]


def test_a_members_file_that_is_damaged_holds_no_work(folder: Path, vault: MemoryVault) -> None:
    [members] = folder.glob("members-*.db")
    damage(members, range(1, 4))
    assert codes(examine(folder, vault)) == ["members_damaged"]


# ------------------------------------------------------------------- the queue


@pytest.mark.parametrize("problem", words_en.WHY)
def test_work_that_waits_says_since_when_and_why(
    folder: Path, vault: MemoryVault, problem: str
) -> None:
    raw = connect(folder / WORK_NAME, vault.secrets[WORK_KEY])
    raw.execute("UPDATE state SET problem = ?", (problem,))
    raw.close()
    assert codes(examine(folder, vault, later_ms=HOUR_MS // 2)) == []
    found, _ = examine(folder, vault, later_ms=26 * HOUR_MS).findings
    assert found.code == "queue_stuck"
    assert (found.detail["entries"], found.detail["hours"]) == (1, 26)
    assert words_en.WHY[problem] in words(found, "en").what


# ------------------------------------------------------------------- the printer


@pytest.fixture
def printer() -> Iterator[SocketPrinter]:
    made = SocketPrinter()
    yield made
    made.close()


def set_printer(folder: Path, *lines: str) -> None:
    (folder / "printer.ini").write_text("\n".join(["[printer]", *lines]))


def test_a_printer_is_asked_and_prints_nothing(
    folder: Path, vault: MemoryVault, printer: SocketPrinter
) -> None:
    set_printer(folder, f"at = 127.0.0.1:{printer.port}")
    assert codes(examine(folder, vault)) == []
    printer.has_paper = False
    assert codes(examine(folder, vault)) == ["printer_paper"]
    printer.is_open = True
    assert codes(examine(folder, vault)) == ["printer_cover"]
    assert (printer.papers, printer.buffer) == ([], b"")


def test_a_printer_that_is_silent_or_off(
    folder: Path, vault: MemoryVault, printer: SocketPrinter
) -> None:
    printer.silent = True
    set_printer(folder, f"at = 127.0.0.1:{printer.port}")
    assert codes(examine(folder, vault)) == ["printer_silent"]
    set_printer(folder, f"at = 127.0.0.1:{printer.port}", "tells_state = no")
    assert codes(examine(folder, vault)) == []
    printer.close()
    assert codes(examine(folder, vault)) == ["printer_unreachable"]


def test_printer_settings_that_are_wrong(folder: Path, vault: MemoryVault) -> None:
    for wrong in ("at = 10.0.0.1:none", "paper_mm = 60", "tells_state = perhaps"):
        set_printer(folder, wrong)
        assert codes(examine(folder, vault)) == ["printer_settings"]


def test_a_folder_for_receipts_that_can_not_be_written(folder: Path, vault: MemoryVault) -> None:
    set_printer(folder, "folder = receipts")
    assert codes(examine(folder, vault)) == []  # it is made with the first
    (folder / "receipts").write_text("a file")
    assert codes(examine(folder, vault)) == ["printer_folder"]


# ------------------------------------------------------------------- libraries


def test_libraries_that_the_system_lacks_are_named(tmp_path: Path) -> None:
    files = qt_files()
    assert any(file.name == "libqxcb.so" for file in files)
    assert missing_libraries(files, limit_s=60) == []
    broken = tmp_path / "libqxcb.so"
    content = files[-1].read_bytes()
    assert b"libxcb-cursor.so.0" in content
    broken.write_bytes(content.replace(b"libxcb-cursor.so.0", b"libxcb-cursor.so.9"))
    assert "libxcb-cursor.so.9" in missing_libraries([broken], limit_s=60)


# ------------------------------------------------------------------- time


def test_whatever_hangs_is_a_finding_and_holds_nothing_up(folder: Path) -> None:
    let_go = threading.Event()

    class Stuck(MemoryVault):
        def get(self, name: str) -> bytes | None:
            let_go.wait()
            return None

    with mute() as port:
        set_printer(folder, f"at = 127.0.0.1:{port}")
        report = run(LOCAL, Pc(folder, vault=Stuck(), limit_s=0.3))
    states = {each.check: each.state for each in report.looked}
    assert states == {
        "folder": "done",
        "disk": "done",
        "instances": "done",
        "settings": "done",
        "versions": "done",
        "keys": "hung",
        "database": "not looked at",
        "queue": "not looked at",
        "printer": "hung",
    }
    assert [each.detail["check"] for each in report.findings] == ["keys", "printer"]
    let_go.set()
