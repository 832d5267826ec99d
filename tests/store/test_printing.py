"""The print queue on the real store: after the commit, once, and into nobody else's hands."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from app.domain.errors import Rejected, Unavailable
from app.domain.events import CustomerYes, Proof
from app.domain.receipt import Code, Cut, Line, Receipt
from app.domain.records import Setting
from app.ports.online import OnlineVerdict
from app.ports.printer import MayHavePrinted
from app.services import commands as c
from app.services.printing import FRESH_MS, KEPT_MS, RETRY_S, PrintQueue
from app.services.views import EarnProposal, Promise
from tests.fakes.counter import Counter, MemoryVault
from tests.fakes.printers import MemoryPrinter


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    counter = Counter(tmp_path / "seat")
    counter.core.execute(c.SignIn("1001", "1234"))
    yield counter
    counter.core.close()


@pytest.fixture
def printer() -> MemoryPrinter:
    return MemoryPrinter()


@pytest.fixture
def queue(counter: Counter, printer: MemoryPrinter) -> PrintQueue:
    return a_queue(counter, printer)


def a_queue(counter: Counter, printer: MemoryPrinter) -> PrintQueue:
    return PrintQueue(counter.context, printer, "en", lambda: None)


def serve(counter: Counter) -> UUID:
    visit: UUID = counter.core.execute(c.IdentifyMember(UUID(int=1), Proof.CARD)).encounter_id
    return visit


def earn(counter: Counter, visit: UUID, label: str = "CA1501") -> None:
    counter.core.execute(c.RecordAccrual(visit, EarnProposal("flight", 500, label, (), label, 1)))


def redeem(counter: Counter, visit: UUID) -> UUID:
    ask = counter.core.execute(c.RequestRedemption(visit, 1, Proof.CARD))
    done = counter.core.execute(c.ConfirmRedemption(ask.redemption_id, CustomerYes.PANEL))
    assert done.promise is not Promise.NOT_POSSIBLE
    return ask.redemption_id  # type: ignore[no-any-return]


@pytest.mark.parametrize("online", [True, False])
def test_a_signed_slip_comes_out_in_two_parts_and_so_does_its_copy(
    counter: Counter, queue: PrintQueue, printer: MemoryPrinter, online: bool
) -> None:
    counter.go_online(online)
    counter.grant(2_000)
    visit = serve(counter)
    ask = counter.core.execute(c.RequestRedemption(visit, 1, Proof.CARD))
    done = counter.core.execute(c.ConfirmRedemption(ask.redemption_id, CustomerYes.SIGNED_SLIP))
    assert done.promise is not Promise.NOT_POSSIBLE
    run(queue)
    (row,) = counter.seat.work.reads.last_receipts(1)
    counter.core.execute(c.PrintReceipt(row.receipt_id))
    run(queue)
    first, copy = printer.printed
    for receipt in (first, copy):
        assert receipt.blocks.count(Cut()) == 1
        assert texts(receipt).count("本人同意") == 2
    assert "副本" not in texts(first)
    assert texts(copy).count("副本") == 2


def run(queue: PrintQueue) -> float | None:
    """Step as the thread does, until there is something to wait for."""
    while (wait_s := queue.step()) == 0.0:
        pass
    return wait_s


def states(counter: Counter) -> list[str]:
    return [row.state for row in reversed(counter.seat.work.reads.last_receipts(20))]


def texts(receipt: Receipt) -> str:
    return "\n".join(str(getattr(block, "text", block)) for block in receipt.blocks)


def test_each_thing_done_has_its_receipt_and_what_was_refused_has_none(
    counter: Counter, queue: PrintQueue, printer: MemoryPrinter
) -> None:
    counter.grant(2_000)
    visit = serve(counter)
    earn(counter, visit)
    redeem(counter, visit)
    counter.core.execute(c.OpenMatter("baggage", "箱子不见了"))
    counter.go_online()
    counter.online.verdict = OnlineVerdict("refused", "member_closed")
    ask = counter.core.execute(c.RequestRedemption(visit, 2, Proof.CARD))
    refused = counter.core.execute(c.ConfirmRedemption(ask.redemption_id, CustomerYes.PANEL))
    assert refused.promise is Promise.NOT_POSSIBLE
    assert run(queue) is None
    names = [receipt.name.partition(" ")[0] for receipt in printer.printed]
    assert names == ["accrual", "redemption", "matter"]
    assert states(counter) == ["printed"] * 3
    assert "张*明 ****0001" in texts(printer.printed[0])
    assert "箱子" not in texts(printer.printed[2]), "the paper names the matter, not its words"


def test_a_receipt_is_there_with_its_entry_or_not_at_all(counter: Counter) -> None:
    visit = serve(counter)
    before = len(counter.entries())

    def no_room(*_: object) -> None:
        raise Unavailable("disk_full", "full")

    counter.seat.work.run(lambda work: None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.store.work.SqlWork.add_receipt", no_room)
        with pytest.raises(Unavailable):
            earn(counter, visit)
    assert len(counter.entries()) == before
    assert counter.core.queries.encounter().lines == ()  # type: ignore[union-attr]
    earn(counter, visit)
    assert states(counter) == ["waiting"]


def test_what_did_not_come_out_in_a_minute_waits_for_a_key(
    counter: Counter, queue: PrintQueue, printer: MemoryPrinter
) -> None:
    printer.fails = Unavailable("printer_paper", "no paper")
    earn(counter, serve(counter))
    assert run(queue) == RETRY_S
    assert states(counter) == ["waiting"]
    assert queue.problem == "printer_paper"
    printer.fails = None
    counter.clock.ms += FRESH_MS
    assert run(queue) is None
    assert states(counter) == ["held"]
    assert printer.printed == []
    row = counter.seat.work.reads.last_receipts(1)[0]
    counter.core.execute(c.PrintReceipt(row.receipt_id))
    run(queue)
    assert states(counter) == ["printed"]
    assert "副本" not in texts(printer.printed[0]), "it never came out before"


def test_no_receipt_comes_out_into_the_next_customers_hands(
    counter: Counter, queue: PrintQueue, printer: MemoryPrinter
) -> None:
    printer.fails = Unavailable("printer_unreachable", "")
    visit = serve(counter)
    earn(counter, visit)
    run(queue)
    counter.core.execute(c.FinishEncounter(visit))
    printer.fails = None
    assert run(queue) is None
    assert len(printer.printed) == 1, "while nobody else is there it may still come out"
    second = serve(counter)
    printer.fails = Unavailable("printer_unreachable", "")
    earn(counter, second, "CA1502")
    run(queue)
    counter.core.execute(c.FinishEncounter(second))
    serve(counter)
    printer.fails = None
    run(queue)
    assert states(counter)[-1] == "held"
    assert len(printer.printed) == 1


def test_a_clock_set_back_brings_no_old_receipt_out(
    counter: Counter, queue: PrintQueue, printer: MemoryPrinter
) -> None:
    earn(counter, serve(counter))
    counter.clock.ms -= 3_600_000
    run(queue)
    assert printer.printed == []
    assert states(counter) == ["held"]


def test_a_second_print_is_marked_as_a_copy(
    counter: Counter, queue: PrintQueue, printer: MemoryPrinter
) -> None:
    counter.grant(2_000)
    redeem(counter, serve(counter))
    run(queue)
    row = counter.seat.work.reads.last_receipts(1)[0]
    counter.core.execute(c.PrintReceipt(row.receipt_id))
    run(queue)
    first, second = printer.printed
    assert "副本" not in texts(first)
    assert "副本" in texts(second)
    code = [[b.text for b in r.blocks if isinstance(b, Code)] for r in printer.printed]
    assert code[0] == code[1], "the same voucher, not another one"


def test_power_that_fails_at_the_printer_never_prints_twice_unmarked(
    counter: Counter, printer: MemoryPrinter
) -> None:
    class Cut(BaseException):
        pass

    def cut() -> None:
        raise Cut

    earn(counter, serve(counter))
    printer.during = cut
    with pytest.raises(Cut):
        run(a_queue(counter, printer))
    printer.during = lambda: None
    counter.restart()
    queue = a_queue(counter, printer)
    queue.start()
    assert run(queue) is None
    assert printer.printed == [], "whether it came out, only a person can tell"
    assert states(counter) == ["doubtful"]
    counter.core.execute(c.SignIn("1001", "1234"))
    row = counter.seat.work.reads.last_receipts(1)[0]
    counter.core.execute(c.PrintReceipt(row.receipt_id))
    run(queue)
    assert "副本" in texts(printer.printed[0])


def test_a_receipt_that_stopped_halfway_is_asked_about(
    counter: Counter, queue: PrintQueue, printer: MemoryPrinter
) -> None:
    printer.fails = MayHavePrinted("printer_paper")
    earn(counter, serve(counter))
    assert run(queue) is None
    assert states(counter) == ["doubtful"]
    assert queue.problem == "printer_paper"
    row = counter.seat.work.reads.last_receipts(1)[0]
    counter.core.execute(c.DismissReceipts((row.receipt_id,)))
    assert states(counter) == ["dismissed"]


def test_a_printer_that_still_fails_at_the_key_waits_for_the_next(
    counter: Counter, queue: PrintQueue, printer: MemoryPrinter
) -> None:
    printer.fails = Unavailable("printer_cover", "")
    earn(counter, serve(counter))
    counter.clock.ms += FRESH_MS
    run(queue)
    row = counter.seat.work.reads.last_receipts(1)[0]
    counter.core.execute(c.PrintReceipt(row.receipt_id))
    assert run(queue) is None
    assert states(counter) == ["held"]
    assert counter.seat.work.reads.last_receipts(1)[0].times == 0


def test_an_unknown_receipt_is_refused(counter: Counter) -> None:
    with pytest.raises(Rejected, match="any more"):
        counter.core.execute(c.PrintReceipt(UUID(int=3)))


def test_old_receipts_go(counter: Counter, queue: PrintQueue, printer: MemoryPrinter) -> None:
    earn(counter, serve(counter))
    run(queue)
    counter.clock.ms += KEPT_MS + 1
    run(queue)
    assert states(counter) == []


def test_a_forgotten_member_is_named_on_no_paper(
    counter: Counter, queue: PrintQueue, printer: MemoryPrinter
) -> None:
    earn(counter, serve(counter))
    counter.members.people.clear()
    run(queue)
    assert "张" not in texts(printer.printed[0])


def test_the_thread_prints_after_the_commit_and_holds_nobody_up(tmp_path: Path) -> None:
    at_printer, may_go_on = threading.Event(), threading.Event()

    def slow() -> None:
        at_printer.set()
        assert may_go_on.wait(10)

    printer = MemoryPrinter(during=slow)
    counter = Counter(tmp_path / "seat", printer=printer)
    printed = threading.Event()
    counter.core.subscribe(lambda kinds: printed.set() if printer.printed else None)
    counter.core.execute(c.SignIn("1001", "1234"))
    visit = serve(counter)
    earn(counter, visit)
    assert at_printer.wait(10)
    assert "AccrualRecorded" in counter.types(), "durable before any paper"
    earn(counter, visit, "CA1502")  # while the printer is busy
    assert len(counter.core.queries.encounter().lines) == 2  # type: ignore[union-attr]
    may_go_on.set()
    assert printed.wait(10)
    counter.core.close()
    assert printer.printed


_KILLED = """
import os, sys
from pathlib import Path
from tests.store.test_printing import Counter, a_queue, earn, serve, run, c
from tests.fakes.printers import MemoryPrinter
folder = Path(sys.argv[1])
counter = Counter(folder)
counter.core.execute(c.SignIn("1001", "1234"))
earn(counter, serve(counter))
keys = [counter.vault.get(name) for name in ("work_key", "members_key")]
Path(sys.argv[1] + ".key").write_bytes(b"".join(keys))
run(a_queue(counter, MemoryPrinter(during=lambda: os._exit(9))))
"""


def test_kill_9_at_the_printer(tmp_path: Path) -> None:
    folder = tmp_path / "seat"
    done = subprocess.run([sys.executable, "-c", _KILLED, str(folder)], check=False)
    assert done.returncode == 9
    keys = Path(f"{folder}.key").read_bytes()
    vault = MemoryVault()
    vault.put("work_key", keys[:32])
    vault.put("members_key", keys[32:])
    counter = Counter(folder, vault=vault)
    printer = MemoryPrinter()
    queue = a_queue(counter, printer)
    queue.start()
    run(queue)
    assert states(counter) == ["doubtful"]
    assert printer.printed == []
    counter.core.close()


def test_offline_redemption_prints_its_lines(
    counter: Counter, queue: PrintQueue, printer: MemoryPrinter
) -> None:
    counter.online.verdict = OnlineVerdict("unreachable")
    counter.grant(2_000)
    redeem(counter, serve(counter))
    run(queue)
    (receipt,) = printer.printed
    lines = [block.text for block in receipt.blocks if isinstance(block, Line)]
    assert "由本柜台保证" in lines


def test_what_was_undone_has_no_receipt(
    counter: Counter, queue: PrintQueue, printer: MemoryPrinter
) -> None:
    counter.grant(2_000)
    visit = serve(counter)
    redeem(counter, visit)
    counter.core.execute(c.UndoLast(visit))
    run(queue)
    assert printer.printed == []
    assert states(counter) == ["dismissed"]
    row = counter.seat.work.reads.last_receipts(1)[0]
    with pytest.raises(Rejected) as refused:
        counter.core.execute(c.PrintReceipt(row.receipt_id))
    assert refused.value.code == "receipt_undone", "its voucher is worth nothing"


def test_a_clock_that_makes_no_sense_stops_no_printer(
    counter: Counter, queue: PrintQueue, printer: MemoryPrinter
) -> None:
    counter.clock.ms = -40_000_000_000_000
    counter.grant(2_000)
    redeem(counter, serve(counter))
    run(queue)
    assert len(printer.printed) == 1


def test_the_clerk_sees_what_waits_and_what_could_come_out_again(tmp_path: Path) -> None:
    printer = MemoryPrinter(fails=Unavailable("printer_paper", ""))
    counter = Counter(tmp_path / "seat", printer=printer)
    counter.core.execute(c.SignIn("1001", "1234"))
    held = threading.Event()

    def look(kinds: frozenset[str]) -> None:
        if counter.core.queries.receipts().problem:
            held.set()

    counter.core.subscribe(look)
    visit = serve(counter)
    earn(counter, visit)
    assert held.wait(10)
    view = counter.core.queries.receipts()
    assert (view.has_printer, view.problem, view.pending) == (True, "printer_paper", ())
    assert [item.text for item in view.recent] == ["CA1501"]
    counter.core.close()


def test_a_fresh_receipt_has_the_visits_link_and_a_copy_none(
    counter: Counter, queue: PrintQueue, printer: MemoryPrinter
) -> None:
    on: dict[str, object] = {"address": "https://rate.example.com"}
    counter.members.settings["rating_link"] = Setting("rating_link", 1, on)
    visit = serve(counter)
    earn(counter, visit)
    counter.core.execute(c.OpenMatter("baggage", "箱子不见了"))
    run(queue)
    (row,) = counter.seat.work.reads.last_receipts(1)
    counter.core.execute(c.PrintReceipt(row.receipt_id))
    run(queue)
    found = [
        [block.text for block in receipt.blocks if isinstance(block, Code)]
        for receipt in printer.printed
    ]
    assert found[0] == found[1], "one visit, one link"
    assert found[0][0].startswith("HTTPS://RATE.EXAMPLE.COM/R/")
    assert found[2] == [], "whoever is given a copy may not be who was served"
