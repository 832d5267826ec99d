"""A member's statement for whoever serves them: bounded, and written down as a look-up is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.ledger import Lot
from sync.protocol.messages import SetAside
from sync.protocol.told import StatementAnswer, StatementLine, StatementLot, StatementRequest
from sync.server.devices import Device
from sync.server.forgetting import merged_into
from sync.server.look_up import check_pace, check_person
from sync.server.member_state import FORGOTTEN
from sync.server.problems import ProblemError
from sync.server.statements import statement_of
from sync.server.store import tables as t
from sync.server.store.bulk import find_rows

MOST_LINES: Final = 200
MOST_SAVED: Final = 2_000
"""Of lines in a file, which nobody scrolls through at a counter."""
MOST_LOTS: Final = 60
ASKED_FOR: Final = "statement"
"""What stands beside who asked, in place of the kinds of keys that a look-up has.

Followed by the kind of file where it was taken along as one.
"""


def statement_at(
    connection: Connection,
    device: Device,
    request: StatementRequest,
    *,
    look_up_id: UUID,
    now_ms: int,
) -> StatementAnswer:
    """Tell what changed a member's points; `connection` is in a writing transaction.

    Raises:
        ProblemError: forbidden, busy, bad_request.
    """
    check_person(connection, device, request.staff_id)
    if len(request.first_day) not in (0, 10):
        raise ProblemError("bad_request", "The first day is an ISO date")
    check_pace(connection, device, request.staff_id, now_ms)
    member_id = _survivor(connection, device.programme_id, request.member_id)
    connection.execute(
        sa.insert(t.look_up).values(
            programme_id=device.programme_id,
            look_up_id=look_up_id,
            at_ms=now_ms,
            device_id=device.device_id,
            office_id=device.office_id,
            staff_id=request.staff_id,
            session_id=request.session_id,
            keys=f"{ASKED_FOR} {request.saved_as}".rstrip(),
            outcome="none" if member_id is None else "found",
            member_ids="" if member_id is None else str(member_id),
        )
    )
    if member_id is None:
        return StatementAnswer("none", now_ms)
    (office,) = find_rows(
        connection, t.office, "office_id", [device.office_id], programme_id=device.programme_id
    )
    member_ids = merged_into(connection, device.programme_id, member_id)
    found = statement_of(
        connection,
        device.programme_id,
        member_ids,
        time_zone=office.time_zone,
        first_day=request.first_day,
    )
    lines = found.lines[-(MOST_SAVED if request.saved_as else MOST_LINES) :]
    return StatementAnswer(
        "told",
        now_ms,
        opening_points=found.closing_points - sum(line.points for line in lines),
        lines=tuple(
            StatementLine(
                line.booked_on,
                line.happened_on,
                line.kind,
                line.what,
                line.office_code,
                line.points,
                line.balance,
            )
            for line in lines
        ),
        closing_points=found.closing_points,
        owed_points=found.owed_points,
        lots=tuple(_by_expiry(found.lots)[:MOST_LOTS]),
        set_aside=tuple(_set_aside(connection, device.programme_id, member_ids)),
    )


def _survivor(connection: Connection, programme_id: UUID, member_id: UUID) -> UUID | None:
    while True:
        rows = find_rows(connection, t.member, "member_id", [member_id], programme_id=programme_id)
        if not rows or rows[0].status == FORGOTTEN:
            return None
        if rows[0].merged_into is None:
            return member_id
        member_id = rows[0].merged_into


def _by_expiry(lots: Sequence[Lot]) -> list[StatementLot]:
    """Lots that expire on one day as one."""
    sums: dict[str | None, list[int]] = {}
    for lot in lots:
        summed = sums.setdefault(lot.expires_on, [0, 0])
        summed[0] += lot.remaining
        summed[1] += lot.leased
    return [StatementLot(left, leased, day) for day, (left, leased) in sums.items()]


def _set_aside(
    connection: Connection, programme_id: UUID, member_ids: Sequence[UUID]
) -> list[SetAside]:
    lease, device, office, counter = t.lease, t.device, t.office, t.counter

    def same(table: sa.Table, name: str, of: sa.Table) -> Any:
        return (table.c.programme_id == of.c.programme_id) & (table.c[name] == of.c[name])

    rows = connection.execute(
        sa.select(lease.c.remaining, office.c.code, counter.c.label, lease.c.granted_ms)
        .join(device, same(device, "device_id", lease))
        .join(office, same(office, "office_id", device))
        .join(counter, same(counter, "counter_id", device))
        .where(
            lease.c.programme_id == programme_id,
            lease.c.member_id.in_(member_ids),
            lease.c.state.in_(t.LEASE_HELD),
            lease.c.remaining > 0,
        )
        .order_by(lease.c.remaining.desc(), lease.c.lease_id)
    )
    return [SetAside(*row) for row in rows]
