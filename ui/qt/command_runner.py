"""Runs the core's commands off the GUI thread and brings the answers back onto it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.domain.errors import GuichetError, Unavailable
from app.domain.lean import dataclass
from app.services.commands import (
    ActOnDevice,
    AskExposure,
    AskFigures,
    AskFleet,
    AskManager,
    AskOwnWeeks,
    AskStatement,
    AskStatementOf,
    Command,
    ConfirmRedemption,
    CountFigures,
    Enrol,
    LookUpMember,
    SaveFigures,
    SaveStatement,
    SaveStatementOf,
    TakeVoucher,
)

Done = Callable[[Any], None]
Failed = Callable[[GuichetError], None]

_BESIDE: Final = (
    ActOnDevice, AskExposure, AskFigures, AskFleet, AskManager, AskOwnWeeks, AskStatement,
    AskStatementOf, ConfirmRedemption, CountFigures, Enrol, LookUpMember, SaveFigures,
    SaveStatement, SaveStatementOf, TakeVoucher,
)  # fmt: skip
"""What asks the network, or reads a year."""


@dataclass(frozen=True, slots=True)
class _Answer:
    done: Done
    failed: Failed
    result: Any
    error: Exception | None


class CommandRunner(QObject):
    """Hands commands to the core in the order they were given.

    Commands that ask the network, or read a year, have threads of their own, so that the clerk's
    and the customer's next presses never wait behind them.

    Signals:
        busy_changed(bool): whether any command is still under way.
    """

    busy_changed = Signal(bool)
    _answered = Signal(object)

    def __init__(self, execute: Callable[[Command], Any], parent: QObject | None = None) -> None:
        """Run commands by `execute`, which blocks and is thread-safe (`Core.execute`)."""
        super().__init__(parent)
        self._execute = execute
        self._in_order = ThreadPoolExecutor(1, thread_name_prefix="commands")
        self._beside = ThreadPoolExecutor(4, thread_name_prefix="slow-commands")
        self._under_way = 0
        self._closed = False
        # A method of a QObject of the GUI thread: Qt queues the call onto that thread
        self._answered.connect(self._on_answered, Qt.ConnectionType.QueuedConnection)

    @property
    def busy(self) -> bool:
        """Whether any command is still under way."""
        return self._under_way > 0

    def run(self, command: Command, done: Done, failed: Failed) -> None:
        """Run `command`; exactly one of the two is called later, on the GUI thread.

        Args:
            command: what to do.
            done: gets the command's result, once it is committed.
            failed: gets the refusal. A bug comes as `Unavailable('internal')`, and is then
                raised for `sys.excepthook`.

        Once closed it takes nothing: a timer may still fire while the windows go.
        """
        if self._closed:
            return
        self._under_way += 1
        if self._under_way == 1:
            self.busy_changed.emit(True)
        pool = self._beside if isinstance(command, _BESIDE) else self._in_order
        pool.submit(self._work, command, done, failed)

    def close(self) -> None:
        """Wait for what is under way; answers that nobody can show any more are dropped."""
        self._closed = True
        self._in_order.shutdown(wait=True)
        self._beside.shutdown(wait=True)

    def _work(self, command: Command, done: Done, failed: Failed) -> None:
        try:
            answer = _Answer(done, failed, self._execute(command), None)
        except Exception as error:  # noqa: BLE001 - bugs too are raised on the GUI thread
            answer = _Answer(done, failed, None, error)
        self._answered.emit(answer)

    @Slot(object)
    def _on_answered(self, answer: _Answer) -> None:
        self._under_way -= 1
        if self._under_way == 0:
            self.busy_changed.emit(False)
        if answer.error is None:
            answer.done(answer.result)
        elif isinstance(answer.error, GuichetError):
            answer.failed(answer.error)
        else:
            try:
                answer.failed(Unavailable("internal", "The program made a mistake."))
            finally:
                raise answer.error
