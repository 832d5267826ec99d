"""Counters whose disks lost pages of the journal, and the server: from the tap to the rescue."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.events import EVENT_TYPES
from app.store.seat import WORK_KEY, WORK_NAME
from sync.client import rescue as on_a_stick
from sync.server.store import tables as t
from tests.server.books import posted, rows, sound
from tests.server.conftest import Programme
from tests.server.counter_pc import Counter, bring
from tests.store.damage import damage, pages_for, settle

VISITS = 12


@pytest.fixture
def counter(programme: Programme, tmp_path: Path) -> Iterator[Counter]:
    made = Counter(programme, tmp_path / "seat")
    yield made
    made.close()


def lose(counter: Counter, *seqs: int) -> None:
    """Make some entries, and their neighbours on the same pages, unreadable."""
    counter.close()
    path, key = counter.folder / WORK_NAME, counter.vault.secrets[WORK_KEY]
    settle(path, key)
    body = "SELECT body FROM journal WHERE rowid = "
    for seq in seqs:
        damage(path, pages_for(path, key, f"{body}{seq}", f"{body}{1 if seq > 30 else 60}"))


def waiting(programme: Programme) -> set[str]:
    return {row.code for row in rows(programme, t.exception_item) if row.state == "open"}


@pytest.mark.parametrize("how", ["folder", "stick"])
def test_a_copy_made_before_the_damage_brings_everything_back(
    programme: Programme, counter: Counter, tmp_path: Path, how: str
) -> None:
    """Whichever way what was lost is found again, in the end all of it counts once."""
    member_id = programme.member()
    for _ in range(VISITS):
        counter.serve(member_id, 100)
    counter.close()
    before = tmp_path / "before"
    if how == "stick":
        on_a_stick.export(counter.folder, before, vault=counter.vault)
    else:
        shutil.copytree(counter.folder, before)
    lose(counter, 20, 61)
    counter.open()
    counter.upload()
    lost = [row for row in rows(programme, t.entry) if not row.raw]
    assert len(lost) > 5
    assert posted(programme, member_id) < 100 * VISITS
    assert waiting(programme) <= {"unreadable", "unknown_encounter"}
    sound(programme)
    counter.serve(member_id, 7)
    counter.upload()

    done = bring(programme, before)
    assert (done.taken, done.waiting) == (len(lost), 0)
    assert done.known == 1 + 5 * VISITS - len(lost)
    assert bring(programme, before).taken == 0
    assert posted(programme, member_id) == 100 * VISITS + 7
    assert waiting(programme) == set()
    assert all(row.raw for row in rows(programme, t.entry))
    sound(programme)


@pytest.mark.parametrize("how", ["folder", "stick"])
def test_a_damaged_disk_is_rescued_with_the_places_of_what_is_lost(
    programme: Programme, counter: Counter, tmp_path: Path, how: str
) -> None:
    member_id = programme.member()
    for _ in range(VISITS):
        counter.serve(member_id, 100)
    source = counter.folder
    lose(counter, 30)
    if how == "stick":
        source = tmp_path / "stick"
        on_a_stick.export(counter.folder, source, vault=counter.vault)
    done = bring(programme, source)
    lost = [row for row in rows(programme, t.entry) if not row.raw]
    assert 0 < len(lost) < 12
    assert done.taken == 1 + 5 * VISITS
    assert done.apart == 0
    assert {row.code for row in lost} == {"unreadable"}
    assert {row.type for row in lost} <= set(EVENT_TYPES)
    sound(programme)
    again = bring(programme, source)
    assert (again.taken, again.known) == (0, 1 + 5 * VISITS)
    sound(programme)


def test_a_blind_pcs_damaged_disk_is_drained_all_the_same(
    programme: Programme, counter: Counter
) -> None:
    member_id = programme.member()
    for _ in range(VISITS):
        counter.serve(member_id, 100)
    counter.go_blind()
    path = counter.folder / WORK_NAME
    middle = path.stat().st_size // 4096 // 2
    damage(path, [middle, middle + 1])
    done = bring(programme, counter.folder)
    assert done.taken + done.apart > 4 * VISITS
    assert posted(programme, member_id) == 0, "a manager decides over the points"
    sound(programme)
