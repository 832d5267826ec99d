"""The device's own Ed25519 key, which never leaves the vault's PC."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.credentials.tls_files import present
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
        present(context, self._private(), certificate.encode())

    def _private(self) -> Ed25519PrivateKey:
        private = self._vault.get(DEVICE_KEY)
        if private is None:
            raise Unavailable("keys_missing", "This device has no key to sign with.")
        return Ed25519PrivateKey.from_private_bytes(private)
