"""How many points each clerk gave away within the hour, over all counters.

A counter holds its clerk to the same limit by what it knows itself. The limit is policy: two
redemptions that are posted at the same moment may both just fit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from app.domain.errors import Rejected
from app.domain.numbers import number_in
from sync.server.states import RedemptionState
from sync.server.store import tables as t
from sync.server.store.bulk import select_in
from sync.server.work import Work

BEYOND: Final = "over_clerk_limit"
"""Why a redemption is refused, or put before a manager where a counter gave it by itself."""

_HOUR_MS: Final = 3_600_000


class Given:
    """What clerks gave, as one transaction holds it; empty where there is no limit."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._limit: int | None = None
        # by clerk and redemption: when, and how many points of it haven't come back
        self._given: defaultdict[UUID, dict[UUID, tuple[int, int]]] = defaultdict(dict)

    def load(self, moments: Iterable[tuple[UUID, int]]) -> None:
        """Read what these clerks gave in the hour before each moment, ms by the server's clock."""
        moments = list(moments)
        if not moments:
            return
        most = 2**53
        limit = number_in(self._work.setting("redemption"), "clerk_points_per_hour", most)
        if limit == most:
            return
        self._limit = limit
        redemption = t.redemption
        left = redemption.c.points - redemption.c.refunded
        given = sa.select(
            redemption.c.staff_id, redemption.c.redemption_id, redemption.c.at_ms, left.label("n")
        ).where(
            redemption.c.programme_id == self._work.programme_id,
            redemption.c.state == "posted",
            redemption.c.at_ms > min(at_ms for _, at_ms in moments) - _HOUR_MS,
            redemption.c.at_ms <= max(at_ms for _, at_ms in moments),
        )
        clerks = {staff_id for staff_id, _ in moments}
        for row in select_in(self._work.connection, given, redemption.c.staff_id, clerks):
            self._given[row.staff_id][row.redemption_id] = row.at_ms, row.n

    def is_beyond(self, staff_id: UUID | None, points: int, *, at_ms: int) -> bool:
        """Whether so many points more are beyond what a clerk may give within an hour."""
        if self._limit is None or staff_id is None:
            return False
        given = self._given[staff_id].values()
        return points + sum(n for ms, n in given if at_ms - _HOUR_MS < ms <= at_ms) > self._limit

    def check(self, staff_id: UUID | None, points: int, *, at_ms: int) -> None:
        """Raises Rejected('over_clerk_limit')."""
        if self.is_beyond(staff_id, points, at_ms=at_ms):
            raise Rejected(BEYOND, "The clerk has given away what the rules allow within an hour")

    def note(self, redemption_id: UUID, state: RedemptionState) -> None:
        """Take note of a redemption as it is from now on."""
        if self._limit is not None and state.staff_id is not None:
            left = state.points - state.refunded if state.state == "posted" else 0
            self._given[state.staff_id][redemption_id] = state.at_ms, left
