"""Whom a device trusts on the office's network: devices of its own office that are not shut out.

TLS proves that the other end holds the key of a certificate that our server's authority signed;
`Trust.admit` judges the certificate itself. It does so again where OpenSSL has done it, but for
the time: a certificate ends by the latest time known, which a clock set back makes no earlier.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Final
from uuid import UUID

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.x509.oid import NameOID

from app.domain.errors import Unavailable
from app.domain.lean import dataclass
from app.domain.records import Revocation
from app.domain.shutting_out import revocation_statement
from app.ports.neighbours import NeighbourStore
from app.ports.sync_store import SeatIdentity
from sync.protocol.certified import Certified
from sync.protocol.lan import APPLICATION_PROTOCOL

_NO_CHECK_TIME: Final = ssl.VerifyFlags(0x200000)
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which Python gives no name."""


class NotTrusted(Exception):
    """The other end is not let in.

    Attributes:
        code: forged, expired, revoked, other_programme, other_office, itself; no_desk, where an
            alarm is for desks.
        device_id: whose certificate it is, where it is genuine.
    """

    def __init__(self, code: str, device_id: UUID | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.device_id = device_id


@dataclass(frozen=True, slots=True)
class Peer:
    """A neighbour that was let in.

    Attributes:
        label: of its counter.
        key: verifies what it signed.
    """

    device: Certified
    label: str
    key: Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class Trust:
    """Who we are and whose word counts.

    Attributes:
        own: this seat.
        authority: the certificate of whoever signs devices' certificates.
    """

    own: SeatIdentity
    authority: x509.Certificate

    def admit(self, certificate: bytes, *, now_ms: int, revoked: frozenset[UUID]) -> Peer:
        """Let a device in by its certificate (DER).

        Raises:
            NotTrusted: it is not of this office, or not any more.
        """
        try:
            read = x509.load_der_x509_certificate(certificate)
            read.verify_directly_issued_by(self.authority)
            device, label, key = _read(read)
        except (ValueError, TypeError, InvalidSignature) as error:
            raise NotTrusted("forged") from error
        if now_ms >= int(read.not_valid_after_utc.timestamp() * 1000):
            raise NotTrusted("expired")
        if device.device_id in revoked:
            raise NotTrusted("revoked", device.device_id)
        if device.programme_id != self.own.programme_id:
            raise NotTrusted("other_programme")
        if device.office_id != self.own.office_id:
            raise NotTrusted("other_office")
        if device.device_id == self.own.device_id:
            raise NotTrusted("itself")
        return Peer(device, label, key)

    def verify(self, signature: bytes, statement: bytes) -> None:
        """Raises InvalidSignature unless our authority signed it."""
        key = self.authority.public_key()
        assert isinstance(key, Ed25519PublicKey)
        key.verify(signature, statement)

    def has_shut_out(self, told: Revocation) -> bool:
        """Whether our authority says so."""
        try:
            statement = revocation_statement(told.device_id, told.revoked_ms)
            self.verify(told.signature, statement)
        except (InvalidSignature, OverflowError):  # of a time that is none
            return False
        return True


def _read(certificate: x509.Certificate) -> tuple[Certified, str, Ed25519PublicKey]:
    """Raises ValueError, TypeError."""
    device = Certified.of(certificate)
    key = certificate.public_key()
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("not a device's key")
    labels = certificate.subject.get_attributes_for_oid(NameOID.TITLE)
    return device, str(labels[0].value) if labels else "", key


@dataclass(frozen=True, slots=True)
class Credentials:
    """What one enrolled seat speaks TLS with."""

    trust: Trust
    serving: ssl.SSLContext
    calling: ssl.SSLContext


def open_credentials(store: NeighbourStore, identity: SeatIdentity) -> Credentials:
    """Make the seat ready to be known and to know others.

    Raises:
        Unavailable: disk or vault; keys_missing where the seat was shut out; vault_damaged.
    """
    papers = store.papers()
    assert papers is not None, "an enrolled seat has papers"
    _, authority = papers
    try:
        trust = Trust(identity, x509.load_pem_x509_certificate(authority.encode()))
        return Credentials(
            trust,
            make_context(ssl.PROTOCOL_TLS_SERVER, authority, store.present),
            make_context(ssl.PROTOCOL_TLS_CLIENT, authority, store.present),
        )
    except ValueError as error:
        raise Unavailable("vault_damaged", "The seat's certificates can't be read.") from error


def make_context(
    side: ssl._SSLMethod, authority: str, present: Callable[[ssl.SSLContext], None]
) -> ssl.SSLContext:
    """TLS 1.3 alone, both ends with certificates of `authority` (PEM), and nothing remembered."""
    context = ssl.SSLContext(side)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False  # the certificate names a device, not a host
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= _NO_CHECK_TIME
    context.load_verify_locations(cadata=authority)
    context.set_alpn_protocols([APPLICATION_PROTOCOL])
    if side is ssl.PROTOCOL_TLS_SERVER:
        context.num_tickets = 0  # each conversation shows its certificate anew
    present(context)
    return context
