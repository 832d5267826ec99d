"""Managers give and take points, two of them where they are many; and points that have to wait."""

from __future__ import annotations

import msgspec

from app.domain import events as e
from app.domain.records import Adjustment
from sync.server.forgetting import erase, gather
from sync.server.programme import NewStaff, add_staff, put_setting
from sync.server.store import tables as t
from tests.server.books import codes, explained, findings, paid, posted, rows
from tests.server.conftest import Programme
from tests.server.seats import Seat, new_id, visit

DAY_MS = 86_400_000


def desks(programme: Programme) -> list[Seat]:
    """Two managers' desks."""
    found = [programme.seat(counter=2, kind="desk") for _ in range(2)]
    with programme.work() as work:
        put_setting(work, "points", {"adjustment_limit": 100})
        found[1].staff_id = add_staff(
            work, NewStaff("901", "Zhao", ("duty_manager",), programme.office_id, "$argon2id$")
        )
    return found


def adjusted(desk: Seat, member_id, points: int, kind: str = "goodwill") -> e.PointsAdjusted:  # type: ignore[no-untyped-def]
    return e.PointsAdjusted(new_id(), member_id, points, kind, desk.blob("航班取消".encode()))


def test_a_manager_gives_and_takes_within_the_limit(programme: Programme) -> None:
    desk, _ = desks(programme)
    member_id = programme.member(50)
    given = adjusted(desk, member_id, 100)
    taken = adjusted(desk, member_id, -30, "correction")
    assert codes(desk, given, taken) == []
    assert posted(programme, member_id) == 120
    assert "100 points as goodwill, by 900." in explained(programme, given.adjustment_id)
    wrong = (
        adjusted(desk, member_id, 0),
        adjusted(desk, member_id, -1),
        adjusted(desk, member_id, 1, "gift"),
        adjusted(desk, new_id(), 1),
        adjusted(desk, member_id, -100, "correction"),
        given,
    )
    assert codes(desk, *wrong[:5]) == [
        "bad_points", "bad_adjustment", "bad_adjustment", "unknown_member",
    ]  # fmt: skip
    assert posted(programme, member_id) == 20
    assert codes(desk, adjusted(desk, member_id, -100, "correction")) == ["insufficient"]
    unread = e.PointsAdjusted(new_id(), member_id, 5, "goodwill", "0" * 64)
    assert codes(desk, unread) == ["blob_missing"]
    seat = programme.seat()
    assert codes(seat, adjusted(seat, member_id, 5)) == ["not_manager"]
    assert findings(programme) == []


def test_many_points_take_a_second_person(programme: Programme) -> None:
    first, second = desks(programme)
    member_id = programme.member()
    given = adjusted(first, member_id, 101)
    agreed = e.AdjustmentConfirmed(given.adjustment_id)
    assert codes(first, given, agreed) == ["same_person"]
    assert posted(programme, member_id) == 0
    assert explained(programme, given.adjustment_id) == (
        "101 points as goodwill: a second person has to agree."
    )
    assert findings(programme) == []
    assert codes(second, agreed, agreed) == []
    assert posted(programme, member_id) == 101
    assert codes(second, e.AdjustmentConfirmed(new_id())) == ["unknown_adjustment"]
    said = explained(programme, given.adjustment_id)
    assert "101 points as goodwill, by 900, and 901 agreed, as beyond 100 points" in said
    assert findings(programme) == []


def told(seat: Seat) -> list[Adjustment]:
    """What an office's seat is told of adjustments."""
    return [
        msgspec.json.decode(bytes(record.body), type=Adjustment)
        for record in seat.pull().records
        if record.kind == Adjustment.KIND
    ]


def test_desks_are_told_what_waits_and_what_became_of_it(programme: Programme) -> None:
    first, second = desks(programme)
    counter = programme.seat()
    member_id = programme.member()
    small, given = (adjusted(first, member_id, points) for points in (100, 101))
    assert codes(first, small, given) == []
    (waits,) = told(second)
    assert (waits.adjustment_id, waits.member_id, waits.points) == (
        given.adjustment_id, member_id, 101,
    )  # fmt: skip
    assert (waits.state, waits.reason, waits.recorded_by) == (
        "waiting", "航班取消", first.staff_id,
    )  # fmt: skip
    assert told(counter) == []
    assert codes(second, e.AdjustmentConfirmed(given.adjustment_id)) == []
    (posted_now,) = told(first)
    assert (posted_now.state, posted_now.reason) == ("posted", "")
    assert posted_now.decided_by_name == "Zhao"
    assert findings(programme) == []


