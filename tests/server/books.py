"""What the tests of points ask of the server, and what they send."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from app.domain import events as e
from app.domain.entry import Event
from sync.server.audit import audit
from sync.server.explaining import explain
from sync.server.store import tables as t
from sync.server.store.engine import reading
from tests.server.conftest import Programme
from tests.server.seats import Seat, new_id


def codes(seat: Seat, *events: Event) -> list[str]:
    """Why entries became exceptions, '' for those that count; only what an upload answers about."""
    return [decision.code for decision in seat.push(*events).decisions]


def findings(programme: Programme) -> list[str]:
    with reading(programme.server.engine) as connection:
        return list(audit(connection, now_ms=programme.clock()))


def rows(programme: Programme, table: sa.Table, **where: Any) -> list[Any]:
    with reading(programme.server.engine) as connection:
        statement = sa.select(table)
        for name, value in where.items():
            statement = statement.where(table.c[name] == value)
        return list(connection.execute(statement))


def posted(programme: Programme, member_id: UUID) -> int:
    (row,) = rows(programme, t.balance, member_id=member_id)
    return int(row.posted)


def lots(programme: Programme, member_id: UUID) -> dict[str | None, int]:
    """What is left by the day on which it expires."""
    left: dict[str | None, int] = {}
    for row in rows(programme, t.lot, member_id=member_id):
        left[row.expires_on] = left.get(row.expires_on, 0) + row.remaining
    return {day: points for day, points in left.items() if points}


def explained(programme: Programme, wanted: UUID) -> str:
    with reading(programme.server.engine) as connection:
        return "\n".join(explain(connection, programme.programme_id, wanted))


def paid(
    encounter_id: UUID, member_id: UUID, points: int, *, version: int = 1, **also: Any
) -> e.AccrualRecorded:
    """So many yuan paid, which earn as many points where nothing else was set."""
    fields: dict[str, Any] = {"tier": "", **also}
    return e.AccrualRecorded(
        new_id(), encounter_id, member_id, points, e.AccrualSource.AMOUNT,
        None, points * 100, "CNY", version, "[]", **fields,
    )  # fmt: skip


def flown(
    encounter_id: UUID, member_id: UUID, points: int, *, day: str = "2026-09-18", version: int = 1
) -> e.AccrualRecorded:
    """A flight, with as many points as the entry says."""
    return e.AccrualRecorded(
        new_id(), encounter_id, member_id, points, e.AccrualSource.FLIGHT,
        str(new_id()), None, None, version, "[]", f"CA1501 {day} PEK-SHA", "Y", "gold",
    )  # fmt: skip
