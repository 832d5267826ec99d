"""Who is in the scope of an office with members of its own, as one transaction changes it.

A membership is a row per reason, written under the lock of the member's row alone: so the hash that
is added to a scope's sum, or taken from it, is the one that stands there. Entering and leaving are
told to the office's replicas by change-log rows of kind 'scope'.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy.engine import Connection

from sync.server.store import tables as t
from sync.server.store.bulk import delete_rows, find_rows, insert_rows
from sync.server.sums import Lanes

DAY_MS: Final = 86_400_000
VISITED_DAYS: Final = 90
"""So long after a visit the office's replicas hold the member, to the end of that day (UTC)."""
WHOLE, GATHERING, OWN = "whole", "gathering", "own"
"""Whom an office's replicas hold: everybody; everybody still, while its own are gathered; those."""
SCOPE_KIND: Final = "scope"
"""Of a change-log row that says that a member has entered an office's scope, or left it."""


class Reason(StrEnum):
    """Why a member is in a scope."""

    HOME = "home"
    VISITED = "visited"
    EXPECTED = "expected"
    LEASED = "leased"


@dataclass(frozen=True, slots=True)
class Scope:
    """Members of its own for an office's replicas, in use or being gathered.

    Attributes:
        number: of that scope among its office's, from 1.
    """

    scope_id: UUID
    office_id: UUID
    office_code: str
    number: int

    @classmethod
    def of_office(cls, row: Any) -> Scope:
        return cls(row.scope_id, row.office_id, row.code, row.scope_number)


class Standing(NamedTuple):
    """What decides of a member's memberships; `row_hash` None: no replica has the row."""

    home_office: str
    row_hash: int | None