def test_a_second_person_declines_for_good(programme: Programme) -> None:
    first, second = desks(programme)
    member_id = programme.member(10)
    given, withdrawn = (adjusted(first, member_id, 101) for _ in range(2))
    no = e.AdjustmentDeclined(given.adjustment_id)
    assert codes(first, given, withdrawn, e.AdjustmentDeclined(withdrawn.adjustment_id)) == []
    assert codes(second, no, no) == [], "said twice it is said once"
    assert codes(second, e.AdjustmentConfirmed(given.adjustment_id)) == ["adjustment_decided"]
    assert posted(programme, member_id) == 10
    assert explained(programme, given.adjustment_id) == (
        "101 points as goodwill: a second person declined them."
    )
    other = adjusted(first, member_id, 101)
    assert codes(first, other) == []
    assert codes(second, e.AdjustmentConfirmed(other.adjustment_id)) == []
    assert codes(second, e.AdjustmentDeclined(other.adjustment_id)) == ["adjustment_decided"]
    assert codes(second, e.AdjustmentDeclined(new_id())) == ["unknown_adjustment"]
    seat = programme.seat()
    assert codes(seat, e.AdjustmentDeclined(other.adjustment_id)) == ["not_manager"]
    assert posted(programme, member_id) == 111
    assert findings(programme) == []


def test_a_forgotten_members_reason_is_taken_from_the_desks(programme: Programme) -> None:
    first, second = desks(programme)
    member_id = programme.member()
    assert codes(first, adjusted(first, member_id, 101)) == []
    with programme.work() as work:
        held = gather(work.connection, work.programme_id, member_id)
        erase(work, held)
    (blank,) = told(second)
    assert (blank.state, blank.reason) == ("waiting", "")


def test_nobody_gives_or_agrees_to_points_of_their_own(programme: Programme) -> None:
    first, second = desks(programme)
    member_id = programme.member()
    given = adjusted(first, member_id, 101)
    assert codes(first, given) == []
    with programme.work() as work:
        work.connection.execute(t.staff.update().values(member_id=member_id))
    assert codes(second, e.AdjustmentConfirmed(given.adjustment_id)) == ["own_membership"]
    assert codes(second, e.AdjustmentDeclined(given.adjustment_id)) == ["own_membership"]
    assert codes(first, adjusted(first, member_id, 1)) == ["own_membership"]


def test_points_wait_outside_the_balance_until_their_day(programme: Programme) -> None:
    with programme.work() as work:
        put_setting(work, "points", {"pending_days": 14})
        put_setting(work, "redemption", {"leases_per_device": 0})
    member_id, seat = programme.member(1000), programme.seat()
    encounter_id, _ = visit(seat, member_id=member_id)
    kept, cut, undone = (paid(encounter_id, member_id, points) for points in (300, 200, 100))
    part = e.AccrualReduced(new_id(), cut.accrual_id, encounter_id, 50, "part flown")
    undo = e.AccrualReversed(undone.accrual_id, encounter_id, "undone")
    assert codes(seat, kept, cut, undone, part, undo) == []
    (member,) = [r for r in seat.pull().members if r.member_id == member_id]
    assert (member.posted_points, member.pending_points) == (1000, 450)
    hoped = e.RedemptionGranted(
        new_id(), encounter_id, member_id, programme.reward_id, 1001, e.Cover.ONLINE, None, None
    )
    assert codes(seat, hoped) == ["insufficient"]
    assert findings(programme) == []
    programme.clock.ms += 13 * DAY_MS
    assert sum(programme.upkeep.maturing()) == 0
    programme.clock.ms += DAY_MS
    assert sum(programme.upkeep.maturing()) == 450
    assert sum(programme.upkeep.maturing()) == 0
    (balance,) = rows(programme, t.balance, member_id=member_id)
    assert (balance.posted, balance.pending) == (1450, 0)
    assert "points can be spent from now on" in explained(programme, kept.accrual_id)
    assert "14 days later" in explained(programme, kept.accrual_id)
    assert codes(seat, e.AccrualReversed(cut.accrual_id, encounter_id, "undone")) == []
    assert posted(programme, member_id) == 1300
    assert findings(programme) == []


def test_what_comes_after_its_day_waits_no_longer(programme: Programme) -> None:
    with programme.work() as work:
        put_setting(work, "points", {"pending_days": 2})
    member_id, seat = programme.member(), programme.seat()
    encounter_id, _ = visit(seat, member_id=member_id)
    seat.record(paid(encounter_id, member_id, 300))
    programme.clock.ms += 3 * DAY_MS
    assert codes(seat) == []
    assert posted(programme, member_id) == 300
    assert findings(programme) == []
