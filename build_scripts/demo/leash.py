"""Ties processes to the one that started them: however that ends, by -9 too, they end.

All that are on the leash hold the reading end of one pipe, whose only writing end is the starter's.
The kernel closes it with the starter, so nobody has to be alive to do it. (A death signal from the
kernel would not do: it is tied to the thread that started the process.)
"""

from __future__ import annotations

import contextlib
import functools
import os
import runpy
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Final, NoReturn

_GRACE_S: Final = 8.0  # a server finishes its answers first
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@functools.cache
def _pipe() -> tuple[int, int]:
    return os.pipe()


def reading_end() -> int:
    """The descriptor that a process on the leash has to inherit (`pass_fds`)."""
    return _pipe()[0]


def leashed(module: str) -> list[str]:
    """The command that runs a module on the leash; its arguments go behind."""
    return [sys.executable, "-m", "build_scripts.demo.leash", str(reading_end()), module]


def end_all() -> None:
    """Let go of the leash, and wait until our children have ended."""
    os.close(_pipe()[1])
    deadline = time.monotonic() + _GRACE_S + 2
    with contextlib.suppress(ChildProcessError):  # none is left
        while time.monotonic() < deadline:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                time.sleep(0.05)


@contextlib.contextmanager
def ended_by_signals(tidy: Callable[[], None]) -> Iterator[None]:
    """Meanwhile TERM, INT and HUP end our children, tidy up, and end us, threads and all."""

    def leave(number: int, frame: FrameType | None) -> NoReturn:
        for one in _SIGNALS:
            signal.signal(one, signal.SIG_IGN)
        end_all()
        tidy()
        os._exit(128 + number)

    before = [(one, signal.signal(one, leave)) for one in _SIGNALS]
    try:
        yield
    finally:
        for one, handler in before:
            signal.signal(one, handler)


def _watch(descriptor: int) -> None:
    os.read(descriptor, 1)  # nothing ever comes but the end
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE_S)
    os._exit(1)


def main() -> None:
    """Run a module as the program: DESCRIPTOR MODULE [ARGUMENT...]."""
    descriptor, module = int(sys.argv[1]), sys.argv[2]
    sys.argv = sys.argv[2:]
    threading.Thread(target=_watch, args=(descriptor,), name="leash", daemon=True).start()
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
