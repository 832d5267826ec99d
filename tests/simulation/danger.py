"""When a PC's process dies: before, during or after any transaction, or with its power."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import sqlalchemy as sa

from app.store.seat import Seat
from tests.simulation.disk import WrittenThrough

if TYPE_CHECKING:
    from tests.simulation.counter import CounterPc

T = TypeVar("T")

CRASHES: Final = {
    "crash_before_writing": 0.0012,
    "crash_while_writing": 0.0040,
    "crash_after_commit": 0.0025,
    "power_cut": 0.0030,
}
"""How often a writer's task ends so while the storm lasts."""
CRASH_WHILE_SENDING: Final = 0.008
_DEEPEST: Final = 12  # statements of a transaction


class Crashed(BaseException):
    """A PC's process was killed, wherever it was."""

    def __init__(self, pc: CounterPc) -> None:
        super().__init__(pc.name)
        self.pc = pc


class Danger:
    """Lets one PC's process die while it is `armed`.

    Attributes:
        armed: whether anything happens at all.
        dead: it has; nothing more is written.
        power_is_off: it died with the PC's power.
    """

    def __init__(
        self,
        pc: CounterPc,
        source: random.Random,
        fired: Counter[str],
        written_through: WrittenThrough,
        *,
        without: frozenset[str],
    ) -> None:
        self.armed = False
        self.dead = False
        self.power_is_off = False
        self._pc = pc
        self._source = source
        self._fired = fired
        self._written_through = written_through
        self._without = without
        self._seat: Seat
        self._statements_left = 0  # until the process is killed; 0: it isn't

    def begin(self) -> None:
        """The PC is switched on."""
        self.dead = self.power_is_off = False
        self._statements_left = 0

    def hang_over(self, seat: Seat) -> None:
        """Let the process die at any point of any transaction, of the user's or of sync's."""
        self._seat = seat
        for name in ("run", "run_sync"):
            setattr(seat._database.writer, name, self._write)
        connect = seat.sync.connect_members
        seat.sync.connect_members = lambda path: _Watched(connect(path), self, path)  # type: ignore[method-assign]

    def while_sending(self) -> None:
        """The answer to a request is here, or never will be for this process."""
        dies = self.armed and self._source.random() < CRASH_WHILE_SENDING
        if dies and "crash_while_sending" not in self._without:
            self._die("crash_while_sending")

    def about_to_write(self, *_: object) -> None:
        """A statement is about to run; it may never."""
        if self._statements_left:
            self._statements_left -= 1
            if not self._statements_left:
                self._die("crash_while_writing")

    def committed(self, name: str, connection: Any) -> None:
        """A commit to a database of this name has returned."""
        self._written_through.committed(name, connection)

    def _die(self, kind: str) -> None:
        self.dead = True
        self._statements_left = 0
        self._fired[kind] += 1
        raise Crashed(self._pc)

    def _write(self, work: Callable[[], T], wait: object = None) -> T:
        """A writer's task, at once: there is one thread, and nobody to hand it to or to wait."""
        if self.dead:
            raise Crashed(self._pc)
        fate = self._fate() if self.armed else ""
        if fate == "crash_before_writing":
            self._die(fate)
        result = self._break_off(work) if fate == "crash_while_writing" else work()
        if fate == "power_cut":
            # While the commit was on its way to the disk: nobody has heard that it is done
            self.power_is_off = True
            self._die(fate)
        connection = self._seat._database._connection
        if connection is not None:
            self.committed("work.db", connection.connection.driver_connection)
        if fate == "crash_after_commit":
            self._die(fate)
        return result

    def _break_off(self, work: Callable[[], T]) -> T:
        """Run a task until one of its statements, if it has so many."""
        self._statements_left = self._source.randint(1, _DEEPEST)
        connection = self._seat._database._connection
        if connection is not None:
            sa.event.listen(connection, "before_cursor_execute", self.about_to_write)
        try:
            return work()
        finally:
            self._statements_left = 0
            if connection is not None:
                sa.event.remove(connection, "before_cursor_execute", self.about_to_write)

    def _fate(self) -> str:
        throw = self._source.random()
        for kind, share in CRASHES.items():
            throw -= share
            if throw < 0:
                return "" if kind in self._without else kind
        return ""


class _Watched:
    """A connection to a members file: each statement may be the last, each commit is noted."""

    def __init__(self, connection: Any, danger: Danger, path: Path) -> None:
        self._connection = connection
        self._danger = danger
        self._name = path.name

    def execute(self, statement: str, *parameters: Any) -> Any:
        self._danger.about_to_write()
        found = self._connection.execute(statement, *parameters)
        if statement == "COMMIT" or statement.startswith("PRAGMA wal_checkpoint"):
            self._danger.committed(self._name, self._connection)
        return found

    def executemany(self, *arguments: Any) -> Any:
        self._danger.about_to_write()
        return self._connection.executemany(*arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)
