"""A shared data folder: a link that another account put there leads nobody's writing elsewhere."""

from __future__ import annotations

import json
import logging
import os
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.credentials.file_vault import FileVault, write_private
from app.credentials.shutter import BLIND_NAME, FolderShutter
from app.credentials.vaults import FILE_NAME, RECORD_NAME, known_vault
from app.domain.errors import Unavailable
from app.settings.in_force import KEPT, read_settings
from app.settings.places import files_in
from app.store.cipher import connect
from app.store.condition import _doctor
from app.store.folder import LOCK_NAME, SeatLock
from app.store.members_import import PAGE_BYTES, MembersImport
from app.store.migrations import STEPS, backup_path, migrate
from sync.client.updating.installation import Installation
from sync.client.updating.launcher import COPY_NAME, held, settle
from sync.client.updating.seat_state import SeatState, read_state, write_state
from ui.qt.log_file import NAME, write_log

OTHERS = b"what stands in a file of somebody else's"
KEY = bytes(32)


class Folder:
    """A seat's, and a file beside it that nothing of the program's is to touch."""

    def __init__(self, here: Path) -> None:
        self.path, self.victim = here / "seat", here / "victim"
        self.path.mkdir(mode=0o770)
        self.victim.write_bytes(OTHERS)

    def plant(self, name: str, target: Path | None = None) -> Path:
        link = self.path / name
        link.symlink_to(target or self.victim)
        return link

    def is_well(self) -> bool:
        return self.victim.read_bytes() == OTHERS and not self.victim.is_symlink()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_the_copy_of_the_policy(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "policy.json").write_text('{"locked": {"language": "en"}}')
    folder.plant(f"{KEPT}.{os.getpid()}.partial")
    settings = read_settings({"data_folder": folder.path}, places=files_in(tmp_path))
    settings.keep()
    assert json.loads((folder.path / KEPT).read_bytes())["locked"] == {"language": "en"}
    assert folder.is_well()


def test_pipes_and_devices_hold_no_reader_up(folder: Folder, tmp_path: Path) -> None:
    """An administrator's `guichet updates fetch` reads these, too, and would never end."""
    (tmp_path / "policy.json").write_text("{")
    (folder.path / KEPT).write_text('{"locked": {"language": "en"}}')
    pipes = ("screen.ini", "printer.ini", "updates.json", "doctor.json")
    for name in pipes:
        os.mkfifo(folder.path / name)
    folder.plant("lan.ini", Path("/dev/zero"))
    places = files_in(tmp_path)
    with ExitStack() as stack:  # somebody who opened it to write, and never does
        for name in pipes:
            stack.callback(os.close, os.open(folder.path / name, os.O_RDWR))
        settings = read_settings({"data_folder": folder.path}, places=places)
        assert settings.values.language == "en"
        assert {Path(each.place).name for each in settings.problems} == {
            "policy.json", "screen.ini", "printer.ini", "lan.ini",
        }  # fmt: skip
        assert read_state(folder.path) == SeatState()
        assert _doctor(folder.path) == (None, "", ())
        (folder.path / KEPT).unlink()
        os.mkfifo(folder.path / KEPT)
        with pytest.raises(Unavailable, match="can't be gone by"):
            read_settings({"data_folder": folder.path}, places=places)


def test_a_pipe_in_the_place_of_the_keys_holds_no_command_up(folder: Folder) -> None:
    """`guichet leave` and `guichet doctor` read these as root."""
    vault = FileVault(folder.path / FILE_NAME)
    for name in (RECORD_NAME, FILE_NAME, BLIND_NAME):
        os.mkfifo(folder.path / name)
    with ExitStack() as stack:
        for name in (RECORD_NAME, FILE_NAME, BLIND_NAME):
            stack.callback(os.close, os.open(folder.path / name, os.O_RDWR))
        for read in (lambda: known_vault(folder.path), lambda: vault.get("work_key")):
            with pytest.raises(Unavailable) as refused:
                read()
            assert refused.value.code == "disk_error"
        assert FolderShutter(folder.path, vault).reason() == "revoked"  # no way back


