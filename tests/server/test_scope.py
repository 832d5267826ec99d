"""Offices with members of their own: who is in, who is told, and that the sums hold."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import Any

import pytest
import sqlalchemy as sa

from app.domain import events as e
from sync.protocol.messages import Cursor
from sync.server import cursors, forgetting, scope_jobs, snapshots
from sync.server.problems import ProblemError
from sync.server.programme import add_counter, add_office, choose_members
from sync.server.scope import DAY_MS, VISITED_DAYS, Reason
from sync.server.store import tables as t
from sync.server.store.engine import reading
from sync.server.transactions import Steps
from tests.server.books import findings
from tests.server.conftest import Programme
from tests.server.scoping import choose, earn, follow, move, rebuild, refused, scoping
from tests.server.seats import new_id, visit


@pytest.mark.parametrize("kind", ["counter", "desk"])
def test_a_replica_holds_the_offices_own_members(quiet: Programme, kind: str) -> None:
    programme = quiet
    own = [programme.member(100 * n, home_office="PEK") for n in range(5)]
    stranger = programme.member(700, home_office="SHA")
    seat, other = programme.seat(kind=kind), programme.seat(counter=1)
    everybody = rebuild(seat)
    follow(seat, everybody)
    choose(programme, "own")
    assert refused(seat) == "cursor_unknown"
    replica = rebuild(seat)
    assert replica.members.keys() == set(own)
    follow(seat, replica)
    earn(other, stranger)
    assert follow(seat, replica).members == []
    earn(other, own[0])
    assert [row.member_id for row in follow(seat, replica).members] == [own[0]]
    sum(programme.upkeep.publishing_office_days())
    follow(seat, replica)
    kinds = {key[0] for key in replica.records}
    assert kinds >= {"staff", "reward", "office", "counter"}
    assert ("figures" in kinds) == (kind == "desk")
    assert findings(programme) == []


def test_a_visitor_enters_and_leaves_when_their_time_is_over(quiet: Programme) -> None:
    programme = quiet
    stranger = programme.member(700, home_office="SHA")
    choose(programme, "own")
    seat, other = programme.seat(), programme.seat(counter=1)
    replica = rebuild(seat)
    follow(seat, replica)
    visit(other, member_id=stranger)
    other.push()
    follow(seat, replica)
    assert replica.members[stranger].posted_points == 700
    programme.clock.ms += VISITED_DAYS * DAY_MS
    scoping(programme)
    assert stranger in replica.members
    assert follow(seat, replica).removed_members == []
    assert findings(programme) == []
    programme.clock.ms += 2 * DAY_MS
    scoping(programme)
    assert follow(seat, replica).removed_members == [stranger]
    visit(other, member_id=stranger)
    other.push()
    follow(seat, replica)
    assert stranger in replica.members
    assert findings(programme) == []


def test_who_visits_again_stays_longer(quiet: Programme) -> None:
    programme = quiet
    stranger = programme.member(700, home_office="SHA")
    choose(programme, "own")
    seat = programme.seat()
    replica = rebuild(seat)
    for _ in range(3):
        visit(seat, member_id=stranger)
        seat.push()
        programme.clock.ms += (VISITED_DAYS - 1) * DAY_MS
        scoping(programme)
        follow(seat, replica)
        assert stranger in replica.members


def test_enter_leave_and_enter_between_two_pulls(quiet: Programme) -> None:
    """Rows are states: whatever happened between, the last one counts."""
    programme = quiet
    member_id = programme.member(10, home_office="SHA")
    choose(programme, "own")
    seat = programme.seat()
    replica = rebuild(seat)
    for office in ("PEK", "SHA", "PEK", "SHA"):
        move(programme, member_id, office)
    assert follow(seat, replica).removed_members == [member_id]
    for office in ("PEK", "SHA", "PEK"):
        move(programme, member_id, office)
        earn(seat, member_id, 1)
    assert follow(seat, replica, limit=1).removed_members == []
    assert replica.members[member_id].posted_points == 13


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_that_end_anywhere(quiet: Programme, limit: int) -> None:
    """Members enter and leave between the pages of one pull."""
    programme = quiet
    members = [programme.member(n, home_office="PEK" if n % 2 else "SHA") for n in range(6)]
    choose(programme, "own")
    seat, other = programme.seat(kind="desk"), programme.seat(counter=1)
    replica = rebuild(seat)
    source = random.Random(limit)
    for _ in range(40):
        member_id = source.choice(members)
        if source.random() < 0.5:
            move(programme, member_id, source.choice(["PEK", "SHA", "XXX"]))
        else:
            earn(other, member_id, 1)
        if source.random() < 0.4:
            answer = seat.pull(limit)
            replica.apply(answer)
            if not answer.more and answer.row_sum is not None:
                assert (answer.row_count, answer.row_sum) == replica.sum()
    follow(seat, replica, limit=limit)
    assert findings(programme) == []


def test_there_and_back(quiet: Programme) -> None:
    """Switched while it runs: each time its seats are told to make their files anew, and can."""
    programme = quiet
    own = programme.member(1, home_office="PEK")
    stranger = programme.member(2, home_office="SHA")
    seat = programme.seat()
    everybody = rebuild(seat)
    whole_cursor = seat.cursor
    follow(seat, everybody)
    choose(programme, "own")
    assert refused(seat) == "cursor_unknown"
    replica = rebuild(seat)
    follow(seat, replica)
    assert replica.members.keys() == {own}
    choose(programme, "whole")
    assert refused(seat) == "cursor_unknown"
    again = rebuild(seat)
    follow(seat, again)
    assert again.members.keys() == {own, stranger}
    choose(programme, "own")
    assert refused(seat) == "cursor_unknown"
    replica = rebuild(seat)
    move(programme, stranger, "PEK")
    follow(seat, replica)
    assert replica.members.keys() == {own, stranger}
    # A seat that slept through all of it holds everybody still, and may go on so
    choose(programme, "whole")
    seat.cursor = whole_cursor
    follow(seat, everybody)
    assert everybody.members.keys() == {own, stranger}
    with programme.server.engine.connect() as connection:
        assert connection.execute(sa.select(t.scope_member)).all() == []
        scopes = set(connection.execute(sa.select(t.replica_sum.c.scope)).scalars())
    assert scopes <= {"programme", "records", str(programme.office_id)}


def test_choosing_again_changes_nothing(quiet: Programme) -> None:
    programme = quiet
    programme.member(1, home_office="PEK")
    seat = programme.seat()
    choose(programme, "whole")
    replica = rebuild(seat)
    choose(programme, "own")
    replica = rebuild(seat)
    choose(programme, "own")
    follow(seat, replica)


def test_seats_hold_everybody_until_all_are_gathered(quiet: Programme) -> None:
    programme = quiet
    programme.member(1, home_office="PEK")
    seat = programme.seat()
    replica = rebuild(seat)
    with programme.work() as work:
        choose_members(work, code="PEK", members="own")
    stranger = programme.member(5, home_office="SHA")
    visit(seat, member_id=stranger)
    seat.push()
    follow(seat, replica)
    assert stranger in replica.members
    late = programme.member(6, home_office="PEK")
    scoping(programme)
    assert refused(seat) == "cursor_unknown"
    replica = rebuild(seat)
    follow(seat, replica)
    assert {stranger, late} <= replica.members.keys()
    assert findings(programme) == []


def test_gathering_that_is_cut_begins_anew(
    quiet: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    programme = quiet
    monkeypatch.setattr("sync.server.pace.CHUNK_ROWS", 2)
    own = [programme.member(n, home_office="PEK") for n in range(7)]
    seat = programme.seat()
    visit(seat, member_id=(stranger := programme.member(3)))
    seat.push()
    with programme.work() as work:
        choose_members(work, code="PEK", members="own")
    for steps in range(1, 4):
        running = programme.upkeep.scoping()
        for _ in range(steps):
            next(running)
        del running
    move(programme, own[0], "SHA")
    scoping(programme)
    replica = rebuild(seat)
    follow(seat, replica)
    assert replica.members.keys() == {*own[1:], stranger}
    assert findings(programme) == []


def test_no_step_takes_many_however_fast_the_last_was(
    quiet: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An open transaction holds every pull back, and the next may meet a busy disk."""
    programme = quiet
    monkeypatch.setattr("sync.server.pace.perf_counter", lambda: 0.0)
    monkeypatch.setattr("sync.server.pace.CHUNK_ROWS", 1)
    monkeypatch.setattr(scope_jobs, "MOST_MEMBERS", 4)
    monkeypatch.setattr(scope_jobs, "MOST_ROWS", 8)
    for n in range(20):
        programme.member(n, home_office="PEK")
    visitors = [programme.member(n, home_office="SHA") for n in range(20)]
    seat = programme.seat()
    for member_id in visitors:
        visit(seat, member_id=member_id)
    seat.push()

    def steps() -> list[int]:
        return [count for count in programme.upkeep.scoping() if count]

    with programme.work() as work:
        choose_members(work, code="PEK", members="own")
    in_turn = [1, 2, 4, 4, 4, 4, 1]
    assert steps() == in_turn * 2
    programme.clock.ms += (VISITED_DAYS + 2) * DAY_MS
    assert steps()[: len(in_turn)] == in_turn
    with programme.work() as work:
        choose_members(work, code="PEK", members="whole")
    assert steps()[:4] == [1, 2, 4, 8]
    assert findings(programme) == []


