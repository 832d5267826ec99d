"""Opening a sealed work key as the protocol describes it, with no code of the program's."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def unseal(recovery_key: bytes, sealed: bytes) -> bytes:
    """The secret, where `recovery_key` is the private half (32 bytes) that it was sealed to."""
    own = X25519PrivateKey.from_private_bytes(recovery_key)
    ours = own.public_key().public_bytes_raw()
    head, theirs, body = sealed[:33], sealed[1:33], sealed[33:]
    shared = own.exchange(X25519PublicKey.from_public_bytes(theirs))
    derive = HKDF(SHA256(), length=32, salt=theirs + ours, info=b"guichet sealed key 1\0")
    return ChaCha20Poly1305(derive.derive(shared)).decrypt(bytes(12), body, head + ours)
