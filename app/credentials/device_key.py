"""The device's own Ed25519 key, which never leaves the vault's PC."""

from __future__ import annotations

import secrets
import ssl
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from app.domain.errors import Unavailable
from app.ports.vault import Vault

DEVICE_KEY: Final = "device_key"

_HELD_S: Final = 60.0


class DeviceKey:
    """Makes the key once and signs with it.

    The vault is asked once a minute and not for each signature: a keyring takes milliseconds, and
    every upload is signed. So a key that was taken away, or locked up, signs a minute longer.

    Args:
        vault: where it lies.
        now_s: a clock that only grows.

    Raises:
        Unavailable: keyring_locked, keyring_missing, vault_damaged.
    """

    def __init__(self, vault: Vault, *, now_s: Callable[[], float] = time.monotonic) -> None:
        self._vault = vault
        self._now_s = now_s
        self._held: tuple[float, Ed25519PrivateKey] | None = None

    def public_key(self) -> bytes:
        """The public key (32 bytes), made with its private half at the first call."""
        private = self._vault.get(DEVICE_KEY)
        if private is None:
            private = Ed25519PrivateKey.generate().private_bytes_raw()
            self._vault.put(DEVICE_KEY, private)
        return Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()

    def sign(self, statement: bytes) -> bytes:
        """The signature over a statement (64 bytes).

        Raises:
            Unavailable: keys_missing, the device has no key (any more).
        """
        now_s, held = self._now_s(), self._held  # read once: several threads sign
        if held is None or now_s >= held[0]:
            held = self._held = now_s + _HELD_S, self._private()
        return held[1].sign(statement)

    def present(self, context: ssl.SSLContext, certificate: str) -> None:
        """Let TLS speak as this device.

        Args:
            context: keeps the key in memory as long as it lives.
            certificate: the device's, PEM.

        Raises:
            Unavailable: keys_missing, the device has no key (any more); disk_error.
        """
        # OpenSSL reads keys from files alone: this one is gone at once, and without the password,
        # which never leaves this function, it is noise
        password = secrets.token_bytes(32).hex().encode()
        pem = self._private().private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password)
        )
        try:
            with tempfile.TemporaryDirectory(prefix="guichet-") as folder:
                file = Path(folder) / "device.pem"
                file.write_bytes(pem + certificate.encode())
                context.load_cert_chain(file, password=password)
        except ssl.SSLError as error:
            raise Unavailable(
                "vault_damaged", "The device's key and its certificate don't fit."
            ) from error
        except OSError as error:
            raise Unavailable("disk_error", "No temporary file can be written.") from error

    def _private(self) -> Ed25519PrivateKey:
        private = self._vault.get(DEVICE_KEY)
        if private is None:
            raise Unavailable("keys_missing", "This device has no key to sign with.")
        return Ed25519PrivateKey.from_private_bytes(private)
