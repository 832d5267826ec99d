"""The seat's own identity: made on this PC, confirmed by the server at enrolment."""

from __future__ import annotations

from typing import Protocol


class SeatIdentityStore(Protocol):
    """Keeps who this device is."""

    def public_key(self) -> bytes:
        """The device's Ed25519 public key (32 bytes), made at the first call."""

    def enrol(self, server_url: str, document: dict[str, object]) -> None:
        """Remember the server's answer (EnrolAnswer, field by field) in one transaction.

        Raises Rejected('already_enrolled') for another device's answer.
        """

    def document(self) -> dict[str, object] | None:
        """What was remembered, with 'server_url'; None before enrolment."""
