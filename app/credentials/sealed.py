"""Sealing the work key to the server's recovery key: how a dead or revoked PC is drained.

X25519 with a fresh key a message, HKDF-SHA256, ChaCha20-Poly1305. The form is
``version (1) || ephemeral public key (32) || ciphertext and tag``; everything before the
ciphertext and the recipient's key are authenticated. The server opens it (sync.server.unsealing).
"""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION: Final = b"\x01"
_INFO: Final = b"guichet sealed key 1\0"
_NONCE: Final = bytes(12)  # each message has a key of its own


def seal(recovery_key: bytes, secret: bytes) -> bytes:
    """Encrypt `secret` so that only the holder of the recovery key can read it.

    Args:
        recovery_key: the recipient's X25519 public key, 32 bytes.
        secret: what to seal.

    Raises:
        ValueError: the recovery key is none.
    """
    own = X25519PrivateKey.generate()
    public = own.public_key().public_bytes_raw()
    shared = own.exchange(X25519PublicKey.from_public_bytes(recovery_key))
    head = _VERSION + public
    return head + _cipher(shared, public, recovery_key).encrypt(_NONCE, secret, head + recovery_key)


def _cipher(shared: bytes, public: bytes, recovery_key: bytes) -> ChaCha20Poly1305:
    key = HKDF(SHA256(), length=32, salt=public + recovery_key, info=_INFO).derive(shared)
    return ChaCha20Poly1305(key)
