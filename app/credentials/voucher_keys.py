"""The keys behind vouchers: the adapter of `app.ports.vouchers.VoucherKeys`."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

CREDENTIAL: Final = "voucher_credential"
"""Under which name the server's answer to enrolment holds it: packed, and signed behind that."""

_SIGNATURE_BYTES: Final = 64


class SeatVoucherKeys:
    """The seat's own key, and what the server said of it.

    Args:
        document: reads the server's answer to enrolment (`app.store.seat.Seat.document`).
        sign: the device's signature over a statement.
    """

    def __init__(
        self,
        *,
        document: Callable[[], dict[str, object] | None],
        sign: Callable[[bytes], bytes],
    ) -> None:
        self._document = document
        self._sign = sign

    def credential(self) -> tuple[bytes, bytes] | None:
        held = b64decode(str((self._document() or {}).get(CREDENTIAL, "")))
        if len(held) <= _SIGNATURE_BYTES:
            return None
        return held[:-_SIGNATURE_BYTES], held[-_SIGNATURE_BYTES:]

    def sign(self, statement: bytes) -> bytes:
        return self._sign(statement)

    def is_by_authority(self, statement: bytes, signature: bytes) -> bool:
        document = self._document() or {}
        try:
            authority = x509.load_pem_x509_certificate(str(document.get("authority", "")).encode())
        except ValueError:
            return False
        key = authority.public_key()
        return isinstance(key, Ed25519PublicKey) and _verifies(key, statement, signature)

    def is_by(self, public_key: bytes, statement: bytes, signature: bytes) -> bool:
        try:
            key = Ed25519PublicKey.from_public_bytes(public_key)
        except ValueError:
            return False
        return _verifies(key, statement, signature)


def _verifies(key: Ed25519PublicKey, statement: bytes, signature: bytes) -> bool:
    try:
        key.verify(signature, statement)
    except InvalidSignature:
        return False
    return True
