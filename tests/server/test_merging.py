"""Two records of one person become one, whatever counters hold and record of either."""

from __future__ import annotations

from uuid import UUID

import pytest

from app.domain import events as e
from app.domain.errors import Rejected
from sync.server import forgetting
from sync.server.programme import NewStaff, add_staff, put_setting
from sync.server.store import tables as t
from sync.server.store.engine import reading
from tests.server.books import account, codes, findings, rows
from tests.server.conftest import Programme
from tests.server.merges import earned, flown, united
from tests.server.seats import new_id, visit

DAY_MS = 86_400_000


# --- what moves ----------------------------------------------------------------------------------


def test_points_keep_their_lots_and_days(programme: Programme) -> None:
    away, stay = programme.member(3_000), programme.member(1_000)
    (lot,) = rows(programme, t.lot, member_id=away)
    done = united(programme, away, stay)
    assert (done.moved, done.balance, done.leases, done.taken_back) == (3_000, 4_000, 0, ())
    assert account(programme, away) == (0, 0, 0)
    assert account(programme, stay) == (4_000, 0, 0)
    (moved,) = rows(programme, t.lot, lot_id=lot.lot_id)
    assert (moved.member_id, moved.expires_on) == (stay, lot.expires_on)
    assert findings(programme) == []


def test_one_who_has_nothing_is_merged_without_a_posting(programme: Programme) -> None:
    away, stay = programme.member(), programme.member()
    assert united(programme, away, stay).moved == 0
    assert rows(programme, t.ledger_txn, kind="merge") == []
    assert findings(programme) == []


def test_what_is_pending_matures_with_who_stays(programme: Programme) -> None:
    with programme.work() as work:
        put_setting(work, "points", {"pending_days": 5})
    away, stay = programme.member(), programme.member()
    seat = programme.seat()
    encounter_id, _ = visit(seat, member_id=away)
    one, other = earned(encounter_id, away, 700), earned(encounter_id, away, 300)
    assert codes(seat, one, other) == []
    part = e.AccrualReduced(new_id(), one.accrual_id, encounter_id, 100, "part")
    assert codes(seat, part) == []
    assert united(programme, away, stay).pending == 900
    assert account(programme, stay) == (0, 0, 900)
    assert codes(seat, e.AccrualReversed(other.accrual_id, encounter_id, "undone")) == []
    assert account(programme, stay) == (0, 0, 600)
    assert findings(programme) == []
    programme.clock.ms += 6 * DAY_MS
    assert sum(programme.upkeep.maturing()) > 0
    assert account(programme, stay) == (600, 0, 0)
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
    assert codes(seat, *theirs, flown(encounter_id, stay, 3)) == []
    done = united(programme, away, stay)
    assert done.tier == "gold"
    (held,) = rows(programme, t.tier_held, member_id=stay)
    assert (held.tier, held.before) == ("gold", "silver")
    assert findings(programme) == []
    assert codes(seat, e.AccrualReversed(theirs[0].accrual_id, encounter_id, "undone")) == []
    (held,) = rows(programme, t.tier_held, member_id=stay)
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
    assert codes(seat, again, theirs, flown(encounter_id, stay, 1, 400)) == []
    done = united(programme, away, stay)
    assert done.taken_back == (("CA1501 2026-09-01", 500),)
    assert (done.balance, account(programme, stay)) == (600, (600, 0, 0))
    assert findings(programme) == []
    late = [flown(encounter_id, member_id, day) for member_id in (away, stay) for day in (1, 2)]
    assert codes(seat, *late) == ["duplicate_flight"] * 4
    assert findings(programme) == []


def test_what_one_lacks_the_other_fills_in(programme: Programme) -> None:
    away, stay = programme.member(), programme.member()
    with programme.work() as work:
        work.load_members([away, stay])
        theirs = {"phone": "13700001111", "preference": "靠窗", "joined_on": "2011-05-04"}
        work.update_profile(work.members[away], **theirs, latin_name="ZHANG WEI")
        work.update_profile(work.members[stay], phone="", preference="aisle")
    united(programme, away, stay)
    (row,) = rows(programme, t.member, member_id=stay)
    assert (row.phone, row.preference, row.latin_name) == ("13700001111", "aisle", "ZHANG WEI")
    assert row.joined_on == "2011-05-04"
    (alias,) = rows(programme, t.member, member_id=away)
    assert (alias.status, alias.merged_into) == ("merged", stay)


def test_staff_may_not_serve_themselves_by_the_other_card(programme: Programme) -> None:
    away, stay = programme.member(), programme.member(5_000)
    seat = programme.seat()
    with programme.work() as work:
        own = NewStaff("102", "Zhao", ("clerk",), programme.office_id, "$argon2id$", "", away)
        seat.staff_id = add_staff(work, own)
    united(programme, away, stay)
    encounter_id, _ = visit(seat)
    assert codes(seat, earned(encounter_id, stay, 10)) == ["own_membership"]
    records = {r.id: r for r in seat.pull().records if r.kind == "staff"}
    assert str(stay).encode() in bytes(records[str(seat.staff_id)].body)


# --- whom ----------------------------------------------------------------------------------------


def test_a_merge_of_a_merge_leads_to_the_last_at_once(programme: Programme) -> None:
    first, second, third = (programme.member(points) for points in (100, 200, 400))
    united(programme, first, second)
    united(programme, second, third)
    (alias,) = rows(programme, t.member, member_id=first)
    assert alias.merged_into == third
    seat = programme.seat()
    encounter_id, _ = visit(seat, member_id=first)
    assert codes(seat, earned(encounter_id, first, 50), earned(encounter_id, second, 50)) == []
    assert account(programme, third) == (800, 0, 0)
    assert findings(programme) == []
    forget = forgetting_of(programme, third)
    assert set(forget.member_ids) == {first, second, third}


def forgetting_of(programme: Programme, member_id: UUID) -> forgetting.Held:
    with reading(programme.server.engine) as connection:
        held = forgetting.gather(connection, programme.programme_id, member_id)
    with programme.work() as work:
        forgetting.erase(work, held)
    assert findings(programme) == []
    assert rows(programme, t.member_merge, into_id=member_id) == []
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
    assert account(programme, stay) == (200, 0, 0)
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
    assert codes(seat, earned(encounter_id, away, 50)) == []
    united(programme, away, stay)
    assert findings(programme) == []
    with programme.work() as work:
        work.connection.exec_driver_sql(damage)
    assert any(finding in line for line in findings(programme))
