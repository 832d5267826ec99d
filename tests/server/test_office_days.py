"""Offices' days: counted by every upload, told to desks by a job, none of it lost in between."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest
import sqlalchemy as sa

from app.domain import events as e
from app.domain.entry import Event
from app.domain.records import STEP_EDGES_S, Figures
from sync.server import office_days
from sync.server.ending import end
from sync.server.jobs import Jobs
from sync.server.programme import add_office
from sync.server.service import CentralServer
from sync.server.store import tables as t
from sync.server.store.engine import make_engine, reading, writing
from sync.server.transactions import Transactions
from sync.server.upkeep import Upkeep
from sync.server.work import Work
from tests.fakes.waiting import LIMIT_S, until
from tests.server.books import findings
from tests.server.conftest import Programme
from tests.server.seats import new_id, visit


def all_days(programme: Programme) -> list[Figures]:
    """What desks know, by day, with all counted that is due, and nothing wrong with the books."""
    list(programme.upkeep.publishing_office_days())
    assert findings(programme) == []
    with reading(programme.server.engine) as connection:
        rows = connection.execute(
            sa.select(t.record.c.body).where(t.record.c.kind == "figures").order_by(t.record.c.id)
        )
        return [msgspec.json.decode(row.body, type=Figures) for row in rows]


def told(programme: Programme) -> dict[str, object]:
    """What desks know of the office's only day."""
    with reading(programme.server.engine) as connection:
        rows = connection.execute(sa.select(t.record.c.body).where(t.record.c.kind == "figures"))
        bodies = [bytes(row.body) for row in rows]
    return msgspec.json.decode(bodies[0]) if bodies else {}


def marks(programme: Programme) -> list[office_days.Mark]:
    """What is to be counted anew."""
    with reading(programme.server.engine) as connection:
        rows = connection.execute(sa.select(t.day_mark).order_by(t.day_mark.c.office_id))
        return [office_days.Mark(*row[1:]) for row in rows]


def local(programme: Programme) -> datetime:
    """The time at the office."""
    return datetime.fromtimestamp(programme.clock() / 1000, ZoneInfo("Asia/Shanghai"))


def day_of(programme: Programme) -> str:
    return local(programme).date().isoformat()


def test_desks_are_told_what_is_counted_and_only_what_is_news(programme: Programme) -> None:
    seat = programme.seat()
    visit(seat, score=5)
    visit(seat, score=1)
    seat.push()
    assert told(programme) == {}
    assert sum(programme.upkeep.publishing_office_days()) == 1
    first = told(programme)
    assert (first["encounters"], first["by_state"], first["by_score"]) == (
        2,
        {"rated": 2},
        {"1": 1, "5": 1},
    )
    assert sum(programme.upkeep.publishing_office_days()) == 0
    visit(seat, score=None)
    seat.push()
    assert sum(programme.upkeep.publishing_office_days()) == 1
    again = told(programme)
    assert (again["encounters"], again["by_state"]) == (3, {"rated": 2})


def test_offices_that_count_on_and_on_keep_nobody_waiting(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office_days, "CHUNK_DAYS", 2)
    with programme.work() as work:
        offices = sorted(
            add_office(work, code=f"O{n}", name="x", time_zone="Asia/Shanghai") for n in range(4)
        )

    device_id = new_id()

    def count(office_ids: list[UUID]) -> None:
        with programme.work() as work:
            for office_id in office_ids:
                work.mark_day(office_id, "2026-09-21", device_id)

    count(offices)
    steps = 0
    for _ in programme.upkeep.publishing_office_days():
        count(offices[:2])
        steps += 1
    assert steps == 2
    assert [mark.office_id for mark in marks(programme)] == offices[:2], "for the next look"


def test_new_days_wait_for_no_years_of_older_ones(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office_days, "CHUNK_DAYS", 2)
    monkeypatch.setattr(office_days, "OLDER_CHUNKS", 3)
    today, device_id = day_of(programme), new_id()
    older = [f"2024-{month:02}-{n:02}" for month in (1, 2) for n in range(1, 8)]

    def mark(days: list[str]) -> None:
        with programme.work() as work:
            for day in days:
                work.mark_day(programme.office_id, day, device_id)

    mark(older)
    upkeep = programme.upkeep
    counted: list[int] = []
    while len(counted) < 3:
        mark([today, older[0]])  # both change all the time
        counted.append(sum(upkeep.publishing_office_days()))
        assert today not in {each.day for each in marks(programme)}, "it is counted each time"
    assert counted == [1 + 6, 1 + 6, 1 + 3], "the others in turn, six at a time"
    assert marks(programme) == []


