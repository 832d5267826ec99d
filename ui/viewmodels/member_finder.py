"""Whom a form of the desk is about: looked up at each letter, chosen by the manager."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from app.domain.errors import GuichetError
from app.services.core import Queries
from app.services.views import FoundMember, MemberView
from ui.viewmodels.said import Said

MOST_FOUND: Final = 6


class MemberFinderViewModel(QObject):
    """Holds whom the typed text means, and who was chosen.

    Attributes:
        found: whom the typed text means, best first.
        member_id: whom it is about, None until chosen.
        member: the same as this PC knows them; None where it doesn't hold them.
        said: why nobody could be looked up.

    Signals:
        changed(): any of them differs.
        emptied(): what was typed isn't meant any more.
    """

    changed = Signal()
    emptied = Signal()

    def __init__(self, queries: Queries, parent: QObject | None = None) -> None:
        """Look up in `queries`."""
        super().__init__(parent)
        self._queries = queries
        self.found: Sequence[FoundMember] = ()
        self.member_id: UUID | None = None
        self.member: MemberView | None = None
        self.said: Said | None = None

    def search(self, text: str) -> None:
        """Look whom the text means; whoever was chosen is let go."""
        found: Sequence[FoundMember] = ()
        said = None
        try:
            if text.strip():
                found = self._queries.search(text, MOST_FOUND)
        except GuichetError as problem:
            said = Said.refusal(problem)
        self._be_about(None, None, found, said)

    def choose(self, member_id: UUID) -> None:
        """It is about one of those found; about nobody where they have gone meanwhile."""
        member = self._queries.member(member_id)
        self._be_about(None if member is None else member_id, member)

    def take(self, member_id: UUID) -> None:
        """It is about somebody who wasn't searched for, whether or not this PC holds them."""
        self.emptied.emit()
        self._be_about(member_id, self._queries.member(member_id))

    def forget(self) -> None:
        """It is about nobody, and nothing is typed."""
        self.emptied.emit()
        self._be_about(None, None)

    def _be_about(
        self,
        member_id: UUID | None,
        member: MemberView | None,
        found: Sequence[FoundMember] = (),
        said: Said | None = None,
    ) -> None:
        self.member_id, self.member = member_id, member
        self.found, self.said = found, said
        self.changed.emit()
