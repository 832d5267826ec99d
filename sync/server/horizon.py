"""Up to where all has ended that is written: no cursor may go beyond it."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.server.store import tables as t
from sync.server.store.engine import is_postgresql

LAST_XID: Final = sa.select(t.write_counter.c.xid).where(
    t.write_counter.c.programme_id == sa.bindparam("programme")
)
"""On SQLite: of the last transaction, which the programme numbers itself."""
_XMIN: Final = "pg_snapshot_xmin(pg_current_snapshot())::text"
HORIZON: Final[sa.ColumnElement[Any]] = sa.literal_column(_XMIN)
"""On PostgreSQL."""


def horizon(connection: Connection, programme_id: UUID) -> int:
    """Every transaction numbered below it has ended and is visible here."""
    if is_postgresql(connection):
        return int(connection.exec_driver_sql(f"SELECT {_XMIN}").scalar_one())
    return int(connection.execute(LAST_XID, {"programme": programme_id}).scalar_one()) + 1
