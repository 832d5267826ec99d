"""What a manager honours: rescued from a shut-out PC, or refused for what has come since."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from app.domain import events as e
from sync.server.programme import revoke_device
from sync.server.rescue import RescueServer
from sync.server.store import tables as t
from tests.server.books import posted, rows, sound
from tests.server.conftest import KEYS, Programme, new_id
from tests.server.counter_pc import honour_all
from tests.server.lost import broken, earn, open_items, push
from tests.server.seats import Seat, visit


def _rescue(programme: Programme, seat: Seat) -> list[tuple[str, str]]:
    """What the seat has to send comes on a stick, the seat itself being shut out."""
    with programme.work() as work:
        revoke_device(work, KEYS, seat.device_id)
    server = RescueServer(programme.server.engine, KEYS, programme.clock, new_id=new_id)
    server.push(seat.device_id, seat.request())
    return sorted(open_items(programme))


def _join(seat: Seat, member_id: UUID, card_no: str) -> UUID:
    encounter_id, _ = visit(seat)
    profile = seat.blob({"name": "李娜", "phone": "13800000001"})
    seat.record(e.MemberJoined(encounter_id, member_id, card_no, profile))
    return encounter_id


def _change_phone(seat: Seat, member_id: UUID, phone: str) -> None:
    encounter_id, _ = visit(seat)
    seat.record(e.ContactUpdated(encounter_id, member_id, seat.blob({"phone": phone})))


def _member(programme: Programme, member_id: UUID) -> Any:
    [row] = [r for r in rows(programme, t.member) if r.member_id == member_id]
    return row


def _honour(programme: Programme, desk: Seat, entry_type: str) -> list[str]:
    """The codes that a manager's answer to the open exceptions of a type is refused with."""
    waiting = [
        r.exception_id
        for r in rows(programme, t.exception_item)
        if r.state == "open" and r.entry_type == entry_type
    ]
    answers = (e.ExceptionSettled(each, "honour", None) for each in waiting)
    return [d.code for d in desk.push(*answers).decisions]


def test_who_joined_at_a_shut_out_counter_is_taken_in_with_all_that_was_done_for_them(
    programme: Programme,
) -> None:
    seat, member_id = programme.seat(), new_id()
    encounter_id = _join(seat, member_id, "CA777")
    seat.record(e.MemberIdentified(encounter_id, member_id, e.Proof.CARD))
    earn(seat, member_id, encounter_id)
    _change_phone(seat, member_id, "13800000002")
    assert _rescue(programme, seat) == [
        ("AccrualRecorded", "shut_out"),
        ("ContactUpdated", "shut_out"),
        ("MemberIdentified", "unknown_member"),
        ("MemberJoined", "shut_out"),
    ]
    assert honour_all(programme) == 4
    row = _member(programme, member_id)
    assert (row.name, row.phone, row.card_no) == ("李娜", "13800000002", "CA777")
    assert row.home_office == "PEK"
    assert posted(programme, member_id) == 100
    met = [r.member_id for r in rows(programme, t.encounter) if r.encounter_id == encounter_id]
    assert met == [member_id]
    sound(programme)


def test_what_another_counter_changed_of_a_member_lost_for_a_while_is_booked(
    programme: Programme,
) -> None:
    seat, other = programme.seat(), programme.seat(counter=1)
    desk, member_id = programme.seat(counter=2, kind="desk"), new_id()
    _join(seat, member_id, "CA777")
    whole = seat.request()
    push(seat, broken(seat, {4}))
    encounter_id, _ = visit(other)
    other.record(e.MemberIdentified(encounter_id, member_id, e.Proof.CARD))
    other.record(e.CardReplaced(encounter_id, member_id, "CA777", "CA778"))
    _change_phone(other, member_id, "13800000002")
    assert {code for _, _, code in push(other, other.request())} == {"unknown_member"}
    assert _honour(programme, desk, "CardReplaced") == ["unknown_member"]
    push(seat, whole)
    for entry_type in ("MemberIdentified", "CardReplaced", "ContactUpdated"):
        assert _honour(programme, desk, entry_type) == []
    row = _member(programme, member_id)
    assert (row.card_no, row.phone) == ("CA778", "13800000002")
    sound(programme)


def test_a_card_replaced_again_waits_for_the_one_before(programme: Programme) -> None:
    """At the same counter it is tried again by itself, at another a manager honours it."""
    seat, other, member_id = programme.seat(), programme.seat(counter=1), programme.member()
    desk = programme.seat(counter=2, kind="desk")
    card_no = _member(programme, member_id).card_no
    encounter_id, _ = visit(seat)
    seat.record(e.CardReplaced(encounter_id, member_id, card_no, "CA778"))
    seat.record(e.CardReplaced(encounter_id, member_id, "CA778", "CA779"))
    whole = seat.request()
    assert (5, "exception", "wrong_card") in push(seat, broken(seat, {4}))
    other.record(e.CardReplaced(visit(other)[0], member_id, "CA779", "CA780"))
    assert push(other, other.request()) == [(4, "exception", "wrong_card")]
    push(seat, whole)
    assert _member(programme, member_id).card_no == "CA779"
    assert open_items(programme) == [("CardReplaced", "wrong_card")]
    assert _honour(programme, desk, "CardReplaced") == []
    assert _member(programme, member_id).card_no == "CA780"
    sound(programme)


