"""The device's certificate, by which its neighbours know it: a newer one from the server is kept.

The key stays the same, and the certificate changes in one transaction: a seat always has one.
"""

from __future__ import annotations

import logging
import secrets
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.domain.errors import Unavailable
from app.domain.voucher import Credential
from app.ports.sync_store import SeatIdentity, SyncStore
from sync.protocol.certified import Certified

_log: Final = logging.getLogger(__name__)


_SIGNATURE_BYTES: Final = 64

AGAIN_S: Final = 300.0
"""So long after the vault was locked it is tried again."""


class Renewal:
    """Takes what the server offers, and tries again while the vault can't be asked."""

    def __init__(self, store: SyncStore) -> None:
        self._store = store
        self._offered = ""
        self._is_told = False
        self._due_s = 0.0

    def offer(self, identity: SeatIdentity, certificate: str, now: float) -> None:
        """The server says which certificate is ours."""
        self._offered, self._is_told, self._due_s = certificate, False, now
        self.go_on(identity, now)

    def go_on(self, identity: SeatIdentity, now: float) -> None:
        """Take what was offered, if that is still to be done and time for it."""
        if not self._offered or now < self._due_s:
            return
        try:
            take_certificate(self._store, identity, self._offered)
        except Unavailable as error:
            self._due_s = now + AGAIN_S
            if not self._is_told:
                _log.warning("the device's new certificate has to wait: %s", error.message)
                self._is_told = True
        else:
            self._offered = ""


def take_certificate(store: SyncStore, identity: SeatIdentity, offered: str) -> None:
    """Keep the certificate that the server says is ours, if it is and ends later than ours.

    Raises:
        Unavailable: the disk or the vault.
    """
    held, authority = store.papers()
    if offered == held:
        return
    proof = secrets.token_bytes(32)
    fresh = _read(offered, authority, identity)
    if fresh is None or not _signs(fresh, proof, store.sign(b"guichet papers 1\0" + proof)):
        _log.warning("the server's certificate for this device is none of ours")
        return
    known = _read(held, authority, identity)
    if known is None or known.not_valid_after_utc < fresh.not_valid_after_utc:
        store.keep_certificate(offered)


def take_voucher_credential(store: SyncStore, identity: SeatIdentity, offered: bytes) -> None:
    """Keep what the server says we are to show on our vouchers, if it is ours and genuine.

    Raises:
        Unavailable: the disk.
    """
    if not offered:
        return
    packed, signature = offered[:-_SIGNATURE_BYTES], offered[-_SIGNATURE_BYTES:]
    try:
        credential = Credential.unpacked(packed)
        authority = x509.load_pem_x509_certificate(store.papers()[1].encode()).public_key()
        assert isinstance(authority, Ed25519PublicKey), "authorities have no other keys"
        authority.verify(signature, credential.statement())
    except (ValueError, InvalidSignature):
        _log.warning("the server's credential for our vouchers can't be read")
        return
    ours = (identity.programme_id, identity.office_id, identity.device_id)
    if (credential.programme_id, credential.office_id, credential.device_id) == ours:
        store.keep_voucher_credential(offered)
    else:
        _log.warning("the server's credential for our vouchers is another device's")


def _read(pem: str, authority: str, identity: SeatIdentity) -> x509.Certificate | None:
    """The certificate if it is this device's, by its authority."""
    device = Certified(identity.programme_id, identity.office_id, identity.device_id, identity.kind)
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(authority.encode()))
        return certificate if Certified.of(certificate) == device else None
    except (ValueError, TypeError, InvalidSignature):
        return None


def _signs(certificate: x509.Certificate, proof: bytes, signature: bytes) -> bool:
    """Whether it is over the key that this device signs with."""
    key = certificate.public_key()
    try:
        assert isinstance(key, Ed25519PublicKey), "our authority certifies no others"
        key.verify(signature, b"guichet papers 1\0" + proof)
    except InvalidSignature:
        return False
    return True
