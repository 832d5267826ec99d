"""What two devices of one office say to each other, with the server or without it.

TLS 1.3 with both devices' certificates (application protocol `guichet-lan/1`); then one ask and
one answer, each a frame: its length in four bytes, most significant first, and the JSON of a
message. What is asked for travels exactly as it would to the server, signed by itself.
"""

from __future__ import annotations

import hashlib
from typing import Final, Literal
from uuid import UUID

from app.domain.records import Revocation
from sync.protocol.messages import Message, UrgentRequest

APPLICATION_PROTOCOL: Final = "guichet-lan/1"
DEFAULT_PORT: Final = 8461
SERVICE_TYPE: Final = "_guichet._tcp.local."
OFFICE_PROPERTY: Final = "o"
KIND_PROPERTY: Final = "k"
"""'desk' or 'counter', to be proved by the certificate."""

LENGTH_BYTES: Final = 4
MAX_FRAME_BYTES: Final = 64 * 1024
"""An entry of 16 KiB and a blob of 8 KiB, with room for base64 and JSON's escapes."""


MOST_TOLD: Final = 100
"""Revocations of one message, the oldest first; each is some 200 bytes."""


class ApprovalAsk(Message, frozen=True):
    """What a manager is asked to agree to (app.domain.approval.Asked), by the counter that asks."""

    redemption_id: UUID
    member_id: UUID
    reward_id: UUID
    points: int
    clerk_id: UUID
    trust: str
    spendable_points: int
    list_age_s: int


class LeaseAsk(Message, frozen=True):
    """So many points of a member, in one lease; `transfer_id` is theirs once they are handed on."""

    member_id: UUID
    points: int
    transfer_id: UUID | None = None


class Handed(Message, frozen=True):
    """What was handed on: a part of this lease, and its proof (app.domain.lease.TransferProof)."""

    lease_id: UUID
    proof: str


class LanAsk(Message, frozen=True):
    """'present' asks who is there; 'alarm' brings a desk a signed urgent copy.

    'approve' asks a desk's manager, again and again while the counter waits.

    A counter asks counters by 'lease' whether they hold points of a member who stands there, and by
    'hand_on' to hand them on; asked again under the same transfer's id the answer is the same.

    Whoever is present also says who was shut out, as far as the other doesn't know: each names the
    time of the latest revocation it has the proof of. `after` is the (revoked_ms, device_id) of the
    last that the one before told, where there are more than go into a message.
    """

    kind: Literal["present", "alarm", "approve", "lease", "hand_on"]
    copy: UrgentRequest | None = None
    knows_ms: int = 0
    shut_out: tuple[Revocation, ...] = ()
    after: tuple[int, UUID] | None = None
    approve: ApprovalAsk | None = None
    lease: LeaseAsk | None = None


class LanAnswer(Message, frozen=True):
    """What a neighbour says.

    Outcomes: 'present'; of an approval 'waiting', 'agreed', 'declined', or 'nobody' where no
    manager is signed in; 'kept', the alarm is on the desk's disk and rings; 'busy', again later;
    'holds', so much could be handed on; 'handed_on', it is on the giver's disk, proved by `handed`;
    'refused' with a code: bad_request, bad_signature, wrong_device, not_urgent, conflict, no_desk,
    nothing_held, and revoked, with the proof of it. `knows_count` is how many revocations it can
    prove.
    """

    outcome: Literal[
        "present",
        "kept",
        "busy",
        "refused",
        "holds",
        "handed_on",
        "waiting",
        "agreed",
        "declined",
        "nobody",
    ]
    code: str = ""
    hears_server: bool = True  # a desk that doesn't is brought what others hear from the server
    knows_ms: int = 0
    knows_count: int = 0
    shut_out: tuple[Revocation, ...] = ()
    approved_by: UUID | None = None  # of 'agreed': the manager
    approval: str = ""  # of 'agreed': the desk's signature in hex
    handed: Handed | None = None


def office_tag(programme_id: UUID, office_id: UUID) -> str:
    """What neighbours of one office find each other by; it names neither office nor programme."""
    name = b"guichet office 1\0" + programme_id.bytes + office_id.bytes
    return hashlib.sha256(name).hexdigest()[:16]