class Scopes:
    """The memberships that one writing transaction changes; `Work.finish` writes them.

    Attributes:
        named: members about whose memberships something was said, to be locked by the caller.
        is_told: whether replicas hear of it; not of members gathered before anybody follows.
    """

    def __init__(
        self,
        connection: Connection,
        programme_id: UUID,
        now_ms: int,
        offices: Callable[[], Sequence[Any]],
    ) -> None:
        """Begin with none; `offices` gives at least those that have a scope."""
        self._offices = offices
        self._connection = connection
        self._programme_id = programme_id
        self._now_ms = now_ms
        self.named: dict[UUID, None] = {}
        self.is_told = True
        self._entering: dict[tuple[UUID, UUID], dict[Reason, int]] = {}
        self._ending: defaultdict[tuple[UUID, UUID], set[Reason]] = defaultdict(set)
        self._held: dict[tuple[UUID, UUID], dict[Reason, int | None]] = {}

    @cached_property
    def kept(self) -> Mapping[UUID, Scope]:
        """The programme's scopes, by office."""
        found = (Scope.of_office(row) for row in self._offices() if row.scope_id is not None)
        return {scope.office_id: scope for scope in found}

    # --- saying

    def visited(self, office_id: UUID, member_id: UUID, at_ms: int) -> None:
        """A member was at an office; clocks that run ahead are not believed."""
        day = min(at_ms, self._now_ms) // DAY_MS + 1
        self.enter(office_id, member_id, Reason.VISITED, (day + VISITED_DAYS) * DAY_MS)

    def leased(self, office_id: UUID, member_id: UUID) -> None:
        """One of the office's devices holds a lease; whether it still does is looked at daily."""
        self.enter(office_id, member_id, Reason.LEASED, self._now_ms + DAY_MS)

    def enter(self, office_id: UUID, member_id: UUID, reason: Reason, until_ms: int) -> None:
        """A member is in an office's scope until a time; of two the later one counts."""
        scope = self.kept.get(office_id)
        if scope is None or until_ms <= self._now_ms:
            return
        reasons = self._entering.setdefault((scope.scope_id, member_id), {})
        reasons[reason] = max(until_ms, reasons.get(reason, until_ms))
        self.named[member_id] = None

    def end(self, scope_id: UUID, member_id: UUID, reason: Reason) -> None:
        """Let a reason go if its time is over, which is read again under the lock."""
        self._ending[scope_id, member_id].add(reason)
        self.named[member_id] = None

    def consider(self, member_ids: Iterable[UUID]) -> None:
        """Make these members' memberships fit their home offices."""
        self.named.update(dict.fromkeys(member_ids))

    # --- writing

    def load(self, member_ids: Collection[UUID]) -> None:
        """Read the memberships of members that are locked."""
        if not member_ids or not self.kept:
            return
        alive = {scope.scope_id for scope in self.kept.values()}
        for row in find_rows(
            self._connection,
            t.scope_member,
            "member_id",
            member_ids,
            programme_id=self._programme_id,
        ):
            if row.scope_id in alive:
                reasons = self._held.setdefault((row.scope_id, row.member_id), {})
                reasons[Reason(row.reason)] = row.until_ms

    def write(
        self,
        before: Mapping[UUID, Standing],
        after: Mapping[UUID, Standing],
        sums: dict[str, Lanes],
    ) -> list[tuple[str, str, UUID | None]]:
        """Write what `load` read and the transaction changed.

        Args:
            before: of the members that were loaded, as they stood.
            after: the same as they stand now.
            sums: added to.

        Returns:
            Rows for the change log.
        """
        if not after or not self.kept:
            return []
        scopes = {scope.scope_id: scope for scope in self.kept.values()}
        by_code = {scope.office_code: scope.scope_id for scope in scopes.values()}
        homes = {
            (by_code[standing.home_office], member_id): None
            for member_id, standing in after.items()
            if standing.home_office in by_code and standing.row_hash is not None
        }
        new: list[tuple[UUID, UUID, UUID, str, int | None]] = []
        gone: list[tuple[UUID, UUID, str]] = []
        log: list[tuple[str, str, UUID | None]] = []
        for place in dict.fromkeys([*self._held, *self._entering, *homes]):
            scope_id, member_id = place
            held = self._held.get(place, {})
            wanted: dict[Reason, int | None] = {}
            if after[member_id].row_hash is not None:
                wanted = self._wanted(place, held, is_home=place in homes)
            new += [
                (self._programme_id, scope_id, member_id, str(reason), until_ms)
                for reason, until_ms in wanted.items()
                if reason not in held or held[reason] != until_ms
            ]
            gone += [(scope_id, member_id, str(reason)) for reason in held if reason not in wanted]
            lanes = sums.setdefault(str(scope_id), Lanes())
            old_hash, new_hash = before[member_id].row_hash, after[member_id].row_hash
            if held and old_hash is not None:
                lanes.count(old_hash, -1)
            if wanted and new_hash is not None:
                lanes.count(new_hash, 1)
            if self.is_told and bool(held) != bool(wanted):
                log.append((SCOPE_KIND, str(member_id), scopes[scope_id].office_id))
        names = [column.name for column in t.scope_member.columns]
        insert_rows(self._connection, t.scope_member, names, new, replace=("until_ms",))
        delete_rows(
            self._connection, t.scope_member, names[1:4], gone, programme_id=self._programme_id
        )
        return log

    def offices_that_held(self, member_ids: Collection[UUID]) -> set[UUID]:
        """Offices in whose scopes one of these members was when `load` read them."""
        offices = {scope.scope_id: scope.office_id for scope in self.kept.values()}
        wanted = set(member_ids)
        return {offices[scope_id] for scope_id, member_id in self._held if member_id in wanted}

    def _wanted(
        self, place: tuple[UUID, UUID], held: Mapping[Reason, int | None], *, is_home: bool
    ) -> dict[Reason, int | None]:
        """The reasons that there are from now on."""
        wanted: dict[Reason, int | None] = dict(held)
        wanted.pop(Reason.HOME, None)
        for reason, until_ms in self._entering.get(place, {}).items():
            wanted[reason] = max(until_ms, wanted.get(reason) or 0)
        for reason in self._ending.get(place, ()):
            if (wanted.get(reason) or 0) <= self._now_ms:
                wanted.pop(reason, None)
        if is_home:
            wanted[Reason.HOME] = None
        return wanted
