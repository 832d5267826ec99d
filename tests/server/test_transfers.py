"""Points handed on to another counter: told by both, moved once, and always accounted for."""

from __future__ import annotations

import itertools
from dataclasses import replace
from uuid import UUID

import pytest

from app.domain import events as e
from app.domain.lease import LeaseTransfer, TransferProof
from sync.protocol.messages import LeaseGrant
from sync.server.exposure import Part
from sync.server.programme import add_counter, add_office
from sync.server.store import tables as t
from tests.server.books import balance, codes, explained, findings
from tests.server.conftest import Programme
from tests.server.seats import Seat, new_id, visit
from tests.server.test_exposure import give_up, parts_of
from tests.server.test_leases import by_member, rules, spend
from tests.server.test_leaving import leave


@pytest.fixture
def member_id(programme: Programme) -> UUID:
    return programme.member(8_000, home_office="PEK")


@pytest.fixture
def giver(programme: Programme, member_id: UUID) -> Seat:
    return programme.seat()


@pytest.fixture
def lease(programme: Programme, giver: Seat, member_id: UUID) -> LeaseGrant:
    granted = by_member(giver)[member_id]
    rules(programme, leases_per_device=1)  # what was handed on is all that another may have
    return granted


@pytest.fixture
def receiver(programme: Programme, lease: LeaseGrant) -> Seat:
    return programme.seat(counter=1)


def transfer_of(lease: LeaseGrant, giver: Seat, receiver: Seat, points: int) -> LeaseTransfer:
    return LeaseTransfer(
        new_id(), lease.lease_id, lease.member_id, giver.device_id, receiver.device_id, points
    )


def handed_on(transfer: LeaseTransfer) -> e.LeaseHandedOn:
    return e.LeaseHandedOn(
        transfer.transfer_id,
        transfer.lease_id,
        transfer.member_id,
        transfer.to_device_id,
        transfer.points,
    )


def received(transfer: LeaseTransfer, lease: LeaseGrant, giver: Seat) -> e.LeaseReceived:
    proof = TransferProof(
        giver.key.sign(transfer.statement),
        lease.points,
        lease.expires_ms,
        lease.signature,
        b"certificate",
    )
    return e.LeaseReceived(
        transfer.transfer_id,
        transfer.lease_id,
        transfer.member_id,
        transfer.from_device_id,
        transfer.points,
        proof.to_text(),
    )


def under(
    transfer: LeaseTransfer, encounter_id: UUID, reward_id: UUID, points: int
) -> e.RedemptionGranted:
    return e.RedemptionGranted(
        new_id(), encounter_id, transfer.member_id, reward_id, points, e.Cover.LEASE,
        transfer.transfer_id, None,
    )  # fmt: skip


def left_of(programme: Programme, lease_id: UUID) -> tuple[str, int]:
    with programme.work() as work:
        (row,) = work.find(t.lease, "lease_id", [lease_id])
    return row.state, row.remaining


@pytest.mark.parametrize("order", list(itertools.permutations("grs")))
def test_whichever_side_comes_first_the_points_move_once(
    programme: Programme,
    giver: Seat,
    receiver: Seat,
    lease: LeaseGrant,
    member_id: UUID,
    order: tuple[str, ...],
) -> None:
    at_giver, _ = visit(giver, score=None, member_id=member_id)
    at_receiver, _ = visit(receiver, score=None, member_id=member_id)
    assert lease.may_hand_on
    transfer = transfer_of(lease, giver, receiver, 1_000)
    for step in order:
        if step == "g":
            assert codes(giver, handed_on(transfer)) == []
        elif step == "s":
            spent = spend(lease, at_giver, programme.reward_id, lease.points - 1_000)
            assert codes(giver, spent) == []
        else:  # the receiver has spent it when either is heard of
            used = under(transfer, at_receiver, programme.reward_id, 700)
            assert codes(receiver, received(transfer, lease, giver), used) == []
        assert findings(programme) == []
    assert balance(programme, member_id) == (8_000 - lease.points + 300, 300)
    assert left_of(programme, lease.lease_id) == ("open", 0)
    assert left_of(programme, transfer.transfer_id) == ("open", 300)
    assert codes(receiver, e.LeaseReturned(transfer.transfer_id, 300)) == []
    assert codes(giver, e.LeaseReturned(lease.lease_id, 0)) == []
    assert balance(programme, member_id) == (8_000 - lease.points + 300, 0)
    assert findings(programme) == []