def test_what_changes_while_a_day_is_counted_is_counted_the_next_time(
    programme: Programme,
) -> None:
    seat, other = programme.seat(), programme.seat(counter=1)
    for each in (seat, other):
        visit(each, score=5)
        each.push()
    with programme.work() as work:
        seen = office_days.publish(work, [(programme.office_id, day_of(programme))])
    assert told(programme)["encounters"] == 2
    visit(seat, score=5)
    seat.push()  # before the mark is taken away
    with programme.work() as work:
        office_days.unmark(work, seen)
    assert [mark.device_id for mark in marks(programme)] == [seat.device_id]
    assert sum(programme.upkeep.publishing_office_days()) == 1
    assert told(programme)["encounters"] == 3
    assert marks(programme) == []


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_an_upload_neither_waits_for_a_count_nor_is_forgotten_by_it(programme: Programme) -> None:
    seat, server = programme.seat(), programme.server
    visit(seat, score=5)
    seat.push()
    days = [(programme.office_id, day_of(programme))]

    def work_on(connection: sa.Connection) -> Work:
        return Work(connection, programme.programme_id, now_ms=programme.clock(), new_id=new_id)

    visit(seat, score=5)
    with writing(server.engine) as counting:
        work = work_on(counting)
        office_days.publish(work, days)
        assert seat.push().decisions == [], "the count is not committed yet"
        work.finish()
    seen = marks(programme)

    def take_away() -> None:
        with writing(server.engine) as connection:
            office_days.unmark(work_on(connection), seen)

    with ThreadPoolExecutor(1) as threads:
        with writing(server.engine) as uploading:
            work = work_on(uploading)
            work.mark_day(*days[0], seat.device_id)
            work.finish()
            uploading.exec_driver_sql("SELECT 1")  # what was sent has been done
            waiting = threads.submit(take_away)
            until(lambda: _waits_for_a_lock(server))
        waiting.result(LIMIT_S)
    assert len(marks(programme)) == 1
    list(programme.upkeep.publishing_office_days())
    assert told(programme)["encounters"] == 2


