"""Tiers follow what was flown: at once upwards, by a job downwards, and told to every replica."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from app.domain import events as e
from sync.server.programme import put_setting
from sync.server.store import tables as t
from tests.server.books import (
    FLIGHT_BASE,
    FLIGHT_POINTS,
    codes,
    findings,
    flown,
    paid,
    posted,
    rows,
)
from tests.server.conftest import Programme, add_member
from tests.server.seats import new_id, visit
from tests.server.test_replicas import Replica, follow


def ruled(programme: Programme, **more: object) -> None:
    levels = [["gold", 1], ["platinum", 2 * FLIGHT_BASE], ["emerald", 4 * FLIGHT_BASE]]
    with programme.work() as work:
        put_setting(work, "tiers", {"levels": levels, "base": "basic", **more})


def at(programme: Programme, *day: int) -> None:
    programme.clock.ms = int(datetime(*day, tzinfo=UTC).timestamp() * 1000)  # type: ignore[misc,arg-type]


def tier_of(programme: Programme, member_id: UUID) -> str:
    (row,) = rows(programme, t.member, member_id=member_id)
    return str(row.tier)


def fly(programme: Programme, member_id: UUID, *days: str) -> list[e.AccrualRecorded]:
    seat = programme.seat()
    encounter_id, _ = visit(seat, member_id=member_id)
    flights = [flown(encounter_id, member_id, day=day) for day in days]
    assert codes(seat, *flights, paid(encounter_id, member_id, 9_999)) == []
    return flights


def test_units_are_counted_apart_and_a_tier_is_reached_at_once(programme: Programme) -> None:
    ruled(programme)
    member_id, seat, replica = programme.member(), programme.seat(counter=1), Replica()
    fly(programme, member_id, "2026-09-01")
    assert tier_of(programme, member_id) == "gold"
    fly(programme, member_id, "2026-09-02")
    follow(seat, replica)
    assert replica.members[member_id].tier == "platinum"
    assert [row.units for row in rows(programme, t.qualifying)] == [FLIGHT_BASE, FLIGHT_BASE]
    assert posted(programme, member_id) == 2 * (FLIGHT_POINTS + 9_999), "and are no points"
    (held,) = rows(programme, t.tier_held)
    assert (held.since, held.until, held.before) == ("2026-09-02", "2027-12-31", "gold")
    assert findings(programme) == []


def test_a_flight_counts_in_its_own_year(programme: Programme) -> None:
    ruled(programme)
    at(programme, 2027, 1, 10)
    member_id = programme.member()
    fly(programme, member_id, "2026-12-30", "2027-01-02")
    assert tier_of(programme, member_id) == "gold"
    fly(programme, member_id, "2026-12-28")
    (held,) = rows(programme, t.tier_held)
    assert (held.tier, held.until) == ("platinum", "2027-12-31")


def test_what_is_taken_back_counts_no_longer(programme: Programme) -> None:
    ruled(programme)
    member_id, seat = programme.member(), programme.seat()
    first, second = fly(programme, member_id, "2026-09-01", "2026-09-02")
    encounter_id, _ = visit(seat, member_id=member_id)
    part = e.AccrualReduced(
        new_id(), first.accrual_id, encounter_id, FLIGHT_POINTS // 2, "part flown"
    )
    assert codes(seat, part) == []
    assert tier_of(programme, member_id) == "gold"
    units = {row.accrual_id: row.units for row in rows(programme, t.qualifying)}
    assert units == {first.accrual_id: FLIGHT_BASE // 2, second.accrual_id: FLIGHT_BASE}
    assert codes(seat, e.AccrualReversed(first.accrual_id, encounter_id, "undone")) == []
    units = {row.accrual_id: row.units for row in rows(programme, t.qualifying)}
    assert units == {first.accrual_id: 0, second.accrual_id: FLIGHT_BASE}
    assert findings(programme) == []


def test_a_review_lands_softly_year_by_year(programme: Programme) -> None:
    ruled(programme)
    member_id = programme.member()
    fly(programme, member_id, "2026-09-01", "2026-09-02", "2026-09-03", "2026-09-04")
    assert tier_of(programme, member_id) == "emerald"
    at(programme, 2027, 12, 31, 15)
    assert sum(programme.upkeep.reviewing()) == 0
    at(programme, 2027, 12, 31, 17)  # midnight is over in Shanghai
    assert sum(programme.upkeep.reviewing()) == 1
    assert sum(programme.upkeep.reviewing()) == 0
    assert tier_of(programme, member_id) == "platinum"
    at(programme, 2031, 6, 1)  # nobody ran it for years
    assert sum(programme.upkeep.reviewing()) == 1
    assert tier_of(programme, member_id) == "basic"
    assert findings(programme) == []


def test_whoever_came_with_a_tier_keeps_it(programme: Programme) -> None:
    ruled(programme)
    members = [programme.member() for _ in range(2)]
    fly(programme, members[0], "2026-09-01")
    at(programme, 2035, 1, 1)
    assert sum(programme.upkeep.reviewing()) == 0
    assert [tier_of(programme, member_id) for member_id in members] == ["gold", "gold"]


def test_what_an_import_says_later_is_what_holds(programme: Programme) -> None:
    ruled(programme)
    member_id = programme.member()
    fly(programme, member_id, "2026-09-01", "2026-09-02")
    with programme.work() as work:
        work.load_members([member_id])
        work.update_profile(work.members[member_id], tier="emerald")
    at(programme, 2030, 1, 1)
    assert sum(programme.upkeep.reviewing()) == 1
    assert tier_of(programme, member_id) == "emerald"
    assert rows(programme, t.tier_held) == []
    assert sum(programme.upkeep.reviewing()) == 0


def test_many_are_reviewed_in_small_transactions(programme: Programme) -> None:
    ruled(programme)
    with programme.work() as work:
        for _ in range(201):
            member_id = add_member(work, 0)
            row = ("gold", "2020-01-01", "2021-12-31", None, None, 1)
            work.add(t.tier_held, member_id, *row)
    commits: list[int] = []
    programme.server.transactions.after_commit.append(lambda *_: commits.append(1))
    assert sum(programme.upkeep.reviewing()) == 201
    assert len(commits) == 2


def test_without_the_setting_nothing_is_counted(programme: Programme) -> None:
    member_id = programme.member()
    fly(programme, member_id, "2026-09-01")
    assert rows(programme, t.qualifying) == []
    assert findings(programme) == []
