"""The served member's statement, by keys alone."""

from __future__ import annotations

import pytest

from app.domain.errors import GuichetError, Rejected, Unavailable
from app.services import commands as c
from tests.gui.counter_world import CounterWorld, Key, serve
from ui.viewmodels.steps import Step


def step(world: CounterWorld) -> Step:
    return world.counter.step


def begin(world: CounterWorld) -> None:
    serve(world)
    world.press(Key.Key_F5)
    world.type("s")


def test_two_keys_show_what_changed_the_points(world: CounterWorld) -> None:
    begin(world)
    assert [each.days for each in world.core.commands(c.AskStatement)] == [365]
    rows = world.screen.sheet.statement.views()
    assert (rows[0].text, rows[0].points) == ("Balance", "16,480")
    assert [row.heading for row in rows if row.heading] == [
        "Done here, not booked yet",
        "By expiry",
        "Of these set aside for counters",
        "Booked",
    ]
    assert rows[-1].state == "balance 21,240"
    assert "By the central office" in world.screen.sheet._note.text()


def test_a_long_one_scrolls_while_the_box_keeps_the_focus(world: CounterWorld) -> None:
    begin(world)
    world.type("a")
    assert world.core.commands(c.AskStatement)[-1].days == 0
    bar = world.screen.sheet.statement._scroll.verticalScrollBar()
    world.press(Key.Key_PageDown, Key.Key_Down)
    assert bar.value() > 0
    world.press(Key.Key_PageUp, Key.Key_Up)
    assert bar.value() == 0
    assert world.focused() is world.screen.box.edit


def test_the_next_one_begins_at_its_top(world: CounterWorld) -> None:
    begin(world)
    world.press(Key.Key_PageDown)
    bar = world.screen.sheet.statement._scroll.verticalScrollBar()
    assert bar.value() > 0
    world.press(Key.Key_Escape, Key.Key_F5)
    world.type("s")
    assert bar.value() == 0


def test_without_the_server_it_says_so(world: CounterWorld) -> None:
    world.core.online = False
    begin(world)
    assert "doesn't answer" in world.screen.sheet._note.text()
    assert world.screen.sheet.statement.views()[0].points == "48,250"


def test_p_prints_what_is_shown(world: CounterWorld) -> None:
    begin(world)
    world.type("m")
    world.type("p")
    (printed,) = world.core.commands(c.PrintStatement)
    assert len(printed.view.lines) == 3
    assert world.counter.step is Step.SERVE
    assert world.screen.notice.text().startswith("The receipt")


@pytest.mark.parametrize(("key", "form"), [("d", "pdf"), ("c", "csv")])
def test_d_and_c_save_what_is_shown_and_it_stays_there(
    world: CounterWorld, key: str, form: str
) -> None:
    begin(world)
    world.type("m")
    world.type(key)
    (saved,) = world.core.commands(c.SaveStatement)
    assert (saved.days, saved.form) == (30, form)
    assert step(world) is Step.STATEMENT
    assert world.screen.notice.text().startswith("Saved: /home/li/Guichet/statement")


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (Unavailable("export_full", "", folder="D:/x"), "There is no room in D:/x"),
        (Unavailable("export_denied", "", folder="D:/x"), "may not write into D:/x"),
        (Unavailable("export_failed", "", folder="D:/x"), "D:/x didn't take the file"),
        (Rejected("export_exists", "", file="a.pdf"), "There is a file a.pdf already"),
        (Unavailable("statement_needs_server", ""), "who took it along"),
        (Rejected("statement_busy", ""), "Try again in an hour"),
    ],
)
def test_what_keeps_it_from_being_saved_is_said_beside_it(
    world: CounterWorld, problem: GuichetError, sentence: str
) -> None:
    begin(world)
    world.core.refuse_next = problem
    world.type("d")
    assert step(world) is Step.STATEMENT
    assert sentence in world.screen.banner.title()


def test_before_it_is_there_nothing_is_saved(world: CounterWorld) -> None:
    begin(world)
    world.counter.statement.view = None
    world.type("d")
    assert world.core.commands(c.SaveStatement) == []


def test_escape_and_other_letters_do_no_harm(world: CounterWorld) -> None:
    begin(world)
    world.type("x")
    assert step(world) is Step.STATEMENT
    world.press(Key.Key_Escape)
    assert step(world) is Step.MEMBER


def test_a_refusal_is_said(world: CounterWorld) -> None:
    serve(world)
    world.core.refuse_next = Rejected("no_encounter", "gone")
    world.press(Key.Key_F5)
    world.type("s")
    assert world.counter.step is Step.SERVE
    assert "has been finished" in world.screen.banner.title()
