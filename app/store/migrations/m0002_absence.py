"""Version 2: how long the server hasn't answered."""

from __future__ import annotations

from typing import Any, Final

_STATEMENTS: Final = (
    """
    CREATE TABLE absence (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        absent_ms INTEGER NOT NULL,
        limit_ms INTEGER NOT NULL,
        wall_ms INTEGER NOT NULL,
        boot_id TEXT NOT NULL,
        boot_ms INTEGER NOT NULL,
        journal_row INTEGER NOT NULL
    )
    """,
)


def apply(connection: Any) -> None:
    """Make the table; a row comes with the first contact, or the first look without one."""
    for statement in _STATEMENTS:
        connection.execute(statement)
