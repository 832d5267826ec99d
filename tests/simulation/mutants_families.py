"""Planted bugs about what families put together; see mutants.py."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, Final

from sync.server.pooling import Pooling
from tests.simulation.planting import Mutant, on


def _counted_twice(stack: ExitStack) -> None:
    """The share of each accrual is given twice."""

    def twice(real: Any, *args: Any, **options: Any) -> None:
        real(*args, **options)
        real(*args, **options)

    on(stack, Pooling, "give", twice)


def _stays_when_undone(stack: ExitStack) -> None:
    """The head keeps the share of an accrual that is undone, and who earned it pays for it."""
    on(stack, Pooling, "take_back", lambda *_, **__: None)


FAMILY_MUTANTS: Final[dict[str, tuple[str, Mutant]]] = {
    "share counted twice": ("I1", _counted_twice),
    "share stays when undone": ("I11", _stays_when_undone),
}
