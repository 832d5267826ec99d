"""A clerk's own weeks at the counter, by keys alone."""

from __future__ import annotations

from app.domain.own_figures import OwnWeek
from app.services import commands as c
from tests.gui.counter_world import CounterWorld, Key, serve
from ui.viewmodels.steps import Step

WEEKS = (
    OwnWeek("2026-11-02", 120, 78, 35, 95),
    OwnWeek("2026-10-26", 98, 60, 40, 85),
    OwnWeek("2026-10-19", 31, 12, 60, None),
)


def step(world: CounterWorld) -> Step:
    return world.counter.step


def begin(world: CounterWorld) -> None:
    world.core.own_weeks = WEEKS
    world.press(Key.Key_F9)
    world.type("m")


def test_the_unrated_share_stands_beside_the_good_one(world: CounterWorld) -> None:
    begin(world)
    assert world.core.commands(c.AskOwnWeeks) == [c.AskOwnWeeks()]
    first, second, few = world.screen.sheet.statement.views()
    assert (first.points, first.state) == ("Good: 95 % or more", "n = 78 ratings")
    assert first.detail == "Without a rating: 35 % of 120 visits"
    assert second.points == "Good: 85 %"
    assert (few.points, few.state) == ("Good: –", "fewer than 30")
    assert "no customer's own rating can be read" in world.screen.sheet._note.text()


def test_escape_leads_back_and_they_are_gone_with_the_clerk(world: CounterWorld) -> None:
    serve(world)
    begin(world)
    assert step(world) is Step.OWN_WEEKS
    world.press(Key.Key_Escape)
    assert step(world) is Step.SHIFT
    world.core.execute(c.SignOut())
    world.settle()
    assert world.counter.own_weeks.view is None


def test_without_the_server_it_says_so(world: CounterWorld) -> None:
    world.core.online = False
    begin(world)
    assert world.counter.step is Step.SHIFT
    assert world.counter.said is not None
    assert "doesn't answer now" in world.counter.said.words()


def test_nobody_was_served_long_enough_ago(world: CounterWorld) -> None:
    begin(world)
    world.press(Key.Key_Escape)
    world.core.own_weeks = ()
    world.type("m")
    assert world.screen.sheet.statement.views() == []
    assert world.screen.sheet.statement.empty.accessibleName() == "No week of yours yet"
