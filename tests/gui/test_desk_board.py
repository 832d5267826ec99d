"""The desk's board: what is late and by how much, what is due next, and the way to its case."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.domain.records import CaseFact
from app.services.views import ChangeKind
from tests.fakes.core import START_MS
from tests.gui.desk_core import case
from tests.gui.desk_world import Desk

MATTER = {"origin": "matter", "score": None, "topic": "baggage"}
HOUR_MS = 3_600_000


def crowd(desk: Desk) -> None:
    """Two that are late, one beyond an hour; two that are due."""
    promised = {"department": "baggage", "owner": "李娜"}
    handed = (CaseFact(UUID(int=71), "handling", "system", START_MS - 60_000, "王强"),)
    desk.show(
        case(1, 3),
        case(2, 90, state="acknowledged", acknowledged_by="赵敏", facts=handed),
        case(3, 400, number="PEK-3", due_ms=START_MS - 2 * HOUR_MS, **promised, **MATTER),
        case(4, 400, number="PEK-4", due_ms=START_MS + 60_000, **MATTER),
        case(5, 400, number="PEK-5", due_ms=START_MS - 9 * HOUR_MS, state="closed", **MATTER),
    )


def press(desk: Desk, key: Qt.Key) -> None:
    QTest.keyClick(desk.screen, key)
    desk.settle()


def test_what_is_late_stands_by_how_late_and_what_is_due_beside_it(desk: Desk) -> None:
    crowd(desk)
    assert desk.screen.figures.late.text() == "Late · 2"
    press(desk, Qt.Key.Key_F3)
    board = desk.screen.board
    assert board.isVisible()
    late = [(v.window, v.minutes, v.severity_text, v.state) for v in board.late.views()]
    assert late == [
        ("Complaint PEK-3 · Window A3", "2 h late", "Answer due by 09:06", "baggage (李娜)"),
        (
            "Very dissatisfied · Window A1",
            "2 min late",
            "Somebody due there by 11:04",
            "Nobody has it yet",
        ),
    ]
    due = [(v.minutes, v.state) for v in board.next.views()]
    assert due == [("in 1 min", "Nobody has it yet"), ("in 22 h", "赵敏 · System owner")]
    assert not board.as_of.isVisible()


def test_enter_goes_to_its_case_and_keys_lead_back(desk: Desk) -> None:
    crowd(desk)
    press(desk, Qt.Key.Key_F3)
    board = desk.screen.board
    assert board.late.hasFocus()
    QTest.keyClick(board.late, Qt.Key.Key_Return)
    desk.settle()
    assert not board.isVisible()
    assert desk.model.selected_case_id == UUID(int=3)
    for key in (Qt.Key.Key_F3, Qt.Key.Key_Escape):
        press(desk, Qt.Key.Key_F3)
        assert board.isVisible()
        press(desk, key)
        assert not board.isVisible()
    desk.click("to_board")
    assert board.isVisible()
    desk.click("board_back")
    assert not board.isVisible()


def test_nothing_late_and_nothing_due_are_said(desk: Desk) -> None:
    desk.show()
    assert desk.screen.figures.late.text() == "Nothing is late"
    press(desk, Qt.Key.Key_F3)
    board = desk.screen.board
    assert board.late.empty.isVisible()
    assert board.next.empty.isVisible()


def test_without_the_network_it_says_whose_it_shows_and_how_old(desk: Desk) -> None:
    crowd(desk)
    press(desk, Qt.Key.Key_F3)
    desk.core.online = False
    desk.core.announce(ChangeKind.READINESS)
    desk.settle()
    board = desk.screen.board
    assert board.as_of.isVisible()
    assert board.as_of.text().startswith("This office's cases as")
    assert len(board.late.views()) == 2


def test_a_case_that_is_done_goes_and_nobodys_board_closes(desk: Desk) -> None:
    crowd(desk)
    press(desk, Qt.Key.Key_F3)
    desk.show(case(1, 3, state="acknowledged", acknowledged_by="赵敏"))
    assert desk.screen.board.late.views() == []
    assert [v.state for v in desk.screen.board.next.views()] == ["赵敏"]
