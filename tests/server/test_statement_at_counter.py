"""A member's statement at the counter: the books' own figures, bounded, and written down."""

from __future__ import annotations

import pytest

from sync.server import statement_at_counter
from sync.server.forgetting import erase, gather
from sync.server.problems import ProblemError
from sync.server.store import tables as t
from tests.server.books import codes, paid, rows
from tests.server.conftest import Programme
from tests.server.seats import new_id, visit
from tests.server.test_leases import by_member

DAY_MS = 86_400_000


def test_it_says_what_the_books_say(programme: Programme) -> None:
    member_id = programme.member(8_000, home_office="PEK")
    seat = programme.seat()
    lease = by_member(seat)[member_id]
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    assert codes(seat, paid(encounter_id, member_id, 300)) == []
    told = seat.statement(member_id)
    assert [(line.kind, line.points, line.balance) for line in told.lines] == [
        ("opening", 8_000, 8_000),
        ("accrual", 300, 8_300),
    ]
    assert (told.opening_points, told.closing_points, told.owed_points) == (0, 8_300, 0)
    assert sum(lot.remaining for lot in told.lots) == 8_300
    (held,) = told.set_aside
    assert (held.points, held.office_code, held.counter_label) == (lease.points, "PEK", "A1")
    (asked,) = rows(programme, t.look_up, keys="statement")
    assert (asked.staff_id, asked.member_ids) == (seat.staff_id, str(member_id))


def test_a_span_of_days_and_the_newest_lines_alone(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    member_id, seat = programme.member(100), programme.seat()
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    programme.clock.ms += 3 * DAY_MS
    assert codes(seat, *(paid(encounter_id, member_id, n) for n in (10, 20, 30))) == []
    (first,) = [line for line in seat.statement(member_id).lines if line.kind == "opening"]
    later = seat.statement(member_id, first_day=seat.statement(member_id).lines[-1].booked_on)
    assert first.booked_on < later.lines[0].booked_on
    assert (later.opening_points, later.closing_points) == (100, 160)
    monkeypatch.setattr(statement_at_counter, "MOST_LINES", 2)
    newest = seat.statement(member_id)
    assert (len(newest.lines), newest.opening_points) == (2, newest.lines[0].balance - (
        newest.lines[0].points
    ))  # fmt: skip


def test_who_may_not_ask_is_told_nothing(programme: Programme) -> None:
    member_id, seat = programme.member(100), programme.seat()
    desk = programme.seat(counter=2, kind="desk")
    assert desk.statement(member_id).outcome == "told"
    seat.staff_id = new_id()
    with pytest.raises(ProblemError) as caught:
        seat.statement(member_id)
    assert caught.value.problem.code == "forbidden"
    seat.staff_id = programme.clerk_id
    with pytest.raises(ProblemError) as caught:
        seat.statement(member_id, first_day="2026")
    assert caught.value.problem.code == "bad_request"
    for _ in range(20):
        seat.statement(member_id)
    with pytest.raises(ProblemError) as caught:
        seat.statement(member_id)
    assert caught.value.problem.code == "busy"


def test_of_somebody_forgotten_or_unknown_nothing_is_known(programme: Programme) -> None:
    member_id, seat = programme.member(100), programme.seat()
    with programme.work() as work:
        erase(work, gather(work.connection, work.programme_id, member_id))
    assert seat.statement(member_id).outcome == "none"
    assert seat.statement(new_id()).outcome == "none"


def test_a_merged_member_is_told_as_one(programme: Programme) -> None:
    gone, stays = programme.member(100), programme.member(50)
    seat = programme.seat()
    with programme.work() as work:
        work.connection.execute(
            t.member.update()
            .where(t.member.c.member_id == gone)
            .values(merged_into=stays, status="merged")
        )
    assert seat.statement(gone).closing_points == 150
    assert [line.kind for line in seat.statement(stays).lines] == ["opening", "opening"]
