"""Entries that a counter's disk doesn't give back: their places, and how they are filled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from app.domain import events as e
from app.domain.entry import place_name
from sync.server import filling
from sync.server.problems import ProblemError
from sync.server.programme import revoke_device
from sync.server.rescue import RescueServer
from sync.server.status import status_lines
from sync.server.store import tables as t
from sync.server.store.engine import reading
from sync.server.work import Work
from tests.server.books import posted, rows, sound
from tests.server.conftest import KEYS, Programme, new_id
from tests.server.lost import broken, earn, open_items, push, sign
from tests.server.seats import Seat, visit


@pytest.mark.parametrize(
    ("lost", "waiting"),
    [
        ({1}, {2, 3}),
        ({4}, {5, 6, 7}),
        ({2, 7}, set()),
        ({1, 2, 3, 4, 5, 6, 7}, set()),
    ],
)
def test_what_stands_behind_goes_on_and_only_dependents_wait(
    programme: Programme, lost: set[int], waiting: set[int]
) -> None:
    """Entries 1 to 3 are one visit, 4 to 7 another; 1 and 4 open them."""
    seat = programme.seat()
    visit(seat)
    visit(seat, member_id=programme.member())
    decided = push(seat, broken(seat, lost))
    assert {seq for seq, _, code in decided if code == "unreadable"} == lost
    assert {seq for seq, _, code in decided if code == "unknown_encounter"} == waiting
    assert len(open_items(programme)) == len(decided) == len(lost | waiting)
    sound(programme)
    visit(seat)
    assert push(seat, seat.request()) == []
    sound(programme)


def test_a_body_that_comes_after_all_is_decided_then_and_once(programme: Programme) -> None:
    seat, member_id = programme.seat(), programme.member()
    encounter_id, _ = visit(seat, member_id=member_id)
    earn(seat, member_id, encounter_id)
    whole = seat.request()
    assert len(push(seat, broken(seat, {1}))) == 5
    assert posted(programme, member_id) == 0
    assert push(seat, whole) == [(seq, "duplicate", "") for seq in range(2, 6)]
    assert posted(programme, member_id) == 100
    assert open_items(programme) == []
    assert {r.decision for r in rows(programme, t.entry)} == {"accepted"}
    assert [(r.rating_state, r.score) for r in rows(programme, t.encounter)] == [("rated", 5)]
    sound(programme)
    assert len(push(seat, whole)) == 5
    assert posted(programme, member_id) == 100
    sound(programme)


def test_managers_honour_what_another_counter_earned_for_a_member_lost_for_a_while(
    programme: Programme,
) -> None:
    seat, other = programme.seat(), programme.seat(counter=1)
    desk, member_id = programme.seat(counter=2, kind="desk"), new_id()
    encounter_id, _ = visit(seat)
    profile = seat.blob({"name": "李娜"})
    seat.record(e.MemberJoined(encounter_id, member_id, "CA777", profile))
    whole = seat.request()
    push(seat, broken(seat, {4}))
    accrual_id = earn(other, member_id, visit(other)[0])
    assert push(other, other.request()) == [(4, "exception", "unknown_member")]
    [item] = [r for r in rows(programme, t.exception_item) if r.code == "unknown_member"]
    answer = e.ExceptionSettled(item.exception_id, "honour", None)
    assert [d.code for d in desk.push(answer).decisions] == ["unknown_member"]
    push(seat, whole)
    assert posted(programme, member_id) == 0
    assert desk.push(answer).decisions == []
    assert posted(programme, member_id) == 100
    assert [d.code for d in desk.push(answer).decisions] == ["settled"]
    other.record(e.AccrualReversed(accrual_id, visit(other)[0], "other"))
    assert push(other, other.request()) == []
    assert posted(programme, member_id) == 0
    sound(programme)


def test_a_lost_accrual_is_posted_when_it_is_rescued_and_undone_by_what_waited(
    programme: Programme,
) -> None:
    seat, member_id = programme.seat(), programme.member()
    encounter_id, _ = visit(seat, member_id=member_id)
    accrual_id = earn(seat, member_id, encounter_id)
    seat.record(e.AccrualReversed(accrual_id, encounter_id, "other"))
    whole = seat.request()
    assert push(seat, broken(seat, {5})) == [
        (5, "exception", "unreadable"),
        (6, "exception", "unknown_accrual"),
    ]
    push(seat, whole)
    assert posted(programme, member_id) == 0
    assert {r.kind for r in rows(programme, t.ledger_txn)} == {"accrual", "accrual_reversal"}
    assert open_items(programme) == []
    sound(programme)


def test_what_waited_may_be_refused_for_another_reason_then(programme: Programme) -> None:
    """One flight at two counters: the one whose visit was lost for a while comes second."""
    seat, other, member_id = programme.seat(), programme.seat(counter=1), programme.member()

    def earn_flight(at: Seat, encounter_id: Any) -> None:
        at.record(
            e.AccrualRecorded(
                new_id(), encounter_id, member_id, 100, e.AccrualSource.FLIGHT,
                "CA1501-1", None, None, 1, "",
            )
        )  # fmt: skip

    encounter_id, _ = visit(seat, member_id=member_id)
    earn_flight(seat, encounter_id)
    whole = seat.request()
    push(seat, broken(seat, {1}))
    encounter_id, _ = visit(other, member_id=member_id)
    earn_flight(other, encounter_id)
    assert push(other, other.request()) == []
    push(seat, whole)
    assert open_items(programme) == [("AccrualRecorded", "already_earned")]
    assert {r.code for r in rows(programme, t.entry)} == {"", "already_earned"}
    assert posted(programme, member_id) == 100
    sound(programme)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@pytest.mark.parametrize("answer", ["noted", "write_off"])
def test_what_a_manager_settles_at_that_very_moment_stays_settled(
    programme: Programme, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    """One item could be applied now, the other would be refused again, of an unknown member."""
    seat, desk = programme.seat(), programme.seat(counter=2, kind="desk")
    encounter_id, _ = visit(seat)
    earn(seat, new_id(), encounter_id)
    whole = seat.request()
    push(seat, broken(seat, {1}))
    settled = {
        row.exception_id
        for row in rows(programme, t.exception_item)
        if row.entry_type in ("RatingRecorded", "AccrualRecorded")
    }
    look, looked = filling._open_exceptions, []

    def settle_before_the_second_look(work: Work, ids: Sequence[Any]) -> dict[Any, Any]:
        looked.append(ids)
        if len(looked) == 2:
            answers = [e.ExceptionSettled(i, answer, None) for i in sorted(settled)]
            assert desk.push(*answers).decisions == []
        return look(work, ids)

    monkeypatch.setattr(filling, "_open_exceptions", settle_before_the_second_look)
    push(seat, whole)
    assert len(looked) == 2
    items = rows(programme, t.exception_item)
    assert {r.exception_id for r in items if r.answer == answer and r.settled_by} == settled
    assert open_items(programme) == []
    entries = {r.seq: r.code for r in rows(programme, t.entry) if r.device_id == seat.device_id}
    assert entries == {1: "", 2: "", 3: "unknown_encounter", 4: "unknown_encounter"}
    sound(programme)


def test_a_lost_entry_that_is_known_by_its_copy_waits_as_others_do(programme: Programme) -> None:
    """Its place can't be filled, as the hash before it is lost, too."""
    seat = programme.seat()
    encounter_id = new_id()
    seat.record(e.EncounterOpened(encounter_id, "search"))
    seat.record(e.MemberIdentified(encounter_id, programme.member(), e.Proof.CARD))
    seat.urgent(seat.record(e.RatingRecorded(new_id(), encounter_id, 1, 1))[0])
    visit(seat)
    whole = seat.request()
    assert push(seat, broken(seat, {1, 2, 3}, unknown=frozenset({2}))) == [
        (1, "exception", "unreadable"),
        (2, "exception", "unreadable"),
        (3, "exception", "unknown_encounter"),
    ]
    push(seat, broken(seat, {2, 3}, unknown=frozenset({2}), request=whole))
    assert open_items(programme) == [("MemberIdentified", "unreadable")]
    [entry] = [row for row in rows(programme, t.entry) if row.seq == 3]
    assert (entry.raw, entry.decision, entry.code) == (b"", "duplicate", "")
    assert sorted(r.score for r in rows(programme, t.encounter)) == [1, 5]
    sound(programme)


