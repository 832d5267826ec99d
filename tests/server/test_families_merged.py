"""Families whose members are merged or forgotten, and what `audit` sees of families."""

from __future__ import annotations

import pytest

from app.domain.errors import Rejected
from sync.server import forgetting
from sync.server.programme import put_setting
from sync.server.store import tables as t
from sync.server.store.engine import reading
from tests.server.books import account, codes, findings, flown, rows
from tests.server.conftest import Programme
from tests.server.families import (
    at_counter,
    family_of,
    forgotten,
    giving,
    removed,
    undone,
)
from tests.server.merges import DAY_MS, earned, united

# --- merged, erased ------------------------------------------------------------------------------


@pytest.mark.parametrize("turn", [0, 1])
def test_who_stays_gives_what_who_goes_gave(programme: Programme, turn: int) -> None:
    head, member = family_of(programme, 50)
    outsider = programme.member()
    seat, encounter_id = at_counter(programme, member)
    before = earned(encounter_id, member, 100)
    assert codes(seat, before) == []
    late = [earned(encounter_id, i, 10) for i in (member, outsider)]
    seat.record(*late)
    programme.clock.ms += 1_000
    away, stay = (member, outsider) if turn == 0 else (outsider, member)
    united(programme, away, stay)
    assert seat.push().decisions == []
    # as the record that it names gave, or as the one that stays did then
    assert account(programme, head)[0] == (60 if turn else 55)
    assert undone(seat, before) == []
    assert codes(seat, *(earned(encounter_id, i, 100) for i in (away, stay))) == []
    assert account(programme, head)[0] == (110 if turn else 105)
    assert account(programme, stay)[0] == (110 if turn else 115)
    assert findings(programme) == []


@pytest.mark.parametrize("turn", [0, 1])
def test_a_head_and_a_member_who_are_one_keep_all_of_it(programme: Programme, turn: int) -> None:
    head, member, other = family_of(programme, 50, 10)
    seat, encounter_id = at_counter(programme, member)
    before = earned(encounter_id, member, 100)
    assert codes(seat, before) == []
    seat.record(earned(encounter_id, member, 30))
    programme.clock.ms += 1_000
    away, stay = (member, head) if turn == 0 else (head, member)
    united(programme, away, stay)
    assert seat.push().decisions == []
    assert account(programme, stay) == (130, 0, 0)
    assert undone(seat, before) == []
    assert account(programme, stay) == (30, 0, 0)
    after = [earned(encounter_id, i, 100) for i in (member, head, other)]
    assert codes(seat, *after) == []
    assert (account(programme, stay)[0], account(programme, other)[0]) == (240, 90)
    assert undone(seat, after[2]) == []
    assert account(programme, stay)[0] == 230
    assert findings(programme) == []


def test_another_becomes_the_head(programme: Programme) -> None:
    head, member = family_of(programme, 50)
    stay = programme.member()
    seat, encounter_id = at_counter(programme, member)
    before = earned(encounter_id, member, 100)
    assert codes(seat, before) == []
    programme.clock.ms += 1_000
    united(programme, head, stay)
    assert codes(seat, earned(encounter_id, member, 100)) == []
    assert account(programme, stay)[0] == 100
    assert undone(seat, before) == []
    assert account(programme, stay)[0] == 50
    assert findings(programme) == []
    bodies = {r.id: bytes(r.body) for r in programme.seat().pull().records if r.kind == "family"}
    assert b'"head_id":null' in bodies[str(head)]
    assert str(stay).encode() in bodies[str(member)]


def test_two_members_of_one_family_are_one(programme: Programme) -> None:
    head, away, stay = family_of(programme, 50, 10)
    programme.clock.ms += 1_000
    united(programme, away, stay)
    seat, encounter_id = at_counter(programme, stay)
    assert codes(seat, earned(encounter_id, away, 100)) == []
    assert account(programme, head)[0] == 10
    assert findings(programme) == []


def test_members_of_different_families_are_not_merged(programme: Programme) -> None:
    one, other = family_of(programme, 50), family_of(programme, 50)
    for away in one:
        for stay in other:
            with pytest.raises(Rejected) as refusal:
                united(programme, away, stay)
            assert refusal.value.code == "in_two_families"
    assert findings(programme) == []


def test_a_flight_that_both_had_is_taken_back_from_the_head_too(programme: Programme) -> None:
    head, away = family_of(programme, 50)
    stay = programme.member()
    seat, encounter_id = at_counter(programme, away)
    both = [flown(encounter_id, i) for i in (away, stay)]
    assert codes(seat, *both) == []
    united(programme, away, stay)
    assert (account(programme, head)[0], account(programme, stay)[0]) == (0, both[0].points)
    assert findings(programme) == []


