"""Two records of one person become one, whatever counters hold and record of either."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from app.domain import events as e
from app.domain.errors import Rejected
from app.domain.lease import lease_statement
from sync.protocol.messages import LeaseGrant
from sync.server import forgetting
from sync.server.audit import audit
from sync.server.devices import find_device
from sync.server.lease_candidates import plan_for
from sync.server.merging import Merged, merge
from sync.server.programme import NewStaff, add_staff, put_setting
from sync.server.settings_of import lease_rules
from sync.server.statements import statement_of
from sync.server.store import tables as t
from sync.server.store.engine import reading
from sync.server.write_off import write_off
from tests.server.conftest import KEYS, Programme
from tests.server.seats import Seat, new_id, visit

DAY_MS = 86_400_000


def united(programme: Programme, away: UUID, stay: UUID, reason: str = "two cards") -> Merged:
    with programme.work() as work:
        return merge(work, KEYS, away, stay, reason=reason, recorded_by="op")


def findings(programme: Programme) -> list[str]:
    with reading(programme.server.engine) as connection:
        return list(audit(connection, now_ms=programme.clock()))


def refusals(seat: Seat, *events: object) -> list[str]:
    return [d.code for d in seat.push(*events).decisions if d.code]  # type: ignore[arg-type]


def balance(programme: Programme, member_id: UUID) -> tuple[int, int, int]:
    """(posted, leased, pending)."""
    with programme.work() as work:
        (row,) = work.find(t.balance, "member_id", [member_id])
    return row.posted, row.leased, row.pending


def rows(programme: Programme, table: sa.Table, column: str, value: object) -> list[Any]:
    with programme.work() as work:
        return list(work.find(table, column, [value]))


def granted(
    programme: Programme,
    encounter_id: UUID,
    member_id: UUID,
    points: int,
    cover: e.Cover,
    *,
    lease_id: UUID | None = None,
    pool_id: UUID | None = None,
) -> e.RedemptionGranted:
    return e.RedemptionGranted(
        new_id(), encounter_id, member_id, programme.reward_id, points, cover, lease_id, pool_id
    )


def earned(encounter_id: UUID, member_id: UUID, points: int) -> e.AccrualRecorded:
    return e.AccrualRecorded(
        new_id(), encounter_id, member_id, points, e.AccrualSource.AMOUNT, None, None, None, 1, ""
    )


def flown(encounter_id: UUID, member_id: UUID, day: int, points: int = 500) -> e.AccrualRecorded:
    return e.AccrualRecorded(
        new_id(), encounter_id, member_id, points, e.AccrualSource.RETRO, str(new_id()),
        None, None, 1, "", f"CA1501 2026-09-{day:02} PEK-SHA",
    )  # fmt: skip


def lease_of(seat: Seat, lease_id: UUID) -> LeaseGrant:
    (lease,) = [lease for lease in seat.pull().leases if lease.lease_id == lease_id]
    return lease


def leased(programme: Programme, seat: Seat, member_id: UUID) -> LeaseGrant:
    (lease,) = [lease for lease in seat.pull().leases if lease.member_id == member_id]
    return lease


# --- what moves ----------------------------------------------------------------------------------


def test_points_keep_their_lots_and_days(programme: Programme) -> None:
    away, stay = programme.member(3_000), programme.member(1_000)
    (lot,) = rows(programme, t.lot, "member_id", away)
    done = united(programme, away, stay)
    assert (done.moved, done.balance, done.leases, done.taken_back) == (3_000, 4_000, 0, ())
    assert balance(programme, away) == (0, 0, 0)
    assert balance(programme, stay) == (4_000, 0, 0)
    (moved,) = rows(programme, t.lot, "lot_id", lot.lot_id)
    assert (moved.member_id, moved.expires_on) == (stay, lot.expires_on)
    assert findings(programme) == []


def test_one_who_has_nothing_is_merged_without_a_posting(programme: Programme) -> None:
    away, stay = programme.member(), programme.member()
    assert united(programme, away, stay).moved == 0
    assert rows(programme, t.ledger_txn, "kind", "merge") == []
    assert findings(programme) == []


def test_what_is_pending_matures_with_who_stays(programme: Programme) -> None:
    with programme.work() as work:
        put_setting(work, "points", {"pending_days": 5})
    away, stay = programme.member(), programme.member()
    seat = programme.seat()
    encounter_id, _ = visit(seat, member_id=away)
    one, other = earned(encounter_id, away, 700), earned(encounter_id, away, 300)
    assert refusals(seat, one, other) == []
    part = e.AccrualReduced(new_id(), one.accrual_id, encounter_id, 100, "part")
    assert refusals(seat, part) == []
    assert united(programme, away, stay).pending == 900
    assert balance(programme, stay) == (0, 0, 900)
    assert refusals(seat, e.AccrualReversed(other.accrual_id, encounter_id, "undone")) == []
    assert balance(programme, stay) == (0, 0, 600)
    assert findings(programme) == []
    programme.clock.ms += 6 * DAY_MS
    assert sum(programme.upkeep.maturing()) > 0
    assert balance(programme, stay) == (600, 0, 0)
    assert findings(programme) == []


def test_what_both_have_flown_counts_for_one_tier(programme: Programme) -> None:
    with programme.work() as work:
        put_setting(work, "tiers", {"levels": [["silver", 800], ["gold", 1_400]], "base": "gold"})
    away, stay = programme.member(), programme.member()
    with programme.work() as work:
        put_setting(work, "tiers", {"levels": [["silver", 800], ["gold", 1_400]]})
        work.load_members([away, stay])
        for member_id in (away, stay):
            work.update_profile(work.members[member_id], tier="")
    seat = programme.seat()
    encounter_id, _ = visit(seat, member_id=away)
    theirs = [flown(encounter_id, away, 1), flown(encounter_id, away, 2)]
    assert refusals(seat, *theirs, flown(encounter_id, stay, 3)) == []
    done = united(programme, away, stay)
    assert done.tier == "gold"
    (held,) = rows(programme, t.tier_held, "member_id", stay)
    assert (held.tier, held.before) == ("gold", "silver")
    assert findings(programme) == []
    assert refusals(seat, e.AccrualReversed(theirs[0].accrual_id, encounter_id, "undone")) == []
    (held,) = rows(programme, t.tier_held, "member_id", stay)
    assert held.tier == "silver", "what it was reached by is gone"
    assert findings(programme) == []


def test_a_programme_whose_tiers_come_from_elsewhere_keeps_who_stays(programme: Programme) -> None:
    away, stay, other = (programme.member() for _ in range(3))
    with programme.work() as work:
        work.load_members([stay, other])
        work.update_profile(work.members[stay], tier="")
        work.update_profile(work.members[other], tier="silver")
    assert united(programme, away, stay).tier == "gold"
    assert united(programme, stay, other).tier == "silver"


def test_a_flight_that_both_were_credited_for_counts_once(programme: Programme) -> None:
    away, stay = programme.member(), programme.member()
    seat = programme.seat()
    encounter_id, _ = visit(seat, member_id=away)
    again, theirs = flown(encounter_id, away, 1), flown(encounter_id, away, 2, 200)
    assert refusals(seat, again, theirs, flown(encounter_id, stay, 1, 400)) == []
    done = united(programme, away, stay)
    assert done.taken_back == (("CA1501 2026-09-01", 500),)
    assert (done.balance, balance(programme, stay)) == (600, (600, 0, 0))
    assert findings(programme) == []
    late = [flown(encounter_id, member_id, day) for member_id in (away, stay) for day in (1, 2)]
    assert refusals(seat, *late) == ["duplicate_flight"] * 4
    assert findings(programme) == []


def test_what_one_lacks_the_other_fills_in(programme: Programme) -> None:
    away, stay = programme.member(), programme.member()
    with programme.work() as work:
        work.load_members([away, stay])
        theirs = {"phone": "13700001111", "preference": "靠窗", "joined_on": "2011-05-04"}
        work.update_profile(work.members[away], **theirs, latin_name="ZHANG WEI")
        work.update_profile(work.members[stay], phone="", preference="aisle")
    united(programme, away, stay)
    (row,) = rows(programme, t.member, "member_id", stay)
    assert (row.phone, row.preference, row.latin_name) == ("13700001111", "aisle", "ZHANG WEI")
    assert row.joined_on == "2011-05-04"
    (alias,) = rows(programme, t.member, "member_id", away)
    assert (alias.status, alias.merged_into) == ("merged", stay)


def test_staff_may_not_serve_themselves_by_the_other_card(programme: Programme) -> None:
    away, stay = programme.member(), programme.member(5_000)
    seat = programme.seat()
    with programme.work() as work:
        own = NewStaff("102", "Zhao", ("clerk",), programme.office_id, "$argon2id$", "", away)
        seat.staff_id = add_staff(work, own)
    united(programme, away, stay)
    encounter_id, _ = visit(seat)
    assert refusals(seat, earned(encounter_id, stay, 10)) == ["own_membership"]
    records = {r.id: r for r in seat.pull().records if r.kind == "staff"}
    assert str(stay).encode() in bytes(records[str(seat.staff_id)].body)


# --- leases --------------------------------------------------------------------------------------


def test_a_lease_stays_open_under_its_own_id_and_posts_to_who_stays(programme: Programme) -> None:
    away, stay = programme.member(4_000, home_office="PEK"), programme.member()
    seat = programme.seat()
    lease = leased(programme, seat, away)
    done = united(programme, away, stay)
    assert (done.leases, done.leased) == (1, lease.points)
    told = lease_of(seat, lease.lease_id)
    assert (told.member_id, told.points) == (stay, lease.points)
    KEYS.authority_key.public_key().verify(
        told.signature,
        lease_statement(lease.lease_id, seat.device_id, stay, told.points, told.expires_ms),
    )
    encounter_id, _ = visit(seat, member_id=away)
    spends = [  # recorded by a counter that hadn't heard of it, and by one that had
        granted(programme, encounter_id, who, 100, e.Cover.LEASE, lease_id=lease.lease_id)
        for who in (away, stay)
    ]
    assert refusals(seat, *spends) == []
    assert balance(programme, stay) == (3_800, lease.points - 200, 0)
    assert refusals(seat, e.RedemptionVoided(spends[0].redemption_id, encounter_id, "undone")) == []
    assert balance(programme, stay) == (3_900, lease.points - 100, 0)
    assert refusals(seat, e.LeaseReturned(lease.lease_id, lease.points - 100)) == []
    assert balance(programme, stay) == (3_900, 0, 0)
    assert findings(programme) == []


def test_a_lease_of_somebody_else_is_still_refused(programme: Programme) -> None:
    away, stay = programme.member(4_000, home_office="PEK"), programme.member()
    other, seat = programme.member(4_000), programme.seat()
    lease = leased(programme, seat, away)
    united(programme, away, stay)
    encounter_id, _ = visit(seat, member_id=other)
    spend = granted(programme, encounter_id, other, 10, e.Cover.LEASE, lease_id=lease.lease_id)
    assert refusals(seat, spend) == ["wrong_member"]


def test_of_two_leases_at_one_counter_the_smaller_is_asked_back(programme: Programme) -> None:
    away = programme.member(4_000, home_office="PEK")
    stay = programme.member(8_000, home_office="PEK")
    seat = programme.seat()
    small, large = leased(programme, seat, away), leased(programme, seat, stay)
    assert small.points < large.points
    united(programme, away, stay)
    told = {lease.lease_id: lease for lease in seat.pull().leases}
    assert {lease.member_id for lease in told.values()} == {stay}
    assert told[small.lease_id].state == "recall"
    assert told[large.lease_id].state == "open"
    assert refusals(seat, e.LeaseReturned(small.lease_id, small.points)) == []
    assert findings(programme) == []


def test_a_lease_under_the_other_id_is_asked_back_for_who_stands_elsewhere(
    programme: Programme,
) -> None:
    away, stay = programme.member(4_000, home_office="PEK"), programme.member()
    holder, here = programme.seat(), programme.seat(counter=1)
    lease = leased(programme, holder, away)
    with programme.work() as work:
        work.connection.execute(t.reward.update().values(points=3_500))
    united(programme, away, stay)
    encounter_id, _ = visit(here, member_id=stay)
    ask = e.RedemptionRequested(
        new_id(), encounter_id, stay, programme.reward_id, 3_500, e.Proof.CARD, e.CustomerYes.PANEL
    )
    here.push()
    answer = here.urgent(here.body(ask))
    assert answer.code == "insufficient"
    assert [aside.points for aside in answer.set_aside] == [lease.points]
    assert lease_of(holder, lease.lease_id).state == "recall"
    assert refusals(holder, e.LeaseReturned(lease.lease_id, lease.points)) == []
    assert here.urgent(here.body(ask)).decision == "accepted"
    assert findings(programme) == []


def test_what_was_written_off_comes_in_for_who_stays(programme: Programme) -> None:
    away, stay = programme.member(4_000, home_office="PEK"), programme.member()
    seat = programme.seat()
    lease = leased(programme, seat, away)
    with programme.work() as work:
        write_off(work, seat.device_id)
    united(programme, away, stay)
    encounter_id, _ = visit(seat, member_id=away)
    spend = granted(programme, encounter_id, away, 100, e.Cover.LEASE, lease_id=lease.lease_id)
    seat.push(spend)
    assert balance(programme, stay) == (3_900, 0, 0)
    assert findings(programme) == []


def test_who_was_expected_or_seen_as_the_other_is_leased_for_as_who_stays(
    programme: Programme,
) -> None:
    away, stay = programme.member(1_000), programme.member(3_000)
    seat = programme.seat()
    visit(seat, member_id=away)
    seat.push()
    united(programme, away, stay)
    with reading(programme.server.engine) as connection:
        device = find_device(connection, seat.device_id)
        assert device is not None
        rules = lease_rules(connection, programme.programme_id)
        plan = plan_for(connection, device, rules, programme.clock())
    assert list(plan.grants) == [stay]


# --- before and after ----------------------------------------------------------------------------


def test_redemptions_of_who_went_are_undone_to_who_stays(programme: Programme) -> None:
    away, stay = programme.member(4_000), programme.member()
    seat, desk = programme.seat(), programme.seat(counter=2, kind="desk")
    seat.pull()
    encounter_id, _ = visit(seat, member_id=away)
    spends = [
        granted(programme, encounter_id, away, 1_000, e.Cover.AT_RISK, pool_id=seat.pool_id)
        for _ in range(2)
    ]
    assert refusals(seat, *spends) == []
    united(programme, away, stay)
    back = e.RedemptionRefunded(new_id(), spends[0].redemption_id, encounter_id, 400, False, "x")
    assert refusals(desk, back) == []
    assert refusals(seat, e.RedemptionVoided(spends[1].redemption_id, encounter_id, "undone")) == []
    assert balance(programme, stay) == (3_400, 0, 0)
    assert len(rows(programme, t.lot, "member_id", stay)) == 1, "each point is back in its lot"
    assert findings(programme) == []


def test_the_same_redemption_asked_under_the_other_id_is_the_same(programme: Programme) -> None:
    away, stay = programme.member(4_000), programme.member()
    seat = programme.seat()
    encounter_id, _ = visit(seat, member_id=away)
    seat.push()
    ask = e.RedemptionRequested(
        new_id(), encounter_id, away, programme.reward_id, 1_000, e.Proof.CARD, e.CustomerYes.PANEL
    )
    body = seat.body(ask)
    assert seat.urgent(body).decision == "accepted"
    united(programme, away, stay)
    assert seat.urgent(body).decision == "duplicate"
    for member_id in (away, stay):
        again = granted(programme, encounter_id, member_id, 1_000, e.Cover.ONLINE)
        assert refusals(seat, replace(again, redemption_id=ask.redemption_id)) == []
    assert balance(programme, stay) == (3_000, 0, 0)
    assert findings(programme) == []


def test_caps_are_counted_on_who_stays(programme: Programme) -> None:
    with programme.work() as work:
        values = {"pool_points": 5_000, "pool_per_redemption": 1_000, "pool_per_member": 1_500}
        put_setting(work, "redemption", {**values, "leases_per_device": 0})
    away, stay = programme.member(9_000), programme.member(9_000)
    seat = programme.seat()
    seat.pull()
    encounter_id, _ = visit(seat, member_id=away)

    def at_risk(member_id: UUID) -> e.RedemptionGranted:
        cover, pool_id = e.Cover.AT_RISK, seat.pool_id
        return granted(programme, encounter_id, member_id, 1_000, cover, pool_id=pool_id)

    assert refusals(seat, at_risk(away)) == []
    united(programme, away, stay)
    assert refusals(seat, at_risk(stay)) == ["over_limit"]
    assert refusals(seat, at_risk(away)) == ["over_limit"]
    assert findings(programme) == []


def test_an_expired_part_is_not_taken_twice(programme: Programme) -> None:
    with programme.work() as work:
        put_setting(work, "points", {"lot_months": 1})
    away, stay = programme.member(), programme.member(1_000)
    seat = programme.seat()
    encounter_id, _ = visit(seat, member_id=away)
    once = earned(encounter_id, away, 300)
    assert refusals(seat, once) == []
    programme.clock.ms += 90 * DAY_MS
    assert sum(programme.upkeep.expiring()) == 300
    for survivor, gone in ((stay, away), (programme.member(), stay)):
        united(programme, gone, survivor)
    assert refusals(seat, e.AccrualReversed(once.accrual_id, encounter_id, "undone")) == []
    assert balance(programme, survivor) == (1_000, 0, 0)
    assert findings(programme) == []


def test_what_is_owed_is_paid_by_what_the_other_has(programme: Programme) -> None:
    away, stay = programme.member(), programme.member(800)
    seat = programme.seat()
    seat.pull()
    encounter_id, _ = visit(seat, member_id=away)
    spend = granted(programme, encounter_id, away, 1_000, e.Cover.AT_RISK, pool_id=seat.pool_id)
    assert refusals(seat, spend) == []
    assert united(programme, away, stay).balance == -200
    (row,) = rows(programme, t.balance, "member_id", stay)
    assert row.overdrawn == 200
    assert refusals(seat, e.RedemptionVoided(spend.redemption_id, encounter_id, "undone")) == []
    assert balance(programme, stay) == (800, 0, 0)
    assert findings(programme) == []


def test_profile_changes_under_the_other_id_reach_who_stays(programme: Programme) -> None:
    away, stay = programme.member(), programme.member()
    united(programme, away, stay)
    seat = programme.seat()
    encounter_id, _ = visit(seat, member_id=away)
    contact = e.ContactUpdated(encounter_id, away, seat.blob({"phone": "13600002222"}))
    card = e.CardReplaced(encounter_id, away, "CA00000001", "CA77000001")
    other = e.CardReplaced(encounter_id, away, "CA00000002", "CA77000002")
    matter = e.MatterOpened(
        new_id(), encounter_id, away, "PEK-1", "refund", "desk", 1, seat.blob(b"x")
    )
    assert refusals(seat, contact, card, other, matter) == []
    (row,) = rows(programme, t.member, "member_id", stay)
    assert row.phone == "13600002222"
    assert row.open_matter == "PEK-1 refund"
    assert row.card_no == "CA77000002"
    with reading(programme.server.engine) as connection:
        for number in ("CA77000001", "CA77000002", "CA00000001", "CA00000002"):
            found = forgetting.member_of(connection, programme.programme_id, number)
            assert found == stay, number
    assert findings(programme) == []


def test_the_statement_shows_all_and_no_move(programme: Programme) -> None:
    away, stay = programme.member(3_000), programme.member(1_000)
    united(programme, away, stay)
    with reading(programme.server.engine) as connection:
        held = forgetting.merged_into(connection, programme.programme_id, stay)
        found = statement_of(connection, programme.programme_id, held, time_zone="Asia/Shanghai")
    assert [line.points for line in found.lines] == [3_000, 1_000]
    assert (found.closing_points, found.posted_points) == (4_000, 4_000)
    assert sum(lot.remaining for lot in found.lots) == 4_000


# --- whom ----------------------------------------------------------------------------------------


def test_a_merge_of_a_merge_leads_to_the_last_at_once(programme: Programme) -> None:
    first, second, third = (programme.member(points) for points in (100, 200, 400))
    united(programme, first, second)
    united(programme, second, third)
    (alias,) = rows(programme, t.member, "member_id", first)
    assert alias.merged_into == third
    seat = programme.seat()
    encounter_id, _ = visit(seat, member_id=first)
    assert refusals(seat, earned(encounter_id, first, 50), earned(encounter_id, second, 50)) == []
    assert balance(programme, third) == (800, 0, 0)
    assert findings(programme) == []
    forget = forgetting_of(programme, third)
    assert set(forget.member_ids) == {first, second, third}


def forgetting_of(programme: Programme, member_id: UUID) -> forgetting.Held:
    with reading(programme.server.engine) as connection:
        held = forgetting.gather(connection, programme.programme_id, member_id)
    with programme.work() as work:
        forgetting.erase(work, held)
    assert findings(programme) == []
    assert rows(programme, t.member_merge, "into_id", member_id) == []
    return held


def test_nobody_is_merged_with_themselves_in_a_circle_or_twice(programme: Programme) -> None:
    away, stay, other = (programme.member(100) for _ in range(3))
    for one, into, code in (
        (away, away, "same_member"),
        (away, stay, ""),
        (stay, away, "member_closed"),  # the card leads to who stays: there it is same_member
        (away, other, "member_closed"),
        (other, away, "member_closed"),
    ):
        if not code:
            united(programme, one, into)
            continue
        with pytest.raises(Rejected) as refused:
            united(programme, one, into)
        assert refused.value.code == code
    assert balance(programme, stay) == (200, 0, 0)
    assert findings(programme) == []


@pytest.mark.parametrize("turn", [0, 1])
@pytest.mark.parametrize("status", ["closed", "forgotten"])
def test_who_is_closed_or_forgotten_is_not_merged(
    programme: Programme, status: str, turn: int
) -> None:
    both = [programme.member(100), programme.member(100)]
    if status == "forgotten":
        forgetting_of(programme, both[turn])
    else:
        with programme.work() as work:
            work.load_members(both)
            work.update_profile(work.members[both[turn]], status=status)
    with pytest.raises(Rejected, match=status):
        united(programme, both[0], both[1])
    assert findings(programme) == []


def test_who_was_merged_meanwhile_is_not_forgotten_in_part(programme: Programme) -> None:
    away, stay = programme.member(100), programme.member(100)
    held = {}
    with reading(programme.server.engine) as connection:
        for member_id in (away, stay):
            held[member_id] = forgetting.gather(connection, programme.programme_id, member_id)
    united(programme, away, stay)
    for member_id in (away, stay):
        with pytest.raises(Rejected, match="meanwhile"), programme.work() as work:
            forgetting.erase(work, held[member_id])
    assert findings(programme) == []


# --- audit ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("damage", "finding"),
    [
        ("UPDATE member SET merged_into = NULL, status = 'active'", "written down as one of"),
        ("UPDATE member_merge SET postings = postings + 1", "when they became an alias"),
        ("DELETE FROM member_merge", "an alias of"),
        ("UPDATE lot SET member_id = (SELECT member_id FROM member_merge)", "and lot"),
        ("UPDATE lease SET member_id = (SELECT member_id FROM member_merge)", "and lease"),
        ("UPDATE accrual SET member_id = (SELECT member_id FROM member_merge)", "and accrual"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_audit_sees_what_an_alias_has(programme: Programme, damage: str, finding: str) -> None:
    away, stay = programme.member(4_000, home_office="PEK"), programme.member()
    seat = programme.seat()
    seat.pull()
    encounter_id, _ = visit(seat, member_id=away)
    assert refusals(seat, earned(encounter_id, away, 50)) == []
    united(programme, away, stay)
    assert findings(programme) == []
    with programme.work() as work:
        work.connection.exec_driver_sql(damage)
    assert any(finding in line for line in findings(programme))
