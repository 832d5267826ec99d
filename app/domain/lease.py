"""Points that the server has moved aside for one device, so that it can promise them alone."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Final, Literal
from uuid import UUID

from app.domain.lean import dataclass
from app.domain.risk import RiskCaps

SIGNATURE_BYTES: Final = 64
_NUMBER_BYTES: Final = 8
_LONGEST_CERTIFICATE: Final = 4_096


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
class LeaseTransfer:
    """A part of a lease that its holder hands on to a neighbour, under an id of its own.

    That id is the receiver's lease's from then on. The giver commits the transfer to its journal
    before it signs `statement`, so whoever has the signature may spend the points.

    Attributes:
        lease_id: the giver's.
        points: of it, > 0.
    """

    transfer_id: UUID
    lease_id: UUID
    member_id: UUID
    from_device_id: UUID
    to_device_id: UUID
    points: int

    @property
    def statement(self) -> bytes:
        """What the giver signs. Raises OverflowError for points that are none."""
        ids = (
            self.transfer_id,
            self.lease_id,
            self.member_id,
            self.from_device_id,
            self.to_device_id,
        )
        named = b"".join(each.bytes for each in ids)
        return b"guichet transfer 1\0" + named + self.points.to_bytes(_NUMBER_BYTES, "big")


@dataclass(frozen=True, slots=True)
class TransferProof:
    """What proves a transfer to anybody who knows the programme's authority.

    Attributes:
        signature: of the giver, over `LeaseTransfer.statement`.
        lease_points: what the giver's lease was granted with,
        expires_ms: until when,
        lease_signature: and the authority's signature over that (`lease_statement`).
        certificate: of the giver, DER.
    """

    signature: bytes
    lease_points: int
    expires_ms: int
    lease_signature: bytes
    certificate: bytes

    def to_text(self) -> str:
        """As an entry holds it: base64 of the signatures, two numbers and the certificate."""
        numbers = (self.lease_points, self.expires_ms)
        packed = b"".join(number.to_bytes(_NUMBER_BYTES, "big") for number in numbers)
        return b64encode(self.signature + self.lease_signature + packed + self.certificate).decode()

    @classmethod
    def of_text(cls, text: str) -> TransferProof:
        """Raises ValueError for what is none."""
        content = b64decode(text, validate=True)
        first = 2 * SIGNATURE_BYTES
        last = first + 2 * _NUMBER_BYTES
        if not last < len(content) <= last + _LONGEST_CERTIFICATE:
            raise ValueError("that is no proof of a transfer")
        return cls(
            content[:SIGNATURE_BYTES],
            int.from_bytes(content[first : first + _NUMBER_BYTES], "big"),
            int.from_bytes(content[first + _NUMBER_BYTES : last], "big"),
            content[SIGNATURE_BYTES:first],
            content[last:],
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
