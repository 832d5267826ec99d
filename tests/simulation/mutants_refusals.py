"""Planted bugs about refusals without a cause, and bells without one; see mutants.py."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from app.domain import events as e
from app.domain.errors import Rejected
from sync.client.lan.copies import read_copy
from sync.client.lan.desk import LanDesk
from sync.server import cases, deciding, filling, ingest
from sync.server.feed import Feed
from sync.server.store import tables as t
from tests.simulation.planting import Mutant, handler, on


def _is_restored(batch: Any) -> bool:
    epochs = sa.select(sa.func.count()).select_from(t.epoch)
    return int(batch.work.connection.execute(epochs).scalar_one()) > 1


def _member_is_unknown(stack: ExitStack) -> None:
    """A restored server denies every other member who stands at a counter."""

    def denying(real: Any, batch: Any, received: Any, event: Any) -> None:
        if event.member_id.int % 2 and _is_restored(batch):
            raise Rejected("unknown_member", "The member isn't known to the server")
        real(batch, received, event)

    handler(stack, e.MemberIdentified, denying)


def _visit_is_unknown(stack: ExitStack) -> None:
    """A restored server denies the visit of whoever didn't rate it."""

    def denying(real: Any, batch: Any, received: Any, event: Any) -> None:
        if _is_restored(batch):
            raise Rejected("unknown_encounter", "The encounter isn't known to the server")
        real(batch, received, event)

    handler(stack, e.RatingNotGiven, denying)


def _closed_after_a_loss(stack: ExitStack) -> None:
    """Since a disk has lost something whoever closes a case is told that it was closed before."""
    lost: list[bool] = []

    def noticing(real: Any, *args: Any) -> None:
        lost.append(True)
        real(*args)

    def closed(real: Any, batch: Any, received: Any, event: Any) -> None:
        if lost:
            raise Rejected("case_closed", "The case was closed before")
        real(batch, received, event)

    on(stack, ingest, "mark_lost", noticing)
    handler(stack, e.CaseClosed, closed)


def _found_and_credited_twice(stack: ExitStack) -> None:
    """What was earned in a visit that has been found is taken for earned before."""

    def mistaken(real: Any, batch: Any, received: Any) -> None:
        if isinstance(received.event, e.AccrualRecorded):
            received.code, received.message = "duplicate_flight", "The member has been credited"
            return
        real(batch, received)

    on(stack, filling, "apply", mistaken)


def _rings_for_what_it_refuses(stack: ExitStack) -> None:
    """A rating that was refused rings all the same."""

    def ringing(real: Any, batch: Any, received: Any) -> None:
        real(batch, received)
        event = received.event
        if not received.code or not isinstance(event, e.RatingRecorded):
            return
        if event.rating_id in batch.cases:
            return
        cases.open_rating_case(batch, received, event, score=event.score)
        published = cases._published(batch, [event.rating_id])
        batch.work.alarms.append(
            (batch.device.office_id, msgspec.json.encode(published[event.rating_id]))
        )
        del batch.cases[event.rating_id], batch.changed_cases[event.rating_id]
        if event.rating_id in batch.ringing:
            batch.ringing.remove(event.rating_id)

    on(stack, deciding, "apply", ringing)


def _rings_before_the_commit(stack: ExitStack) -> None:
    """The server rings for what it is about to commit."""
    on(stack, Feed, "before_commit", lambda _, feed, changed, __: feed.after_commit(changed))


def _rings_and_keeps_nothing(stack: ExitStack) -> None:
    """A desk rings for a neighbour's copy and says that it has no room for it."""

    def hasty(real: Any, desk: LanDesk, peer: Any, request: Any) -> bool:
        copy = read_copy(request, peer)
        if desk._store.heard(copy.case_id):
            return bool(real(desk, peer, request))
        real(desk, peer, request)
        return False

    on(stack, LanDesk, "take", hasty)


REFUSAL_MUTANTS: Final[dict[str, tuple[str, Mutant]]] = {
    "member is unknown": ("I10", _member_is_unknown),
    "visit is unknown": ("I10", _visit_is_unknown),
    "closed after a loss": ("cases", _closed_after_a_loss),
    "found and credited twice": ("I10", _found_and_credited_twice),
    "rings for what it refuses": ("alarms", _rings_for_what_it_refuses),
    "rings before the commit": ("alarms", _rings_before_the_commit),
    "rings and keeps nothing": ("alarms", _rings_and_keeps_nothing),
}
