"""Version 13: units of rewards that the server set aside for this seat."""

from __future__ import annotations

from typing import Any, Final

_STATEMENT: Final = """
    CREATE TABLE stock_lease (
        stock_lease_id BLOB PRIMARY KEY,
        reward_id BLOB NOT NULL,
        units INTEGER NOT NULL,
        spent_units INTEGER NOT NULL,
        restored_units INTEGER NOT NULL,
        state TEXT NOT NULL,
        signature BLOB NOT NULL
    ) WITHOUT ROWID
"""


def apply(connection: Any) -> None:
    """Make the table."""
    connection.execute(_STATEMENT)
