"""Ratings from customers' own phones: in any order with their visits, once, apart."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from typing import Any

import msgspec
import pytest

from app.domain import events as e
from app.domain.records import Case, Figures
from sync.protocol.messages import Cursor
from sync.server.links import taking
from sync.server.links.problems import LinkError
from sync.server.links.service import RatingLinks
from sync.server.problems import ProblemError
from sync.server.store import tables as t
from tests.server.books import findings, rows
from tests.server.conftest import Programme, new_id
from tests.server.links import case_of, cell_of, refused, settled, token_of, turn_on, visitor
from tests.server.seats import Seat, visit

one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS


@pytest.fixture
def links(programme: Programme) -> RatingLinks:
    turn_on(programme)
    return RatingLinks(programme.server)


# --- in any order, and once


def test_a_low_rating_rings_before_anything_of_its_visit_is_here(
    programme: Programme, links: RatingLinks
) -> None:
    desk, seat = programme.seat(counter=2, kind="desk"), programme.seat()
    desk.pull()
    encounter_id, _ = visit(seat, score=None)
    rung: list[Any] = []
    programme.server.transactions.after_commit.append(lambda changed: rung.extend(changed.alarms))
    one = visitor(links, token_of(seat, encounter_id))
    one.rate(1)
    ((office_id, body),) = rung
    case = msgspec.json.decode(body, type=Case)
    assert (office_id, case.score, case.source, case.state) == (
        programme.office_id, 1, "phone", "new",
    )  # fmt: skip
    assert (case.counter_label, case.clerk_number, case.member_name) == ("A1", "", "")
    one.say("attitude", comment="没人理我", call=True)
    assert len(rung) == 2, "a call rings again"
    told = [msgspec.json.decode(record.body, type=Case) for record in desk.pull().records
            if record.kind == "case"]  # fmt: skip
    assert [(case.reasons, case.comment, case.call) for case in told] == [
        (("attitude",), "没人理我", "now")
    ]
    settled(programme)
    assert rows(programme, t.record, kind="figures") != [], "its case is of the day"
    seat.push()
    settled(programme)
    assert case_of(programme, one.rating_id).clerk_number == "101"
    assert cell_of(programme).phone == {"1": 1}


@pytest.mark.parametrize("order", list(permutations(range(3))))
@one_database
def test_the_order_in_which_things_come_changes_no_figure(
    programme: Programme, links: RatingLinks, order: tuple[int, ...]
) -> None:
    """The visit's entries, the panel's rating, and the phone's: whichever is first."""
    seat = programme.seat()
    encounter_id = new_id()
    seat.record(
        e.EncounterOpened(encounter_id, "search"),
        e.EncounterEnded(encounter_id, e.EncounterOutcome.FINISHED),
    )
    rated = e.RatingRecorded(new_id(), encounter_id, 1, 5)
    one = visitor(links, token_of(seat, encounter_id))

    def counter(*events: e.RatingRecorded) -> None:
        seat.record(*events)
        if seat.sent < len(seat.bodies):
            seat.push()

    steps = [counter, lambda: counter(rated), lambda: one.rate(2)]
    for step in order:
        steps[step]()
        settled(programme)
    cell = cell_of(programme)
    assert (cell.by_state, cell.by_score) == ({"rated": 1}, {"5": 1})
    assert (cell.phone, cell.companions) == ({}, {"2": 1}), "the visit had its rating"


def test_a_visit_that_timed_out_has_its_customers_rating_beside_its_state(
    programme: Programme, links: RatingLinks
) -> None:
    seat = programme.seat()
    encounter_id, _ = visit(seat, score=None)
    seat.push(e.RatingNotGiven(encounter_id, e.RatingState.TIMED_OUT))
    token = token_of(seat, encounter_id)
    assert not links.visit(token).is_rated
    visitor(links, token).rate(4)
    assert links.visit(token).is_rated
    for score in (5, 1):
        visitor(links, token).rate(score)
    settled(programme)
    cell = cell_of(programme)
    assert (cell.by_state, cell.by_score) == ({"timed_out": 1}, {}), "a phone's is never a panel's"
    assert (cell.phone, cell.companions) == ({"4": 1}, {"1": 1, "5": 1})


