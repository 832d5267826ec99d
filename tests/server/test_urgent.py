"""What a dissatisfied customer adds reaches the manager at once, whatever comes first."""

from __future__ import annotations

from uuid import UUID

import msgspec
import pytest

from app.domain import events as e
from app.domain.records import Case
from sync.server.audit import audit
from sync.server.problems import ProblemError
from sync.server.store.engine import reading
from tests.server.conftest import Programme
from tests.server.seats import Seat, new_id, visit


class Desk:
    """What a manager's desk hears and holds."""

    def __init__(self, programme: Programme) -> None:
        self.seat = programme.seat(counter=2, kind="desk")
        self.rung: list[Case] = []
        programme.server.transactions.after_commit.append(
            lambda changed: self.rung.extend(
                msgspec.json.decode(case, type=Case) for _, case in changed.alarms
            )
        )

    def cases(self) -> list[Case]:
        records = self.seat.pull().records
        return [msgspec.json.decode(bytes(r.body), type=Case) for r in records if r.kind == "case"]


def detail(
    seat: Seat, rating_id: UUID, encounter_id: UUID, text: bytes = "太慢了".encode()
) -> bytes:
    (body,) = seat.record(
        e.RatingDetailed(rating_id, encounter_id, ("attitude",), 1, seat.blob(text), e.CallWish.NOW)
    )
    return body


def says(case: Case) -> tuple[int | None, tuple[str, ...], str, str]:
    return case.score, case.reasons, case.comment, case.call


ALL = (1, ("attitude",), "太慢了", "now")


def test_a_call_rings_at_once_and_its_place_in_the_chain_changes_nothing(
    programme: Programme,
) -> None:
    seat, desk = programme.seat(), Desk(programme)
    encounter_id, rating_id = visit(seat, score=1)
    assert seat.urgent(seat.bodies[-1]).decision == "accepted"
    body = detail(seat, rating_id, encounter_id)
    assert seat.urgent(body).decision == "accepted"
    assert [says(case) for case in desk.rung] == [(1, (), "", ""), ALL]
    assert [says(case) for case in desk.cases()] == [ALL]
    assert seat.urgent(body).decision == "duplicate"
    assert [d.decision for d in seat.push().decisions] == ["duplicate"] * 2
    assert len(desk.rung) == 2
    assert desk.cases() == []  # nothing new to pull
    with reading(programme.server.engine) as connection:
        assert list(audit(connection)) == []


def test_a_call_ahead_of_its_rating_is_in_the_case_from_the_start(programme: Programme) -> None:
    seat, desk = programme.seat(), Desk(programme)
    encounter_id, rating_id = visit(seat, score=1)
    rating = seat.bodies[-1]
    assert seat.urgent(detail(seat, rating_id, encounter_id)).decision == "accepted"
    assert desk.rung == []
    assert seat.urgent(rating).decision == "accepted"
    assert [says(case) for case in desk.rung] == [ALL]
    assert [d.decision for d in seat.push().decisions] == ["duplicate"] * 2
    assert [says(case) for case in desk.cases()] == [ALL]


def test_a_call_that_comes_with_the_chain_alone_rings_too(programme: Programme) -> None:
    seat, desk = programme.seat(), Desk(programme)
    encounter_id, rating_id = visit(seat, score=1)
    seat.push()
    detail(seat, rating_id, encounter_id)
    assert seat.push().decisions == []
    assert [says(case) for case in desk.rung] == [(1, (), "", ""), ALL]


def test_a_call_for_a_rating_that_never_comes_is_an_exception(programme: Programme) -> None:
    seat = programme.seat()
    body = detail(seat, new_id(), new_id())
    assert seat.urgent(body).decision == "accepted"
    assert [d.code for d in seat.push().decisions] == ["unknown_rating"]


def test_a_comment_that_did_not_come_is_decided_by_the_chain(programme: Programme) -> None:
    seat, desk = programme.seat(), Desk(programme)
    encounter_id, rating_id = visit(seat, score=1)
    seat.push()
    body = detail(seat, rating_id, encounter_id)
    blobs, seat.blobs = seat.blobs, []
    answer = seat.urgent(body)
    assert (answer.decision, answer.code) == ("exception", "blob_missing")
    seat.blobs = blobs
    assert seat.push().decisions == []
    assert [says(case) for case in desk.cases()] == [ALL]


def test_nobody_adds_to_anothers_rating(programme: Programme) -> None:
    seat, other, desk = programme.seat(), programme.seat(counter=1), Desk(programme)
    encounter_id, rating_id = visit(seat, score=1)
    seat.push()
    elsewhere, _ = visit(other)
    other.push()
    answer = other.urgent(detail(other, rating_id, encounter_id))
    assert (answer.decision, answer.code) == ("exception", "wrong_device")
    answer = other.urgent(detail(other, rating_id, elsewhere))
    assert (answer.decision, answer.code) == ("exception", "other_encounter")
    assert [d.code for d in other.push().decisions] == ["wrong_device", "other_encounter"]
    assert [says(case) for case in desk.cases()] == [(1, (), "", "")]


def test_what_is_not_urgent_waits_for_the_chain(programme: Programme) -> None:
    seat = programme.seat()
    visit(seat, score=5)
    for body in (seat.bodies[0], seat.bodies[-1]):
        with pytest.raises(ProblemError) as error:
            seat.urgent(body)
        assert error.value.problem.code == "bad_request"
