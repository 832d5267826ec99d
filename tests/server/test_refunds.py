"""Rewards given back in parts, and accruals taken back in parts: once, and never too much."""

from __future__ import annotations

from uuid import UUID

import pytest

from app.domain import events as e
from app.domain import reversing
from sync.server import taking_back
from sync.server.programme import put_setting
from sync.server.store import tables as t
from tests.server.books import (
    FLIGHT_POINTS,
    codes,
    explained,
    findings,
    flown,
    lots,
    paid,
    posted,
    rows,
)
from tests.server.conftest import Programme
from tests.server.seats import Seat, new_id, visit

HOUR_MS = 3_600_000


def rules(programme: Programme, **value: object) -> None:
    with programme.work() as work:
        put_setting(work, "points", value)


def refund(
    redemption_id: UUID, encounter_id: UUID, points: int, *, involuntary: bool = False
) -> e.RedemptionRefunded:
    return e.RedemptionRefunded(
        new_id(), redemption_id, encounter_id, points, involuntary, "returned"
    )


def spend(programme: Programme, seat: Seat, member_id: UUID) -> tuple[UUID, UUID]:
    """1000 points online; returns (redemption, encounter)."""
    encounter_id, _ = visit(seat, member_id=member_id)
    (body,) = seat.record(
        e.RedemptionRequested(
            new_id(), encounter_id, member_id, programme.reward_id, 1000,
            e.Proof.CARD, e.CustomerYes.PANEL,
        )
    )  # fmt: skip
    assert seat.urgent(body).decision == "accepted"
    assert codes(seat) == []
    (row,) = rows(programme, t.redemption, member_id=member_id)
    return row.redemption_id, encounter_id


def test_a_part_comes_back_less_the_fee_and_once_by_its_id(programme: Programme) -> None:
    rules(programme, refund_fee_percent=10)
    member_id, seat, other = programme.member(1500), programme.seat(), programme.seat(counter=1)
    redemption_id, encounter_id = spend(programme, seat, member_id)
    part = refund(redemption_id, encounter_id, 400)
    assert codes(other, part, part) == []
    assert codes(seat, part) == []
    assert posted(programme, member_id) == 500 + 360
    again = refund(redemption_id, encounter_id, 601)
    rest = refund(redemption_id, encounter_id, 600)
    assert codes(other, again, rest) == ["over_refund"]
    assert posted(programme, member_id) == 500 + 360 + 540
    other_part = e.RedemptionRefunded(
        part.refund_id, redemption_id, encounter_id, 1, False, "returned"
    )
    assert codes(other, other_part, refund(redemption_id, encounter_id, 0)) == [
        "conflict", "bad_points",
    ]  # fmt: skip
    said = explained(programme, part.refund_id)
    assert "400 of the points come back" in said
    assert "costs 10 % of them: 40 points" in said
    assert "version 1 of the setting 'points'" in said
    assert findings(programme) == []


def test_an_undo_gives_back_what_no_refund_has(programme: Programme) -> None:
    rules(programme, refund_fee_percent=50)
    member_id, seat = programme.member(1500), programme.seat()
    redemption_id, encounter_id = spend(programme, seat, member_id)
    assert codes(seat, refund(redemption_id, encounter_id, 400)) == []
    assert codes(seat, e.RedemptionVoided(redemption_id, encounter_id, "undone")) == []
    assert posted(programme, member_id) == 1300
    assert codes(seat, refund(redemption_id, encounter_id, 1)) == ["over_refund"]
    assert lots(programme, member_id) == {"2027-12-31": 1300}
    assert findings(programme) == []


def test_one_wholly_given_back_has_nothing_to_undo(programme: Programme) -> None:
    member_id, seat = programme.member(1500), programme.seat()
    redemption_id, encounter_id = spend(programme, seat, member_id)
    assert codes(seat, refund(redemption_id, encounter_id, 1000)) == []
    assert codes(seat, e.RedemptionVoided(redemption_id, encounter_id, "undone")) == []
    assert posted(programme, member_id) == 1500
    assert findings(programme) == []


def test_points_that_nobody_wanted_back_cost_nothing_and_last_longer(programme: Programme) -> None:
    rules(programme, refund_fee_percent=10, involuntary_months=36, lot_months=600)
    member_id, seat = programme.member(1500), programme.seat()
    redemption_id, encounter_id = spend(programme, seat, member_id)
    part = refund(redemption_id, encounter_id, 400, involuntary=True)
    assert codes(seat, part) == []
    assert lots(programme, member_id) == {"2027-12-31": 500, "2029-09-30": 400}
    said = explained(programme, part.refund_id)
    assert "nothing is kept back" in said
    assert "until 2029-09-30" in said
    assert findings(programme) == []