def _waits_for_a_lock(server: CentralServer) -> bool:
    with reading(server.engine) as connection:
        found = connection.execute(sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted"))
        return bool(found.scalar_one())


def figures(programme: Programme) -> Figures:
    """The only day that anything happened on."""
    (day,) = all_days(programme)
    return day


def test_a_day_says_by_counter_person_and_service_what_happened(programme: Programme) -> None:
    seat, other = programme.seat(), programme.seat(counter=1)
    member_id = programme.member(8000, home_office="PEK")
    encounter_id, low = visit(seat, score=2)
    seat.record(e.RatingDetailed(low, encounter_id, ("attitude", "rules"), 1, None, None))
    encounter_id, _ = visit(seat, score=5, member_id=member_id)
    seat.record(
        e.MatterOpened(
            new_id(), encounter_id, None, "A1-1", "baggage", "service", 1, seat.blob(b"x")
        )
    )
    seat.push()
    refused, _ = visit(other, score=None)
    other.push(e.RatingNotGiven(refused, e.RatingState.DECLINED))
    today = figures(programme)
    assert [(c.counter, c.staff, c.service, c.encounters) for c in today.cells] == [
        ("A1", "101", "", 1),
        ("A1", "101", "matter", 1),
        ("A2", "101", "", 1),
    ]
    assert today.cells[0].reasons == {"attitude": 1, "rules": 1}
    assert today.cells[2].by_state == {"declined": 1}
    assert today.by_score == {"2": 1, "5": 1}
    hour = local(programme).hour
    assert [cell.hours for cell in today.cells] == [
        {hour: (1, 1, 0)},
        {hour: (1, 1, 1)},
        {hour: (1, 0, 0)},
    ]
    assert [case.origin for case in today.cases] == ["rating", "matter"]


def test_a_repeated_press_is_kept_and_does_not_count(programme: Programme) -> None:
    seat = programme.seat()
    encounter_id, rating_id = visit(seat, score=None)
    seat.push(e.RatingRecorded(rating_id, encounter_id, 1, 1, ("repeat",)))
    today = figures(programme)
    (cell,) = today.cells
    assert (cell.by_state, cell.by_score, cell.excluded) == ({"rated": 1}, {}, {"repeat": 1})
    assert list(cell.hours.values()) == [(1, 0, 0)]
    seat.push(e.RatingRecorded(rating_id, encounter_id, 2, 4))
    assert figures(programme).by_score == {"4": 1}, "the last press counts"


def test_a_closed_case_says_which_tier_had_it_how_long(programme: Programme) -> None:
    seat, desk = programme.seat(), programme.seat(counter=2, kind="desk")
    _, rating_id = visit(seat, score=1)
    seat.push()

    def after(seconds: int, event: Event) -> UUID:
        programme.clock.ms += seconds * 1000
        desk.push(event)
        return UUID(msgspec.json.decode(desk.bodies[-1])["event_id"])

    after(10, e.CaseAcknowledged(rating_id))
    first = after(50, e.CaseFieldSet(rating_id, "handling", "coordination", (), 1))
    after(40, e.CaseFieldSet(rating_id, "handling", "system", (first,), 1))
    (case,) = figures(programme).cases
    assert case.with_s == {}, "it isn't over yet"
    after(30, e.CaseClosed(rating_id, "resolved"))
    (case,) = figures(programme).cases
    assert (case.closed_s, case.with_s) == (130, {"front": 60, "coordination": 40, "system": 30})
    after(1000, e.CaseReopened(rating_id))
    (case,) = figures(programme).cases
    assert case.with_s == {}
    after(5, e.CaseClosed(rating_id, "unable"))
    (case,) = figures(programme).cases
    assert case.with_s == {"front": 60, "coordination": 40, "system": 35}, "but while it was closed"


def test_what_comes_a_month_late_is_right_at_the_next_count_of_its_day(
    programme: Programme,
) -> None:
    seat, desk = programme.seat(), programme.seat(counter=2, kind="desk")
    encounter_id, rating_id = visit(seat, score=None)
    seat.push()
    before = figures(programme)
    assert (before.by_score, before.cases) == ({}, ())
    programme.clock.ms += 31 * 86_400_000
    seat.push(e.RatingRecorded(rating_id, encounter_id, 1, 1))
    desk.push(e.CaseAcknowledged(rating_id))
    days = {figures.day: figures for figures in all_days(programme)}
    assert days[before.day].by_score == {"1": 1}, "the visit's day has the rating"
    (case,) = days[day_of(programme)].cases
    assert (case.taken_s, case.there_s, case.closed_s) == (0, None, None)


def test_the_seconds_of_a_visits_steps_are_counted_between_targets(programme: Programme) -> None:
    seat = programme.seat()
    member_id = programme.member(home_office="PEK")
    encounter_id, rating_id = new_id(), new_id()
    for wait_s, event in (
        (0, e.EncounterOpened(encounter_id, "search")),
        (12, e.MemberIdentified(encounter_id, member_id, e.Proof.CARD)),
        (60, e.EncounterEnded(encounter_id, e.EncounterOutcome.FINISHED)),
        (2_000, e.RatingRecorded(rating_id, encounter_id, 1, 5)),
    ):
        programme.clock.ms += wait_s * 1000
        seat.record(event)
    seat.push()
    (cell,) = figures(programme).cells
    assert cell.seconds == {
        "identify": {STEP_EDGES_S.index(15): 1},
        "serve": {STEP_EDGES_S.index(120): 1},
        "answer": {len(STEP_EDGES_S): 1},
    }


def test_desks_dont_wait_for_a_members_file_in_the_making(
    programme: Programme, database_url: str
) -> None:
    made = threading.Event()

    class Busy(Upkeep):
        def refreshing(self) -> Iterator[int]:
            assert made.wait(LIMIT_S)
            yield 0

    seat = programme.seat()
    visit(seat)
    seat.push()

    async def scene() -> None:
        engine = make_engine(database_url)
        jobs = Jobs(Busy(Transactions(engine, programme.clock)), look_s=0.05, publish_s=0.01)
        task = asyncio.create_task(jobs.run())
        try:
            await asyncio.to_thread(until, lambda: bool(told(programme)))
        finally:
            made.set()
            await end([task])
            engine.dispose()

    asyncio.run(scene())
