"""A power cut, as far as a process can have one."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable


def cut_at(moment: int, do: Callable[[], object]) -> bool:
    """Do it in a process that is killed at its n-th touch of the disk; whether it was."""
    child = os.fork()
    if child == 0:
        left = moment

        def count(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal left
            touches = event.startswith(("os.", "shutil.", "subprocess.")) or event == "open"
            if touches and event != "os.kill":
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count)
        try:
            do()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)
