"""A wall clock that is set while the process runs, by libfaketime (Debian's faketime)."""

from __future__ import annotations

import glob
from pathlib import Path


class WrongClock:
    """What a process is started with, and how its clock is set.

    Only the wall clock is faked: what counts the time since the machine's start can't be set on a
    real one either.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self.set("+0")
        (library,) = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
        self.env = {
            "LD_PRELOAD": library,
            "FAKETIME_TIMESTAMP_FILE": str(file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def set(self, shift: str) -> None:
        """Set the clock off from the machine's, such as '-3d' or '+2h'."""
        draft = self._file.with_suffix(".draft")
        draft.write_text(shift + "\n")
        draft.replace(self._file)
