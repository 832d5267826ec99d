"""Two families of expected failure; everything else is a bug and is not caught.

`Rejected` is a rule's refusal: tell the user what and why. `Unavailable` is the world's: disk,
network, keyring; retry or degrade. Codes are stable and translated by the screens; `detail` fills
the sentence's blanks and holds no personal data.
"""

from __future__ import annotations


class GuichetError(Exception):
    """Base of the expected failures."""

    def __init__(self, code: str, message: str, **detail: str | int) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.detail = detail


class Rejected(GuichetError):
    """A rule said no."""


class Unavailable(GuichetError):
    """Something the program needs is out of reach for now."""
