"""The keys behind vouchers; the adapter is app.credentials.voucher_keys, a fake in tests.fakes."""

from __future__ import annotations

from typing import Protocol


class VoucherKeys(Protocol):
    """What a seat needs to issue vouchers and to read others'. Thread-safe.

    Raises:
        Unavailable: from every call, when disk or vault fails.
    """

    def credential(self) -> tuple[bytes, bytes] | None:
        """This seat's (`voucher.Credential.packed`, the authority's signature over it).

        None while the server hasn't told.
        """

    def sign(self, statement: bytes) -> bytes:
        """The seat's signature, 64 bytes."""

    def is_by_authority(self, statement: bytes, signature: bytes) -> bool:
        """Whether the programme's server signed it."""

    def is_by(self, public_key: bytes, statement: bytes, signature: bytes) -> bool:
        """Whether the owner of an Ed25519 key (32 bytes) signed it."""
