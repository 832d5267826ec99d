"""Planted bugs about leases that counters hand on to each other; see mutants.py."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Final
from unittest.mock import patch

from app.domain import events as e
from app.store import transfers
from app.store.tables import lease
from tests.simulation.planting import Mutant, handler, on


def _signed_before_the_commit(stack: ExitStack) -> None:
    """The giver signs what it has not committed, and never does."""
    on(stack, transfers.SqlTransfers, "_give", lambda *_: None)


def _handed_on_and_kept(stack: ExitStack) -> None:
    """The giver goes on spending what it handed on."""
    kept = transfers._SPEND.values(spent_points=lease.c.spent_points)
    stack.enter_context(patch.object(transfers, "_SPEND", kept))


def _hand_on_unheard(stack: ExitStack) -> None:
    """The server believes receivers alone, and forgets what none has told of."""
    handler(stack, e.LeaseHandedOn, lambda *_: None)


TRANSFER_MUTANTS: Final[dict[str, tuple[str, Mutant]]] = {
    "signed before the commit": ("transfers", _signed_before_the_commit),
    "handed on and kept": ("I3", _handed_on_and_kept),
    "hand-on unheard": ("transfers", _hand_on_unheard),
}
