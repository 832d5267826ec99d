from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from app.domain.events import EncounterOutcome
from app.ports.sync_store import GrantedLease
from app.store import guests
from app.store.seat import Seat
from tests.store.conftest import OpenSeat
from tests.store.seats import SteppedClock, add_encounter, build_members, enrol
from tests.store.test_member_search import make

_DAY_MS = 86_400_000


@pytest.fixture
def seat(reopen: OpenSeat) -> Seat:
    """Four members share a phone's ending."""
    seat = reopen()
    enrol(seat)
    build_members(seat, [make(n, phone=f"1200{n:03d}5678") for n in range(1, 5)])
    return seat


def order(seat: Seat) -> list[int]:
    return [hit.member.member_id.int for hit in seat.members.search("5678", 20)]


def serve(seat: Seat, member: int | None) -> UUID:
    member_id = None if member is None else UUID(int=member)
    return seat.work.run(lambda work: add_encounter(work, member_id))


def finish(seat: Seat, encounter_id: UUID, member: int | None = None) -> None:
    row = seat.work.reads.encounter(encounter_id)
    assert row is not None
    member_id = row.member_id if member is None else UUID(int=member)
    done = replace(row, outcome=EncounterOutcome.FINISHED, member_id=member_id)
    seat.work.run(lambda work: work.save_encounter(done))


def test_whom_the_counter_served_a_moment_ago_comes_first(seat: Seat) -> None:
    assert order(seat) == [1, 2, 3, 4]
    encounter_id = serve(seat, 4)
    assert order(seat) == [1, 2, 3, 4]  # who stands here already isn't searched for
    finish(seat, encounter_id)
    assert order(seat)[0] == 4
    finish(seat, serve(seat, None), 3)  # a walk-in who turned out to be a member
    assert set(order(seat)[:2]) == {3, 4}
    finish(seat, serve(seat, None))
    assert set(order(seat)[:2]) == {3, 4}


def test_a_visit_counts_once_however_often_is_searched(seat: Seat) -> None:
    finish(seat, serve(seat, 4))
    finish(seat, serve(seat, 3))
    finish(seat, serve(seat, 3))
    for _ in range(5):
        assert order(seat)[:2] == [3, 4]


def test_visits_are_remembered_over_a_restart_and_forgotten_with_time(
    seat: Seat, reopen: OpenSeat, clock: SteppedClock
) -> None:
    finish(seat, serve(seat, 4))
    opened = reopen()
    assert order(opened)[0] == 4
    clock.wall_ms += 300 * _DAY_MS
    assert order(opened) == [1, 2, 3, 4]


def test_only_the_last_visits_are_read_after_a_start(
    seat: Seat, reopen: OpenSeat, monkeypatch: pytest.MonkeyPatch
) -> None:
    for member in (4, 3):
        finish(seat, serve(seat, member))
    monkeypatch.setattr(guests, "_VISITS_READ", 1)
    assert order(reopen()) == [3, 1, 2, 4]


def test_a_lease_of_the_last_pull_says_who_is_expected(seat: Seat) -> None:
    assert order(seat) == [1, 2, 3, 4]
    lease = GrantedLease(
        lease_id=uuid4(),
        member_id=UUID(int=3),
        points=100,
        restored_points=0,
        expires_ms=10**13,
        state="open",
        signature=b"s",
    )
    seat.sync.acknowledge_pull(horizon=None, now_ms=5, leases=[lease], pool=None)
    assert order(seat).index(3) < 2
