"""The day that a whole programme has reached."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.office_time import local_day
from sync.server.store import tables as t


def earliest_day(zones: Iterable[str], now_ms: int) -> str:
    """The earliest of the offices' local days: whatever ended before it has ended everywhere."""
    days = [local_day(now_ms, zone) for zone in zones]
    return min(days, default=local_day(now_ms, "UTC")).isoformat()


def programme_day(connection: Connection, programme_id: UUID, now_ms: int) -> str:
    """The same, asked by itself."""
    zones = sa.select(t.office.c.time_zone).where(t.office.c.programme_id == programme_id)
    return earliest_day(connection.execute(zones.distinct()).scalars(), now_ms)
