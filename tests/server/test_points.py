"""Whose a redemption is, who may not redeem, what expired and how much may be at risk."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from app.domain import events as e
from sync.server.programme import put_setting
from sync.server.status import status_lines
from sync.server.store import tables as t
from sync.server.store.engine import reading
from tests.server.books import findings
from tests.server.conftest import Programme
from tests.server.merges import united
from tests.server.seats import Clock, Seat, new_id, visit


def posted(programme: Programme, member_id: UUID) -> int:
    """The member's points as a fresh replica is shown them."""
    answer = programme.server.bootstrap(programme.seat(counter=1).device_id)
    (row,) = [row for row in answer.members if row.member_id == member_id]
    return row.posted_points


def risky(
    seat: Seat, encounter_id: UUID, member_id: UUID, points: int, pool_id: UUID | None = None
) -> e.RedemptionGranted:
    """Given away from the pool that the seat heard of last, or from another."""
    return e.RedemptionGranted(
        new_id(), encounter_id, member_id, new_id(), points, e.Cover.AT_RISK, None,
        pool_id or seat.pool_id,
    )  # fmt: skip


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
    granted = risky(seat, encounter_id, member_id, 30_000)
    assert refused(seat, granted) == ["over_limit"]
    (exception_id,) = open_exceptions(programme)
    desk = programme.seat(counter=2, kind="desk")
    assert desk.push(e.ExceptionSettled(exception_id, "honour", None)).decisions == []
    assert posted(programme, member_id) == 0, "the programme bears what the member didn't have"
    assert findings(programme) == []
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
        lease.lease_id, None,
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
        risky(seat, encounter_id, member_id, 1000),
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


def limits(programme: Programme, **values: object) -> None:
    with programme.work() as work:
        put_setting(work, "redemption", {"leases_per_device": 0, **values})


def at_risk(programme: Programme) -> tuple[int, int]:
    """(what pools in use have left, what is left of those just replaced)."""
    with reading(programme.server.engine) as connection:
        lines = dict(line.split("\t", 1) for line in status_lines(connection) if "\t" in line)
    return int(lines["points at risk"]), int(lines["points at risk on pools just replaced"])


def test_a_renewed_pool_replaces_what_was_left_of_the_old(programme: Programme) -> None:
    limits(programme, pool_points=3000, pool_per_redemption=3000, pool_per_member=3000)
    member_id = programme.member()
    seat = programme.seat()
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    seen = []
    for _ in range(5):
        seat.pull()
        seen.append(seat.pool_id)
        assert at_risk(programme)[0] == 3000
        assert refused(seat, risky(seat, encounter_id, member_id, 100)) == []
        assert at_risk(programme) == (2900, 0)
    assert len(set(seen)) == 5
    # five pools were issued; the one in use is all there is, whichever a liar names
    flood = [risky(seat, encounter_id, programme.member(), 2900, pool_id) for pool_id in seen]
    more = risky(seat, encounter_id, programme.member(), 1)
    assert refused(seat, *flood, more) == ["unknown_pool"] * 4 + ["over_limit"]
    assert at_risk(programme) == (0, 0)
    assert findings(programme) == []


def test_late_spends_on_the_old_pool_are_honoured_to_its_end(programme: Programme) -> None:
    """The counter draws on, never having heard of the renewed pool."""
    limits(programme, pool_points=3000, pool_per_redemption=1000, pool_per_member=1000)
    seat = programme.seat()
    encounter_id, _ = visit(seat, score=None)
    seat.pull()
    old = seat.pool_id
    for _ in range(3):
        assert refused(seat, risky(seat, encounter_id, programme.member(), 1000, old)) == []
        seat.pull()  # renews once, and its answer is lost
    assert seat.pool_id != old
    assert at_risk(programme) == (3000, 0)
    more = risky(seat, encounter_id, programme.member(), 1, old)
    assert refused(seat, more) == ["over_limit"]


