"""Several worker processes behind one listening socket: started, replaced one by one, ended.

The supervisor accepts nothing itself. It keeps the socket open, so that no connection is refused
while workers come and go: a connection that none has accepted yet waits for the next one that does.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final

import structlog

METRICS_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"

_READY_S: Final = 60.0
_GOODBYE_S: Final = 30.0
_LOOK_S: Final = 1.0
_FIRST_REST_S: Final = 0.5
_LONGEST_REST_S: Final = 30.0
_LASTING_S: Final = 10.0

_log = structlog.get_logger("guichet.supervisor")


@dataclass(frozen=True, slots=True)
class Handles:
    """What a worker inherits, as numbers of open files.

    Attributes:
        listening: the socket.
        ready: to be written to once it accepts.
        life: at its end when the supervisor is gone.
    """

    listening: int
    ready: int
    life: int


@dataclass(slots=True)
class _Worker:
    process: subprocess.Popen[bytes]
    ready: int
    started_s: float = field(default_factory=time.monotonic)

    def is_ready(self, limit_s: float) -> bool:
        """Wait for its word; an end without one is a no."""
        found, _, _ = select.select([self.ready], [], [], limit_s)
        return bool(found) and os.read(self.ready, 1) != b""


class Supervisor:
    """Keeps so many workers at work until told to stop (SIGTERM, SIGINT).

    SIGHUP replaces them one by one, each when its successor answers: how a new version of the
    program, or a new certificate, is taken into use without a client noticing.
    """

    def __init__(
        self, listening: socket.socket, workers: int, command: Callable[[Handles], Sequence[str]]
    ) -> None:
        """Make it; `command` is what to run for a worker."""
        self._listening = listening
        self._count = workers
        self._command = command
        self._workers: list[_Worker] = []
        self._stopping = False
        self._replacing = False
        self._rest_s = _FIRST_REST_S
        self._life, self._life_end = os.pipe()
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._wake, False)
        self._metrics = tempfile.TemporaryDirectory(prefix="guichet-metrics-")

    def run(self, announce: Callable[[], None]) -> bool:
        """Work until told to stop; `announce` is called once everything answers.

        Returns:
            Whether it was ever ready.
        """
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._signalled)
        try:
            self._workers = [self._start() for _ in range(self._count)]
            if not all(worker.is_ready(_READY_S) for worker in self._workers):
                return False
            announce()
            while not self._stopping:
                select.select([self._woken], [], [], _LOOK_S)
                with contextlib.suppress(BlockingIOError):
                    os.set_blocking(self._woken, False)
                    os.read(self._woken, 1_000)
                if self._replacing and not self._stopping:
                    self._replacing = False
                    self._replace_all()
                self._revive()
            return True
        finally:
            self._end()

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        if number == signal.SIGHUP:
            self._replacing = True
        else:
            self._stopping = True
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake, b"!")

    def _start(self) -> _Worker:
        ready, ready_end = os.pipe()
        handles = Handles(self._listening.fileno(), ready_end, self._life)
        process = subprocess.Popen(
            self._command(handles),
            pass_fds=(handles.listening, handles.ready, handles.life),
            env={**os.environ, METRICS_FOLDER: self._metrics.name},
        )
        os.close(ready_end)
        _log.info("worker_started", pid=process.pid)
        return _Worker(process, ready)

    def _replace_all(self) -> None:
        """One after the other; the first successor that doesn't come up ends it."""
        for old in list(self._workers):
            if self._stopping:
                return
            new = self._start()
            if not new.is_ready(_READY_S):
                _log.error("worker_not_ready", pid=new.process.pid)
                self._bury(new)
                return
            self._workers[self._workers.index(old)] = new
            old.process.terminate()
            self._bury(old)

    def _revive(self) -> None:
        for place, worker in enumerate(self._workers):
            if worker.process.poll() is None or self._stopping:
                continue
            _log.error("worker_died", pid=worker.process.pid, status=worker.process.returncode)
            self._bury(worker)
            lasted = time.monotonic() - worker.started_s > _LASTING_S
            self._rest_s = _FIRST_REST_S if lasted else min(2 * self._rest_s, _LONGEST_REST_S)
            select.select([self._woken], [], [], self._rest_s)
            self._workers[place] = self._start()

    def _bury(self, worker: _Worker) -> None:
        """Wait for its end, and see to it."""
        try:
            worker.process.wait(_GOODBYE_S)
        except subprocess.TimeoutExpired:
            _log.error("worker_killed", pid=worker.process.pid)
            worker.process.kill()
            worker.process.wait()
        os.close(worker.ready)
        # what it counted stays, what it was doing does not
        for file in Path(self._metrics.name).glob(f"gauge_live*_{worker.process.pid}.db"):
            file.unlink(missing_ok=True)

    def _end(self) -> None:
        for worker in self._workers:
            worker.process.terminate()
        for worker in self._workers:
            self._bury(worker)
        for handle in (self._life, self._life_end, self._woken, self._wake):
            os.close(handle)
        self._metrics.cleanup()
