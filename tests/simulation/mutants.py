"""Planted bugs: each breaks one promise in the real code, and the simulation has to notice.

What one thread can't show, a cursor that is a plain sequence, is shown by the two-connection tests
on PostgreSQL (tests/server/test_replicas.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from tests.simulation.mutants_appeals import APPEAL_MUTANTS
from tests.simulation.mutants_approvals import APPROVAL_MUTANTS
from tests.simulation.mutants_desk import DESK_MUTANTS
from tests.simulation.mutants_families import FAMILY_MUTANTS
from tests.simulation.mutants_journal import JOURNAL_MUTANTS
from tests.simulation.mutants_leases import LEASE_MUTANTS
from tests.simulation.mutants_listening import LISTENING_MUTANTS
from tests.simulation.mutants_lost import LOST_MUTANTS
from tests.simulation.mutants_merges import MERGE_MUTANTS
from tests.simulation.mutants_office import OFFICE_MUTANTS
from tests.simulation.mutants_points import POINTS_MUTANTS
from tests.simulation.mutants_refusals import REFUSAL_MUTANTS
from tests.simulation.mutants_replica import REPLICA_MUTANTS
from tests.simulation.mutants_risk import RISK_MUTANTS
from tests.simulation.mutants_scope import SCOPE_MUTANTS
from tests.simulation.mutants_settling import SETTLING_MUTANTS
from tests.simulation.mutants_stock import STOCK_MUTANTS
from tests.simulation.mutants_transfers import TRANSFER_MUTANTS
from tests.simulation.mutants_watching import WATCHING_MUTANTS
from tests.simulation.planting import Mutant

MUTANTS: Final[dict[str, tuple[str, Mutant]]] = {
    **POINTS_MUTANTS,
    **RISK_MUTANTS,
    **APPROVAL_MUTANTS,
    **APPEAL_MUTANTS,
    **LISTENING_MUTANTS,
    **LEASE_MUTANTS,
    **MERGE_MUTANTS,
    **FAMILY_MUTANTS,
    **STOCK_MUTANTS,
    **TRANSFER_MUTANTS,
    **JOURNAL_MUTANTS,
    **LOST_MUTANTS,
    **REPLICA_MUTANTS,
    **SCOPE_MUTANTS,
    **OFFICE_MUTANTS,
    **REFUSAL_MUTANTS,
    **SETTLING_MUTANTS,
    **DESK_MUTANTS,
    **WATCHING_MUTANTS,
}
"""By name: the promise it is planted against, and the planting."""


@contextmanager
def planted(name: str) -> Iterator[None]:
    """Run with one of the bugs in the code, '' for none."""
    with ExitStack() as stack:
        if name:
            MUTANTS[name][1](stack)
        yield
