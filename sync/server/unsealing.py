"""Opening what devices seal to the recovery key: their work keys, and the journals they export.

The other half of `app.credentials.sealed`; no device ever opens anything.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION: Final = b"\x01"
_PUBLIC_BYTES: Final = 32
_INFO: Final = b"guichet sealed key 1\0"
_NONCE: Final = bytes(12)


def open_sealed(private_key: bytes, sealed: bytes) -> bytes:
    """Decrypt what a device has sealed.

    Args:
        private_key: the recovery key, X25519, 32 bytes.
        sealed: the sealed message.

    Raises:
        ValueError: it was sealed to another key, altered, cut, or has another form.
    """
    own = X25519PrivateKey.from_private_bytes(private_key)
    recovery_key = own.public_key().public_bytes_raw()
    head, body = sealed[: 1 + _PUBLIC_BYTES], sealed[1 + _PUBLIC_BYTES :]
    if len(head) != 1 + _PUBLIC_BYTES or head[:1] != _VERSION:
        raise ValueError("not a sealed message")
    public = head[1:]
    shared = own.exchange(X25519PublicKey.from_public_bytes(public))
    key = HKDF(SHA256(), length=32, salt=public + recovery_key, info=_INFO).derive(shared)
    try:
        return ChaCha20Poly1305(key).decrypt(_NONCE, body, head + recovery_key)
    except InvalidTag as error:
        raise ValueError("sealed to another key, or altered") from error
