"""work.db while it is open: the writer's one connection and the readers' own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from sqlalchemy import Connection, Executable, Row

from app.domain.errors import Unavailable
from app.ports.patience import Patience
from app.store.cipher import read_engine, write_engine
from app.store.failures import as_unavailable, translated
from app.store.mending import mend
from app.store.writer import Writer

T = TypeVar("T")


class WorkDatabase:
    """Runs transactions on the writer and reads wherever they are asked for.

    Every method raises Unavailable: disk_full, disk_error, database_damaged, database_busy, and
    what a blind seat answers; a transaction that raises has changed nothing. Where pages of the
    journal turn out damaged the file is mended and what was asked for runs once more.
    """

    def __init__(self, path: Path, key: bytes, writer: Writer, patience: Patience) -> None:
        self.writer = writer
        self._patience = patience
        self._path, self._key = path, key
        self._times_mended = 0
        self._is_beyond_mending = False
        self._write_engine = write_engine(path, key)
        self._read_engine = read_engine(path, key)
        self._resting: list[Connection] | None = []  # readers' own; None once all are to go
        self._rest_lock = Lock()
        self._connection: Connection | None = None  # the writer thread's alone
        self._refusal: Unavailable | None = None

    def refuse(self, refusal: Unavailable) -> None:
        """From now on answer everything with `refusal`; called on the writer."""
        self._refusal = refusal
        self._let_go()
        self._let_readers_go()

    def _check(self) -> None:
        if self._refusal is not None:
            raise Unavailable(self._refusal.code, self._refusal.message)

    def transact(self, work: Callable[[Connection], T], *, user: bool) -> T:
        """Run one transaction on the writer; returns after the durable commit."""
        run = self.writer.run if user else self.writer.run_sync
        return run(lambda: self._mending(lambda: self._transact(work)), self._patience.wait)

    def _transact(self, work: Callable[[Connection], T]) -> T:
        self._check()
        with translated():
            if self._connection is None:
                self._connection = self._write_engine.connect()
            connection = self._connection
            try:
                with connection.begin():
                    return work(connection)
            except Exception as error:
                self._after(error)
                raise

    def _mending(self, ask: Callable[[], T]) -> T:
        """What is asked for, once more if the file was damaged: mended, or not for long."""
        times = self._times_mended
        try:
            return ask()
        except Unavailable as problem:
            if problem.code != "database_damaged" or self._refusal is not None:
                raise
            if self._is_beyond_mending:
                raise
            is_mended = self.writer.run_sync(lambda: self._mend(times), self._patience.wait)
        try:
            return ask()
        except Unavailable as problem:
            # It is something else that is damaged: nobody waits for another look
            self._is_beyond_mending = problem.code == "database_damaged" and not is_mended
            raise

    def _mend(self, times: int) -> bool:
        """Mend the file unless somebody has since; whether there was anything that could be."""
        if self._times_mended > times:
            return True
        self._let_go()
        try:
            with translated():
                mended = mend(self._path, self._key, self._patience.tell)
        except Unavailable as problem:
            if problem.code != "database_damaged":
                raise
            return False
        self._times_mended += mended.is_damaged
        return mended.is_damaged

    def _after(self, error: Exception) -> None:
        """After a failure of the disk begin anew with a fresh connection."""
        if as_unavailable(error) is not None:
            self._let_go()

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()

    def read(self, work: Callable[[Connection], T]) -> T:
        """Read several things as of one moment, on a read-only connection."""

        def once() -> T:
            with self._reading() as connection:
                connection.exec_driver_sql("BEGIN")
                result = work(connection)
                connection.exec_driver_sql("ROLLBACK")  # to end it is all
                return result

        return self._mending(once)

    def fetch(self, statement: Executable, parameters: dict[str, Any]) -> Sequence[Row[Any]]:
        """Run one read on a read-only connection of the calling thread."""

        def once() -> Sequence[Row[Any]]:
            with self._reading() as connection:
                return connection.execute(statement, parameters).all()

        return self._mending(once)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """A connection that nobody else uses; one that saw trouble is not used again.

        They stay open and ready: to take one from a pool and give it back costs more than to read.
        """
        self._check()
        with translated():
            connection = self._rested() or self._read_engine.connect()
            try:
                yield connection
            except BaseException:
                connection.close()
                raise
            self._rest(connection)

    def _rested(self) -> Connection | None:
        with self._rest_lock:
            return self._resting.pop() if self._resting else None

    def _rest(self, connection: Connection) -> None:
        with self._rest_lock:
            if self._resting is not None:
                self._resting.append(connection)
                return
        connection.close()

    def _let_readers_go(self) -> None:
        with self._rest_lock:
            resting, self._resting = self._resting, None
        for connection in resting or ():
            connection.close()

    def close(self) -> None:
        """Close all connections; the writer has stopped before."""
        self._let_readers_go()
        self._let_go()
