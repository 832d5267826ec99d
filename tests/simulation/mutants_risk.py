"""Planted bugs about what counters give away at risk; see mutants.py."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Final

from app.domain.risk import Unheard
from app.store.members import SqlMembers
from app.store.work_reads import SqlWorkReads
from sync.server.pools import Pools
from tests.simulation.planting import Mutant, on


def _window_forgotten(stack: ExitStack) -> None:
    """The counter goes on giving away however much of it nobody has heard of."""
    on(stack, SqlWorkReads, "unheard", lambda real, reads: Unheard(0, real(reads).redemptions))


def _forced_contact_forgotten(stack: ExitStack) -> None:
    """However often it gave something away, the counter needs no server; nobody minds."""
    on(stack, SqlWorkReads, "unheard", lambda real, reads: Unheard(real(reads).points, 0))
    on(stack, Unheard, "more", lambda real, so_far, points: Unheard(so_far.points + points, 0))


def _cap_each_time(stack: ExitStack) -> None:
    """A member's cap counts for each redemption, not for all of them together."""
    on(stack, SqlWorkReads, "at_risk_spent", lambda *_: 0)


def _cap_each_time_anywhere(stack: ExitStack) -> None:
    """The same, and the server asks no more of it."""
    _cap_each_time(stack)
    on(stack, Pools, "note", lambda *_: None)


def _denied_served(stack: ExitStack) -> None:
    """The counter has the deny list and doesn't look into it; the server leases to everybody."""
    on(stack, SqlMembers, "is_denied", lambda *_: False)


RISK_MUTANTS: Final[dict[str, tuple[str, Mutant]]] = {
    "window forgotten": ("I4", _window_forgotten),
    "forced contact forgotten": ("I4", _forced_contact_forgotten),
    "cap each time": ("I4", _cap_each_time),
    "cap each time, anywhere": ("I4", _cap_each_time_anywhere),
    "denied and served": ("I4", _denied_served),
}
