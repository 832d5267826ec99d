"""Version 5: the boot clock at the last contact, which tells a wall clock that was set since."""

from __future__ import annotations

from typing import Any, Final

_STATEMENTS: Final = (
    "ALTER TABLE state ADD COLUMN contact_boot_id TEXT",
    "ALTER TABLE state ADD COLUMN contact_boot_ms INTEGER",
)


def apply(connection: Any) -> None:
    """Add the columns; they are filled at the next contact."""
    for statement in _STATEMENTS:
        connection.execute(statement)
