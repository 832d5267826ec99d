"""A desk asks for what offices' days count: its own whole, others' without staff, all together."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from app.domain import events as e
from app.domain.records import Figures
from sync.client.told_days import days_of
from sync.protocol.told import DaysAnswer, DaysRequest
from sync.server.enrolment import make_code
from sync.server.migrations.versions import v0045_day_sums
from sync.server.problems import ProblemError
from sync.server.programme import NewStaff, add_counter, add_office, add_staff
from sync.server.store.engine import writing
from tests.server.books import findings
from tests.server.conftest import Programme
from tests.server.seats import Seat, enrol, new_id, visit
from tests.server.test_office_days import day_of, local, marks


@pytest.fixture
def desk(programme: Programme) -> Seat:
    return programme.seat(counter=2, kind="desk")


def elsewhere(programme: Programme, code: str) -> Seat:
    """A counter A1 of another office."""
    with programme.work() as work:
        office_id = add_office(work, code=code, name=code, time_zone="Asia/Shanghai")
        counter_id = add_counter(work, office_id=office_id, label="A1")
        staff_id = add_staff(work, NewStaff("201", "Zhou", ("clerk",), office_id, "$argon2id$"))
    with writing(programme.server.engine) as connection:
        code_word = make_code(
            connection,
            programme.programme_id,
            counter_id=counter_id,
            kind="counter",
            now_ms=programme.clock(),
        )
    seat = enrol(programme.server, programme.clock, code_word)
    seat.staff_id = staff_id
    return seat


def ask(desk: Seat, office: str, programme: Programme) -> DaysAnswer:
    list(programme.upkeep.publishing_office_days())
    today = day_of(programme)
    return desk.server.days(desk.device_id, DaysRequest(office, today, today))


def of(days: list[Figures]) -> list[tuple[str, str, int, dict[str, int]]]:
    return [(c.counter, c.staff, c.encounters, c.by_score) for day in days for c in day.cells]


def test_the_own_office_whole_others_without_staff_and_all_together(
    programme: Programme, desk: Seat
) -> None:
    here, there = programme.seat(), elsewhere(programme, "SHA")
    for score in (5, 1):
        visit(here, score=score)
    here.push()
    encounter_id, rating_id = visit(there, score=1)
    there.push(e.RatingDetailed(rating_id, encounter_id, ("rules",), 1, None, None))
    own = ask(desk, "PEK", programme)
    assert of(own.days) == [("A1", "101", 2, {"1": 1, "5": 1})]
    assert [case.staff for case in own.days[0].cases] == ["101"]
    theirs = ask(desk, "SHA", programme)
    assert of(theirs.days) == [("A1", "", 1, {"1": 1})]
    assert [case.staff for case in theirs.days[0].cases] == [""]
    every = ask(desk, "", programme)
    assert every.office_codes == ["PEK", "SHA"]
    assert of(every.days) == [("", "", 3, {"1": 2, "5": 1})]
    (day,) = every.days
    assert (day.encounters, day.by_state, day.by_score) == (3, {"rated": 3}, {"1": 2, "5": 1})
    assert day.cells[0].reasons == {"rules": 1}
    assert day.cells[0].hours == {local(programme).hour: (3, 3, 1)}
    assert [(case.counter, case.staff, case.score) for case in day.cases] == [("", "", 1)] * 2
    today = day_of(programme)
    apart = desk.server.days(desk.device_id, DaysRequest("", today, today, cases_apart=True))
    assert [day.cases for day in apart.days] == [()], "tens of thousands are too long as documents"
    assert days_of(apart) == tuple(every.days)


@pytest.mark.parametrize(
    ("office", "first", "last"),
    [
        ("NOWHERE", "2026-09-21", "2026-09-21"),
        ("PEK", "2026-09-22", "2026-09-21"),
        ("PEK", "2025-09-20", "2026-09-21"),
        ("", "2026-06-01", "2026-09-21"),
        ("PEK", "yesterday", "2026-09-21"),
        ("PEK%' OR 1=1", "2026-09-21", "2026-09-21"),
    ],
)
def test_what_makes_no_sense_is_refused(
    programme: Programme, desk: Seat, office: str, first: str, last: str
) -> None:
    with pytest.raises(ProblemError) as error:
        desk.server.days(desk.device_id, DaysRequest(office, first, last))
    assert error.value.problem.code == "bad_request"


def test_a_counter_is_told_nothing(programme: Programme) -> None:
    counter = programme.seat()
    with pytest.raises(ProblemError) as error:
        ask(counter, "", programme)
    assert error.value.problem.code == "forbidden"


def test_an_office_without_visits_has_no_days(programme: Programme, desk: Seat) -> None:
    assert ask(desk, "PEK", programme).days == []
    with pytest.raises(ProblemError):
        desk.server.days(new_id(), DaysRequest("", "2026-09-21", "2026-09-21"))


def test_days_counted_before_there_were_sums_are_counted_anew(
    programme: Programme, desk: Seat
) -> None:
    seat = programme.seat()
    visit(seat, score=5)
    seat.push()
    assert ask(desk, "", programme).days != []
    with programme.server.engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE day_sum"))
        with Operations.context(MigrationContext.configure(connection)):
            v0045_day_sums.upgrade()
    (mark,) = marks(programme)
    assert (mark.office_id, mark.day) == (programme.office_id, day_of(programme))
    (day,) = ask(desk, "", programme).days
    assert (day.encounters, day.by_score) == (1, {"5": 1})
    assert marks(programme) == []
    assert findings(programme) == []
