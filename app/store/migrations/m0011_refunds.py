"""Version 11: rewards that came back here, and the rewards of one member."""

from __future__ import annotations

from typing import Any, Final

_STATEMENTS: Final = (
    """
    CREATE TABLE refund (
        refund_id BLOB PRIMARY KEY,
        redemption_id BLOB NOT NULL,
        points INTEGER NOT NULL,
        event_id BLOB NOT NULL
    ) WITHOUT ROWID
    """,
    "CREATE INDEX refund_of ON refund (redemption_id)",
    "CREATE INDEX redemption_member ON redemption (member_id)",
)


def apply(connection: Any) -> None:
    """Make the table and the indexes."""
    for statement in _STATEMENTS:
        connection.execute(statement)
