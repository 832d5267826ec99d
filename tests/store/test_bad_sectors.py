"""Pages that the disk answers with an error instead of bytes, as worn disks do."""

from __future__ import annotations

import io
import os
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.domain.errors import Unavailable
from app.domain.events import EncounterResumed
from app.domain.member import Member
from app.store.cipher import connect
from app.store.copying import copy_readable
from app.store.migrations import STEPS, backup_path
from app.store.seat import WORK_KEY, WORK_NAME, Seat
from app.store.tables import encounter
from sync.client import rescue as on_a_stick
from sync.protocol.rescue import SEALED_NAME
from tests.store import released
from tests.store.bad_sectors import bad_sectors
from tests.store.conftest import OpenSeat
from tests.store.damage import pages_for
from tests.store.seats import (
    MemoryVault,
    SteppedClock,
    add_encounter,
    build_members,
    open_at,
)
from tests.store.test_mending import ENTRIES, Pc, check, lost

_BODIES = "SELECT count(body) FROM journal"


@pytest.fixture
def pc(tmp_path: Path) -> Iterator[Pc]:
    made = Pc(tmp_path / "seat")
    yield made
    made.seat.close()


@pytest.mark.parametrize("seq", [1, 20, ENTRIES])
def test_entries_on_bad_sectors_leave_their_places_and_the_counter_goes_on(
    pc: Pc, seq: int
) -> None:
    pages = pc.row(seq)
    with bad_sectors(pc.path, pages) as asked:
        run = pc.run()
        assert set(asked) == pages
        assert seq in lost(run)
        assert len(run.bodies) == ENTRIES
        check(pc, run)
        pc.seat.work.run(lambda work: work.append(EncounterResumed(uuid4())))
        pc.reopen()
        assert lost(pc.run()) == lost(run)
        assert len(pc.run().bodies) == ENTRIES + 1


def test_the_program_starts_over_a_bad_sector_at_its_journals_end(pc: Pc) -> None:
    pages = pc.row(ENTRIES)
    pc.seat.close()
    with bad_sectors(pc.path, pages):
        pc.seat = open_at(pc.folder, pc.vault, pc.clock)
        assert ENTRIES in lost(pc.run())
        check(pc, pc.run())


def test_texts_and_indexes_on_bad_sectors_cost_no_entry(pc: Pc) -> None:
    texts = "SELECT content FROM blob WHERE rowid = "
    pages = pc.pages(f"{texts}1", f"{texts}{ENTRIES}") | {pc.root("journal_places")}
    with bad_sectors(pc.path, pages) as asked:
        run = pc.run()
        assert asked
        assert run.broken == ()
        assert run.bodies == tuple(pc.bodies.values())
        assert 0 < len(run.blobs) < ENTRIES


def test_a_log_that_cannot_be_read_goes_by_rescue_up_to_there(pc: Pc, tmp_path: Path) -> None:
    """After a power cut the log is all there is of the last commits."""
    for _ in range(20):
        pc.seat.work.run(lambda work: work.append(EncounterResumed(uuid4())))
    folder = tmp_path / "cut off"
    shutil.copytree(pc.folder, folder)
    log = folder / f"{WORK_NAME}-wal"
    half = log.stat().st_size // 4096 // 2
    before = log.read_bytes()
    with bad_sectors(log, [half]):
        with pytest.raises(Unavailable) as refused:
            open_at(folder, pc.vault, pc.clock)
        assert refused.value.code == "disk_error"
        said = on_a_stick.export(folder, tmp_path / "stick", vault=pc.vault)
    assert "but for 1 page " in said
    assert log.read_bytes() == before
    with zipfile.ZipFile(tmp_path / "stick") as archive:
        archive.extractall(tmp_path / "there")
    with closing(connect(tmp_path / "there" / WORK_NAME, pc.key)) as connection:
        (kept,) = connection.execute("SELECT count(*) FROM journal").fetchone()
    assert ENTRIES < kept < ENTRIES + 20


def test_bad_sectors_elsewhere_are_said_with_what_to_do(pc: Pc) -> None:
    with bad_sectors(pc.path, [pc.root("encounter")]):
        for _ in range(2):
            with pytest.raises(Unavailable) as refused:
                pc.seat.work.reads._fetch(select(encounter), {})
            assert refused.value.code == "database_damaged"
            assert "guichet rescue export" in refused.value.message
        assert len(pc.run().bodies) == ENTRIES, "the journal goes up all the same"


