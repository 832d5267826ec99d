"""What a running client does about new versions: has them fetched, and says when to change over."""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from sync.client.updating.builds import SeatFacts, choose, parse_version, why_not
from sync.client.updating.fetching import Fetcher
from sync.client.updating.installation import Installation
from sync.client.updating.seat_state import read_state, write_state

QUIET_S: Final = 300.0
"""For so long nobody has been signed in or typed before the program closes for another."""
EMPTY_FOR_S: Final = 3 * 86_400.0
"""For so long a version waits for the server to have everything, although it could read it."""
_FIRST_S: Final = (120.0, 900.0)
_EVERY_S: Final = (4 * 3600.0, 8 * 3600.0)
_END_S: Final = 2.0
_NICENESS: Final = 15


class UpdateRunner:
    """Fetches in the background where this account may, and orders a change at a quiet time."""

    def __init__(
        self,
        installation: Installation,
        folder: Path,
        running: str,
        facts: Callable[[], SeatFacts],
    ) -> None:
        """Look after one seat.

        Args:
            installation: where versions lie.
            folder: the seat's data folder.
            running: this program's version.
            facts: what the seat is and has now.
        """
        self._installation, self._folder = installation, folder
        self._running, self._facts = running, facts
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="guichet-updates", daemon=True)

    def start(self) -> None:
        """Fetch from time to time; elsewhere the account that owns the program does that."""
        if self._installation.repository and self._installation.is_ours:
            self._thread.start()

    def stop(self) -> None:
        """End; a download that is under way goes on next time.

        A line that is silent is waited for no longer: what is on the disk is whole at any time.
        """
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(_END_S)

    def order(self, *, quiet_s: float) -> bool:
        """Ask for the newest version that the seat may have, if this is the time for it.

        Args:
            quiet_s: since when nobody has done anything; 0 while somebody works or is signed in.

        Returns:
            Whether it is asked for: the program closes then, with `EXIT_FOR_UPDATE`.
        """
        channel = self._installation.channel
        builds = [each for each in self._installation.builds() if each.channel == channel]
        facts = self._facts()
        state = read_state(self._folder)
        build = choose(builds, facts)
        waits = ""
        if build is None:
            newest = max(builds, key=lambda each: parse_version(each.version), default=None)
            reason = None if newest is None else why_not(newest, facts)
            waits = "" if reason in (None, "not_newer") else str(reason)
        elif quiet_s < QUIET_S:
            waits = "in_use"
        elif facts.unsent and not self._has_waited(build.version):
            waits = "unsent"
        if build is None or waits:
            if state.waits != waits:
                write_state(self._folder, state.telling(state.told, waits=waits))
            return False
        told = f"version {build.version} follows {facts.running}"
        ordered = state.telling(told, phase="ordered", to=build.version, waits="")
        write_state(self._folder, ordered)
        return True

    def _has_waited(self, version: str) -> bool:
        since = (self._installation.versions / version).stat().st_mtime
        return time.time() - since > EMPTY_FOR_S

    def _run(self) -> None:
        _give_way()
        pause_s = random.uniform(*_FIRST_S)
        while not self._stopping.wait(pause_s):
            state = read_state(self._folder)
            fetcher = Fetcher(self._installation, stopped=self._stopping.is_set)
            fetcher.fetch(above=self._running, used={state.version, state.to})
            pause_s = random.uniform(*_EVERY_S)


def _give_way() -> None:
    """Let this thread come after everything else that the PC does."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
    elif sys.platform == "win32":
        import ctypes

        background = 0x00010000  # THREAD_MODE_BACKGROUND_BEGIN
        kernel = ctypes.windll.kernel32
        kernel.SetThreadPriority(kernel.GetCurrentThread(), background)
