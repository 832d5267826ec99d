"""Whoever waits while the seat's data is mended, which takes seconds where much was recorded."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any, Protocol


class Patience(Protocol):
    """Waits for a long job, and is told how far it is."""

    def tell(self, share: float) -> None:
        """Take in how much is done, 0..1; 1 when it has ended, well or not. On any thread."""

    def wait(self, job: Future[Any]) -> None:
        """Return once `job` has ended, or at once; called on the thread that needs it."""


class Plain:
    """Waits where it stands and tells nobody."""

    def tell(self, share: float) -> None:
        """Nobody asked."""

    def wait(self, job: Future[Any]) -> None:
        """The job's result is waited for as it is."""
