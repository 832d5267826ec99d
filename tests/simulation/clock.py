"""Time that moves only when the simulation says so."""

from __future__ import annotations

import random
from uuid import UUID

START_MS = 1_763_800_000_000


class World:
    """The one clock everybody's clocks come from."""

    def __init__(self, s: float = 0.0) -> None:
        self.s = s

    def now_ms(self) -> int:
        return START_MS + int(self.s * 1000)


class SeatClock:
    """A PC's clock: off by an amount that somebody may change; its boot counts anew each start."""

    def __init__(self, world: World, *, off_ms: int) -> None:
        self._world = world
        self._off_ms = off_ms
        self._boots = 1
        self._booted_s = 0.0

    def now_ms(self) -> int:
        return self._world.now_ms() + self._off_ms

    def boot(self) -> tuple[str, int]:
        return f"boot-{self._boots}", int((self._world.s - self._booted_s) * 1000)

    def monotonic_s(self) -> float:
        return self._world.s

    def reboot(self) -> None:
        self._boots += 1
        self._booted_s = self._world.s

    def jump(self, by_ms: int) -> None:
        """Somebody sets the clock, or its battery is empty."""
        self._off_ms += by_ms


class Ids:
    """UUIDv7 from the seed, so that a run repeats."""

    def __init__(self, world: World, source: random.Random) -> None:
        self._world = world
        self._source = source

    def __call__(self) -> UUID:
        high = self._world.now_ms() << 80 | 0x7 << 76 | self._source.getrandbits(12) << 64
        return UUID(int=high | 0b10 << 62 | self._source.getrandbits(62))
