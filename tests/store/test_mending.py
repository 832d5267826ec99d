"""Pages of work.db that can't be read any more: real ones, of a real encrypted file."""

from __future__ import annotations

import json
from concurrent.futures import Future
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import select

from app.domain.entry import genesis, next_link
from app.domain.errors import Unavailable
from app.domain.events import EncounterResumed, RatingRecorded
from app.ports.sync_store import Decided, Heads, UnsentRun
from app.ports.work import Work
from app.store import database, mending
from app.store.cipher import connect
from app.store.mending import mend
from app.store.seat import WORK_KEY, WORK_NAME, Seat, open_seat
from app.store.tables import encounter
from tests.store.damage import damage, pages_for, settle
from tests.store.seats import (
    MemoryVault,
    SteppedClock,
    add_encounter,
    earn,
    enrol,
    open_at,
    raw_work,
)

ENTRIES = 40


class Pc:
    """A seat with forty entries and their texts, all of it in work.db itself."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / WORK_NAME
        self.vault, self.clock = MemoryVault(), SteppedClock()
        self.seat = open_at(folder, self.vault, self.clock)
        self.device_id = UUID(str(enrol(self.seat)["device_id"]))
        self.key = self.vault.secrets[WORK_KEY]
        for number in range(ENTRIES):
            self.seat.work.run(partial(self._record, number=number))
        self.bodies = dict(enumerate(self.run().bodies, start=1))
        self.reopen()

    def _record(self, work: Work, number: int) -> None:
        encounter_id = add_encounter(work)
        text = work.make_blob(f"number {number} {'x' * 200}".encode())
        work.append(EncounterResumed(encounter_id), blobs=[text])

    def reopen(self) -> Seat:
        """Nothing is in the log afterwards, nor in anybody's memory."""
        self.seat.close()
        self.seat = open_at(self.folder, self.vault, self.clock)
        settle(self.path, self.key)
        return self.seat

    def run(self, **options: Any) -> UnsentRun:
        found = self.seat.sync.unsent(**{"max_entries": 2_000, "max_bytes": 10**9, **options})
        assert found is not None
        return found

    def pages(self, statement: str, without: str = "") -> set[int]:
        return pages_for(self.path, self.key, statement, without)

    def row(self, seq: int) -> set[int]:
        """The page that holds an entry and few others."""
        far = ENTRIES if seq < ENTRIES // 2 else 1
        body = "SELECT body FROM journal WHERE rowid = "
        return self.pages(f"{body}{seq}", f"{body}{far}")

    def hashes(self) -> set[int]:
        """The pages of the chain's hashes."""
        statement = "SELECT seq FROM journal INDEXED BY journal_places WHERE incarnation > 0"
        return self.pages(statement, "SELECT * FROM seat")

    def root(self, name: str) -> int:
        """The first page of a table or an index."""
        with closing(connect(self.path, self.key, read_only=True)) as connection:
            statement = "SELECT rootpage FROM sqlite_schema WHERE name = ?"
            return int(connection.execute(statement, (name,)).fetchone()[0]) - 1


@pytest.fixture
def pc(tmp_path: Path) -> Any:
    made = Pc(tmp_path / "seat")
    yield made
    made.seat.close()


def lost(run: UnsentRun) -> set[int]:
    return {place.seq for place in run.broken}


def check(pc: Pc, run: UnsentRun) -> None:
    """What the server would: the chain joins where bodies are, and ends as it is signed."""
    link, told = genesis(pc.device_id, 1), {place.seq: place for place in run.broken}
    for seq, body in enumerate(run.bodies, start=run.first_seq):
        place = told.get(seq)
        if place is None:
            link = next_link(link, body)
        else:
            if link and pc.bodies.get(seq) and place.link:
                assert next_link(link, pc.bodies[seq]) == place.link
            link = place.link
        assert body in (b"", pc.bodies.get(seq, body))
    assert link == run.head_link != b""


