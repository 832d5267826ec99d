"""Every schema that was ever released, with a working day in it, opens in this program."""

from __future__ import annotations

import json
import shutil
from collections import namedtuple
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.domain.errors import Unavailable
from app.domain.events import EncounterResumed
from app.store.cipher import connect
from app.store.migrations import STEPS, backup_path, migrate
from app.store.seat import MEMBERS_KEY, WORK_KEY, WORK_NAME
from tests.store.damage import damage, settle
from tests.store.released import dump_path, journal, restore
from tests.store.seats import MemoryVault, SteppedClock, check_chain, open_at

KEY = bytes(range(32))
VERSIONS = range(1, len(STEPS) + 1)
_Usage = namedtuple("_Usage", "total used free")


@pytest.fixture
def vault() -> MemoryVault:
    made = MemoryVault()
    made.put(WORK_KEY, KEY)
    made.put(MEMBERS_KEY, KEY)
    return made


def left_by(folder: Path, version: int) -> Path:
    folder.mkdir(exist_ok=True)
    restore(folder / WORK_NAME, KEY, version)
    return folder / WORK_NAME


def kept_in(path: Path) -> list[Any]:
    raw = connect(path, KEY)
    found = journal(raw)
    raw.close()
    return found


def test_no_released_schema_is_forgotten() -> None:
    """Before a schema is followed by another, `python -m tests.store.released` keeps it here."""
    assert [version for version in range(1, len(STEPS)) if not dump_path(version).exists()] == []


@pytest.mark.parametrize("version", [v for v in VERSIONS if dump_path(v).exists()])
def test_a_seat_goes_on_where_an_older_program_left_it(
    tmp_path: Path, vault: MemoryVault, version: int
) -> None:
    path = left_by(tmp_path / "seat", version)
    before = kept_in(path)
    assert {table for table, _ in before} == {"journal", "journal_archive", "chain", "blob"}

    seat = open_at(path.parent, vault, SteppedClock())
    identity = seat.sync.identity()
    assert identity is not None
    assert identity.device_id == UUID(int=42)
    assert identity.incarnation == 2
    run = seat.sync.unsent(max_entries=1_000, max_bytes=10**7)
    assert run is not None
    assert run.first_seq == 4
    assert json.loads(run.bodies[0])["incarnation"] == 2
    assert seat.work.reads.unsent_summary()[0] == len(run.bodies)
    assert seat.work.reads.session() is not None
    assert seat.work.reads.overlay(UUID(int=1)) is not None
    assert not seat.sync.absent_too_long()
    assert len(seat.sync.urgent_unsent(limit=9)) == 3
    seat.close()
    assert kept_in(path) == before

    seat = open_at(path.parent, vault, SteppedClock())
    seat.work.run(lambda work: work.append(EncounterResumed(uuid4())))
    seat.close()
    raw = connect(path, KEY)
    assert raw.execute("PRAGMA user_version").fetchone() == (len(STEPS),)
    assert check_chain(raw) == run.last_seq + 1
    raw.close()


@pytest.mark.parametrize(
    ("name", "is_lost"), [("journal", True), ("sqlite_autoindex_journal_1", False)]
)
@pytest.mark.parametrize("version", [1, 5])
def test_a_damaged_page_does_not_keep_an_older_programs_data_shut(
    tmp_path: Path, vault: MemoryVault, version: int, name: str, is_lost: bool
) -> None:
    path = left_by(tmp_path / "seat", version)
    settle(path, KEY)
    raw = connect(path, KEY)
    statement = "SELECT rootpage FROM sqlite_schema WHERE name = ?"
    page = raw.execute(statement, (name,)).fetchone()[0] - 1
    raw.close()
    damage(path, [page])

    seat = open_at(path.parent, vault, SteppedClock())
    run = seat.sync.unsent(max_entries=1_000, max_bytes=10**7)
    assert run is not None
    assert run.first_seq == 4
    assert run.head_link
    assert any(run.bodies) is not is_lost
    seat.work.run(lambda work: work.append(EncounterResumed(uuid4())))
    seat.close()
    raw = connect(path, KEY)
    assert raw.execute("PRAGMA user_version").fetchone() == (len(STEPS),)
    assert raw.execute("PRAGMA quick_check(journal)").fetchall() == [("ok",)]
    raw.close()


@pytest.mark.parametrize("version", range(1, len(STEPS)))
def test_the_backup_is_what_the_older_program_can_open(
    tmp_path: Path, vault: MemoryVault, version: int
) -> None:
    path = left_by(tmp_path / "seat", version)
    before = kept_in(path)
    open_at(path.parent, vault, SteppedClock()).close()
    backup = backup_path(path, version)
    assert [file.name for file in path.parent.glob("*.backup.db")] == [backup.name]
    raw = connect(backup, KEY)
    assert raw.execute("PRAGMA user_version").fetchone() == (version,)
    raw.close()
    assert kept_in(backup) == before


def _one_more(connection: Any) -> None:
    connection.execute("ALTER TABLE state ADD COLUMN extra TEXT")


def test_a_backup_stays_until_the_next_success(tmp_path: Path, vault: MemoryVault) -> None:
    path = left_by(tmp_path / "seat", 1)
    open_at(path.parent, vault, SteppedClock()).close()
    open_at(path.parent, vault, SteppedClock()).close()
    assert backup_path(path, 1).exists()

    class Broken(Exception):
        pass

    def broken(connection: Any) -> None:
        raise Broken

    raw = connect(path, KEY)
    with pytest.raises(Broken):
        migrate(raw, path, (*STEPS, broken))
    assert backup_path(path, 1).exists(), "a failure proves nothing"
    migrate(raw, path, (*STEPS, _one_more))
    raw.close()
    assert not backup_path(path, 1).exists()
    assert backup_path(path, len(STEPS)).exists()


def test_without_room_for_the_backup_nothing_is_touched(
    tmp_path: Path, vault: MemoryVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = left_by(tmp_path / "seat", 1)
    before, content = kept_in(path), path.read_bytes()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: _Usage(10**9, 10**9 - 10**6, 10**6))
    with pytest.raises(Unavailable) as refused:
        open_at(path.parent, vault, SteppedClock())
    assert refused.value.code == "disk_full"
    assert "nothing has been changed" in refused.value.message
    assert path.read_bytes() == content
    assert kept_in(path) == before
    assert list(path.parent.glob("*.backup.db")) == []
    monkeypatch.undo()
    open_at(path.parent, vault, SteppedClock()).close()


@pytest.mark.parametrize(
    "harm",
    [
        "DELETE FROM journal WHERE seq = 3",
        "UPDATE journal SET body = X'00' WHERE seq = 5",
        "DELETE FROM journal_archive",
        "UPDATE chain SET confirmed_seq = last_seq",
        "DELETE FROM blob",
    ],
)
def test_no_migration_may_touch_what_was_journalled(
    tmp_path: Path, vault: MemoryVault, harm: str
) -> None:
    path = left_by(tmp_path / "seat", 1)
    before = kept_in(path)
    raw = connect(path, KEY)
    with pytest.raises(RuntimeError, match="journal"):
        migrate(raw, path, (*STEPS, lambda connection: connection.execute(harm)))
    raw.close()
    assert kept_in(path) == before
