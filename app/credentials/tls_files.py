"""Handing a private key to TLS, which reads keys from files alone."""

from __future__ import annotations

import secrets
import ssl
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from app.domain.errors import Unavailable


def present(
    context: ssl.SSLContext, key: Ed25519PrivateKey | EllipticCurvePrivateKey, certificate: bytes
) -> None:
    """Let TLS speak with a key, for which `certificate` (PEM) speaks.

    The file is gone at once, and noise without its password, which never leaves this function.

    Args:
        context: keeps the key in memory as long as it lives.
        key: which stays in no other file.
        certificate: the key's.

    Raises:
        Unavailable: vault_damaged, they don't fit; disk_error.
    """
    password = secrets.token_bytes(32).hex().encode()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password))
    try:
        with tempfile.TemporaryDirectory(prefix="guichet-") as folder:
            file = Path(folder) / "key.pem"
            file.write_bytes(pem + certificate)
            context.load_cert_chain(file, password=password)
    except ssl.SSLError as error:
        raise Unavailable(
            "vault_damaged", "The device's key and its certificate don't fit."
        ) from error
    except OSError as error:
        raise Unavailable("disk_error", "No temporary file can be written.") from error
