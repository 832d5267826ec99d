"""Checking a PIN against its verifier."""

from __future__ import annotations

from typing import Protocol


class PinCheck(Protocol):
    """Checks a PIN."""

    def __call__(self, verifier: str, pin: str) -> bool:
        """Whether `pin` fits the argon2id `verifier`; takes some 50 ms on purpose."""
