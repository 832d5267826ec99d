"""What the program does about its own mistakes: written down, said on the screen, and on."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, get_args

from PySide6.QtWidgets import QApplication

from app.domain.errors import Unavailable
from app.domain.lean import dataclass
from app.domain.program import program_version
from app.domain.shutting_out import Reason
from app.settings.own_files import open_own
from ui.qt.relay import Relay

_BLIND: Final = frozenset(get_args(Reason))


@dataclass(frozen=True, slots=True)
class Caught:
    """What nobody else caught.

    Attributes:
        log: where it is written down.
        problem: what this PC couldn't do, such as read its disk; None for a mistake of the program.
    """

    log: Path
    problem: Unavailable | None = None


class CrashLog:
    """Writes bugs down beside the data and says so on the screen; nothing stands in the way."""

    def __init__(self, folder: Path, report: Callable[[Caught], None]) -> None:
        """Log into `folder`; `report` is called on the GUI thread."""
        self._path = folder / "crash.log"
        self._relay = Relay()
        self._relay.arrived.connect(report)

    def install(self) -> None:
        """Take what nobody caught, on any thread."""
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if isinstance(error, Unavailable) and error.code in _BLIND:
            return  # somebody read while the seat went blind, whose own screen is on its way
        sys.__excepthook__(kind, error, trace)
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        lines = traceback.format_exception(kind, error, trace)
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        try:
            with open_own(self._path, "a", encoding="utf-8") as log:
                log.write(f"{stamp} {program_version()}\n{''.join(lines)}\n")
        except OSError as problem:
            print(f"guichet: the crash log can't be written: {problem}", file=sys.stderr)
        self._relay.send(Caught(self._path, error if isinstance(error, Unavailable) else None))

    def _on_thread_exception(self, caught: threading.ExceptHookArgs) -> None:
        if caught.exc_value is not None:
            self._on_exception(caught.exc_type, caught.exc_value, caught.exc_traceback)
