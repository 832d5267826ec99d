"""`python -m tests.simulation`: runs seeds, says what broke in them, and plants bugs."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor

from tests.simulation.mutants import MUTANTS, planted
from tests.simulation.network import FAULTS
from tests.simulation.run import COUNTERS, ENTRIES, Failed, Outcome, simulate

MUTANT_SEEDS = 60
KINDS = (*FAULTS, "offline_periods", "crash_before_commit", "crash_after_commit")


def _one(seed: int, counters: int, entries: int) -> Outcome | tuple[int, str, list[str]]:
    gc.disable()  # a tenth of the time; a run's garbage goes with the run
    try:
        return simulate(seed, counters=counters, entries=entries)
    except Failed as failure:
        return seed, str(failure), failure.trace
    finally:
        gc.enable()
        gc.collect()


def run_seeds(
    seeds: list[int], *, counters: int = COUNTERS, entries: int = ENTRIES
) -> Iterator[Outcome | tuple[int, str, list[str]]]:
    """Run seeds on all cores; yields each outcome, or (seed, what is broken, trace), in order."""
    workers = min(len(seeds), os.cpu_count() or 1)
    if workers == 1:
        for seed in seeds:
            yield _one(seed, counters, entries)
        return
    with ProcessPoolExecutor(workers, initializer=_quiet) as pool:
        jobs = [pool.submit(_one, seed, counters, entries) for seed in seeds]
        try:
            for job in jobs:
                yield job.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _quiet() -> None:
    """The engine warns of what the storm does to it, some thousand times."""
    logging.disable(logging.WARNING)


def run_mutants(names: Iterable[str], *, seeds: int) -> list[str]:
    """Plant each bug and look for the first seed that notices; returns those that none did."""
    missed = []
    for name in names:
        for seed in range(1, seeds + 1):
            try:
                with planted(name):
                    simulate(seed)
            except Failed as failure:
                print(f"{name}: caught by {failure}", flush=True)
                break
        else:
            print(f"{name}: NOT caught by {seeds} seeds", flush=True)
            missed.append(name)
    return missed


def main() -> int:
    """Run what the command line asks for; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seeds", type=int, default=20, help="how many seeds to run")
    parser.add_argument("--seed", type=int, default=None, help="run this one alone, with its trace")
    parser.add_argument("--counters", type=int, default=COUNTERS)
    parser.add_argument("--entries", type=int, default=ENTRIES, help="at least so many a seed")
    parser.add_argument("--mutants", action="store_true", help="plant bugs and see them caught")
    options = parser.parse_args()
    _quiet()
    if options.mutants:
        return 1 if run_mutants(MUTANTS, seeds=MUTANT_SEEDS) else 0
    seeds = list(range(1, options.seeds + 1)) if options.seed is None else [options.seed]
    started = time.perf_counter()
    fired: Counter[str] = Counter()
    covers: Counter[str] = Counter()
    entries = 0
    for outcome in run_seeds(seeds, counters=options.counters, entries=options.entries):
        if not isinstance(outcome, Outcome):
            seed, what, trace = outcome
            print(*trace, sep="\n")
            print(f"FAILED {what}\nreplay: ./dev simulate --seed {seed}")
            return 1
        fired += outcome.fired
        covers += outcome.covers
        entries += outcome.entries
        if options.seed is not None:
            print(*outcome.trace, sep="\n")
            print(f"digest {outcome.digest & 0xFFFFFFFF:08x}")
    seconds = time.perf_counter() - started
    print(
        f"{len(seeds)} seeds, {entries} entries, {seconds:.1f} s, {entries / seconds:.0f} entries/s"
    )
    print("faults:", ", ".join(f"{name} {fired[name]}" for name in sorted({*KINDS, *fired})))
    print("redemptions:", ", ".join(f"{name} {n}" for name, n in sorted(covers.items())))
    never = [name for name in KINDS if not fired[name]]
    if never and len(seeds) >= 20:
        print(f"FAILED these faults never fired: {', '.join(never)}")
        return 1
    return 0


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":
        # Sets of text are iterated in hash order; the same seed is to do the same in any process
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, "-m", "tests.simulation", *sys.argv[1:]])
    sys.exit(main())
