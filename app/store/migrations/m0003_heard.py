"""Version 3: what neighbours said over the office's own network."""

from __future__ import annotations

from typing import Any, Final

_STATEMENTS: Final = (
    """
    CREATE TABLE heard (
        id INTEGER PRIMARY KEY,
        event_id BLOB NOT NULL UNIQUE,
        case_id BLOB NOT NULL,
        device_id BLOB NOT NULL,
        counter_label TEXT NOT NULL,
        body BLOB NOT NULL,
        comment TEXT NOT NULL,
        heard_ms INTEGER NOT NULL
    )
    """,
)


def apply(connection: Any) -> None:
    """Make the table."""
    for statement in _STATEMENTS:
        connection.execute(statement)
