"""The counter's side: brings low ratings to the office's desks when the server is slow or gone.

Sans-I/O like the engine: `poll` says which neighbours to ask what, `answered` and `failed` take
what came of it. An urgent copy goes to the server alone for a moment first; to a desk that says
that it doesn't hear the server it goes at once. Nothing is used up by failing.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Collection, Sequence
from dataclasses import field
from typing import Final
from uuid import UUID

import msgspec

from app.domain.entry import copy_statement
from app.domain.errors import Unavailable
from app.domain.lean import dataclass
from app.ports.sync_store import SyncStore, UrgentCopy
from sync.client.backoff import LINK_CAP_S, Lane
from sync.client.lan.copies import is_alarm
from sync.client.lan.settings import Address
from sync.client.lan.trust import Peer
from sync.protocol.lan import LanAnswer, LanAsk
from sync.protocol.messages import Blob, UrgentRequest

_log = logging.getLogger(__name__)

GRACE_S: Final = 0.3
"""The server has this long to take a copy by itself; it takes some 10 ms."""
PROBE_S: Final = 20.0
_STILL_THERE_S: Final = 2.5 * PROBE_S
_NO_DESK_S: Final = 300.0  # a neighbour that is another counter
_LOOK_AGAIN_S: Final = 5.0
_FOR_THE_DEAF_S: Final = 10.0  # what the server took is offered to desks that don't hear it
_AT_LEAST: Final = 16
_MOST_DESKS: Final = 4  # that are asked for a manager, one after the other


@dataclass(frozen=True, slots=True)
class Call:
    """Ask this neighbour; then tell `answered` or `failed`."""

    address: Address
    ask: LanAsk
    event_id: UUID | None  # of an alarm


@dataclass(slots=True)
class _Waiting:
    request: UrgentRequest
    first_s: float
    delivered: bool = False  # to the server
    desks: set[UUID] = field(default_factory=set)  # that keep it, or don't want it


@dataclass(slots=True)
class _Neighbour:
    lane: Lane
    asked: set[UUID | None] = field(default_factory=set)  # calls under way, None for the probe
    device_id: UUID | None = None
    is_desk: bool = True  # until it says otherwise
    is_deaf: bool = False
    probe_s: float = 0.0
    seen_s: float | None = None


class AlarmLane:
    """One counter's; called on one thread but for `note_entries`."""

    def __init__(self, store: SyncStore, *, source: random.Random) -> None:
        """`source` decides the jitter of waits."""
        self._store = store
        self._source = source
        self._waiting: dict[UUID, _Waiting] = {}
        self._neighbours: dict[Address, _Neighbour] = {}
        self._look_s = 0.0
        self._noted = False

    def note_entries(self) -> None:
        """Something was added to the journal. May be called from any thread."""
        self._noted = True

    def reaches_desk(self, now: float) -> bool:
        """Whether an alarm would be heard at a desk without the server."""
        return any(
            each.is_desk and each.seen_s is not None and now - each.seen_s < _STILL_THERE_S
            for each in self._neighbours.values()
        )

    def desks(self) -> list[Address]:
        """Where desks have answered of late; all that may be some where none has."""
        there = [a for a, each in self._neighbours.items() if each.is_desk]
        seen = [a for a in there if self._neighbours[a].seen_s is not None]
        return (seen or there)[:_MOST_DESKS]

    def poll(self, now: float, addresses: Collection[Address]) -> tuple[list[Call], float]:
        """What to ask now, and when to poll again at the latest."""
        if self._noted:
            self._noted = False
            self._look_s = now
            for neighbour in self._neighbours.values():
                neighbour.lane.rested()  # a fresh alarm is worth a try
        if now >= self._look_s:
            self._look(now)
        for address in self._neighbours.keys() - set(addresses):
            del self._neighbours[address]
        calls, until_s = [], self._look_s
        for address in addresses:
            if address not in self._neighbours:
                self._neighbours[address] = _Neighbour(Lane(self._source))
            neighbour = self._neighbours[address]
            call, next_s = self._next_call(address, neighbour, now)
            until_s = min(until_s, next_s)
            if call is not None:
                neighbour.asked.add(call.event_id)
                calls.append(call)
        return calls, until_s

    def answered(self, call: Call, peer: Peer, answer: LanAnswer, now: float) -> None:
        """A neighbour that we trust has answered."""
        neighbour = self._neighbours.get(call.address)
        waiting = None if call.event_id is None else self._waiting.get(call.event_id)
        if waiting is not None and answer.outcome != "busy":
            if answer.outcome == "refused":
                _log.warning("a desk refused an alarm: %s", answer.code)
            waiting.desks.add(peer.device.device_id)
        if neighbour is None:
            return
        neighbour.asked.discard(call.event_id)
        neighbour.device_id = peer.device.device_id
        neighbour.is_desk = peer.device.kind == "desk"
        neighbour.is_deaf = not answer.hears_server
        neighbour.seen_s = now
        neighbour.probe_s = now + (PROBE_S if neighbour.is_desk else _NO_DESK_S)
        if answer.outcome == "busy":
            neighbour.lane.fail(now, "server_error", cap_s=LINK_CAP_S)
        else:
            neighbour.lane.succeed(now)

    def no_desk(self, call: Call, now: float) -> None:
        """Another counter is there, and was told nothing."""
        neighbour = self._neighbours.get(call.address)
        if neighbour is not None:
            neighbour.asked.discard(call.event_id)
            neighbour.is_desk = False
            neighbour.lane.succeed(now)

    def failed(self, call: Call, now: float) -> None:
        """There was no answer, or none of a neighbour that we trust."""
        neighbour = self._neighbours.get(call.address)
        if neighbour is not None:
            neighbour.asked.discard(call.event_id)
            neighbour.seen_s = None
            neighbour.probe_s = now
            neighbour.lane.fail(now, "unreachable", cap_s=LINK_CAP_S)

    def _look(self, now: float) -> None:
        """See what waits for the server; `_look_s` says when to look again."""
        self._look_s = now + _LOOK_AGAIN_S
        try:
            copies = self._unsent()
            for copy in copies:
                if copy.event_id not in self._waiting and is_alarm(copy.body):
                    self._waiting[copy.event_id] = _Waiting(self._signed(copy), now)
        except Unavailable as error:
            _log.warning("the neighbours can't be told as yet: %s", error.message)
            self._look_s = now + 1.0
            return
        unsent = {copy.event_id for copy in copies}
        for event_id, waiting in list(self._waiting.items()):
            waiting.delivered = event_id not in unsent
            if waiting.delivered and now > waiting.first_s + _FOR_THE_DEAF_S:
                del self._waiting[event_id]
            elif now < waiting.first_s + GRACE_S:
                self._look_s = min(self._look_s, waiting.first_s + GRACE_S)

    def _unsent(self) -> Sequence[UrgentCopy]:
        """All of it: the store gives the oldest first, and it is the newest that rings."""
        most = _AT_LEAST
        while len(copies := self._store.urgent_unsent(limit=most)) == most:
            most *= 2
        return copies

    def _signed(self, copy: UrgentCopy) -> UrgentRequest:
        return UrgentRequest(
            entry=msgspec.Raw(copy.body),
            blobs=[Blob(blob.commitment, blob.salt, blob.content) for blob in copy.blobs],
            signature=self._store.sign(copy_statement(copy.body)),
        )

    def _next_call(
        self, address: Address, neighbour: _Neighbour, now: float
    ) -> tuple[Call | None, float]:
        """(what to ask it now, when to look at it again)."""
        if not neighbour.lane.is_ready(now):
            return None, neighbour.lane.next_s
        if neighbour.is_desk:
            for event_id, waiting in self._waiting.items():
                if event_id not in neighbour.asked and self._is_due(waiting, neighbour, now):
                    return Call(address, LanAsk("alarm", waiting.request), event_id), now
        if None in neighbour.asked:
            return None, now + PROBE_S
        if now < neighbour.probe_s:
            return None, neighbour.probe_s
        return Call(address, LanAsk("present"), None), now + PROBE_S

    @staticmethod
    def _is_due(waiting: _Waiting, neighbour: _Neighbour, now: float) -> bool:
        if neighbour.device_id in waiting.desks:
            return False
        late = not waiting.delivered and now >= waiting.first_s + GRACE_S
        return late or neighbour.is_deaf
