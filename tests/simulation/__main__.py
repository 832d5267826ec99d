"""`python -m tests.simulation`: runs seeds, says what broke in them, and plants bugs."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import sys
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Final

import structlog

from tests.simulation.morning import COUNTERS, prepare
from tests.simulation.mutants import MUTANTS
from tests.simulation.run import ENTRIES, Failed, Limits, Outcome, simulate
from tests.simulation.scoping import FAULTS as SCOPE_FAULTS
from tests.simulation.shrink import KINDS, TRIES, command, shrink

MUTANT_SEEDS: Final = 300
MUST_FIRE: Final = (
    *KINDS,
    *SCOPE_FAULTS,
    "token_renewed",
    "reordered",
    "rescued",
    "enrolment_disturbed",
    "first_fetch_disturbed",
    "looked_up",
    "cases_contested",
    "approval_agreed",
    "approval_by_code",
    "approval_lied",
    "patterns_raised",
    "adjusted",
    "appealed",
    "judged",
    "listened",
    "acted",
    "given_up_at_desk",
    "pages_found",
    "pruned",
    "shared",
    "share_returned",
)
"""What no run of twenty seeds and more may lack."""
_FEWEST_SEEDS: Final = 20
TABLE_HEAD: Final = (
    "| against | bug | breaks its promise in seed | and besides |",
    "|---|---|---|---|",
)


def _one(seed: int, limits: Limits) -> Outcome | Failed:
    try:
        return simulate(seed, limits)
    except Failed as failure:
        return failure


def run_seeds(
    seeds: Iterable[int], limits: Limits, *, processes: int
) -> Iterator[Outcome | Failed]:
    """Run seeds on so many cores, each taken when one is nearly free; yields in their order."""
    prepare(limits.counters)  # the processes forked from this one find it done
    if processes == 1:
        yield from (_one(seed, limits) for seed in seeds)
        return
    with ProcessPoolExecutor(processes, initializer=_begin_process) as pool:
        jobs: deque[Future[Outcome | Failed]] = deque()
        try:
            for seed in seeds:
                jobs.append(pool.submit(_one, seed, limits))
                if len(jobs) > 2 * processes:
                    yield jobs.popleft().result()
            while jobs:
                yield jobs.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def _begin_process() -> None:
    """Be quiet about what the storm does to both ends, and leave what is loaded to itself."""
    logging.disable(logging.WARNING)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    gc.freeze()


def _hunt(name: str, seeds: int) -> Failed | None:
    """The first of so many seeds that sees a planted bug break the promise it attacks.

    Other promises may be broken besides. A seed that merely dies of the bug counts for nothing; the
    first of these is returned where no other is found: the plant may not fit the code any more.
    """
    died = None
    for seed in range(1, seeds + 1):
        outcome = _one(seed, Limits(mutant=name))
        if isinstance(outcome, Failed):
            if MUTANTS[name][0] in outcome.promises:
                return outcome
            died = died or outcome
    return died


def run_mutants(names: Iterable[str], *, seeds: int) -> list[str]:
    """Plant each bug and look for the first seed that notices; returns those that none did.

    Prints what broke, and in the end the table for docs/reliability.md.
    """
    names = list(names)
    missed, rows = [], [*TABLE_HEAD]
    prepare(COUNTERS)
    workers = min(len(names), os.cpu_count() or 1)
    with ProcessPoolExecutor(workers, initializer=_begin_process) as pool:
        jobs = [pool.submit(_hunt, name, seeds) for name in names]
        for name, job in zip(names, jobs, strict=True):
            against, found = MUTANTS[name][0], job.result()
            if found is None or against not in found.promises:
                how = "" if found is None else f", but {found}"
                print(f"{against:4} {name}: NOT CAUGHT by {seeds} seeds{how}", flush=True)
                missed.append(name)
                continue
            print(f"{against:4} {name}: caught by {found}", flush=True)
            besides = ", ".join(sorted({*found.promises} - {against}))
            rows.append(f"| {against} | {name} | {found.seed} | {besides} |")
    print(*rows, sep="\n", flush=True)
    return missed


def _report(failure: Failed, limits: Limits, tries: int) -> None:
    """Say what broke, in the smallest run that breaks it of so many tried."""
    print(*failure.trace, sep="\n")
    print(f"FAILED {_ending(failure)}\nreplay: {command(failure.seed, limits)}", flush=True)
    if not tries:
        return
    smallest, how = shrink(failure, limits, tries=tries)
    print(*smallest.trace, sep="\n")
    print(f"SMALLEST {_ending(smallest)}\nreplay: {command(failure.seed, how)}")


def _ending(failure: Failed) -> str:
    return f"{failure} (digest {failure.digest:08x})"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seeds", type=int, default=20, help="how many seeds to run")
    parser.add_argument("--seed", type=int, default=None, help="run this one alone, with its trace")
    parser.add_argument("--first", type=int, default=1, help="the seed to begin with")
    parser.add_argument("--counters", type=int, default=COUNTERS)
    parser.add_argument("--entries", type=int, default=ENTRIES, help="at least so many a seed")
    parser.add_argument("--steps", type=int, default=None, help="end the storm after so many")
    parser.add_argument("--without", default="", help="kinds of fault to leave out")
    parser.add_argument("--minutes", type=float, default=None, help="begin no seed after that")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--tries", type=int, default=TRIES, help="runs to shrink what fails")
    parser.add_argument("--mutants", action="store_true", help="plant bugs and see them caught")
    parser.add_argument("--mutant", default="", choices=["", *MUTANTS], help="plant this one")
    return parser.parse_args()


def main() -> int:
    """Run what the command line asks for; returns the exit status."""
    options = _arguments()
    _begin_process()
    if options.mutants:
        return 1 if run_mutants(MUTANTS, seeds=MUTANT_SEEDS) else 0
    without = frozenset(filter(None, options.without.split(",")))
    limits = Limits(options.counters, options.entries, options.steps, without, options.mutant)
    if options.seed is not None:
        return _single(options.seed, limits, options.tries)
    return _many(options, limits)


def _single(seed: int, limits: Limits, tries: int) -> int:
    outcome = _one(seed, limits)
    if isinstance(outcome, Outcome):
        print(*outcome.trace, sep="\n")
        print(f"{outcome.entries} entries, digest {outcome.digest:08x}")
        return 0
    # With its steps it is what was printed as the smallest
    _report(outcome, limits, tries if limits.steps is None else 0)
    return 1


def _seeds(options: argparse.Namespace, started: float) -> Iterator[int]:
    for seed in range(options.first, options.first + options.seeds):
        if options.minutes is not None and time.perf_counter() - started > options.minutes * 60:
            return
        yield seed


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {n}" for name, n in sorted(counter.items()))


def _many(options: argparse.Namespace, limits: Limits) -> int:
    started = time.perf_counter()
    fired: Counter[str] = Counter()
    covers: Counter[str] = Counter()
    judged: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    entries = count = 0
    for outcome in run_seeds(_seeds(options, started), limits, processes=options.processes):
        if isinstance(outcome, Failed):
            _report(outcome, limits, options.tries)
            return 1
        fired += outcome.fired
        covers += outcome.covers
        judged += outcome.judged
        left_out += outcome.left_out
        entries += outcome.entries
        count += 1
    ended = time.perf_counter() - started
    print(f"{count} seeds, {entries} entries, {ended:.1f} s, {entries / ended:.0f} entries/s")
    print("faults:", ", ".join(f"{name} {fired[name]}" for name in sorted({*MUST_FIRE, *fired})))
    print("redemptions:", _counts(covers))
    print("refusals judged:", _counts(judged))
    print("refusals left out:", _counts(left_out) or "none")
    never = [name for name in MUST_FIRE if not fired[name]]
    if never and count >= _FEWEST_SEEDS and not limits.without:
        print(f"FAILED these faults never fired: {', '.join(never)}")
        return 1
    return 0


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":
        # Sets of text are iterated in hash order; the same seed is to do the same in any process
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, "-m", "tests.simulation", *sys.argv[1:]])
    sys.exit(main())
