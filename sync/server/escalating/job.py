"""The leader's look, once a second, at low ratings that nobody took."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final
from uuid import UUID

import structlog

from sync.server.escalating.messages import text_of
from sync.server.escalating.sending import Mailbox, NotSent, send
from sync.server.escalating.waiting import Due, Waiting, claim, settle
from sync.server.store.engine import reading
from sync.server.transactions import Steps

_log = structlog.get_logger("guichet.server")

_AT_ONCE: Final = 8
Send = Callable[[Due], None]
"""Raises NotSent."""


class Escalation:
    """All programmes' low ratings on their way to whoever is to be told besides the desks."""

    def __init__(self, mailbox: Mailbox | None = None) -> None:
        self._mailbox = mailbox
        self._waiting: dict[UUID, Waiting] = {}

    def step(self, jobs: Steps) -> int:
        """Send what is due; returns how many messages got through."""
        waiting = self._waiting.setdefault(jobs.programme_id, Waiting(jobs.programme_id))
        with reading(jobs.engine) as connection:
            due = waiting.find(connection, jobs.now_ms())
        if not due:
            return 0
        jobs.step(partial(claim, due=due))
        outcomes = self._sent(due)
        jobs.step(partial(settle, outcomes=outcomes))
        return sum(not problem for _, problem in outcomes)

    def _sent(self, due: Sequence[Due]) -> list[tuple[Due, str]]:
        with ThreadPoolExecutor(_AT_ONCE, "escalating") as threads:
            return list(zip(due, threads.map(self._try, due), strict=True))

    def _try(self, due: Due) -> str:
        try:
            send(due.route, text_of(due.low, due.route.language), due.low, self._mailbox)
        except NotSent as problem:
            _log.warning("alarm_not_sent", route=due.route.label, problem=str(problem))
            return str(problem)
        return ""
