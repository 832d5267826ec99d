"""Twenty seeds of the simulation, and proof that it repeats and notices."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.simulation.__main__ import KINDS, run_mutants, run_seeds
from tests.simulation.run import Outcome, simulate


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """The engine warns of each thing that the storm does to it."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


def test_twenty_seeds_keep_every_promise() -> None:
    fired: Counter[str] = Counter()
    covers: Counter[str] = Counter()
    for outcome in run_seeds(list(range(1, 21))):
        assert isinstance(outcome, Outcome), outcome
        assert outcome.entries >= 400
        fired += outcome.fired
        covers += outcome.covers
    assert not [kind for kind in KINDS if not fired[kind]], "every fault has to fire"
    assert len(covers) == 4, "online, by lease, at risk and refused"


def test_a_seed_repeats_exactly() -> None:
    first, again = (simulate(7, entries=20) for _ in range(2))
    assert (first.digest, first.entries, first.fired) == (again.digest, again.entries, again.fired)
    assert simulate(8, entries=20).digest != first.digest


def test_a_planted_bug_is_noticed() -> None:
    assert run_mutants(["drop exception"], seeds=9) == []
