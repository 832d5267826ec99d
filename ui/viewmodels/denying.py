"""The desk's page of the deny list: who is on it, put on it and taken off again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from app.domain.errors import GuichetError
from app.services.commands import AllowMember, DenyMember
from app.services.core import Queries
from app.services.point_views import DenialView
from app.services.views import DeskView, FoundMember
from ui.qt.command_runner import CommandRunner
from ui.viewmodels.adjusting import FIELD_OF, MOST_FOUND
from ui.viewmodels.said import Said


class DenyingViewModel(QObject):
    """Holds whom it is about, and what is said of it.

    Attributes:
        found: whom the typed text means.
        member_id: whom it is about, None until chosen; `masked_name` and `masked_card` are theirs,
            '' where this PC doesn't hold them.
        said, field: what the manager is told, and at which field ('' for the form as a whole).
        busy: it is being recorded.

    Signals:
        changed(): any of them differs, or the list does.
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
        self.member_id: UUID | None = None
        self.masked_name = self.masked_card = ""
        self.said: Said | None = None
        self.field = ""
        self.busy = False

    @property
    def listed(self) -> Sequence[DenialView]:
        """Who is on the list, whoever was put on it last on top."""
        view = self._view()
        return view.denials if view is not None else ()

    @property
    def age_s(self) -> int | None:
        """How old this desk's list is; None before it has one."""
        view = self._view()
        return view.data_age_s if view is not None else None

    @property
    def denial(self) -> DenialView | None:
        """What the list says of whom it is about."""
        return next((each for each in self.listed if each.member_id == self.member_id), None)

    @property
    def allows(self) -> bool:
        """Whether they would be taken off the list, and not be put on it."""
        denial = self.denial
        return denial is not None and denial.state != "allowing"

    def search(self, text: str) -> None:
        """Look whom the text means; whoever was chosen is let go."""
        self._about(None)
        try:
            self.found = self._queries.search(text, MOST_FOUND) if text.strip() else ()
        except GuichetError as problem:
            self._say(Said.refusal(problem))
            return
        self._say(None)

    def choose(self, member_id: UUID) -> None:
        """It is about one of those found."""
        member = self._queries.member(member_id)
        if member is not None:
            self._about(member_id, member.masked_name, member.masked_card)
        self.found = ()
        self._say(None)

    def select(self, member_id: UUID) -> None:
        """It is about one of the list."""
        denial = next((each for each in self.listed if each.member_id == member_id), None)
        if denial is not None and member_id != self.member_id:
            self._about(member_id, denial.masked_name, denial.masked_card)
            self.found = ()
            self._say(None)

    def submit(self, reason: str) -> None:
        """Put them on the list, or take them off, for a reason as typed."""
        if self.busy:
            return
        if self.member_id is None:
            self._refuse(GuichetError("no_member", "whom"))
        elif not reason.strip():
            self._refuse(GuichetError("empty_reason", "why"))
        else:
            self.busy, allows = True, self.allows
            command = (AllowMember if allows else DenyMember)(self.member_id, reason.strip())
            self._say(None)
            self._runner.run(command, lambda _: self._on_recorded(allows), self._on_failed)

    def refresh(self) -> None:
        """Take what the desk has read."""
        self.changed.emit()

    def forget(self) -> None:
        """Begin anew: who wrote something has gone, or comes back."""
        self._about(None)
        self.found = ()
        self._say(None)
        self.emptied.emit()

    def _about(self, member_id: UUID | None, name: str = "", card: str = "") -> None:
        self.member_id, self.masked_name, self.masked_card = member_id, name, card

    def _on_recorded(self, allowed: bool) -> None:
        self.busy = False
        self._about(None)
        self._say(Said.message("positive", "member_allowed" if allowed else "member_denied"))
        self.emptied.emit()

    def _on_failed(self, problem: GuichetError) -> None:
        self.busy = False
        self._refuse(problem)

    def _refuse(self, problem: GuichetError) -> None:
        self._say(Said.refusal(problem), _FIELD_OF.get(problem.code, ""))

    def _say(self, said: Said | None, field: str = "") -> None:
        self.said, self.field = said, field
        self.changed.emit()


_FIELD_OF: Final = {**FIELD_OF, "not_denied": "member"}