def test_what_the_receiver_never_heard_of_it_hears_from_the_server(
    programme: Programme, giver: Seat, receiver: Seat, lease: LeaseGrant, member_id: UUID
) -> None:
    transfer = transfer_of(lease, giver, receiver, 1_000)
    assert codes(giver, handed_on(transfer)) == []
    (told,) = receiver.pull().leases
    assert (told.lease_id, told.points, told.state) == (transfer.transfer_id, 1_000, "open")
    assert not told.may_hand_on, "what was handed on is handed on no further"
    assert codes(receiver, e.LeaseReturned(transfer.transfer_id, 1_000)) == []
    assert codes(receiver, received(transfer, lease, giver)) == [], "an answer that was late"
    assert left_of(programme, transfer.transfer_id) == ("closed", 0)
    assert balance(programme, member_id) == (8_000, lease.points - 1_000)
    assert findings(programme) == []


def test_a_lease_asked_back_takes_what_was_handed_on_of_it_along(
    programme: Programme, giver: Seat, receiver: Seat, lease: LeaseGrant, member_id: UUID
) -> None:
    with programme.work() as work:
        work.connection.execute(t.lease.update().values(state="recall"))
    transfer = transfer_of(lease, giver, receiver, 1_000)
    assert codes(giver, handed_on(transfer), e.LeaseReturned(lease.lease_id, 0)) == []
    assert balance(programme, member_id) == (8_000, 1_000)
    (told,) = receiver.pull().leases
    assert told.state == "recall"
    assert codes(receiver, received(transfer, lease, giver)) == []
    assert codes(receiver, e.LeaseReturned(transfer.transfer_id, 1_000)) == []
    assert balance(programme, member_id) == (8_000, 0)
    assert findings(programme) == []


def test_a_lease_given_up_exposes_its_receiver_for_what_was_handed_on(
    programme: Programme, giver: Seat, receiver: Seat, lease: LeaseGrant, member_id: UUID
) -> None:
    at_receiver, _ = visit(receiver, score=None, member_id=member_id)
    give_up(programme, giver)
    transfer = transfer_of(lease, giver, receiver, 1_000)
    used = under(transfer, at_receiver, programme.reward_id, 400)
    assert codes(receiver, received(transfer, lease, giver), used) == []
    assert parts_of(programme, giver)[Part.WRITTEN_OFF] == lease.points - 1_000
    assert parts_of(programme, receiver)[Part.WRITTEN_OFF] == 600
    assert balance(programme, member_id) == (7_600, 0)
    assert findings(programme) == []
    assert receiver.pull().leases[0].state == "recall"
    assert codes(receiver, e.LeaseReturned(transfer.transfer_id, 600)) == []
    assert Part.WRITTEN_OFF not in parts_of(programme, receiver)
    assert codes(giver, handed_on(transfer), e.LeaseReturned(lease.lease_id, 0)) == []
    assert Part.WRITTEN_OFF not in parts_of(programme, giver)
    assert findings(programme) == []


def test_a_receiver_given_up_is_exposed_for_what_it_was_handed(
    programme: Programme, giver: Seat, receiver: Seat, lease: LeaseGrant, member_id: UUID
) -> None:
    transfer = transfer_of(lease, giver, receiver, 1_000)
    assert codes(giver, handed_on(transfer)) == []
    give_up(programme, receiver)
    assert parts_of(programme, receiver)[Part.WRITTEN_OFF] == 1_000
    assert balance(programme, member_id) == (8_000, lease.points - 1_000)
    assert findings(programme) == []


def test_a_clone_that_hands_on_twice_is_believed_exposed_and_shown_to_a_manager(
    programme: Programme, giver: Seat, receiver: Seat, lease: LeaseGrant, member_id: UUID
) -> None:
    at_receiver, _ = visit(receiver, score=None, member_id=member_id)
    first = transfer_of(lease, giver, receiver, lease.points)
    second = transfer_of(lease, giver, receiver, lease.points)
    assert codes(receiver, received(first, lease, giver)) == []
    answer = receiver.push(received(second, lease, giver))
    assert answer.decisions == [], "it is kept, and counts"
    with programme.work() as work:
        (item,) = work.find(t.exception_item, "device_id", [receiver.device_id])
    assert (item.code, item.entry_type, item.points) == (
        "handed_on_twice", "LeaseReceived", lease.points,
    )  # fmt: skip
    assert parts_of(programme, receiver)[Part.WRITTEN_OFF] == lease.points
    used = under(second, at_receiver, programme.reward_id, 900)
    assert codes(receiver, used) == [], "a spend under a lease is never refused"
    assert parts_of(programme, receiver)[Part.WRITTEN_OFF] == lease.points - 900
    assert findings(programme) == []
    told = {each.lease_id: each.state for each in receiver.pull().leases}
    assert told == {first.transfer_id: "open", second.transfer_id: "recall"}
    assert codes(receiver, e.LeaseReturned(second.transfer_id, lease.points - 900)) == []
    assert Part.WRITTEN_OFF not in parts_of(programme, receiver)
    assert codes(giver, handed_on(first), handed_on(second)) == []
    assert findings(programme) == []


