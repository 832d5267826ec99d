"""Members who give a share of what they earn to the head of their family."""

from __future__ import annotations

from uuid import UUID

import pytest

from app.domain import events as e
from app.domain.errors import Rejected
from app.domain.records import Family
from sync.server import denying, families
from sync.server.families import Said
from sync.server.programme import put_setting
from sync.server.statements import statement_of
from sync.server.store import tables as t
from sync.server.store.engine import reading
from tests.server.books import account, codes, explained, findings, flown, rows
from tests.server.conftest import Programme
from tests.server.families import (
    at_counter,
    ended,
    family,
    family_of,
    forgotten,
    giving,
    profiled,
    reduced,
    removed,
    share_of,
    undone,
)
from tests.server.merges import DAY_MS, earned, granted

# --- what is earned ------------------------------------------------------------------------------


def test_a_share_goes_to_the_head_in_a_lot_of_its_own(programme: Programme) -> None:
    head, member = family_of(programme, 30)
    seat, encounter_id = at_counter(programme, member)
    accrual = earned(encounter_id, member, 101)
    assert codes(seat, accrual) == []
    assert account(programme, head) == (30, 0, 0)
    assert account(programme, member) == (71, 0, 0)
    (own,) = rows(programme, t.lot, member_id=member)
    (heads,) = rows(programme, t.lot, member_id=head)
    assert (own.lot_id, own.remaining) == (accrual.accrual_id, 71)
    assert heads.lot_id != own.lot_id
    assert (heads.earned, heads.expires_on) == (30, own.expires_on)
    assert findings(programme) == []
    said = explained(programme, accrual.accrual_id)
    (card,) = (row.card_no for row in rows(programme, t.member, member_id=head))
    assert f"30 % of it, once what is owed is paid, is for card {card}" in said
    assert f"30 points are card {card}'s" in said
    assert "recorded by op" in said


def test_nobody_earns_a_share_for_themselves(programme: Programme) -> None:
    """A clerk who heads a family has a colleague serve it, as for their own membership."""
    head, member = family_of(programme, 30)
    with programme.work() as work:
        clerk = t.staff.update().where(t.staff.c.staff_id == programme.clerk_id)
        work.connection.execute(clerk.values(member_id=head))
    seat, encounter_id = at_counter(programme, member)
    assert codes(seat, earned(encounter_id, member, 100)) == ["own_membership"]
    removed(programme, member)
    programme.clock.ms += 60_000
    assert codes(seat, earned(encounter_id, member, 100)) == []
    assert account(programme, head)[0] == 0
    assert findings(programme) == []


def test_what_counts_for_a_tier_stays_whole_with_who_flew(programme: Programme) -> None:
    with programme.work() as work:
        put_setting(work, "tiers", {"levels": [["silver", 1]]})
    head, member = family_of(programme, 100)
    seat, encounter_id = at_counter(programme, member)
    accrual = flown(encounter_id, member)
    assert codes(seat, accrual) == []
    assert account(programme, member)[0] == 0
    assert account(programme, head)[0] == accrual.points
    (units,) = rows(programme, t.qualifying, accrual_id=accrual.accrual_id)
    assert units.member_id == member
    assert 0 < units.units <= accrual.points
    assert rows(programme, t.tier_held, member_id=head) == []
    assert findings(programme) == []


def test_what_is_owed_is_paid_before_anything_is_shared(programme: Programme) -> None:
    head, member = family_of(programme, 50)
    seat, encounter_id = at_counter(programme, member)
    risky = granted(programme, encounter_id, member, 1_000, e.Cover.AT_RISK, pool_id=seat.pool_id)
    assert codes(seat, risky) == []
    accruals = [earned(encounter_id, member, points) for points in (900, 101)]
    assert codes(seat, *accruals) == []
    assert [share_of(programme, a.accrual_id)[0] for a in accruals] == [0, 0]
    assert account(programme, member)[0] == 1
    assert codes(seat, earned(encounter_id, member, 10)) == []
    assert (account(programme, head)[0], account(programme, member)[0]) == (5, 6)
    assert findings(programme) == []


