"""Journals of PCs that can't send them: real folders, real files, both databases."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.credentials.shutter import FolderShutter
from app.domain import events as e
from app.domain.errors import Rejected
from app.store.cipher import connect
from app.store.seat import WORK_NAME
from sync.client import rescue as on_a_stick
from sync.protocol.rescue import SEALED_NAME
from sync.server.programme import revoke_device
from sync.server.store import tables as t
from tests.server.books import balance, posted, rows, sound
from tests.server.conftest import KEYS, Programme
from tests.server.counter_pc import Counter, bring, honour_all


@pytest.fixture
def counter(programme: Programme, tmp_path: Path) -> Iterator[Counter]:
    made = Counter(programme, tmp_path / "seat")
    yield made
    made.close()


# ------------------------------------------------------------------------------ the stick


def test_an_exported_journal_counts_once_however_it_comes(
    programme: Programme, counter: Counter, tmp_path: Path
) -> None:
    member_id = programme.member(1_000)
    counter.serve(member_id)
    counter.upload()
    counter.serve(member_id, 300)
    stick = tmp_path / "stick.guichet"
    counter.close()
    said = on_a_stick.export(counter.folder, stick, vault=counter.vault)
    assert "11 entries, 5 of them unsent" in said
    assert b"CA0000" not in stick.read_bytes()

    done = bring(programme, stick)
    assert (done.taken, done.known, done.waiting, done.proof) == (5, 6, 0, "signed")
    assert posted(programme, member_id) == 1_800
    again = bring(programme, stick)
    assert (again.taken, again.known) == (0, 11)

    counter.open()  # the network is back, and the PC sends what it has not heard of
    counter.serve(member_id, 7)
    counter.upload()
    assert posted(programme, member_id) == 1_807
    assert rows(programme, t.exception_item) == []
    sound(programme)


def test_what_a_power_cut_left_in_doubt_is_given_back_by_the_stick_too(
    programme: Programme, counter: Counter, tmp_path: Path
) -> None:
    member_id = programme.member(4_000)
    counter.ask_and_fall_silent(member_id)
    assert balance(programme, member_id) == (3_000, 0)
    said = on_a_stick.export(counter.folder, tmp_path / "file", vault=counter.vault)
    assert ", 1 of them unsent" in said
    bring(programme, tmp_path / "file")
    assert balance(programme, member_id) == (4_000, 0)
    sound(programme)


def test_it_comes_in_after_the_pc_has_sent_it_itself(
    programme: Programme, counter: Counter, tmp_path: Path
) -> None:
    member_id = programme.member()
    counter.serve(member_id)
    counter.close()
    on_a_stick.export(counter.folder, tmp_path / "file", vault=counter.vault)
    counter.open()
    counter.serve(member_id)
    counter.upload()
    done = bring(programme, tmp_path / "file")
    assert (done.taken, done.known) == (0, 6)
    assert posted(programme, member_id) == 1_000
    sound(programme)


def test_the_stick_of_a_counter_that_was_shut_out_waits_for_a_manager(
    programme: Programme, counter: Counter, tmp_path: Path
) -> None:
    member_id = programme.member()
    counter.serve(member_id)
    counter.close()
    on_a_stick.export(counter.folder, tmp_path / "file", vault=counter.vault)
    with programme.work() as work:
        revoke_device(work, KEYS, counter.device_id)
    done = bring(programme, tmp_path / "file")
    assert (done.taken, done.waiting) == (6, 1)
    assert posted(programme, member_id) == 0
    assert len(rows(programme, t.rating)) == 1, "what the customer said counts"
    assert honour_all(programme) == 1
    assert posted(programme, member_id) == 500
    sound(programme)


def test_it_exports_nothing_over_anything_and_not_while_the_program_runs(
    counter: Counter, tmp_path: Path
) -> None:
    there = tmp_path / "there"
    there.write_bytes(b"something")
    with pytest.raises(Rejected, match="another name"):
        on_a_stick.export(counter.folder, there, vault=counter.vault)
    with pytest.raises(Exception, match="running"):
        on_a_stick.export(counter.folder, tmp_path / "new", vault=counter.vault)
    with pytest.raises(Rejected, match="no seat"):
        on_a_stick.export(tmp_path / "elsewhere", tmp_path / "new", vault=counter.vault)
    assert not (tmp_path / "new").exists()


# ------------------------------------------------------------------------------ blind PCs


@pytest.mark.parametrize("how", ["folder", "stick"])
def test_what_a_blind_pc_recorded_is_drained_and_settled(
    programme: Programme, counter: Counter, tmp_path: Path, how: str
) -> None:
    member_id = programme.member(1_000)
    counter.serve(member_id)
    counter.upload()
    counter.serve(member_id, 200)
    counter.serve(member_id, 40)
    counter.go_blind()
    source = counter.folder
    if how == "stick":
        source = tmp_path / "stick.zip"
        said = on_a_stick.export(counter.folder, source, vault=counter.vault)
        assert "shut out" in said
    done = bring(programme, source)
    assert (done.taken, done.known, done.waiting, done.proof) == (10, 6, 2, "signed")
    assert done.place == "PEK/A1"
    assert posted(programme, member_id) == 1_500
    again = bring(programme, source)
    assert (again.taken, again.known, again.waiting) == (0, 16, 0)
    sound(programme)
    assert honour_all(programme) == 2
    assert posted(programme, member_id) == 1_740
    sound(programme)


def test_a_manager_may_also_say_no(programme: Programme, counter: Counter) -> None:
    member_id = programme.member()
    counter.serve(member_id)
    counter.go_blind()
    bring(programme, counter.folder)
    desk = programme.seat(counter=2, kind="desk")
    [row] = rows(programme, t.exception_item)
    assert (row.code, row.entry_type, row.points) == ("shut_out", "AccrualRecorded", 500)
    desk.push(e.ExceptionSettled(row.exception_id, "write_off", None))
    again = desk.push(e.ExceptionSettled(row.exception_id, "honour", None))
    assert [d.code for d in again.decisions] == ["settled"]
    assert posted(programme, member_id) == 0
    sound(programme)


def test_a_pc_whose_keyring_is_gone_is_drained_by_the_key_it_left(
    programme: Programme, counter: Counter, tmp_path: Path
) -> None:
    member_id = programme.member()
    counter.serve(member_id)
    counter.close()
    kept = dict(counter.vault.secrets)
    counter.vault.secrets.clear()
    (counter.folder / SEALED_NAME).unlink()
    stick = tmp_path / "stick"
    assert "keys" in on_a_stick.export(counter.folder, stick, vault=counter.vault)
    done = bring(programme, stick)
    assert (done.taken, done.waiting, done.proof) == (6, 1, "own key")
    sound(programme)

    counter.vault.secrets.update(kept)  # the keyring is found again
    counter.open()
    counter.serve(member_id, 30)
    counter.upload()
    assert posted(programme, member_id) == 30, "what waits goes on waiting"
    assert honour_all(programme) == 1
    assert posted(programme, member_id) == 530
    sound(programme)


def test_a_disk_that_the_device_left_no_key_for_proves_nothing(
    programme: Programme, tmp_path: Path
) -> None:
    counter = Counter(programme, tmp_path / "seat", deposits=False)
    counter.serve(programme.member())
    counter.close()
    done = bring(programme, counter.folder)
    assert (done.taken, done.apart, done.proof) == (0, 6, "none")
    assert len(rows(programme, t.quarantine)) == 6
    assert {r.code for r in rows(programme, t.exception_item)} == {"fork"}
    bring(programme, counter.folder)
    assert len(rows(programme, t.quarantine)) == 6
    assert len(rows(programme, t.exception_item)) == 6
    counter.open()
    counter.upload()  # the PC itself is believed
    assert len(rows(programme, t.entry)) == 6
    sound(programme)
    counter.close()


# ------------------------------------------------------------------------------ damage and forks


def _raw(counter: Counter) -> Any:
    return connect(counter.folder / WORK_NAME, counter.vault.secrets["work_key"])


def test_a_disk_set_back_behind_the_server_is_kept_apart(
    programme: Programme, counter: Counter, tmp_path: Path
) -> None:
    member_id = programme.member()
    counter.serve(member_id)
    counter.upload()
    counter.close()
    shutil.copytree(counter.folder, tmp_path / "older")
    counter.open()
    counter.serve(member_id, 1)
    counter.upload()
    counter.close()
    older = Counter.__new__(Counter)
    older.__dict__.update(counter.__dict__)
    older.folder = tmp_path / "older"
    older.shutter = FolderShutter(older.folder, older.vault)
    older.open()
    older.serve(member_id, 90)
    older.close()
    done = bring(programme, older.folder)
    assert (done.taken, done.apart) == (0, 11)
    assert len(rows(programme, t.quarantine)) == 5
    assert posted(programme, member_id) == 501
    bring(programme, older.folder)
    assert len(rows(programme, t.quarantine)) == 5
    sound(programme)


def test_what_stands_behind_a_broken_entry_is_kept_apart(
    programme: Programme, counter: Counter
) -> None:
    member_id = programme.member()
    counter.serve(member_id)
    counter.serve(member_id)
    raw = _raw(counter)
    raw.execute("UPDATE journal SET body = X'00' WHERE seq = 4")
    raw.close()
    counter.close()
    done = bring(programme, counter.folder)
    assert (done.taken, done.apart) == (3, 8)
    sound(programme)


def test_a_page_that_the_disk_lost_costs_its_entries_alone(
    programme: Programme, counter: Counter
) -> None:
    member_id = programme.member()
    for _ in range(60):
        counter.serve(member_id)
    raw = _raw(counter)
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    (last,) = raw.execute("SELECT max(seq) FROM journal").fetchone()
    raw.close()
    counter.close()
    path = counter.folder / WORK_NAME
    content = bytearray(path.read_bytes())
    assert len(content) // 4096 > 40
    place = 4096 * (len(content) // 4096 * 2 // 3) + 100
    content[place : place + 64] = bytes(64)
    path.write_bytes(bytes(content))
    done = bring(programme, counter.folder)
    assert done.taken + done.apart <= last
    assert done.taken + done.apart >= last * 3 // 4
    sound(programme)
