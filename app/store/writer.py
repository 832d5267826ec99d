"""The seat's single writer: one thread that makes every write, the user's before sync's."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

from app.domain.errors import Unavailable

T = TypeVar("T")
Wait = Callable[[Future[Any]], None]


class _Job(Generic[T]):
    __slots__ = ("future", "work")

    def __init__(self, work: Callable[[], T]) -> None:
        self.work = work
        self.future: Future[T] = Future()

    def run(self) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            result = self.work()
        except BaseException as error:  # noqa: BLE001  # it is raised where somebody waits for it
            self.future.set_exception(error)
        else:
            self.future.set_result(result)


class Writer:
    """Runs jobs one after the other on a thread of its own.

    A user's job waits for the job that is running and for users' jobs before it, never for
    queued sync work; so sync keeps its jobs small (50 rows of a page).
    """

    def __init__(self) -> None:
        self._wake = threading.Condition()
        self._user: deque[_Job[Any]] = deque()
        self._sync: deque[_Job[Any]] = deque()
        self._stopping = False
        self._thread = threading.Thread(target=self._work_off, name="guichet-writer", daemon=True)
        self._thread.start()

    def run(self, work: Callable[[], T], wait: Wait | None = None) -> T:
        """Run a user's job and wait for it; `wait` passes the time on the calling thread.

        Raises what `work` raises.
        """
        return self._submit(self._user, work, wait)

    def run_sync(self, work: Callable[[], T], wait: Wait | None = None) -> T:
        """Run a job of sync behind all users' jobs; the rest is as for `run`."""
        return self._submit(self._sync, work, wait)

    def _submit(
        self, queue: deque[_Job[Any]], work: Callable[[], T], wait: Wait | None = None
    ) -> T:
        if threading.current_thread() is self._thread:
            return work()  # a part of the job that is running
        job = _Job(work)
        with self._wake:
            if self._stopping:
                raise Unavailable("closed", "The program is closing.")
            queue.append(job)
            self._wake.notify()
        if wait is not None:
            wait(job.future)
        return job.future.result()

    def _next(self) -> _Job[Any] | None:
        with self._wake:
            while not (self._user or self._sync or self._stopping):
                self._wake.wait()
            if self._user:
                return self._user.popleft()
            return self._sync.popleft() if self._sync else None

    def _work_off(self) -> None:
        while (job := self._next()) is not None:
            job.run()
            del job  # not kept alive, with all it refers to, until the next one comes

    def close(self) -> None:
        """Finish what users asked for, refuse queued and further work, and end the thread."""
        with self._wake:
            self._stopping = True
            refused, self._sync = self._sync, deque()
            self._wake.notify()
        for job in refused:
            job.future.set_exception(Unavailable("closed", "The program is closing."))
        self._thread.join()
