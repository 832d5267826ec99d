"""A merge and what counters hold and record of either, before they hear of it and after."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from app.domain import events as e
from app.domain.lease import lease_statement
from sync.server import forgetting
from sync.server.devices import find_device
from sync.server.lease_candidates import plan_for
from sync.server.programme import put_setting
from sync.server.settings_of import lease_rules
from sync.server.statements import statement_of
from sync.server.store import tables as t
from sync.server.store.engine import reading
from sync.server.write_off import write_off
from tests.server.books import account, codes, findings, rows
from tests.server.conftest import KEYS, Programme
from tests.server.merges import earned, granted, lease_of, leased, united
from tests.server.seats import new_id, visit

DAY_MS = 86_400_000


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
    assert codes(seat, *spends) == []
    assert account(programme, stay) == (3_800, lease.points - 200, 0)
    assert codes(seat, e.RedemptionVoided(spends[0].redemption_id, encounter_id, "undone")) == []
    assert account(programme, stay) == (3_900, lease.points - 100, 0)
    assert codes(seat, e.LeaseReturned(lease.lease_id, lease.points - 100)) == []
    assert account(programme, stay) == (3_900, 0, 0)
    assert findings(programme) == []


def test_a_lease_of_somebody_else_is_still_refused(programme: Programme) -> None:
    away, stay = programme.member(4_000, home_office="PEK"), programme.member()
    other, seat = programme.member(4_000), programme.seat()
    lease = leased(programme, seat, away)
    united(programme, away, stay)
    encounter_id, _ = visit(seat, member_id=other)
    spend = granted(programme, encounter_id, other, 10, e.Cover.LEASE, lease_id=lease.lease_id)
    assert codes(seat, spend) == ["wrong_member"]


def test_two_leases_at_one_counter_are_both_of_who_stays(programme: Programme) -> None:
    away = programme.member(4_000, home_office="PEK")
    stay = programme.member(8_000, home_office="PEK")
    seat = programme.seat()
    small, large = leased(programme, seat, away), leased(programme, seat, stay)
    assert small.points < large.points
    united(programme, away, stay)
    told = {lease.lease_id: lease for lease in seat.pull().leases}
    assert {lease.member_id for lease in told.values()} == {stay}
    assert {lease.state for lease in told.values()} == {"open"}
    assert codes(seat, e.LeaseReturned(small.lease_id, small.points)) == []
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
    assert codes(holder, e.LeaseReturned(lease.lease_id, lease.points)) == []
    assert here.urgent(here.body(ask)).decision == "accepted"
    assert findings(programme) == []


def test_what_was_written_off_comes_in_for_who_stays(programme: Programme) -> None:
    away, stay = programme.member(4_000, home_office="PEK"), programme.member()
    seat = programme.seat()
    lease = leased(programme, seat, away)
    with programme.work() as work:
        write_off(work, seat.device_id, by="op", reason="lost")
    united(programme, away, stay)
    encounter_id, _ = visit(seat, member_id=away)
    spend = granted(programme, encounter_id, away, 100, e.Cover.LEASE, lease_id=lease.lease_id)
    seat.push(spend)
    assert account(programme, stay) == (3_900, 0, 0)
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
    assert codes(seat, *spends) == []
    united(programme, away, stay)
    back = e.RedemptionRefunded(new_id(), spends[0].redemption_id, encounter_id, 400, False, "x")
    assert codes(desk, back) == []
    assert codes(seat, e.RedemptionVoided(spends[1].redemption_id, encounter_id, "undone")) == []
    assert account(programme, stay) == (3_400, 0, 0)
    assert len(rows(programme, t.lot, member_id=stay)) == 1, "each point is back in its lot"
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
        assert codes(seat, replace(again, redemption_id=ask.redemption_id)) == []
    assert account(programme, stay) == (3_000, 0, 0)
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

    assert codes(seat, at_risk(away)) == []
    united(programme, away, stay)
    assert codes(seat, at_risk(stay)) == ["over_limit"]
    assert codes(seat, at_risk(away)) == ["over_limit"]
    assert findings(programme) == []


def test_an_expired_part_is_not_taken_twice(programme: Programme) -> None:
    with programme.work() as work:
        put_setting(work, "points", {"lot_months": 1})
    away, stay = programme.member(), programme.member(1_000)
    seat = programme.seat()
    encounter_id, _ = visit(seat, member_id=away)
    once = earned(encounter_id, away, 300)
    assert codes(seat, once) == []
    programme.clock.ms += 90 * DAY_MS
    assert sum(programme.upkeep.expiring()) == 300
    for survivor, gone in ((stay, away), (programme.member(), stay)):
        united(programme, gone, survivor)
    assert codes(seat, e.AccrualReversed(once.accrual_id, encounter_id, "undone")) == []
    assert account(programme, survivor) == (1_000, 0, 0)
    assert findings(programme) == []


def test_what_is_owed_is_paid_by_what_the_other_has(programme: Programme) -> None:
    away, stay = programme.member(), programme.member(800)
    seat = programme.seat()
    seat.pull()
    encounter_id, _ = visit(seat, member_id=away)
    spend = granted(programme, encounter_id, away, 1_000, e.Cover.AT_RISK, pool_id=seat.pool_id)
    assert codes(seat, spend) == []
    assert united(programme, away, stay).balance == -200
    (row,) = rows(programme, t.balance, member_id=stay)
    assert row.overdrawn == 200
    assert codes(seat, e.RedemptionVoided(spend.redemption_id, encounter_id, "undone")) == []
    assert account(programme, stay) == (800, 0, 0)
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
    assert codes(seat, contact, card, other, matter) == []
    (row,) = rows(programme, t.member, member_id=stay)
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
