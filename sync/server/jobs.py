"""What has to be done now and then, by one process of all: the leader.

On PostgreSQL the leader holds an advisory lock for as long as its session lives; when it dies
another process takes over within seconds. Jobs go chunk by chunk, each a short transaction, because
an open one holds every pull back; a chunk may be done twice and the run may end anywhere.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final

import psycopg
import structlog
from sqlalchemy.exc import SQLAlchemyError

from sync.server.ending import end, on_thread
from sync.server.failures import passes_by_itself, told
from sync.server.problems import ProblemError
from sync.server.store.engine import connect_session, is_postgresql
from sync.server.upkeep import Upkeep

_EVERY_S: Final = 3_600.0
_LOOK_S: Final = 5.0
_PUBLISH_S: Final = 1.0
_PATIENCE_S: Final = 5.0
_LOCK: Final = 0x6775_6963_6A6F  # of PostgreSQL's advisory locks, ours for the leader
# A database that is still being restored can be read already, and has no jobs to be done
_TRY: Final = "SELECT CASE WHEN pg_is_in_recovery() THEN false ELSE pg_try_advisory_lock(%s) END"
# A leader whose machine vanished is noticed, and its lock freed, within half a minute
_KEEPALIVES: Final = (
    "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
)

_STOCK_S: Final = 15.0
"""Between two looks at what is left of scarce rewards: every counter is told."""

_ESCALATING_S: Final = 1.0

_log = structlog.get_logger("guichet.jobs")


class Jobs:
    """A candidate for running the jobs; on SQLite, with its one process, always the leader.

    Attributes:
        is_leader: whether this process runs them now.
        done_s: when it came to the end of the hourly ones last, s since 1970; 0: never.
    """

    def __init__(
        self,
        upkeep: Upkeep,
        *,
        every_s: float = _EVERY_S,
        look_s: float = _LOOK_S,
        publish_s: float = _PUBLISH_S,
    ) -> None:
        """Make it.

        Args:
            upkeep: the jobs.
            every_s: between two runs: soon after each midnight, wherever the offices are.
            look_s: how often to look whether there is a leader, and the leader whether it still is.
            publish_s: between two looks at what offices' days count.
        """
        self._upkeep = upkeep
        self._engine = upkeep.transactions.engine
        self._every_s = every_s
        self._look_s = look_s
        self._publish_s = publish_s
        self.is_leader = False
        self.done_s = 0.0

    async def run(self) -> None:
        """Lead whenever nobody else does, for ever."""
        while True:
            try:
                if is_postgresql(self._engine):
                    await self._lead_under_lock()
                else:
                    await self._lead(_nobody_else)
            except (psycopg.Error, SQLAlchemyError, OSError) as error:
                _log.warning("leader_lost_database", error=type(error).__name__)
            finally:
                self.is_leader = False
            await asyncio.sleep(self._look_s * random.uniform(0.5, 1.0))

    async def _lead_under_lock(self) -> None:
        """Wait for the lock, and lead until the session is lost."""
        async with await connect_session(self._engine, options=_KEEPALIVES) as connection:
            while True:
                found = await connection.execute(_TRY, (_LOCK,))
                if await found.fetchone() == (True,):
                    break
                await asyncio.sleep(self._look_s * random.uniform(0.5, 1.0))

            async def confirm() -> None:
                async with asyncio.timeout(_PATIENCE_S):
                    await connection.execute("SELECT 1")

            await self._lead(confirm)

    async def _lead(self, confirm: Callable[[], Awaitable[Any]]) -> None:
        """Run the jobs; `confirm` raises once somebody else may be leading."""
        self.is_leader = True
        _log.info("leading")
        # Whatever happened to the database, whoever led it before lost it
        await on_thread(list, self._upkeep.noticing())
        # Desks shall not wait for their figures while a members file is made
        works = [
            self._keep_tidy(confirm),
            self._keep_publishing(confirm),
            self._keep_telling_stock(confirm),
            self._keep_escalating(confirm),
        ]
        tasks = [asyncio.create_task(work) for work in works]
        try:
            ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in ended:
                task.result()  # raises: neither ends by itself
        finally:
            await end(tasks)

    async def _keep_tidy(self, confirm: Callable[[], Awaitable[Any]]) -> None:
        due_s = 0.0
        while True:
            await confirm()
            if time.monotonic() >= due_s:
                for name, steps in self._upkeep.hourly():
                    if count := await self._do(name, steps, confirm):
                        _log.info("job_done", job=name, count=count)
                due_s = time.monotonic() + self._every_s
                self.done_s = time.time()
            await asyncio.sleep(self._look_s)

    async def _keep_publishing(self, confirm: Callable[[], Awaitable[Any]]) -> None:
        while True:
            await self._do("own_phones", self._upkeep.joining(), confirm)
            await self._do("office_days", self._upkeep.publishing_office_days(), confirm)
            await asyncio.sleep(self._publish_s)

    async def _keep_telling_stock(self, confirm: Callable[[], Awaitable[Any]]) -> None:
        while True:
            await self._do("stock", self._upkeep.publishing_stock(), confirm)
            await asyncio.sleep(_STOCK_S)

    async def _keep_escalating(self, confirm: Callable[[], Awaitable[Any]]) -> None:
        while True:
            await self._do("escalating", self._upkeep.escalating(), confirm)
            await asyncio.sleep(_ESCALATING_S)

    async def _do(
        self, name: str, steps: Iterator[int], confirm: Callable[[], Awaitable[Any]]
    ) -> int:
        count = 0
        while True:
            try:
                done = await on_thread(next, steps, None)
            except Exception as error:  # noqa: BLE001 # the next hour tries again
                if passes_by_itself(error) or isinstance(error, ProblemError):
                    _log.warning("job_put_off", job=name, **told(error))
                else:
                    _log.error("job_failed", job=name, **told(error))
                return count
            if done is None:
                return count
            count += done
            await confirm()


async def _nobody_else() -> None:
    """SQLite has one server."""
