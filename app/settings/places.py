"""Where a machine keeps what a seat works with."""

from __future__ import annotations

import sys
from pathlib import Path


def default_data_folder() -> Path:
    """Return where a machine's seat keeps its data: one place for all its users."""
    if sys.platform == "linux":
        return Path("/var/lib/guichet")
    from platformdirs import site_data_path

    return site_data_path("Guichet", appauthor=False)
