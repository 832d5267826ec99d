"""Version 6: each entry's place in the chain once more, on other pages than the entry itself."""

from __future__ import annotations

from typing import Any, Final

_PLACES: Final = (
    "CREATE INDEX journal_places"
    " ON journal (incarnation, seq, event_id, type, wall_ms, shift_id, link)"
)


def apply(connection: Any) -> None:
    """Add the index; SQLite fills it from the journal and keeps it."""
    connection.execute(_PLACES)
