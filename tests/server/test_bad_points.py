"""What makes no sense where points are concerned is decided, explained, and loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from app.domain import events as e
from app.domain.entry import Event
from app.domain.ledger import MAX_POINTS
from sync.protocol.messages import LeaseGrant, UrgentAnswer
from sync.server.problems import ProblemError
from sync.server.programme import revoke_device
from tests.server.books import balance, sound
from tests.server.conftest import KEYS, Programme
from tests.server.seats import Seat, new_id, visit

NONSENSE = {"none": 0, "negative": -1_000, "huge": MAX_POINTS + 1, "beyond any number": 10**30}
Make = Callable[[UUID, UUID, Programme, Seat, int], Event]


def accrual(visit_id: UUID, member_id: UUID, _: Programme, __: Seat, points: int) -> Event:
    return e.AccrualRecorded(
        new_id(), visit_id, member_id, points, e.AccrualSource.AMOUNT, None, 100, "CNY", 1, ""
    )


def at_risk(visit_id: UUID, member_id: UUID, of: Programme, seat: Seat, points: int) -> Event:
    seat.pull()
    return e.RedemptionGranted(
        new_id(), visit_id, member_id, of.reward_id, points, e.Cover.AT_RISK, None, seat.pool_id
    )


def leased(visit_id: UUID, member_id: UUID, of: Programme, seat: Seat, points: int) -> Event:
    lease = lease_of(seat, member_id)
    return e.RedemptionGranted(
        new_id(), visit_id, member_id, of.reward_id, points, e.Cover.LEASE, lease.lease_id, None
    )


def adjustment(_: UUID, member_id: UUID, of: Programme, seat: Seat, points: int) -> Event:
    return e.PointsAdjusted(new_id(), member_id, points, "correction", seat.blob({"text": "x"}))


def lease_of(seat: Seat, member_id: UUID) -> LeaseGrant:
    return next(lease for lease in seat.pull().leases if lease.member_id == member_id)


def asked(programme: Programme, member_id: UUID, points: int = 1_000) -> e.RedemptionRequested:
    return e.RedemptionRequested(
        new_id(), new_id(), member_id, programme.reward_id, points,
        e.Proof.CARD, e.CustomerYes.PANEL,
    )  # fmt: skip


def at_once(seat: Seat, event: Event) -> UrgentAnswer:
    return seat.urgent(seat.body(event))


@pytest.mark.parametrize("points", NONSENSE.values(), ids=NONSENSE.keys())
@pytest.mark.parametrize("make", [accrual, at_risk, leased, adjustment])
def test_a_number_that_is_none_is_an_exception_and_the_next_goes_on(
    programme: Programme, make: Make, points: int
) -> None:
    member_id = programme.member(40_000, home_office="PEK")
    seat = programme.seat()
    if make is adjustment:
        if points == -1_000:
            return  # a correction may take points
        seat.staff_id = programme.manager_id
    visit_id, _ = visit(seat, score=None, member_id=member_id)
    event = make(visit_id, member_id, programme, seat, points)
    before = balance(programme, member_id)
    answer = seat.push(event, accrual(visit_id, member_id, programme, seat, 1))
    (refused,) = [d for d in answer.decisions if d.decision == "exception"]
    assert refused.code in ("bad_points", "malformed", "bad_adjustment", "over_limit")
    posted, held = balance(programme, member_id)
    assert (posted, held) == (before[0] + 1, before[1])
    sound(programme)


def test_a_part_of_a_point_can_t_be_read(programme: Programme) -> None:
    member_id = programme.member(5_000)
    seat = programme.seat()
    visit_id, _ = visit(seat, score=None, member_id=member_id)
    seat.push()
    body = seat.body(accrual(visit_id, member_id, programme, seat, 77))
    seat.append(body.replace(b'"points":77', b'"points":7.7'))
    answer = seat.push(accrual(visit_id, member_id, programme, seat, 2))
    assert [d.code for d in answer.decisions if d.code] == ["malformed"]
    assert balance(programme, member_id)[0] == 5_002
    sound(programme)


@pytest.mark.parametrize("points", [0, -1_000, MAX_POINTS])
def test_no_reward_has_such_a_price(programme: Programme, points: int) -> None:
    member_id = programme.member(5_000)
    answer = at_once(programme.seat(), asked(programme, member_id, points))
    assert (answer.decision, answer.code) == ("refused", "reward_changed")
    assert balance(programme, member_id)[0] == 5_000


def test_a_price_beyond_any_number_is_no_message(programme: Programme) -> None:
    member_id = programme.member(5_000)
    with pytest.raises(ProblemError, match="out of bounds") as refused:
        at_once(programme.seat(), asked(programme, member_id, 10**30))
    assert refused.value.problem.code == "bad_request"


def test_a_reward_that_was_never_offered(programme: Programme) -> None:
    member_id = programme.member(5_000)
    request = asked(programme, member_id)
    unknown = e.RedemptionRequested(
        request.redemption_id, request.encounter_id, member_id, new_id(), 1_000,
        e.Proof.CARD, e.CustomerYes.PANEL,
    )  # fmt: skip
    answer = at_once(programme.seat(), unknown)
    assert (answer.decision, answer.code) == ("refused", "reward_unknown")
    assert balance(programme, member_id)[0] == 5_000


def close(programme: Programme, member_id: UUID) -> None:
    with programme.work() as work:
        work.load_members([member_id])
        work.update_profile(work.members[member_id], status="closed")


def test_who_left_redeems_no_more_but_keeps_what_a_lease_promised(programme: Programme) -> None:
    member_id = programme.member(40_000, home_office="PEK")
    seat = programme.seat()
    visit_id, _ = visit(seat, score=None, member_id=member_id)
    promised = leased(visit_id, member_id, programme, seat, 1_000)
    close(programme, member_id)
    answer = at_once(programme.seat(counter=1), asked(programme, member_id))
    assert (answer.decision, answer.code) == ("refused", "member_closed")
    assert [d.code for d in seat.push(promised).decisions if d.code] == []
    assert balance(programme, member_id)[0] == 39_000
    assert lease_of(seat, member_id).state == "recall", "nothing is set aside for them any more"
    sound(programme)


def test_a_clock_set_back_makes_no_difference_to_what_is_spent(programme: Programme) -> None:
    """Wall time goes back by a year between two spends; order is the chain's."""
    member_id = programme.member(40_000, home_office="PEK")
    seat = programme.seat()
    visit_id, _ = visit(seat, score=None, member_id=member_id)
    first = leased(visit_id, member_id, programme, seat, 1_000)
    seat.record(first)
    programme.clock.ms -= 365 * 86_400_000
    seat.record(leased(visit_id, member_id, programme, seat, 500))
    programme.clock.ms += 365 * 86_400_000
    answer = seat.push()
    assert [d.code for d in answer.decisions if d.code] == []
    assert balance(programme, member_id)[0] == 38_500
    sound(programme)


