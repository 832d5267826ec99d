"""Planted bugs about an office's desks, about members elsewhere, and about how a PC begins."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, Final

import msgspec

from app.domain import events as e
from app.store.looked_up import LookedUp
from app.store.members import SqlMembers
from sync.client.download import Download
from sync.client.engine import Engine
from sync.client.exchange import Push
from sync.client.lan.alarm_lane import AlarmLane
from sync.client.lan.desk import LanDesk
from sync.client.outcome import Why
from sync.server import auth, enrolment, look_up
from sync.server.feed import Feed
from sync.server.problems import ProblemError
from sync.server.store import tables as t
from tests.simulation.planting import Mutant, handler, on

# --- alarms: a low rating rings, by the server or without it


def _feed_rings_nobody(stack: ExitStack) -> None:
    """Alarms are told like any other change."""
    on(stack, Feed, "_ring", lambda *_: None)


def _silent_after_a_start(stack: ExitStack) -> None:
    """A desk that was restarted doesn't ring for what neighbours had told it."""
    on(stack, LanDesk, "ring_again", lambda *_: None)


def _one_desk_is_enough(stack: ExitStack) -> None:
    """Once a desk has an alarm the others aren't told."""

    def content(real: Any, _: Any, waiting: Any, *rest: Any) -> bool:
        return not waiting.desks and bool(real(waiting, *rest))

    on(stack, AlarmLane, "_is_due", content)


def _server_will_do(stack: ExitStack) -> None:
    """A counter leaves alarms to the server, however long it is gone."""
    on(stack, AlarmLane, "_is_due", lambda *_: False)


# --- hints: whoever hears the feed pulls when there is something to pull


def _nobody_is_told(stack: ExitStack) -> None:
    """The server's feed keeps changes to itself."""
    on(stack, Feed, "_announce", lambda *_: None)


def _hint_unheard(stack: ExitStack) -> None:
    """The engine doesn't care that there is something to pull."""
    on(stack, Engine, "note_changes", lambda *_: None)


# --- cases: the first manager has it, and what managers write stays


def _last_one_has_it(stack: ExitStack) -> None:
    """Whoever comes second takes a case from whoever has it."""

    def generous(real: Any, batch: Any, received: Any, event: Any) -> None:
        case = batch.cases.get(event.case_id)
        if case is not None and case["state"] == "acknowledged":
            case["state"] = "new"
        real(batch, received, event)

    handler(stack, e.CaseAcknowledged, generous)


def _goes_back(stack: ExitStack) -> None:
    """Whoever tells of a case later may take it back to where it was."""

    def forgetful(real: Any, batch: Any, received: Any, event: Any) -> None:
        case = batch.cases.get(event.case_id)
        if case is not None:
            case["stage"] = ""
        real(batch, received, event)

    handler(stack, e.CaseAdvanced, forgetful)


def _note_left_out(stack: ExitStack) -> None:
    """The server takes a manager's note in, and keeps it from the case."""
    handler(stack, e.CaseNoted, lambda *_: None)


# --- look-ups: whom the server knows is found, and stays found


def _server_denies(stack: ExitStack) -> None:
    """The server doesn't look for cards."""
    on(stack, look_up, "_by_card", lambda *_: [])


def _found_and_dropped(stack: ExitStack) -> None:
    """Whom the server found is not kept."""
    on(stack, SqlMembers, "keep_looked_up", lambda *_: None)


def _kept_and_not_shown(stack: ExitStack) -> None:
    """Whom the server found is kept, and no search shows them."""
    on(stack, LookedUp, "search", lambda *_: ([], []))


# --- enrolment: a code makes one device, however often it has to be said


def _code_enrols_twice(stack: ExitStack) -> None:
    """A code that is said again makes another device."""

    def forgetful(real: Any, connection: Any, keys: Any, request: Any, **options: Any) -> Any:
        code = t.enrol_code
        here = code.c.code_hash == auth.code_hash(request.code)
        connection.execute(code.update().where(here).values(used_ms=None))
        return real(connection, keys, request, **options)

    on(stack, enrolment, "enrol", forgetful)


