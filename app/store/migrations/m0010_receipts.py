"""Version 10: receipts to be printed, and vouchers that were taken here."""

from __future__ import annotations

from typing import Any, Final

_STATEMENTS: Final = (
    """
    CREATE TABLE receipt (
        id INTEGER PRIMARY KEY,
        receipt_id BLOB NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        ref_id BLOB NOT NULL,
        encounter_id BLOB NOT NULL,
        member_id BLOB,
        staff_number TEXT NOT NULL,
        at_ms INTEGER NOT NULL,
        facts JSON NOT NULL,
        state TEXT NOT NULL,
        problem TEXT NOT NULL,
        times INTEGER NOT NULL
    )
    """,
    """
    CREATE INDEX receipt_unfinished ON receipt (state)
    WHERE state NOT IN ('printed', 'dismissed')
    """,
    """
    CREATE TABLE voucher_use (
        redemption_id BLOB PRIMARY KEY,
        use_id BLOB NOT NULL
    ) WITHOUT ROWID
    """,
)


def apply(connection: Any) -> None:
    """Make the tables."""
    for statement in _STATEMENTS:
        connection.execute(statement)
