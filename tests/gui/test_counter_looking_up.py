"""A member who isn't on this PC: the server is asked, and the clerk does nothing special."""

from __future__ import annotations

import threading
from dataclasses import replace
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.domain.errors import Rejected
from app.domain.events import Proof
from app.services.commands import IdentifyMember, LookUpMember
from app.services.views import LookUpOutcome, MemberView
from tests.fakes.core import FakeCore, member
from tests.gui.counter_world import CounterWorld
from ui.viewmodels.looking_up import LookingUp

Key = Qt.Key
PHONE = "13900000007"
CARD = "MU000077"


def guest(number: int = 77, matched: str = "phone") -> MemberView:
    return replace(
        member(number, "王芳", "王", card=str(number), phone=PHONE),
        from_server=True,
        matched=matched,
    )


@pytest.fixture
def world(qtbot: QtBot) -> CounterWorld:
    made = CounterWorld(qtbot, core=FakeCore())
    made.core.server_knows = {PHONE: [guest()], CARD: [guest(78, "card")]}
    return made


def asked(world: CounterWorld) -> list[str]:
    return [command.text for command in world.core.commands(LookUpMember)]


def served(world: CounterWorld) -> list[tuple[UUID, Proof]]:
    return [(c.member_id, c.proof) for c in world.core.commands(IdentifyMember)]


def test_whom_nobody_here_answers_to_comes_up_by_themselves(world: CounterWorld) -> None:
    world.type(PHONE)
    assert world.counter.looking_up.nobody == "asking"
    assert asked(world) == [], "not at each digit"
    world.pause()
    assert asked(world) == [PHONE]
    (row,) = world.screen.results.views()
    assert "from the server" in (*row.tells_apart, *row.shared)
    world.press(Key.Key_Return)
    assert served(world) == [(UUID(int=77), Proof.PHONE)]


def test_enter_waits_for_the_server_where_it_is_quicker(world: CounterWorld) -> None:
    world.type(PHONE)
    world.press(Key.Key_Return)
    assert served(world) == [(UUID(int=77), Proof.PHONE)]
    assert asked(world) == [PHONE]


def test_a_scanned_card_is_asked_for(world: CounterWorld) -> None:
    world.scan("ZZ404404")
    said = world.counter.said
    assert said is not None
    assert said.code == "scan_read"
    assert not world.counter.reading
    world.scan(CARD)
    assert asked(world) == ["ZZ404404", CARD]
    assert served(world) == [(UUID(int=78), Proof.CARD)]
    world.scan("ZZ404404")
    assert len(asked(world)) == 2, "somebody stands here already"


def test_keys_pressed_meanwhile_come_after_the_answer(world: CounterWorld) -> None:
    world.core.hold_look_ups = threading.Event()
    world.counter.take_scan(CARD)
    assert world.counter.reading
    world.counter.press("F2")
    assert world.counter.step.value == "serve"
    world.core.hold_look_ups.set()
    world.settle()
    assert served(world) == [(UUID(int=78), Proof.CARD)]
    assert world.counter.step.value == "amount"


def test_parts_and_whom_this_pc_knows_are_not_asked_for(world: CounterWorld) -> None:
    for text in ("4404", "zq 55", "1380"):
        world.type(text)
        world.pause()
        world.press(Key.Key_Escape)
    world.type("zhangwei")
    world.pause()
    assert asked(world) == []
    assert world.counter.looking_up.nobody == ""


def test_without_the_server_it_says_that_only_this_pc_was_searched(world: CounterWorld) -> None:
    world.core.online = False
    world.type(PHONE)
    assert world.counter.looking_up.nobody == "offline"
    world.press(Key.Key_Return)
    said = world.counter.said
    assert said is not None
    assert said.code == "nobody_on_this_pc"
    world.scan(CARD)
    assert asked(world) == []
    assert served(world) == []


@pytest.mark.parametrize(
    ("outcome", "why", "code"),
    [
        ("none", "", "nobody_found"),
        ("too_many", "too_many", "nobody_found"),
        ("refused", "refused", "nobody_found"),
        ("unreachable", "offline", "nobody_on_this_pc"),
    ],
)
def test_each_answer_is_said(
    world: CounterWorld, outcome: LookUpOutcome, why: str, code: str
) -> None:
    world.core.look_up_says = outcome
    world.core.server_knows = {}
    world.type(PHONE)
    world.pause()
    assert world.counter.looking_up.nobody == why
    world.press(Key.Key_Return)
    said = world.counter.said
    assert said is not None
    assert said.code == code
    # whom the server didn't hear of is asked for once more
    assert len(asked(world)) == (2 if outcome == "unreachable" else 1)


def test_a_refused_question_leaves_the_counter_usable(world: CounterWorld) -> None:
    world.core.look_up_says = Rejected("not_signed_in", "nobody")
    world.scan(CARD)
    assert served(world) == []
    world.core.look_up_says = None
    world.press(Key.Key_Escape)
    world.scan(CARD)
    assert served(world) == [(UUID(int=78), Proof.CARD)]


def test_an_answer_to_what_no_longer_stands_there_is_dropped(world: CounterWorld) -> None:
    world.core.hold_look_ups = threading.Event()
    world.type(PHONE)
    looking_up: LookingUp = world.counter.looking_up
    looking_up._ask()
    world.screen.box.edit.setText("1390000000")
    world.counter.search("1390000000")
    world.core.hold_look_ups.set()
    world.settle()
    assert world.counter.finding.results == []
    assert looking_up.nobody
    world.press(Key.Key_Escape)
    assert not looking_up.nobody


def test_of_several_the_clerk_chooses(world: CounterWorld) -> None:
    world.core.server_knows = {PHONE: [guest(77), guest(78)]}
    world.type(PHONE)
    world.press(Key.Key_Return)
    assert served(world) == []
    assert len(world.screen.results.views()) == 2
    world.press(Key.Key_Down, Key.Key_Return)
    assert served(world) == [(UUID(int=78), Proof.PHONE)]
