"""How a scope's count and sum change, in lanes that any number of writers may add to."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Lanes:
    """A change of a scope's row count and of its sum, in lanes that add up without carry."""

    rows: int = 0
    lanes: list[int] = field(default_factory=lambda: [0, 0, 0, 0])

    def folded(self) -> int:
        """The sum modulo 2**128, as replicas keep it."""
        return sum(lane << 32 * place for place, lane in enumerate(self.lanes)) % 2**128

    def __bool__(self) -> bool:
        return self.rows != 0 or any(self.lanes)

    def count(self, row_hash: int, sign: int) -> None:
        self.rows += sign
        for lane in range(4):
            self.lanes[lane] += sign * (row_hash >> (32 * lane) & 0xFFFFFFFF)