@pytest.mark.parametrize("closed", [False, True])
def test_against_a_lease(programme: Programme, closed: bool) -> None:
    """An open one is filled up again, once; of a closed one the points are the member's."""
    rules(programme, refund_fee_percent=10)
    member_id = programme.member(8000, home_office="PEK")
    seat, other = programme.seat(), programme.seat(counter=1)
    (lease,) = seat.pull().leases
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    granted = e.RedemptionGranted(
        new_id(), encounter_id, member_id, programme.reward_id, 1000, e.Cover.LEASE,
        lease.lease_id, None,
    )  # fmt: skip
    assert codes(seat, granted) == []
    if closed:
        assert codes(seat, e.LeaseReturned(lease.lease_id, lease.points - 1000)) == []
    part = refund(granted.redemption_id, encounter_id, 500)
    assert codes(other, part, part) == []
    (row,) = rows(programme, t.lease, lease_id=lease.lease_id)
    assert (row.remaining, row.restored) == ((0, 0) if closed else (lease.points - 550, 450))
    (balance,) = rows(programme, t.balance, member_id=member_id)
    assert (balance.posted, balance.leased) == (7450, row.remaining)
    assert codes(seat, e.RedemptionVoided(granted.redemption_id, encounter_id, "undone")) == []
    (row,) = rows(programme, t.lease, lease_id=lease.lease_id)
    assert row.remaining == (0 if closed else lease.points - 50)
    assert posted(programme, member_id) == 7950
    assert findings(programme) == []


def test_a_refund_waits_for_its_redemption(programme: Programme) -> None:
    """Another counter, which is offline yet, gave the reward away."""
    rules(programme, refund_fee_percent=10)
    member_id = programme.member(1500)
    away, seat = programme.seat(), programme.seat(counter=1)
    away.pull()
    there, _ = visit(away, score=None, member_id=member_id)
    here, _ = visit(seat, score=None, member_id=member_id)
    granted = e.RedemptionGranted(
        new_id(), there, member_id, programme.reward_id, 1000, e.Cover.AT_RISK, None, away.pool_id
    )
    intent = e.RedemptionRequested(
        granted.redemption_id, there, member_id, programme.reward_id, 1000,
        e.Proof.CARD, e.CustomerYes.PANEL,
    )  # fmt: skip
    parts = [refund(granted.redemption_id, here, points) for points in (600, 300, 200)]
    assert codes(seat, *parts, parts[0]) == []
    assert posted(programme, member_id) == 1500
    assert explained(programme, parts[2].refund_id) == (
        "200 points given back: the redemption hasn't come yet."
    )
    assert findings(programme) == []
    assert codes(away, intent) == []
    assert posted(programme, member_id) == 1500, "an intent in the chain posts nothing"
    assert codes(away, granted) == []
    assert posted(programme, member_id) == 500 + 540 + 270
    assert "it went before a manager" in explained(programme, parts[2].refund_id)
    (item,) = rows(programme, t.exception_item)
    assert (item.code, item.exception_id != granted.redemption_id) == ("over_refund", True)
    assert item.counter_label == "A2", "before the managers of the counter that took it back"
    assert findings(programme) == []


def test_a_refund_of_what_was_never_given_goes_before_a_person(programme: Programme) -> None:
    member_id = programme.member(1500)
    away, seat = programme.seat(), programme.seat(counter=1)
    there, _ = visit(away, score=None, member_id=member_id)
    here, _ = visit(seat, score=None, member_id=member_id)
    redemption_id = new_id()
    assert codes(seat, refund(redemption_id, here, 600)) == []
    assert codes(away, e.RedemptionVoided(redemption_id, there, "refused")) == []
    assert [row.code for row in rows(programme, t.exception_item)] == ["over_refund"]
    assert posted(programme, member_id) == 1500
    assert findings(programme) == []


def test_nobody_gives_back_their_own(programme: Programme) -> None:
    member_id, seat = programme.member(1500), programme.seat()
    redemption_id, encounter_id = spend(programme, seat, member_id)
    with programme.work() as work:
        work.connection.execute(t.staff.update().values(member_id=member_id))
    assert codes(seat, refund(redemption_id, encounter_id, 400)) == ["own_membership"]


def test_a_part_of_an_accrual_is_taken_back_once(programme: Programme) -> None:
    member_id, seat = programme.member(), programme.seat()
    encounter_id, _ = visit(seat, member_id=member_id)
    earned = paid(encounter_id, member_id, 300)
    part = e.AccrualReduced(new_id(), earned.accrual_id, encounter_id, 100, "part flown")
    assert codes(seat, earned, part, part) == []
    assert posted(programme, member_id) == 200
    too_many = e.AccrualReduced(new_id(), earned.accrual_id, encounter_id, 201, "part flown")
    other = e.AccrualReduced(part.refund_id, earned.accrual_id, encounter_id, 1, "part flown")
    unknown = e.AccrualReduced(new_id(), new_id(), encounter_id, 1, "part flown")
    assert codes(seat, too_many, other, unknown) == ["over_refund", "conflict", "unknown_accrual"]
    assert codes(seat, e.AccrualReversed(earned.accrual_id, encounter_id, "undone")) == []
    assert posted(programme, member_id) == 0
    after = e.AccrualReduced(new_id(), earned.accrual_id, encounter_id, 1, "part flown")
    assert codes(seat, after) == ["over_refund"]
    assert findings(programme) == []