def test_nobody_has_to_settle_what_its_body_settles(programme: Programme) -> None:
    """Known by its copy and refused first, it is filled in with what it waited for."""
    seat, encounter_id = programme.seat(), new_id()
    seat.record(e.EncounterOpened(encounter_id, "search"))
    seat.record(e.EncounterResumed(encounter_id))
    seat.urgent(seat.record(e.RatingRecorded(new_id(), encounter_id, 1, 1))[0])
    visit(seat)
    whole = seat.request()
    push(seat, broken(seat, {1, 2, 3}, unknown=frozenset({2})))
    push(seat, whole)
    assert open_items(programme) == [("EncounterResumed", "unreadable")]
    assert sorted(r.score for r in rows(programme, t.encounter)) == [1, 5]
    sound(programme)


def test_another_body_never_fills_the_place(programme: Programme) -> None:
    seat, member_id = programme.seat(), programme.member()
    encounter_id, _ = visit(seat, member_id=member_id)
    earn(seat, member_id, encounter_id)
    push(seat, broken(seat, {5}))
    forged = Seat(seat.server, seat.clock, seat.device_id, seat.key)
    forged.staff_id = seat.staff_id
    forged.bodies, forged.chain = seat.bodies[:4], seat.chain[:4]
    earn(forged, member_id, encounter_id, 9_000)
    with pytest.raises(ProblemError) as refused:
        push(forged, forged.request())
    assert refused.value.problem.code == "fork"
    assert posted(programme, member_id) == 0
    sound(programme)


