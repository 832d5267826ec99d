"""Planted bugs about what a disk lost, and what a counter lets go of; see mutants.py."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import Any, Final

from app.ports.sync_store import Heads
from app.store import sync_store
from sync.server import filling, ingest
from sync.server.store import tables as t
from sync.server.stubs import UNREADABLE
from tests.simulation.planting import Mutant, on


def _found_twice(stack: ExitStack) -> None:
    """What was lost is decided again each time it is found."""

    def all_lost(real: Any, *args: Any) -> Any:
        start, stored = real(*args)
        return start, {seq: replace(here, is_lost=True) for seq, here in stored.items()}

    def all_waiting(real: Any, work: Any, ids: Any) -> Any:
        return {row.exception_id: row for row in work.find(t.exception_item, "exception_id", ids)}

    on(stack, ingest, "_overlap", all_lost)
    on(stack, filling, "_open_exceptions", all_waiting)
    on(stack, filling, "load", lambda real, *args, **_: real(*args, are_stored=True))


def _lost_counts_as_accepted(stack: ExitStack) -> None:
    """A place without an entry is taken for an entry."""

    def accepting(real: Any, entries: Any, stubs: Any) -> None:
        real(entries, stubs)
        for received in entries:
            if received.code == UNREADABLE:
                received.code = ""

    on(stack, ingest, "mark_lost", accepting)


def _found_and_not_decided(stack: ExitStack) -> None:
    """The bytes of what was lost are kept, and nothing follows from them."""
    on(stack, filling, "_open_exceptions", lambda *_: {})


def _dependents_forgotten(stack: ExitStack) -> None:
    """What waited for an entry waits on when that was found."""
    on(stack, filling, "_try_again", lambda *_: None)


def _lost_is_as_good_as_sent(stack: ExitStack) -> None:
    """A counter that mended its disk goes on as if the lost entries had never been sent."""

    def as_sent(real: Any, store: Any, **options: Any) -> Any:
        run = real(store, **options)
        if run is not None and run.broken:
            store.confirm(run.last_seq, [], mark=0, incarnation=run.incarnation)
            return real(store, **options)
        return run

    on(stack, sync_store.SqlSyncStore, "unsent", as_sent)


def _older_chains_untold(stack: ExitStack) -> None:
    """A counter that has forked offers a restored server its newest chain alone."""

    def newest_alone(real: Any, store: Any, heads: Heads) -> None:
        newest = store.identity().incarnation
        end = heads.of(newest)
        real(store, Heads({} if end is None else {newest: end}))

    on(stack, sync_store.SqlSyncStore, "offer_again", newest_alone)


def _prune_unsafe(stack: ExitStack) -> None:
    """What the server has acknowledged is let go of, whatever its backups hold."""

    def all_of_it(real: Any, connection: Any, horizon: int) -> None:
        real(connection, 2**62)

    on(stack, sync_store, "note_backed_up", all_of_it)


LOST_MUTANTS: Final[dict[str, tuple[str, Mutant]]] = {
    "found twice": ("I1", _found_twice),
    "lost counts as accepted": ("I10", _lost_counts_as_accepted),
    "found and not decided": ("I10", _found_and_not_decided),
    "dependents forgotten": ("I10", _dependents_forgotten),
    "lost is as good as sent": ("I10", _lost_is_as_good_as_sent),
    "older chains untold": ("I7", _older_chains_untold),
    "prune what no backup holds": ("I10", _prune_unsafe),
}
