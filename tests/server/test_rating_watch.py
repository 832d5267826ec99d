"""Offices' visits are looked at once a day for what may keep ratings away."""

from __future__ import annotations

import json

import pytest

from app.domain import events as e
from app.domain.records import ExceptionItem
from sync.server.programme import put_setting
from sync.server.store import tables as t
from tests.server.books import codes, findings, rows
from tests.server.conftest import Programme
from tests.server.seats import Seat, new_id

DAY_MS = 86_400_000


def serve(programme: Programme, seat: Seat, count: int, *, unasked: int = 0) -> None:
    """So many visits, the first of them not asked, the others rated five."""
    for n in range(count):
        encounter_id = new_id()
        programme.clock.ms += 1_000
        seat.record(
            e.EncounterOpened(encounter_id, "scan"),
            e.EncounterEnded(encounter_id, e.EncounterOutcome.FINISHED),
        )
        programme.clock.ms += 4_000
        if n < unasked:
            seat.record(e.RatingNotGiven(encounter_id, e.RatingState.NOT_OFFERED, "child"))
        else:
            seat.record(e.RatingRecorded(new_id(), encounter_id, 1, 5))
    assert codes(seat) == []


def look(programme: Programme) -> list[int]:
    return list(programme.upkeep.watching_ratings())


def raised(programme: Programme) -> list[tuple[str, str, dict[str, int]]]:
    items = rows(programme, t.exception_item, entry_type="Watched")
    return [(row.code, row.clerk_number, json.loads(row.seen)) for row in items]


@pytest.fixture
def two(programme: Programme) -> tuple[Seat, Seat]:
    with programme.work() as work:
        put_setting(work, "watch", {"ratings_n": 20})
    busy, other = programme.seat(), programme.seat(counter=1)
    busy.staff_id = programme.manager_id
    return busy, other


def test_the_manager_is_told_once_a_week_and_nothing_stops(
    programme: Programme, two: tuple[Seat, Seat]
) -> None:
    mine, others = two
    serve(programme, mine, 24, unasked=12)
    serve(programme, others, 30)
    look(programme)
    assert raised(programme) == [], "the day isn't over"
    programme.clock.ms += DAY_MS
    assert sum(look(programme)) == 54
    seen = {"part": 12, "n": 24, "percent": 50, "usual": 0, "days": 7}
    number = rows(programme, t.staff, staff_id=programme.manager_id)[0].number
    assert raised(programme) == [("watch_unasked", number, seen)]
    assert look(programme) == [], "nothing is due before the next day is over"
    programme.clock.ms += DAY_MS
    look(programme)
    weeks = {row.received_ms // (7 * DAY_MS) for row in rows(programme, t.exception_item)}
    assert len(raised(programme)) <= 1 + len(weeks), "once a week for the same"
    assert findings(programme) == []


def test_desks_are_told_and_counters_are_not(programme: Programme, two: tuple[Seat, Seat]) -> None:
    mine, others = two
    desk = programme.seat(counter=2, kind="desk")
    serve(programme, mine, 24, unasked=12)
    serve(programme, others, 30)
    programme.clock.ms += DAY_MS
    look(programme)

    def told(seat: Seat) -> list[bytes]:
        kind = ExceptionItem.KIND
        return [bytes(each.body) for each in seat.pull().records if each.kind == kind]

    (item,) = told(desk)
    assert b"watch_unasked" in item
    assert told(mine) == told(others) == []


def test_late_visits_are_looked_at_with_the_next_day(
    programme: Programme, two: tuple[Seat, Seat]
) -> None:
    mine, others = two
    serve(programme, others, 30)
    behind = programme.clock()
    programme.clock.ms += DAY_MS
    look(programme)
    at, programme.clock.ms = programme.clock(), behind
    serve(programme, mine, 24, unasked=12)
    programme.clock.ms = at + DAY_MS
    look(programme)
    assert [code for code, *_ in raised(programme)] == ["watch_unasked"]


def test_turned_off_it_says_nothing(programme: Programme, two: tuple[Seat, Seat]) -> None:
    mine, others = two
    with programme.work() as work:
        put_setting(work, "watch", {"ratings_n": 0})
    serve(programme, mine, 24, unasked=24)
    serve(programme, others, 30)
    programme.clock.ms += DAY_MS
    assert sum(look(programme)) == 0
    assert raised(programme) == []


def test_presses_outside_a_question_are_compared_but_for_a_key_that_sticks(
    programme: Programme, two: tuple[Seat, Seat]
) -> None:
    mine, others = two
    serve(programme, mine, 24)
    serve(programme, others, 30)
    at_ms = programme.clock.ms - 1_000
    for _ in range(8):
        assert codes(mine, e.StrayPressesRecorded("touch", 3, at_ms, 500, is_stuck=False)) == []
        assert codes(others, e.StrayPressesRecorded("touch", 90, at_ms, 500, is_stuck=True)) == []
    programme.clock.ms += DAY_MS
    look(programme)
    ((code, _, seen),) = raised(programme)
    assert code == "watch_stray"
    assert seen == {"part": 8, "n": 24, "percent": 33, "usual": 0, "days": 7}
