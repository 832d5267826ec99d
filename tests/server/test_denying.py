"""Managers put members on the deny list at their desks, and take them off: for every counter."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from app.domain import events as e
from app.domain.records import Denial
from sync.server.denying import deny
from sync.server.forgetting import copy_of, erase, gather
from sync.server.store import tables as t
from sync.server.store.engine import reading
from tests.server.books import codes, findings, rows
from tests.server.conftest import Programme
from tests.server.merges import united
from tests.server.seats import Seat, new_id

REASON = "一周内用三个姓名办理"


@pytest.fixture
def desk(programme: Programme) -> Seat:
    return programme.seat(counter=2, kind="desk")


def denied(desk: Seat, member_id: Any, reason: str = REASON) -> e.MemberDenied:
    return e.MemberDenied(member_id, desk.blob(reason.encode()))


def allowed(desk: Seat, member_id: Any, reason: str = "查清了") -> e.MemberAllowed:
    return e.MemberAllowed(member_id, desk.blob(reason.encode()))


def told(seat: Seat) -> list[Denial]:
    records = [each for each in seat.pull().records if each.kind == Denial.KIND]
    return [msgspec.json.decode(bytes(each.body), type=Denial) for each in records]


def test_every_counter_hears_who_and_when_and_never_why(programme: Programme, desk: Seat) -> None:
    member_id, seat = programme.member(), programme.seat()
    seat.pull()
    desk.record(denied(desk, member_id))
    did_ms = programme.clock()
    programme.clock.ms += 3 * 3_600_000
    assert codes(desk) == []
    (record,) = told(seat)
    manager = rows(programme, t.staff, staff_id=programme.manager_id)[0]
    assert record == Denial(member_id, True, record.since_ms, f"{manager.name} ({manager.number})")
    assert record.since_ms == did_ms, "as of when the manager did it, with no network"
    (row,) = rows(programme, t.denial)
    assert (row.reason, row.recorded_by) == (REASON, record.by)
    assert codes(desk, allowed(desk, member_id)) == []
    assert told(seat) == [Denial(member_id, False)]
    assert rows(programme, t.denial) == []
    assert findings(programme) == []


def test_again_it_changes_who_says_so_and_why_and_not_since_when(
    programme: Programme, desk: Seat
) -> None:
    member_id = programme.member()
    with programme.work() as work:
        deny(work, member_id, "operator's", by="op")
    (first,) = rows(programme, t.denial)
    programme.clock.ms += 60_000
    assert codes(desk, denied(desk, member_id), allowed(desk, new_id())) == ["unknown_member"]
    (row,) = rows(programme, t.denial)
    assert (row.since_ms, row.reason) == (first.since_ms, REASON)
    assert row.recorded_by != first.recorded_by


def test_taking_off_whoever_isnt_on_it_changes_nothing(programme: Programme, desk: Seat) -> None:
    member_id = programme.member()
    assert codes(desk, allowed(desk, member_id), allowed(desk, member_id)) == []
    assert told(programme.seat()) == []


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501, "a\0b"])
def test_without_a_reason_nobody_is_denied_or_allowed(
    programme: Programme, desk: Seat, reason: str
) -> None:
    member_id = programme.member()
    assert codes(desk, denied(desk, member_id, reason)) == ["bad_reason"]
    assert codes(desk, allowed(desk, member_id, reason)) == ["bad_reason"]
    assert codes(desk, e.MemberDenied(member_id, "0" * 64)) == ["blob_missing"]
    assert rows(programme, t.denial) == []


def test_clerks_may_not_and_nobody_decides_about_themselves(
    programme: Programme, desk: Seat
) -> None:
    member_id, own = programme.member(), programme.member()
    seat = programme.seat()
    for event in (denied(seat, member_id), allowed(seat, member_id)):
        assert codes(seat, event) == ["not_manager"]
    with programme.work() as work:
        work.connection.execute(
            t.staff.update().where(t.staff.c.staff_id == programme.manager_id).values(member_id=own)
        )
    alias = programme.member()
    united(programme, alias, own)
    for member in (own, alias):
        assert codes(desk, denied(desk, member)) == ["own_membership"]
        assert codes(desk, allowed(desk, member)) == ["own_membership"]
    assert rows(programme, t.denial) == []


def test_who_is_denied_under_one_record_is_denied_as_the_person_both_are(
    programme: Programme, desk: Seat
) -> None:
    away, stay = programme.member(), programme.member()
    assert codes(desk, denied(desk, away)) == []
    united(programme, away, stay)
    (row,) = rows(programme, t.denial)
    assert (row.member_id, row.reason) == (stay, REASON)
    by_member = {each.member_id: each.is_denied for each in told(programme.seat())}
    assert by_member == {away: False, stay: True}
    assert codes(desk, allowed(desk, away)) == [], "an alias means who stays"
    assert rows(programme, t.denial) == []


def test_a_merge_keeps_what_was_said_of_who_stays(programme: Programme, desk: Seat) -> None:
    away, stay = programme.member(), programme.member()
    assert codes(desk, denied(desk, stay, "first"), denied(desk, away, "second")) == []
    united(programme, away, stay)
    (row,) = rows(programme, t.denial)
    assert (row.member_id, row.reason) == (stay, "first")


def test_forgetting_forgets_why_and_what_comes_later_is_not_kept(
    programme: Programme, desk: Seat
) -> None:
    member_id = programme.member()
    assert codes(desk, denied(desk, member_id)) == []
    with reading(programme.server.engine) as connection:
        known = copy_of(connection, programme.programme_id, member_id)
        held = gather(connection, programme.programme_id, member_id)
    assert REASON in known["texts"].values()
    assert known["denied"][0]["reason"] == REASON
    with programme.work() as work:
        erase(work, held)
    other = programme.seat(counter=2, kind="desk")  # the first would send its texts once more
    late = denied(other, member_id, "later")
    assert codes(other, late, allowed(other, member_id)) == ["member_forgotten"] * 2
    assert rows(programme, t.denial) == []
    texts = [bytes(row.content) for row in rows(programme, t.blob)]
    assert REASON.encode() not in texts
    assert b"later" not in texts
