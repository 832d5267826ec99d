"""The desk's board of promises: what is late, how late, and what is due next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.promises import Promise
from app.domain.records import Case
from app.services.listening_views import ActionView
from ui.qt.words import Words
from ui.screens import desk_wording as wording
from ui.screens import look
from ui.screens.desk_listening_words import first_line
from ui.screens.look.roles import Role, Size, Space
from ui.viewmodels import wording as people
from ui.viewmodels.desk import DeskViewModel

_NEAR_S: Final = 3600
_LIGHTS: Final = (look.Light.READY, look.Light.CAUTION, look.Light.CRITICAL)
"""What is due later, what is due within the hour, what is late."""


class BoardPage(QWidget):
    """What is late on the left, what is due next on the right; Enter goes to its case or action.

    Signals:
        case_asked(str): the case's id.
        action_asked(str): the action's id.
        left(): back to the cases.
    """

    case_asked = Signal(str)
    action_asked = Signal(str)
    left = Signal()

    def __init__(self, desk: DeskViewModel, words: Words) -> None:
        """Show `desk.board`."""
        super().__init__()
        self._desk, self._words = desk, words
        self.title = look.Text(size=Size.TITLE, bold=True)
        self.as_of = look.Text(size=Size.SMALL, ink=Role.MUTED)
        self.late_title, self.next_title = look.Text(bold=True), look.Text(bold=True)
        self.late = look.CaseList(empty_icon="circle-check")
        self.next = look.CaseList(empty_icon="inbox")
        self.late.setObjectName("late")
        self.next.setObjectName("due_next")
        columns = QHBoxLayout()
        columns.setSpacing(Space.L)
        for title, rows in ((self.late_title, self.late), (self.next_title, self.next)):
            column = QVBoxLayout()
            column.setSpacing(Space.S)
            column.addWidget(title)
            column.addWidget(rows, 1)
            columns.addLayout(column, 1)
            rows.chosen.connect(self._on_chosen)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(Space.L, Space.L, Space.L, Space.L)
        whole.setSpacing(Space.S)
        self.back = look.Button(kind=look.Kind.QUIET, key="F3")
        self.back.setObjectName("board_back")
        self.back.clicked.connect(self.left)
        top = QHBoxLayout()
        top.addWidget(self.title, 1)
        top.addWidget(self.back)
        whole.addLayout(top)
        whole.addWidget(self.as_of)
        whole.addSpacing(Space.S)
        whole.addLayout(columns, 1)

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        say = self._words.say
        self.title.setText(say("board_title"))
        self.back.setText(say("back_to_cases"))
        self.late.empty.set_state("circle-check", say("board_none"), say("board_none_hint"))
        self.next.empty.set_state("inbox", say("board_next_none"))
        self.render()

    def showEvent(self, event: QShowEvent) -> None:
        """Be as of now."""
        super().showEvent(event)
        self.render()

    def focus_first(self) -> None:
        """Begin with what is latest, or with what is due next."""
        first = self.late if self._split()[0] else self.next
        first.setFocus()

    @Slot()
    def render(self) -> None:
        """Show what is due, as of now."""
        if not self.isVisible():
            return
        say, view = self._words.say, self._desk.view
        age_s = None if view is None else view.data_age_s
        self.as_of.setVisible(not self._desk.online)
        self.as_of.setText(
            say("board_never")
            if age_s is None
            else say("board_offline", age=wording.age(self._words, age_s))
        )
        late, due = self._split()
        for title, key, rows, shown in (
            (self.late_title, "board_late", self.late, late),
            (self.next_title, "board_next", self.next, due),
        ):
            name = say(key)
            title.setText(say("counted", title=name, n=len(shown)) if shown else name)
            with QSignalBlocker(rows):  # what is looked at stays so, in whatever order
                kept = rows.current_id()
                rows.set_cases(self._rows(shown))
                rows.select(kept)

    def _split(self) -> tuple[list[Promise], list[Promise]]:
        now_ms, board = self._desk.now_ms(), self._desk.board
        late = [promise for promise in board if promise.due_ms < now_ms]
        return late, list(board[len(late) :])

    def _rows(self, promises: Sequence[Promise]) -> list[look.CaseView]:
        cases = {case.case_id: case for case in self._desk.cases}
        actions = {each.action.action_id: each for each in self._desk.listening.page.actions}
        return [
            self._action_row(promise, actions[promise.of_id])
            if promise.kind == "check"
            else self._case_row(promise, cases[promise.of_id])
            for promise in promises
        ]

    def _case_row(self, promise: Promise, case: Case) -> look.CaseView:
        words, say, now_ms = self._words, self._words.say, self._desk.now_ms()
        where = say("window", label=case.counter_label)
        owner = case.acknowledged_by or case.owner
        by = people.answered_by(case.department, owner) if case.department else owner
        return self._row(
            promise,
            f"{wording.title(words, case)} · {where}",
            wording.clock(promise.due_ms, now_ms),
            " · ".join(filter(None, (by or say("board_nobody"), wording.tier(words, case)))),
        )

    def _action_row(self, promise: Promise, view: ActionView) -> look.CaseView:
        what, day = first_line(view.action.what), view.standing.check_on
        return self._row(promise, what, day, view.owner_name)

    def _row(self, promise: Promise, title: str, time: str, by: str) -> look.CaseView:
        words, say, now_ms = self._words, self._words.say, self._desk.now_ms()
        late_s = (now_ms - promise.due_ms) // 1000
        is_late, is_near = promise.due_ms < now_ms, late_s > -_NEAR_S
        span = wording.age(words, abs(late_s))
        return look.CaseView(
            str(promise.of_id),
            title,
            say("board_late_by" if is_late else "board_in", age=span),
            _LIGHTS[is_late + is_near],
            say(f"board_{promise.kind}", time=time),
            state=by,
        )

    @Slot(str)
    def _on_chosen(self, of_id: str) -> None:
        kinds = {str(promise.of_id): promise.kind for promise in self._desk.board}
        asked = self.action_asked if kinds.get(of_id) == "check" else self.case_asked
        asked.emit(of_id)
