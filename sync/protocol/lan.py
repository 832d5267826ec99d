"""What two devices of one office say to each other, with the server or without it.

TLS 1.3 with both devices' certificates (application protocol `guichet-lan/1`); then one ask and
one answer, each a frame: its length in four bytes, most significant first, and the JSON of a
message. What is asked for travels exactly as it would to the server, signed by itself.
"""

from __future__ import annotations

import hashlib
from typing import Final, Literal
from uuid import UUID

from sync.protocol.messages import Message, UrgentRequest

APPLICATION_PROTOCOL: Final = "guichet-lan/1"
DEFAULT_PORT: Final = 8461
SERVICE_TYPE: Final = "_guichet._tcp.local."
OFFICE_PROPERTY: Final = "o"

LENGTH_BYTES: Final = 4
MAX_FRAME_BYTES: Final = 64 * 1024
"""An entry of 16 KiB and a blob of 8 KiB, with room for base64 and JSON's escapes."""


class LanAsk(Message, frozen=True):
    """'present' asks whether a desk is there; 'alarm' brings it a signed urgent copy."""

    kind: Literal["present", "alarm"]
    copy: UrgentRequest | None = None


class LanAnswer(Message, frozen=True):
    """What a desk says.

    Outcomes: 'present'; 'kept', the alarm is on the desk's disk and rings; 'busy', again later;
    'refused' with a code: bad_request, bad_signature, wrong_device, not_urgent, conflict.
    """

    outcome: Literal["present", "kept", "busy", "refused"]
    code: str = ""
    hears_server: bool = True  # a desk that doesn't is brought what others hear from the server


def office_tag(programme_id: UUID, office_id: UUID) -> str:
    """What neighbours of one office find each other by; it names neither office nor programme."""
    name = b"guichet office 1\0" + programme_id.bytes + office_id.bytes
    return hashlib.sha256(name).hexdigest()[:16]
