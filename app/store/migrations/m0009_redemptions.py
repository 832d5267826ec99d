"""Version 9: what of a redemption was paid with money, and which clerk gave it, when."""

from __future__ import annotations

from typing import Any, Final

_STATEMENTS: Final = (
    "ALTER TABLE redemption ADD COLUMN cash_minor INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE redemption ADD COLUMN currency TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE redemption ADD COLUMN staff_id BLOB",  # not known of those before
    "ALTER TABLE redemption ADD COLUMN at_ms INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX redemption_given ON redemption (staff_id, at_ms)",
)


def apply(connection: Any) -> None:
    """Add columns and index."""
    for statement in _STATEMENTS:
        connection.execute(statement)