def test_an_old_pool_takes_nothing_once_the_new_one_was_drawn_on(programme: Programme) -> None:
    limits(programme, pool_points=3000, pool_per_redemption=1000, pool_per_member=1000)
    seat = programme.seat()
    encounter_id, _ = visit(seat, score=None)
    members = [programme.member() for _ in range(4)]
    seat.pull()
    old = seat.pool_id
    assert refused(seat, risky(seat, encounter_id, members[0], 1000)) == []
    # on the old pool, not sent when the new one is issued
    seat.record(risky(seat, encounter_id, members[1], 1000))
    seat.pull()
    assert at_risk(programme) == (3000, 2000)
    assert refused(seat, risky(seat, encounter_id, members[2], 1000)) == []
    assert at_risk(programme) == (2000, 0)
    assert refused(seat, risky(seat, encounter_id, members[3], 1, old)) == ["unknown_pool"]


def test_nobody_draws_on_a_pool_that_is_not_theirs(programme: Programme) -> None:
    other, seat = programme.seat(counter=1), programme.seat()
    other.pull()
    encounter_id, _ = visit(seat, score=None)
    member_id = programme.member()
    before_any = risky(seat, encounter_id, member_id, 1, new_id())
    assert refused(seat, before_any) == ["unknown_pool"]
    seat.pull()
    for pool_id in (other.pool_id, new_id()):
        assert refused(seat, risky(seat, encounter_id, member_id, 1, pool_id)) == ["unknown_pool"]
    unnamed = replace(risky(seat, encounter_id, member_id, 1), pool_id=None)
    assert refused(seat, unnamed) == ["unknown_pool"]
    assert posted(programme, member_id) == 0


def test_a_members_cap_counts_for_each_pool(programme: Programme) -> None:
    limits(programme, pool_points=9000, pool_per_redemption=1000, pool_per_member=1000)
    member_id, survivor_id = programme.member(), programme.member()
    seat = programme.seat()
    encounter_id, _ = visit(seat, score=None)
    seat.pull()
    first = risky(seat, encounter_id, member_id, 1000)
    assert refused(seat, first, risky(seat, encounter_id, member_id, 1)) == ["over_limit"]
    seat.pull()
    again = [risky(seat, encounter_id, member_id, 500) for _ in range(2)]
    assert refused(seat, *again) == []
    undone = e.RedemptionVoided(again[0].redemption_id, encounter_id, "undone")
    more = [risky(seat, encounter_id, member_id, points) for points in (500, 1)]
    seat.record(undone)  # an undone one no longer counts, in the same upload or another
    assert refused(seat, *more) == ["over_limit"]
    undone = e.RedemptionVoided(again[1].redemption_id, encounter_id, "undone")
    assert seat.push(undone).decisions == []
    # one person under two numbers has one cap
    assert refused(seat, risky(seat, encounter_id, survivor_id, 400)) == []
    united(programme, member_id, survivor_id)
    assert refused(seat, risky(seat, encounter_id, member_id, 101)) == ["over_limit"]
    assert refused(seat, risky(seat, encounter_id, member_id, 100)) == []
    assert findings(programme) == []


def test_a_restored_server_posts_what_it_had_posted_online(programme: Programme) -> None:
    member_id = programme.member(500)
    seat = programme.seat()
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    again = [
        e.RedemptionGranted(
            new_id(), encounter_id, member_id, new_id(), points, e.Cover.ONLINE, None, None
        )
        for points in (300, 300)
    ]
    assert refused(seat, again[0]) == []
    assert refused(seat, again[0]) == [], "said by a second restore"
    assert posted(programme, member_id) == 200
    assert refused(seat, again[1]) == ["insufficient"], "spent elsewhere since"
    assert len(open_exceptions(programme)) == 1
    void = e.RedemptionVoided(again[0].redemption_id, encounter_id, "undone")
    assert seat.push(void).decisions == []
    assert posted(programme, member_id) == 500
    assert findings(programme) == []


def test_a_clock_that_runs_ahead_makes_no_points_last_longer(programme: Programme) -> None:
    member_id = programme.member()
    for office_clock_ms in (programme.clock.ms, programme.clock.ms + 14 * 365 * 86_400_000):
        seat = programme.seat()
        seat.clock = Clock(office_clock_ms)
        encounter_id, _ = visit(seat, score=None, member_id=member_id)
        earned = e.AccrualRecorded(
            new_id(), encounter_id, member_id, 50, e.AccrualSource.AMOUNT, None, None, None, 1, ""
        )
        assert seat.push(earned).decisions == []
    with reading(programme.server.engine) as connection:
        lots = connection.execute(t.lot.select().where(t.lot.c.member_id == member_id)).all()
    assert len(lots) == 2
    assert len({lot.expires_on for lot in lots}) == 1
