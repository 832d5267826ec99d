"""The device's own Ed25519 key, which never leaves the vault's PC."""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.domain.errors import Unavailable
from app.ports.vault import Vault

DEVICE_KEY: Final = "device_key"


class DeviceKey:
    """Makes the key once and signs with it.

    The vault is asked each time: a locked keyring or a revoked device signs nothing any more.

    Raises:
        Unavailable: keyring_locked, keyring_missing, vault_damaged.
    """

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

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
        private = self._vault.get(DEVICE_KEY)
        if private is None:
            raise Unavailable("keys_missing", "This device has no key to sign with.")
        return Ed25519PrivateKey.from_private_bytes(private).sign(statement)
