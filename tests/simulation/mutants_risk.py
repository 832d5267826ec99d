"""Planted bugs about what counters give away at risk; see mutants.py."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Final

from app.store.members import SqlMembers
from tests.simulation.planting import Mutant, on


def _denied_served(stack: ExitStack) -> None:
    """The counter has the deny list and doesn't look into it; the server leases to everybody."""
    on(stack, SqlMembers, "is_denied", lambda *_: False)


RISK_MUTANTS: Final[dict[str, tuple[str, Mutant]]] = {
    "denied and served": ("I4", _denied_served),
}
