"""Leases between counters: a neighbour asks for points of a member who stands there.

The giver's side answers two asks: whether it could, and to hand on, which is durable before it is
answered. The asker's side finds somebody who could, has the points handed on, and believes nothing
but what giver and server have signed. An answer that was lost is asked for again under the same id;
where it never comes, the server tells of what the giver's journal says.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Final, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidSignature

from app.domain.errors import Rejected
from app.domain.lease import LeaseTransfer, TransferProof, lease_statement
from app.ports.transfers import HandedOn, TransferStore
from sync.client.lan.settings import Address
from sync.client.lan.trust import NotTrusted, Peer, Trust
from sync.protocol.lan import Handed, LanAnswer, LanAsk, LeaseAsk

_log = logging.getLogger(__name__)

_TRIES: Final = 3
"""Of one neighbour: an answer may be lost, and one that is known may be no use any more."""


class LeaseGiver:
    """Answers neighbours for one counter; called on the listener's threads."""

    def __init__(self, store: TransferStore) -> None:
        self._store = store

    def answer(self, peer: Peer, kind: str, ask: LeaseAsk | None, *, hears: bool) -> LanAnswer:
        """Say whether so much is here, or hand it on.

        Raises:
            Rejected: bad_request; nothing_held, conflict.
            Unavailable: the disk or the vault.
        """
        if ask is None or ask.points < 1 or peer.device.kind != "counter":
            raise Rejected("bad_request", "Only a counter asks for points")
        if kind == "lease":
            if not self._store.could_hand_on(ask.member_id, ask.points):
                raise Rejected("nothing_held", "Not so much is set aside here")
            return LanAnswer("holds", hears_server=hears)
        if ask.transfer_id is None:
            raise Rejected("bad_request", "A transfer has an id")
        done = self._store.hand_on(
            ask.transfer_id, ask.member_id, peer.device.device_id, ask.points
        )
        handed = Handed(done.transfer.lease_id, done.proof.to_text())
        return LanAnswer("handed_on", hears_server=hears, handed=handed)


class Asking(Protocol):
    """Brings asks to neighbours until a moment of the seat's monotonic clock; never raises."""

    def one(self, address: Address, ask: LanAsk, until_s: float) -> tuple[Peer, LanAnswer] | None:
        """Whom we trust and what it says, None where nothing came in time."""

    def each(self, ask: LanAsk, until_s: float) -> Iterator[tuple[Address, Peer, LanAnswer]]:
        """All counters at once: their answers as they come."""


class LeaseSeeker:
    """Has neighbours hand on what a counter needs; `fetch` is one person's at a time."""

    def __init__(
        self,
        store: TransferStore,
        trust: Trust,
        asking: Asking,
        *,
        revoked: Callable[[], frozenset[UUID]],
        latest_ms: Callable[[], int],
        monotonic_s: Callable[[], float],
    ) -> None:
        """`revoked` are whom this seat knows to be shut out, `latest_ms` the latest time known."""
        self._store = store
        self._trust = trust
        self._asking = asking
        self._revoked = revoked
        self._latest_ms = latest_ms
        self._monotonic_s = monotonic_s
        self._unanswered: dict[tuple[UUID, UUID, int], UUID] = {}

    def fetch(self, member_id: UUID, points: int, *, limit_s: float) -> str:
        """As `app.ports.transfers.LeaseNeighbours`."""
        until_s = self._monotonic_s() + limit_s
        ask = LanAsk("lease", lease=LeaseAsk(member_id, points))
        for address, peer, answer in self._asking.each(ask, until_s):
            if answer.outcome == "holds" and self._take(address, peer, member_id, points, until_s):
                return peer.label
        return ""

    def _take(
        self, address: Address, peer: Peer, member_id: UUID, points: int, until_s: float
    ) -> bool:
        """Whether this neighbour has handed on, and it is safely here."""
        wanted = (peer.device.device_id, member_id, points)
        for _ in range(_TRIES):
            transfer_id = self._unanswered.setdefault(wanted, self._store.new_id())
            ask = LanAsk("hand_on", lease=LeaseAsk(member_id, points, transfer_id))
            found = self._asking.one(address, ask, until_s)
            if found is None or found[1].outcome == "busy":  # it may have been handed on
                if self._monotonic_s() >= until_s:
                    break
                continue
            _, answer = found
            del self._unanswered[wanted]
            if answer.handed is None:
                break
            transfer = LeaseTransfer(
                transfer_id,
                answer.handed.lease_id,
                member_id,
                peer.device.device_id,
                self._trust.own.device_id,
                points,
            )
            try:
                handed_on = self._proved(transfer, answer.handed.proof, peer)
            except NotTrusted as error:
                _log.warning("what a neighbour handed on is not to be believed: %s", error.code)
                break
            if self._store.take_over(handed_on):
                return True
        return False

    def _proved(self, transfer: LeaseTransfer, text: str, peer: Peer) -> HandedOn:
        """Believe what the neighbour and the server have signed.

        Raises:
            NotTrusted: they have not, or the neighbour was shut out.
        """
        try:
            proof = TransferProof.of_text(text)
            peer.key.verify(proof.signature, transfer.statement)
            granted = lease_statement(
                transfer.lease_id,
                transfer.from_device_id,
                transfer.member_id,
                proof.lease_points,
                proof.expires_ms,
            )
            self._trust.verify(proof.lease_signature, granted)
        except (ValueError, OverflowError, InvalidSignature) as error:
            raise NotTrusted("forged") from error
        if transfer.points > proof.lease_points:
            raise NotTrusted("forged")
        # The server is shown this certificate, so it has to be the neighbour's own
        shown = self._trust.admit(
            proof.certificate, now_ms=self._latest_ms(), revoked=self._revoked()
        )
        if shown.device != peer.device:
            raise NotTrusted("forged")
        return HandedOn(transfer, proof)
