"""Seeds 81 to 100: modules of twenty, so that the processes of `./dev test` share them evenly."""

from __future__ import annotations

from tests.simulation.apart import EACH, simulated


def test_every_seed_keeps_every_promise() -> None:
    simulated(first=81, seeds=EACH)
