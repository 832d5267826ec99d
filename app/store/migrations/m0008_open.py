"""Version 8: visits that aren't over, found without reading all that there ever were."""

from __future__ import annotations

from typing import Any, Final

_OPEN: Final = "CREATE INDEX encounter_open ON encounter (member_id) WHERE outcome IS NULL"


def apply(connection: Any) -> None:
    """Add the index; SQLite fills and keeps it."""
    connection.execute(_OPEN)