def test_a_touch_again_is_the_same_touch(programme: Programme, links: RatingLinks) -> None:
    seat = programme.seat()
    encounter_id, _ = visit(seat, score=None)
    seat.push()
    one = visitor(links, token_of(seat, encounter_id))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: one.rate(1), range(8)))
    one.say("rules", comment="once", call=True)
    one.say("rules", comment="once", call=True)
    one.say("attitude", comment="twice")
    assert len(rows(programme, t.rating)) == len(rows(programme, t.link_rating)) == 1
    case = case_of(programme, one.rating_id)
    assert (case.reasons, case.comment) == (("rules",), "once")
    settled(programme)


def test_so_many_companions_and_no_more_also_at_once(
    programme: Programme, links: RatingLinks
) -> None:
    turn_on(programme, companions=2)
    seat = programme.seat()
    encounter_id, _ = visit(seat, score=None)
    seat.push()
    token = token_of(seat, encounter_id)

    def rate(_: int) -> str:
        try:
            visitor(links, token).rate(5)
        except LinkError as error:
            return error.code
        return "taken"

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(rate, range(8))) == ["full"] * 5 + ["taken"] * 3
    assert links.visit(token).is_full
    places = sorted(row.place for row in rows(programme, t.link_rating))
    assert places == [1, 2, 3]
    settled(programme)
    assert (cell_of(programme).phone, cell_of(programme).companions) == ({"5": 1}, {"5": 2})


def test_a_mind_may_be_changed_as_long_as_on_the_panel(
    programme: Programme, links: RatingLinks
) -> None:
    seat = programme.seat()
    encounter_id, _ = visit(seat, score=None)
    seat.push()
    one = visitor(links, token_of(seat, encounter_id))
    one.rate(5)
    assert rows(programme, t.service_case) == []
    one.rate(1)
    one.rate(4)
    assert case_of(programme, one.rating_id).score == 4, "downgraded, and never gone"
    programme.clock.ms += 5_000 + taking.GRACE_MS
    assert one.look().can_change
    one.rate(3)
    programme.clock.ms += 1
    assert not one.look().can_change
    assert refused(lambda: one.rate(5)) == "settled"
    one.rate(3)  # what stands may be said again
    presses = sorted((row.revision, row.score) for row in rows(programme, t.rating))
    assert presses == [(1, 5), (2, 1), (3, 4), (4, 3)]
    settled(programme)
    assert cell_of(programme).phone == {"3": 1}


@one_database
def test_nobody_presses_for_ever(programme: Programme, links: RatingLinks) -> None:
    seat = programme.seat()
    one = visitor(links, token_of(seat, new_id()))
    for press in range(taking.MOST_PRESSES):
        one.rate(1 + press % 2)
    assert refused(lambda: one.rate(5)) == "settled"
    assert len(rows(programme, t.rating)) == taking.MOST_PRESSES


# --- late, quarantined, never


def test_a_week_later_it_counts_on_its_visits_day_and_nobody_is_called(
    programme: Programme, links: RatingLinks
) -> None:
    turn_on(programme, valid_hours=24 * 14)
    seat = programme.seat()
    encounter_id, _ = visit(seat, score=None)
    token = token_of(seat, encounter_id, hours=24 * 14)
    seat.push()
    settled(programme)
    programme.clock.ms += 7 * 24 * HOUR_MS
    one = visitor(links, token)
    one.rate(1)
    assert not one.look().can_call
    one.say(call=True)
    case = case_of(programme, one.rating_id)
    assert (case.call, case.clerk_number, case.opened_ms) == ("", "101", programme.clock.ms)
    settled(programme)
    days = {row.id: msgspec.json.decode(row.body, type=Figures)
            for row in rows(programme, t.record, kind="figures")}  # fmt: skip
    assert days["PEK 2026-09-21"].cells[0].phone == {"1": 1}
    assert len(days["PEK 2026-09-28"].cases) == 1, "a case is of the day on which it is opened"


