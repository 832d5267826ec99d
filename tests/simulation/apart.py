"""Seeds in a process of their own, as the command line runs them: what fails replays there."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).resolve().parents[2]


def simulated(**options: int) -> str:
    """Run `./dev simulate` with these options and all faults; returns what it printed.

    Raises:
        AssertionError: a promise was broken, or a kind of fault never fired.
    """
    options = {"processes": 1, "tries": 0, **options}
    done = _run([f"--{name}={value}" for name, value in options.items()])
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def failing(arguments: Sequence[str]) -> str:
    """Run `./dev simulate` where something is to break; returns what it printed."""
    done = _run(arguments)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


def _run(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *("-P", "-m", "tests.simulation"), *arguments],
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
