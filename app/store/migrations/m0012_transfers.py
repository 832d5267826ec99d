"""Version 12: what is handed on of leases to neighbours, and taken over from them."""

from __future__ import annotations

from typing import Any, Final

_STATEMENTS: Final = (
    "ALTER TABLE lease ADD COLUMN may_hand_on INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE lease ADD COLUMN received_by BLOB",
    """
    CREATE TABLE handed_on (
        transfer_id BLOB PRIMARY KEY,
        lease_id BLOB NOT NULL,
        member_id BLOB NOT NULL,
        to_device_id BLOB NOT NULL,
        points INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
)


def apply(connection: Any) -> None:
    """Add columns and table."""
    for statement in _STATEMENTS:
        connection.execute(statement)
