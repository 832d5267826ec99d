"""A desk brings the server what a counter of its office signed: whose word it is, and whose not."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import msgspec
import pytest

from app.domain import events as e
from app.domain.entry import copy_statement
from app.domain.events import CustomerYes, Proof
from sync.protocol.messages import UrgentAnswer, UrgentRequest
from sync.server.problems import ProblemError
from sync.server.programme import add_office, revoke_device
from sync.server.store import tables as t
from tests.server.books import codes, rows, sound
from tests.server.conftest import KEYS, Programme, make_programme
from tests.server.seats import Seat, new_id, visit
from tests.server.test_urgent import ALL, Desk, detail, says


def brought(carrier: Seat, body: bytes, signer: Seat) -> UrgentAnswer:
    """The copy as the signer made it, by another's hand."""
    signature = signer.key.sign(copy_statement(body))
    request = UrgentRequest(msgspec.Raw(body), signer.blobs, signature)
    return carrier.server.urgent(carrier.device_id, request)


def refused(carrier: Seat, body: bytes, signer: Seat) -> str:
    with pytest.raises(ProblemError) as refusal:
        brought(carrier, body, signer)
    assert "signature" not in refusal.value.problem.detail, "nobody else's revocation is told"
    return refusal.value.problem.code


def kept(programme: Programme) -> int:
    return len(rows(programme, t.urgent_copy)) + len(rows(programme, t.service_case))


def test_it_is_the_counters_case_and_the_desks_entries_count_at_once(programme: Programme) -> None:
    seat, desk = programme.seat(), Desk(programme)
    encounter_id, rating_id = visit(seat, score=1)
    rating, said = seat.bodies[-1], detail(seat, rating_id, encounter_id)
    for body in (rating, said):
        assert brought(desk.seat, body, seat).decision == "accepted"
    assert desk.seat.push(e.CaseAcknowledged(rating_id)).decisions == []
    (case,) = rows(programme, t.service_case)
    (device,) = rows(programme, t.device, device_id=seat.device_id)
    assert (case.state, case.office_id) == ("acknowledged", device.office_id)
    assert [says(each) for each in desk.cases()] == [ALL]
    # the counter's own way, later
    assert seat.urgent(rating).decision == "duplicate"
    assert [d.decision for d in seat.push().decisions] == ["duplicate"] * 2
    assert rows(programme, t.exception_item) == []
    assert [row.device_id for row in rows(programme, t.urgent_copy)] == [seat.device_id] * 2
    sound(programme)


def test_twice_and_in_any_order_it_is_one_case(programme: Programme) -> None:
    seat, desk, other = programme.seat(), Desk(programme), programme.seat(counter=2, kind="desk")
    encounter_id, rating_id = visit(seat, score=1)
    rating, said = seat.bodies[-1], detail(seat, rating_id, encounter_id)
    assert brought(desk.seat, said, seat).decision == "accepted"
    assert [d.decision for d in seat.push().decisions] == ["duplicate"]
    assert brought(other, said, seat).decision == "duplicate"
    assert brought(desk.seat, rating, seat).decision == "duplicate"
    assert brought(other, rating, seat).decision == "duplicate"
    assert [says(each) for each in desk.cases()] == [ALL]
    assert len(rows(programme, t.service_case)) == 1
    assert [row.revision for row in rows(programme, t.rating)] == [1]
    sound(programme)


def test_a_forged_one_is_nobodys(programme: Programme) -> None:
    seat, desk = programme.seat(), programme.seat(counter=2, kind="desk")
    _, rating_id = visit(seat, score=1)
    rating = seat.bodies[-1]
    assert refused(desk, rating, desk) == "bad_signature", "the desk's own over another's entry"
    better = rating.replace(b'"score":1', b'"score":2')
    signature = seat.key.sign(copy_statement(rating))
    with pytest.raises(ProblemError) as refusal:
        desk.server.urgent(desk.device_id, UrgentRequest(msgspec.Raw(better), [], signature))
    assert refusal.value.problem.code == "bad_signature"
    nobody = replace(seat, device_id=new_id())
    visit(nobody, score=1)
    assert refused(desk, nobody.bodies[-1], seat) == "forbidden"
    assert kept(programme) == 0
    assert rating_id not in {row.rating_id for row in rows(programme, t.rating)}


@pytest.mark.parametrize("where", ["other office", "other programme"])
def test_no_office_speaks_for_another(programme: Programme, where: str) -> None:
    seat = programme.seat()
    visit(seat, score=1)
    if where == "other programme":
        stranger = make_programme(programme.server, programme.clock, code="PEK")
        desk = stranger.seat(counter=2, kind="desk")
    else:
        desk = elsewhere(programme)
    assert refused(desk, seat.bodies[-1], seat) == "forbidden"
    assert kept(programme) == 0


def elsewhere(programme: Programme) -> Seat:
    """A desk that belongs to another office from now on."""
    desk = programme.seat(counter=2, kind="desk")
    with programme.work() as work:
        office_id = add_office(work, code="SHA", name="上海", time_zone="Asia/Shanghai")
        device = t.device
        work.connection.execute(
            device.update().where(device.c.device_id == desk.device_id).values(office_id=office_id)
        )
    return desk


def test_of_a_counter_that_was_shut_out_nothing_is_taken(programme: Programme) -> None:
    seat, desk = programme.seat(), programme.seat(counter=2, kind="desk")
    visit(seat, score=1)
    with programme.work() as work:
        revoke_device(work, KEYS, seat.device_id)
    assert refused(desk, seat.bodies[-1], seat) == "forbidden"
    assert codes(desk, e.CaseAcknowledged(new_id())) == ["unknown_case"], "the desk works on"
    assert kept(programme) == 0


def test_a_desk_that_was_shut_out_brings_nothing(programme: Programme) -> None:
    seat, desk = programme.seat(), programme.seat(counter=2, kind="desk")
    visit(seat, score=1)
    with programme.work() as work:
        revoke_device(work, KEYS, desk.device_id)
    with pytest.raises(ProblemError) as refusal:
        brought(desk, seat.bodies[-1], seat)
    assert refusal.value.problem.code == "revoked"
    assert kept(programme) == 0


def test_nothing_else_is_carried_than_ratings(programme: Programme) -> None:
    member_id = programme.member(9_000)
    seat, desk = programme.seat(), programme.seat(counter=2, kind="desk")
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    spend = e.RedemptionRequested(
        new_id(), encounter_id, member_id, UUID(int=1), 500, Proof.CARD, CustomerYes.PANEL
    )
    good = e.RatingRecorded(new_id(), encounter_id, 1, 5)
    for event in (spend, good, e.EncounterOpened(new_id(), "scan")):
        (body,) = seat.record(event)
        assert refused(desk, body, seat) == "bad_request"
    assert kept(programme) == 0
