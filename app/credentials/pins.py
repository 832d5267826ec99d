"""Checking PINs: the adapter of `app.ports.pins.PinCheck`."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher()


def check_pin(verifier: str, pin: str) -> bool:
    """Whether `pin` fits the argon2id `verifier` (PHC string); a broken verifier fits none."""
    try:
        return _HASHER.verify(verifier, pin)
    except (VerificationError, InvalidHashError):
        return False
