"""Enrolled seats: the real core on a folder, with sync's real threads where they are wanted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from app.bootstrap import OpenedSeat, build_core
from app.domain.records import Case
from app.services.commands import Enrol
from app.services.core import Core
from app.services.views import ChangeKind
from sync.client.loop import SyncRunner
from sync.client.online import HttpOnlineDesk
from sync.client.session import TokenCache
from sync.client.transport import HttpTransport

_FIRST_SYNC_LIMIT_S: Final = 300.0
_WAKING: Final = {ChangeKind.PENDING, ChangeKind.SESSION}  # as in the program


@dataclass(frozen=True, slots=True)
class OpenSeat:
    """A seat at work: its core, and sync in its threads."""

    core: Core
    opened: OpenedSeat
    sync: SyncRunner


@contextmanager
def at_work(folder: Path, on_alarm: Callable[[Case], None]) -> Iterator[OpenSeat]:
    """Open the seat in `folder` as the program does, without a screen; close it afterwards."""
    tokens = TokenCache()
    desks: list[HttpOnlineDesk] = []

    def make_online(store: Any, clock: Any) -> HttpOnlineDesk:
        desks.append(HttpOnlineDesk(store, HttpTransport, clock, tokens=tokens, version="bench"))
        return desks[0]

    opened = build_core(folder, make_online)
    sync = SyncRunner(opened.sync, HttpTransport, opened.clock, on_alarm, tokens=tokens)
    opened.core.subscribe(lambda kinds: sync.wake() if kinds & _WAKING else None)
    sync.start()
    try:
        yield OpenSeat(opened.core, opened, sync)
    finally:
        sync.stop()
        desks[0].close()
        opened.core.close()


def enrol(folder: Path, address: str, code: str) -> None:
    """Make `folder` an enrolled seat with its whole members file.

    Raises:
        TimeoutError: the first sync did not end.
    """
    with at_work(folder, lambda case: None) as seat:
        seat.core.execute(Enrol(address, code))
        seat.sync.wake()
        wait_until(lambda: seat.opened.sync.members_file() is not None, _FIRST_SYNC_LIMIT_S)


def wait_until(done: Callable[[], bool], limit_s: float) -> None:
    """Look every few milliseconds. Raises TimeoutError."""
    deadline_s = time.monotonic() + limit_s
    while not done():
        if time.monotonic() > deadline_s:
            raise TimeoutError(f"waited {limit_s:.0f} s in vain")
        time.sleep(0.01)
