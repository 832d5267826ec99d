"""Members whom the server found: shown like others, kept for a while, never counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import Connection

from app.domain.errors import Rejected
from app.domain.events import EncounterOutcome, Proof
from app.domain.member import Member
from app.domain.records import Forgotten
from app.domain.search_terms import MatchKind
from app.ports.online import LookUpVerdict
from app.ports.sync_store import GrantedLease
from app.services.commands import IdentifyMember, LookUpMember, SignIn
from app.store import leaving, looked_up
from app.store.seat import Seat
from sync.protocol.replica.encoding import Record
from sync.protocol.replica.rows import delete_members, stored_sum
from tests.fakes.counter import Counter
from tests.store.conftest import OpenSeat
from tests.store.seats import (
    MemoryVault,
    SteppedClock,
    add_encounter,
    build_members,
    earn,
    enrol,
    raw_work,
)
from tests.store.test_member_search import make


def guest(number: int, **changes: str) -> Member:
    return make(number, phone=f"1390000{number:04d}", card_no=f"MU{number:06d}", **changes)


@pytest.fixture
def seat(reopen: OpenSeat) -> Seat:
    """Holds members 1 and 2."""
    seat = reopen()
    enrol(seat)
    build_members(seat, [make(1, name="张伟"), make(2, name="李娜")])
    return seat


def found(seat: Seat, text: str) -> list[tuple[int, bool]]:
    return [(hit.member.member_id.int, hit.from_server) for hit in seat.members.search(text, 20)]


def kept(seat: Seat) -> set[int]:
    return {i for i in range(1, 400) if found(seat, f"MU{i:06d}")}


def _forgotten(number: int) -> Record:
    gone = Forgotten(UUID(int=number), ())
    return Record(Forgotten.KIND, str(gone.member_id), msgspec.json.encode(gone))


def pull(seat: Seat, *leases: GrantedLease) -> None:
    seat.sync.acknowledge_pull(leases=leases, pool=None, horizon=5, now_ms=5)


def test_whom_the_server_found_comes_up_like_others(seat: Seat) -> None:
    seat.members.keep_looked_up([guest(7, name="张伟")])
    assert found(seat, "张伟") == [(1, False), (7, True)]
    assert found(seat, "0007") == [(7, True)]
    (hit,) = seat.members.search("mu 000007", 20)
    assert (hit.matched, hit.from_server) == (MatchKind.CARD, True)
    assert seat.members.by_id(UUID(int=7)) == guest(7, name="张伟")
    by_card = seat.members.by_card("MU-000007")
    assert by_card is not None
    assert by_card.member_id == UUID(int=7)
    assert [number for number, _ in found(seat, "张伟")][:1] == [1]
    assert len(seat.members.search("张", 1)) == 1


def test_a_whole_number_comes_before_what_it_begins(seat: Seat) -> None:
    build_members(seat, [make(n, card_no=f"123456{n:02d}") for n in range(10, 40)])
    seat.members.keep_looked_up([replace(guest(7), card_no="123456")])
    assert found(seat, "123456")[0] == (7, True)
    assert len(found(seat, "123456")) == 20


def test_the_members_file_and_its_sum_know_nothing_of_it(seat: Seat) -> None:
    path = seat.sync.members_file()
    assert path is not None
    file = seat.sync.connect_members(path)
    before = stored_sum(file)
    seat.members.keep_looked_up([guest(7), guest(1)])
    assert stored_sum(file) == before
    file.close()
    one = seat.members.by_id(UUID(int=1))
    assert one is not None
    assert one.name == "张伟", "the file's row counts"
    assert found(seat, "MU000001") == [(1, True)], "but for a card that is news to it"
    assert (1, True) not in found(seat, "张伟")


def test_it_goes_when_the_file_holds_them(seat: Seat) -> None:
    seat.members.keep_looked_up([guest(7), guest(8)])
    seat.work.run(lambda work: add_encounter(work, UUID(int=7)))
    build_members(seat, [replace(guest(7), name="王芳", posted_points=70)])
    pull(seat)
    assert found(seat, "MU000007") == [(7, False)]
    assert kept(seat) == {7, 8}
    assert seat._looked_up._all().keys() == {UUID(int=8)}, "it isn't kept beside the file"


def test_it_survives_a_restart_and_a_file_made_anew(reopen: OpenSeat, seat: Seat) -> None:
    seat.members.keep_looked_up([guest(7)])
    seat = reopen()
    assert found(seat, "13900000007") == [(7, True)]
    build_members(seat, [make(3)])
    assert found(seat, "13900000007") == [(7, True)]


def test_before_the_first_file_the_server_finds_them(reopen: OpenSeat) -> None:
    seat = reopen()
    enrol(seat)
    assert found(seat, "13900000007") == []
    seat.members.keep_looked_up([guest(7)])
    assert found(seat, "13900000007") == [(7, True)]


def test_after_a_while_they_are_gone(seat: Seat, clock: SteppedClock) -> None:
    seat.members.keep_looked_up([guest(7), guest(8), guest(9), guest(10), guest(11)])
    standing = seat.work.run(lambda work: add_encounter(work, UUID(int=8)))
    seat.work.run(lambda work: earn(work, standing, UUID(int=9), 10))
    clock.wall_ms += looked_up.KEPT_MS
    pull(seat, GrantedLease(UUID(int=90), UUID(int=10), 5, 0, 2**45, "open", b"s"))
    assert kept(seat) == set(), "nobody is searched among the old"
    in_use = [seat.members.by_id(UUID(int=i)) is not None for i in range(7, 12)]
    assert in_use == [False, True, True, True, False]
    row = seat.work.reads.encounter(standing)
    assert row is not None
    done = replace(row, outcome=EncounterOutcome.FINISHED)
    seat.work.run(lambda work: work.save_encounter(done))
    pull(seat)
    assert seat.members.by_id(UUID(int=8)) is None
    assert seat.members.by_id(UUID(int=10)) is None, "its lease was closed"


def test_no_more_are_kept_than_the_bound(seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looked_up, "KEPT_MEMBERS", 3)
    seat.members.keep_looked_up([guest(7)])
    seat.work.run(lambda work: add_encounter(work, UUID(int=7)))
    for number in range(8, 13):
        seat.members.keep_looked_up([guest(number)])
    assert kept(seat) == {7, 10, 11, 12}
    seat.members.keep_looked_up([guest(10), guest(13)])
    assert kept(seat) == {7, 10, 12, 13}, "asked for again is asked for just now"


def test_who_was_forgotten_goes(seat: Seat) -> None:
    seat.members.keep_looked_up([guest(7), guest(8)])
    build_members(seat, [make(1)], [_forgotten(7)])
    pull(seat)
    assert kept(seat) == {8}
    seat.members.keep_looked_up([guest(7)])  # an answer that was under way
    pull(seat)
    assert kept(seat) == {8}


# --- the use case ------------------------------------------------------------------------------


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path / "seat")
    yield made
    made.core.close()


def test_the_server_is_asked_by_whoever_is_signed_in(counter: Counter) -> None:
    look_up = LookUpMember("13900000007")
    with pytest.raises(Rejected) as refused:
        counter.core.execute(look_up)
    assert refused.value.code == "not_signed_in"
    session = counter.core.execute(SignIn("1001", "1234"))
    counter.online.whom = LookUpVerdict("found", (guest(7, name="王芳"),))
    assert counter.core.execute(look_up) == "found"
    assert counter.online.looked_up == [("13900000007", session.staff_id, session.session_id)]
    shown = counter.core.execute(IdentifyMember(UUID(int=7), Proof.PHONE))
    assert shown.member.member_id == UUID(int=7)


@pytest.mark.parametrize("outcome", ["none", "too_many", "refused", "unreachable"])
def test_nobody_is_kept_who_was_not_found(counter: Counter, outcome: Any) -> None:
    counter.core.execute(SignIn("1001", "1234"))
    counter.online.whom = LookUpVerdict(outcome)
    before = list(counter.members.people)
    assert counter.core.execute(LookUpMember("13900000007")) == outcome
    assert counter.members.people == before


@pytest.mark.parametrize("text", ["", "0007", "王", "王芳", "王 0007", "x" * 40])
def test_parts_are_not_asked_for(counter: Counter, text: str) -> None:
    counter.core.execute(SignIn("1001", "1234"))
    with pytest.raises(Rejected) as refused:
        counter.core.execute(LookUpMember(text))
    assert refused.value.code == "not_a_whole_key"
    assert counter.online.looked_up == []


# --- whom the file has lost ---------------------------------------------------------------------


def leave(seat: Seat, *numbers: int) -> None:
    """As a pull does that takes members out of the file."""
    ids = [UUID(int=number) for number in numbers]
    seat.sync.keep_leaving(ids)
    path = seat.sync.members_file()
    assert path is not None
    file = seat.sync.connect_members(path)
    delete_members(file, ids)
    file.close()


def test_whoever_is_served_outlives_the_file_until_they_have_gone(seat: Seat) -> None:
    standing = seat.work.run(lambda work: add_encounter(work, UUID(int=1)))
    leave(seat, 1, 2)
    pull(seat)
    one = seat.members.by_id(UUID(int=1))
    assert one is not None
    assert one.name == "张伟"
    assert seat.members.by_id(UUID(int=2)) is None
    assert found(seat, "张伟") == [(1, True)]
    row = seat.work.reads.encounter(standing)
    assert row is not None
    done = replace(row, outcome=EncounterOutcome.FINISHED)
    seat.work.run(lambda work: work.save_encounter(done))
    pull(seat)
    assert seat.members.by_id(UUID(int=1)) is None
    assert found(seat, "张伟") == []


def test_whoever_has_points_promised_here_is_found_until_the_lease_is_closed(
    seat: Seat, clock: SteppedClock
) -> None:
    lease = GrantedLease(UUID(int=9), UUID(int=2), 500, 0, 2**45, "open", b"s")
    pull(seat, lease)
    leave(seat, 2)
    for _ in range(3):
        clock.wall_ms += looked_up.KEPT_MS
        pull(seat, lease)
        assert found(seat, "李娜") == [(2, True)]
    pull(seat)
    assert found(seat, "李娜") == []


def test_whoever_comes_back_counts_as_the_file_says(seat: Seat) -> None:
    seat.work.run(lambda work: add_encounter(work, UUID(int=1)))
    leave(seat, 1)
    build_members(seat, [make(1, name="张伟", posted_points=70)])
    pull(seat)
    assert found(seat, "张伟") == [(1, False)]
    build_members(seat, [make(2)])
    one = seat.members.by_id(UUID(int=1))
    assert one is not None, "who is served outlives a file made anew"
    assert one.posted_points == 70


def test_the_forgotten_are_not_kept_whatever_they_have_here(seat: Seat) -> None:
    seat.work.run(lambda work: add_encounter(work, UUID(int=1)))
    build_members(seat, [make(1)], [_forgotten(1)])
    pull(seat)
    leave(seat, 1)
    assert seat.members.by_id(UUID(int=1)) is None
    seat.work.run(lambda work: add_encounter(work, UUID(int=2)))
    build_members(seat, [make(1), make(2)])
    build_members(seat, [], [_forgotten(2)])
    pull(seat)
    assert seat.members.by_id(UUID(int=2)) is None


def kept_beside(seat: Seat) -> set[int]:
    return {member_id.int for member_id in seat._looked_up._all()}


def test_only_whom_the_seat_needs_is_kept_beside(
    seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [make(number) for number in range(1, 13)]
    build_members(seat, people)
    for number in (3, 5, 7):
        seat.work.run(partial(add_encounter, member_id=UUID(int=number)))
    tasks: list[int] = []
    keep = looked_up.keep_while_in_use

    def noting(connection: Connection, members: Sequence[Member]) -> None:
        tasks.append(len(members))
        keep(connection, members)

    monkeypatch.setattr(leaving, "keep_while_in_use", noting)
    monkeypatch.setattr(leaving, "_ROWS_A_TASK", 2)
    leave(seat, *range(1, 13))
    assert kept_beside(seat) == {3, 5, 7}
    assert tasks == [2, 1]
    pull(seat)
    assert kept_beside(seat) == {3, 5, 7}
    assert tasks == [2, 1], "whoever is kept isn't again"


def test_whoever_comes_to_the_counter_while_the_file_loses_them_is_kept(seat: Seat) -> None:
    leave(seat, 1, 2)
    seat.work.run(lambda work: add_encounter(work, UUID(int=1)))
    pull(seat)
    one = seat.members.by_id(UUID(int=1))
    assert one is not None
    assert one.name == "张伟"
    assert seat.members.by_id(UUID(int=2)) is None


def test_who_is_in_use_is_asked_of_indexes_and_nobody_waits_while_nothing_changes(
    seat: Seat, folder: Path, vault: MemoryVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    statement = str(looked_up._IN_USE.compile(compile_kwargs={"literal_binds": True}))
    with closing(raw_work(folder, vault)) as raw:
        plan = [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()]
    used = [step for step in plan if "encounter" in step or "effect" in step]
    assert len(used) == 2
    assert all("INDEX encounter_open" in step or "INDEX effect_pending" in step for step in used)
    seat.work.run(lambda work: add_encounter(work, UUID(int=1)))
    leave(seat, 1)
    pull(seat)
    written: list[object] = []
    monkeypatch.setattr(looked_up, "_let_go", lambda *args, **_: written.append(args))
    seat.members.tidy()
    assert written == []
