"""Appeals against ratings: who may, who decides, what counts then, and what counters hear of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
import pytest

from app.domain import events as e
from app.domain.records import Appeal, AppealAnswer, Figures
from sync.protocol.messages import PullAnswer
from sync.server import forgetting
from sync.server.links.service import RatingLinks
from sync.server.programme import NewStaff, add_counter, add_office, add_staff
from sync.server.store import tables as t
from sync.server.store.engine import reading
from tests.server.books import codes, rows, sound
from tests.server.conftest import Programme
from tests.server.links import cell_of, settled, token_of, turn_on, visitor
from tests.server.seats import Seat, new_id, visit


def appealed(seat: Seat, encounter_id: UUID, reason: str = "误触") -> UUID:
    appeal_id = new_id()
    seat.record(e.RatingAppealed(appeal_id, encounter_id, seat.blob(reason.encode())))
    return appeal_id


def answer(desk: Seat, appeal_id: UUID, *, upheld: bool, why: str = "seen") -> list[str]:
    return codes(desk, e.AppealDecided(appeal_id, upheld, desk.blob(why.encode())))


def told(programme: Programme, appeal_id: UUID) -> Appeal:
    [row] = rows(programme, t.record, kind="appeal", id=str(appeal_id))
    assert row.office_id == programme.office_id, "for the office's desks alone"
    return msgspec.json.decode(row.body, type=Appeal)


def of_day(programme: Programme) -> Figures:
    list(programme.upkeep.publishing_office_days())
    [row] = rows(programme, t.record, kind="figures")
    return msgspec.json.decode(row.body, type=Figures)


def documents(answered: PullAnswer) -> list[tuple[str, Any]]:
    return [(row.kind, msgspec.json.decode(row.body)) for row in answered.records]


@pytest.fixture
def seat(programme: Programme) -> Seat:
    return programme.seat()


@pytest.fixture
def desk(programme: Programme) -> Seat:
    return programme.seat(counter=2, kind="desk")


@pytest.mark.parametrize("score", [1, 5])
def test_an_upheld_one_is_kept_and_left_out_of_the_figures(
    programme: Programme, seat: Seat, desk: Seat, score: int
) -> None:
    encounter_id, rating_id = visit(seat, score=score)
    visit(seat, score=4)
    appeal_id = appealed(seat, encounter_id)
    assert codes(seat) == []
    waiting = told(programme, appeal_id)
    assert (waiting.state, waiting.reason, waiting.score) == ("waiting", "误触", score)
    assert (waiting.counter_label, waiting.staff_number) == ("A1", "101")
    before = of_day(programme)
    assert before.by_score == {str(score): 1, "4": 1}
    assert answer(desk, appeal_id, upheld=True) == []
    decided = told(programme, appeal_id)
    assert (decided.state, decided.decided_by, decided.reason) == ("upheld", "Wang Min", "")
    day = of_day(programme)
    assert day.by_score == {"4": 1}
    assert day.by_state == {"rated": 2}
    assert day.cells[0].excluded == {"appeal": 1}
    assert [hour[1] for hour in day.cells[0].hours.values()] == [1]
    assert rows(programme, t.rating, rating_id=rating_id)[0].score == score
    sound(programme)


def test_a_declined_one_changes_nothing(programme: Programme, seat: Seat, desk: Seat) -> None:
    encounter_id, _ = visit(seat, score=2)
    appeal_id = appealed(seat, encounter_id)
    seat.push()
    assert answer(desk, appeal_id, upheld=False) == []
    assert of_day(programme).by_score == {"2": 1}
    assert told(programme, appeal_id).state == "declined"
    sound(programme)


@pytest.mark.parametrize("upheld", [True, False])
def test_counters_hear_what_became_of_it_and_nothing_of_the_rating(
    programme: Programme, seat: Seat, desk: Seat, upheld: bool
) -> None:
    seen = []
    for score in (1, 5):
        encounter_id, _ = visit(seat, score=score)
        appeal_id = appealed(seat, encounter_id)
        seat.push()
        heard = [body for kind, body in documents(seat.pull()) if "appeal" in kind]
        assert heard == [], "while it waits nobody is told"
        answer(desk, appeal_id, upheld=upheld)
        pulled = [each for each in documents(seat.pull()) if "appeal" in each[0]]
        assert pulled == [(AppealAnswer.KIND, {"appeal_id": str(appeal_id), "is_upheld": upheld})]
        seen.append({key for _, body in pulled for key in body})
    assert seen[0] == seen[1]
    kinds = {kind for kind, _ in documents(desk.pull())}
    assert {"appeal", "appeal_answer"} <= kinds


def test_only_who_served_may_and_once(programme: Programme, seat: Seat) -> None:
    encounter_id, _ = visit(seat, score=1)
    with programme.work() as work:
        other = NewStaff("102", "Chen", ("clerk",), programme.office_id, "$argon2id$")
        other_id = add_staff(work, other)
    other_seat = programme.seat(counter=1)
    other_seat.staff_id = other_id
    seat.push()
    appealed(other_seat, encounter_id)
    assert codes(other_seat) == ["not_own_visit"]
    other_seat.staff_id = programme.clerk_id  # at another counter, in the same person's name
    appealed(other_seat, encounter_id)
    assert codes(other_seat) == []
    appealed(seat, encounter_id)
    assert codes(seat) == ["appeal_known"]
    appealed(seat, new_id())
    assert codes(seat) == ["unknown_encounter"]
    assert len(rows(programme, t.appeal)) == 1
    sound(programme)


def test_nobody_decides_about_their_own_visit_nor_a_clerk_nor_another_office(
    programme: Programme, seat: Seat, desk: Seat
) -> None:
    seat.staff_id = programme.manager_id  # serves at the counter herself
    encounter_id, _ = visit(seat, score=1)
    appeal_id = appealed(seat, encounter_id)
    seat.push()
    assert answer(desk, appeal_id, upheld=True) == ["own_appeal"]
    desk.staff_id = programme.clerk_id
    assert answer(desk, appeal_id, upheld=True) == ["not_manager"]
    desk.staff_id = programme.manager_id
    assert answer(desk, new_id(), upheld=True) == ["unknown_appeal"]
    with programme.work() as work:
        office_id = add_office(work, code="SHA", name="Shanghai", time_zone="Asia/Shanghai")
        counter_id = add_counter(work, office_id=office_id, label="D")
        manager = NewStaff("950", "Elsewhere", ("duty_manager",), office_id, "$argon2id$")
        elsewhere_id = add_staff(work, manager)
    programme.counter_ids.append(counter_id)
    elsewhere = programme.seat(counter=3, kind="desk")
    elsewhere.staff_id = elsewhere_id
    assert answer(elsewhere, appeal_id, upheld=True) == ["wrong_office"]
    assert told(programme, appeal_id).state == "waiting"
    assert of_day(programme).by_score == {"1": 1}
    sound(programme)


def test_the_first_manager_has_it_and_the_same_answer_again_is_nothing(
    programme: Programme, seat: Seat, desk: Seat
) -> None:
    encounter_id, _ = visit(seat, score=1)
    appeal_id = appealed(seat, encounter_id)
    seat.push()
    other = programme.seat(counter=2, kind="desk")
    assert answer(desk, appeal_id, upheld=True) == []
    assert answer(other, appeal_id, upheld=True) == []
    assert answer(other, appeal_id, upheld=False) == ["appeal_decided"]
    assert told(programme, appeal_id).state == "upheld"
    sound(programme)


def test_a_rating_that_comes_after_its_appeal_was_upheld_does_not_count(
    programme: Programme, seat: Seat, desk: Seat
) -> None:
    encounter_id, rating_id = new_id(), new_id()
    seat.record(
        e.EncounterOpened(encounter_id, "walk_in"),
        e.EncounterEnded(encounter_id, e.EncounterOutcome.FINISHED),
    )
    appeal_id = appealed(seat, encounter_id)
    assert codes(seat) == []
    assert told(programme, appeal_id).score is None
    seat.push(e.RatingRecorded(rating_id, encounter_id, 1, 2, ()))
    assert told(programme, appeal_id).score == 2
    assert answer(desk, appeal_id, upheld=True) == []
    seat.push(
        e.RatingRecorded(rating_id, encounter_id, 2, 3, ("repeat",)),
        e.RatingDetailed(rating_id, encounter_id, ("rules",), 1, None, None),
    )
    assert (told(programme, appeal_id).score, told(programme, appeal_id).reasons) == (3, ("rules",))
    day = of_day(programme)
    assert day.by_score == {}
    assert day.cells[0].excluded == {"appeal": 1, "repeat": 1}
    sound(programme)


@pytest.mark.parametrize("at_a_time", [1, 700])
def test_all_of_it_in_one_upload_and_twice(
    programme: Programme, seat: Seat, at_a_time: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.server.deciding._PART", at_a_time)
    encounter_id, _ = visit(seat, score=1)
    appeal_id = appealed(seat, encounter_id)
    seat.staff_id = programme.manager_id
    seat.record(e.AppealDecided(appeal_id, True, seat.blob(b"seen")))
    assert codes(seat) == []
    seat.sent = 0
    assert {each.code for each in seat.push().decisions} <= {""}
    assert told(programme, appeal_id).state == "upheld"
    assert of_day(programme).by_score == {}
    sound(programme)


def test_what_was_written_goes_with_the_member(programme: Programme, seat: Seat) -> None:
    member_id = programme.member()
    encounter_id, _ = visit(seat, score=1, member_id=member_id)
    appeal_id = appealed(seat, encounter_id, "他姓张")
    seat.push()
    assert "张" in told(programme, appeal_id).reason
    with reading(programme.server.engine) as connection:
        held = forgetting.gather(connection, programme.programme_id, member_id)
    with programme.work() as work:
        forgetting.erase(work, held)
    assert told(programme, appeal_id).reason == ""
    [row] = rows(programme, t.appeal)
    assert rows(programme, t.blob, commitment=row.reason_hash) == []


# --- what came by a visit's link


@pytest.mark.parametrize("panel", [None, 4])
@pytest.mark.parametrize("when", ["before", "while it waits", "after"])
def test_an_upheld_one_leaves_out_what_came_by_phone_too(
    programme: Programme, seat: Seat, desk: Seat, panel: int | None, when: str
) -> None:
    turn_on(programme)
    links = RatingLinks(programme.server)
    encounter_id, _ = visit(seat, score=panel)
    visit(seat, score=5)
    token = token_of(seat, encounter_id)

    def rate_by_phone() -> None:
        one = visitor(links, token)
        one.rate(1)
        one.say("attitude")
        visitor(links, token).rate(2)

    def now(moment: str) -> None:
        if moment == when:
            rate_by_phone()
        settled(programme)

    now("before")
    appeal_id = appealed(seat, encounter_id)
    assert codes(seat) == []
    now("while it waits")
    assert answer(desk, appeal_id, upheld=True) == []
    now("after")
    shown = told(programme, appeal_id)
    assert (shown.score, shown.phones) == (panel, ((1, ("attitude",)), (2, ())))
    cells = cell_of(programme)
    assert (cells.phone, cells.companions) == ({}, {})
    assert cells.excluded == {"appeal": 2 + (panel is not None)}
    assert cells.by_score == {"5": 1}


def test_a_rating_that_came_before_its_visit_is_shown_with_the_appeal(
    programme: Programme, seat: Seat, desk: Seat
) -> None:
    turn_on(programme)
    links = RatingLinks(programme.server)
    encounter_id, _ = visit(seat, score=None)
    visitor(links, token_of(seat, encounter_id)).rate(1)
    appeal_id = appealed(seat, encounter_id)
    assert codes(seat) == []
    settled(programme)
    assert told(programme, appeal_id).phones == ((1, ()),)
    assert answer(desk, appeal_id, upheld=False) == []
    settled(programme)
    assert cell_of(programme).phone == {"1": 1}


def test_what_another_counters_link_said_is_no_part_of_it(programme: Programme, seat: Seat) -> None:
    turn_on(programme)
    links = RatingLinks(programme.server)
    encounter_id, _ = visit(seat, score=2)
    other = programme.seat(counter=1)
    visitor(links, token_of(other, encounter_id)).rate(1)
    appeal_id = appealed(seat, encounter_id)
    assert codes(seat) == []
    settled(programme)
    assert told(programme, appeal_id).phones == ()
