"""PINs at the server: how their verifiers are made, and whether a PIN fits one."""

from __future__ import annotations

import secrets
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.domain.errors import Rejected

# Old counter PCs check this offline as well
HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def make_verifier(pin: str) -> str:
    """An argon2id verifier (PHC string) of a PIN. Raises Rejected('bad_pin')."""
    if not (pin.isascii() and pin.isdigit() and 4 <= len(pin) <= 12):
        raise Rejected("bad_pin", "A PIN has 4 to 12 digits")
    return HASHER.hash(pin)


def fits(verifier: str, pin: str) -> bool:
    """Whether a PIN fits the verifier; a broken verifier fits none."""
    try:
        return HASHER.verify(verifier, pin)
    except (VerificationError, InvalidHashError):
        return False


@cache
def nobodys_verifier() -> str:
    """One that no PIN fits, so that a number which nobody has takes as long as any other."""
    return HASHER.hash(secrets.token_hex())
