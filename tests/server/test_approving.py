"""What the server makes of a manager's approval in a redemption's entry."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
import sqlalchemy as sa

from app.domain import events as e
from app.domain.approval import Asked, code, desk_key, pair_key
from sync.server.programme import NewStaff, add_office, add_staff, put_setting, revoke_device
from sync.server.store import tables as t
from sync.server.store.engine import reading, writing
from tests.server.conftest import Programme
from tests.server.seats import Seat, new_id, visit
from tests.server.test_risk_caps import RULES, pull

POINTS = 900


class World:
    """A counter with its pool, a desk, and a manager who is not the clerk."""

    def __init__(self, programme: Programme) -> None:
        self.programme = programme
        with programme.work() as work:
            put_setting(work, "redemption", {**RULES, "risk_approval_points": POINTS - 1})
            office_id = programme.office_id
            managing = NewStaff("7900", "M", ("duty_manager",), office_id, "x")
            self.manager = add_staff(work, managing)
        self.seat, self.desk = programme.seat(), programme.seat(counter=2, kind="desk")
        self.encounter_id, _ = visit(self.seat, score=None)
        pull(self.seat)
        self.member_id = programme.member(5_000)

    def granted(self, points: int = POINTS) -> e.RedemptionGranted:
        return e.RedemptionGranted(
            new_id(), self.encounter_id, self.member_id, new_id(), points, e.Cover.AT_RISK, None,
            self.seat.pool_id, trust="known",
        )  # fmt: skip

    def asked(self, event: e.RedemptionGranted) -> Asked:
        return Asked(
            event.redemption_id, self.seat.device_id, event.member_id, event.reward_id,
            event.points,
        )  # fmt: skip

    def signed(self, event: e.RedemptionGranted, desk: Seat | None = None) -> e.RedemptionGranted:
        desk = desk or self.desk
        statement = self.asked(event).statement(desk.device_id, self.manager)
        return replace(
            event,
            approved_at=desk.device_id,
            approved_by=self.manager,
            approval=desk.key.sign(statement).hex(),
        )

    def coded(self, event: e.RedemptionGranted) -> e.RedemptionGranted:
        """By the key that the server gave the counter."""
        (key,) = self.seat.server.head(self.seat.device_id).approval_keys or []
        asked = self.asked(event)
        return replace(
            event,
            approved_at=key.desk_id,
            approved_by=self.manager,
            approval=code(key.key, self.manager, asked.challenge, asked.points),
        )

    def codes(self, *events: e.RedemptionGranted) -> list[str]:
        return [decision.code for decision in self.seat.push(*events).decisions]


@pytest.fixture
def world(programme: Programme) -> World:
    return World(programme)


def test_what_is_signed_or_has_its_code_is_posted(world: World) -> None:
    assert world.codes(world.signed(world.granted())) == []
    world.member_id = world.programme.member(5_000)
    assert world.codes(world.coded(world.granted())) == []


def test_beyond_the_threshold_it_takes_one(world: World) -> None:
    assert world.codes(world.granted(POINTS - 1)) == []
    world.member_id = world.programme.member(5_000)
    event = world.granted()
    assert world.codes(event) == ["not_approved"]
    with reading(world.programme.server.engine) as connection:
        found = connection.execute(
            sa.select(t.exception_item.c.points).where(t.exception_item.c.code == "not_approved")
        ).all()
    assert [row.points for row in found] == [POINTS], "kept for a manager, who may honour it"


def test_a_desk_and_its_counters_are_given_fitting_keys(world: World) -> None:
    server = world.programme.server
    (own,) = server.head(world.desk.device_id).approval_keys or []
    (of_pair,) = server.head(world.seat.device_id).approval_keys or []
    assert own.desk_id == of_pair.desk_id == world.desk.device_id
    with reading(server.engine) as connection:
        label = connection.execute(
            sa.select(t.counter.c.label)
            .join(t.device, t.device.c.counter_id == t.counter.c.counter_id)
            .where(t.device.c.device_id == world.seat.device_id)
        ).scalar_one()
    assert of_pair.key == pair_key(own.key, label)
    other = world.programme.seat(counter=1)
    (of_other,) = server.head(other.device_id).approval_keys or []
    assert of_other.key not in (of_pair.key, own.key)
    with world.programme.work() as work:
        revoke_device(work, server.keys, world.desk.device_id)
    assert server.head(world.seat.device_id).approval_keys == []


def test_each_part_of_what_was_approved_counts(world: World) -> None:
    good = world.granted()
    for approved in (world.signed(good), world.coded(good)):
        for other in (
            replace(approved, redemption_id=new_id()),
            replace(approved, reward_id=new_id()),
            replace(approved, member_id=world.programme.member(5_000)),
            replace(approved, points=POINTS + 1),
            replace(approved, approved_by=new_id()),
            replace(approved, approved_at=world.seat.device_id),
            replace(approved, approved_at=new_id()),
            replace(approved, approval=""),
            replace(approved, approval="zz" * 64),
            replace(approved, approval=approved.approval[:-1] + "x"),
        ):
            assert world.codes(other) == ["not_approved"]


def test_nobody_else_can_agree(world: World) -> None:
    programme = world.programme
    assert world.seat.staff_id is not None
    manager = world.manager
    with programme.work() as work:
        elsewhere = add_office(work, code="XIY", name="Xi'an", time_zone="Asia/Shanghai")
        clerk = add_staff(work, NewStaff("7901", "C", ("clerk",), programme.office_id, "x"))
        stranger = add_staff(work, NewStaff("7902", "S", ("duty_manager",), elsewhere, "x"))
        gets = add_staff(
            work,
            NewStaff(
                "7903", "G", ("duty_manager",), programme.office_id, "x", member_id=world.member_id
            ),
        )
    for who in (clerk, stranger, gets, world.seat.staff_id):
        world.manager = who
        assert world.codes(world.signed(world.granted())) == ["not_approved"]
        assert world.codes(world.coded(world.granted())) == ["not_approved"]
    world.manager = manager
    with writing(programme.server.engine) as connection:
        connection.execute(
            sa.update(t.staff).where(t.staff.c.staff_id == manager).values(active=False)
        )
    assert world.codes(world.signed(world.granted())) == ["not_approved"]


def test_a_counter_or_a_desk_that_was_shut_out_agrees_to_nothing(world: World) -> None:
    other = world.programme.seat(counter=1)
    assert world.codes(world.signed(world.granted(), other)) == ["not_approved"]
    coded, signed = world.coded(world.granted()), world.signed(world.granted())
    with world.programme.work() as work:
        revoke_device(work, world.programme.server.keys, world.desk.device_id)
    assert world.codes(coded, signed) == ["not_approved"] * 2


def test_a_managers_answer_is_kept_and_changes_nothing(world: World) -> None:
    answer = e.ApprovalAnswered(new_id(), "A1", "12345678", POINTS, True, "code")
    world.desk.staff_id = world.manager
    assert world.desk.push(answer).decisions == []
    world.seat.record(answer)
    (decision,) = world.seat.push().decisions
    assert decision.code == "not_manager"


def test_the_desks_key_follows_from_the_programmes(world: World) -> None:
    with reading(world.programme.server.engine) as connection:
        secret = bytes(connection.execute(sa.select(t.programme.c.approval_key)).scalars().one())
    (own,) = world.programme.server.head(world.desk.device_id).approval_keys or []
    assert own.key == desk_key(secret, UUID(str(own.desk_id)))
