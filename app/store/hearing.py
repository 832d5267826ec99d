"""What neighbours signed and brought here: passed on to the server as they signed it."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, bindparam, select, update

from app.domain.entry import commitment
from app.ports.sync_store import StoredBlob, UrgentCopy
from app.store.tables import heard

_TO_RELAY: Final = (
    select(heard.c.event_id, heard.c.body, heard.c.comment, heard.c.salt, heard.c.signature)
    .where(heard.c.told == 0, heard.c.signature.is_not(None))
    .order_by(heard.c.id)
    .limit(bindparam("count"))
)
_TOLD: Final = update(heard).where(heard.c.event_id == bindparam("of_event")).values(told=1)


def to_relay(connection: Connection, limit: int) -> list[UrgentCopy]:
    """What the server hasn't taken yet, oldest first."""
    rows = connection.execute(_TO_RELAY, {"count": limit}).all() if limit > 0 else []
    return [UrgentCopy(row.event_id, row.body, _blobs(row), row.signature) for row in rows]


def mark_told(connection: Connection, event_id: UUID) -> None:
    """The server has taken it, or never will."""
    connection.execute(_TOLD, {"of_event": event_id})


def _blobs(row: Any) -> tuple[StoredBlob, ...]:
    if not row.comment:
        return ()
    content = row.comment.encode()
    return (StoredBlob(commitment(row.salt, content), row.salt, content),)