def test_what_expired_of_who_goes_is_not_taken_a_second_time(programme: Programme) -> None:
    """A flight that both had: a part of it has expired with the one, by the merge."""
    with programme.work() as work:
        put_setting(work, "points", {"lot_months": 1})
    away, stay = programme.member(), programme.member(9_000)
    seat, encounter_id = at_counter(programme, away)
    assert codes(seat, flown(encounter_id, away), flown(encounter_id, stay)) == []
    programme.clock.ms += 70 * DAY_MS
    list(programme.upkeep.expiring())
    united(programme, away, stay)
    assert account(programme, stay)[0] == 9_000
    assert findings(programme) == []


def test_a_forgotten_head_has_no_family(programme: Programme) -> None:
    head, member = family_of(programme, 50)
    seat, encounter_id = at_counter(programme, member)
    before = earned(encounter_id, member, 100)
    assert codes(seat, before) == []
    seat.record(earned(encounter_id, member, 10))
    programme.clock.ms += 1_000
    forgotten(programme, head)
    assert seat.push().decisions == []
    assert account(programme, member)[0] == 60, "nobody is there to have the share"
    assert account(programme, head)[0] == 0
    assert codes(seat, earned(encounter_id, member, 100)) == []
    assert account(programme, member)[0] == 160
    assert {(r.reason, r.end_reason) for r in rows(programme, t.family, head_id=head)} == {("", "")}
    assert all(row.until_ms for row in rows(programme, t.family_share, member_id=member))
    assert findings(programme) == []
    with programme.work() as work:
        (place,) = work.find(t.record, "id", [str(member)])
    assert b'"head_id":null' in bytes(place.body)


def test_a_forgotten_member_gives_nothing_any_more(programme: Programme) -> None:
    head, member = family_of(programme, 50)
    seat, encounter_id = at_counter(programme, member)
    assert codes(seat, earned(encounter_id, member, 100)) == []
    forgotten(programme, member)
    assert account(programme, head)[0] == 50
    assert [r.until_ms is None for r in rows(programme, t.family_share, head_id=head)] == [False]
    assert {r.reason for r in rows(programme, t.family_share, head_id=head)} == {""}
    assert findings(programme) == []


def test_a_copy_of_ones_data_says_what_one_gave(programme: Programme) -> None:
    _, member = family_of(programme, 50)
    seat, encounter_id = at_counter(programme, member)
    assert codes(seat, earned(encounter_id, member, 100)) == []
    with reading(programme.server.engine) as connection:
        known = forgetting.copy_of(connection, programme.programme_id, member)
    assert [row["percent"] for row in known["families"]] == [50]
    assert [row["points"] for row in known["shares_given"]] == [50]


# --- audit ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("damage", "finding"),
    [
        ("UPDATE family_share SET until_ms = NULL, since_ms = since_ms - 9", "in two families"),
        ("UPDATE family SET until_ms = since_ms - 1", "it ended before it began"),
        ("UPDATE family SET head_id = (SELECT member_id FROM family_share)", "isn't the head"),
        ("UPDATE family_share SET percent = percent + 1", "wasn't to have"),
        ("UPDATE family_share SET since_ms = since_ms + 5000", "wasn't to have"),
        ("DELETE FROM accrual_share", "nobody was to give of it"),
        ("DELETE FROM accrual WHERE state = 'posted'", "there is no such accrual"),
        ("UPDATE accrual SET state = 'reversed'", "the accrual is reversed"),
        ("UPDATE accrual_share SET points = points + 1", "written down"),
        ("UPDATE accrual_share SET returned = returned - 1 WHERE returned", "came back"),
        ("UPDATE accrual_share SET returned = 99999", "came back of"),
        ("UPDATE accrual_share SET returned = 20", "is to have"),
        ("UPDATE accrual_share SET earned = 101", "written down"),
        (
            "UPDATE posting SET amount = amount * 2 WHERE txn_id IN"
            " (SELECT txn_id FROM ledger_txn WHERE kind = 'family_share')",
            "of 50 posted",
        ),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_audit_sees_what_is_wrong_of_a_family(
    programme: Programme, damage: str, finding: str
) -> None:
    head, member = family_of(programme, 50)
    seat, encounter_id = at_counter(programme, member)
    kept, gone = earned(encounter_id, member, 100), earned(encounter_id, member, 40)
    assert codes(seat, kept, gone) == []
    assert undone(seat, gone) == []
    if "in two" in finding:
        removed(programme, member)
        programme.clock.ms += 1
        giving(programme, head, member, 10)
    assert findings(programme) == []
    with programme.work() as work:
        if "in two" in finding:
            work.connection.exec_driver_sql("DROP INDEX ix_family_share_now")
        work.connection.exec_driver_sql(damage)
    assert any(finding in line for line in findings(programme)), findings(programme)
