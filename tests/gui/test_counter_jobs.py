"""The jobs of the counter, key by key, with no mouse; and what goes wrong in them."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain.errors import Rejected
from app.domain.events import CustomerYes, Proof
from app.services import commands as c
from tests.fakes import core as fake
from tests.gui.counter_world import CounterWorld, Key, serve
from ui.viewmodels import wording
from ui.viewmodels.redemption import Stage
from ui.viewmodels.steps import Step

# ---------------------------------------------------------------- the jobs of the table


def test_scan_enter_finish_earns_with_two_keys(world: CounterWorld) -> None:
    world.scan(fake.PASS)
    assert world.screen.proposal.sentence() == "Earn 1,240 points, CA1501 22 Nov PEK-SHA"
    world.press(Key.Key_Return, Key.Key_F12)
    [accrual] = world.core.commands(c.RecordAccrual)
    assert accrual.proposal.points == 1_240
    assert len(world.core.commands(c.FinishEncounter)) == 1
    assert world.core.commands(c.IdentifyMember)[0].proof is Proof.BOARDING_PASS
    assert (world.keys, world.scans) == (2, 1)


def test_the_same_by_the_end_of_the_phone_takes_seven_keys(world: CounterWorld) -> None:
    world.type("5678")
    world.press(Key.Key_Return)
    world.scan(fake.PASS)
    world.press(Key.Key_Return, Key.Key_F12)
    assert len(world.core.commands(c.RecordAccrual)) == 1
    assert len(world.core.commands(c.FinishEncounter)) == 1
    assert (world.keys, world.scans) == (7, 1)


def test_redeeming_takes_four_keys_and_the_customers_yes(world: CounterWorld, qtbot: QtBot) -> None:
    serve(world)
    world.core.online = False
    world.press(Key.Key_F3)
    world.type("1")
    with qtbot.waitSignal(world.counter.redemption.asked) as asked:
        world.press(Key.Key_Return)
    assert world.core.commands(c.ConfirmRedemption) == [], "spent before the customer's yes"
    world.counter.redemption.say_yes(asked.args[0].redemption_id)
    world.settle()
    [confirmed] = world.core.commands(c.ConfirmRedemption)
    assert confirmed.customer_yes is CustomerYes.PANEL
    assert world.screen.entries.views()[-1].state == "Guaranteed by this counter"
    assert world.screen.entries.views()[-1].detail.isascii(), "the reward's English name"
    world.press(Key.Key_F12)
    assert world.keys == 4


def test_a_retro_claim_is_a_scan_and_two_keys(world: CounterWorld) -> None:
    world.scan(fake.OLD_PASS)
    assert world.screen.proposal.sentence() == "Claim 980 points for CA1502 27 Oct SHA-PEK"
    world.press(Key.Key_Return, Key.Key_F12)
    assert world.core.commands(c.RecordAccrual)[0].proposal.source == "retro"
    assert (world.keys, world.scans) == (2, 1)


def typed_claim(world: CounterWorld, *fields: str) -> None:
    world.press(Key.Key_F4)
    for field in fields:
        world.type(field)
        world.press(Key.Key_Return)


def test_a_retro_claim_is_typed_from_the_ticket(world: CounterWorld) -> None:
    serve(world)
    typed_claim(world, "ca1501", "1026", "PEKSHA", "y")
    assert world.core.commands(c.RecordAccrual) == [], "recorded before it was proposed"
    sentence = "Claim 1,345 points for CA1501 26 Oct"
    assert world.screen.proposal.sentence().startswith(sentence)
    world.press(Key.Key_Return, Key.Key_F12)
    proposal = world.core.commands(c.RecordAccrual)[0].proposal
    assert (proposal.source, proposal.points) == ("retro", 1_345)
    assert world.keys == 24


@pytest.mark.parametrize(
    ("typed", "field", "says"),
    [
        (("1501", "1026", "PEKSHA", "Y"), "flight", "Type airline and number, such as CA1501."),
        (("LH1501", "1026", "PEKSHA", "Y"), "flight", "Flights of LH earn no points here."),
        (("CA1501", "1326", "PEKSHA", "Y"), "day", "Type month and day"),
        (("CA1501", "1026", "PEK", "Y"), "route", "Type both airports"),
        (("CA1501", "1026", "PEKQQQ", "Y"), "route", "The distance of PEK-QQQ isn't known yet."),
        (("CA1501", "1026", "PEKSHA", "X"), "booking_class", "Booking class X earns no points."),
    ],
)
def test_a_claim_that_cannot_be_is_refused_at_its_field(
    world: CounterWorld, typed: tuple[str, ...], field: str, says: str
) -> None:
    serve(world)
    typed_claim(world, *typed)
    assert world.screen.sheet.form_of(Step.RETRO).fields[field].error().startswith(says)
    assert world.counter.step is Step.RETRO
    assert world.focused() is world.screen.sheet.form_of(Step.RETRO).fields[field].editor
    assert [
        world.screen.sheet.form_of(Step.RETRO).text(name) for name in ("flight", "day")
    ] == list(typed[:2])


def test_a_claim_needs_its_member(world: CounterWorld) -> None:
    typed_claim(world, "CA1501", "1026", "PEKSHA", "Y")
    assert world.core.commands(c.RecordAccrual) == []
    assert world.counter.step is Step.RETRO
    assert "Find the member first" in world.screen.sheet.form_of(Step.RETRO).said()


def test_an_old_pass_scanned_in_the_claim_takes_its_place(world: CounterWorld) -> None:
    world.press(Key.Key_F4)
    world.scan(fake.OLD_PASS)
    assert world.counter.step is Step.SERVE
    assert "CA1502" in world.screen.proposal.sentence()


def test_a_complaint_is_three_keys_and_its_text(world: CounterWorld) -> None:
    serve(world)
    world.press(Key.Key_F6)
    world.type("1")
    text = "Bag two days late"
    world.type(text)
    world.press(Key.Key_Return)
    assert world.core.commands(c.OpenMatter) == [c.OpenMatter("baggage", text)]
    due = wording.moment(1_795_000_000_000)
    promise = f"Taken as PEK01-0413. Baggage services will answer by {due}."
    assert world.screen.banner.title() == promise
    assert world.keys == 3 + len(text)
    world.wait_for(lambda: world.focused() is world.screen.box.edit)


def test_closing_the_shift_takes_nine_keys(world: CounterWorld, qtbot: QtBot) -> None:
    with qtbot.waitSignal(world.counter.shift.closed) as closed:
        world.press(Key.Key_F9)
        world.type("C")
        world.type("135790")
        world.press(Key.Key_Return)
    assert closed.args[0].encounters == 34
    assert world.keys == 9


def test_an_amount_is_proposed_before_it_is_recorded(world: CounterWorld) -> None:
    serve(world)
    world.press(Key.Key_F2)
    world.type("1280.50")
    world.press(Key.Key_Return)
    assert world.core.commands(c.RecordAccrual) == []
    world.press(Key.Key_Return)
    assert world.core.commands(c.RecordAccrual)[0].proposal.amount_minor == 128_050


def test_each_leg_is_proposed_and_earned_by_a_press_of_its_own(world: CounterWorld) -> None:
    world.scan(fake.PASS_OF_TWO_LEGS)
    world.press(Key.Key_Return)
    assert len(world.core.commands(c.RecordAccrual)) == 1
    assert "CA0981" in world.screen.proposal.sentence()
    world.press(Key.Key_Return, Key.Key_Return)
    assert len(world.core.commands(c.RecordAccrual)) == 2


def test_joining_takes_the_scanned_card_and_the_name_on_the_pass(world: CounterWorld) -> None:
    world.scan(fake.PASS_OF_STRANGER)
    assert "SMITH/JANE" in world.screen.banner.title()
    world.press(Key.Key_F5)
    world.type("j")
    world.scan("880099990001")
    world.type("Jane Smith")
    world.press(Key.Key_Return)  # the Latin name is there already
    world.type("13912340000")
    world.press(Key.Key_Return)
    [joined] = world.core.commands(c.JoinMember)
    assert joined == c.JoinMember("880099990001", "Jane Smith", "SMITH/JANE", "13912340000", "en")
    assert "1,240" in world.screen.proposal.sentence(), "the pass that began it is forgotten"


@pytest.mark.parametrize(
    ("letter", "text", "command"),
    [("c", "13900001111", c.UpdateContact), ("k", "880011112222", c.ReplaceCard)],
)
def test_contact_and_card_are_changed_by_key(
    world: CounterWorld, letter: str, text: str, command: type
) -> None:
    serve(world)
    world.press(Key.Key_F5)
    world.type(letter)
    world.type(text)
    world.press(Key.Key_Return)
    assert len(world.core.commands(command)) == 1
    assert world.counter.step is Step.SERVE


def test_a_refused_field_says_so_and_keeps_what_was_typed(world: CounterWorld) -> None:
    serve(world)
    world.press(Key.Key_F5)
    world.type("k")
    world.type(fake.CARD)
    world.press(Key.Key_Return)
    field = world.screen.sheet.form_of(Step.CARD).fields["card"]
    assert field.error() == "This card belongs to another member. Take a new card."
    assert field.text() == fake.CARD


# ---------------------------------------------------------------- keys that must not do harm


def test_a_held_enter_earns_once(world: CounterWorld) -> None:
    world.scan(fake.PASS_OF_TWO_LEGS)
    edit = world.screen.box.edit
    world.read()
    for repeated in (False, True, True, True):
        press = QKeyEvent(
            QEvent.Type.KeyPress, Key.Key_Return, Qt.KeyboardModifier.NoModifier, "\r", repeated
        )
        QApplication.sendEvent(edit, press)
    world.settle()
    assert len(world.core.commands(c.RecordAccrual)) == 1


def test_a_held_f12_finishes_once(world: CounterWorld) -> None:
    serve(world)
    for repeated in (True, True):
        press = QKeyEvent(
            QEvent.Type.KeyPress, Key.Key_F12, Qt.KeyboardModifier.NoModifier, "", repeated
        )
        QApplication.sendEvent(world.screen, press)
    world.settle()
    assert world.core.commands(c.FinishEncounter) == []


def test_keys_typed_ahead_are_kept_in_order(world: CounterWorld) -> None:
    world.scan(fake.PASS)
    world.read()
    for key in (Key.Key_Return, Key.Key_F12):
        QTest.keyClick(world.screen.box.edit, key)
    world.wait_for(lambda: len(world.core.commands(c.FinishEncounter)) == 1)
    assert [type(call) for call in world.core.calls] == [
        c.IdentifyMember,
        c.RecordAccrual,
        c.FinishEncounter,
    ]


def test_keys_typed_ahead_of_a_refusal_are_dropped(world: CounterWorld) -> None:
    world.core.refuse_next = Rejected("own_membership", "own")
    world.counter.take_scan(fake.PASS)
    for key in (Key.Key_Return, Key.Key_F12):
        QTest.keyClick(world.screen.box.edit, key)
    world.settle()
    assert [type(call) for call in world.core.calls] == [c.IdentifyMember]
    assert "your own membership" in world.screen.banner.title()


def test_f12_warns_once_before_proposed_points_are_left(world: CounterWorld) -> None:
    world.scan(fake.PASS)
    world.press(Key.Key_F12)
    assert world.core.commands(c.FinishEncounter) == []
    assert "Not earned yet" in world.screen.banner.title()
    world.press(Key.Key_F12)
    assert len(world.core.commands(c.FinishEncounter)) == 1


def test_esc_never_touches_what_is_recorded(world: CounterWorld) -> None:
    world.scan(fake.PASS)
    world.press(Key.Key_Return)
    before = list(world.core.calls)
    for key in (Key.Key_F2, Key.Key_F3, Key.Key_F5, Key.Key_F6, Key.Key_F8, Key.Key_F9):
        world.press(key, Key.Key_Escape)
        assert world.counter.step is Step.SERVE
    world.press(*[Key.Key_Escape] * 4)
    assert world.core.calls == before
    assert len(world.screen.entries.views()) == 1


def test_a_scan_that_means_nothing_leaves_the_claim_as_it_was_typed(world: CounterWorld) -> None:
    serve(world)
    world.press(Key.Key_F4)
    world.type("CA1501")
    world.scan("zz…@1")
    assert world.counter.step is Step.RETRO
    assert world.counter.said is not None
    assert "neither a boarding pass nor a card" in world.screen.banner.title()


def test_esc_steps_back_from_a_form_to_its_menu(world: CounterWorld) -> None:
    world.press(Key.Key_F9)
    world.type("h")
    steps = [world.counter.step]
    for _ in range(2):
        world.press(Key.Key_Escape)
        steps.append(world.counter.step)
    assert steps == [Step.SWITCH, Step.SHIFT, Step.SERVE]


def test_esc_takes_the_question_back_and_nothing_is_spent(
    world: CounterWorld, qtbot: QtBot
) -> None:
    serve(world)
    world.press(Key.Key_F3)
    world.type("1")
    world.press(Key.Key_Return)
    question = world.counter.redemption.question
    assert question is not None
    with qtbot.waitSignal(world.counter.redemption.withdrawn) as withdrawn:
        world.press(Key.Key_Escape)
    assert withdrawn.args == [question.redemption_id]
    world.counter.redemption.say_yes(question.redemption_id)  # a tap that came too late
    world.settle()
    assert world.core.commands(c.ConfirmRedemption) == []
    assert len(world.core.commands(c.DeclineRedemption)) == 1


def test_a_no_on_the_panel_spends_nothing(world: CounterWorld) -> None:
    serve(world)
    world.press(Key.Key_F3)
    world.type("2")
    world.press(Key.Key_Return)
    question = world.counter.redemption.question
    assert question is not None
    world.counter.redemption.say_no(question.redemption_id)
    world.settle()
    assert world.core.commands(c.ConfirmRedemption) == []
    assert world.screen.banner.title() == "The customer said no. Nothing was spent."


def test_a_slow_booking_holds_up_nobody(world: CounterWorld) -> None:
    serve(world)
    world.press(Key.Key_F3)
    world.type("1")
    world.press(Key.Key_Return)
    question = world.counter.redemption.question
    assert question is not None
    world.core.hold = threading.Event()
    world.counter.redemption.say_yes(question.redemption_id)
    done: list[object] = []
    world.runner.run(c.OpenMatter("other", "x"), done.append, done.append)
    world.wait_for(lambda: len(done) == 1)
    stages = [world.counter.redemption.stage]
    QTest.keyClick(world.screen.box.edit, Key.Key_Escape)
    stages.append(world.counter.redemption.stage)
    world.core.hold.set()
    world.settle()
    stages.append(world.counter.redemption.stage)
    assert stages == [Stage.BOOKING, Stage.BOOKING, Stage.IDLE]


@pytest.mark.parametrize("before", ["", "3", "321", "32x\b1"])
def test_nothing_typed_behind_a_key_that_waits_is_lost(world: CounterWorld, before: str) -> None:
    world.core.hold = threading.Event()
    edit = world.screen.box.edit
    QTest.keyClicks(edit, "5678")
    for key in (Key.Key_Return, Key.Key_F2):
        QTest.keyClick(edit, key)
    for character in before:
        back = character == "\b"
        QTest.keyClick(edit, Key.Key_Backspace) if back else QTest.keyClicks(edit, character)
    if before.endswith("1"):
        QTest.keyClick(edit, Key.Key_Return)
    world.core.hold.set()
    world.settle()
    if not before.endswith("1"):
        world.type("321".removeprefix(before))
        world.press(Key.Key_Return)
    assert world.screen.proposal.sentence() == "Earn 321 points for the amount paid"
    assert world.core.commands(c.RecordAccrual) == []


def test_a_letter_behind_a_key_that_waits_is_the_menus(world: CounterWorld) -> None:
    world.core.hold = threading.Event()
    edit = world.screen.box.edit
    QTest.keyClicks(edit, "5678")
    for key in (Key.Key_Return, Key.Key_F5, Key.Key_C):
        QTest.keyClick(edit, key)
    world.core.hold.set()
    world.settle()
    assert world.counter.step is Step.CONTACT


def test_what_cannot_be_promised_says_why_and_what_would_help(world: CounterWorld) -> None:
    serve(world)
    world.press(Key.Key_F3)
    world.type("4")
    world.press(Key.Key_Return)
    assert world.screen.banner.title() == "11,750 points are missing."
    assert world.counter.step is Step.REWARDS


def test_an_undo_is_shown_before_it_is_done(world: CounterWorld) -> None:
    world.scan(fake.PASS)
    world.press(Key.Key_Return, Key.Key_F8)
    assert world.core.commands(c.UndoLast) == []
    assert world.screen.proposal.sentence() == "Undo: CA1501 22 Nov PEK-SHA, +1,240"
    world.press(Key.Key_Return)
    assert len(world.core.commands(c.UndoLast)) == 1
    assert world.screen.entries.views()[0].state == "Undone"


def test_finishing_unasked_needs_a_reason(world: CounterWorld) -> None:
    serve(world)
    world.press(Key.Key_F12, modifier=Qt.KeyboardModifier.ShiftModifier)
    assert world.core.commands(c.SkipRating) == []
    world.type("9")
    assert world.core.commands(c.SkipRating) == []
    world.type("1")
    [skipped] = world.core.commands(c.SkipRating)
    assert skipped.reason == "customer_left"
