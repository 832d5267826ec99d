"""The server's certificate for TLS, where no house authority gives one: an authority of its own.

The authority's certificate goes to the PCs, by whichever way the house spreads such. Its key stays
in the data folder, signs this server's certificate alone, and has nothing to do with the one that
certifies devices (`keys.py`).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app.domain.errors import Rejected, Unavailable

_AUTHORITY_DAYS: Final = 3_650
_SERVER_DAYS: Final = 397  # no client of ours asks for less, but phones' browsers do
_HASH: Final = hashes.SHA256()


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Where they are: in `tls` of the data folder."""

    folder: Path

    @property
    def certificate(self) -> Path:
        """The server's, with the authority's behind it."""
        return self.folder / "server.pem"

    @property
    def key(self) -> Path:
        return self.folder / "server.key"

    @property
    def authority(self) -> Path:
        """What PCs have to trust."""
        return self.folder / "authority.pem"

    @property
    def authority_key(self) -> Path:
        return self.folder / "authority.key"

    @property
    def request(self) -> Path:
        """What a house authority is asked to sign."""
        return self.folder / "server.csr"


def tls_files(data: Path) -> TlsFiles:
    """Those of a data folder, whether they are there or not."""
    return TlsFiles(data / "tls")


def make_certificate(files: TlsFiles, names: Sequence[str], *, now_ms: int) -> x509.Certificate:
    """Make or renew the server's certificate, by the authority that is there, or a new one.

    Args:
        files: where to.
        names: host names and addresses under which the server is reached.
        now_ms: the server's time.

    Raises:
        Rejected: bad_name.
        Unavailable: authority_damaged, its files can't be read.
    """
    alternative = _alternative(names)
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    files.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority_key, authority = _authority(files, now)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(_common(names[0]))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(min(now + timedelta(days=_SERVER_DAYS), authority.not_valid_after_utc))
        .add_extension(alternative, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()),
            critical=False,
        )
        .sign(authority_key, _HASH)
    )
    _write(files.key, _pem(key), secret=True)
    chain = certificate.public_bytes(serialization.Encoding.PEM) + authority.public_bytes(
        serialization.Encoding.PEM
    )
    _write(files.certificate, chain)
    return certificate


def make_request(files: TlsFiles, names: Sequence[str]) -> None:
    """Make a key and what a house authority is asked to sign. Raises Rejected('bad_name')."""
    alternative = _alternative(names)
    files.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(_common(names[0]))
        .add_extension(alternative, critical=False)
        .sign(key, _HASH)
    )
    _write(files.key.with_suffix(".next"), _pem(key), secret=True)
    _write(files.request, request.public_bytes(serialization.Encoding.PEM))


def take_answer(files: TlsFiles, chain: bytes) -> x509.Certificate:
    """Put in place what the house authority signed: the certificate, and what is behind it.

    Raises:
        Rejected: bad_certificate, it is none, or not of the key that was asked with.
    """
    waiting = files.key.with_suffix(".next")
    try:
        first, *_ = x509.load_pem_x509_certificates(chain)
        key = serialization.load_pem_private_key(waiting.read_bytes(), None)
    except FileNotFoundError as error:
        raise Rejected("bad_certificate", "Nothing was asked for: `tls request` first") from error
    except (ValueError, TypeError) as error:
        raise Rejected("bad_certificate", f"That is no certificate in PEM ({error})") from error
    if first.public_key() != key.public_key():
        raise Rejected("bad_certificate", "That certificate is of another key than the request")
    _write(files.certificate, chain)
    waiting.replace(files.key)
    return first


def ends_ms(certificate: Path) -> int:
    """When a certificate ends, ms since 1970. Raises OSError or ValueError where it can't be read.

    A file with several tells of the first, which is the server's own.
    """
    first = x509.load_pem_x509_certificates(certificate.read_bytes())[0]
    return int(first.not_valid_after_utc.timestamp() * 1000)


def name_for_others(certificate: Path, host: str) -> str:
    """Under which name PCs reach a server, so that its certificate covers it.

    Args:
        certificate: in PEM; of several the first, which is the server's own.
        host: what it listens on, an address or '0.0.0.0' and '::' for all of the machine's.

    Returns:
        `host` where the certificate covers it, or names nothing that others could use.

    Raises:
        OSError, ValueError: the certificate can't be read.
    """
    first = x509.load_pem_x509_certificates(certificate.read_bytes())[0]
    try:
        told = first.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return host
    names = [
        *told.get_values_for_type(x509.DNSName),
        *map(str, told.get_values_for_type(x509.IPAddress)),
    ]
    usable = [name for name in names if "*" not in name and not is_this_machine(name)]
    if host in names or not usable:
        return host
    return usable[0]


def is_this_machine(host: str) -> bool:
    """Whether nobody else reaches it by that name."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _alternative(names: Sequence[str]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([_general(name) for name in names])


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        pass
    labels = name.split(".")
    if len(name) > 253 or not all(
        label and len(label) <= 63 and label.replace("-", "a").isalnum() and label.isascii()
        for label in labels
    ):
        raise Rejected("bad_name", f"{name!r} is neither a host's name nor an address")
    return x509.DNSName(name.lower())


def _common(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])


def _authority(
    files: TlsFiles, now: datetime
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    if files.authority_key.exists():
        try:
            read = serialization.load_pem_private_key(files.authority_key.read_bytes(), None)
            certificate = x509.load_pem_x509_certificate(files.authority.read_bytes())
        except (OSError, ValueError, TypeError) as error:
            raise Unavailable(
                "authority_damaged",
                f"{files.authority_key} and {files.authority} can't be read ({error}); put them"
                " back from their copy, or remove both: PCs then have to trust a new one",
            ) from error
        assert isinstance(read, ec.EllipticCurvePrivateKey), "we make no others"
        return read, certificate
    key = ec.generate_private_key(ec.SECP256R1())
    name = _common("Guichet server authority")
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=_AUTHORITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(
                digital_signature=False,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=True,
                crl_sign=True,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .sign(key, _HASH)
    )
    # The certificate first: a key alone would be taken for a damaged authority's
    _write(files.authority, certificate.public_bytes(serialization.Encoding.PEM))
    _write(files.authority_key, _pem(key), secret=True)
    return key, certificate


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write(path: Path, content: bytes, *, secret: bool = False) -> None:
    """Whole or not at all; a secret is never readable by others, not even for a moment."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    beside.touch(mode=0o600 if secret else 0o644)
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
