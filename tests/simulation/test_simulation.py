"""Proof that the simulation repeats, notices and shrinks; test_seeds runs some as they come."""

from __future__ import annotations

import logging
import os
import re
import shlex
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.simulation.__main__ import TABLE_HEAD, run_mutants
from tests.simulation.apart import failing, simulated
from tests.simulation.mutants import MUTANTS
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


@pytest.mark.slow
def test_a_seed_repeats_in_another_process() -> None:
    """Whose keys and salts are others."""
    first, again = (simulated(seed=7, entries=60) for _ in range(2))
    assert first == again
    assert "entries, digest " in first


def test_a_planted_bug_is_noticed() -> None:
    assert run_mutants(["drop exception", "stale balance", "lease never drawn"], seeds=9) == []


def _failure(limits: Limits, *, first: int = 1) -> Failed:
    """Of the first seed from there on that breaks a promise."""
    for seed in range(first, first + 20):
        try:
            simulate(seed, limits)
        except Failed as failure:
            return failure
    raise AssertionError("no seed noticed the planted bug")


@pytest.mark.parametrize(
    ("mutant", "first"),
    [("feed rings nobody", 1), ("confirm before commit", 2), ("half a posting", 1)],
)
def test_the_steps_of_a_failure_replay_it(mutant: str, first: int) -> None:
    """Whether it breaks off in mid-storm or is found in the end."""
    limits = Limits(entries=100, mutant=mutant)
    failure = _failure(limits, first=first)
    with pytest.raises(Failed) as again:
        simulate(failure.seed, replace(limits, steps=failure.steps))
    assert (again.value.what, again.value.digest) == (failure.what, failure.digest)


@pytest.mark.slow
def test_a_failing_seed_is_shrunk() -> None:
    """Not each: some need faults of both halves, and the last of their steps."""
    limits = Limits(entries=100, mutant="half a posting")
    first = 1
    for _ in range(4):
        failure = _failure(limits, first=first)
        smallest, how = shrink(failure, limits, tries=6)
        assert smallest.promise == failure.promise == "I2"
        assert how.without <= set(KINDS)
        if how.without or (how.steps or failure.steps) < failure.steps:
            break
        assert how == limits
        first = failure.seed + 1
    else:
        raise AssertionError("no failure was shrunk")
    with pytest.raises(Failed) as again:
        simulate(failure.seed, how)
    assert (again.value.what, again.value.trace) == (smallest.what, smallest.trace)


@pytest.mark.parametrize(
    ("mutant", "first"),
    [
        ("half a posting", 1),
        pytest.param("confirm before commit", 4, marks=pytest.mark.slow),
        pytest.param("feed rings nobody", 2, marks=pytest.mark.slow),
    ],
)
def test_what_is_printed_replays_a_failure(mutant: str, first: int) -> None:
    seeds = [f"--first={first}", "--seeds=20", "--processes=1"]
    told = failing([*seeds, "--entries=100", f"--mutant={mutant}", "--tries=4"])
    found = re.search(r"^SMALLEST (.+)\nreplay: ./dev simulate (.+)$", told, re.MULTILINE)
    assert found is not None
    again = failing([*shlex.split(found[2]), "--tries=0"])
    assert f"FAILED {found[1]}\n" in again


@pytest.mark.slow
def test_every_planted_bug_is_noticed() -> None:
    assert run_mutants(MUTANTS, seeds=300) == []


def test_each_promise_has_its_bugs() -> None:
    against = Counter(promise for promise, _ in MUTANTS.values())
    assert min(against.values()) >= 2
    assert len(MUTANTS) >= 25


def test_the_page_about_reliability_lists_every_planted_bug() -> None:
    """As `./dev simulate --mutants` prints them."""
    page = Path(__file__).parents[2].joinpath("docs/reliability.md").read_text(encoding="utf-8")
    table = page.split("\n".join(TABLE_HEAD))[1].split("\n\n")[0].strip().split("\n")
    rows = [tuple(cell.strip() for cell in row.split("|")[1:3]) for row in table]
    assert rows == [(against, name) for name, (against, _) in MUTANTS.items()]
    assert f"{len(MUTANTS)} deliberate bugs" in page


@pytest.mark.slow
def test_three_hundred_seeds_keep_every_promise() -> None:
    simulated(first=1, seeds=300, processes=os.cpu_count() or 1)
