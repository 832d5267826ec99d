"""Planted bugs about what managers do to points at their desks; see mutants.py."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, Final

from app.domain import events as e
from sync.server.corrections import WAITING
from sync.server.handlers import adjusting, giving_up
from sync.server.store import tables as t
from sync.server.write_off import WrittenOff
from tests.simulation.planting import Mutant, handler, on


def _one_is_enough(stack: ExitStack) -> None:
    """Many points are booked as soon as one manager has recorded them."""

    def hasty(real: Any, batch: Any, received: Any, event: Any) -> None:
        real(batch, received, event)
        adjustment = batch.corrections.adjustments[event.adjustment_id]
        if adjustment.state == WAITING:
            adjusting._post(batch, received, event.adjustment_id, adjustment)

    handler(stack, e.PointsAdjusted, hasty)


def _declined_counts(stack: ExitStack) -> None:
    """A second manager's no is as good as a yes."""
    handler(stack, e.AdjustmentDeclined, lambda _, *args: adjusting.adjustment_confirmed(*args))


def _giving_up_unheard(stack: ExitStack) -> None:
    """A counter that a manager gave up keeps what is set aside for it."""
    on(stack, giving_up, "write_off", lambda *_, **__: WrittenOff(0, 0))


def _all_given_up(stack: ExitStack) -> None:
    """Where one counter is given up, the others of its office are, too."""

    def thorough(real: Any, work: Any, device_id: Any, **options: Any) -> Any:
        for row in work.find(t.device, "kind", ["counter"]):
            if row.device_id != device_id:
                real(work, row.device_id, **options)
        return real(work, device_id, **options)

    on(stack, giving_up, "write_off", thorough)


DESK_MUTANTS: Final[dict[str, tuple[str, Mutant]]] = {
    "one manager is enough": ("adjustments", _one_is_enough),
    "declined counts": ("adjustments", _declined_counts),
    "giving up unheard": ("write-offs", _giving_up_unheard),
    "all are given up": ("write-offs", _all_given_up),
}
