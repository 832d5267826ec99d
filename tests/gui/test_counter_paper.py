"""Vouchers that are shown at the counter, and receipts that have to come out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from app.domain.errors import Rejected
from app.services import commands as c
from app.services.views import ChangeKind, ReceiptItem, ReceiptsView
from tests.fakes import core as fake
from tests.gui.counter_world import CounterWorld, Key, serve
from ui.viewmodels.steps import Step


def item(number: int, state: str, text: str = "CA1501") -> ReceiptItem:
    kind: Any = "redemption" if text == "休息室一次" else "accrual"
    english = "Lounge visit" if kind == "redemption" else ""
    return ReceiptItem(
        UUID(int=number),
        kind,
        text,
        english,
        fake.START_MS,
        state,  # type: ignore[arg-type]
    )


def print_with(world: CounterWorld, view: ReceiptsView) -> None:
    world.core.receipts = view
    world.core.announce(ChangeKind.RECEIPTS)
    world.settle()


HELD = ReceiptsView(
    True,
    "printer_paper",
    (item(1, "held", "休息室一次"), item(2, "doubtful")),
    (item(3, "printed"), item(2, "doubtful"), item(1, "held", "休息室一次")),
)


def test_a_voucher_is_shown_and_taken_by_one_key(world: CounterWorld) -> None:
    world.scan("GV1A")
    assert world.core.commands(c.TakeVoucher) == [], "the clerk sees first what it is"
    assert world.screen.proposal.sentence() == "Hand over: Lounge visit"
    assert "K7QF-2M4C" in world.screen.proposal._note.text()
    assert "asked first" in world.screen.proposal._note.text()
    world.press(Key.Key_Return)
    assert [each.text for each in world.core.commands(c.TakeVoucher)] == ["GV1A"]
    assert world.screen.entries.views()[-1].text == "Voucher taken"
    assert world.screen.proposal.sentence() == ""
    assert world.screen.notice.text() == "Voucher K7QF-2M4C is taken: hand over Lounge visit."


def test_without_the_network_it_is_said_that_nobody_knows(world: CounterWorld) -> None:
    world.core.online = False
    world.scan("GV1A")
    assert "nobody knows whether it was used" in world.screen.proposal._note.text()
    world.scan("GV1B")
    assert "Only this office takes it" in world.screen.proposal._note.text()


def test_one_that_is_not_taken_says_why(world: CounterWorld) -> None:
    world.scan("GV1C")
    assert world.screen.banner.title() == "This voucher was used at another counter before."
    assert world.screen.proposal.sentence() == ""
    world.press(Key.Key_Return)
    assert world.core.commands(c.TakeVoucher) == []


def test_what_the_server_refuses_is_put_aside(world: CounterWorld) -> None:
    world.scan("GV1A")
    world.core.refuse_next = Rejected("voucher_used", "used")
    world.press(Key.Key_Return)
    assert world.screen.banner.title() == "This voucher was used at another counter before."
    assert world.screen.proposal.sentence() == "", "it isn't to be tried again and again"


def test_escape_and_the_next_scan_put_it_aside(world: CounterWorld) -> None:
    world.scan("GV1A")
    world.press(Key.Key_Escape)
    assert world.screen.proposal.sentence() == ""
    world.scan("GV1A")
    world.scan(fake.PASS)
    assert world.screen.proposal.sentence().startswith("Earn")


def test_where_no_printer_is_nothing_is_said_of_it(world: CounterWorld) -> None:
    assert world.screen.receipts_chip.isHidden()
    serve(world)
    world.press(Key.Key_F8)
    assert world.counter.step is Step.SERVE
    assert world.screen.sheet.isHidden()


def test_a_printer_without_paper_is_one_quiet_chip(world: CounterWorld) -> None:
    print_with(world, ReceiptsView(True, "printer_paper", (), (item(1, "waiting"),)))
    assert world.screen.receipts_chip.text() == "The printer has no paper: put in a new roll."
    assert world.screen.banner.title() == ""
    print_with(world, HELD)
    assert world.screen.receipts_chip.text().startswith("Receipts waiting: 2 · ")
    print_with(world, ReceiptsView(True, "", (), (item(1, "printed"),)))
    assert world.screen.receipts_chip.isHidden()


def test_receipts_come_out_by_key_with_nobody_there(world: CounterWorld) -> None:
    print_with(world, HELD)
    world.press(Key.Key_F8)
    rows = [row for row in world.screen.sheet.menu._rows if row.isVisibleTo(world.screen.sheet)]
    assert [row.key for row in rows] == ["1", "2", "3"]
    world.type("2")
    assert [each.receipt_id for each in world.core.commands(c.PrintReceipt)] == [UUID(int=2)]
    assert world.counter.step is Step.SERVE
    world.press(Key.Key_F8)
    assert "Receipts" in world.screen.sheet._title.text()
    world.type("x")
    (dismissed,) = world.core.commands(c.DismissReceipts)
    assert dismissed.receipt_ids == (UUID(int=1), UUID(int=2))
    assert world.screen.receipts_chip.text() == "The printer has no paper: put in a new roll."


def test_an_undo_and_a_reprint_share_their_key(world: CounterWorld) -> None:
    world.scan(fake.PASS)
    world.press(Key.Key_Return)
    print_with(world, ReceiptsView(True, "", (), (item(3, "printed"),)))
    world.press(Key.Key_F8)
    assert world.screen.proposal.sentence().startswith("Undo: ")
    world.type("9")
    assert world.core.commands(c.PrintReceipt) == []
    world.type("1")
    assert len(world.core.commands(c.PrintReceipt)) == 1
    assert world.core.commands(c.UndoLast) == []


def test_a_receipt_that_is_gone_says_so(world: CounterWorld) -> None:
    print_with(world, HELD)
    world.press(Key.Key_F8)
    world.core.refuse_next = Rejected("unknown_receipt", "gone")
    world.type("1")
    assert world.screen.banner.title() == "This receipt isn't on this PC any more."


@pytest.mark.parametrize("is_open", [True, False])
def test_which_kind_of_voucher_it_will_be_is_said_beforehand(
    world: CounterWorld, is_open: bool
) -> None:
    serve(world)
    world.core.voucher_is_open = is_open
    world.press(Key.Key_F3)
    world.type("1")
    world.press(Key.Key_Return)
    kind = "any office" if is_open else "this office alone"
    assert f"Voucher for {kind}" in world.screen.sheet.question.accessibleDescription()
