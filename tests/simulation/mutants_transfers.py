"""Planted bugs about leases that counters hand on to each other; see mutants.py."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, Final
from unittest.mock import patch

from app.domain import events as e
from app.store import transfers
from app.store.tables import lease
from sync.client.lan.deny_list import DenyList
from sync.server.handlers import transfers as server_transfers
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


def _transfer_counted_twice(stack: ExitStack) -> None:
    """The second counter to tell of a transfer has its points moved once more."""

    def once_more(real: Any, batch: Any, received: Any, transfer: Any) -> Any:
        known = batch.transfers.get(transfer.transfer_id)
        done = real(batch, received, transfer)
        giver, receiver = (batch.leases[i] for i in (transfer.lease_id, transfer.transfer_id))
        if known is not None and giver.is_held and giver.remaining >= transfer.points:
            left = transfer.points
            for lot_id, share in giver.shares.items():
                part = min(share, left)
                giver.shares[lot_id] -= part
                receiver.shares[lot_id] = receiver.shares.get(lot_id, 0) + part
                left -= part
            giver.remaining -= transfer.points
            receiver.remaining += transfer.points
            giver.changed = receiver.changed = True
        return done

    on(stack, server_transfers, "_hand_over", once_more)


def _revoked_giver(stack: ExitStack) -> None:
    """Counters take over what a neighbour hands on of whom they know that it was shut out."""
    on(stack, DenyList, "devices", lambda *_: frozenset())


TRANSFER_MUTANTS: Final[dict[str, tuple[str, Mutant]]] = {
    "signed before the commit": ("transfers", _signed_before_the_commit),
    "handed on and kept": ("I3", _handed_on_and_kept),
    "hand-on unheard": ("transfers", _hand_on_unheard),
    "transfer counted twice": ("I3", _transfer_counted_twice),
    "revoked giver": ("transfers", _revoked_giver),
}
