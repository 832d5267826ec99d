"""Version 16: what neighbours signed goes on to the server, as they signed it."""

from __future__ import annotations

from typing import Any


def apply(connection: Any) -> None:
    """Add columns; what was heard before has no signature and stays here."""
    for column in ("signature BLOB", "salt BLOB", "told INTEGER NOT NULL DEFAULT 0"):
        connection.execute(f"ALTER TABLE heard ADD COLUMN {column}")
