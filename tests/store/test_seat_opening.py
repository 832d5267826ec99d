"""Opening a seat: folder, lock, keys, damage, newer schema; nothing that was there is changed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import pytest

from app.domain.errors import Unavailable
from app.domain.events import EncounterResumed
from app.store.folder import Mount, is_remote, mounted
from app.store.migrations import STEPS, backup_path, migrate
from app.store.seat import WORK_NAME
from app.store.tables import metadata
from tests.store.conftest import OpenSeat
from tests.store.seats import (
    MemoryVault,
    SteppedClock,
    build_members,
    check_chain,
    enrol,
    open_at,
    raw_work,
)


def _digests(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.name != "seat.lock"
    }


def _refused(folder: Path, vault: MemoryVault) -> Unavailable:
    with pytest.raises(Unavailable) as refused:
        open_at(folder, vault, SteppedClock())
    return refused.value


@pytest.fixture
def closed(reopen: OpenSeat) -> None:
    """A seat with three entries, closed."""
    seat = reopen()
    enrol(seat)
    seat.work.run(lambda work: [work.append(EncounterResumed(uuid4())) for _ in range(3)])
    seat.close()


# ------------------------------------------------------------------------------ folder


def test_a_new_folder_is_its_owners_alone(reopen: OpenSeat, folder: Path) -> None:
    reopen()
    assert folder.stat().st_mode & 0o777 == 0o700


def test_an_open_folder_is_closed_to_others(reopen: OpenSeat, folder: Path) -> None:
    folder.mkdir(mode=0o755)
    reopen()
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_accounts_share_stays_theirs(reopen: OpenSeat, folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o2770)
    before = os.umask(0o022)
    try:
        reopen()
    finally:
        os.umask(before)
    assert folder.stat().st_mode & 0o7777 == 0o2770
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o660}


def test_a_shared_folder_is_closed_to_everybody_else(reopen: OpenSeat, folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o2775)
    before = os.umask(0o022)
    try:
        reopen()
    finally:
        os.umask(before)
    assert folder.stat().st_mode & 0o7777 == 0o2770


def test_a_folder_of_somebody_else_that_is_open_is_refused(
    folder: Path, vault: MemoryVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.mkdir(mode=0o755)
    monkeypatch.setattr(os, "geteuid", lambda: folder.stat().st_uid + 1)
    assert _refused(folder, vault).code == "open_folder"
    assert list(folder.iterdir()) == []
    assert vault.secrets == {}


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "9p"])
def test_a_network_folder_is_refused(
    folder: Path, vault: MemoryVault, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    mounts = [Mount("/", "ext4", "rw"), Mount(str(folder.parent), kind, "rw")]
    monkeypatch.setattr("app.store.folder.mounted", lambda: mounts)
    assert _refused(folder, vault).code == "network_folder"
    assert not folder.exists()
    assert vault.secrets == {}


def test_the_innermost_and_latest_mount_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = tmp_path / "inner"
    mounts = [
        Mount(str(tmp_path), "nfs4", "rw"),
        Mount(str(inner), "nfs", "rw"),
        Mount(str(inner), "ext4", "rw"),
        Mount(str(tmp_path / "inn"), "cifs", "rw"),
    ]
    monkeypatch.setattr("app.store.folder.mounted", lambda: mounts)
    assert not is_remote(inner / "seat")
    assert is_remote(tmp_path / "other")
    link = inner.parent / "link"
    link.symlink_to(tmp_path / "other")
    assert is_remote(link)


def test_a_windows_network_drive_is_remote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = [Mount(str(tmp_path), "NTFS", "rw,remote")]
    monkeypatch.setattr("app.store.folder.mounted", lambda: mounts)
    assert is_remote(tmp_path)


def test_what_is_mounted_is_read_as_the_kernel_writes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [tuple(each) for each in mounted()] == [
        (part.mountpoint, part.fstype, part.opts) for part in psutil.disk_partitions(all=True)
    ]
    lines = tmp_path / "mounts"
    lines.write_bytes(
        b"nas:/a /mnt/our\\040\\134data\\012 nfs4 rw,vers=4 0 0\n/dev/sda / ext4 ro 0 0\n"
    )
    monkeypatch.setattr("app.store.folder._MOUNTS", lines)
    assert mounted() == [Mount("/mnt/our \\data\n", "nfs4", "rw,vers=4"), Mount("/", "ext4", "ro")]
    monkeypatch.setattr("app.store.folder._MOUNTS", tmp_path / "gone")
    assert mounted() == []


@pytest.mark.parametrize("path", ["\\\\server\\share\\seat", "//server/share/seat"])
def test_unc_paths_are_remote(path: str) -> None:
    assert is_remote(Path(path))


def test_this_disk_is_not_remote(tmp_path: Path) -> None:
    assert not is_remote(tmp_path / "not" / "yet")


def test_a_folder_that_cannot_be_made(vault: MemoryVault, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert _refused(tmp_path / "file" / "seat", vault).code == "disk_error"


# ------------------------------------------------------------------------------ one process


def test_a_second_instance_is_refused(reopen: OpenSeat, folder: Path, vault: MemoryVault) -> None:
    seat = reopen()
    assert _refused(folder, vault).code == "second_instance"
    seat.close()
    open_at(folder, vault, SteppedClock()).close()


def test_another_process_is_refused_and_a_dead_one_is_not(
    reopen: OpenSeat, folder: Path, vault: MemoryVault
) -> None:
    program = (
        "import sys, pathlib; from app.store.folder import SeatLock, prepare;"
        "folder = pathlib.Path(sys.argv[1]); prepare(folder); lock = SeatLock(folder);"
        "print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        assert _refused(folder, vault).code == "second_instance"
        other.kill()
    reopen()


def test_a_refusal_lets_go_of_the_lock(
    closed: None, folder: Path, vault: MemoryVault, reopen: OpenSeat
) -> None:
    kept = dict(vault.secrets)
    vault.secrets.clear()
    assert _refused(folder, vault).code == "keys_missing"
    vault.secrets.update(kept)
    assert reopen().work.reads.unsent_summary()[0] == 3


# ------------------------------------------------------------------------------ keys


def test_two_files_have_two_keys(reopen: OpenSeat, vault: MemoryVault) -> None:
    reopen()
    assert sorted(vault.secrets) == ["members_key", "work_key"]
    assert len(set(vault.secrets.values())) == 2
    assert {len(key) for key in vault.secrets.values()} == {32}


@pytest.mark.parametrize("lost", [["work_key"], ["members_key"], ["members_key", "work_key"]])
def test_lost_keys_change_nothing(
    closed: None, folder: Path, vault: MemoryVault, lost: list[str]
) -> None:
    for name in lost:
        vault.delete(name)
    kept, before = dict(vault.secrets), _digests(folder)
    assert _refused(folder, vault).code == "keys_missing"
    assert vault.secrets == kept
    assert _digests(folder) == before


def test_keys_made_before_a_crash_are_used(
    reopen: OpenSeat, vault: MemoryVault, folder: Path
) -> None:
    vault.put("work_key", b"k" * 32)
    reopen().close()
    assert vault.secrets["work_key"] == b"k" * 32
    raw_work(folder, vault).close()


def test_a_vault_that_forgets_encrypts_nothing(folder: Path) -> None:
    class Forgetful(MemoryVault):
        def put(self, name: str, secret: bytes) -> None:
            pass

    assert _refused(folder, Forgetful()).code == "keyring_missing"
    assert not (folder / WORK_NAME).exists()


def test_a_wrong_key_changes_nothing(closed: None, folder: Path, vault: MemoryVault) -> None:
    before = _digests(folder)
    vault.put("work_key", b"x" * 32)
    assert _refused(folder, vault).code == "database_damaged"
    assert _digests(folder) == before


# ------------------------------------------------------------------------------ damage


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9])
def test_a_file_cut_short_is_refused_or_reported(
    closed: None, folder: Path, vault: MemoryVault, keep: float
) -> None:
    path = folder / WORK_NAME
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])
    assert _refused(folder, vault).code == "database_damaged"
    assert path.read_bytes() == content[: int(len(content) * keep)]


def test_no_flipped_bit_goes_unnoticed(
    closed: None, folder: Path, vault: MemoryVault, reopen: OpenSeat
) -> None:
    """Each page is authenticated: a changed byte is an error, never a wrong answer."""
    path = folder / WORK_NAME
    content = path.read_bytes()
    expected = reopen().work.reads.waiting(9)
    outcomes = set()
    for place in range(100, len(content), 4096 * 5 + 17):
        reopen().close()
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        try:
            assert reopen().work.reads.waiting(9) == expected
            outcomes.add("unread")
        except Unavailable as error:
            outcomes.add(error.code)
        finally:
            path.write_bytes(content)
    assert "database_damaged" in outcomes
    assert outcomes <= {"database_damaged", "unread"}


def test_a_chain_that_does_not_end_as_it_says_is_refused(
    closed: None, folder: Path, vault: MemoryVault
) -> None:
    raw = raw_work(folder, vault)
    raw.execute("UPDATE journal SET body = CAST(body || ' ' AS BLOB) WHERE seq = 3")
    raw.close()
    assert _refused(folder, vault).code == "database_damaged"


@pytest.mark.parametrize("keep", [0.0, 0.3, 0.6, 0.97])
def test_a_wal_cut_short_loses_whole_commits_alone(
    folder: Path, vault: MemoryVault, tmp_path: Path, keep: float
) -> None:
    seat = open_at(folder, vault, SteppedClock())
    enrol(seat)
    for _ in range(30):
        seat.work.run(lambda work: [work.append(EncounterResumed(uuid4())) for _ in range(2)])
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in (WORK_NAME, f"{WORK_NAME}-wal"):
        (copy / name).write_bytes((folder / name).read_bytes())
    seat.close()
    wal = copy / f"{WORK_NAME}-wal"
    content = wal.read_bytes()
    assert len(content) > 100_000
    wal.write_bytes(content[: int(len(content) * keep)])
    reopened = open_at(copy, vault, SteppedClock())
    try:
        count = reopened.work.reads.unsent_summary()[0]
        if count:
            raw = raw_work(copy, vault)
            assert check_chain(raw) == count
            raw.close()
        assert count % 2 == 0, "a commit is there as a whole or not at all"
        assert count < 60
    finally:
        reopened.close()


# ------------------------------------------------------------------------------ at rest


def test_nothing_can_be_read_without_the_key(seat: Any, folder: Path) -> None:
    name, phone = "欧阳测试", "13912345678"
    from app.domain.member import Member

    build_members(
        seat, [Member(member_id=uuid4(), rank=1, card_no="CA7777", name=name, phone=phone)]
    )

    def unit(work: Any) -> None:
        entry = work.append(
            EncounterResumed(uuid4()), blobs=[work.make_blob(name.encode())], urgent=True
        )
        work.add_joined_member(uuid4(), {"name": name, "phone": phone}, entry)

    seat.work.run(unit)
    files = [path for path in folder.iterdir() if path.name != "seat.lock"]
    assert {path.suffix for path in files} >= {".db", ".db-wal"}
    for path in files:
        content = path.read_bytes()
        for planted in (name.encode(), phone.encode(), b"CA7777", b"EncounterResumed", b"CREATE"):
            assert planted not in content, path.name
        assert not content.startswith(b"SQLite format 3"), path.name


# ------------------------------------------------------------------------------ migrations


def test_the_migrations_make_the_tables_that_the_program_knows(
    closed: None, folder: Path, vault: MemoryVault
) -> None:
    raw = raw_work(folder, vault)
    names = {
        row[0]
        for row in raw.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        if not row[0].startswith("sqlite_")
    }
    assert names == set(metadata.tables)
    for table in metadata.tables.values():
        made = {
            row[1]: bool(row[3] or row[5])
            for row in raw.execute(f"PRAGMA table_info({table.name})").fetchall()
        }
        assert made == {c.name: not c.nullable for c in table.columns}, table.name
    raw.close()


def test_a_newer_database_is_refused(closed: None, folder: Path, vault: MemoryVault) -> None:
    raw = raw_work(folder, vault)
    raw.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    raw.close()
    before = _digests(folder)
    assert _refused(folder, vault).code == "database_newer"
    assert _digests(folder) == before


def _add_column(connection: Any) -> None:
    connection.execute("ALTER TABLE state ADD COLUMN extra TEXT")


def test_a_migration_backs_up_first_and_leaves_the_journal(
    closed: None, folder: Path, vault: MemoryVault
) -> None:
    raw = raw_work(folder, vault)
    path = folder / WORK_NAME
    migrate(raw, path, (*STEPS, _add_column))
    assert raw.execute("PRAGMA user_version").fetchone() == (len(STEPS) + 1,)
    assert raw.execute("SELECT extra FROM state").fetchall() == [(None,)]
    assert check_chain(raw) == 3
    raw.close()

    backup = backup_path(path, len(STEPS))
    assert b"SQLite format 3" not in backup.read_bytes()
    backup.replace(path)
    open_at(folder, vault, SteppedClock()).close()


def test_a_migration_that_fails_changes_nothing(
    closed: None, folder: Path, vault: MemoryVault
) -> None:
    class Broken(Exception):
        pass

    def broken(connection: Any) -> None:
        raise Broken

    raw = raw_work(folder, vault)
    with pytest.raises(Broken):
        migrate(raw, folder / WORK_NAME, (*STEPS, _add_column, broken))
    raw.close()
    open_at(folder, vault, SteppedClock()).close()


def test_a_migration_may_not_touch_the_journal(
    closed: None, folder: Path, vault: MemoryVault
) -> None:
    def forget(connection: Any) -> None:
        connection.execute("DELETE FROM journal WHERE seq = 3")

    raw = raw_work(folder, vault)
    with pytest.raises(RuntimeError, match="journal"):
        migrate(raw, folder / WORK_NAME, (*STEPS, forget))
    assert check_chain(raw) == 3
    raw.close()
