"""How many points each clerk gave away within the hour, over all counters.

A counter holds its clerk to the same limit by what it knows itself. The limit is policy: two
redemptions that are posted at the same moment may both just fit.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from app.domain.errors import Rejected
from app.domain.numbers import number_in
from sync.server.settings_of import SETTING, setting_object
from sync.server.states import RedemptionState
from sync.server.store import tables as t
from sync.server.store.bulk import ask, together
from sync.server.work import Work

BEYOND: Final = "over_clerk_limit"
"""Why a redemption is refused, or put before a manager where a counter gave it by itself."""

_HOUR_MS: Final = 3_600_000
_NO_LIMIT: Final = 2**53
_GIVEN: Final = sa.select(
    t.redemption.c.redemption_id,
    t.redemption.c.at_ms,
    (t.redemption.c.points - t.redemption.c.refunded).label("n"),
).where(
    t.redemption.c.programme_id == sa.bindparam("programme"),
    t.redemption.c.staff_id == sa.bindparam("staff"),
    t.redemption.c.at_ms > sa.bindparam("since"),
    t.redemption.c.at_ms <= sa.bindparam("until"),
    t.redemption.c.state == "posted",
)


class _Hours:
    """One clerk's redemptions by their moments, with sums that run along.

    Moments that come in order, as uploads bring them, cost the same however many there are.
    """

    def __init__(self) -> None:
        # by redemption: when, and how many points of it haven't come back
        self._given: dict[UUID, tuple[int, int]] = {}
        self._moments: list[int] = []
        self._sums = [0]  # of all before the moment of the same index
        self._in_order = True

    def __contains__(self, redemption_id: UUID) -> bool:
        return redemption_id in self._given

    def put(self, redemption_id: UUID, at_ms: int, points: int) -> None:
        is_older = bool(self._moments) and at_ms < self._moments[-1]
        self._in_order &= redemption_id not in self._given and not is_older
        self._given[redemption_id] = at_ms, points
        if self._in_order:
            self._append(at_ms, points)

    def until(self, at_ms: int) -> int:
        """Points within the hour that ends then."""
        if not self._in_order:
            self._moments, self._sums, self._in_order = [], [0], True
            for moment, points in sorted(self._given.values()):
                self._append(moment, points)
        first = bisect_right(self._moments, at_ms - _HOUR_MS)
        return self._sums[bisect_right(self._moments, at_ms)] - self._sums[first]

    def _append(self, at_ms: int, points: int) -> None:
        self._moments.append(at_ms)
        self._sums.append(self._sums[-1] + points)


class Given:
    """What clerks gave, as one transaction holds it; empty where there is no limit."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._limit: int | None = None
        self._clerks: defaultdict[UUID, _Hours] = defaultdict(_Hours)

    def load(self, moments: Iterable[tuple[UUID, int]]) -> None:
        """Read what these clerks gave in the hour before each moment, ms by the server's clock."""
        moments = list(moments)
        if not moments:
            return
        programme = {"programme": self._work.programme_id}
        times = [at_ms for _, at_ms in moments]
        span = {"since": min(times) - _HOUR_MS, "until": max(times)}
        clerks = {staff_id for staff_id, _ in moments}
        connection = self._work.connection
        with together(connection):
            rules = ask(connection, SETTING, {**programme, "setting_name": "redemption"})
            given = {
                staff_id: ask(connection, _GIVEN, {**programme, **span, "staff": staff_id})
                for staff_id in clerks
            }
        limit = number_in(
            setting_object(rules[0].value if rules else None), "clerk_points_per_hour", _NO_LIMIT
        )
        self._limit = None if limit == _NO_LIMIT else limit
        for staff_id, rows in given.items():
            hours = self._clerks[staff_id]
            for row in rows:
                if row.redemption_id not in hours:  # what this transaction has changed is newer
                    hours.put(row.redemption_id, row.at_ms, row.n)

    def is_beyond(self, staff_id: UUID | None, points: int, *, at_ms: int) -> bool:
        """Whether so many points more are beyond what a clerk may give within an hour."""
        if self._limit is None or staff_id is None:
            return False
        return points + self._clerks[staff_id].until(at_ms) > self._limit

    def check(self, staff_id: UUID | None, points: int, *, at_ms: int) -> None:
        """Raises Rejected('over_clerk_limit')."""
        if self.is_beyond(staff_id, points, at_ms=at_ms):
            raise Rejected(BEYOND, "The clerk has given away what the rules allow within an hour")

    def note(self, redemption_id: UUID, state: RedemptionState) -> None:
        """Take note of a redemption as it is from now on."""
        if self._limit is not None and state.staff_id is not None:
            left = state.points - state.refunded if state.state == "posted" else 0
            hours = self._clerks[state.staff_id]
            if left or redemption_id in hours:  # nothing was given yet by an intent
                hours.put(redemption_id, state.at_ms, left)
