"""What a customer touches, through the real core, and the plainest durable commit beside it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

from app.domain.events import CustomerYes, Proof
from app.services.commands import (
    ConfirmRedemption,
    FinishEncounter,
    IdentifyMember,
    OpenEncounter,
    RecordRating,
    RequestRedemption,
)
from app.services.views import Promise

_PAUSE_S: Final = 0.02
"""Before the touch: what is under way then is there by chance."""


class NotPromised(Exception):
    """The customer got nothing, or not by what is being measured."""


def tap(core: Any, score: int) -> float:
    """Milliseconds from `RecordRating` to its return, which is after the commit."""
    encounter_id = core.execute(OpenEncounter()).encounter_id
    core.execute(FinishEncounter(encounter_id))
    time.sleep(_PAUSE_S)
    return _timed(partial(core.execute, RecordRating(encounter_id, score)))


def redeem(core: Any, member_id: UUID, reward_number: int, promise: Promise) -> float:
    """Milliseconds from the customer's yes to the answer, which is after the commit.

    Raises:
        NotPromised: the answer was another than `promise`.
    """
    encounter_id = core.execute(IdentifyMember(member_id, Proof.CARD)).encounter_id
    asked = core.execute(RequestRedemption(encounter_id, reward_number, Proof.CARD))
    time.sleep(_PAUSE_S)
    start = time.perf_counter()
    result = core.execute(ConfirmRedemption(asked.redemption_id, CustomerYes.PANEL))
    took_ms = (time.perf_counter() - start) * 1000
    if result.promise is not promise:
        raise NotPromised(f"{result.promise}: {result.reason}")
    core.execute(FinishEncounter(encounter_id))
    core.execute(RecordRating(encounter_id, 5))
    return took_ms


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
