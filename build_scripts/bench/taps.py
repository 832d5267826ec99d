"""A face touched on the panel, through the real core, and the plainest durable commit beside it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from app.services.commands import FinishEncounter, OpenEncounter, RecordRating

PAUSE_S: Final = 0.02
"""Between an encounter's end and the touch: what is under way then is there by chance."""


def tap(core: Any, score: int) -> float:
    """Milliseconds from `RecordRating` to its return, which is after the commit."""
    encounter_id = core.execute(OpenEncounter()).encounter_id
    core.execute(FinishEncounter(encounter_id))
    time.sleep(PAUSE_S)
    return _timed(partial(core.execute, RecordRating(encounter_id, score)))


def plain_commits(path: Path, count: int) -> list[float]:
    """Milliseconds of single inserts by the standard library's SQLite, WAL and FULL."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE rating (id BLOB PRIMARY KEY, score INTEGER)")
    times = [
        _timed(partial(connection.execute, "INSERT INTO rating VALUES (?, 5)", (uuid4().bytes,)))
        for _ in range(count)
    ]
    connection.close()
    return times


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000
