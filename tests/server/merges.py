"""What tests of merged members ask of the server, and what they send."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from app.domain import events as e
from sync.protocol.messages import LeaseGrant
from sync.server.audit import audit
from sync.server.merging import Merged, merge
from sync.server.store import tables as t
from sync.server.store.engine import reading
from tests.server.conftest import KEYS, Programme
from tests.server.seats import Seat, new_id

DAY_MS = 86_400_000


def united(programme: Programme, away: UUID, stay: UUID, reason: str = "two cards") -> Merged:
    with programme.work() as work:
        return merge(work, KEYS, away, stay, reason=reason, recorded_by="op")


def findings(programme: Programme) -> list[str]:
    with reading(programme.server.engine) as connection:
        return list(audit(connection, now_ms=programme.clock()))


def refusals(seat: Seat, *events: object) -> list[str]:
    return [d.code for d in seat.push(*events).decisions if d.code]  # type: ignore[arg-type]


def balance(programme: Programme, member_id: UUID) -> tuple[int, int, int]:
    """(posted, leased, pending)."""
    with programme.work() as work:
        (row,) = work.find(t.balance, "member_id", [member_id])
    return row.posted, row.leased, row.pending


def rows(programme: Programme, table: sa.Table, column: str, value: object) -> list[Any]:
    with programme.work() as work:
        return list(work.find(table, column, [value]))


def granted(
    programme: Programme,
    encounter_id: UUID,
    member_id: UUID,
    points: int,
    cover: e.Cover,
    *,
    lease_id: UUID | None = None,
    pool_id: UUID | None = None,
) -> e.RedemptionGranted:
    return e.RedemptionGranted(
        new_id(), encounter_id, member_id, programme.reward_id, points, cover, lease_id, pool_id
    )


def earned(encounter_id: UUID, member_id: UUID, points: int) -> e.AccrualRecorded:
    return e.AccrualRecorded(
        new_id(), encounter_id, member_id, points, e.AccrualSource.AMOUNT, None, None, None, 1, ""
    )


def flown(encounter_id: UUID, member_id: UUID, day: int, points: int = 500) -> e.AccrualRecorded:
    return e.AccrualRecorded(
        new_id(), encounter_id, member_id, points, e.AccrualSource.RETRO, str(new_id()),
        None, None, 1, "", f"CA1501 2026-09-{day:02} PEK-SHA",
    )  # fmt: skip


def lease_of(seat: Seat, lease_id: UUID) -> LeaseGrant:
    (lease,) = [lease for lease in seat.pull().leases if lease.lease_id == lease_id]
    return lease


def leased(programme: Programme, seat: Seat, member_id: UUID) -> LeaseGrant:
    (lease,) = [lease for lease in seat.pull().leases if lease.member_id == member_id]
    return lease
