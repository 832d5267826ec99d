"""Points set aside: for whom, filled up, asked back, and handed back after all that was spent."""

from __future__ import annotations

from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.domain import events as e
from app.domain.lease import lease_statement
from app.domain.office_time import local_day
from sync.protocol.messages import LeaseGrant, SetAside
from sync.server import expecting, leases
from sync.server.audience import Audience, Changed
from sync.server.programme import put_setting
from sync.server.store import tables as t
from tests.server.books import balance, codes, findings
from tests.server.conftest import KEYS, Programme
from tests.server.seats import Seat, new_id, visit

DAY_MS = 86_400_000
MINUTE_MS = 60_000


def rules(programme: Programme, **values: object) -> None:
    with programme.work() as work:
        put_setting(work, "redemption", values)


def by_member(seat: Seat) -> dict[UUID, LeaseGrant]:
    return {lease.member_id: lease for lease in seat.pull().leases}


def asked(programme: Programme, member_id: UUID, points: int = 1000) -> e.RedemptionRequested:
    with programme.work() as work:
        work.connection.execute(
            t.reward.update()
            .where(t.reward.c.reward_id == programme.reward_id)
            .values(points=points)
        )
    return e.RedemptionRequested(
        new_id(), new_id(), member_id, programme.reward_id, points,
        e.Proof.CARD, e.CustomerYes.PANEL,
    )  # fmt: skip


def spend(
    lease: LeaseGrant, encounter_id: UUID, reward_id: UUID, points: int
) -> e.RedemptionGranted:
    return e.RedemptionGranted(
        new_id(), encounter_id, lease.member_id, reward_id, points, e.Cover.LEASE,
        lease.lease_id, None,
    )  # fmt: skip


# --- for whom ------------------------------------------------------------------------------------


def test_whoever_is_expected_comes_first_at_an_office_that_holds_everybody(
    programme: Programme,
) -> None:
    rules(programme, leases_per_device=1)
    programme.member(90_000, home_office="PEK")
    guest = programme.member(8_000)
    seat = programme.seat()
    day_after = local_day(programme.clock() + 2 * DAY_MS, "Asia/Shanghai").isoformat()
    with programme.work() as work:
        (office,) = work.find(t.office, "code", ["PEK"])
        expecting.expect(work, office, [guest], day_after)
    assert guest not in by_member(seat)
    programme.clock.ms += DAY_MS  # so the list is tomorrow's
    found = by_member(seat)
    assert [lease.state for lease in found.values()] == ["recall"], "its place is asked for"
    (other,) = found.values()
    assert codes(seat, e.LeaseReturned(other.lease_id, other.points)) == []
    assert by_member(seat).keys() == {guest}
    programme.clock.ms += DAY_MS
    assert by_member(seat).keys() == {guest}
    assert findings(programme) == []


def test_thousands_are_set_aside_in_parts_those_first_who_matter_most(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "MOST_AT_ONCE", 2)
    members = [programme.member(9_000 - n, home_office="PEK") for n in range(5)]
    seat = programme.seat()
    told = [seat.pull().leases for _ in range(3)]  # at once: no time has gone by
    held = [{lease.member_id for lease in each} for each in told]
    assert held == [set(members[:2]), set(members[:4]), set(members)]
    standing = {lease.lease_id: lease.points for lease in told[-1]}
    assert {lease.lease_id: lease.points for lease in seat.pull().leases} == standing
    programme.clock.ms += 8 * DAY_MS
    ends = {lease.expires_ms for lease in told[-1]}
    prolonged = [
        sum(lease.expires_ms not in ends for lease in seat.pull().leases) for _ in range(3)
    ]
    assert prolonged == [2, 4, 5]
    assert findings(programme) == []


def test_todays_guests_come_before_tomorrows(programme: Programme) -> None:
    rules(programme, leases_per_device=1)
    guests = [programme.member(8_000) for _ in range(2)]
    today, tomorrow = (
        local_day(programme.clock() + days * DAY_MS, "Asia/Shanghai").isoformat() for days in (0, 1)
    )
    with programme.work() as work:
        (office,) = work.find(t.office, "code", ["PEK"])
        expecting.expect(work, office, guests, tomorrow)
        expecting.expect(work, office, guests[1:], today)
    assert by_member(programme.seat()).keys() == {guests[1]}


