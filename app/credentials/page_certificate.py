"""The certificate of the page that a desk serves to managers' phones: its own word, no authority's.

A phone knows no authority of ours, so its browser warns once; the manager compares what it says of
the certificate with what the desk shows. So it stays the same as long as it can.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from ssl import SSLContext
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app.credentials.tls_files import present
from app.domain.errors import Unavailable
from app.ports.vault import Vault

PAGE_KEY: Final = "page_key"
PAGE_CERTIFICATE: Final = "page_certificate"
MOST_NAMES: Final = 6
"""So that it has room in a vault."""

_LASTS: Final = timedelta(days=397)  # browsers believe none that lasts longer
_RENEWED: Final = _LASTS / 3  # before its end
_EARLIER: Final = timedelta(days=1)  # for phones whose clocks are behind


class PageCertificate:
    """Implements `app.ports.phones.PageIdentity`; its key never leaves the vault's PC."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def present(self, context: SSLContext, names: Sequence[str], *, now_ms: int) -> bytes:
        key = self._key()
        certificate = self._kept(key, names, now_ms)
        if certificate is None:
            certificate = _made(key, names[:MOST_NAMES], now_ms)
            self._vault.put(PAGE_CERTIFICATE, certificate.public_bytes(Encoding.DER))
        present(context, key, certificate.public_bytes(Encoding.PEM))
        return certificate.public_bytes(Encoding.DER)

    def _key(self) -> ec.EllipticCurvePrivateKey:
        stored = self._vault.get(PAGE_KEY)
        if stored is None:
            key = ec.generate_private_key(ec.SECP256R1())
            plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
            self._vault.put(PAGE_KEY, plain)
            return key
        try:
            read = load_der_private_key(stored, None)
        except ValueError as error:
            raise Unavailable("vault_damaged", "The page's key can't be read.") from error
        if not isinstance(read, ec.EllipticCurvePrivateKey):
            raise Unavailable("vault_damaged", "The page's key can't be read.")
        return read

    def _kept(
        self, key: ec.EllipticCurvePrivateKey, names: Sequence[str], now_ms: int
    ) -> x509.Certificate | None:
        """The one of before, while it is of this key, has these names and doesn't end soon."""
        stored = self._vault.get(PAGE_CERTIFICATE)
        if stored is None:
            return None
        try:
            known = x509.load_der_x509_certificate(stored)
            told = known.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except (ValueError, x509.ExtensionNotFound):
            return None
        now = datetime.fromtimestamp(now_ms / 1000, UTC)
        begins, ends = known.not_valid_before_utc, known.not_valid_after_utc
        is_good = (
            known.public_key() == key.public_key()
            and set(map(_name, names[:MOST_NAMES])) <= set(told)
            and begins <= now < ends - _RENEWED
        )
        return known if is_good else None


def _made(key: ec.EllipticCurvePrivateKey, names: Sequence[str], now_ms: int) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Guichet")])
    begins = datetime.fromtimestamp(now_ms / 1000, UTC) - _EARLIER
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + _LASTS)
        .add_extension(x509.SubjectAlternativeName(list(map(_name, names))), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)
