"""Whether each appeal stands beside its visit as what became of it."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.server.joins import outer
from sync.server.store import tables as t
from sync.server.store.bulk import stream


def appeals(connection: Connection) -> Iterator[str]:
    """Yield a line for each appeal whose visit says otherwise, and each visit without its own."""
    appeal, visit = t.appeal, t.encounter
    told = sa.func.coalesce(visit.c.appeal, "")
    wrong = (
        sa.select(appeal.c.appeal_id, appeal.c.state, told.label("told"))
        .select_from(outer(appeal, visit, "programme_id", "encounter_id"))
        .where(told != appeal.c.state)
    )
    for row in stream(connection, wrong):
        yield f"appeal {row.appeal_id}: is {row.state}, its visit says {row.told or 'nothing'}"
    alone = (
        sa.select(visit.c.encounter_id)
        .select_from(outer(visit, appeal, "programme_id", "encounter_id"))
        .where(visit.c.appeal.is_not(None), appeal.c.appeal_id.is_(None))
    )
    for row in stream(connection, alone):
        yield f"encounter {row.encounter_id}: says that it was appealed, and wasn't"
