"""A case at the desk: its stages, one after the other, and what was done by whom and when."""

from __future__ import annotations

from app.domain.case import Step, StepKind, after
from app.services import commands as c
from tests.gui.desk_core import case
from tests.gui.desk_world import Desk
from ui.screens import look


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
