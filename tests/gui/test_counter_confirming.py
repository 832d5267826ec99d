"""Enter confirms what has been seen, once: bouncing keys and scanners book nothing unread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtTest import QTest

from app.services import commands as c
from app.services.views import ChangeKind, LineState, ReceiptsView
from tests.fakes import core as fake
from tests.gui.counter_world import CounterWorld, Key
from ui.screens.counter_window import READ_MS


def enter(world: CounterWorld) -> None:
    """A bare Enter, read or unread."""
    QTest.keyClick(world.screen.box.edit, Key.Key_Return)


def earned(world: CounterWorld) -> int:
    return len(world.core.commands(c.RecordAccrual))


def slowly(world: CounterWorld, kind: type[c.Command]) -> Callable[[], None]:
    """Make the core hang in commands of this kind; returns what lets them go."""
    gate = threading.Event()
    execute = world.core.execute

    def held(command: c.Command) -> Any:
        if isinstance(command, kind):
            assert gate.wait(30)
        return execute(command)

    world.runner._execute = held
    return gate.set


def test_enter_while_a_scan_is_being_read_books_nothing(world: CounterWorld) -> None:
    go = slowly(world, c.IdentifyMember)
    world.counter.take_scan(fake.PASS)
    for _ in range(3):
        enter(world)
    world.skipped_ms += 1_000
    enter(world)
    go()
    world.settle()
    assert world.counter.proposal is not None
    assert earned(world) == 0


def test_a_scan_says_at_once_that_it_is_being_read(world: CounterWorld) -> None:
    go = slowly(world, c.IdentifyMember)
    world.counter.take_scan(fake.PASS)
    assert world.screen.box.edit.placeholderText() == "Reading …"
    go()
    world.settle()
    assert world.screen.box.edit.placeholderText() != "Reading …"
    world.scan("%%%garbage%%%")
    assert not world.counter.reading


def test_enter_counts_only_once_the_proposal_could_be_read(world: CounterWorld) -> None:
    world.scan(fake.PASS)
    world.wait_for(lambda: world.screen._painted_ms is not None)
    painted_ms = world.screen._painted_ms
    assert painted_ms is not None
    clock = world.screen._key_clock
    clock._now_ms = lambda: painted_ms + READ_MS - 1
    enter(world)
    world.settle()
    assert earned(world) == 0
    clock._now_ms = lambda: painted_ms + READ_MS
    enter(world)
    world.settle()
    assert earned(world) == 1


def test_a_proposal_that_was_never_painted_is_not_taken(world: CounterWorld) -> None:
    world.window.setUpdatesEnabled(False)
    world.scan(fake.PASS)
    world.skipped_ms += 60_000
    enter(world)
    world.settle()
    assert earned(world) == 0


def test_a_bouncing_enter_takes_one_of_two_flights(world: CounterWorld) -> None:
    world.scan(fake.PASS_OF_TWO_LEGS)
    world.read()
    go = slowly(world, c.RecordAccrual)
    for _ in range(3):
        enter(world)
        world.skipped_ms += READ_MS
    go()
    world.settle()
    assert earned(world) == 1
    assert world.counter.proposal is not None, "the second flight is still to be read"


def test_a_bouncing_enter_signs_no_slip(world: CounterWorld) -> None:
    world.counter.redemption.has_panel = False
    world.scan(fake.PASS)
    world.press(Key.Key_Return, Key.Key_F3)
    world.type("1")
    go = slowly(world, c.RequestRedemption)
    enter(world)
    enter(world)
    go()
    world.wait_for(lambda: world.counter.redemption.question is not None)
    enter(world)
    world.settle()
    assert world.core.commands(c.ConfirmRedemption) == []
    world.press(Key.Key_Return)
    world.wait_for(lambda: len(world.core.commands(c.ConfirmRedemption)) == 1)


@pytest.mark.parametrize(
    ("has_printer", "hint", "action"),
    [(True, "two parts", "The customer agrees"), (False, "signs for it on paper", "Signed")],
)
def test_without_a_panel_it_is_said_what_the_customer_signs(
    world: CounterWorld, has_printer: bool, hint: str, action: str
) -> None:
    world.core.receipts = ReceiptsView(has_printer, "", (), ())
    world.core.announce(ChangeKind.RECEIPTS)
    world.counter.redemption.has_panel = False
    world.scan(fake.PASS)
    world.press(Key.Key_Return, Key.Key_F3)
    world.type("1")
    world.press(Key.Key_Return)
    world.wait_for(lambda: world.counter.redemption.question is not None)
    sheet = world.screen.sheet.question
    assert hint in sheet._hint.text()
    assert sheet._action.text() == action


def test_a_line_that_is_booked_meanwhile_is_still_the_one_to_undo(world: CounterWorld) -> None:
    world.scan(fake.PASS)
    world.press(Key.Key_Return, Key.Key_F8)
    world.wait_for(lambda: world.screen._painted_ms is not None)
    world.skipped_ms += READ_MS
    encounter = world.core._encounter
    assert encounter is not None
    lines = tuple(replace(line, state="sent") for line in encounter.lines)
    assert lines != encounter.lines
    world.core._encounter = replace(encounter, lines=lines)
    world.core.announce(ChangeKind.PENDING, ChangeKind.ENCOUNTER)
    world.settle()
    enter(world)
    world.settle()
    assert len(world.core.commands(c.UndoLast)) == 1


def test_a_line_says_that_it_was_sent_as_soon_as_it_was(world: CounterWorld) -> None:
    world.scan(fake.PASS)
    world.press(Key.Key_Return)
    world.settle()
    encounter = world.core._encounter
    assert encounter is not None
    (line,) = encounter.lines
    states: tuple[LineState, ...] = ("waiting", "sent", "exception")
    for state in states:
        world.core._encounter = replace(encounter, lines=(replace(line, state=state),))
        world.core.announce(ChangeKind.PENDING)  # sync tells of nothing else then
        world.settle()
        assert world.counter.encounter is not None
        (shown,) = world.counter.encounter.lines
        assert shown.state == state


def test_a_bouncing_enter_undoes_one_line_and_takes_nothing(world: CounterWorld) -> None:
    world.scan(fake.PASS_OF_TWO_LEGS)
    world.press(Key.Key_Return, Key.Key_F8)
    world.read()
    go = slowly(world, c.UndoLast)
    enter(world)
    enter(world)
    go()
    world.settle()
    assert len(world.core.commands(c.UndoLast)) == 1
    assert earned(world) == 1


def test_half_a_pass_in_the_box_is_not_searched(world: CounterWorld) -> None:
    searched: list[str] = []
    search = world.core.queries.search

    def listening(text: str, limit: int = 20) -> Sequence[Any]:
        searched.append(text)
        return search(text, limit)

    world.counter.finding._queries.search = listening  # type: ignore[method-assign]
    world.screen.box.set_text(fake.PASS[:24])
    assert searched == []
    world.screen.box.set_text("M1")
    assert searched == ["M1"]


def unanswered(world: CounterWorld) -> None:
    """Ask for the second reward, and let the panel's time run out."""
    world.press(Key.Key_F3)
    world.type("2")
    world.press(Key.Key_Return)
    question = world.counter.redemption.question
    assert question is not None
    world.counter.redemption.say_nothing(question.redemption_id)
    world.settle()


