"""Members whom the file in use is about to lose: whom the seat needs is kept beside it in time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from app.domain.member import Member
from app.store.database import WorkDatabase
from app.store.looked_up import in_use, keep_while_in_use
from app.store.members import SqlMembers
from app.store.members_files import unless_damaged

_ROWS_A_TASK: Final = 50
"""A tap waits for no more rows than of a page of the members file."""


class Leaving:
    """Keeps them, for sync's thread alone.

    Raises:
        Unavailable: from every method, when the disk fails.
    """

    def __init__(self, database: WorkDatabase, members: SqlMembers) -> None:
        self._database = database
        self._members = members
        self._leaving: list[Member] = []  # with the page that is being written

    def keep_of_file(self) -> set[UUID]:
        """Another file is about to take the place of the one in use; returns whom it keeps."""
        return self._keep(self._readable(self._database.read(in_use)))

    def keep_late(self, connection: Connection, kept: set[UUID]) -> None:
        """In the transaction that puts the other in use: whoever came to the counter meanwhile."""
        keep_while_in_use(connection, self._readable(in_use(connection) - kept))

    def leave(self, member_ids: Sequence[UUID]) -> None:
        """A page is about to take these members out of the file in use.

        Raises:
            Unavailable: also members_damaged, the file can't be read.
        """
        self._leaving = self._members.in_file(member_ids)
        self._keep_leaving()

    def left(self) -> None:
        """The page is written; whoever came to the counter meanwhile is kept as well."""
        self._keep_leaving()
        self._leaving = []

    def _keep_leaving(self) -> None:
        if not self._leaving:
            return
        kept = self._keep(self._leaving)
        if kept:
            self._leaving = [m for m in self._leaving if m.member_id not in kept]
            self._members.changed()

    def _keep(self, members: Sequence[Member]) -> set[UUID]:
        """Keep those of the members who are in use; returns whom."""
        ids = self._database.read(in_use)
        needed = [member for member in members if member.member_id in ids]
        for first in range(0, len(needed), _ROWS_A_TASK):
            few = needed[first : first + _ROWS_A_TASK]
            self._database.transact(partial(keep_while_in_use, members=few), user=False)
        return {member.member_id for member in needed}

    def _readable(self, member_ids: Iterable[UUID]) -> list[Member]:
        """Those in the file in use; damage mustn't keep it in use, as that is what it goes for."""
        found: list[Member] = []
        for member_id in member_ids:
            found += unless_damaged(partial(self._members.in_file, [member_id]), [])
        return found
