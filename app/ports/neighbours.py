"""What the office's own network needs of a seat's disk and vault; adapters are in app.store."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from app.domain.lean import dataclass
from app.domain.records import Case, Revocation


@dataclass(frozen=True, slots=True)
class HeardCopy:
    """A neighbour's signed entry that its desk keeps until the server's copy of the case is here.

    Attributes:
        event_id: the entry's.
        case_id: the rating's, which is the case's.
        device_id: who signed it.
        counter_label: the counter that the signer's certificate names.
        body: the entry as it was signed.
        comment: what the customer wrote, '' for nothing.
        signature: over it, by which the server takes it from whoever brings it.
        salt: of the comment.
    """

    event_id: UUID
    case_id: UUID
    device_id: UUID
    counter_label: str
    body: bytes
    comment: str
    signature: bytes = b""
    salt: bytes = b""


class NeighbourStore(Protocol):
    """Thread-safe; never called on the GUI thread.

    Raises:
        Unavailable: from every call, when disk or vault fails.
    """

    def papers(self) -> tuple[str, str] | None:
        """(the device's certificate, its authority's), PEM; None before enrolment."""

    def present(self, context: ssl.SSLContext) -> None:
        """Let `context` speak as this device.

        Raises:
            Unavailable: keys_missing (revoked), keyring_locked, keyring_missing.
        """

    def latest_ms(self) -> int:
        """The latest time known: setting the clock back makes it no earlier.

        The highest of the clock, its own and the journal's highest since the last contact, and that
        contact, corrected by the measured offset.
        """

    def revocations(self) -> Sequence[Revocation]:
        """Who was shut out, as pulls have told."""

    def hears_server(self) -> bool:
        """Whether the server answers."""

    def keep_heard(self, copy: HeardCopy, *, most: int) -> bool:
        """Keep a copy, durably; again changes nothing.

        Returns:
            False where `most` copies of its device are kept already.

        Raises:
            Rejected: conflict, another entry of this id is kept.
        """

    def heard(self, case_id: UUID | None = None) -> Sequence[HeardCopy]:
        """What is kept (of one case), in the order it came."""

    def cases(self) -> Sequence[Case]:
        """What the server has told."""

    def forget_heard(self, *, before_ms: int) -> None:
        """Drop what the server has told since, and what was heard before `before_ms`."""

    def staff_number(self, staff_id: UUID) -> str:
        """'' for nobody known."""
