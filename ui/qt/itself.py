"""How this program starts itself for a command, in a process of its own."""

from __future__ import annotations

import sys


def itself(*arguments: str) -> list[str]:
    """Return the command line: of the frozen program, or of the one that lies there."""
    if getattr(sys, "frozen", False):
        return [sys.executable, *arguments]
    return [sys.executable, "-P", "-m", "ui.main", *arguments]
