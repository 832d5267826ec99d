"""Records of one person that the operator merges in the middle of a day, with leases open."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from tests.simulation.programme import Programme

FLIGHTS = 2
"""That each member may have taken, of those with neighbouring numbers."""


@dataclass(frozen=True)
class Merge:
    """One that went into another, and how many decisions the server had made by then."""

    away: UUID
    stay: UUID
    place: int


class Merges:
    """Who is who, as the operator said and the server confirmed."""

    def __init__(self, done: Sequence[Merge]) -> None:
        self._into: Mapping[UUID, Merge] = {merge.away: merge for merge in done}

    @property
    def aliases(self) -> list[tuple[UUID, UUID]]:
        """(alias, who stays in the end), in the order in which they were merged."""
        return [(away, self.survivor(away)) for away in self._into]

    def survivor(self, member_id: UUID, *, place: int | None = None) -> UUID:
        """Whom an id means in the end, or when the server had made so many decisions."""
        while True:
            merge = self._into.get(member_id)
            if merge is None or (place is not None and place < merge.place):
                return member_id
            member_id = merge.stay

    def one_of(self, member_id: UUID) -> set[UUID]:
        """All records of whoever this is one of."""
        whose = self.survivor(member_id)
        return {member_id, whose, *(away for away in self._into if self.survivor(away) == whose)}

    def is_one_of_several(self, member_id: UUID) -> bool:
        """Whether records were merged into this one, or it into another."""
        return member_id in self._into or any(
            self.survivor(away) == member_id for away in self._into
        )


def pick(
    programme: Programme, source: random.Random, done: Sequence[Merge]
) -> tuple[UUID, UUID] | None:
    """Two who never took the same flight, of whom a counter holds points if possible."""
    gone = {merge.away for merge in done}
    members = [member_id for member_id in programme.start if member_id not in gone]
    leased = programme.leased()
    away = source.choice([i for i in members if i in leased] or members)
    whole = Merges(done)
    others = [
        member_id
        for member_id in members
        if member_id != away and not _flights(whole, away) & _flights(whole, member_id)
    ]
    return (away, source.choice(others)) if others else None


def _flights(merges: Merges, member_id: UUID) -> set[int]:
    theirs = [member_id, *(away for away, stay in merges.aliases if stay == member_id)]
    return {(one.int + n) % 25 for one in theirs for n in range(FLIGHTS)}
