"""Points that managers give or take at a desk, offline too, and a second one's word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from app.domain.errors import Rejected
from app.domain.records import Adjustment, Setting
from app.ports.sync_store import Decided
from app.services import commands as c
from app.services.point_views import AdjustmentView
from tests.fakes.counter import Counter, staff
from tests.store.test_use_cases import refusal, sign_in

ANNA, LI = UUID(int=1), UUID(int=2)
REASON = "Two nights without a bag"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path / "desk", kind="desk")
    made.members.crew.append(staff("2002", "duty_manager", member_id=LI))
    made.members.settings["points"] = Setting("points", 2, {"adjustment_limit": 1_000})
    sign_in(made, "2001")
    yield made
    made.core.close()


def waits(desk: Counter, by: str = "2001", member_id: UUID = ANNA) -> Adjustment:
    """What a pull brings of an adjustment beyond the limit."""
    person = next(each for each in desk.members.crew if each.number == by)
    record = Adjustment(
        UUID(int=900), UUID(int=500), member_id, 1_001, "goodwill", REASON, desk.clock.ms,
        person.staff_id, person.name, "waiting",
    )  # fmt: skip
    desk.members.open_adjustments = [record]
    return record


def only(desk: Counter) -> AdjustmentView:
    (view,) = desk.core.queries.desk().adjustments
    return view


def test_it_is_recorded_offline_and_shown_until_the_server_has_it(desk: Counter) -> None:
    view = desk.core.execute(c.AdjustPoints(ANNA, 300, "goodwill", f"  {REASON} "))
    assert view.adjustment_limit == 1_000
    (shown,) = view.adjustments
    assert (shown.points, shown.kind, shown.reason) == (300, "goodwill", REASON)
    assert (shown.state, shown.takes_two, shown.recorded_by_name) == ("unsent", False, "Staff 2001")
    assert shown.masked_name == "张*明"
    told = desk.last("PointsAdjusted")
    assert (told["member_id"], told["points"], told["kind"]) == (str(ANNA), 300, "goodwill")
    assert REASON not in str(desk.entries()), "the chain holds no words"
    desk.restart()
    sign_in(desk, "2001")
    assert only(desk).reason == REASON
    seq = max(each["seq"] for each in desk.entries() if each["type"] == "PointsAdjusted")
    desk.seat.sync.confirm(seq, [], mark=5)
    desk.seat.sync.acknowledge_pull(leases=None, pool=None, horizon=6, now_ms=desk.clock.ms)
    assert desk.core.queries.desk().adjustments == ()


def test_what_the_server_refuses_is_no_more_on_its_way(desk: Counter) -> None:
    desk.core.execute(c.AdjustPoints(ANNA, -900, "correction", REASON))
    seq = max(each["seq"] for each in desk.entries() if each["type"] == "PointsAdjusted")
    decided = [Decided(seq, "exception", "insufficient", "too few")]
    desk.seat.sync.confirm(seq, decided, mark=5)
    assert desk.core.queries.desk().adjustments == ()


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (c.AdjustPoints(ANNA, 0, "goodwill", REASON), "bad_points"),
        (c.AdjustPoints(ANNA, 2**53 + 1, "goodwill", REASON), "bad_points"),
        (c.AdjustPoints(ANNA, -1, "goodwill", REASON), "bad_adjustment"),
        (c.AdjustPoints(ANNA, 5, "gift", REASON), "bad_adjustment"),
        (c.AdjustPoints(ANNA, 5, "goodwill", " \n"), "empty_reason"),
        (c.AdjustPoints(ANNA, 5, "goodwill", "x" * 2_001), "note_too_long"),
        (c.AdjustPoints(UUID(int=77), 5, "goodwill", REASON), "unknown_member"),
        (c.DecideAdjustment(UUID(int=77), True), "unknown_adjustment"),
    ],
)
def test_what_can_not_be_is_refused_and_not_recorded(
    desk: Counter, command: c.AdjustPoints | c.DecideAdjustment, code: str
) -> None:
    before = desk.types()
    assert refusal(desk, command).code == code
    assert desk.types() == before


def test_a_second_manager_agrees_once(desk: Counter) -> None:
    record = waits(desk, by="2002")
    shown = only(desk)
    assert (shown.state, shown.refusal, shown.takes_two) == ("waiting", "", True)
    desk.core.execute(c.DecideAdjustment(record.adjustment_id, True))
    assert desk.last("AdjustmentConfirmed") == {"adjustment_id": str(record.adjustment_id)}
    assert only(desk).state == "agreed"
    again = c.DecideAdjustment(record.adjustment_id, False)
    assert refusal(desk, again).code == "unknown_adjustment"
    desk.members.open_adjustments = [replace(record, state="posted")]
    assert desk.core.queries.desk().adjustments == ()


def test_who_recorded_it_takes_it_back_and_never_agrees(desk: Counter) -> None:
    record = waits(desk)
    assert only(desk).refusal == "same_person"
    agree, decline = (c.DecideAdjustment(record.adjustment_id, said) for said in (True, False))
    assert refusal(desk, agree).code == "same_person"
    desk.core.execute(decline)
    assert only(desk).state == "declined"
    assert desk.last("AdjustmentDeclined") == {"adjustment_id": str(record.adjustment_id)}


def test_nobody_gives_agrees_to_or_declines_points_of_their_own(desk: Counter) -> None:
    record = waits(desk, member_id=LI)
    sign_in(desk, "2002")
    assert refusal(desk, c.AdjustPoints(LI, 5, "goodwill", REASON)).code == "own_membership"
    assert only(desk).refusal == "own_membership"
    for said in (True, False):
        decide = c.DecideAdjustment(record.adjustment_id, said)
        assert refusal(desk, decide).code == "own_membership"
    merged = next(each for each in desk.members.people if each.member_id == LI)
    desk.members.people = [
        replace(each, merged_into=ANNA, status="merged") if each is merged else each
        for each in desk.members.people
    ]
    assert refusal(desk, c.AdjustPoints(ANNA, 5, "goodwill", REASON)).code == "own_membership"


def test_a_clerk_at_a_counter_adjusts_nothing(tmp_path: Path) -> None:
    counter = Counter(tmp_path / "seat")
    sign_in(counter)
    with pytest.raises(Rejected) as caught:
        counter.core.execute(c.AdjustPoints(ANNA, 5, "goodwill", REASON))
    assert caught.value.code == "not_manager"
    counter.core.close()


def test_one_of_a_member_who_is_not_here_can_be_decided(desk: Counter) -> None:
    record = waits(desk, by="2002", member_id=UUID(int=88))
    assert only(desk).masked_name == ""
    desk.core.execute(c.DecideAdjustment(record.adjustment_id, True))
    assert only(desk).state == "agreed"
