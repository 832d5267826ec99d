"""The real sync engine and transport of a seat, on the caller's thread and by its word."""

from __future__ import annotations

import random
import time
from typing import Final

from app.credentials.clock import SystemClock
from app.store.seat import Seat
from sync.client.engine import PULL_AFTER_PUSH_S, Engine
from sync.client.exchange import Idle, Push, Send
from sync.client.session import TokenCache
from sync.client.transport import HttpTransport

_STUCK_S: Final = 120.0


class SyncFailed(Exception):
    """An entry became an exception, a call was refused, or nothing moves."""


class Driver:
    """Does what the engine says, as sync's own thread does; the seat is the caller's to close."""

    def __init__(self, seat: Seat, address: str) -> None:
        """Bring the seat up to date, unmeasured."""
        self._seat = seat
        self._clock = SystemClock()
        self._transport = HttpTransport(address)
        self._engine = Engine(seat.sync, self._clock, tokens=TokenCache(), source=random.Random(0))
        self.settle()

    def push(self) -> float:
        """Send everything unsent; returns the seconds until the last entry was confirmed.

        Raises:
            SyncFailed: it did not get through.
        """
        start = time.perf_counter()
        self._engine.note_entries()
        return self._drive(until_idle=False) - start

    def pull(self) -> float:
        """Fetch what changed; returns the seconds until the last page was taken note of.

        Raises:
            SyncFailed: it did not get through.
        """
        start = time.perf_counter()
        self._engine.note_changes()
        self.settle()
        return time.perf_counter() - start

    def rest(self) -> None:
        """Let the pull pass that follows a push."""
        time.sleep(PULL_AFTER_PUSH_S)
        self.settle()

    def settle(self) -> None:
        """Do all that is due now. Raises SyncFailed."""
        self._drive(until_idle=True)

    def close(self) -> None:
        self._engine.close()
        self._transport.close()

    def _drive(self, *, until_idle: bool) -> float:
        """Do what the engine says until it rests, or until the journal is confirmed.

        Returns:
            when that was, on `perf_counter`'s clock: before the look that told so.
        """
        deadline_s = self._clock.monotonic_s() + _STUCK_S
        while (now := self._clock.monotonic_s()) < deadline_s:
            step = self._engine.poll(now)
            done = time.perf_counter()
            match step:
                case Idle():
                    if until_idle or self._is_confirmed():
                        return done
                    time.sleep(0.001)
                case Send(request, meanwhile):
                    response = self._transport.send(request, meanwhile=meanwhile)
                    self._engine.received(request, response, self._clock.monotonic_s())
                    if response.status != 200 or b'"exception"' in response.body:
                        raise SyncFailed(f"{request.path}: {response.status} {response.body!r}")
                    done = time.perf_counter()
                    if not until_idle and isinstance(request.step, Push) and self._is_confirmed():
                        return done
        raise SyncFailed(f"not done after {_STUCK_S:.0f} s")

    def _is_confirmed(self) -> bool:
        return self._seat.sync.unsent(max_entries=1, max_bytes=0) is None
