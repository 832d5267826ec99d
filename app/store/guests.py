"""Whom this counter knows, kept up to date from work.db while it is open."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Executable, Row, bindparam, func, literal_column, select

from app.domain.familiarity import Familiarity
from app.store.tables import encounter, lease

_VISITS_READ: Final = 3_000
"""As many of the last encounters count after a start: some fifty days of a busy counter."""

_rowid: Final[ColumnElement[int]] = literal_column("encounter.rowid")
_LAST: Final = select(func.coalesce(func.max(_rowid), 0)).select_from(encounter)
# Whoever is being served isn't searched for, and their member may still change.
_VISITS: Final = (
    select(_rowid, encounter.c.member_id, encounter.c.opened_ms)
    .where(_rowid > bindparam("after"), encounter.c.outcome.is_not(None))
    .order_by(_rowid)
)
_EXPECTED: Final = select(lease.c.member_id).where(lease.c.state == "open")


class Guests:
    """Reads what is new at every look, which costs one short statement.

    Args:
        fetch: runs one statement on work.db and gives all its rows.
    """

    def __init__(self, fetch: Callable[[Executable, dict[str, Any]], Sequence[Row[Any]]]) -> None:
        self._fetch = fetch
        self._lock = threading.Lock()
        self._familiar = Familiarity()
        self._after: int | None = None
        self._pulls = 1
        self._pulls_seen = 0

    def leases_changed(self) -> None:
        """A pull has committed: the server may have set points aside for others."""
        self._pulls += 1

    def familiar(self) -> Familiarity:
        """Give whom the counter knows, visits that ended a moment ago included."""
        with self._lock:
            if (pulls := self._pulls) != self._pulls_seen:
                self._familiar.expect(row[0].bytes for row in self._fetch(_EXPECTED, {}))
                self._pulls_seen = pulls
            if self._after is None:
                self._after = max(0, int(self._fetch(_LAST, {})[0][0]) - _VISITS_READ)
            for row_id, member_id, opened_ms in self._fetch(_VISITS, {"after": self._after}):
                self._after = row_id
                if member_id is not None:
                    self._familiar.saw(member_id.bytes, opened_ms)
            return self._familiar
