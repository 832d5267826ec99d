"""What a lost counter holds is written off, and the worst possible loss is a number."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
import sqlalchemy as sa

from app.domain import events as e
from app.domain.honouring import honour_of
from sync.protocol.messages import LeaseGrant
from sync.server.epochs import begin
from sync.server.exposure import DeviceExposure, Exposure, GivenUp, Part, exposure
from sync.server.lease_commands import as_json, exposure_lines
from sync.server.programme import put_setting
from sync.server.store import tables as t
from sync.server.store.engine import reading, writing
from sync.server.write_off import WrittenOff, write_off
from tests.server.books import balance, codes, findings
from tests.server.conftest import Programme
from tests.server.seats import Seat, new_id, visit
from tests.server.test_leases import by_member, spend
from tests.server.test_points import open_exceptions, risky


@pytest.fixture
def member_id(programme: Programme) -> UUID:
    return programme.member(8_000, home_office="PEK")


@pytest.fixture
def seat(programme: Programme, member_id: UUID) -> Seat:
    return programme.seat()


@pytest.fixture
def lease(seat: Seat, member_id: UUID) -> LeaseGrant:
    return by_member(seat)[member_id]


def exposed(programme: Programme) -> Exposure:
    with reading(programme.server.engine) as connection:
        return exposure(connection, programme.programme_id)


def parts_of(programme: Programme, seat: Seat) -> dict[Part, int]:
    (found,) = [d for d in exposed(programme).devices if d.device_id == seat.device_id]
    return dict(found.parts)


def give_up(programme: Programme, seat: Seat) -> WrittenOff:
    with programme.work() as work:
        return write_off(work, seat.device_id, by="root", reason="stolen")


def test_what_is_written_off_is_its_members_again_and_exposed(
    programme: Programme, member_id: UUID, seat: Seat, lease: LeaseGrant
) -> None:
    before = parts_of(programme, seat)
    assert Part.WRITTEN_OFF not in before
    assert give_up(programme, seat) == WrittenOff(1, lease.points)
    assert balance(programme, member_id) == (8_000, 0)
    assert parts_of(programme, seat) == {**before, Part.WRITTEN_OFF: lease.points}
    assert give_up(programme, seat) == WrittenOff(0, 0)
    assert findings(programme) == []


def test_a_late_spend_is_honoured_once_against_what_is_exposed(
    programme: Programme, member_id: UUID, seat: Seat, lease: LeaseGrant
) -> None:
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    give_up(programme, seat)
    elsewhere = programme.seat(counter=1)
    with programme.work() as work:
        work.connection.execute(t.reward.update().values(points=8_000))
    (intent,) = elsewhere.record(
        e.RedemptionRequested(
            new_id(), new_id(), member_id, programme.reward_id, 8_000,
            e.Proof.CARD, e.CustomerYes.PANEL,
        )
    )  # fmt: skip
    assert elsewhere.urgent(intent).decision == "accepted"

    late = spend(lease, encounter_id, programme.reward_id, 1_500)
    assert codes(seat, late) == []
    assert balance(programme, member_id) == (-1_500, 0)
    assert parts_of(programme, seat)[Part.WRITTEN_OFF] == lease.points - 1_500
    (shown,) = open_exceptions(programme)
    with programme.work() as work:
        (item,) = work.find(t.exception_item, "exception_id", [shown])
    assert (item.code, item.points, item.entry_type) == ("written_off", 1_500, "RedemptionGranted")
    assert honour_of(item.entry_type, item.code) is None, "it counts already"
    assert Part.WAITING not in parts_of(programme, seat), "and is counted once"
    desk = programme.seat(counter=2, kind="desk")
    assert desk.push(e.ExceptionSettled(shown, "noted", None)).decisions == []
    assert findings(programme) == []

    beyond = spend(lease, encounter_id, programme.reward_id, lease.points - 1_499)
    assert codes(seat, beyond) == ["lease_exceeded"]
    assert parts_of(programme, seat)[Part.WAITING] == lease.points - 1_499
    assert findings(programme) == []


def test_an_undone_late_spend_gives_the_points_back_and_exposes_no_more(
    programme: Programme, member_id: UUID, seat: Seat, lease: LeaseGrant
) -> None:
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    give_up(programme, seat)
    late = spend(lease, encounter_id, programme.reward_id, 1_500)
    assert (
        seat.push(late, e.RedemptionVoided(late.redemption_id, encounter_id, "x")).decisions == []
    )
    assert balance(programme, member_id) == (8_000, 0)
    assert parts_of(programme, seat)[Part.WRITTEN_OFF] == lease.points - 1_500
    assert findings(programme) == []


def test_what_was_spent_before_the_write_off_and_undone_after_it_is_the_members(
    programme: Programme, member_id: UUID, seat: Seat, lease: LeaseGrant
) -> None:
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    early = spend(lease, encounter_id, programme.reward_id, 1_500)
    assert codes(seat, early) == []
    give_up(programme, seat)
    assert parts_of(programme, seat)[Part.WRITTEN_OFF] == lease.points - 1_500
    assert seat.push(e.RedemptionVoided(early.redemption_id, encounter_id, "x")).decisions == []
    assert balance(programme, member_id) == (8_000, 0)
    assert findings(programme) == []


def test_a_device_that_turns_up_hands_back_and_exposes_nothing_any_more(
    programme: Programme, member_id: UUID, seat: Seat, lease: LeaseGrant
) -> None:
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    give_up(programme, seat)
    assert by_member(seat)[member_id].state == "recall"
    late = spend(lease, encounter_id, programme.reward_id, 500)
    back = e.LeaseReturned(lease.lease_id, lease.points - 500)
    assert codes(seat, late, back) == []
    assert balance(programme, member_id) == (7_500, 0)
    assert Part.WRITTEN_OFF not in parts_of(programme, seat)
    again = spend(lease, encounter_id, programme.reward_id, 500)
    assert codes(seat, again) == ["lease_closed"]
    assert findings(programme) == []


def test_each_part_of_the_worst_possible_loss(programme: Programme) -> None:
    with programme.work() as work:
        put_setting(
            work,
            "redemption",
            {
                "leases_per_device": 0,
                "pool_points": 3_000,
                "pool_per_redemption": 1_000,
                "pool_per_member": 1_000,
            },
        )
    seat, idle = programme.seat(counter=0), programme.seat(counter=1)
    seat.pull()
    idle.pull()
    assert exposed(programme).points == 6_000
    assert exposed(programme).one_member == 2_000
    encounter_id, _ = visit(seat, score=None)
    poor = programme.member(100)
    assert codes(seat, risky(seat, encounter_id, poor, 900)) == []
    assert parts_of(programme, seat) == {Part.POOL: 2_100}
    assert exposed(programme).owed == 800, "no longer possible, but true"
    seat.pull()  # a new one is issued
    assert parts_of(programme, seat) == {Part.POOL: 3_000, Part.REPLACED: 2_100}
    over = risky(seat, encounter_id, programme.member(), 1_001)
    assert codes(seat, over) == ["over_limit"]
    assert parts_of(programme, seat)[Part.WAITING] == 1_001
    (waiting,) = open_exceptions(programme)
    desk = programme.seat(counter=2, kind="desk")
    assert desk.push(e.ExceptionSettled(waiting, "write_off", None)).decisions == []
    assert Part.WAITING not in parts_of(programme, seat)
    found = exposed(programme)
    assert found.points == sum(device.points for device in found.devices) == 3_000 + 5_100


def test_a_restored_server_counts_what_silent_counters_may_hold(
    programme: Programme, seat: Seat, lease: LeaseGrant
) -> None:
    with programme.work() as work:
        put_setting(work, "redemption", {"leases_per_device": 3, "lease_points": 1_000})
    server = programme.server
    server._contacts.write_due(programme.clock())
    programme.clock.ms += 120_000
    with writing(server.engine) as connection:
        begin(connection, programme.programme_id, epoch_id=new_id(), now_ms=programme.clock())
    assert parts_of(programme, seat)[Part.FORGOTTEN] == 2 * 1_500, "one of three is known"
    programme.clock.ms += 120_000
    seat.server.head(seat.device_id)
    programme.clock.ms += 120_000
    seat.server.head(seat.device_id)
    server._contacts.write_due(programme.clock())
    assert Part.FORGOTTEN not in parts_of(programme, seat)


@pytest.mark.parametrize(
    "change",
    [
        sa.update(t.lease).values(exposed=t.lease.c.exposed - 1),
        sa.update(t.lease).values(state="closed"),
        sa.update(t.redemption).values(cover="lease"),
        sa.delete(t.ledger_txn).where(t.ledger_txn.c.kind == "lease_write_off"),
    ],
)
def test_the_audit_proves_what_is_exposed(
    programme: Programme,
    member_id: UUID,
    seat: Seat,
    lease: LeaseGrant,
    change: sa.Update | sa.Delete,
) -> None:
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    give_up(programme, seat)
    assert codes(seat, spend(lease, encounter_id, programme.reward_id, 500)) == []
    assert findings(programme) == []
    with writing(programme.server.engine) as connection:
        connection.execute(change)
    assert any(str(lease.lease_id) in line and "exposed" in line for line in findings(programme))


def test_figures_are_told_by_office_and_device_and_explained() -> None:
    found = Exposure(
        [
            DeviceExposure(UUID(int=1), "PEK", "A 1", {Part.POOL: 5, Part.WAITING: 2}),
            DeviceExposure(UUID(int=2), "PEK", "A2", {}),
            DeviceExposure(UUID(int=3), "SHA", "B1", {Part.POOL: 1}),
        ],
        [GivenUp(UUID(int=2), "PEK/A2", 3, 1_790_000_000_000, "", "")],
        one_member=4,
        owed=9,
    )
    lines = list(exposure_lines(found))
    cells = [line.split() for line in lines[:6]]
    assert cells[1] == ["PEK/A_1", "5", "0", "0", "2", "0", "7", str(UUID(int=1))]
    assert cells[3][0:7:6] == ["PEK", "7"]
    assert lines[6:9] == [
        "worst possible loss\t8", "worst of one member\t4", "owed by members already\t9"
    ]  # fmt: skip
    assert lines[9] == "given up\tPEK/A2\t3\t2026-09-21\tunknown\t-", "before anybody was asked"
    assert [line.split("\t")[:2] for line in lines[10:]] == [["AT-RISK", "6"], ["WAITING", "2"]]
    document = json.loads(json.dumps(as_json(found)))
    assert document["points"] == 8
    assert document["offices"][0]["devices"][0]["parts"] == {"pool": 5, "waiting": 2}
    assert document["explanations"].keys() == set(Part)