def _retry_is_a_stranger(stack: ExitStack) -> None:
    """A PC that didn't get the answer is told that its code was used."""

    def strict(real: Any, connection: Any, keys: Any, request: Any, **options: Any) -> Any:
        code = t.enrol_code
        here = code.c.code_hash == auth.code_hash(request.code)
        if connection.execute(code.select().where(here)).one().used_ms is not None:
            raise ProblemError("code_used", "The code was used before; ask for a new one")
        return real(connection, keys, request, **options)

    on(stack, enrolment, "enrol", strict)


# --- I13, the first fetch of all members


def _page_left_out(stack: ExitStack) -> None:
    """Pages behind the first are taken as read, and the sums are not compared."""

    def hasty(real: Any, download: Any, identity: Any, step: Any, answer: Any, now: float) -> None:
        if step.after_rank:
            answer = msgspec.structs.replace(answer, members=[])
        real(download, identity, step, answer, now)

    on(stack, Download, "page_received", hasty)
    on(stack, Download, "_agrees", lambda *_: True)


def _cursor_of_the_last_page(stack: ExitStack) -> None:
    """What changed while pages were fetched is taken as seen, and the sums are not compared."""

    def hasty(real: Any, download: Any, identity: Any, step: Any, answer: Any, now: float) -> None:
        if step.after_rank:
            download._next_cursor = answer.cursor
        real(download, identity, step, answer, now)

    on(stack, Download, "page_received", hasty)
    on(stack, Download, "_agrees", lambda *_: True)


# --- I10, a token that ends ends nothing else


def _ended_for_good(stack: ExitStack) -> None:
    """Once a token was not taken nothing is uploaded any more."""

    def resigned(
        real: Any, engine: Any, identity: Any, request: Any, refusal: Any, now: float
    ) -> None:
        real(engine, identity, request, refusal, now)
        if refusal.why is Why.UNAUTHENTICATED:
            engine._upload.lane.fail(now, "", retry_after_s=1e9)

    on(stack, Engine, "_refused", resigned)


def _refused_is_done(stack: ExitStack) -> None:
    """What was sent with a token that had ended counts as sent."""

    def hasty(
        real: Any, engine: Any, identity: Any, request: Any, refusal: Any, now: float
    ) -> None:
        real(engine, identity, request, refusal, now)
        if refusal.why is Why.UNAUTHENTICATED and isinstance(request.step, Push):
            engine._store.confirm(
                request.step.last_seq, [], mark=0, incarnation=request.step.incarnation
            )

    on(stack, Engine, "_refused", hasty)


OFFICE_MUTANTS: Final[dict[str, tuple[str, Mutant]]] = {
    "feed rings nobody": ("alarms", _feed_rings_nobody),
    "silent after a start": ("alarms", _silent_after_a_start),
    "one desk is enough": ("alarms", _one_desk_is_enough),
    "the server will do": ("alarms", _server_will_do),
    "nobody is told": ("hints", _nobody_is_told),
    "hint unheard": ("hints", _hint_unheard),
    "last one has it": ("cases", _last_one_has_it),
    "goes back": ("cases", _goes_back),
    "note left out": ("cases", _note_left_out),
    "server denies": ("look-ups", _server_denies),
    "found and dropped": ("look-ups", _found_and_dropped),
    "kept and not shown": ("look-ups", _kept_and_not_shown),
    "code enrols twice": ("enrolment", _code_enrols_twice),
    "retry is a stranger": ("enrolment", _retry_is_a_stranger),
    "page left out": ("I13", _page_left_out),
    "cursor of the last page": ("I13", _cursor_of_the_last_page),
    "ended for good": ("I10", _ended_for_good),
    "refused is done": ("I10", _refused_is_done),
}
"""By name: what is promised there, and the planting."""
