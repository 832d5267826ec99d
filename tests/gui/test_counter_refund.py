"""A reward that comes back, by keys alone."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from app.domain.errors import Rejected
from app.services import commands as c
from app.services.point_views import RefundableReward
from tests.fakes import core as fake
from tests.gui.counter_world import CounterWorld, Key, serve
from ui.viewmodels.steps import Step

LOUNGE = RefundableReward(UUID(int=71), "休息室一次", "Lounge visit", 6_000, 6_000, fake.START_MS)
BAGGAGE = replace(
    LOUNGE, redemption_id=UUID(int=72), reward_name="行李额 20 公斤", refusal="refund_handed_over"
)


def begin(world: CounterWorld) -> None:
    world.core.rewards_given = [LOUNGE, BAGGAGE]
    serve(world)
    world.press(Key.Key_F5)
    world.type("r")


def step(world: CounterWorld) -> Step:
    return world.counter.step


def rows(world: CounterWorld) -> list[tuple[str, str, str]]:
    sheet = world.screen.sheet
    return [
        (row.key, row._words.text(), row._small.text())
        for row in sheet.menu._rows
        if row.isVisibleTo(sheet)
    ]


def test_all_of_it_comes_back_by_six_keys(world: CounterWorld) -> None:
    begin(world)
    assert rows(world)[0][:2] == ("1", "Lounge visit · 6,000")
    world.type("1")
    assert step(world) is Step.REFUND_POINTS
    world.press(Key.Key_Return)
    assert rows(world)[0] == (
        "1",
        "The customer doesn't want it any more",
        "5,700 of 6,000 come back, fee 300",
    )
    world.type("1")
    assert world.screen.proposal.sentence() == "5,700 points come back for Lounge visit"
    assert "the central office decides" in world.screen.proposal._note.text()
    world.press(Key.Key_Return)
    (command,) = world.core.commands(c.RefundReward)
    assert (command.redemption_id, command.points, command.involuntary, command.reason) == (
        LOUNGE.redemption_id, 6_000, False, "changed_mind",
    )  # fmt: skip
    assert world.keys == 6
    assert step(world) is Step.SERVE
    assert world.screen.entries.views()[-1].text == "Reward given back"
    assert world.screen.notice.text().startswith("5,700 points come back")


def test_a_part_comes_back_and_costs_nothing_where_it_was_our_doing(world: CounterWorld) -> None:
    begin(world)
    world.type("1")
    for wrong in ("0", "6001", "12x"):
        world.type(wrong)
        world.press(Key.Key_Return)
        assert "1 to 6,000" in world.screen.banner.title(), wrong
        world.screen.box.clear()
    world.type("2000")
    world.press(Key.Key_Return)
    world.type("3")
    assert world.screen.proposal.sentence() == "2,000 points come back for Lounge visit"
    assert "good until" in world.screen.proposal._note.text()
    world.press(Key.Key_Return)
    (command,) = world.core.commands(c.RefundReward)
    assert (command.points, command.involuntary, command.reason) == (2_000, True, "not_provided")


def test_what_was_handed_over_says_why_it_stays(world: CounterWorld) -> None:
    begin(world)
    assert "Its voucher was used at another counter" in rows(world)[1][2]
    world.type("2")
    assert step(world) is Step.REFUND
    assert "can't come back" in world.screen.banner.title()
    world.type("9")  # there is no such row
    assert step(world) is Step.REFUND


def test_escape_goes_back_step_by_step_and_records_nothing(world: CounterWorld) -> None:
    begin(world)
    world.type("1")
    world.press(Key.Key_Return)
    world.type("1")
    for back_at in (Step.REFUND_WHY, Step.REFUND_POINTS, Step.REFUND, Step.MEMBER, Step.SERVE):
        world.press(Key.Key_Escape)
        assert step(world) is back_at
    assert world.core.commands(c.RefundReward) == []


def test_one_given_elsewhere_comes_back_by_its_voucher(world: CounterWorld) -> None:
    serve(world)
    world.press(Key.Key_F5)
    world.type("r")
    assert "Nothing was given here lately" in world.screen.sheet.question._title.text()
    world.scan("GV1C")
    assert "Its voucher was used" in world.screen.banner.title()
    world.scan("no voucher")
    assert "can't be read" in world.screen.banner.title()
    world.scan("GV1A")
    assert step(world) is Step.REFUND_POINTS
    world.press(Key.Key_Return)
    world.type("4")
    world.press(Key.Key_Return)
    (command,) = world.core.commands(c.RefundReward)
    assert (command.redemption_id, command.reward_name) == (UUID(int=77), "休息室一次")


def test_a_refusal_of_the_core_leaves_nothing_half_done(world: CounterWorld) -> None:
    begin(world)
    world.type("1")
    world.press(Key.Key_Return)
    world.type("1")
    world.core.refuse_next = Rejected("over_refund", "more")
    world.press(Key.Key_Return)
    assert step(world) is Step.SERVE
    assert world.screen.banner.title() == "More would come back than was spent."


def test_nobody_served_gives_nothing_back(world: CounterWorld) -> None:
    world.press(Key.Key_F5)
    world.type("r")
    assert step(world) is Step.MEMBER
    assert "Find the member first" in world.screen.banner.title()
