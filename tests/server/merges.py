"""What tests of merged members ask of the server, and what they send."""

from __future__ import annotations

from uuid import UUID

from app.domain import events as e
from sync.protocol.messages import LeaseGrant
from sync.server.merging import Merged, merge
from tests.server.conftest import KEYS, Programme
from tests.server.seats import Seat, new_id

DAY_MS = 86_400_000


def united(programme: Programme, away: UUID, stay: UUID, reason: str = "two cards") -> Merged:
    with programme.work() as work:
        return merge(work, KEYS, away, stay, reason=reason, recorded_by="op")


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
