"""One clerk after another: nothing half done or said is left for the next but the open visit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes import core as fake
from tests.gui.counter_world import CounterWorld, Key
from ui.screens import counter_rendering as rendering
from ui.viewmodels.steps import Step


def test_a_shift_with_a_customer_open_is_refused_before_the_pin(world: CounterWorld) -> None:
    world.scan(fake.CARD)
    world.press(Key.Key_F9)
    assert any("F12" in note for _, _, note in world.screen.sheet._choices(Step.SHIFT))
    world.type("C")
    assert world.counter.step is Step.SHIFT, "the PIN was asked for nothing"
    assert world.screen.banner.title() == (
        "A customer is still being served. Finish with F12 first."
    )
    world.press(Key.Key_Escape)
    assert world.screen.banner.title() == ""


@pytest.mark.parametrize("leaving", ["C", "S", "badge"])
def test_the_next_clerk_finds_nothing_of_the_last_ones(world: CounterWorld, leaving: str) -> None:
    world.scan(fake.PASS)
    assert world.screen.proposal.sentence() != ""
    if leaving == "C":  # refused while a customer is open
        world.press(Key.Key_F12, Key.Key_F12)
    world.counter.member_form.latin_name = "ZHANG/WEI"
    if leaving == "badge":
        world.type("12")
        world.scan(fake.BADGE)
        world.wait_for(lambda: "李娜" in world.screen.clerk.text())
        assert world.counter.member is not None, "an open visit stays"
    else:
        world.press(Key.Key_F9)
        world.type(leaving)
        if leaving == "C":
            world.type("135790")
            world.press(Key.Key_Return)
        world.wait_for(lambda: world.core.queries.session() is None)
        world.settle()
        assert world.counter.said is None
    assert world.counter.step is Step.SERVE
    assert world.screen.proposal.sentence() == ""
    assert world.counter.finding.typed == world.screen.box.edit.text() == ""
    assert world.counter.member_form.latin_name == ""
    assert world.screen.sheet.isHidden()
    assert world.focused() is world.screen.box.edit


def test_a_notice_goes_with_the_screen(world: CounterWorld) -> None:
    world.scan(fake.PASS)
    world.press(Key.Key_Return)
    assert world.screen.notice.isVisible()
    world.screen.hide()
    world.screen.show()
    assert not world.screen.notice.isVisible()


@pytest.mark.parametrize(("left", "said"), [(5_000, "3,000 "), (1_200, "1,200 "), (0, "")])
def test_points_already_spent_do_not_expire(world: CounterWorld, left: int, said: str) -> None:
    world.scan(fake.CARD)
    member = world.counter.member
    assert member is not None
    spent = replace(
        member, spendable_points=left, next_expiry_points=3_000, next_expiry_on="2099-12-31"
    )
    assert rendering.member(spent).expiry.partition("expire")[0] == said
