"""Appeals: the clerk's page behind F9, V, and the managers' at the desk."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.domain.records import Appeal
from app.services import commands as c
from app.services.views import AppealView, ChangeKind, OwnVisit
from tests.fakes.core import START_MS
from tests.gui.counter_world import CounterWorld
from tests.gui.desk_world import Desk
from ui.viewmodels.steps import Step


def own(number: int, state: str | None = None) -> OwnVisit:
    opened_ms = START_MS - number * 600_000
    return OwnVisit(UUID(int=number), opened_ms, ("accrual", "matter"), state, True)  # type: ignore[arg-type]


def rows(world: CounterWorld) -> list[tuple[str, str, str]]:
    page = world.screen.sheet.menu
    return [
        (row.key, row._words.text(), row._small.text()) for row in page._rows if row.isVisible()
    ]


def test_a_clerk_appeals_by_digit_and_reads_what_became_of_others(world: CounterWorld) -> None:
    world.core.own_visits = (own(1), own(2, "waiting"), own(3, "upheld"), own(4, "declined"))
    world.press(Qt.Key.Key_F9)
    world.type("v")
    assert world.counter.step is Step.VISITS
    shown = rows(world)
    assert [small for _, _, small in shown] == [
        "",
        "Appeal waits",
        "Upheld",
        "Declined",
    ]
    assert shown[0][1].endswith("Earned · Complaint or question")
    world.type("2")  # is appealed already
    assert world.counter.appealing.visit is None
    world.type("1")
    field = world.screen.sheet.form_of(Step.VISITS).fields["reason"]
    assert field.isVisible()
    world.press(Qt.Key.Key_Return)
    assert field.error()
    field.set_text("He pressed by mistake")
    world.screen.sheet.form_of(Step.VISITS).submitted.emit()
    world.settle()
    [command] = world.core.commands(c.AppealRating)
    assert command == c.AppealRating(UUID(int=1), "He pressed by mistake")
    assert world.counter.appealing.visit is None
    assert not world.screen.sheet.isVisible(), "back to serving"


def test_older_visits_are_turned_to_and_back_from(world: CounterWorld) -> None:
    world.core.own_visits = tuple(own(n) for n in range(1, 8))
    world.press(Qt.Key.Key_F9)
    world.type("v")
    assert [key for key, _, _ in rows(world)] == ["1", "2", "3", "4", "5", "0"]
    world.type("0")
    assert [key for key, _, _ in rows(world)] == ["1", "2", "0"]
    world.type("0")
    assert len(rows(world)) == 6
    world.type("02")
    chosen = world.counter.appealing.visit
    assert chosen is not None
    assert chosen.encounter_id == UUID(int=7)


def test_esc_leads_back_to_the_visits_and_then_to_the_menu(world: CounterWorld) -> None:
    world.core.own_visits = (own(1),)
    world.press(Qt.Key.Key_F9)
    world.type("v1")
    assert world.counter.appealing.visit is not None
    world.press(Qt.Key.Key_Escape)
    assert world.counter.step is Step.VISITS
    assert rows(world), "the visits are shown again"
    world.press(Qt.Key.Key_Escape)
    assert not rows(world)[0][1].startswith("18 Nov"), "the menu that led there"


def appeal(number: int, *, is_own: bool = False, decided: str = "") -> AppealView:
    record = Appeal(
        UUID(int=number),
        UUID(int=2),
        UUID(int=3),
        "A1",
        UUID(int=4),
        "李娜",
        "1001",
        START_MS - 7_200_000,
        START_MS - 600_000 + number,
        "The customer pressed by mistake and said so",
        1,
        ("attitude",),
    )
    return AppealView(record, is_own, decided)


def test_what_phones_said_stands_beside_the_panels_rating_or_in_its_place(desk: Desk) -> None:
    both, phone = appeal(1), appeal(2)
    phones = ((1, ("attitude",)), (4, ()))
    show(
        desk,
        replace(both, appeal=replace(both.appeal, phones=phones)),
        replace(phone, appeal=replace(phone.appeal, score=None, reasons=(), phones=phones)),
    )
    desk.click("to_appeals")
    card = desk.screen.appeals.card
    assert card.rating.text() == "Very dissatisfied"
    assert card.reasons.text().splitlines()[1:] == [
        "By phone: Very dissatisfied · Reasons: Attitude",
        "By phone: Satisfied",
    ]
    desk.model.judging.select(UUID(int=2))
    assert card.rating.text() == "By phone: Very dissatisfied · Satisfied"
    assert card.reasons.text() == "Reasons: Attitude"


def test_a_visit_that_may_have_been_rated_by_phone_says_so(world: CounterWorld) -> None:
    world.core.own_visits = (own(1), replace(own(2), is_rated=False))
    world.press(Qt.Key.Key_F9)
    world.press(Qt.Key.Key_V)
    said = [words for _, words, _ in rows(world)]
    assert [words.endswith("perhaps by phone") for words in said[:2]] == [False, True]


def show(desk: Desk, *views: AppealView) -> None:
    desk.core.desk_view = replace(desk.core.desk_view, appeals=views)
    desk.core.announce(ChangeKind.CASES)
    desk.settle()


def test_a_manager_reads_the_rating_and_upholds_with_a_reason(desk: Desk) -> None:
    assert not desk.has("to_appeals")
    show(desk, appeal(1), appeal(2))
    desk.click("to_appeals")
    page = desk.screen.appeals
    assert page.isVisible()
    assert page.card.rating.text() == "Very dissatisfied"
    assert "Attitude" in page.card.reasons.text()
    assert "by mistake" in page.card.reason.text()
    QTest.keyClick(desk.screen, Qt.Key.Key_F12)
    desk.settle()
    assert page.card.answer.error()
    page.card.answer.set_text("Seen on the camera")
    QTest.keyClick(desk.screen, Qt.Key.Key_F12)
    desk.settle()
    assert desk.core.commands(c.DecideAppeal) == [
        c.DecideAppeal(UUID(int=1), True, "Seen on the camera")
    ]
    assert page.card.answer.text() == ""
    page.card.answer.set_text("for the next")
    desk.model.judging.select(UUID(int=2))
    assert page.card.answer.text() == "", "what was written for one isn't for another"
    page.card.answer.set_text("No sign of it")
    QTest.keyClick(desk.screen, Qt.Key.Key_F9)
    desk.settle()
    assert desk.core.commands(c.DecideAppeal)[-1] == c.DecideAppeal(
        UUID(int=2), False, "No sign of it"
    )
    QTest.keyClick(desk.screen, Qt.Key.Key_Escape)
    assert not page.isVisible()


def test_ones_own_and_what_was_decided_here_offer_no_answer(desk: Desk) -> None:
    show(desk, appeal(1, is_own=True), appeal(2, decided="appeal_declined"))
    assert not desk.has("to_appeals"), "nothing here for whoever sits here"
    QTest.keyClick(desk.screen, Qt.Key.Key_F10)
    desk.settle()
    card = desk.screen.appeals.card
    for number, said in ((1, "another manager decides"), (2, "Declined here")):
        desk.model.judging.select(UUID(int=number))
        assert said in card.standing.text()
        assert not card.uphold.isVisible()
        if number == 1:
            assert card.rating.text() == "Not shown to who served"
    for key in (Qt.Key.Key_F12, Qt.Key.Key_F9):
        QTest.keyClick(desk.screen, key)
    assert desk.core.commands(c.DecideAppeal) == []


def test_without_any_it_says_how_they_come(desk: Desk) -> None:
    desk.show()
    QTest.keyClick(desk.screen, Qt.Key.Key_F10)
    desk.settle()
    assert desk.screen.appeals.listed.empty.isVisible()
