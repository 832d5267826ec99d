"""Whose a redemption is, who may not redeem, what expired and how much may be at risk."""

from __future__ import annotations

from uuid import UUID

from app.domain import events as e
from sync.server.audit import audit
from sync.server.store import tables as t
from sync.server.store.engine import reading
from tests.server.conftest import Programme
from tests.server.seats import Seat, new_id, visit


def posted(programme: Programme, member_id: UUID) -> int:
    """The member's points as a fresh replica is shown them."""
    answer = programme.server.bootstrap(programme.seat(counter=1).device_id)
    (row,) = [row for row in answer.members if row.member_id == member_id]
    return row.posted_points


def findings(programme: Programme) -> list[str]:
    with reading(programme.server.engine) as connection:
        return list(audit(connection))


def risky(
    programme: Programme, encounter_id: UUID, member_id: UUID, points: int
) -> e.RedemptionGranted:
    return e.RedemptionGranted(
        new_id(), encounter_id, member_id, programme.reward_id, points, e.Cover.AT_RISK, None
    )


def refused(seat: Seat, *events: e.RedemptionGranted) -> list[str]:
    return [d.code for d in seat.push(*events).decisions]


def open_exceptions(programme: Programme) -> list[UUID]:
    desk = programme.seat(counter=2, kind="desk")
    return [
        UUID(record.id)
        for record in desk.pull().records
        if record.kind == "exception" and b'"open"' in bytes(record.body)
    ]


def test_what_a_manager_honours_stays_the_counters(programme: Programme) -> None:
    member_id = programme.member(100)
    seat = programme.seat()
    seat.pull()
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    granted = risky(programme, encounter_id, member_id, 30_000)
    assert refused(seat, granted) == ["over_limit"]
    (exception_id,) = open_exceptions(programme)
    desk = programme.seat(counter=2, kind="desk")
    assert desk.push(e.ExceptionSettled(exception_id, "honour", None)).decisions == []
    assert posted(programme, member_id) == -29_900
    void = e.RedemptionVoided(granted.redemption_id, encounter_id, "undone")
    assert [d.code for d in desk.push(void).decisions] == ["wrong_device"]
    assert seat.push(void).decisions == []
    assert posted(programme, member_id) == 100
    assert findings(programme) == []


def test_a_spend_beyond_its_lease_can_be_honoured(programme: Programme) -> None:
    member_id = programme.member(8000, home_office="PEK")
    seat = programme.seat()
    (lease,) = seat.pull().leases
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    granted = e.RedemptionGranted(
        new_id(), encounter_id, member_id, programme.reward_id, lease.points + 1, e.Cover.LEASE,
        lease.lease_id,
    )  # fmt: skip
    assert refused(seat, granted) == ["lease_exceeded"]
    (exception_id,) = open_exceptions(programme)
    desk = programme.seat(counter=2, kind="desk")
    assert desk.push(e.ExceptionSettled(exception_id, "honour", None)).decisions == []
    assert posted(programme, member_id) == 8000 - lease.points - 1
    assert seat.push(e.RedemptionVoided(granted.redemption_id, encounter_id, "x")).decisions == []
    assert posted(programme, member_id) == 8000
    assert findings(programme) == []


def test_nobody_serves_their_own_membership(programme: Programme) -> None:
    member_id, other_id = programme.member(5000), programme.member(5000)
    with programme.work() as work:
        for staff in work.find(t.staff, "staff_id", [programme.clerk_id, programme.manager_id]):
            work.connection.execute(
                t.staff.update()
                .where(t.staff.c.staff_id == staff.staff_id)
                .values(member_id=member_id)
            )
    seat = programme.seat()
    seat.pull()
    encounter_id, _ = visit(seat, score=None)

    def earned(member: UUID) -> e.AccrualRecorded:
        return e.AccrualRecorded(
            new_id(), encounter_id, member, 10, e.AccrualSource.AMOUNT, None, None, None, 1, ""
        )

    def asked(member: UUID) -> e.RedemptionRequested:
        return e.RedemptionRequested(
            new_id(), encounter_id, member, programme.reward_id, 1000,
            e.Proof.CARD, e.CustomerYes.PANEL,
        )  # fmt: skip

    (own,) = seat.record(asked(member_id))
    answer = seat.urgent(own)
    assert (answer.decision, answer.code) == ("refused", "own_membership")
    (good,) = seat.record(asked(other_id))
    assert seat.urgent(good).decision == "accepted"
    answers = seat.push(
        e.MemberIdentified(encounter_id, member_id, e.Proof.CARD),
        e.MemberIdentified(encounter_id, other_id, e.Proof.CARD),
        earned(member_id),
        earned(other_id),
        risky(programme, encounter_id, member_id, 1000),
    ).decisions
    assert [d.code for d in answers if d.code] == ["own_membership"] * 3
    assert (posted(programme, member_id), posted(programme, other_id)) == (5000, 4010)
    desk = programme.seat(counter=2, kind="desk")
    waiting = open_exceptions(programme)
    assert len(waiting) == 3
    settled = desk.push(*(e.ExceptionSettled(i, "honour", None) for i in waiting)).decisions
    assert {d.code for d in settled} == {"own_membership"}
    assert posted(programme, member_id) == 5000
    assert findings(programme) == []
