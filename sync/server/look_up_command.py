"""`guichet-server look-ups`: who was shown members that their PC doesn't hold, or on a phone."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.server.opening import open_engine
from sync.server.serving import now_ms
from sync.server.settings import ServerSettings
from sync.server.store import tables as t
from sync.server.store.engine import reading

DAY_MS: Final = 86_400_000


def list_look_ups(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Print the look-ups of the last days, the newest first."""
    engine = open_engine(settings)
    try:
        with reading(engine) as connection:
            for line in look_up_lines(connection, since_ms=now_ms() - options.days * DAY_MS):
                print(line)
    finally:
        engine.dispose()


def look_up_lines(connection: Connection, *, since_ms: int) -> Iterator[str]:
    """Yield when (by the office's clock), office/counter, staff number, keys, outcome, members."""
    asked, device, counter, office, staff = t.look_up, t.device, t.counter, t.office, t.staff

    def same(left: sa.Table, right: sa.Table, name: str) -> sa.ColumnElement[bool]:
        here = left.c.programme_id == right.c.programme_id
        return here & (left.c[name] == right.c[name])

    found = connection.execute(
        sa.select(asked, office.c.code, office.c.time_zone, counter.c.label, staff.c.number)
        .outerjoin_from(asked, device, same(asked, device, "device_id"))
        .outerjoin(counter, same(device, counter, "counter_id"))
        .join(office, same(asked, office, "office_id"))
        .join(staff, same(asked, staff, "staff_id"))
        .where(asked.c.at_ms >= since_ms)
        .order_by(asked.c.at_ms.desc(), asked.c.look_up_id)
    )
    for row in found:
        at = datetime.fromtimestamp(row.at_ms / 1000, ZoneInfo(row.time_zone))
        place = f"{row.code}/{'phone' if row.label is None else row.label}"
        said = (f"{at:%Y-%m-%d %H:%M:%S}", place, row.number, row.keys, row.outcome)
        yield "\t".join((*said, row.member_ids))
