"""Planted bugs about listening: everything that was said of an action is kept, and is told."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, Final

from app.domain import events as e
from app.domain.listening_records import CorrectiveAction
from sync.server.listenings import Listenings
from sync.server.store import tables as t
from sync.server.work import Work
from tests.simulation.planting import Mutant, handler, on


def _first_said_stands(stack: ExitStack) -> None:
    """What a second manager says of an action's field is passed over."""

    def deaf(real: Any, batch: Any, received: Any, event: Any) -> None:
        said = batch.work.find(t.listening_said, "about_id", [event.action_id])
        if all(row.field != event.field for row in said):
            real(batch, received, event)

    handler(stack, e.ActionFieldSet, deaf)


def _what_was_seen_is_forgotten(stack: ExitStack) -> None:
    """A version stands beside those in whose place it was to stand."""

    def forgetful(real: Any, self: Any, about_id: Any, event_id: Any, *values: Any) -> None:
        at_ms, staff_id, field, value, _, *rest = values
        real(self, about_id, event_id, at_ms, staff_id, field, value, "", *rest)

    on(stack, Listenings, "say", forgetful)


def _actions_kept_back(stack: ExitStack) -> None:
    """Desks aren't told of actions."""

    def silent(real: Any, work: Any, kind: str, *rest: Any) -> None:
        if kind != CorrectiveAction.KIND:
            real(work, kind, *rest)

    on(stack, Work, "put_record", silent)


LISTENING_MUTANTS: Final[dict[str, tuple[str, Mutant]]] = {
    "first said stands": ("listening", _first_said_stands),
    "what was seen is forgotten": ("listening", _what_was_seen_is_forgotten),
    "actions kept back": ("listening", _actions_kept_back),
}
