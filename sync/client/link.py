"""What the seat is told of its link: online or not and why, and how far the clocks are apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from app.ports.clock import Clock
from app.ports.sync_store import SyncStore
from sync.client.backoff import Lane
from sync.client.exchange import Fault, Request
from sync.client.outcome import Refusal, Why

CLOCK_TOLERANCE_MS: Final = 5 * 60 * 1000
_NOTE_EVERY_S: Final = 30.0
_OFFSET_STEP_MS: Final = 1000

_BY_FAULT: Final = {
    "unreachable": "unreachable",
    "lost": "unreachable",
    "certificate": "certificate",
    "not_guichet": "not_guichet",
    "too_large": "server_error",
}
_BY_WHY: Final = {
    Why.REVOKED: "revoked",
    Why.OLD_CLIENT: "old_client",
    Why.OLD_SERVER: "old_server",
    Why.NOT_GUICHET: "not_guichet",
}
_LINK_PROBLEMS: Final = frozenset({"unreachable", "certificate", "not_guichet"})


def problem_of(cause: Fault | Refusal) -> str:
    """The link-state code (see SyncStore.set_link_state) of a failed call."""
    if isinstance(cause, Fault):
        return _BY_FAULT[cause.kind]
    return _BY_WHY.get(cause.why, "server_error")


def is_of_link(problem: str) -> bool:
    """Whether the problem lies between us and the server, so that it stops every kind of work."""
    return problem in _LINK_PROBLEMS


class Link:
    """Tells the store what it needs to know, when it changes: each telling is a write."""

    def __init__(self, store: SyncStore, clock: Clock, *, auth: Lane, work: Sequence[Lane]) -> None:
        self._store = store
        self._clock = clock
        self._auth = auth
        self._work = work
        self._told: tuple[bool, str] | None = None
        self._offset_ms = 0
        self._noted_s: float | None = None

    def answered(self, request: Request, server_ms: int, now: float) -> None:
        """Guichet's server answered: measure its clock at the middle of the call's round trip."""
        now_ms = self._clock.now_ms()
        offset_ms = server_ms - (now_ms - int((now - request.sent_s) * 500))
        if (
            self._noted_s is None
            or now - self._noted_s >= _NOTE_EVERY_S
            or abs(offset_ms - self._offset_ms) >= _OFFSET_STEP_MS
        ):
            self._store.note_contact(offset_ms=offset_ms, now_ms=now_ms)
            self._offset_ms, self._noted_s = offset_ms, now

    def works(self) -> None:
        """A call went through: whatever rested because of the link needn't any longer."""
        for lane in (self._auth, *self._work):
            if is_of_link(lane.problem):
                lane.rested()
                lane.problem = ""
        self.tell()

    def tell(self) -> None:
        """Report the state that the lanes add up to."""
        problems = [lane.problem for lane in (self._auth, *self._work) if lane.problem]
        of_link = [problem for problem in problems if is_of_link(problem)]
        problem = next(iter(of_link or problems), "")
        if not problem and abs(self._offset_ms) > CLOCK_TOLERANCE_MS:
            problem = "clock"
        # One kind of work may fail and the server be there all the same
        works = not self._auth.problem and not all(lane.problem for lane in self._work)
        online = works and not of_link
        if (online, problem) != self._told:
            self._store.set_link_state(online=online, problem=problem)
            self._told = (online, problem)
            # The customer's panel has to know beforehand whether a manager would hear
            self._store.announce("readiness")