def test_whose_points_are_set_aside_is_a_setting(programme: Programme) -> None:
    at_home, visitor = programme.member(8_000, home_office="PEK"), programme.member(8_000)
    seat = programme.seat()
    visit(seat, score=None, member_id=visitor)
    seat.push()
    assert by_member(seat).keys() == {at_home, visitor}
    rules(programme, lease_claims=["visitor", "whatever"])
    programme.clock.ms += 5 * MINUTE_MS
    states = {member_id: lease.state for member_id, lease in by_member(seat).items()}
    assert states == {at_home: "recall", visitor: "open"}
    assert findings(programme) == []


def test_days_that_are_over_are_forgotten(programme: Programme) -> None:
    guest = programme.member(8_000)
    today = local_day(programme.clock(), "Asia/Shanghai").isoformat()
    with programme.work() as work:
        (office,) = work.find(t.office, "code", ["PEK"])
        expecting.expect(work, office, [guest], today)
        assert expecting.forget_chunk(work) == 0
    programme.clock.ms += DAY_MS
    with programme.work() as work:
        assert expecting.forget_chunk(work) == 1
        assert work.find(t.expected, "member_id", [guest]) == []


def test_new_members_have_smaller_slices_and_debtors_none(programme: Programme) -> None:
    rules(programme, lease_points=2_000)
    old, new, owing = (programme.member(40_000, home_office="PEK") for _ in range(3))
    with programme.work() as work:
        work.load_members([old, new])
        work.update_profile(work.members[old], tier="basic")
        today = local_day(programme.clock(), "Asia/Shanghai").isoformat()
        work.update_profile(work.members[new], tier="basic", joined_on=today)
        work.connection.execute(
            t.balance.update().where(t.balance.c.member_id == owing).values(overdrawn=1)
        )
    found = by_member(programme.seat())
    assert {member: lease.points for member, lease in found.items()} == {old: 2_000, new: 1_000}


def test_what_was_spent_is_filled_up_and_signed_anew(programme: Programme) -> None:
    member_id = programme.member(8_000, home_office="PEK")
    seat = programme.seat()
    before = by_member(seat)[member_id]
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    granted = spend(before, encounter_id, programme.reward_id, 1_500)
    assert codes(seat, granted) == []
    after = by_member(seat)[member_id]
    assert after.lease_id == before.lease_id
    # a quarter of the 6,500 that there are, as if the 500 that were left had come back
    assert after.points - before.points == 1_625 - 500
    Ed25519PublicKey.from_public_bytes(KEYS.authority_key.public_key().public_bytes_raw()).verify(
        after.signature,
        lease_statement(after.lease_id, seat.device_id, member_id, after.points, after.expires_ms),
    )
    assert balance(programme, member_id) == (6_500, 1_625)
    assert codes(seat, spend(after, encounter_id, programme.reward_id, 1_625)) == []
    assert findings(programme) == []


def test_a_wanted_lease_is_prolonged_and_one_out_of_sight_is_asked_back(
    programme: Programme,
) -> None:
    at_home = programme.member(8_000, home_office="PEK")
    guest = programme.member(8_000)
    seat = programme.seat()
    visit(seat, score=None, member_id=guest)
    seat.push()
    before = by_member(seat)
    assert before.keys() == {at_home, guest}
    programme.clock.ms += 91 * DAY_MS
    after = by_member(seat)
    assert {who: lease.state for who, lease in after.items()} == {at_home: "open", guest: "recall"}
    assert after[at_home].expires_ms == programme.clock() + 14 * DAY_MS
    assert findings(programme) == []


# --- asked back ----------------------------------------------------------------------------------


def test_a_member_who_stands_elsewhere_gets_what_other_counters_hold(
    programme: Programme,
) -> None:
    member_id = programme.member(8_000, home_office="PEK")
    holder, other = programme.seat(counter=0), programme.seat(counter=1)
    held, theirs = by_member(holder)[member_id], by_member(other)[member_id]
    told: list[Changed] = []
    programme.server.transactions.after_commit.append(told.append)
    (intent,) = other.record(asked(programme, member_id, 7_900))
    answer = other.urgent(intent)
    assert (answer.decision, answer.code) == ("refused", "insufficient")
    assert answer.set_aside == [
        SetAside(held.points, "PEK", "A1", programme.clock()),
        SetAside(theirs.points, "PEK", "A2", programme.clock()),
    ]
    assert told[-1].audiences == {Audience(programme.office_id, counters=True)}

    for seat, lease in ((holder, held), (other, theirs)):
        assert by_member(seat)[member_id].state == "recall"
        assert balance(programme, member_id)[1] > 0, "nothing is taken, it is handed back"
        assert codes(seat, e.LeaseReturned(lease.lease_id, lease.points)) == []
        assert by_member(seat) == {}, "nor set aside anew, while they stand elsewhere"
    assert balance(programme, member_id) == (8_000, 0)
    assert other.urgent(intent).decision == "duplicate"
    assert balance(programme, member_id) == (100, 0)
    assert findings(programme) == []