@pytest.mark.parametrize("version", [1, len(STEPS) - 1])
def test_they_keep_no_newer_program_from_the_data(tmp_path: Path, version: int) -> None:
    """The copy that is made before is as good as the disk."""
    folder, vault, key = tmp_path / "seat", MemoryVault(), bytes(range(32))
    folder.mkdir()
    path = folder / WORK_NAME
    vault.secrets.update({WORK_KEY: key, "members_key": key})
    released.restore(path, key, version)
    with closing(connect(path, key)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        entries = connection.execute("SELECT count(*) FROM journal").fetchone()
    pages = pages_for(path, key, "SELECT body FROM journal WHERE seq = 1", "SELECT * FROM chain")
    with bad_sectors(path, pages):
        open_at(folder, vault, SteppedClock()).close()
    with closing(connect(path, key)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(STEPS),)
        assert connection.execute("SELECT count(*) FROM journal").fetchone() == entries
    before, copy = path.stat().st_size, backup_path(path, version).read_bytes()
    assert all(copy[page * 4096 : (page + 1) * 4096] == bytes(4096) for page in pages)
    assert 0 < len(copy) <= before


@pytest.mark.parametrize("page", [0, 1])
def test_members_on_bad_sectors_are_fetched_anew(
    seat: Seat, reopen: OpenSeat, page: int, caplog: pytest.LogCaptureFixture
) -> None:
    """The first page is missed at the start, any other when it is asked for."""
    path = build_members(seat, [Member(member_id=uuid4(), rank=1, card_no="CA1", name="王芳")])
    seat.work.run(add_encounter)
    seat.close()
    with bad_sectors(path, [page]):
        seat = reopen()
        if page == 0:
            assert seat.sync.members_file() is None
            assert "made anew" in caplog.text
        else:
            with pytest.raises(Unavailable) as refused:
                seat.members.search("王", 20)
            assert refused.value.code == "members_damaged"
        build_members(seat, [Member(member_id=uuid4(), rank=1, card_no="CA1", name="王芳")])
        assert len(seat.members.search("王", 20)) == 1
        assert seat.work.reads.open_encounter() is not None


def test_a_pc_without_its_keys_gives_away_what_can_be_read(pc: Pc, tmp_path: Path) -> None:
    pages = pc.row(20)
    pc.seat.close()
    pc.vault.secrets.clear()
    content = pc.path.read_bytes()
    with bad_sectors(pc.path, pages):
        said = on_a_stick.export(pc.folder, tmp_path / "stick", vault=pc.vault)
    assert "but for 1 page " in said
    with zipfile.ZipFile(tmp_path / "stick") as archive:
        assert SEALED_NAME not in archive.namelist()
        copy = archive.read(WORK_NAME)
    assert len(copy) == len(content)
    differing = {n // 4096 for n in range(len(copy)) if copy[n] != content[n]}
    assert differing == pages


@pytest.mark.parametrize("bad", [[], [0], [1, 2, 700], [1_000], range(1_001)])
def test_a_copy_lacks_the_pages_that_cannot_be_read(tmp_path: Path, bad: Sequence[int]) -> None:
    source, target = tmp_path / "source", io.BytesIO()
    content = b"".join(bytes([n % 251 + 1]) * 4096 for n in range(1_000)) + b"end"
    source.write_bytes(content)
    with bad_sectors(source, bad):
        assert copy_readable(source, target) == len(bad)
    expected = bytearray(content)
    for page in bad:
        part = slice(page * 4096, min((page + 1) * 4096, len(content)))
        expected[part] = bytes(part.stop - part.start)
    assert target.getvalue() == bytes(expected)


def test_a_file_that_becomes_shorter_meanwhile_ends_in_missing_pages(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x" * (1024 * 1024 + 3 * 4096))

    class Shortening(io.BytesIO):
        def write(self, part: Any) -> int:
            os.truncate(source, 1024 * 1024)
            return super().write(part)

    target = Shortening()
    assert copy_readable(source, target) == 3
    assert target.getvalue() == b"x" * (1024 * 1024) + bytes(3 * 4096)