def test_the_heads_own_debt_is_paid_by_the_share(programme: Programme) -> None:
    head, member = family_of(programme, 50)
    seat, encounter_id = at_counter(programme, head)
    risky = granted(programme, encounter_id, head, 1_000, e.Cover.AT_RISK, pool_id=seat.pool_id)
    assert codes(seat, risky, earned(encounter_id, member, 600)) == []
    assert account(programme, head)[0] == -700
    assert findings(programme) == []


def test_only_the_head_spends_the_share(programme: Programme) -> None:
    head, member = family_of(programme, 50)
    seat, encounter_id = at_counter(programme, member)
    assert codes(seat, earned(encounter_id, member, 2_000)) == []
    assert codes(seat, granted(programme, encounter_id, member, 1_100, e.Cover.ONLINE)) == [
        "insufficient"
    ]
    assert codes(seat, granted(programme, encounter_id, head, 1_000, e.Cover.ONLINE)) == []
    assert (account(programme, head)[0], account(programme, member)[0]) == (0, 1_000)


# --- taken back ----------------------------------------------------------------------------------


def test_an_undone_accrual_comes_back_from_both(programme: Programme) -> None:
    head, member = family_of(programme, 40)
    seat, encounter_id = at_counter(programme, member)
    accrual = earned(encounter_id, member, 100)
    assert codes(seat, accrual) == []
    assert undone(seat, accrual) == []
    assert undone(seat, accrual) == []
    assert (account(programme, head)[0], account(programme, member)[0]) == (0, 0)
    assert share_of(programme, accrual.accrual_id) == (40, 40)
    assert findings(programme) == []
    assert "from the head of the family" in explained(programme, accrual.accrual_id)


def test_parts_come_back_from_both_to_the_last_point(programme: Programme) -> None:
    head, member = family_of(programme, 33)
    seat, encounter_id = at_counter(programme, member)
    accrual = earned(encounter_id, member, 100)
    assert codes(seat, accrual) == []
    for taken, left in ((10, 90), (1, 89), (50, 39), (38, 1)):
        assert reduced(seat, accrual, taken) == []
        assert account(programme, head)[0] == left * 33 // 100
        assert account(programme, head)[0] + account(programme, member)[0] == left
    assert reduced(seat, accrual, 1) == []
    assert (account(programme, head)[0], account(programme, member)[0]) == (0, 0)
    assert findings(programme) == []


def test_a_share_that_was_spent_is_owed_by_the_head(programme: Programme) -> None:
    head, member = family_of(programme, 50)
    seat, encounter_id = at_counter(programme, member)
    accrual = earned(encounter_id, member, 2_000)
    spent = granted(programme, encounter_id, head, 1_000, e.Cover.ONLINE)
    assert codes(seat, accrual, spent) == []
    assert undone(seat, accrual) == []
    assert (account(programme, head)[0], account(programme, member)[0]) == (-1_000, 0)
    assert findings(programme) == []


def test_what_expired_with_the_head_is_not_taken_a_second_time(programme: Programme) -> None:
    with programme.work() as work:
        put_setting(work, "points", {"lot_months": 1})
    head, member = family_of(programme, 50, head_points=700)
    seat, encounter_id = at_counter(programme, member)
    accrual = earned(encounter_id, member, 200)
    assert codes(seat, accrual) == []
    assert reduced(seat, accrual, 20) == []
    programme.clock.ms += 70 * DAY_MS
    list(programme.upkeep.expiring())
    assert account(programme, head)[0] == 700
    assert reduced(seat, accrual, 80) == []
    assert undone(seat, accrual) == []
    assert (account(programme, head)[0], account(programme, member)[0]) == (700, 0)
    assert findings(programme) == []


# --- points that can't be spent yet --------------------------------------------------------------


def test_what_is_pending_is_shared_on_its_day_by_the_share_it_was_recorded_under(
    programme: Programme,
) -> None:
    with programme.work() as work:
        put_setting(work, "points", {"pending_days": 5})
    head, member = family_of(programme, 25)
    seat, encounter_id = at_counter(programme, member)
    whole, part, gone = (earned(encounter_id, member, points) for points in (400, 300, 200))
    assert codes(seat, whole, part, gone) == []
    assert account(programme, member) == (0, 0, 900)
    assert undone(seat, gone) == []
    assert reduced(seat, part, 100) == []
    programme.clock.ms += DAY_MS
    giving(programme, head, member, 90)
    programme.clock.ms += DAY_MS
    removed(programme, member)
    programme.clock.ms += 4 * DAY_MS
    list(programme.upkeep.maturing())
    assert account(programme, head) == (150, 0, 0)
    assert account(programme, member) == (450, 0, 0)
    assert undone(seat, part) == []
    assert (account(programme, head)[0], account(programme, member)[0]) == (100, 300)
    assert findings(programme) == []
    assert "25 % of it" in explained(programme, whole.accrual_id)


