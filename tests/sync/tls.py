"""Certificates for tests, of an authority made on the spot."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Certificate:
    """Files of one server: `chain` holds key and certificate, `authority` who signed it."""

    chain: Path
    authority: Path


def make_certificate(
    folder: Path,
    *,
    address: str = "127.0.0.1",
    since: timedelta = timedelta(hours=-1),
    until: timedelta = timedelta(days=1),
) -> Certificate:
    """Make an authority and a certificate for an address, good between two times from now."""
    folder.mkdir(parents=True)
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Test {folder.name}")])
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)

    def build(
        subject: x509.Name, public: ec.EllipticCurvePublicKey, *, ca: bool
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(ca_name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + since)
            .not_valid_after(now + until)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )

    authority = build(ca_name, ca_key.public_key(), ca=True).sign(ca_key, hashes.SHA256())
    named = x509.IPAddress(ipaddress.ip_address(address))
    certificate = (
        build(name, key.public_key(), ca=False)
        .add_extension(x509.SubjectAlternativeName([named]), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(authority.public_bytes(pem))
    (folder / "server.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(pem)
    )
    return Certificate(folder / "server.pem", folder / "ca.pem")