def test_after_a_while_points_are_set_aside_again(programme: Programme) -> None:
    member_id = programme.member(8_000, home_office="PEK")
    holder, other = programme.seat(counter=0), programme.seat(counter=1)
    lease = by_member(holder)[member_id]
    (intent,) = other.record(asked(programme, member_id, 8_000))
    assert other.urgent(intent).set_aside
    by_member(holder)
    holder.push(e.LeaseReturned(lease.lease_id, lease.points))
    programme.clock.ms += 59 * MINUTE_MS
    assert by_member(holder) == {}
    with programme.work() as work:
        work.connection.execute(t.reward.update().values(points=1_000))
    programme.clock.ms += 2 * MINUTE_MS
    assert by_member(holder).keys() == {member_id}


def test_what_was_spent_before_it_was_asked_for_is_spent(programme: Programme) -> None:
    """The holder was offline: its spends come before the hand-back, in the chain's order."""
    member_id = programme.member(8_000, home_office="PEK")
    holder, other = programme.seat(counter=0), programme.seat(counter=1)
    lease = by_member(holder)[member_id]
    encounter_id, _ = visit(holder, score=None, member_id=member_id)
    holder.record(spend(lease, encounter_id, programme.reward_id, 1_200))
    (intent,) = other.record(asked(programme, member_id, 8_000))
    assert other.urgent(intent).set_aside[0].points == lease.points
    assert codes(holder, e.LeaseReturned(lease.lease_id, lease.points - 1_200)) == []
    assert balance(programme, member_id) == (6_800, 0)
    answer = other.urgent(intent)
    assert (answer.decision, answer.set_aside, answer.available_points) == ("refused", [], 6_800)
    assert findings(programme) == []


def test_no_clock_takes_anything_back(programme: Programme) -> None:
    member_id = programme.member(8_000, home_office="PEK")
    holder, other = programme.seat(counter=0), programme.seat(counter=1)
    lease = by_member(holder)[member_id]
    (intent,) = other.record(asked(programme, member_id, 8_000))
    since_ms = programme.clock()
    other.urgent(intent)
    programme.clock.ms += 400 * DAY_MS
    for _ in programme.server.transactions.programmes():
        other.pull()
    (still,) = other.urgent(intent).set_aside
    assert still == SetAside(lease.points, "PEK", "A1", since_ms)
    assert balance(programme, member_id) == (8_000, lease.points)
    encounter_id, _ = visit(holder, score=None, member_id=member_id)
    assert codes(holder, spend(lease, encounter_id, programme.reward_id, 1_000)) == []


@pytest.mark.parametrize("points", [9_000, 2_000])
def test_nothing_is_asked_for_in_vain(programme: Programme, points: int) -> None:
    """Where it would not do, or where the counter's own lease is enough without the server."""
    member_id = programme.member(8_000, home_office="PEK")
    seat = programme.seat()
    lease = by_member(seat)[member_id]
    assert lease.points == 2_000
    with programme.work() as work:  # what was left is spent at once elsewhere
        work.connection.execute(t.reward.update().values(points=6_000))
    elsewhere = programme.seat(counter=1)
    (intent,) = elsewhere.record(asked(programme, member_id, 6_000))
    assert elsewhere.urgent(intent).decision == "accepted"
    (intent,) = seat.record(asked(programme, member_id, points))
    answer = seat.urgent(intent)
    assert (answer.code, answer.set_aside) == ("insufficient", [])
    assert by_member(seat)[member_id].state == "open"


def test_a_lease_that_nobody_knows_is_nothing_to_hand_back(programme: Programme) -> None:
    """A restored server may have forgotten it; another counter's it is no matter of this one."""
    member_id = programme.member(8_000, home_office="PEK")
    holder, other = programme.seat(counter=0), programme.seat(counter=1)
    lease = by_member(holder)[member_id]
    assert codes(other, e.LeaseReturned(new_id(), 5)) == []
    assert codes(other, e.LeaseReturned(lease.lease_id, 5)) == ["unknown_lease"]
    assert balance(programme, member_id) == (8_000, lease.points)
