"""What the clerk sees of scans, refusals, trouble and what waits, by the keys that lead there."""

from __future__ import annotations

from uuid import UUID

import pytest
from pytestqt.qtbot import QtBot

from app.domain.errors import Unavailable
from app.domain.events import Proof
from app.services import commands as c
from app.services.views import ChangeKind, FoundMember, PendingItem
from tests.fakes import core as fake
from tests.gui.counter_world import CounterWorld, Key, serve
from ui.viewmodels.steps import Step


def test_a_pass_that_earned_already_proposes_nothing(world: CounterWorld) -> None:
    world.scan(fake.REFUSED_PASS)
    assert world.screen.proposal.sentence() == ""
    assert world.screen.banner.title() == "This flight has earned its points already."


def test_garbage_is_explained_without_codes(world: CounterWorld) -> None:
    world.scan("%%%garbage%%%")
    assert world.screen.banner.title() == (
        "This code is neither a boarding pass nor a card. Scan again. Read: “%%…%%”, 13 characters."
    )


def test_another_members_pass_waits_for_the_open_customer(world: CounterWorld) -> None:
    world.core.leave_encounter_open(4)
    world.core.announce(ChangeKind.ENCOUNTER)
    world.settle()
    world.scan(fake.PASS)
    assert "Finish with F12" in world.screen.banner.title()
    assert world.counter.member is not None
    assert world.counter.member.member_id == UUID(int=4)


def test_a_customer_found_open_after_a_power_cut_is_said(qtbot: QtBot) -> None:
    core = fake.FakeCore()
    core.leave_encounter_open()
    world = CounterWorld(qtbot, core=core)
    assert "still being served" in world.screen.resumed.title()
    world.scan(fake.PASS)
    world.press(Key.Key_Return)
    assert world.screen.resumed.title() == ""
    world.close()


def test_a_full_disk_is_told_and_nothing_pretends_to_be_done(world: CounterWorld) -> None:
    world.scan(fake.PASS)
    world.core.refuse_next = Unavailable("disk_full", "full")
    world.press(Key.Key_Return)
    assert "disk is full" in world.screen.banner.title()
    assert world.screen.entries.views() == []
    assert world.screen.proposal.sentence() != "", "the proposal must stay to be taken again"


def test_what_waits_shows_no_score(qtbot: QtBot) -> None:
    core = fake.FakeCore()
    core.waiting = [
        PendingItem("rating", "score 1", fake.START_MS, "waiting"),
        PendingItem("accrual", "CA1501", fake.START_MS, "exception"),
    ]
    world = CounterWorld(qtbot, core=core)
    assert world.screen.chip.text() == "1 waiting, oldest 4 min"
    world.press(Key.Key_F7)
    shown = world.screen.sheet.pending.views()
    assert [entry.text for entry in shown] == [
        "The customer's rating, or none",
        "Points earned · CA1501",
    ]
    assert not any("score" in f"{entry.text}{entry.detail}{entry.state}" for entry in shown)
    world.close()


def test_what_waits_and_cannot_be_read_is_not_called_safe(
    world: CounterWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(limit: int = 200) -> list[PendingItem]:
        raise Unavailable("database_damaged", "the seat's data can't be read")

    monkeypatch.setattr(world.core.queries, "pending", damaged)
    world.press(Key.Key_F7)
    sheet = world.screen.sheet
    assert "data is damaged" in sheet.pending.empty.accessibleName()
    assert sheet.pending.empty.isVisible()
    assert not sheet._note.isVisible()


def test_a_search_that_the_disk_fails_finds_nobody_of_before(
    world: CounterWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(text: str, limit: int = 20) -> list[FoundMember]:
        raise Unavailable("database_damaged", "the seat's data can't be read")

    world.type("5678")
    assert world.counter.finding.results
    monkeypatch.setattr(world.core.queries, "search", damaged)
    world.type("9")
    assert "data is damaged" in world.screen.banner.title()
    assert not world.screen.results.isVisible(), "that nobody was found is not known"
    assert not world.counter.finding.results


def test_the_chip_is_as_old_as_what_f7_shows(world: CounterWorld) -> None:
    world.core.waiting = [PendingItem("rating", "", fake.START_MS - 90_000, "waiting")]
    world.press(Key.Key_F7)
    assert world.status.pending.count == 1, "read anew with the list"


def test_a_colleague_takes_over_by_badge_and_the_customer_stays(world: CounterWorld) -> None:
    serve(world)
    world.scan(fake.BADGE)
    world.wait_for(lambda: "李娜" in world.screen.clerk.text())
    assert world.counter.member is not None


def test_a_colleague_takes_over_by_pin_within_the_window(world: CounterWorld) -> None:
    serve(world)
    world.press(Key.Key_F9)
    world.type("h")
    world.type("1002")
    world.press(Key.Key_Return)
    world.type("246801")
    world.press(Key.Key_Return)
    world.wait_for(lambda: "李娜" in world.screen.clerk.text())
    assert world.counter.step is Step.SERVE
    assert world.counter.member is not None


def test_the_box_finds_members_and_the_arrows_choose(world: CounterWorld) -> None:
    world.type("5678")
    assert len(world.screen.results.views()) == 2
    world.press(Key.Key_Down, Key.Key_Return)
    [identified] = world.core.commands(c.IdentifyMember)
    assert identified.member_id == UUID(int=2)
    assert identified.proof is Proof.PHONE


def test_a_strangers_pass_is_forgotten_with_what_was_said_of_it(world: CounterWorld) -> None:
    world.scan(fake.PASS_OF_STRANGER)
    assert "no member found" in world.screen.banner.title()
    world.press(Key.Key_Escape)
    world.press(Key.Key_F5, Key.Key_J)
    assert world.screen.sheet.form_of(Step.JOIN).text("latin") == "", (
        "the next customer is somebody else"
    )
    world.press(Key.Key_Escape, Key.Key_Escape)
    world.type("5678")
    world.press(Key.Key_Return)
    assert world.screen.proposal.sentence() == "", "nor do they earn with that pass"


def test_what_nobody_is_called_pushes_nothing_aside(world: CounterWorld) -> None:
    world.type("Abcdefghij" * 8)
    world.press(Key.Key_Return)
    assert "Abcdefghij" * 3 in world.screen.banner.title()
    assert "Abcdefghij" * 4 not in world.screen.banner.title()


def test_nobody_found_says_what_helps(world: CounterWorld) -> None:
    world.type("qqqq")
    world.press(Key.Key_Return)
    assert "qqqq" in world.screen.banner.title()
    assert "F5" in world.screen.banner.title()