def test_a_seats_file_without_end_is_passed_over(folder: Folder, tmp_path: Path) -> None:
    (folder.path / "printer.ini").write_text("[printer]\nat = 10.0.0.1\n" + "#" * 300_000)
    settings = read_settings({"data_folder": folder.path}, places=files_in(tmp_path))
    assert settings.values.printer_at == ""
    assert "larger than" in str(settings.problems[0])


@pytest.mark.parametrize("there", [True, False])
def test_locks(folder: Folder, tmp_path: Path, there: bool) -> None:
    target = folder.victim if there else tmp_path / "nologin"
    folder.plant(LOCK_NAME, target)
    with pytest.raises(Unavailable, match="can't be opened"):
        SeatLock(folder.path)
    folder.plant("updates.lock", target)
    with pytest.raises(Unavailable, match="can't be opened"), held(folder.path / "updates.lock"):
        pass
    assert folder.is_well()
    assert target.exists() is there


def test_data_that_are_put_back(folder: Folder, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("of another account's")
    write_state(folder.path, SeatState(phase="returning", to="0.2.0"))
    copy = folder.path / COPY_NAME
    copy.mkdir()
    (copy / "work.db").write_text("of whoever put the link there")
    (copy / ".profile").write_text("the same")
    (copy / "vault.bin").symlink_to(secret)
    folder.plant("work.db.partial")
    base = tmp_path / "guichet"
    base.touch()
    state = settle(Installation(base, tmp_path, "", "stable"), folder.path)
    assert state.phase == "settled"
    assert folder.is_well()
    assert (folder.path / "work.db").read_text() == "of whoever put the link there"
    assert not {".profile", "vault.bin"} & {each.name for each in folder.path.iterdir()}


@pytest.mark.parametrize("name", ["work.db", "pictures.db"])
def test_a_database_that_is_made(folder: Folder, tmp_path: Path, name: str) -> None:
    folder.plant(name, tmp_path / "nologin")
    connection = connect(folder.path / name, KEY)
    connection.execute("CREATE TABLE a (b)")
    connection.close()
    assert not (tmp_path / "nologin").exists()
    assert (folder.path / name).is_file()


def test_the_copy_before_a_migration(folder: Folder) -> None:
    path = folder.path / "work.db"
    folder.plant(backup_path(path, 1).with_suffix(".partial").name)
    connection = connect(path, KEY)
    migrate(connection, path, STEPS[:1])
    migrate(connection, path, STEPS[:2])
    connection.close()
    assert backup_path(path, 1).is_file()
    assert folder.is_well()


def test_the_members_file_in_the_making(folder: Folder) -> None:
    for name in ("members.part", "members.part.json", "members.part.new"):
        folder.plant(name)
    made = MembersImport(folder.path, KEY)
    made.begin("a")
    made.append(bytes(PAGE_BYTES))
    made.finish(folder.path / "members-1.db")
    made.begin("b")
    made.close()
    assert (folder.path / "members-1.db").stat().st_size == PAGE_BYTES
    assert folder.is_well()


def test_the_log(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    folder.plant(NAME)
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    try:
        write_log(folder.path, "warning")
        (handler,) = [
            each
            for each in set(root.handlers) - set(before)
            if isinstance(each, logging.FileHandler)
        ]
        handler.emit(logging.makeLogRecord({"levelname": "ERROR", "msg": "x"}))
    finally:
        for each in set(root.handlers) - set(before):
            root.removeHandler(each)
            each.close()
        root.setLevel(level)
    assert "Too many levels" in capsys.readouterr().err
    assert folder.is_well()


def test_what_an_administrator_leaves_is_given_away_before_it_has_a_name(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[object, int, int]] = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "fchown", lambda *told: given.append(told))
    monkeypatch.setattr(os, "chown", lambda *told: pytest.fail("by its name"))
    write_private(folder.path / "doctor.json", b"{}")
    status = folder.path.stat()
    assert [told[1:] for told in given] == [(status.st_uid, status.st_gid)]
    write_private(folder.path / "leave.letter", b"letter", own=True)
    assert len(given) == 1
