"""Asks neighbours while a person waits: each on a thread of its own, answers as they come."""

from __future__ import annotations

import logging
import queue
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence

from app.domain.errors import Unavailable
from app.ports.clock import Clock
from sync.client.lan.caller import Caller, CallFailed
from sync.client.lan.settings import Address
from sync.client.lan.trust import Peer
from sync.protocol.lan import LanAnswer, LanAsk

_log = logging.getLogger(__name__)

_Found = tuple[Address, Peer, LanAnswer]


class PatientAsking:
    """Implements `sync.client.lan.leases.Asking` with real calls."""

    def __init__(
        self,
        caller: Caller,
        clock: Clock,
        context: ssl.SSLContext,
        *,
        admit: Callable[[bytes], Peer],
        addresses: Callable[[], Sequence[Address]],
    ) -> None:
        """`addresses` are whom `each` asks."""
        self._caller = caller
        self._clock = clock
        self._context = context
        self._admit = admit
        self._addresses = addresses

    def one(self, address: Address, ask: LanAsk, until_s: float) -> tuple[Peer, LanAnswer] | None:
        """Ask one, on the caller's thread."""
        limit_s = until_s - self._clock.monotonic_s()
        if limit_s <= 0:
            return None
        try:
            return self._caller.ask(
                address, ask, context=self._context, admit=self._admit, limit_s=limit_s
            )
        except (CallFailed, Unavailable) as error:
            _log.info("%s was asked for points in vain: %s", address, error)
            return None

    def each(self, ask: LanAsk, until_s: float) -> Iterator[_Found]:
        """Ask all at once; those that haven't answered in time are waited for no longer."""
        answers: queue.SimpleQueue[_Found | None] = queue.SimpleQueue()

        def carry(address: Address) -> None:
            found = self.one(address, ask, until_s)
            answers.put(None if found is None else (address, *found))

        addresses = self._addresses()
        for address in addresses:
            # Nothing can end the look-up of a name: nobody waits for these for ever
            threading.Thread(target=carry, args=(address,), name="lan-ask", daemon=True).start()
        for _ in addresses:
            try:
                found = answers.get(timeout=max(0.0, until_s - self._clock.monotonic_s()))
            except queue.Empty:
                return
            if found is not None:
                yield found
