"""What handlers decide on, as a batch holds it: encounters, ratings, leases, redemptions, accruals.

Fields of redemptions and accruals are the columns of their tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

from app.domain.lease import LeaseTransfer
from app.domain.records import SERVICES
from sync.server.store import tables as t


@dataclass(slots=True)
class Origin:
    """How an encounter began, which nothing is decided by afterwards."""

    staff_id: UUID | None
    session_id: UUID | None
    shift_id: UUID | None
    opened_ms: int


@dataclass(slots=True)
class EncounterState:
    """An encounter; its rating state is '' until it ends in one.

    Attributes:
        flags: why its rating doesn't count, '' where it does; more than one with commas.
        reasons: of its rating, the same way.
        closed_ms: when its question ended without a face.
        service: the weightiest of `SERVICES` that it was about.
        appeal: against its rating, AppealState; None for none. `Appeals` writes it.
        staff_id: who began to serve.
        origin: of one that is to be stored yet; None where it is.
        changed: whether it has to be written.
    """

    device_id: UUID
    office_id: UUID
    day: str
    member_id: UUID | None = None
    ended_ms: int | None = None
    outcome: str = ""
    rating_state: str = ""
    score: int | None = None
    flags: str = ""
    reasons: str = ""
    service: str = ""
    identified_ms: int | None = None
    rated_ms: int | None = None
    closed_ms: int | None = None
    appeal: str | None = None
    staff_id: UUID | None = None
    origin: Origin | None = None
    changed: bool = False

    def serve(self, service: str) -> None:
        """Note that it was about one of `SERVICES`."""
        if SERVICES.index(service) > SERVICES.index(self.service):
            self.service, self.changed = service, True


@dataclass(slots=True)
class RatingHead:
    """The press that counts for a rating so far, and the revisions of all its presses."""

    encounter_id: UUID
    revision: int
    score: int
    flags: str
    presses: set[int]


class GrantedTo(NamedTuple):
    """What is read of a lease's row, for one that has none yet."""

    device_id: UUID
    member_id: UUID
    points: int
    expires_ms: int


@dataclass(slots=True)
class TransferState:
    """A part of a lease that was handed on.

    Attributes:
        exposed: of `points`, what the giver's lease did not hold any more.
        was_exposed: that had been written off with the giver's lease.
        handed_on, received: the giver, the receiver has said so.
    """

    lease_id: UUID
    member_id: UUID
    from_device_id: UUID
    to_device_id: UUID
    points: int
    exposed: int
    was_exposed: bool
    handed_on: bool = False
    received: bool = False
    at_ms: int = 0

    def is_of(self, transfer: LeaseTransfer) -> bool:
        """Whether it is the one that is told of."""
        return (
            self.lease_id == transfer.lease_id
            and self.member_id == transfer.member_id
            and self.from_device_id == transfer.from_device_id
            and self.to_device_id == transfer.to_device_id
            and self.points == transfer.points
        )


@dataclass(slots=True)
class LeaseState:
    """A lease and what it still holds of each lot."""

    row: Any
    remaining: int
    restored: int
    state: str
    shares: dict[UUID, int]
    exposed: int = 0
    changed: bool = False

    @property
    def is_held(self) -> bool:
        """Whether points stand aside under it."""
        return self.state in t.LEASE_HELD


@dataclass(slots=True)
class RedemptionState:
    """A redemption; one voided before anything was posted has no member and no points."""

    member_id: UUID | None
    points: int
    state: str
    cover: str
    lease_id: UUID | None
    pool_id: UUID | None
    device_id: UUID
    txn_id: UUID | None
    reward_id: UUID | None
    encounter_id: UUID
    at_ms: int
    late: bool = False
    cash_minor: int = 0
    currency: str = ""
    refunded: int = 0
    staff_id: UUID | None = None
    proof: str = ""
    watched: bool = False


@dataclass(slots=True)
class AccrualState:
    """An accrual; a reversed one has no coupon and no flight any more.

    What can't be spent yet is 'pending' until `spendable_from`.
    """

    member_id: UUID
    encounter_id: UUID
    points: int
    source: str
    coupon_key: str | None
    state: str
    txn_id: UUID | None
    at_ms: int
    departure_key: str | None = None
    arrival_key: str | None = None
    reduced: int = 0
    expires_on: str | None = None
    spendable_from: str | None = None

    @property
    def rest(self) -> int:
        """What of its points wasn't taken back."""
        return self.points - self.reduced


AWAITED: Final = "awaited"
"""The state of a redemption of which refunds have come, and it itself hasn't."""
