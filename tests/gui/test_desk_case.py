"""A case at the desk: its stages, its fields, and what was done by whom and when."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtCore import Qt

from app.domain.case import Step, StepKind, after
from app.domain.records import CaseFact
from app.services import commands as c
from tests.fakes.core import START_MS
from tests.gui.desk_core import case
from tests.gui.desk_world import Desk
from ui.screens import look
from ui.screens.desk_case_fields import Choice


def stages(desk: Desk) -> list[str]:
    """What the buttons for how far it has come offer, the next one marked."""
    shown = [(n, b) for n, b in desk.screen.case.stages.items() if b.isVisible()]
    return [f"{name}!" if cap_of(button) == "Enter" else str(name) for name, button in shown]


def cap_of(button: look.Button) -> str:
    return button.painted_texts()[-1].text


def test_one_button_is_next_and_the_others_have_keys(desk: Desk) -> None:
    desk.show(case(1, 3))
    assert stages(desk) == []
    desk.click("acknowledge")
    desk.settle()
    assert stages(desk) == ["arrived!", "investigating", "offered", "told"]
    for stage, left in (
        ("arrived", ["investigating!", "offered", "told"]),
        ("offered", ["told!"]),
        ("told", []),
    ):
        desk.click(f"advance_{stage}")
        desk.settle()
        assert stages(desk) == left
    done = [command.stage for command in desk.core.commands(c.AdvanceCase)]
    assert done == ["arrived", "offered", "told"]
    assert "told the customer" in desk.screen.case.when.text()


def test_nobody_walks_to_the_customer_of_a_complaint(desk: Desk) -> None:
    matter = {"origin": "matter", "score": None, "number": "PEK01-0412", "topic": "baggage"}
    desk.show(case(1, 30, **matter))
    desk.click("acknowledge")
    desk.settle()
    assert stages(desk) == ["investigating!", "offered", "told"]
    assert desk.widget("note_text").hasFocus()


def test_it_says_how_long_each_took_and_what_was_done_by_whom(desk: Desk) -> None:
    shown = case(1, 45)
    opened_ms = shown.opened_ms
    steps: list[tuple[StepKind, int, str, str]] = [
        ("acknowledged", 2, "赵敏", ""),
        ("advanced", 5, "王强", "arrived"),
        ("noted", 6, "王强", "Bag found"),
        ("closed", 40, "赵敏", "resolved"),
        ("reopened", 41, "王强", ""),
        ("closed", 44, "王强", "unable"),
    ]
    for kind, minutes, name, text in steps:
        shown = after(shown, Step(kind, opened_ms + minutes * 60_000, name, text))
    desk.show(shown)
    desk.model.select_case(shown.case_id)
    said = desk.screen.case.when.text()
    for words in ("taken after 2 min", "there after 5 min", "closed after 44 min"):
        assert words in said
    lines = [line.split(" ", 1)[1] for line in desk.screen.case.notes.text().split("\n")]
    assert lines == [
        "赵敏 is on the way",
        "王强 is with the customer",
        "王强: Bag found",
        "Closed by 赵敏",
        "Opened again by 王强",
        "Closed by 王强",
    ]


def choices(desk: Desk) -> dict[str, Choice]:
    return desk.screen.case.fields.choices


def test_what_is_chosen_is_recorded_and_nothing_else(desk: Desk) -> None:
    desk.show(case(1, 3))
    assert not desk.screen.case.fields.isVisible()
    desk.click("acknowledge")
    desk.settle()
    severity = choices(desk)["severity"]
    severity.setFocus()
    desk.qtbot.keyClick(severity, Qt.Key.Key_M)  # a letter alone records nothing
    severity.activated.emit(severity.findData("high"))
    desk.settle()
    assert desk.core.commands(c.SetCaseField) == [c.SetCaseField(UUID(int=1), "severity", "high")]
    assert severity.currentText() == "High"
    severity.activated.emit(0)
    desk.settle()
    assert severity.currentText() == "High", "what was said isn't unsaid"
    assert len(desk.core.commands(c.SetCaseField)) == 1


def test_what_two_desks_said_is_shown_until_somebody_settles_it(desk: Desk) -> None:
    apart = (
        CaseFact(UUID(int=71), "told_by", "phone", START_MS - 120_000, "王强"),
        CaseFact(UUID(int=72), "told_by", "letter", START_MS - 60_000, "李娜"),
        CaseFact(UUID(int=73), "cause", "late_train", START_MS, "李娜"),
    )
    desk.show(case(1, 9, state="acknowledged", acknowledged_by="赵敏", facts=apart))
    fields = desk.screen.case.fields
    assert choices(desk)["told_by"].currentText() == "By letter"
    assert "By phone (王强, " in fields.fields["told_by"].error()
    assert choices(desk)["cause"].currentText() == "late_train"  # of a list that is no more
    assert fields.fields["cause"].error() == ""
    told_by = choices(desk)["told_by"]
    told_by.activated.emit(told_by.findData("letter"))
    desk.settle()
    assert fields.fields["told_by"].error() == ""
    assert told_by.currentText() == "By letter"


def test_points_as_the_remedy_are_given_on_their_page(desk: Desk) -> None:
    desk.show(case(1, 9, state="acknowledged", acknowledged_by="赵敏"))
    remedy = choices(desk)["remedy"]
    remedy.activated.emit(remedy.findData("goodwill"))
    desk.settle()
    assert desk.core.commands(c.SetCaseField) == []
    assert remedy.currentData() == "", "nothing is given yet"
    page = desk.screen.points
    assert page.isVisible()
    assert "window A1" in page.adjust.intro.text()
    desk.model.adjusting.finder.choose(UUID(int=1))
    desk.model.adjusting.submit("300", "Two nights without a bag")
    desk.settle()
    (command,) = desk.core.commands(c.AdjustPoints)
    assert (command.case_id, command.kind) == (UUID(int=1), "goodwill")
    assert desk.model.adjusting.case is None


def test_points_given_afterwards_are_nobodys_remedy(desk: Desk) -> None:
    desk.show(case(1, 9, state="acknowledged", acknowledged_by="赵敏"))
    remedy = choices(desk)["remedy"]
    remedy.activated.emit(remedy.findData("goodwill"))
    desk.click("to_points")
    desk.click("to_points")
    desk.model.adjusting.finder.choose(UUID(int=1))
    desk.model.adjusting.submit("300", "why")
    desk.settle()
    (command,) = desk.core.commands(c.AdjustPoints)
    assert command.case_id is None
