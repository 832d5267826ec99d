"""Rules have versions, each is kept, and every posting can be worked out again by its own."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from app.domain import events as e
from app.domain.errors import Rejected
from sync.server.programme import put_setting
from sync.server.store import tables as t
from tests.server.books import (
    FLIGHT_BASE,
    FLIGHT_POINTS,
    codes,
    explained,
    findings,
    flown,
    paid,
    posted,
    rows,
)
from tests.server.conftest import Programme
from tests.server.seats import new_id, visit


def put(programme: Programme, name: str, **value: object) -> int:
    with programme.work() as work:
        return put_setting(work, name, value)


def test_every_version_of_a_setting_is_kept(programme: Programme) -> None:
    first = put(programme, "accrual", minimum_points=100)
    programme.clock.ms += 5
    second = put(programme, "accrual", minimum_points=200)
    kept = {row.version: row for row in rows(programme, t.setting_version, name="accrual")}
    assert list(kept) == [first, second] == [1, 2]
    assert kept[2].since_ms == kept[1].since_ms + 5
    assert '"minimum_points": 100' in kept[1].value
    assert '"carriers"' in kept[1].value, "it would mean something else in a later program"
    assert findings(programme) == []
    with programme.server.engine.begin() as connection:
        connection.execute(t.setting_version.delete().where(t.setting_version.c.version == 2))
    assert findings(programme) == ["setting accrual: its version 2 isn't kept as it is in force"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("accrual", {"minimum_points": -1}),
        ("accrual", {"lot_months": 3}),
        ("accrual", {"rates": []}),
        ("points", {"lot_months": 0}),
        ("points", {"refund_fee_percent": 101}),
        ("points", {"refund_fee_percent": True}),
        ("points", {"no_such": 1}),
        ("tiers", {}),
        ("tiers", {"levels": [["silver", 5], ["gold", 5]]}),
        ("tiers", {"levels": [["silver"]]}),
        ("tiers", {"levels": [], "window": "moon"}),
        ("tiers", {"levels": [], "months": 0}),
        ("tiers", {"levels": [], "sources": ["gift"]}),
        ("tiers", {"levels": [], "sources": [[]]}),
        ("tiers", {"levels": [], "base": 1}),
        ("tiers", {"levels": [], "soft_landing": "yes"}),
        ("tiers", {"levels": [], "no_such": 1}),
    ],
)
def test_rules_that_nothing_could_be_decided_by_are_refused(
    programme: Programme, name: str, value: dict[str, object]
) -> None:
    with pytest.raises(Rejected) as refusal, programme.work() as work:
        put_setting(work, name, value)
    assert refusal.value.code == "bad_setting"
    assert rows(programme, t.setting, name=name) == []


def test_a_counter_is_checked_by_the_version_that_it_decided_by(programme: Programme) -> None:
    put(programme, "accrual", rates={"CNY": [1, 100]})
    put(programme, "accrual", rates={"CNY": [2, 100]})
    member_id, seat = programme.member(), programme.seat()
    encounter_id, _ = visit(seat, member_id=member_id)
    late = paid(encounter_id, member_id, 100)  # recorded before it heard of the second
    wrong = paid(encounter_id, member_id, 100, version=2)
    unheard = paid(encounter_id, member_id, 100, version=3)
    assert codes(seat, late, wrong, unheard) == ["other_points", "unknown_rules"]
    assert posted(programme, member_id) == 100
    items = {row.code: row for row in rows(programme, t.exception_item)}
    assert items["other_points"].message == (
        "By version 2 of the rules it is 200 points, and not 100"
    )
    said = explained(programme, late.accrual_id)
    assert "10000 of the smallest coin of CNY, 1 points for every 100: 100 points." in said
    assert "That is 100 points by version 1 of the setting 'accrual', in force since" in said
    assert findings(programme) == []


def test_a_manager_honours_points_that_the_rules_do_not_come_to(programme: Programme) -> None:
    put(programme, "accrual", rates={"CNY": [2, 100]})
    member_id, seat = programme.member(), programme.seat()
    encounter_id, _ = visit(seat, member_id=member_id)
    wrong = paid(encounter_id, member_id, 100)
    assert codes(seat, wrong) == ["other_points"]
    (item,) = rows(programme, t.exception_item)
    desk = programme.seat(counter=2, kind="desk")
    assert codes(desk, e.ExceptionSettled(item.exception_id, "honour", None)) == []
    assert posted(programme, member_id) == 100
    assert "A manager honoured the points as the counter had written them." in explained(
        programme, wrong.accrual_id
    )
    assert codes(seat, e.AccrualReversed(wrong.accrual_id, encounter_id, "undone")) == []
    assert findings(programme) == []


def test_a_flight_is_worked_out_again_from_its_entry(programme: Programme) -> None:
    member_id, seat = programme.member(), programme.seat()
    encounter_id, _ = visit(seat, member_id=member_id)
    right = flown(encounter_id, member_id, FLIGHT_POINTS)
    wrong = flown(encounter_id, member_id, FLIGHT_POINTS + 1, day="2026-09-17")
    unsaid = replace(
        flown(encounter_id, member_id, 7, day="2026-09-16"), tier=None, booking_class=None,
        explanation='[["distance",{"points":7}],["odd",{"x":1}]]',
    )  # fmt: skip
    assert codes(seat, right, wrong, unsaid) == ["other_points"]
    said = explained(programme, right.accrual_id)
    assert "CA1501 PEK-SHA, class Y: 100 % of " in said
    assert f"km is {FLIGHT_BASE} points." in said
    assert "gold adds 30 %" in said
    assert f"the entry says {FLIGHT_POINTS}." in said
    said = explained(programme, unsaid.accrual_id)
    assert "this is the counter's own" in said
    assert "odd: x 1" in said
    assert findings(programme) == []


def test_how_long_points_last_is_said_by_the_version_that_they_were_earned_under(
    programme: Programme,
) -> None:
    put(programme, "points", lot_months=12)
    member_id, seat = programme.member(), programme.seat()
    encounter_id, _ = visit(seat, member_id=member_id)
    earned = paid(encounter_id, member_id, 100)
    assert codes(seat, earned) == []
    put(programme, "points", lot_months=1)
    said = explained(programme, earned.accrual_id)
    assert "until 2027-09-30 (version 1 of the setting 'points'" in said
    assert "+100 points, available, of the lot that expires 2027-09-30" in said
    (lot,) = rows(programme, t.lot, member_id=member_id)
    assert lot.expires_on == "2027-09-30"


def test_what_nobody_booked_has_no_explanation(programme: Programme) -> None:
    with pytest.raises(Rejected) as refusal:
        explained(programme, UUID(int=5))
    assert refusal.value.code == "unknown_id"


def test_every_kind_of_posting_is_explained(programme: Programme) -> None:
    member_id, seat = programme.member(800), programme.seat()
    encounter_id, _ = visit(seat, member_id=member_id)
    seat.pull()
    earned = paid(encounter_id, member_id, 10)
    given = e.RedemptionGranted(
        new_id(), encounter_id, member_id, programme.reward_id, 1000, e.Cover.AT_RISK, None,
        seat.pool_id,
    )  # fmt: skip
    void = e.RedemptionVoided(given.redemption_id, encounter_id, "undone")
    undo = e.AccrualReversed(earned.accrual_id, encounter_id, "undone")
    assert codes(seat, earned, given, void, undo) == []
    said = explained(programme, given.redemption_id)
    assert "points spent" in said
    assert "at the office's risk" in said
    assert "-190 points, available, owed" in said
    assert "a reward was undone" in said
    assert "Each point goes back" in said
    assert "First what is left of these points" in explained(programme, earned.accrual_id)
    assert "points that the member came with" in explained(programme, member_id)
    programme.clock.ms += 3 * 366 * 86_400_000
    list(programme.upkeep.expiring())
    assert "Their last day was over in every office" in explained(programme, member_id)
