"""Planted bugs about records of one person that are merged; see mutants.py."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, Final

from sync.server import merging
from sync.server.store import tables as t
from sync.server.work import Work
from tests.simulation.planting import Mutant, on


def _forgets_a_lease(stack: ExitStack) -> None:
    """What counters hold of the one that goes stays that one's."""
    on(stack, merging, "_move_leases", lambda *_: 0)


def _closes_leases(stack: ExitStack) -> None:
    """Whoever is merged has everything back, whatever counters hold of it."""

    def closing(real: Any, work: Work, keys: Any, away_id: Any, stay_id: Any) -> int:
        moved = int(real(work, keys, away_id, stay_id))
        lease = t.lease
        work.connection.execute(
            lease.update().where(lease.c.member_id == stay_id).values(state="closed")
        )
        return moved

    on(stack, merging, "_move_leases", closing)


def _alias_earns_on(stack: ExitStack) -> None:
    """What names the one that went is booked to that one."""
    on(stack, Work, "survivor", lambda _, work, member_id: work.members.get(member_id))


MERGE_MUTANTS: Final[dict[str, tuple[str, Mutant]]] = {
    "merge forgets a lease": ("I3", _forgets_a_lease),
    "merge closes leases": ("I3", _closes_leases),
    "alias earns on": ("I2", _alias_earns_on),
}