def test_a_head_who_is_closed_by_then_gets_nothing(programme: Programme) -> None:
    with programme.work() as work:
        put_setting(work, "points", {"pending_days": 5})
    head, member = family_of(programme, 25)
    seat, encounter_id = at_counter(programme, member)
    accrual = earned(encounter_id, member, 400)
    assert codes(seat, accrual) == []
    profiled(programme, head, status="closed")
    programme.clock.ms += 6 * DAY_MS
    list(programme.upkeep.maturing())
    assert (account(programme, head)[0], account(programme, member)[0]) == (0, 400)
    assert "closed when it was booked" in explained(programme, accrual.accrual_id)
    assert findings(programme) == []


# --- when ----------------------------------------------------------------------------------------


def test_the_share_of_the_moment_of_recording_counts(programme: Programme) -> None:
    head, member = programme.member(), programme.member()
    seat, encounter_id = at_counter(programme, member)
    events: list[e.AccrualRecorded] = []

    def record(points: int) -> None:
        events.append(earned(encounter_id, member, points))
        seat.record(events[-1])
        programme.clock.ms += 1_000

    record(100)
    family(programme, head)
    giving(programme, head, member, 10)
    record(100)
    giving(programme, head, member, 50)
    record(100)
    removed(programme, member)
    record(100)
    assert seat.push().decisions == []
    given = [rows(programme, t.accrual_share, accrual_id=one.accrual_id) for one in events]
    assert [[row.points for row in found] for found in given] == [[], [10], [50], []]
    assert (account(programme, head)[0], account(programme, member)[0]) == (60, 340)
    assert findings(programme) == []


def test_a_clock_that_runs_ahead_gives_by_the_share_of_now(programme: Programme) -> None:
    head, member = family_of(programme, 10)
    seat, encounter_id = at_counter(programme, member)
    programme.clock.ms += 300 * DAY_MS
    seat.record(earned(encounter_id, member, 100))
    programme.clock.ms -= 300 * DAY_MS
    assert seat.push().decisions == []
    assert account(programme, head)[0] == 10
    assert findings(programme) == []


def test_what_arrives_after_a_head_was_closed_stays_with_who_earned_it(
    programme: Programme,
) -> None:
    head, member = family_of(programme, 10)
    seat, encounter_id = at_counter(programme, member)
    profiled(programme, head, status="closed")
    accrual = earned(encounter_id, member, 100)
    assert codes(seat, accrual) == []
    assert (account(programme, head)[0], account(programme, member)[0]) == (0, 100)
    assert findings(programme) == []


# --- who may be in one ---------------------------------------------------------------------------


def refused(programme: Programme, head: UUID, member: UUID, percent: int = 10) -> str:
    with pytest.raises(Rejected) as refusal:
        giving(programme, head, member, percent)
    assert findings(programme) == []
    return refusal.value.code


def test_nobody_is_in_two_families_and_no_family_in_another(programme: Programme) -> None:
    head, member = family_of(programme, 10)
    other, theirs = family_of(programme, 10)
    outsider = programme.member()
    assert refused(programme, outsider, member) == "no_family"
    assert refused(programme, head, head) == "same_member"
    assert refused(programme, head, theirs) == "in_family"
    assert refused(programme, head, other) == "in_family"
    assert refused(programme, member, outsider) == "no_family"
    assert refused(programme, head, member) == "same_share"
    for taken in (head, member):
        with pytest.raises(Rejected, match="family"):
            family(programme, taken)
    with pytest.raises(
        Rejected, match=r"^The member of card .+ gives to the family of the member of"
    ):
        family(programme, member)
    for percent in (0, 101, -1):
        assert refused(programme, head, outsider, percent) == "bad_share"


