"""The server's own keys, made by `init` and kept in one folder that nobody else may read.

`ca.key` signs device certificates and leases (a device knows `ca.pem`), `token.key` tokens; work
keys are sealed to `recovery.key`, which the operator may move offline (its public half stays).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.x509.oid import NameOID

from app.domain.errors import Unavailable
from app.domain.voucher import Credential
from sync.protocol.certified import Certified

_CA_YEARS = 20
_DEVICE_YEARS = 5


@dataclass(frozen=True, slots=True)
class ServerKeys:
    """What the running server needs of them.

    Attributes:
        recovery_public: X25519, 32 bytes.
    """

    authority_key: Ed25519PrivateKey
    authority: x509.Certificate
    token_key: bytes
    recovery_public: bytes

    @property
    def authority_pem(self) -> str:
        return self.authority.public_bytes(serialization.Encoding.PEM).decode()

    def certify(
        self,
        public_key: bytes,
        *,
        device: Certified,
        office_code: str,
        counter_label: str,
        now_ms: int,
    ) -> tuple[str, str]:
        """Sign a device's certificate.

        Returns:
            (certificate in PEM, serial number in hex).

        Raises:
            ValueError: `public_key` is no Ed25519 key.
        """
        now = datetime.fromtimestamp(now_ms / 1000, UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(
                x509.Name(
                    [
                        x509.NameAttribute(NameOID.COMMON_NAME, str(device.device_id)),
                        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, office_code[:64]),
                        x509.NameAttribute(NameOID.TITLE, counter_label[:64]),
                    ]
                )
            )
            .issuer_name(self.authority.subject)
            .public_key(Ed25519PublicKey.from_public_bytes(public_key))
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=365 * _DEVICE_YEARS))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(
                x509.SubjectAlternativeName([x509.UniformResourceIdentifier(device.to_uri())]),
                critical=False,
            )
            .sign(self.authority_key, None)
        )
        pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
        return pem, format(certificate.serial_number, "x")

    def voucher_credential(self, certificate: str) -> bytes:
        """What a device shows on its vouchers, which have no room for its certificate (PEM).

        Returns:
            `Credential.packed` and the authority's signature behind it, the same for the same
            certificate; b"" for one that names no device, as those of long ago.
        """
        try:
            read = x509.load_pem_x509_certificate(certificate.encode())
            device = Certified.of(read)
        except ValueError:
            return b""
        key = read.public_key()
        assert isinstance(key, Ed25519PublicKey), "our authority certifies no others"
        credential = Credential(
            device.programme_id,
            device.office_id,
            device.device_id,
            key.public_bytes_raw(),
            read.not_valid_after_utc.date(),
        )
        return credential.packed() + self.authority_key.sign(credential.statement())


def make_keys(*, now_ms: int, programme_name: str = "Guichet") -> tuple[ServerKeys, bytes]:
    """Make a new set; returns it and the recovery key's private half (32 bytes)."""
    key = Ed25519PrivateKey.generate()
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, "Guichet devices"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, programme_name[:64]),
        ]
    )
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    authority = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * _CA_YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, None)
    )
    recovery = X25519PrivateKey.generate()
    keys = ServerKeys(
        key,
        authority,
        os.urandom(32),
        recovery.public_key().public_bytes_raw(),
    )
    return keys, recovery.private_bytes_raw()


def save_keys(folder: Path, keys: ServerKeys, recovery_private: bytes) -> None:
    """Write a new key folder. Raises FileExistsError rather than overwrite one."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=False)
    for name, content in (
        ("ca.key", keys.authority_key.private_bytes_raw()),
        ("ca.pem", keys.authority_pem.encode()),
        ("token.key", keys.token_key),
        ("recovery.key", recovery_private),
        ("recovery.pub", keys.recovery_public),
    ):
        descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())


def load_keys(folder: Path) -> ServerKeys:
    """Read a key folder.

    Raises:
        Unavailable: keys_missing, one is missing or damaged.
        PermissionError: they aren't this account's to read.
    """
    try:
        return ServerKeys(
            Ed25519PrivateKey.from_private_bytes((folder / "ca.key").read_bytes()),
            x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes()),
            (folder / "token.key").read_bytes(),
            (folder / "recovery.pub").read_bytes(),
        )
    except PermissionError:
        raise
    except (OSError, ValueError) as error:
        raise Unavailable(
            "keys_missing", f"The server's keys in {folder} can't be read: {error}"
        ) from error