def count_looks(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """How often the file is looked through."""
    looks: list[Path] = []

    def look(path: Path, key: bytes, tell: mending.Tell) -> mending.Mended:
        looks.append(path)
        return mend(path, key, tell)

    monkeypatch.setattr(database, "mend", look)
    return looks


@pytest.mark.parametrize("seqs", [[1], [20], [ENTRIES], [1, 2, 20, ENTRIES], [8, 9, 10, 11, 12]])
def test_what_stands_on_damaged_pages_leaves_its_place_and_the_rest_goes_on(
    pc: Pc, seqs: list[int]
) -> None:
    pages = set().union(*(pc.row(seq) for seq in seqs))
    damage(pc.path, pages)
    run = pc.run()
    assert set(seqs) <= lost(run)
    assert len(lost(run)) < ENTRIES
    assert len(run.bodies) == ENTRIES
    assert {s for s, body in enumerate(run.bodies, start=1) if not body} == lost(run)
    assert {place.type for place in run.broken} == {"EncounterResumed"}
    check(pc, run)
    for place in run.broken:
        assert str(place.event_id) == json.loads(pc.bodies[place.seq])["event_id"]
        assert place.wall_ms == json.loads(pc.bodies[place.seq])["wall_ms"]
    # and so does the counter
    pc.seat.work.run(lambda work: earn(work, add_encounter(work), uuid4(), 5))
    assert [entry.seq for entry in pc.seat.work.reads.waiting(100)] == [ENTRIES + 1]
    assert pc.seat.work.reads.unsent_summary()[0] == ENTRIES + 1
    pc.seat.sync.confirm(ENTRIES, [Decided(seqs[0], "exception", "unreadable", "")], mark=1)
    assert pc.run().first_seq == ENTRIES + 1
    with closing(raw_work(pc.folder, pc.vault)) as raw:
        assert raw.execute("PRAGMA quick_check(journal)").fetchall() == [("ok",)]
        assert raw.execute("PRAGMA foreign_key_check").fetchall() == []


def test_the_program_starts_over_the_damaged_end_of_its_journal(pc: Pc) -> None:
    page = pc.row(ENTRIES)
    pc.seat.close()
    damage(pc.path, page)
    pc.seat = open_at(pc.folder, pc.vault, pc.clock)
    assert ENTRIES in lost(pc.run())
    check(pc, pc.run())
    pc.reopen()
    assert ENTRIES in lost(pc.run())


@pytest.mark.parametrize(
    "index", ["journal_places", "sqlite_autoindex_journal_1", "sqlite_autoindex_journal_2"]
)
def test_an_index_is_made_anew_and_nothing_is_lost(pc: Pc, index: str) -> None:
    damage(pc.path, [pc.root(index)])
    run = pc.run()
    pc.seat.work.run(lambda work: work.append(EncounterResumed(uuid4())))
    assert run.broken == pc.run().broken == ()
    assert run.bodies == tuple(pc.bodies.values())
    assert mend(pc.path, pc.key) == mending.Mended(is_damaged=False)


def test_hashes_that_are_lost_with_their_entries_are_told_from_where_they_are_known(
    pc: Pc,
) -> None:
    damage(pc.path, pc.row(4) | pc.row(20) | pc.row(ENTRIES) | pc.hashes())
    run = pc.run()
    unread = {seq for seq, body in enumerate(run.bodies, start=1) if not body}
    behind = {seq + 1 for seq in unread if seq < ENTRIES} - unread
    assert lost(run) == unread | behind
    assert {p.seq for p in run.broken if not p.link} == unread - {ENTRIES}
    check(pc, run)
    first = min(unread)
    part = pc.run(max_entries=first)
    assert min(behind) <= part.last_seq < ENTRIES, "no upload ends at a lost hash"
    check(pc, part)
    tight = pc.run(max_bytes=1, behind=first - 1)
    assert tight.first_seq == first
    assert tight.head_link


def test_only_hashes_are_left(pc: Pc) -> None:
    """A damaged inner page takes all entries below it."""
    damage(pc.path, [pc.root("journal")])
    run = pc.run()
    assert lost(run) == set(range(1, ENTRIES + 1))
    check(pc, run)


def test_what_the_server_has_is_not_told_again(pc: Pc) -> None:
    page = pc.row(3)
    pc.seat.sync.confirm(ENTRIES, [], mark=1)
    settle(pc.path, pc.key)
    pc.seat.work.run(lambda work: work.append(EncounterResumed(uuid4())))
    pc.reopen()
    damage(pc.path, page)
    [whole] = pc.seat.whole_journal(max_entries=100, max_bytes=10**9)
    assert 3 in lost(whole)
    assert pc.run().broken == ()
    pc.seat.sync.offer_again(Heads({1: (0, b"")}))
    assert pc.run().broken == whole.broken


def test_texts_that_are_lost_are_missed_and_no_readable_one_is_left_behind(pc: Pc) -> None:
    texts = "SELECT content FROM blob WHERE rowid = "
    damage(pc.path, pc.pages(f"{texts}1", f"{texts}{ENTRIES}"))
    run = pc.run()
    assert run.broken == ()
    assert len(run.bodies) == ENTRIES
    assert 0 < len(run.blobs) < ENTRIES
    assert all(item.content.startswith(b"number ") for item in run.blobs)
    with closing(raw_work(pc.folder, pc.vault)) as raw:
        old = raw.execute(
            "SELECT content FROM blob_damaged_1 WHERE rowid > ?", (ENTRIES - len(run.blobs),)
        ).fetchall()
        assert {content.strip(b"\0") for (content,) in old} == {b""}
    damage(pc.path, pc.pages(f"{texts}{ENTRIES}", "SELECT * FROM seat"))
    pc.reopen()
    assert len(pc.run().blobs) < len(run.blobs)


def test_damage_upon_damage(pc: Pc) -> None:
    damage(pc.path, pc.row(5))
    first = lost(pc.run())
    pc.reopen()
    damage(pc.path, pc.row(30))
    both = lost(pc.run())
    assert first < both
    check(pc, pc.run())
    with closing(raw_work(pc.folder, pc.vault)) as raw:
        names = {row[0] for row in raw.execute("SELECT name FROM sqlite_schema").fetchall()}
    assert {"journal_damaged_1", "journal_damaged_2", "journal_places3"} <= names


def test_mended_again_nothing_goes_that_can_be_read(
    pc: Pc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mending, "_READ_AT_ONCE", 4)
    damage(pc.path, pc.row(5) | pc.row(20) | pc.hashes())
    first = {seq for seq, body in enumerate(pc.run().bodies, start=1) if not body}
    assert len(first) >= 8
    for number in range(ENTRIES):
        pc.seat.work.run(partial(pc._record, number=number))
    pc.reopen()
    damage(pc.path, pc.row(30))
    both = {seq for seq, body in enumerate(pc.run().bodies, start=1) if not body}
    assert first < both
    assert max(both) <= ENTRIES, "what was recorded since stood on other pages"
    check(pc, pc.run())


def lose_all(pc: Pc) -> UnsentRun:
    """Neither entries nor hashes are left but at the chain's end."""
    damage(pc.path, [pc.root("journal"), pc.root("journal_places")])
    run = pc.run()
    assert not any(run.bodies)
    return run


def test_uploads_of_lost_hashes_are_no_longer_than_the_server_takes(
    pc: Pc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mending, "_KNOWN_EVERY", 7)
    lose_all(pc)
    behind, ends = 0, []
    while behind < ENTRIES:
        run = pc.run(max_entries=14, behind=behind)
        assert run.first_seq == behind + 1
        assert {place.seq for place in run.broken} == set(range(behind + 1, run.last_seq + 1))
        assert run.broken[-1].link == run.head_link != b""
        ends.append(run.last_seq)
        behind = run.last_seq
    assert ends == [14, 28, ENTRIES]


def test_two_pcs_name_what_they_have_lost_apart(pc: Pc, tmp_path: Path) -> None:
    other = Pc(tmp_path / "another seat")
    try:
        ids = [{place.event_id for place in lose_all(each).broken} for each in (pc, other)]
    finally:
        other.seat.close()
    assert len(ids[0] | ids[1]) == 2 * ENTRIES


def test_the_hash_of_what_moved_on_is_not_that_of_what_stayed(pc: Pc) -> None:
    pc.seat.sync.confirm(10, [], mark=1)
    pc.seat.sync.new_incarnation(2)
    pc.reopen()
    lose_all(pc)
    with closing(raw_work(pc.folder, pc.vault)) as raw:
        links = raw.execute("SELECT incarnation, link FROM journal WHERE seq = 10").fetchall()
        (end,) = raw.execute("SELECT last_link FROM chain WHERE incarnation = 1").fetchone()
    assert dict(links)[1] == b"" != end


def test_urgent_copies_are_of_what_can_be_read(pc: Pc) -> None:
    encounter_id = pc.seat.work.run(add_encounter)
    low = RatingRecorded(uuid4(), encounter_id, 1, 1)
    pc.seat.work.run(lambda work: work.append(low, urgent=True))
    pc.reopen()
    assert len(pc.seat.sync.urgent_unsent(limit=9)) == 1
    pc.reopen()
    damage(pc.path, pc.row(ENTRIES + 1))
    assert pc.seat.sync.urgent_unsent(limit=9) == []


def test_a_new_incarnation_keeps_the_places_of_what_is_lost(pc: Pc) -> None:
    damage(pc.path, pc.row(20))
    before = {place.event_id for place in pc.run().broken}
    pc.seat.sync.confirm(10, [], mark=1)
    pc.seat.sync.new_incarnation(2)
    run = pc.run()
    assert len(run.bodies) == ENTRIES - 10
    assert {place.event_id for place in run.broken} <= before
    assert all(place.link for place in run.broken)
    link = genesis(pc.device_id, 2)
    for body in run.bodies:
        link = next_link(link, body)
    assert link == run.head_link
    # the older chain keeps its places, too
    pc.reopen()
    damage(pc.path, pc.row(2))
    assert pc.run().bodies[-1] == run.bodies[-1]
    with closing(raw_work(pc.folder, pc.vault)) as raw:
        seqs = raw.execute("SELECT seq FROM journal WHERE incarnation = 1 ORDER BY seq").fetchall()
    assert seqs == [(seq,) for seq in range(1, 11)]


# ------------------------------------------------------------------------ what can't be mended


def test_damage_elsewhere_is_said_and_looked_at_once(
    pc: Pc, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = count_looks(monkeypatch)
    damage(pc.path, [pc.root("encounter")])
    for _ in range(3):
        with pytest.raises(Unavailable) as refused:
            pc.seat.work.reads._fetch(select(encounter), {})
        assert refused.value.code == "database_damaged"
        assert "guichet rescue export" in refused.value.message
    assert len(looks) == 1
    assert len(pc.run().bodies) == ENTRIES, "the journal goes up all the same"
    pc.seat.work.run(lambda work: work.append(EncounterResumed(uuid4())))
    assert len(looks) == 1


@pytest.mark.parametrize("meets_it", ["the reader alone", "the look as well"])
def test_a_disk_that_failed_for_a_moment_does_not_keep_later_damage_from_being_mended(
    pc: Pc, monkeypatch: pytest.MonkeyPatch, meets_it: str
) -> None:
    page = pc.row(20)
    failed = sqlcipher.OperationalError("disk I/O error")
    failed.sqlite_errorcode = 10 | 1 << 8  # SQLITE_IOERR_READ
    asked: list[int] = []

    def failing_once(connection: object) -> int:
        asked.append(1)
        if len(asked) == 1:
            raise failed
        return len(asked)

    def failing_look(path: Path, key: bytes, tell: mending.Tell) -> mending.Mended:
        raise failed

    with monkeypatch.context() as patched:
        if meets_it == "the look as well":
            patched.setattr(database, "mend", failing_look)
        assert pc.seat._database.read(failing_once) == 2
    damage(pc.path, page)
    assert 20 in lost(pc.run())


def test_damage_that_takes_the_chains_end_goes_by_rescue(pc: Pc) -> None:
    pc.seat.close()
    damage(pc.path, pc.pages("SELECT * FROM chain", "SELECT * FROM pool"))
    before = pc.path.read_bytes()
    with pytest.raises(Unavailable) as refused:
        open_at(pc.folder, pc.vault, pc.clock)
    assert refused.value.code == "database_damaged"
    assert pc.path.read_bytes() == before


def test_mending_that_breaks_off_changes_nothing(pc: Pc, monkeypatch: pytest.MonkeyPatch) -> None:
    damage(pc.path, pc.row(20))

    def broken_off(*_: object) -> None:
        raise sqlcipher.OperationalError("disk I/O error")

    with monkeypatch.context() as patched:
        patched.setattr(mending._Mending, "_fill_gaps", broken_off)
        with pytest.raises(sqlcipher.OperationalError):
            mend(pc.path, pc.key)
    with closing(connect(pc.path, pc.key)) as raw:
        names = {row[0] for row in raw.execute("SELECT name FROM sqlite_schema").fetchall()}
    assert "journal_damaged_1" not in names
    assert 20 in lost(pc.run())


def test_readers_that_met_the_same_damage_mend_it_once(
    pc: Pc, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = count_looks(monkeypatch)
    damage(pc.path, pc.row(20))
    met = pc.seat._database
    assert met.writer.run_sync(lambda: met._mend(0))
    assert met.writer.run_sync(lambda: met._mend(0))
    assert len(looks) == 1


class Waiting:
    """Somebody who waits, and remembers what was told."""

    def __init__(self) -> None:
        self.shares: list[float] = []
        self.jobs: list[Future[Any]] = []

    def tell(self, share: float) -> None:
        self.shares.append(share)

    def wait(self, job: Future[Any]) -> None:
        self.jobs.append(job)


def test_how_far_it_is_is_told_to_whoever_waits(pc: Pc) -> None:
    pc.seat.close()
    waiting = Waiting()
    pc.seat = open_seat(
        pc.folder, pc.vault, pc.clock, uuid4, sign=lambda said: said, patience=waiting
    )
    assert waiting.shares == []
    damage(pc.path, pc.row(20))
    assert 20 in lost(pc.run())
    assert waiting.shares[0] == 0
    assert waiting.shares[-1] == 1
    assert waiting.shares == sorted(waiting.shares)
    assert len(waiting.shares) > 3, "before and after alone nobody sees that it goes on"
    assert waiting.jobs


def test_damage_that_is_met_while_opening_is_waited_for_too(pc: Pc) -> None:
    pc.seat.close()
    damage(pc.path, pc.row(ENTRIES))
    waiting = Waiting()
    pc.seat = open_seat(
        pc.folder, pc.vault, pc.clock, uuid4, sign=lambda said: said, patience=waiting
    )
    assert len(waiting.jobs) >= 1
    assert waiting.jobs[0].done()
    assert waiting.shares[-1] == 1


def test_who_waits_hears_that_it_broke_off(pc: Pc, monkeypatch: pytest.MonkeyPatch) -> None:
    damage(pc.path, pc.row(20))

    def broken_off(*_: object) -> None:
        raise sqlcipher.OperationalError("disk I/O error")

    monkeypatch.setattr(mending._Mending, "_fill_gaps", broken_off)
    waiting = Waiting()
    with pytest.raises(sqlcipher.OperationalError):
        mend(pc.path, pc.key, waiting.tell)
    assert waiting.shares[-1] == 1
