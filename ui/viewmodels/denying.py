"""The desk's page of the deny list: who is on it, put on it and taken off again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from PySide6.QtCore import QObject, Signal, Slot

from app.domain.errors import GuichetError
from app.services.commands import AllowMember, DenyMember
from app.services.core import Queries
from app.services.point_views import DenialView
from app.services.views import DeskView
from ui.qt.command_runner import CommandRunner
from ui.viewmodels.forms import FormViewModel
from ui.viewmodels.member_finder import MemberFinderViewModel
from ui.viewmodels.said import Said


class DenyingViewModel(FormViewModel):
    """Holds whom it is about, and what is said of it.

    Attributes:
        finder: whom it is about.

    Signals:
        emptied(): what was typed was recorded, or who typed it has gone.
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
        self.finder.changed.connect(self._on_found)

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
        member_id = self.finder.member_id
        return next((each for each in self.listed if each.member_id == member_id), None)

    @property
    def allows(self) -> bool:
        """Whether they would be taken off the list, and not be put on it."""
        denial = self.denial
        return denial is not None and denial.state != "allowing"

    def select(self, member_id: UUID) -> None:
        """It is about one of the list."""
        if member_id != self.finder.member_id:
            self.finder.take(member_id)

    def submit(self, reason: str) -> None:
        """Put them on the list, or take them off, for a reason as typed."""
        if self.busy:
            return
        self.reset()  # what is refused once more is said anew
        member_id, allows = self.finder.member_id, self.allows
        if member_id is None:
            self._on_failed(GuichetError("no_member", "whom"))
        elif not reason.strip():
            self._on_failed(GuichetError("empty_reason", "why"))
        else:
            command = (AllowMember if allows else DenyMember)(member_id, reason.strip())
            self._send(command, lambda _: self._on_recorded(allows))

    def refresh(self) -> None:
        """Take what the desk has read."""
        self.changed.emit()

    def forget(self) -> None:
        """Begin anew: who wrote something has gone, or comes back."""
        self.finder.forget()
        self.emptied.emit()

    @Slot()
    def _on_found(self) -> None:
        self._say(self.finder.said)

    def _on_recorded(self, allowed: bool) -> None:
        self.finder.forget()
        self._say(Said.message("positive", "member_allowed" if allowed else "member_denied"))
        self.emptied.emit()
