"""Planted bugs about offices with members of their own; see mutants.py."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, Final
from uuid import UUID

from app.store import leaving
from app.store.sync_store import SqlSyncStore
from sync.client.download import Download
from sync.protocol.messages import Cursor
from sync.server import cursors
from sync.server.audience import Audience
from sync.server.scope import Reason, Scopes
from sync.server.work import Work
from tests.simulation.planting import Mutant, on


def _left_untold(stack: ExitStack) -> None:
    """Replicas don't hear that somebody left their office's scope, and sums are not compared."""

    def writing(real: Any, scopes: Any, *args: Any) -> Any:
        log = real(scopes, *args)
        inside = {member_id for (_, member_id), held in scopes._held.items() if held}
        return [row for row in log if UUID(row[1]) not in inside]

    on(stack, Scopes, "write", writing)
    on(stack, Download, "_agrees", lambda *_: True)


def _enters_without_sum(stack: ExitStack) -> None:
    """A scope's sum isn't added to when a visitor enters it, and sums are not compared."""

    def writing(real: Any, scopes: Any, before: Any, after: Any, sums: Any) -> Any:
        unheard: dict[str, Any] = {}
        log = real(scopes, before, after, unheard)
        entered = {str(scope_id) for scope_id, _ in scopes._entering}
        sums.update({name: lanes for name, lanes in unheard.items() if name not in entered})
        return log

    on(stack, Scopes, "write", writing)
    on(stack, Download, "_agrees", lambda *_: True)


def _leaves_while_served(stack: ExitStack) -> None:
    """Who leaves the members file is gone, whoever stands at the counter."""
    on(stack, SqlSyncStore, "keep_leaving", lambda *_: None)
    on(stack, leaving, "keep_while_in_use", lambda *_: None)


def _home_never_left(stack: ExitStack) -> None:
    """Who is at home elsewhere by now stays in the scope of the office before."""

    def wanting(real: Any, scopes: Any, place: Any, held: Any, *, is_home: bool) -> Any:
        return real(scopes, place, held, is_home=is_home or Reason.HOME in held)

    on(stack, Scopes, "_wanted", wanting)


def _any_cursor_goes_on(stack: ExitStack) -> None:
    """A replica goes on where other members were held, and sums are not compared."""
    on(stack, cursors, "place_of", lambda _, cursor, number: Cursor(cursor.xid, cursor.seq % 2**54))
    on(stack, Download, "_agrees", lambda *_: True)


def _counters_unheard(stack: ExitStack) -> None:
    """The feed says who enters and leaves an office's scope to its desks alone."""

    def finishing(real: Any, work: Work) -> frozenset[Audience]:
        return frozenset(each._replace(counters=each.office is None) for each in real(work))

    on(stack, Work, "finish", finishing)


def _holders_unheard(stack: ExitStack) -> None:
    """The feed says what becomes of an office's own members to nobody who holds them."""
    on(stack, Scopes, "offices_that_held", lambda *_: set())


SCOPE_MUTANTS: Final[dict[str, tuple[str, Mutant]]] = {
    "left untold": ("I13", _left_untold),
    "entered without its sum": ("I13", _enters_without_sum),
    "leaves while served": ("I13", _leaves_while_served),
    "home never left": ("I13", _home_never_left),
    "any cursor goes on": ("I13", _any_cursor_goes_on),
    "counters unheard": ("hints", _counters_unheard),
    "holders unheard": ("hints", _holders_unheard),
}