def test_no_transfer_that_is_not_proved_moves_a_point(
    programme: Programme, giver: Seat, receiver: Seat, lease: LeaseGrant, member_id: UUID
) -> None:
    transfer = transfer_of(lease, giver, receiver, 1_000)
    good = received(transfer, lease, giver)
    other = programme.member(500)
    for told, code in (
        (replace(good, points=1_001), "bad_transfer"),
        (replace(good, proof="nothing"), "bad_transfer"),
        (replace(good, proof=""), "bad_transfer"),
        (replace(good, from_device_id=new_id()), "bad_transfer"),
        (replace(good, from_device_id=receiver.device_id), "bad_transfer"),
        (received(transfer, lease, receiver), "bad_transfer"),
        (received(replace(transfer, member_id=other), lease, giver), "wrong_member"),
        (received(replace(transfer, lease_id=new_id()), lease, giver), "unknown_lease"),
        (received(replace(transfer, points=lease.points + 1), lease, giver), "lease_exceeded"),
        (received(replace(transfer, points=0), lease, giver), "bad_points"),
    ):
        assert codes(receiver, told) == [code]
    assert codes(receiver, good) == []
    assert codes(receiver, received(replace(transfer, points=999), lease, giver)) == ["conflict"]
    assert codes(giver, e.LeaseHandedOn(
        lease.lease_id, lease.lease_id, member_id, receiver.device_id, 1,
    )) == ["conflict"]  # fmt: skip
    assert balance(programme, member_id) == (8_000, lease.points)
    assert findings(programme) == []


def test_only_counters_of_one_office_hand_on(
    programme: Programme, giver: Seat, receiver: Seat, lease: LeaseGrant
) -> None:
    with programme.work() as work:
        elsewhere = add_office(work, code="SHA", name="Shanghai", time_zone="Asia/Shanghai")
        programme.counter_ids.append(add_counter(work, office_id=elsewhere, label="B1"))
    stranger = programme.seat(counter=3)
    desk = programme.seat(counter=2, kind="desk")
    for other in (stranger, desk, giver):
        transfer = transfer_of(lease, giver, other, 100)
        assert codes(giver, handed_on(transfer)) == ["bad_transfer"]
    assert findings(programme) == []


def test_what_two_leases_hold_of_a_member_at_one_counter_is_looked_after(
    programme: Programme, giver: Seat, lease: LeaseGrant, member_id: UUID
) -> None:
    rules(programme, leases_per_device=10)
    receiver = programme.seat(counter=1)
    own = by_member(receiver)[member_id]
    encounter_id, _ = visit(receiver, score=None, member_id=member_id)
    transfer = transfer_of(lease, giver, receiver, lease.points)
    used = under(transfer, encounter_id, programme.reward_id, lease.points)
    assert codes(receiver, received(transfer, lease, giver), used) == []
    programme.clock.ms += 10 * 60_000
    assert [each.lease_id for each in receiver.pull().leases] == [own.lease_id]
    assert left_of(programme, transfer.transfer_id) == ("closed", 0)
    assert findings(programme) == []


@pytest.mark.parametrize("order", list(itertools.permutations("gl")))
@pytest.mark.parametrize("is_heard", [True, False])
def test_what_is_handed_on_to_a_pc_that_left_is_the_members_again(
    programme: Programme,
    giver: Seat,
    receiver: Seat,
    lease: LeaseGrant,
    member_id: UUID,
    order: tuple[str, ...],
    is_heard: bool,
) -> None:
    """The giver signs first: what a PC that leaves never wrote down it never had."""
    transfer = transfer_of(lease, giver, receiver, 1_000)
    if is_heard:
        assert codes(receiver, received(transfer, lease, giver)) == []
    for step in order:
        if step == "g":
            assert codes(giver, handed_on(transfer)) == []
        else:
            assert leave(receiver).outcome == "released"
        assert findings(programme) == []
    assert left_of(programme, transfer.transfer_id) == ("closed", 0)
    assert balance(programme, member_id) == (8_000, lease.points - 1_000)
    assert "the PC itself gave it up" in explained(programme, transfer.transfer_id)
    codes(giver, handed_on(transfer))  # said again it changes nothing
    assert balance(programme, member_id) == (8_000, lease.points - 1_000)
    assert leave(giver).outcome == "released"
    assert balance(programme, member_id) == (8_000, 0)
    assert findings(programme) == []
