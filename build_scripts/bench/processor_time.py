"""What processes have taken of the processors so far; a wall clock tells what others did, too."""

from __future__ import annotations

import psutil


def family(pid: int | None) -> list[psutil.Process]:
    """A process and all that it started; of None, this one."""
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def processor_s(pid: int | None) -> float:
    """Seconds of processor time of a process and of all that it started and that still runs."""
    total = 0.0
    for process in family(pid):
        times = process.cpu_times()
        total += times.user + times.system
    return total
