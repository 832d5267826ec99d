"""Planted bugs about leases that counters hand on to each other; see mutants.py."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, Final
from unittest.mock import patch

from app.domain import events as e
from app.store import transfers
from app.store.tables import lease
from sync.client.lan.deny_list import DenyList
from tests.simulation.planting import Mutant, handler, on


def _signed_before_the_commit(stack: ExitStack) -> None:
    """The giver signs what it has not committed, and never does."""
    on(stack, transfers.SqlTransfers, "_give", lambda *_: None)


def _handed_on_twice(stack: ExitStack) -> None:
    """A giver whose answer was lost gives as much again."""

    def again(real: Any, store: Any, transfer_id: Any, *rest: Any) -> Any:
        known = store._database.fetch(transfers._HANDED_ON, {"of": transfer_id})
        done = real(store, transfer_id, *rest)
        if known:
            event = e.LeaseHandedOn(
                transfer_id,
                done.transfer.lease_id,
                done.transfer.member_id,
                done.transfer.to_device_id,
                done.transfer.points,
            )

            def give(connection: Any) -> None:
                store._say(connection, event)
                given = {"of": event.lease_id, "given": event.points}
                connection.execute(transfers._SPEND, given)

            store._database.transact(give, user=True)
        return done

    on(stack, transfers.SqlTransfers, "hand_on", again)


def _handed_on_and_kept(stack: ExitStack) -> None:
    """The giver goes on spending what it handed on."""
    kept = transfers._SPEND.values(spent_points=lease.c.spent_points)
    stack.enter_context(patch.object(transfers, "_SPEND", kept))


def _shut_out_giver(stack: ExitStack) -> None:
    """Neighbours are believed that are known to be shut out."""
    on(stack, DenyList, "devices", lambda *_: frozenset())


def _hand_on_unheard(stack: ExitStack) -> None:
    """The server believes receivers alone, and forgets what none has told of."""
    handler(stack, e.LeaseHandedOn, lambda *_: None)


TRANSFER_MUTANTS: Final[dict[str, tuple[str, Mutant]]] = {
    "signed before the commit": ("transfers", _signed_before_the_commit),
    "handed on twice": ("transfers", _handed_on_twice),
    "handed on and kept": ("I3", _handed_on_and_kept),
    "shut out giver": ("transfers", _shut_out_giver),
    "hand-on unheard": ("transfers", _hand_on_unheard),
}
