"""How the server writes: a transaction at a time, again if the database asks so, and told about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from uuid import UUID

import sqlalchemy as sa
import uuid_utils.compat
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from sync.server.audience import Audience, Changed
from sync.server.failures import is_worth_repeating, passes_by_itself
from sync.server.problems import ProblemError
from sync.server.relay import announce
from sync.server.store import tables as t
from sync.server.store.engine import reading, writing
from sync.server.work import Work

T = TypeVar("T")

_ATTEMPTS: Final = 4


class Transactions:
    """What writes the database, and whom it tells.

    Attributes:
        before_commit: called inside a transaction that changed something, on its connection.
        after_commit: called once it stands.
    """

    def __init__(
        self,
        engine: Engine,
        clock: Callable[[], int],
        *,
        new_id: Callable[[], UUID] = uuid_utils.compat.uuid7,
    ) -> None:
        """Make it.

        Args:
            engine: from `store.engine.make_engine`, on a migrated database.
            clock: milliseconds since 1970 UTC.
            new_id: makes ids; UUIDv7 unless a simulation wants its own.
        """
        self.engine = engine
        self.clock = clock
        self.new_id = new_id
        self.before_commit: list[Callable[[Changed, Connection], None]] = []
        self.after_commit: list[Callable[[Changed], None]] = []

    def repeated(self, do: Callable[[], T]) -> T:
        """Do a whole transaction, again if the database asks so.

        Raises:
            ProblemError: busy, for trouble that passes by itself.
        """
        for attempt in range(_ATTEMPTS):
            try:
                return do()
            except SQLAlchemyError as error:
                if attempt < _ATTEMPTS - 1 and is_worth_repeating(error):
                    continue
                if passes_by_itself(error):
                    raise ProblemError("busy", "The server is busy; try again") from error
                raise
        raise AssertionError("unreachable")

    def begin(self, connection: Connection, programme_id: UUID) -> Work:
        """The work of a transaction that has just begun; `finish` ends it."""
        return Work(connection, programme_id, now_ms=self.clock(), new_id=self.new_id)

    def finish(self, work: Work) -> Callable[[], None]:
        """Write everything; returns what is to be called after the commit."""
        audiences = work.finish()
        if not audiences:
            return lambda: None
        changed = _changed(work, audiences)
        for listener in self.before_commit:
            listener(changed, work.connection)

        def tell() -> None:
            for done in self.after_commit:
                done(changed)

        return tell

    def step(self, programme_id: UUID, do: Callable[[Work], T]) -> T:
        """Do a part of a job in a transaction of its own; raises as `repeated` does."""

        def once() -> T:
            with writing(self.engine) as connection:
                work = self.begin(connection, programme_id)
                result = do(work)
                tell = self.finish(work)
            tell()
            return result

        return self.repeated(once)

    def programmes(self) -> Sequence[UUID]:
        """The ids of all programmes in the database."""
        with reading(self.engine) as connection:
            return connection.execute(sa.select(t.programme.c.programme_id)).scalars().all()


@dataclass(frozen=True, slots=True)
class Steps:
    """One programme's database, for a job: it reads, and writes step by step."""

    transactions: Transactions
    programme_id: UUID

    @property
    def engine(self) -> Engine:
        return self.transactions.engine

    def now_ms(self) -> int:
        return self.transactions.clock()

    def new_id(self) -> UUID:
        return self.transactions.new_id()

    def read(self, statement: sa.Select[Any]) -> Sequence[Any]:
        with reading(self.engine) as connection:
            return connection.execute(statement).all()

    def step(self, do: Callable[[Work], T]) -> T:
        """Do a part of the job in a transaction of its own."""
        return self.transactions.step(self.programme_id, do)


@contextmanager
def programme_work(
    engine: Engine, programme_id: UUID, *, now_ms: int, new_id: Callable[[], UUID]
) -> Iterator[Work]:
    """A writing transaction of the operator's, such as an import; whoever serves hears of it."""
    with writing(engine) as connection:
        work = Work(connection, programme_id, now_ms=now_ms, new_id=new_id)
        yield work
        if audiences := work.finish():
            announce(_changed(work, audiences), connection)


def _changed(work: Work, audiences: frozenset[Audience]) -> Changed:
    return Changed(work.programme_id, audiences, work.alarms, frozenset(work.case_offices))