@pytest.mark.parametrize("first", ["undo", "grant"])
def test_two_cancellations_are_one_wherever_the_grant_stands(
    programme: Programme, first: str
) -> None:
    member_id = programme.member(40_000, home_office="PEK")
    seat = programme.seat()
    visit_id, _ = visit(seat, score=None, member_id=member_id)
    granted = leased(visit_id, member_id, programme, seat, 1_000)
    assert isinstance(granted, e.RedemptionGranted)
    undo = e.RedemptionVoided(granted.redemption_id, visit_id, "undone")
    events: list[Event] = [undo, granted, undo] if first == "undo" else [granted, undo, undo]
    before = balance(programme, member_id)
    codes = [d.code for d in seat.push(*events).decisions if d.code]
    assert codes == (["voided"] if first == "undo" else [])
    assert balance(programme, member_id) == before
    sound(programme)


def test_a_revoked_counters_spends_are_a_managers_to_honour(programme: Programme) -> None:
    member_id = programme.member(40_000, home_office="PEK")
    seat = programme.seat()
    visit_id, _ = visit(seat, score=None, member_id=member_id)
    granted = leased(visit_id, member_id, programme, seat, 1_000)
    with programme.work() as work:
        revoke_device(work, KEYS, seat.device_id)
    with pytest.raises(ProblemError) as refused:
        seat.push(granted)
    assert refused.value.problem.code == "revoked"
    assert balance(programme, member_id)[0] == 40_000
    sound(programme)
