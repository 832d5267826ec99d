"""How a run says that something promised doesn't hold."""

from __future__ import annotations


class Broken(AssertionError):
    """A promise was broken; the message begins with its number, or with what it is about."""
