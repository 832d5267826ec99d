"""What the tests of points ask of the server, and what they send."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from app.domain import events as e
from app.domain.accrual import points_for_flight
from app.domain.boarding_pass import Leg
from app.domain.deciding_again import accrual_rules_of
from app.domain.entry import Event
from sync.server.audit import audit
from sync.server.explaining import explain
from sync.server.store import tables as t
from sync.server.store.engine import reading
from tests.server.conftest import Programme
from tests.server.seats import Seat, new_id


def codes(seat: Seat, *events: Event) -> list[str]:
    """Why entries became exceptions; nothing of those that count."""
    return [decision.code for decision in seat.push(*events).decisions if decision.code]


def findings(programme: Programme) -> list[str]:
    with reading(programme.server.engine) as connection:
        return list(audit(connection, now_ms=programme.clock()))


def sound(programme: Programme) -> None:
    assert findings(programme) == []


def rows(programme: Programme, table: sa.Table, **where: Any) -> list[Any]:
    with reading(programme.server.engine) as connection:
        statement = sa.select(table)
        for name, value in where.items():
            statement = statement.where(table.c[name] == value)
        return list(connection.execute(statement))


def account(programme: Programme, member_id: UUID) -> tuple[int, int, int]:
    """(posted, leased, pending)."""
    found = rows(programme, t.balance, member_id=member_id, unit=t.POINTS)
    if not found:
        return 0, 0, 0
    (row,) = found
    return row.posted, row.leased, row.pending


def balance(programme: Programme, member_id: UUID) -> tuple[int, int]:
    """(posted, leased)."""
    return account(programme, member_id)[:2]


def posted(programme: Programme, member_id: UUID) -> int:
    return account(programme, member_id)[0]


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


_LEG = Leg("", "PEK", "SHA", "CA", "1501", date(2026, 9, 18), "Y")
FLIGHT_POINTS = points_for_flight(accrual_rules_of(None, 1), _LEG, "gold").points
"""Of `flown`, where no rules were set."""
FLIGHT_BASE = points_for_flight(accrual_rules_of(None, 1), _LEG, "").points
"""Without gold's bonus: what counts for a tier."""


def flown(
    encounter_id: UUID, member_id: UUID, points: int = FLIGHT_POINTS, *, day: str = "2026-09-18"
) -> e.AccrualRecorded:
    """A flight, with as many points as the entry says."""
    return e.AccrualRecorded(
        new_id(), encounter_id, member_id, points, e.AccrualSource.FLIGHT,
        str(new_id()), None, None, 1, "[]", f"CA1501 {day} PEK-SHA", "Y", "gold",
    )  # fmt: skip