def test_a_server_that_has_the_entry_says_nothing_of_it(programme: Programme) -> None:
    seat = programme.seat()
    visit(seat)
    whole = seat.request()
    seat.server.push(seat.device_id, whole)
    assert push(seat, broken(seat, {1, 3}, request=whole)) == [
        (seq, "duplicate", "") for seq in (1, 2, 3)
    ]
    assert open_items(programme) == []
    assert all(r.raw for r in rows(programme, t.entry))


def test_the_hash_may_be_lost_as_well(programme: Programme) -> None:
    """The first entry behind tells the hash itself, and counts as the device signs it."""
    seat = programme.seat()
    visit(seat)
    visit(seat)
    whole = seat.request()
    assert push(seat, broken(seat, {2, 3}, unknown=frozenset({2, 3}))) == [
        (2, "exception", "unreadable"),
        (3, "exception", "unreadable"),
    ]
    sound(programme)
    assert [(s, d) for s, d, _ in push(seat, whole)] == [(n, "duplicate") for n in range(1, 7)]
    assert len(open_items(programme)) == 2, "no hash proves the bodies: people settle it"
    sound(programme)


def test_an_upload_may_end_at_a_places_name_where_hashes_are_lost(programme: Programme) -> None:
    """A copy of the disk from before tells the hash of that place, and is no fork."""
    seat = programme.seat()
    visit(seat)
    visit(seat)
    true = list(seat.chain)
    whole = seat.request()
    seat.chain[2] = place_name(seat.device_id, seat.incarnation, 3)
    first = broken(seat, {2, 3}, unknown=frozenset({2}), request=seat.request(1, 3))
    assert [code for _, _, code in push(seat, first)] == ["unreadable", "unreadable"]
    sound(programme)
    rest = broken(seat, {4}, unknown=frozenset({4}))
    assert (4, "exception", "unreadable") in push(seat, rest)
    sound(programme)
    seat.chain = true
    assert {d for _, d, _ in push(seat, whole)} == {"duplicate"}
    visit(seat)
    assert push(seat, seat.request()) == []
    sound(programme)


def test_a_places_name_is_no_fork_of_what_the_server_has(programme: Programme) -> None:
    seat = programme.seat()
    visit(seat)
    visit(seat)
    assert push(seat, seat.request()) == []
    seat.chain[2] = place_name(seat.device_id, seat.incarnation, 3)
    first = broken(seat, {2, 3}, unknown=frozenset({2}), request=seat.request(1, 3))
    assert {d for _, d, _ in push(seat, first)} == {"duplicate"}
    assert open_items(programme) == []
    sound(programme)


def test_what_a_person_settled_is_not_decided_again(programme: Programme) -> None:
    seat, member_id = programme.seat(), programme.member()
    encounter_id, _ = visit(seat, member_id=member_id)
    earn(seat, member_id, encounter_id)
    whole = seat.request()
    push(seat, broken(seat, {5}))
    desk = programme.seat(counter=2, kind="desk")
    [row] = rows(programme, t.exception_item)
    again = desk.push(e.ExceptionSettled(row.exception_id, "honour", None))
    assert [d.code for d in again.decisions] == ["cannot_honour"]
    assert desk.push(e.ExceptionSettled(row.exception_id, "write_off", None)).decisions == []
    assert (5, "exception", "unreadable") in push(seat, whole)
    assert posted(programme, member_id) == 0
    assert all(r.raw for r in rows(programme, t.entry)), "the bytes are kept"
    sound(programme)


