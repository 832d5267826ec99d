"""Proof that the simulation repeats, notices and shrinks; test_seeds_… run seeds as they come."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.simulation.__main__ import run_mutants
from tests.simulation.apart import simulated
from tests.simulation.mutants import MUTANTS, planted
from tests.simulation.run import Failed, Limits, simulate
from tests.simulation.shrink import KINDS, shrink


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """The engine warns of each thing that the storm does to it."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


def test_a_seed_repeats_exactly() -> None:
    short = Limits(entries=20)
    first, again = (simulate(7, short) for _ in range(2))
    assert (first.digest, first.entries, first.fired) == (again.digest, again.entries, again.fired)
    assert simulate(8, short).digest != first.digest


def test_a_seed_repeats_in_another_process() -> None:
    """Whose keys and salts are others."""
    first, again = (simulated(seed=7, entries=60) for _ in range(2))
    assert first == again
    assert "entries, digest " in first


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
def test_three_hundred_seeds_keep_every_promise() -> None:
    simulated(first=1, seeds=300, processes=os.cpu_count() or 1)