def test_a_case_whose_rating_was_lost_keeps_what_a_desk_did_with_it(programme: Programme) -> None:
    """The desk heard of it over the office's network; the answers and a later note come at once."""
    seat, desk = programme.seat(), programme.seat(counter=2, kind="desk")
    _, case_id = visit(seat, score=1)
    whole = seat.request()
    push(seat, broken(seat, {2, 3}))
    desk.record(e.CaseAcknowledged(case_id), e.CaseNoted(case_id, desk.blob(b"They waited")))
    assert {d.code for d in desk.push().decisions} == {"unknown_case"}
    push(seat, whole)
    waiting = {r.entry_type: r for r in rows(programme, t.exception_item) if r.state == "open"}
    for each in ("CaseAcknowledged", "CaseNoted"):
        desk.record(e.ExceptionSettled(waiting[each].exception_id, "honour", None))
    desk.record(e.CaseClosed(case_id, "resolved"))
    assert desk.push().decisions == []
    [case] = rows(programme, t.service_case)
    assert (case.state, case.acknowledged_ms is None) == ("closed", False)
    assert len(rows(programme, t.case_note)) == 1
    assert open_items(programme) == []
    sound(programme)


@pytest.mark.parametrize("staffed", [True, False])
def test_a_rescued_managers_act_says_who_it_was_or_is_refused(
    programme: Programme, staffed: bool
) -> None:
    seat, desk = programme.seat(), programme.seat(counter=2, kind="desk")
    _, case_id = visit(seat, score=1)
    push(seat, seat.request())
    lost = programme.seat(counter=2, kind="desk")
    if not staffed:
        lost.staff_id = None
    lost.record(e.CaseAcknowledged(case_id))
    assert _rescue(programme, lost) == [("CaseAcknowledged", "shut_out")]
    assert _honour(programme, desk, "CaseAcknowledged") == ([] if staffed else ["unknown_staff"])
    [case] = rows(programme, t.service_case)
    assert case.state == ("acknowledged" if staffed else "new")
    sound(programme)


def test_what_is_kept_apart_is_not_to_be_honoured(programme: Programme) -> None:
    seat, desk = programme.seat(), programme.seat(counter=2, kind="desk")
    member_id = programme.member(1_000)
    visit(seat)
    push(seat, seat.request())
    spent = e.RedemptionGranted(
        new_id(), new_id(), member_id, new_id(), 100, e.Cover.AT_RISK, None, seat.pool_id
    )
    server = RescueServer(programme.server.engine, KEYS, programme.clock, new_id=new_id)
    server.keep_apart(seat.device_id, 1, [(4, seat.body(spent))])
    assert _honour(programme, desk, "RedemptionGranted") == ["cannot_honour"]
    assert posted(programme, member_id) == 1_000
    sound(programme)


def test_an_answer_that_honours_itself_is_refused(programme: Programme) -> None:
    """Only a forged journal says such a thing, and it must not run in circles."""
    lost, desk = programme.seat(counter=2, kind="desk"), programme.seat(counter=2, kind="desk")
    first, second = new_id(), new_id()
    for event_id, other in ((first, second), (second, first)):
        lost.append(lost.body(e.ExceptionSettled(other, "honour", None), event_id=event_id))
    assert _rescue(programme, lost) == [("ExceptionSettled", "shut_out")] * 2
    assert _honour(programme, desk, "ExceptionSettled") == ["cannot_honour"] * 2
    sound(programme)


def test_a_rescued_answer_is_given_once_a_manager_stands_by_it(programme: Programme) -> None:
    seat, other = programme.seat(), programme.seat(counter=1)
    lost, desk = programme.seat(counter=2, kind="desk"), programme.seat(counter=2, kind="desk")
    member_id = new_id()
    _join(seat, member_id, "CA777")
    whole = seat.request()
    push(seat, broken(seat, {4}))
    earn(other, member_id, visit(other)[0])
    assert push(other, other.request()) == [(4, "exception", "unknown_member")]
    push(seat, whole)
    [item] = [r for r in rows(programme, t.exception_item) if r.state == "open"]
    lost.record(e.ExceptionSettled(item.exception_id, "honour", None))
    assert ("ExceptionSettled", "shut_out") in _rescue(programme, lost)
    assert posted(programme, member_id) == 0
    assert _honour(programme, desk, "ExceptionSettled") == []
    assert posted(programme, member_id) == 100
    assert open_items(programme) == []
    sound(programme)


def test_no_rescue_books_a_clerk_their_own_points(programme: Programme) -> None:
    seat, desk = programme.seat(), programme.seat(counter=2, kind="desk")
    own, other = programme.member(), programme.member()
    with programme.work() as work:
        clerk = t.staff.update().where(t.staff.c.staff_id == programme.clerk_id)
        work.connection.execute(clerk.values(member_id=own))
    encounter_id, _ = visit(seat)
    earn(seat, own, encounter_id)
    earn(seat, other, encounter_id)
    assert _rescue(programme, seat) == [("AccrualRecorded", "shut_out")] * 2
    assert _honour(programme, desk, "AccrualRecorded") == ["own_membership"]
    assert (posted(programme, own), posted(programme, other)) == (0, 100)
    sound(programme)
