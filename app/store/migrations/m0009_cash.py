"""Version 9: what of a redemption was paid with money."""

from __future__ import annotations

from typing import Any, Final

_STATEMENTS: Final = (
    "ALTER TABLE redemption ADD COLUMN cash_minor INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE redemption ADD COLUMN currency TEXT NOT NULL DEFAULT ''",
)


def apply(connection: Any) -> None:
    """Add the columns."""
    for statement in _STATEMENTS:
        connection.execute(statement)
