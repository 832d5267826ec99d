"""Version 15: who began to serve a visit, and the appeal against its rating."""

from __future__ import annotations

from typing import Any


def apply(connection: Any) -> None:
    """Add columns; of visits from before nobody is known."""
    for column in ("staff_id", "appeal_id"):
        connection.execute(f"ALTER TABLE encounter ADD COLUMN {column} BLOB")