def test_whoever_left_may_join_another(programme: Programme) -> None:
    head, member = family_of(programme, 10)
    other, _ = family_of(programme, 10)
    with pytest.raises(Rejected, match="end the family"):
        removed(programme, head)
    removed(programme, member)
    with pytest.raises(Rejected, match="in no family"):
        removed(programme, member)
    giving(programme, other, member, 20)
    assert ended(programme, other) == 2
    with pytest.raises(Rejected, match="no family"):
        ended(programme, other)
    family(programme, other)
    giving(programme, head, member, 20)
    assert findings(programme) == []


@pytest.mark.parametrize("who", ["head", "member"])
@pytest.mark.parametrize(
    ("what", "code"),
    [("closed", "member_closed"), ("denied", "member_denied"), ("forgotten", "member_closed")],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_is_closed_denied_or_forgotten_is_not_taken_in(
    programme: Programme, who: str, what: str, code: str
) -> None:
    head, member = programme.member(), programme.member()
    if what == "forgotten":
        forgotten(programme, head if who == "head" else member)
    if what == "forgotten" and who == "head":
        with pytest.raises(Rejected) as refusal:
            family(programme, head)
        assert refusal.value.code == code
        return
    family(programme, head)
    about = head if who == "head" else member
    if what == "closed":
        profiled(programme, about, status="closed")
    if what == "denied":
        with programme.work() as work:
            denying.deny(work, about, "stolen card", by="op")
    assert refused(programme, head, member) == code


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_family_has_so_many_members(programme: Programme) -> None:
    with programme.work() as work:
        put_setting(work, "family", {"members": 2})
    head, first, _ = family_of(programme, 10, 20)
    outsider = programme.member()
    assert refused(programme, head, outsider) == "family_full"
    giving(programme, head, first, 11)
    removed(programme, first)
    giving(programme, head, outsider, 30)
    bad: list[dict[str, object]] = [{"members": 0}, {"members": "8"}, {"members": 101}, {"most": 8}]
    for wrong in bad:
        with pytest.raises(Rejected, match="family"), programme.work() as work:
            put_setting(work, "family", wrong)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201, "a\0b"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_change_has_its_reason(programme: Programme, reason: str) -> None:
    head, member = family_of(programme, 10)
    said = Said(reason, "op")
    for change in (
        lambda work: families.make(work, member, said),
        lambda work: families.add(work, head, member, 20, said),
        lambda work: families.remove(work, member, said),
        lambda work: families.end(work, head, said),
    ):
        with pytest.raises(Rejected, match="Say why"), programme.work() as work:
            change(work)


# --- what replicas and statements say ------------------------------------------------------------


def test_replicas_hear_who_is_what(programme: Programme) -> None:
    seat = programme.seat()
    head, first, second = family_of(programme, 10, 20)

    def told() -> dict[str, bytes]:
        found = {r.id: bytes(r.body) for r in seat.pull().records if r.kind == Family.KIND}
        return found

    before = told()
    assert b'"members":2' in before[str(head)]
    assert f'"head_id":"{head}","percent":20'.encode() in before[str(second)]
    removed(programme, first)
    after = told()
    assert b'"head_id":null' in after[str(first)]
    assert b'"members":1' in after[str(head)]
    ended(programme, head)
    assert all(b'"head_id":null' in body for body in told().values())


def test_statements_have_a_line_for_each_share(programme: Programme) -> None:
    head, member = family_of(programme, 40)
    seat, encounter_id = at_counter(programme, member)
    accrual = flown(encounter_id, member)
    assert codes(seat, accrual) == []
    assert undone(seat, accrual) == []
    shared = accrual.points * 40 // 100
    (row,) = rows(programme, t.member, member_id=member)
    with reading(programme.server.engine) as connection:
        own, heads = (
            statement_of(connection, programme.programme_id, [i], time_zone="UTC")
            for i in (member, head)
        )
    assert [(line.kind, line.points) for line in own.lines] == [
        ("accrual", accrual.points),
        ("family_share", -shared),
        ("family_return", shared),
        ("accrual_reversal", -accrual.points),
    ]
    assert own.lines[1].what == accrual.flight
    assert [(line.kind, line.what, line.office_code, line.points) for line in heads.lines] == [
        ("family_share", f"****{row.card_no[-4:]}", "", shared),
        ("family_return", f"****{row.card_no[-4:]}", "", -shared),
    ], "the head isn't told where the other went"