def test_a_rescued_body_that_a_rule_refuses_waits_for_that_reason(programme: Programme) -> None:
    seat, encounter_id = programme.seat(), new_id()
    seat.record(e.EncounterOpened(encounter_id, "search"))
    seat.record(e.MemberIdentified(encounter_id, new_id(), e.Proof.CARD))
    whole = seat.request()
    push(seat, broken(seat, {2}))
    assert (2, "exception", "unknown_member") in push(seat, whole)
    assert open_items(programme) == [("MemberIdentified", "unknown_member")]
    sound(programme)


def test_a_shut_out_counters_rescued_points_are_held(programme: Programme) -> None:
    seat, member_id = programme.seat(), programme.member()
    encounter_id, _ = visit(seat, member_id=member_id)
    earn(seat, member_id, encounter_id)
    whole = seat.request()
    push(seat, broken(seat, {5}))
    with programme.work() as work:
        revoke_device(work, KEYS, seat.device_id)
    server = RescueServer(programme.server.engine, KEYS, programme.clock, new_id=new_id)
    answer = server.push(seat.device_id, whole)
    assert [(d.seq, d.code) for d in answer.decisions if d.code] == [(5, "shut_out")]
    assert posted(programme, member_id) == 0
    sound(programme)


def test_only_what_no_signature_covers_is_held(programme: Programme) -> None:
    """Two entries come back at once: one from before the disk was rescued, one from behind that."""
    seat, member_id = programme.seat(), programme.member()
    encounter_id, _ = visit(seat)
    earn(seat, member_id, encounter_id, 100)
    push(seat, broken(seat, {4}))
    earn(seat, member_id, encounter_id, 1_000)
    visit(seat)
    whole = seat.request(1)
    seat.server.push(seat.device_id, broken(seat, {5}), unsigned=True)
    answer = seat.server.push(seat.device_id, whole, unsigned=True)
    assert [(d.seq, d.code) for d in answer.decisions if d.code] == [(5, "shut_out")]
    assert posted(programme, member_id) == 100
    sound(programme)


@pytest.mark.parametrize("what", ["unsigned", "another", "beyond", "twice", "short", "end", "lie"])
def test_stubs_that_cannot_be_are_refused(programme: Programme, what: str) -> None:
    seat = programme.seat()
    visit(seat)
    request = broken(seat, {2})
    [stub] = request.stubs
    change = msgspec.structs.replace
    code = "bad_request"
    match what:
        case "unsigned":
            request, code = change(request, stubs_signature=b""), "bad_signature"
        case "another":
            stubs = [change(stub, event_id=new_id())]
            request, code = change(request, stubs=stubs), "bad_signature"
        case "beyond":
            request = sign(seat, change(request, entries=request.entries[:1]))
        case "twice":
            request = sign(seat, change(request, stubs=[stub, stub]))
        case "short":
            request = sign(seat, change(request, stubs=[change(stub, link=b"x")]))
        case "end":
            request = broken(seat, {3}, unknown=frozenset({3}))
        case "lie":
            whole = seat.request()
            stub = change(stub, link=bytes(32))
            request = sign(seat, change(whole, stubs=[stub]))
    with pytest.raises(ProblemError) as refused:
        push(seat, request)
    assert refused.value.problem.code == code
    assert rows(programme, t.entry) == []


def test_nothing_joins_on_to_a_hash_that_nobody_knows(programme: Programme) -> None:
    seat = programme.seat()
    visit(seat)
    request = broken(seat, {1}, unknown=frozenset({1}))
    request = sign(seat, msgspec.structs.replace(request, stubs=request.stubs[:1]))
    with pytest.raises(ProblemError) as refused:
        push(seat, request)
    assert refused.value.problem.code == "bad_request"


def test_status_counts_what_can_be_rescued(programme: Programme) -> None:
    seat = programme.seat()
    visit(seat)
    push(seat, broken(seat, {2}))
    with reading(programme.server.engine) as connection:
        assert "entries to be rescued\t1" in list(status_lines(connection))
