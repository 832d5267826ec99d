"""Seeds as they come: twenty, the fewest of which each kind of fault has to befall one."""

from __future__ import annotations

from tests.simulation.apart import simulated


def test_every_seed_keeps_every_promise() -> None:
    simulated(first=1, seeds=20)
