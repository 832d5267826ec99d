"""What bounds a counter's gifts at risk: trust, what its server hasn't heard, the deny list."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from app.domain import events as e
from app.domain.errors import Rejected
from app.domain.records import Denial
from sync.server.audit import audit
from sync.server.denying import allow, deny
from sync.server.exposure import Exposure, Part, exposure
from sync.server.forgetting import copy_of, erase, gather
from sync.server.programme import put_setting
from sync.server.store import tables as t
from sync.server.store.engine import reading, writing
from tests.server.conftest import Programme
from tests.server.seats import Seat, new_id, visit

RULES: dict[str, object] = {
    "pool_points": 5_000,
    "pool_per_redemption": 2_000,
    "pool_per_member": 1_000,
    "risk_window_points": 2_500,
    "risk_window_redemptions": 3,
    "leases_per_device": 0,
}


def set_rules(programme: Programme, **rules: object) -> None:
    with programme.work() as work:
        put_setting(work, "redemption", {**RULES, **rules})


def ready(programme: Programme, **rules: object) -> tuple[Seat, UUID]:
    """A seat that heeds caps and has its pool, and an encounter."""
    set_rules(programme, **rules)
    seat = programme.seat()
    encounter_id, _ = visit(seat, score=None)
    pull(seat)
    return seat, encounter_id


def pull(seat: Seat) -> Any:
    answer = seat.server.pull(seat.device_id, seat.cursor, caps=True)
    seat.cursor = answer.cursor
    if answer.pool is not None:
        seat.pool_id = answer.pool.pool_id
    return answer


def given(
    seat: Seat, encounter_id: UUID, member_id: UUID, points: int, trust: str = "known"
) -> e.RedemptionGranted:
    return e.RedemptionGranted(
        new_id(), encounter_id, member_id, new_id(), points, e.Cover.AT_RISK, None, seat.pool_id,
        trust=trust,
    )  # fmt: skip


def codes(seat: Seat, *events: e.RedemptionGranted) -> list[str]:
    return [decision.code for decision in seat.push(*events).decisions]


def exposed(programme: Programme) -> Exposure:
    with reading(programme.server.engine) as connection:
        return exposure(connection, programme.programme_id)


def test_a_pool_is_issued_with_all_that_bounds_it(programme: Programme) -> None:
    set_rules(programme)
    pool = pull(programme.seat()).pool
    assert (pool.points, pool.per_redemption) == (5_000, 2_000)
    assert (pool.per_new, pool.per_member, pool.per_trusted) == (500, 1_000, 1_500)
    assert (pool.window_points, pool.window_redemptions) == (2_500, 3)
    assert (pool.list_hours, pool.approval_points) == (72, 3_000)


def test_other_rules_reach_a_counter_with_another_pool(programme: Programme) -> None:
    seat, _ = ready(programme)
    first = seat.pool_id
    pull(seat)
    assert seat.pool_id == first
    set_rules(programme, risk_window_points=700)
    assert pull(seat).pool.window_points == 700
    assert seat.pool_id != first


@pytest.mark.parametrize(
    ("trust", "most"), [("new", 500), ("known", 1_000), ("trusted", 1_500), ("", 1_000)]
)
def test_a_members_cap_is_by_the_level_that_the_counter_names(
    programme: Programme, trust: str, most: int
) -> None:
    seat, encounter_id = ready(programme)
    member_id = programme.member()
    granted = given(seat, encounter_id, member_id, most, trust)
    assert codes(seat, granted) == []
    pull(seat)
    other = programme.member()
    assert codes(seat, given(seat, encounter_id, other, most + 1, trust)) == ["over_limit"]


@pytest.mark.parametrize("trust", ["blocked", "deputy"])
def test_no_other_level_helps(programme: Programme, trust: str) -> None:
    seat, encounter_id = ready(programme)
    liar = given(seat, encounter_id, programme.member(), 1_001, trust)
    assert codes(seat, liar) == ["over_limit"]


def test_what_comes_at_once_was_given_in_one_window(programme: Programme) -> None:
    seat, encounter_id = ready(programme)
    many = [given(seat, encounter_id, programme.member(), 900) for _ in range(3)]
    assert codes(seat, *many) == ["over_window"]
    more = [given(seat, encounter_id, programme.member(), 1) for _ in range(4)]
    assert codes(seat, *more) == ["over_window"]


def test_each_upload_that_was_heard_begins_another_window(programme: Programme) -> None:
    seat, encounter_id = ready(programme)
    for _ in range(5):
        assert codes(seat, given(seat, encounter_id, programme.member(), 900)) == []


def test_a_program_that_knows_of_no_window_is_held_to_none(programme: Programme) -> None:
    set_rules(programme)
    seat = programme.seat()
    encounter_id, _ = visit(seat, score=None)
    pool = seat.pull().pool
    assert pool is not None
    assert pool.window_points == 2**53
    many = [given(seat, encounter_id, programme.member(), 1_000, "") for _ in range(5)]
    assert codes(seat, *many) == []
    found = exposed(programme)
    pull(seat)  # it was updated
    assert found.points == 0
    assert exposed(programme).devices[0].parts == {Part.POOL: 2_500}


def test_the_worst_loss_is_a_window_a_device(programme: Programme) -> None:
    seat, encounter_id = ready(programme)
    assert exposed(programme).points == 2_500
    assert exposed(programme).one_member == 1_500
    assert codes(seat, given(seat, encounter_id, programme.member(), 1_000)) == []
    assert exposed(programme).points == 2_500, "it may give as much again before it is heard"
    pull(seat)
    assert exposed(programme).points == 2_500, "on which of its two pools makes no difference"
    set_rules(programme, risk_window_points=100)
    pull(seat)
    assert exposed(programme).points == 2_500, "until it is heard that the counter has heard"


def test_who_is_denied_is_on_every_counters_list_and_gets_no_lease(programme: Programme) -> None:
    set_rules(programme, leases_per_device=9)
    member_id = programme.member(5_000, home_office="PEK")
    seat = programme.seat()
    assert len(pull(seat).leases) == 1
    with programme.work() as work:
        deny(work, member_id, "  three names in a week ", by="op")
    answer = pull(seat)
    (record,) = [record for record in answer.records if record.kind == Denial.KIND]
    assert record.id == str(member_id)
    assert b'"is_denied":true' in bytes(record.body)
    assert b"names" not in bytes(record.body), "why is nobody's but the operator's"
    assert [lease.state for lease in answer.leases] == ["recall"]
    with programme.work() as work:
        assert allow(work, member_id)
        assert not allow(work, member_id)
    (record,) = [record for record in pull(seat).records if record.kind == Denial.KIND]
    assert b'"is_denied":false' in bytes(record.body)


def test_a_copy_of_a_members_data_says_why_and_forgetting_forgets_it(programme: Programme) -> None:
    member_id = programme.member()
    with programme.work() as work:
        deny(work, member_id, "first", by="op")
        deny(work, member_id, "second", by="op")
    with reading(programme.server.engine) as connection:
        (row,) = copy_of(connection, programme.programme_id, member_id)["denied"]
        held = gather(connection, programme.programme_id, member_id)
    assert row["reason"] == "second"
    with programme.work() as work:
        erase(work, held)
    with reading(programme.server.engine) as connection:
        assert connection.execute(t.denial.select()).all() == []


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501, "a\0b"])
def test_nobody_is_denied_without_a_reason(programme: Programme, reason: str) -> None:
    member_id = programme.member()
    with pytest.raises(Rejected) as error, programme.work() as work:
        deny(work, member_id, reason, by="op")
    assert error.value.code == "bad_reason"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pool_points", -1),
        ("pool_points", "many"),
        ("risk_window_redemptions", True),
        ("risk_list_hours", 2**53 + 1),
        ("lease_share_percent", 101),
        ("trust_trusted_percent", 99),
        ("trust_trusted_tiers", "gold"),
    ],
)
def test_rules_that_can_not_be_meant_are_not_set(
    programme: Programme, name: str, value: object
) -> None:
    with pytest.raises(Rejected) as error:
        set_rules(programme, **{name: value})
    assert error.value.code == "bad_setting"
    assert name in error.value.message


def test_an_unnamed_level_is_a_known_members(programme: Programme) -> None:
    seat, encounter_id = ready(programme)
    granted = replace(given(seat, encounter_id, programme.member(), 1_000), trust="")
    assert codes(seat, granted) == []


@pytest.mark.parametrize(
    "change",
    [
        sa.update(t.risk_pool).values(spent=t.risk_pool.c.spent - 1),
        sa.update(t.risk_pool).where(t.risk_pool.c.spent > 0).values(points=899),
        sa.update(t.risk_pool).values(per_redemption=899),
        sa.update(t.risk_pool).values(per_trusted=899),
    ],
)
def test_the_audit_proves_what_was_drawn(programme: Programme, change: sa.Update) -> None:
    seat, encounter_id = ready(programme)
    assert codes(seat, given(seat, encounter_id, programme.member(), 900)) == []
    with reading(programme.server.engine) as connection:
        assert list(audit(connection)) == []
    with writing(programme.server.engine) as connection:
        connection.execute(change)
    with reading(programme.server.engine) as connection:
        assert [line for line in audit(connection) if line.startswith("pool ")]
