"""Who was shut out: as our own pulls say, and as neighbours say whose pulls were later.

A neighbour's word is worth nothing by itself; the authority's signature proves each revocation,
whoever brings it. What neighbours brought is kept while the program runs: they say it again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from app.domain.records import Revocation
from app.ports.neighbours import NeighbourStore
from app.ports.sync_store import SyncStore
from sync.client.lan.trust import Trust

_log = logging.getLogger(__name__)

_OVERLAP_MS: Final = 60_000  # the clocks of the server's machines are that close


def place(revocation: Revocation) -> tuple[int, UUID]:
    """By which they are told one after the other: many can be of one moment."""
    return revocation.revoked_ms, revocation.device_id


class DenyList:
    """One seat's, from any thread.

    Raises:
        Unavailable: from every call, when the disk fails.
    """

    def __init__(self, store: NeighbourStore, sync: SyncStore, trust: Trust) -> None:
        self._store = store
        self._sync = sync
        self._trust = trust
        self._lock = threading.Lock()
        self._heard: dict[UUID, Revocation] = {}

    def devices(self) -> frozenset[UUID]:
        """Who is not to be let in."""
        with self._lock:
            heard = frozenset(self._heard)
        return heard.union(each.device_id for each in self._store.revocations())

    def latest_ms(self) -> int:
        """When the last was shut out of those that we can prove."""
        return max((each.revoked_ms for each in self._proved()), default=0)

    def count(self) -> int:
        """How many we can prove."""
        return len(self._proved())

    def later_than(
        self, known_ms: int, *, after: tuple[int, UUID] | None = None
    ) -> tuple[Revocation, ...]:
        """What to tell somebody who knows those up to then, the oldest first.

        `after` is the place of the last that it was told.
        """
        later = [each for each in self._proved() if each.revoked_ms > known_ms - _OVERLAP_MS]
        return tuple(sorted((e for e in later if after is None or place(e) > after), key=place))

    def proof_against(self, device_id: UUID | None) -> tuple[Revocation, ...]:
        """What shows a device that it was shut out; () where we can't."""
        return tuple(each for each in self._proved() if each.device_id == device_id)

    def hear(self, told: Sequence[Revocation]) -> None:
        """Believe what is proved; where it is this seat itself that was shut out, it goes blind."""
        known = {each.device_id for each in self._proved()}
        for each in told:
            if each.device_id in known:
                continue
            if not self._trust.has_shut_out(each):
                _log.warning("a neighbour says without proof that a device was shut out")
            elif each.device_id == self._trust.own.device_id:
                self._sync.shut_out(each.revoked_ms, each.signature)
            else:
                with self._lock:
                    self._heard[each.device_id] = each

    def _proved(self) -> list[Revocation]:
        with self._lock:
            proved = dict(self._heard)
        proved.update((each.device_id, each) for each in self._store.revocations())
        return [each for each in proved.values() if each.signature]
