"""What makes a seat blind; the adapter is app.credentials.shutter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from app.domain.errors import Unavailable
from app.domain.lean import dataclass
from app.domain.shutting_out import Reason


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """Where the journal ends, such as when the seat goes blind."""

    incarnation: int
    last_seq: int
    last_link: bytes


class Shutter(Protocol):
    """Takes the keys away, and keeps what the recovery key needs."""

    def is_genuine(self, document: Mapping[str, object], revoked_ms: int, signature: bytes) -> bool:
        """Whether the server that `document` (its answer to enrolment) names signed this."""

    def sealed_key(self, document: Mapping[str, object]) -> bytes:
        """The work key, sealed to the recovery key that `document` names.

        Raises:
            Unavailable: the vault or the disk.
        """

    def shut(
        self, reason: Reason, document: Mapping[str, object], end: ChainEnd | None, *, now_ms: int
    ) -> None:
        """Seal the work key to the recovery key, write down why, and delete both files' keys.

        In this order, each safely on the disk before the next. Once it is written down, a restart
        finishes what failed.

        Raises:
            Unavailable: the vault or the disk; nothing was deleted that is not sealed.
        """

    def refusal(self, reason: Reason) -> Unavailable:
        """What a blind seat answers to everything."""
