"""Version 14: what bounds a pool besides its size, and what of it the server hasn't heard."""

from __future__ import annotations

from typing import Any, Final

# Of a pool that came with an older program: what bound it then, until the next pull
_ADDED: Final = {
    "per_new": "per_member",
    "per_trusted": "per_member",
    "window_points": "9007199254740992",
    "window_redemptions": "9007199254740992",
    "list_hours": "9007199254740992",
    "approval_points": "9007199254740992",
}
_DRAW: Final = """
    CREATE TABLE risk_draw (
        incarnation INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        points INTEGER NOT NULL,
        PRIMARY KEY (incarnation, seq)
    ) WITHOUT ROWID
    """


def apply(connection: Any) -> None:
    """Add columns and table."""
    for column, value in _ADDED.items():
        connection.execute(f"ALTER TABLE pool ADD COLUMN {column} INTEGER NOT NULL DEFAULT 0")
        connection.execute(f"UPDATE pool SET {column} = {value}")  # noqa: S608 # ours
    connection.execute(_DRAW)
