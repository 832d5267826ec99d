"""Local days: an office's, and the one that a whole programme has reached."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.server.store import tables as t


def local_day(time_zone: str, at_ms: int) -> str:
    """The ISO date at `at_ms`, milliseconds since 1970 UTC, in a zone."""
    return (
        datetime.fromtimestamp(at_ms // 1000, UTC)
        .astimezone(ZoneInfo(time_zone))
        .date()
        .isoformat()
    )


def earliest_day(zones: Iterable[str], now_ms: int) -> str:
    """The earliest of the offices' local days: whatever ended before it has ended everywhere."""
    return min([local_day(zone, now_ms) for zone in zones], default=local_day("UTC", now_ms))


def programme_day(connection: Connection, programme_id: UUID, now_ms: int) -> str:
    """The same, asked by itself."""
    zones = sa.select(t.office.c.time_zone).where(t.office.c.programme_id == programme_id)
    return earliest_day(connection.execute(zones.distinct()).scalars(), now_ms)
