"""The smallest run that still breaks the same promise: fewer steps, fewer kinds of fault."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import Final

from tests.simulation.danger import CRASHES
from tests.simulation.feed import CUTS, REFUSALS
from tests.simulation.lan import LAN_FAULTS
from tests.simulation.mishaps import MISHAPS
from tests.simulation.network import FAULTS
from tests.simulation.run import Failed, Limits, simulate

KINDS: Final = (
    *FAULTS,
    *REFUSALS,
    *CUTS,
    *LAN_FAULTS,
    *CRASHES,
    "crash_while_sending",
    "offline_periods",
    *MISHAPS,
)
"""All that can be left out of a run."""
TRIES: Final = 40


def shrink(failure: Failed, limits: Limits, *, tries: int = TRIES) -> tuple[Failed, Limits]:
    """Look for a shorter and calmer run of the same seed that breaks the same promise.

    A run without one kind of fault is another run, so a smaller one may fail for another reason:
    those are passed over. At most `tries` runs. What is returned was run, just so.
    """
    best, found = limits, failure
    for_steps = tries // 3

    def still(candidate: Limits) -> bool:
        nonlocal best, found, tries
        tries -= 1
        try:
            simulate(failure.seed, candidate)
        except Failed as again:
            if again.promise == failure.promise:
                best, found = candidate, again
                return True
        return False

    # Half of all kinds at a time, then half of what is left: mostly one or two are needed
    groups = [KINDS[len(KINDS) // 2 :], KINDS[: len(KINDS) // 2]]
    while groups and tries > for_steps:
        kinds = groups.pop(0)
        if not still(replace(best, without=best.without | set(kinds))) and len(kinds) > 1:
            groups += [kinds[: len(kinds) // 2], kinds[len(kinds) // 2 :]]
    low, high = 0, found.steps
    while high - low > 1 and tries > 0:
        middle = (low + high) // 2
        if still(replace(best, steps=middle)):
            high = middle
        else:
            low = middle
    return found, best


def command(seed: int, limits: Limits) -> str:
    """The command that runs it again."""
    usual, words = Limits(), [f"./dev simulate --seed {seed}"]
    for name in ("counters", "entries", "steps"):
        if (number := getattr(limits, name)) != getattr(usual, name):
            words.append(f"--{name} {number}")
    if limits.without:
        words.append(f"--without {','.join(sorted(limits.without))}")
    if limits.mutant:
        words.append(f"--mutant {shlex.quote(limits.mutant)}")
    return " ".join(words)
