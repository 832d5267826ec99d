"""A real seat's encrypted data, with work that no server has, under a version that changes them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from app.store import migrations
from app.store.cipher import connect
from app.store.migrations import STEPS, migrate
from app.store.seat import WORK_KEY
from sync.client.updating.installation import Installation
from sync.client.updating.launcher import settle
from sync.client.updating.seat_state import SeatState, write_state
from tests.store.seats import (
    MemoryVault,
    SteppedClock,
    add_encounter,
    build_members,
    check_chain,
    earn,
    enrol,
    open_at,
    raw_work,
)
from tests.updating.conftest import a_build
from tests.updating.test_launcher import installation as installation
from tests.updating.test_launcher import put

ENTRIES = 100


@pytest.fixture
def vault() -> MemoryVault:
    made = MemoryVault()
    made.put("device_key", b"d" * 32)
    return made


@pytest.fixture
def folder(tmp_path: Path, vault: MemoryVault) -> Path:
    """Of an enrolled seat with entries that no server has, ended without being closed in order."""
    seat = open_at(tmp_path / "seat", vault, SteppedClock())
    enrol(seat)
    build_members(seat)

    def work_on(work: Any) -> None:
        encounter = add_encounter(work)
        for _ in range(ENTRIES):
            earn(work, encounter, uuid4(), 100)

    seat.work.run(work_on)
    seat.close()
    return tmp_path / "seat"


def journal(folder: Path, vault: MemoryVault) -> list[Any]:
    with closing(raw_work(folder, vault)) as connection:
        assert check_chain(connection) >= ENTRIES
        return list(connection.execute("SELECT seq, body, link FROM journal ORDER BY seq"))


class NewVersion:
    """Brings the data up by one more step, as a version to come would, and fails or doesn't."""

    def __init__(self, vault: MemoryVault, wrong: str) -> None:
        self._vault, self._wrong = vault, wrong

    def __call__(self, program: Path, folder: Path, version: str, options: Sequence[str]) -> str:
        def step(connection: Any) -> None:
            connection.execute("ALTER TABLE seat ADD COLUMN invented INTEGER")

        key = self._vault.get(WORK_KEY)
        assert key is not None
        path = folder / "work.db"
        with closing(connect(path, key)) as connection:
            migrate(connection, path, (*STEPS, step))
            connection.execute("UPDATE seat SET invented = 7")
        return self._wrong


def change(installation: Installation, folder: Path, vault: MemoryVault, wrong: str) -> SeatState:
    if not installation.builds():
        put(installation, "0.2.0", "exit 0")
    assert a_build("0.2.0") in installation.builds()
    write_state(folder, SeatState(phase="ordered", to="0.2.0"))
    return settle(installation, folder, check=NewVersion(vault, wrong))


def test_a_version_that_fails_after_it_changed_the_data_loses_no_entry(
    installation: Installation, folder: Path, vault: MemoryVault
) -> None:
    before = journal(folder, vault)
    state = change(installation, folder, vault, "it showed no first screen")
    assert (state.version, list(state.refused)) == ("", ["0.2.0"])
    assert journal(folder, vault) == before
    seat = open_at(folder, vault, SteppedClock())  # the old program, which refuses newer data
    seat.work.run(lambda work: earn(work, add_encounter(work), uuid4(), 100))
    seat.close()
    assert journal(folder, vault)[: len(before)] == before


def test_a_version_that_is_well_has_every_entry(
    installation: Installation, folder: Path, vault: MemoryVault
) -> None:
    before = journal(folder, vault)
    assert change(installation, folder, vault, "").version == "0.2.0"
    assert journal(folder, vault) == before
    with closing(raw_work(folder, vault)) as connection:
        assert connection.execute("SELECT invented FROM seat").fetchone() == (7,)
        assert connection.execute("PRAGMA user_version").fetchone() == (len(STEPS) + 1,)
    assert migrations.backup_path(folder / "work.db", len(STEPS)).exists()
