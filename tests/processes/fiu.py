"""Disk faults in a running process, by libfiu's `fiu-run` and `fiu-ctrl` (Debian's fiu-utils).

Only the calls that SQLite writes a file with are made to fail: the witness, the pipes and the
sockets use others.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.processes.running import CounterPc

WRITES = ("posix/io/rw/pwrite",)
SYNCS = ("posix/io/sync/fsync", "posix/io/sync/fdatasync")
_EIO = 5
_ENOSPC = 28


class FaultyDisk:
    """Starts a PC's program under fiu-run, and lets its disk fail and heal."""

    def __init__(self, pc: CounterPc, pipes: Path) -> None:
        self._pc = pc
        self._pipes = pipes
        self._faulty: list[str] = []

    @property
    def before(self) -> list[str]:
        """What goes before the program's command line."""
        return ["fiu-run", "-x", "-f", str(self._pipes)]

    def fail(self, *calls: str, probability: float = 1.0, full: bool = False) -> None:
        """From now on these calls fail, with EIO or with ENOSPC, as often as `probability` says."""
        how = f"failnum=-1,failinfo={_ENOSPC if full else _EIO}"
        for name in calls:
            self._control(f"enable_random name={name},probability={probability},{how}")
            self._faulty.append(name)

    def heal(self) -> None:
        for name in self._faulty:
            self._control(f"disable name={name}")
        self._faulty = []

    def _control(self, command: str) -> None:
        assert self._pc.process is not None
        control = ["fiu-ctrl", "-f", str(self._pipes), "-c", command, str(self._pc.process.pid)]
        done = subprocess.run(control, capture_output=True, text=True, check=False, timeout=20)
        assert done.returncode == 0, done.stdout + done.stderr
