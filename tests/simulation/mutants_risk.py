"""Planted bugs about what counters give away at risk; see mutants.py."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Final

import sqlalchemy as sa

from app.domain.risk import Unheard
from app.store.grant_reads import SqlGrantReads
from app.store.members import SqlMembers
from sync.server import exposure
from sync.server.pools import Pools
from tests.simulation.planting import Mutant, on


def _denied_served(stack: ExitStack) -> None:
    """The counter has the deny list and doesn't look into it; the server leases to everybody."""
    on(stack, SqlMembers, "is_denied", lambda *_: False)


def _n_times_cap(stack: ExitStack) -> None:
    """Neither end remembers what a member drew before: the cap is for each redemption anew."""

    def forgetful(real: Any, pools: Any, *args: Any) -> None:
        real(pools, *args)
        pools._drawn.clear()

    on(stack, SqlGrantReads, "at_risk_spent", lambda *_: 0)
    on(stack, Pools, "load", forgetful)
    on(stack, Pools, "note", lambda *_: None)


def _window_forgotten(stack: ExitStack) -> None:
    """Neither end adds up what the server hasn't heard of."""
    _unheard_is(stack, lambda _: Unheard())


def _no_forced_contact(stack: ExitStack) -> None:
    """Points alone are counted, so a counter may go on without the server for ever so long."""
    _unheard_is(stack, lambda unheard: Unheard(unheard.points, 0))


def _unheard_is(stack: ExitStack, what: Callable[[Unheard], Unheard]) -> None:
    on(stack, SqlGrantReads, "unheard", lambda real, reads: what(real(reads)))

    def charge(real: Any, pools: Any, *args: Any) -> None:
        pools._unheard = what(pools._unheard)
        real(pools, *args)

    on(stack, Pools, "charge", charge)


def _pools_unstated(stack: ExitStack) -> None:
    """The worst loss is said without what counters may give at risk."""
    on(stack, exposure, "usable_pools", lambda *_: iter(()))


def _written_off_unstated(stack: ExitStack) -> None:
    """The worst loss is said without what counters that were given up had set aside."""
    on(stack, exposure, "_written_off", lambda real, *args: real(*args).where(sa.false()))


RISK_MUTANTS: Final[dict[str, tuple[str, Mutant]]] = {
    "denied and served": ("I4", _denied_served),
    "N-times cap": ("I4", _n_times_cap),
    "window forgotten": ("I4", _window_forgotten),
    "no forced contact": ("I4", _no_forced_contact),
    "pools unstated": ("I4", _pools_unstated),
    "written off unstated": ("I4", _written_off_unstated),
}
