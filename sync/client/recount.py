"""The members file counted anew while nothing else is due, a few rows at a time.

After each pull the sum that was kept change by change is compared with the server's. It can't tell
when a row was altered beside it: by a failing disk, or by a bug. So now and then all rows are read
again, in one view of the file that pulls go on beside.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from app.domain.errors import Unavailable
from app.ports.sync_store import SyncStore
from sync.client.replica_file import Damaged, translate
from sync.protocol.replica.rows import recounting, stored_sum

FIRST_AFTER_S: Final = 600.0
EVERY_S: Final = 86_400.0
PAUSE_S: Final = 0.02


class Recount:
    """Decides when to count and does the counting, step by step."""

    def __init__(self, store: SyncStore) -> None:
        self._store = store
        self._due_s: float | None = None
        self._connection: Any = None
        self._steps: Iterator[bool] | None = None

    def step(self, path: Path, now: float) -> float:
        """Count on, if it is time to; returns when to come again.

        Args:
            path: the members file in use.
            now: seconds on the engine's clock.

        Raises:
            Damaged: the rows don't add up, or can't be read.
            Unavailable: the disk.
        """
        if self._due_s is None:
            self._due_s = now + FIRST_AFTER_S
        if now < self._due_s:
            return self._due_s
        self._due_s = now + PAUSE_S
        try:
            if self._steps is None:
                self._connection = self._store.connect_members(path)
                self._steps = self._count()
            for _ in self._steps:
                return self._due_s
        except (Damaged, Unavailable):
            self._rest(now)
            raise
        except Exception as error:
            driver = self._connection
            self._rest(now)
            if driver is not None and isinstance(error, driver.DatabaseError):
                raise translate(error) from error
            raise
        self._rest(now)
        return self._due_s

    def _rest(self, now: float) -> None:
        self.stop()
        self._due_s = now + EVERY_S

    def stop(self) -> None:
        """Let go of the file; what was counted so far is forgotten."""
        self._steps = None
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _count(self) -> Iterator[bool]:
        self._connection.execute("BEGIN")
        kept = stored_sum(self._connection)
        for total in recounting(self._connection):
            if total is None:
                yield True
            elif total != kept:
                raise Damaged(f"{total} was counted, {kept} was kept")
