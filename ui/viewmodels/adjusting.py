"""The desk's page of points: given or taken by a manager, and what waits for a second one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from app.domain.errors import GuichetError
from app.services.commands import AdjustPoints, DecideAdjustment
from app.services.core import Queries
from app.services.point_views import AdjustmentView
from app.services.views import DeskView, FoundMember, MemberView
from ui.qt.command_runner import CommandRunner
from ui.viewmodels.said import Said

Kind = Literal["goodwill", "correction"]
MOST_FOUND: Final = 6

FIELD_OF: Final = {
    "no_member": "member",
    "unknown_member": "member",
    "own_membership": "member",
    "bad_points": "points",
    "bad_adjustment": "points",
    "empty_reason": "reason",
    "note_too_long": "reason",
}
"""Which field a refusal belongs to."""


class AdjustingViewModel(QObject):
    """Holds one adjustment as it is written, and what waits.

    Attributes:
        found: whom the typed text means.
        member: whose points they are, None until chosen.
        kind: what it is going to be.
        said, field: what the manager is told, and at which field ('' for the form as a whole).
        busy: it is being recorded.
        selected_id: the adjustment whose decision is asked for.

    Signals:
        changed(): any of them differs, or what waits does.
        emptied(): what was typed was recorded, or who typed it has gone.
    """

    changed = Signal()
    emptied = Signal()

    def __init__(
        self,
        runner: CommandRunner,
        queries: Queries,
        view: Callable[[], DeskView | None],
        parent: QObject | None = None,
    ) -> None:
        """Follow the desk's `view`; `refresh` says that it differs."""
        super().__init__(parent)
        self._runner, self._queries, self._view = runner, queries, view
        self.found: Sequence[FoundMember] = ()
        self.member: MemberView | None = None
        self.kind: Kind = "goodwill"
        self.said: Said | None = None
        self.field = ""
        self.busy = False
        self.selected_id: UUID | None = None

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

    def search(self, text: str) -> None:
        """Look whom the text means; whoever was chosen is let go."""
        self.member = None
        try:
            self.found = self._queries.search(text, MOST_FOUND) if text.strip() else ()
        except GuichetError as problem:
            self._say(Said.refusal(problem))
            return
        self._say(None)

    def choose(self, member_id: UUID) -> None:
        """It is about this member."""
        self.member, self.found = self._queries.member(member_id), ()
        self._say(None)

    def set_kind(self, kind: Kind) -> None:
        """Give as goodwill, or correct."""
        self.kind = kind
        self.changed.emit()

    def submit(self, points: str, reason: str) -> None:
        """Record it; both arguments as typed."""
        if self.busy:
            return
        number = parse_points(points)
        if self.member is None:
            self._refuse(GuichetError("no_member", "whose points"))
        elif number is None:
            self._refuse(GuichetError("bad_points", "how many"))
        elif not reason.strip():
            self._refuse(GuichetError("empty_reason", "why"))
        else:
            self.busy = True
            command = AdjustPoints(self.member.member_id, number, self.kind, reason.strip())
            self._say(None)
            self._runner.run(command, lambda _: self._on_recorded(number), self._on_failed)

    def select(self, adjustment_id: UUID | None) -> None:
        """Ask for the decision about this one."""
        if adjustment_id != self.selected_id:
            self.selected_id = adjustment_id
            self._say(None)

    def decide(self, agree: bool) -> None:
        """Agree to the one selected, or decline it."""
        view = self.selected
        if view is None or view.state != "waiting" or self.busy:
            return
        self.busy = True
        command = DecideAdjustment(view.adjustment_id, agree)
        code = "adjustment_agreed" if agree else "adjustment_declined"
        self._runner.run(command, lambda _: self._on_decided(code), self._on_failed)

    def forget(self) -> None:
        """Nobody is signed in any more: what was written and said was between them and the desk."""
        self.member, self.found, self.kind, self.selected_id = None, (), "goodwill", None
        self._say(None)
        self.emptied.emit()

    def _on_recorded(self, points: int) -> None:
        code = "adjustment_waits" if abs(points) > self.limit else "adjustment_recorded"
        self.busy, self.member, self.kind = False, None, "goodwill"
        self._say(Said.message("positive", code, points=abs(points)))
        self.emptied.emit()

    def _on_decided(self, code: str) -> None:
        self.busy = False
        self._say(Said.message("positive", code))

    def _on_failed(self, problem: GuichetError) -> None:
        self.busy = False
        self._refuse(problem)

    def _refuse(self, problem: GuichetError) -> None:
        self._say(Said.refusal(problem), FIELD_OF.get(problem.code, ""))

    def _say(self, said: Said | None, field: str = "") -> None:
        self.said, self.field = said, field
        self.changed.emit()

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