def test_the_file_that_is_made_while_gathering_is_kept(
    quiet: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process clears up in the middle of it."""
    programme = quiet
    programme.member(5, home_office="PEK")
    seat = programme.seat()
    real = snapshots._keep

    def and_clear(*args: Any) -> int:
        for _ in scope_jobs.clear(Steps(programme.server.transactions, programme.programme_id)):
            pass
        return real(*args)

    monkeypatch.setattr(snapshots, "_keep", and_clear)
    choose(programme, "own")
    assert seat.server.snapshot(seat.device_id).row_count == 1


def test_given_up_while_it_gathers(quiet: Programme) -> None:
    programme = quiet
    programme.member(1, home_office="PEK")
    seat = programme.seat()
    replica = rebuild(seat)
    with programme.work() as work:
        choose_members(work, code="PEK", members="own")
    running = programme.upkeep.scoping()
    next(running)
    with programme.work() as work:
        choose_members(work, code="PEK", members="whole")
    for _ in running:
        pass
    follow(seat, replica)
    scoping(programme)
    assert findings(programme) == []


def test_whoever_is_leased_for_stays_until_the_lease_is_closed(programme: Programme) -> None:
    member_id = programme.member(8000, home_office="PEK")
    choose(programme, "own")
    seat, other = programme.seat(), programme.seat(counter=1)
    replica = rebuild(other)
    rebuild(seat)
    (lease,) = seat.pull().leases
    move(programme, member_id, "SHA")
    for _ in range(3):
        programme.clock.ms += DAY_MS
        scoping(programme)
        replica.apply(other.pull())
        assert member_id in replica.members
    assert findings(programme) == []
    seat.push(e.LeaseReturned(lease.lease_id, 0))
    for grant in other.pull().leases:
        other.push(e.LeaseReturned(grant.lease_id, 0))
    programme.clock.ms += 2 * DAY_MS
    scoping(programme)
    answer = programme.server.pull(other.device_id, other.cursor)
    assert answer.removed_members == [member_id]


def test_the_expected_are_held_until_their_day_is_over(quiet: Programme) -> None:
    programme = quiet
    member_id = programme.member(5, home_office="SHA")
    choose(programme, "own")
    seat = programme.seat()
    replica = rebuild(seat)
    with programme.work() as work:
        until_ms = programme.clock() + 3_600_000
        work.scopes.enter(programme.office_id, member_id, Reason.EXPECTED, until_ms)
    follow(seat, replica)
    assert member_id in replica.members
    scoping(programme)
    follow(seat, replica)
    assert member_id in replica.members
    programme.clock.ms += 3_600_000
    scoping(programme)
    assert follow(seat, replica).removed_members == [member_id]


def test_somebody_joins_at_the_counter(quiet: Programme) -> None:
    programme = quiet
    choose(programme, "own")
    seat, other = programme.seat(), programme.seat(counter=1)
    replica = rebuild(seat)
    encounter_id, _ = visit(other, score=None)
    profile = other.blob({"name": "王芳", "phone": "13900001111"})
    joined = e.MemberJoined(encounter_id, new_id(), "CA77777777", profile)
    assert other.push(joined).decisions == []
    follow(seat, replica)
    assert joined.member_id in replica.members


def test_who_is_forgotten_leaves_every_scope_at_once(quiet: Programme) -> None:
    programme = quiet
    own = programme.member(5, home_office="PEK")
    left = programme.member(5, home_office="PEK")
    choose(programme, "own")
    seat = programme.seat()
    replica = rebuild(seat)
    move(programme, left, "SHA")
    assert follow(seat, replica).removed_members == [left]
    for member_id in (own, left):
        with reading(programme.server.engine) as connection:
            held = forgetting.gather(connection, programme.programme_id, member_id)
        with programme.work() as work:
            forgetting.erase(work, held)
    answer = follow(seat, replica)
    assert answer.removed_members == [own]
    # whoever looked one of them up hears of it by the record
    assert {r.id for r in answer.records if r.kind == "forgotten"} == {str(own), str(left)}
    assert replica.members == {}
    late = visit(seat, member_id=own)
    seat.push()
    assert late
    follow(seat, replica)
    assert replica.members == {}
    assert findings(programme) == []


def test_two_offices_hold_different_members(quiet: Programme) -> None:
    programme = quiet
    with programme.work() as work:
        shanghai = add_office(work, code="SHA", name="Shanghai", time_zone="Asia/Shanghai")
        counter_id = add_counter(work, office_id=shanghai, label="S1")
    pek, sha = (programme.member(1, home_office=code) for code in ("PEK", "SHA"))
    programme.counter_ids.append(counter_id)
    seats = {pek: programme.seat(), sha: programme.seat(counter=3)}
    for code in ("PEK", "SHA"):
        choose(programme, code=code, members="own")
    replicas = {member_id: rebuild(seat) for member_id, seat in seats.items()}
    earn(seats[pek], sha, 10)
    for member_id, seat in seats.items():
        follow(seat, replicas[member_id])
        assert replicas[member_id].members.keys() == {member_id}
    move(programme, pek, "SHA")
    move(programme, sha, "PEK")
    for member_id, seat in seats.items():
        follow(seat, replicas[member_id])
        assert member_id not in replicas[member_id].members
        assert len(replicas[member_id].members) == 1
    assert findings(programme) == []


def test_a_file_ready_made_holds_the_offices_members(quiet: Programme) -> None:
    programme = quiet
    own = [programme.member(n, home_office="PEK") for n in range(3)]
    programme.member(9, home_office="SHA")
    seat = programme.seat()
    sum(programme.upkeep.refreshing())
    everybody = seat.server.snapshot(seat.device_id)
    choose(programme, "own")
    offer = seat.server.snapshot(seat.device_id, going_on=everybody.snapshot_id)
    assert offer.row_count == len(own)
    assert offer.snapshot_id != everybody.snapshot_id
    with pytest.raises(ProblemError, match="newer members file"):
        seat.server.snapshot_chunk(seat.device_id, everybody.snapshot_id, 0)
    assert seat.server.snapshot_chunk(seat.device_id, offer.snapshot_id, 0)
    seat.cursor = offer.cursor
    move(programme, own[0], "SHA")
    assert seat.pull().removed_members == [own[0]]
    # made anew daily while seats ask, and given up after
    programme.clock.ms += DAY_MS
    assert sum(programme.upkeep.refreshing()) == 1
    seat.server.snapshot(seat.device_id)
    assert sum(programme.upkeep.refreshing()) == 1
    assert seat.server.snapshot(seat.device_id).row_count == len(own) - 1
    programme.clock.ms += 3 * DAY_MS
    scoping(programme)
    with suppress(ProblemError):
        seat.server.snapshot(seat.device_id)
        pytest.fail("nobody had asked for it for days")


def test_the_first_members_are_of_the_scope(quiet: Programme) -> None:
    programme = quiet
    own = programme.member(1, home_office="PEK")
    programme.member(2, home_office="SHA")
    choose(programme, "own")
    answer = programme.server.first(programme.seat().device_id)
    assert [row.member_id for row in answer.members] == [own]


def test_random_days_end_with_the_tables_saying_the_same(quiet: Programme) -> None:
    programme = quiet
    members = [programme.member(n, home_office=("PEK", "SHA")[n % 2]) for n in range(8)]
    choose(programme, "own")
    seat, other = programme.seat(), programme.seat(counter=1)
    replica = rebuild(seat)
    source = random.Random(7)
    for _ in range(60):
        member_id = source.choice(members)
        match source.randrange(5):
            case 0:
                move(programme, member_id, source.choice(("PEK", "SHA")))
            case 1:
                visit(other, member_id=member_id)
                other.push()
            case 2:
                programme.clock.ms += source.randrange(60) * DAY_MS
                scoping(programme)
            case 3:
                earn(other, member_id)
            case _:
                follow(seat, replica, limit=source.choice((1, 4, 500)))
    scoping(programme)
    follow(seat, replica)
    assert findings(programme) == []


def test_cursors_of_many_scopes_fit() -> None:
    place = Cursor(2**62, 2**53)
    for number in (0, 1, 499, 500, 501, 10_000):
        told = cursors.told(place, number)
        assert told.seq < 2**63
        assert cursors.place_of(told, number) == place
        with pytest.raises(ProblemError):
            cursors.place_of(told, number + 1)
    assert cursors.told(place, 0) == place
