"""Version 7: up to where the server's backups hold the journal, and where it was pruned."""

from __future__ import annotations

from typing import Any, Final

_STATEMENTS: Final = (
    "ALTER TABLE chain ADD COLUMN safe_seq INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE chain ADD COLUMN pruned_seq INTEGER NOT NULL DEFAULT 0",
    """
    CREATE TABLE acknowledged (
        incarnation INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        mark INTEGER NOT NULL,
        since_ms INTEGER NOT NULL,
        PRIMARY KEY (incarnation, seq)
    ) WITHOUT ROWID
    """,
)


def apply(connection: Any) -> None:
    """Add columns and table."""
    for statement in _STATEMENTS:
        connection.execute(statement)
