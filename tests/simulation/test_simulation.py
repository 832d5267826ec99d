"""Seeds of the simulation, and proof that it repeats, notices and shrinks."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.simulation.__main__ import MUST_FIRE, run_mutants, run_seeds
from tests.simulation.mishaps import MISHAPS
from tests.simulation.mutants import MUTANTS, planted
from tests.simulation.run import Failed, Limits, Outcome, simulate
from tests.simulation.shrink import KINDS, shrink

SEEDS = 12
"""As many as a minute of two slow cores allows; `./dev simulate` runs more."""


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """The engine warns of each thing that the storm does to it."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


def test_every_seed_keeps_every_promise() -> None:
    fired, covers = _run(SEEDS)
    assert not [kind for kind in (*MISHAPS, "rescued") if not fired[kind]], "planned by the seed"
    assert len(covers) == 4, "online, by lease, at risk and refused"


def _run(seeds: int) -> tuple[Counter[str], Counter[str]]:
    """What fired, and what redemptions were covered by."""
    fired: Counter[str] = Counter()
    covers: Counter[str] = Counter()
    for outcome in run_seeds(list(range(1, seeds + 1)), Limits()):
        assert isinstance(outcome, Outcome), outcome
        assert outcome.entries >= 400
        fired += outcome.fired
        covers += outcome.covers
    return fired, covers


def test_a_seed_repeats_exactly() -> None:
    short = Limits(entries=20)
    first, again = (simulate(7, short) for _ in range(2))
    assert (first.digest, first.entries, first.fired) == (again.digest, again.entries, again.fired)
    assert simulate(8, short).digest != first.digest


def test_a_planted_bug_is_noticed() -> None:
    assert run_mutants(["drop exception", "stale balance", "lease never drawn"], seeds=9) == []


def _failure(limits: Limits) -> Failed:
    """The first seed that breaks a promise."""
    for seed in range(1, 20):
        try:
            simulate(seed, limits)
        except Failed as failure:
            return failure
    raise AssertionError("no seed noticed the planted bug")


def test_a_failing_seed_is_shrunk_and_fails_again() -> None:
    with planted("half a posting"):
        failure = _failure(Limits(entries=80))
        smallest, how = shrink(failure, Limits(entries=80), tries=6)
        assert smallest.promise == failure.promise == "I2"
        assert how.without <= set(KINDS)
        assert how.without or (how.steps or 0) < failure.steps
        with pytest.raises(Failed) as again:
            simulate(failure.seed, how)
    assert (str(again.value), again.value.trace) == (str(smallest), smallest.trace)


@pytest.mark.slow
def test_every_planted_bug_is_noticed() -> None:
    assert run_mutants(MUTANTS, seeds=300) == []


def test_each_promise_has_its_bugs() -> None:
    against = Counter(promise for promise, _ in MUTANTS.values())
    assert min(against.values()) >= 2
    assert len(MUTANTS) >= 25


@pytest.mark.slow
def test_a_hundred_seeds_keep_every_promise() -> None:
    fired, _ = _run(100)
    assert not [kind for kind in MUST_FIRE if not fired[kind]], "every fault has to fire"
