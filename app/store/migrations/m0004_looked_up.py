"""Version 4: members whom the server found for this seat, beside the members file."""

from __future__ import annotations

from typing import Any, Final

_STATEMENTS: Final = (
    """
    CREATE TABLE looked_up (
        member_id BLOB NOT NULL PRIMARY KEY,
        member BLOB NOT NULL,
        found_ms INTEGER NOT NULL
    )
    """,
)


def apply(connection: Any) -> None:
    """Make the table."""
    for statement in _STATEMENTS:
        connection.execute(statement)
