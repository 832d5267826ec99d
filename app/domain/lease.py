"""Points that the server has moved aside for one device, so that it can promise them alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from app.domain.risk import RiskCaps


def lease_statement(
    lease_id: UUID, device_id: UUID, member_id: UUID, points: int, expires_ms: int
) -> bytes:
    """What the server signs when it grants a lease."""
    return (
        b"guichet lease 1\0"
        + lease_id.bytes
        + device_id.bytes
        + member_id.bytes
        + points.to_bytes(8, "big")
        + expires_ms.to_bytes(8, "big")
    )


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease as its holder sees it.

    Attributes:
        points: granted by the server.
        spent_points: spent under it here, less what the server gave back.
        expires_ms: wall time after which it should be handed back; policy, never safety.
        state: 'returned' once it was handed back here, which is never undone.
    """

    lease_id: UUID
    member_id: UUID
    points: int
    spent_points: int
    expires_ms: int
    state: Literal["open", "returned", "closed"]

    @property
    def remaining_points(self) -> int:
        return self.points - self.spent_points if self.state == "open" else 0


@dataclass(frozen=True, slots=True)
class Pool:
    """A device's allowance for redemptions that no lease covers.

    Attributes:
        points: the pool's size, spent since it was issued: `spent_points`.
    """

    pool_id: UUID
    points: int
    spent_points: int
    caps: RiskCaps
