"""The desk's page of points: given or taken by a manager, and what waits for a second one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal
from uuid import UUID

from PySide6.QtCore import QObject, Signal, Slot

from app.domain.errors import GuichetError
from app.domain.records import Case
from app.services.commands import AdjustPoints, DecideAdjustment
from app.services.core import Queries
from app.services.point_views import AdjustmentView
from app.services.views import DeskView
from ui.qt.command_runner import CommandRunner
from ui.viewmodels.forms import FormViewModel
from ui.viewmodels.member_finder import MemberFinderViewModel
from ui.viewmodels.said import Said
from ui.viewmodels.statement import DeskStatement

Kind = Literal["goodwill", "correction"]


class AdjustingViewModel(FormViewModel):
    """Holds one adjustment as it is written, and what waits.

    Attributes:
        finder: whose points they are.
        statement: what changed theirs before.
        kind: what it is going to be.
        case: whose remedy it is going to be, None for nobody's.
        selected_id: the adjustment whose decision is asked for.

    Signals:
        emptied(): what was typed was recorded or isn't meant any more, or who typed it has gone.
    """

    emptied = Signal()

    def __init__(
        self,
        runner: CommandRunner,
        queries: Queries,
        view: Callable[[], DeskView | None],
        parent: QObject | None = None,
    ) -> None:
        """Follow the desk's `view`; `refresh` says that it differs."""
        super().__init__(runner, parent)
        self._view = view
        self.finder = MemberFinderViewModel(queries, self)
        self.statement = DeskStatement(runner, self._say, self)
        self.kind: Kind = "goodwill"
        self.case: Case | None = None
        self.selected_id: UUID | None = None
        self.finder.changed.connect(self._on_found)

    @property
    def waiting(self) -> Sequence[AdjustmentView]:
        """What waits for something, oldest first."""
        view = self._view()
        return view.adjustments if view is not None else ()

    @property
    def limit(self) -> int:
        """Points beyond which it takes a second manager."""
        view = self._view()
        return view.adjustment_limit if view is not None else 0

    @property
    def to_decide(self) -> int:
        """How many the person signed in may decide about."""
        return sum(each.state == "waiting" and not each.refusal for each in self.waiting)

    @property
    def selected(self) -> AdjustmentView | None:
        """The adjustment whose decision is asked for."""
        return next((e for e in self.waiting if e.adjustment_id == self.selected_id), None)

    def toggle_statement(self) -> None:
        """Show what changed the member's points, or put it away."""
        member = self.finder.member
        self.reset()
        if self.statement.is_open:
            self.statement.forget()
        elif member is None:
            self._on_failed(GuichetError("no_member", "whose points"))
        else:
            self.statement.start(member.member_id)

    def begin_with(self, member_id: UUID) -> None:
        """Write a new one about this member, beside what changed their points before."""
        self.case = None
        self.finder.take(member_id)
        self.emptied.emit()
        self.toggle_statement()

    def set_kind(self, kind: Kind) -> None:
        """Give as goodwill, or correct."""
        self.kind = kind
        self.changed.emit()

    def be_remedy_of(self, case: Case | None) -> None:
        """The points are going to be a case's remedy, or nobody's any more."""
        self.case = case
        if case is not None:
            self.kind = "goodwill"
        self.changed.emit()

    def submit(self, points: str, reason: str) -> None:
        """Record it; both arguments as typed."""
        if self.busy:
            return
        self.reset()  # what is refused once more is said anew
        member, number = self.finder.member, parse_points(points)
        if member is None:
            self._on_failed(GuichetError("no_member", "whose points"))
        elif number is None:
            self._on_failed(GuichetError("bad_points", "how many"))
        elif not reason.strip():
            self._on_failed(GuichetError("empty_reason", "why"))
        else:
            case = self.case if self.kind == "goodwill" else None
            case_id = None if case is None else case.case_id
            command = AdjustPoints(member.member_id, number, self.kind, reason.strip(), case_id)
            self._send(command, lambda _: self._on_recorded(number))

    def select(self, adjustment_id: UUID | None) -> None:
        """Ask for the decision about this one."""
        if adjustment_id != self.selected_id:
            self.selected_id = adjustment_id
            self._say(None)

    def decide(self, agree: bool) -> None:
        """Agree to the one selected, or decline it."""
        view = self.selected
        if view is not None and view.state == "waiting":
            code = "adjustment_agreed" if agree else "adjustment_declined"
            said = Said.message("positive", code)
            self._send(DecideAdjustment(view.adjustment_id, agree), lambda _: self._say(said))

    def forget(self) -> None:
        """Nobody is signed in any more: what was written and said was between them and the desk."""
        self.kind, self.selected_id, self.case = "goodwill", None, None
        self.finder.forget()
        self.emptied.emit()

    @Slot()
    def _on_found(self) -> None:
        self.statement.forget()
        self._say(self.finder.said)

    def _on_recorded(self, points: int) -> None:
        code = "adjustment_waits" if abs(points) > self.limit else "adjustment_recorded"
        self.kind, self.case = "goodwill", None
        self.finder.forget()
        self._say(Said.message("positive", code, points=abs(points)))
        self.emptied.emit()

    def refresh(self) -> None:
        """Take what the desk has read."""
        if self.selected is None:
            self.selected_id = self.waiting[0].adjustment_id if self.waiting else None
        self.changed.emit()


def parse_points(text: str) -> int | None:
    """Return points as typed, below zero for points taken; None if it is no such number.

    >>> parse_points("+1,500"), parse_points("−200"), parse_points("0"), parse_points("1.5")
    (1500, -200, None, None)
    """
    plain = text.strip().replace(",", "").replace("，", "").replace("−", "-")
    digits = plain[1:] if plain[:1] in ("+", "-") else plain
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 16) or int(digits) == 0:
        return None
    return -int(digits) if plain.startswith("-") else int(digits)
