"""The desk's side: takes neighbours' low ratings, keeps them, and rings.

A copy is on the disk before it rings and before it is answered, and stays there until the server
has told of the case: a desk that was restarted rings for it again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

from app.domain.errors import Rejected
from app.domain.records import Case
from app.ports.clock import Clock
from app.ports.neighbours import HeardCopy, NeighbourStore
from sync.client.lan.copies import case_of, read_copy
from sync.client.lan.trust import Peer, Trust
from sync.protocol.messages import UrgentRequest

MOST_OF_ONE_DEVICE: Final = 1_000
"""Copies kept of one counter; more than the unhappiest hall brings while the server is away."""
KEPT_MS: Final = 14 * 86_400_000
"""After it a case that the server never told of is dropped (its entry became an exception)."""


class LanDesk:
    """Keeps and rings for one desk; called on the listener's threads."""

    def __init__(
        self,
        store: NeighbourStore,
        clock: Clock,
        trust: Trust,
        on_alarm: Callable[[Case], None],
    ) -> None:
        """`on_alarm` is called on any thread with a case that rings, and returns at once."""
        self._store = store
        self._clock = clock
        self._trust = trust
        self._on_alarm = on_alarm

    def take(self, peer: Peer, request: UrgentRequest) -> bool:
        """Keep a neighbour's copy and ring; False where its device has too many kept already.

        Raises:
            BadCopy: it is not to be believed or not to be understood.
            Rejected: conflict, with what is kept.
            Unavailable: the disk.
        """
        copy = read_copy(request, peer)
        if any(case.case_id == copy.case_id for case in self._store.cases()):
            return True  # the server was quicker, and says more
        known = self._store.heard(copy.case_id)
        if any(other.device_id != copy.device_id for other in known):
            raise Rejected("conflict", "The rating is another counter's")
        if not self._store.keep_heard(copy, most=MOST_OF_ONE_DEVICE):
            return False
        self._ring(self._store.heard(copy.case_id))
        return True

    def ring_again(self) -> None:
        """Ring for all that is kept and that the server has not told of.

        Raises:
            Unavailable: the disk.
        """
        self.sweep()
        cases: dict[UUID, list[HeardCopy]] = {}
        for copy in self._store.heard():
            cases.setdefault(copy.case_id, []).append(copy)
        for copies in cases.values():
            self._ring(copies)

    def sweep(self) -> None:
        """Drop what the server has told of meanwhile.

        Raises:
            Unavailable: the disk.
        """
        # Only who hears the server can tell that it doesn't know a case
        before_ms = self._clock.now_ms() - KEPT_MS if self._store.hears_server() else 0
        self._store.forget_heard(before_ms=before_ms)

    def _ring(self, copies: Sequence[HeardCopy]) -> None:
        case = case_of(
            copies, office_id=self._trust.own.office_id, staff_number=self._store.staff_number
        )
        if case is not None:
            self._on_alarm(case)
