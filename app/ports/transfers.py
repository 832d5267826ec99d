"""Points set aside for one counter that another of its office needs: handed on and taken over."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from app.domain.lean import dataclass
from app.domain.lease import LeaseTransfer, TransferProof


@dataclass(frozen=True, slots=True)
class HandedOn:
    """A transfer that its giver has committed to its journal, and what proves it."""

    transfer: LeaseTransfer
    proof: TransferProof


class TransferStore(Protocol):
    """A seat's disk and key as both sides of a transfer need them. Thread-safe.

    Raises:
        Unavailable: from every call, when disk or vault fails.
    """

    def new_id(self) -> UUID:
        """For a transfer that is to be asked for."""

    def could_hand_on(self, member_id: UUID, points: int) -> bool:
        """Whether one lease of the member's here holds so much that may be handed on."""

    def hand_on(
        self, transfer_id: UUID, member_id: UUID, to_device_id: UUID, points: int
    ) -> HandedOn:
        """Give points of a lease away, in a transaction of its own: here nobody spends them.

        Asked again it gives the same answer, and nothing more away.

        Raises:
            Rejected: nothing_held; conflict, another transfer has this id.
        """

    def take_over(self, handed_on: HandedOn) -> bool:
        """Hold as a lease what was handed on to this seat, proved before; again changes nothing.

        Returns:
            False where it was known already: the server had told of it, or it was taken before.
        """


class LeaseNeighbours(Protocol):
    """Blocking, bounded by `limit_s`; never called on the GUI thread or the writer."""

    def fetch(self, member_id: UUID, points: int, *, limit_s: float) -> str:
        """Have a counter of the office hand on a lease of so many points of a member's.

        Returns:
            The label of the counter that did, '' where none would or could in time.

        Raises:
            Unavailable: this seat's disk or vault.
        """


class NoNeighbours:
    """Of a seat without the office's network."""

    def fetch(self, member_id: UUID, points: int, *, limit_s: float) -> str:
        """Nobody hands anything on."""
        return ""
