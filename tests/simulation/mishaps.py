"""The rarer misfortunes of a day: which, to whom, and how far into it."""

from __future__ import annotations

import random
from typing import Final

MISHAPS: Final = (
    "disk_copied",
    "disk_set_back",
    "disk_cloned",
    "clock_forward",
    "clock_back",
    "server_updated",
    "server_backed_up",
    "server_restored",
    "revoked",
)


class Mishaps:
    """A day has one grave one at most, most have none: what happens else is judged exactly."""

    def __init__(self, source: random.Random, counters: int, *, without: frozenset[str]) -> None:
        planned: list[tuple[float, str, int]] = []
        for kind in ("clock_forward", "clock_back"):
            planned += [
                (source.random(), kind, source.randrange(counters))
                for _ in range(source.randrange(3))
            ]
        if source.random() < 0.3:
            planned.append((source.random(), "server_updated", 0))
        grave = source.random()
        turn = source.randrange(counters)
        early = 0.1 + 0.5 * source.random()
        late = early + (0.95 - early) * source.random()
        if grave < 0.22:
            planned += [(early, "disk_copied", turn), (late, "disk_set_back", turn)]
        elif grave < 0.40:
            planned += [(early, "disk_cloned", turn)]
        elif grave < 0.60:
            planned += [(early, "server_backed_up", 0), (late, "server_restored", 0)]
        elif grave < 0.75:
            planned += [(early, "revoked", turn)]
        self._planned = sorted(m for m in planned if m[1] not in without)

    def due(self, share: float) -> list[tuple[str, int]]:
        """What befalls whom by this share of the day."""
        now = [(what, turn) for at, what, turn in self._planned if at <= share]
        self._planned = [m for m in self._planned if m[0] > share]
        return now