def test_with_its_last_part_a_flight_is_free_to_earn_again(programme: Programme) -> None:
    member_id, seat = programme.member(), programme.seat()
    encounter_id, _ = visit(seat, member_id=member_id)
    earned = flown(encounter_id, member_id)
    parts = [
        e.AccrualReduced(new_id(), earned.accrual_id, encounter_id, points, "unflown")
        for points in (FLIGHT_POINTS - 500, 500)
    ]
    again = flown(encounter_id, member_id)
    assert codes(seat, earned, again) == ["duplicate_flight"]
    assert codes(seat, parts[0], flown(encounter_id, member_id)) == ["duplicate_flight"]
    assert codes(seat, parts[1], flown(encounter_id, member_id)) == []
    assert posted(programme, member_id) == FLIGHT_POINTS
    assert findings(programme) == []


def test_a_spent_accrual_that_is_cancelled_is_owed(programme: Programme) -> None:
    member_id, seat = programme.member(), programme.seat()
    seat.pull()
    encounter_id, _ = visit(seat, member_id=member_id)
    earned = paid(encounter_id, member_id, 300)
    granted = e.RedemptionGranted(
        new_id(), encounter_id, member_id, programme.reward_id, 250, e.Cover.AT_RISK, None,
        seat.pool_id,
    )  # fmt: skip
    part = e.AccrualReduced(new_id(), earned.accrual_id, encounter_id, 100, "part flown")
    assert codes(seat, earned, granted, part) == []
    assert posted(programme, member_id) == -50
    assert codes(seat, e.AccrualReversed(earned.accrual_id, encounter_id, "undone")) == []
    assert posted(programme, member_id) == -250
    assert codes(seat, refund(granted.redemption_id, encounter_id, 250)) == []
    assert posted(programme, member_id) == 0
    assert findings(programme) == []


def test_what_expired_is_counted_against_one_part_alone(programme: Programme) -> None:
    rules(programme, lot_months=1)
    member_id, seat = programme.member(500), programme.seat()
    seat.pull()
    encounter_id, _ = visit(seat, member_id=member_id)
    earned = paid(encounter_id, member_id, 100)
    granted = e.RedemptionGranted(
        new_id(), encounter_id, member_id, programme.reward_id, 60, e.Cover.AT_RISK, None,
        seat.pool_id,
    )  # fmt: skip
    assert codes(seat, earned, granted) == []
    programme.clock.ms += 60 * 24 * HOUR_MS
    assert sum(programme.upkeep.expiring()) == 40
    parts = [
        e.AccrualReduced(new_id(), earned.accrual_id, encounter_id, points, "part flown")
        for points in (30, 30)
    ]
    assert codes(seat, *parts) == []
    assert posted(programme, member_id) == 480, "of 60 points 40 had expired"
    assert codes(seat, e.AccrualReversed(earned.accrual_id, encounter_id, "undone")) == []
    assert posted(programme, member_id) == 440
    assert findings(programme) == []


def test_the_audit_knows_what_had_expired(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    member_id, seat = programme.member(500), programme.seat()
    encounter_id, _ = visit(seat, member_id=member_id)
    earned = paid(encounter_id, member_id, 100)
    assert codes(seat, earned) == []
    take_away = e.AccrualReversed(earned.accrual_id, encounter_id, "undone")
    monkeypatch.setattr(taking_back, "expired_points", lambda *_, **__: 100)
    monkeypatch.setattr(reversing, "take", lambda *_: [])
    assert codes(seat, take_away) == []
    assert findings(programme) == [
        f"accrual {earned.accrual_id}: 100 points were undone as expired, 0 had"
    ]


def test_parts_of_what_has_expired_are_taken_no_second_time(programme: Programme) -> None:
    rules(programme, lot_months=1)
    member_id, seat = programme.member(500), programme.seat()
    encounter_id, _ = visit(seat, member_id=member_id)
    earned = paid(encounter_id, member_id, 300)
    parts = [
        e.AccrualReduced(new_id(), earned.accrual_id, encounter_id, 100, "part flown")
        for _ in range(3)
    ]
    assert codes(seat, earned, parts[0]) == []
    programme.clock.ms += 60 * 24 * HOUR_MS
    assert sum(programme.upkeep.expiring()) == 200
    assert codes(seat, *parts[1:]) == []
    assert posted(programme, member_id) == 500
    assert findings(programme) == []