def test_a_call_makes_sense_for_a_while(programme: Programme, links: RatingLinks) -> None:
    one = visitor(links, token_of(programme.seat(), new_id()))
    one.rate(4)
    assert not one.look().can_call, "nobody has to come for a good one"
    one.rate(2)
    programme.clock.ms += 29 * MINUTE_MS
    assert one.look().can_call
    programme.clock.ms += 2 * MINUTE_MS
    assert not one.look().can_call


def test_of_a_quarantined_visit_it_waits_until_that_is_honoured(
    programme: Programme, links: RatingLinks
) -> None:
    """The PC was set back: what it says now is kept apart, and the phone's rating waits."""
    seat = programme.seat()
    visit(seat)
    seat.push()
    seat.bodies.clear()
    seat.chain.clear()
    seat.sent = 0
    encounter_id, _ = visit(seat, score=None)
    with pytest.raises(ProblemError) as caught:
        seat.push()
    assert caught.value.problem.code == "fork"
    one = visitor(links, token_of(seat, encounter_id))
    one.rate(1)
    settled(programme)
    (link,) = rows(programme, t.rating_link)
    assert link.state == "waiting"
    assert case_of(programme, one.rating_id).state == "new", "the customer waits for no PC"
    cells = [
        cell
        for row in rows(programme, t.record, kind="figures")
        for cell in msgspec.json.decode(row.body, type=Figures).cells
    ]
    assert all(cell.phone == {} for cell in cells)


# --- what else knows of it


@one_database
def test_audit_proves_its_rows(programme: Programme, links: RatingLinks) -> None:
    seat = programme.seat()
    encounter_id, _ = visit(seat, score=None)
    seat.push()
    visitor(links, token_of(seat, encounter_id)).rate(1)
    settled(programme)
    with programme.work() as work:
        work.connection.execute(t.link_rating.update().values(score=5))
    found = "\n".join(findings(programme))
    assert "link_rating" in found
    assert "phone 5" in found
    with programme.work() as work:
        work.connection.execute(t.rating_link.delete())
    assert "by no link" in "\n".join(findings(programme))


def test_a_forgotten_members_words_go_with_them(programme: Programme, links: RatingLinks) -> None:
    from sync.server import forgetting
    from sync.server.store.engine import reading

    member_id, seat = programme.member(), programme.seat()
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    seat.push()
    one = visitor(links, token_of(seat, encounter_id))
    one.rate(1)
    one.say(comment="我是张伟")
    assert case_of(programme, one.rating_id).member_name == ""
    with reading(programme.server.engine) as connection:
        held = forgetting.gather(connection, programme.programme_id, member_id)
        copy = forgetting.copy_of(connection, programme.programme_id, member_id)
    assert [row["score"] for row in copy["ratings"]] == [1]
    assert "我是张伟" in copy["texts"].values()
    with programme.work() as work:
        forgetting.erase(work, held)
    assert rows(programme, t.blob) == []
    assert case_of(programme, one.rating_id).comment == ""
    settled(programme)


@one_database
def test_counters_are_told_nothing_of_it(programme: Programme, links: RatingLinks) -> None:
    seat: Seat = programme.seat()
    encounter_id, _ = visit(seat, score=None)
    seat.push()
    seat.cursor = Cursor(0, 0)
    one = visitor(links, token_of(seat, encounter_id))
    one.rate(1)
    one.say("attitude", comment="about the clerk")
    settled(programme)
    kinds = {record.kind for record in seat.pull().records}
    assert not kinds & {"case", "figures"}