def test_no_answer_is_told_apart_from_a_no_and_enter_asks_again(world: CounterWorld) -> None:
    world.scan(fake.PASS)  # what it earns is proposed behind the question
    unanswered(world)
    assert world.screen.banner.title() == (
        "No answer on the panel. Nothing was spent. Enter asks again."
    )
    assert world.screen.proposal.sentence().endswith(" points")
    world.press(Key.Key_Return)
    assert earned(world) == 0, "Enter earned where it said that it asks again"
    first, second = world.core.commands(c.RequestRedemption)
    assert first == second
    question = world.counter.redemption.question
    assert question is not None
    world.counter.redemption.say_no(question.redemption_id)
    world.settle()
    assert world.screen.banner.title() == "The customer said no. Nothing was spent."
    assert world.screen.proposal.sentence().startswith("Earn 1,240 points")


@pytest.mark.parametrize("key", [Key.Key_Escape, Key.Key_F2, Key.Key_F12, None])
def test_what_nobody_answered_is_asked_again_only_while_it_says_so(
    world: CounterWorld, key: Key | None
) -> None:
    world.scan(fake.CARD)
    unanswered(world)
    if key is None:
        world.scan(fake.CARD)
    else:
        world.press(key)
    if key == Key.Key_F2:
        world.press(Key.Key_Escape)
    assert world.counter.asks is None
    assert world.screen.banner.title() == ""
    world.press(Key.Key_Return)
    assert len(world.core.commands(c.RequestRedemption)) == 1
