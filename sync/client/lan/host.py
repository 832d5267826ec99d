"""What a seat says to neighbours that ask it: who it is, who was shut out, what it has for them.

Nobody is answered who is not of this office; who is not any more is shown why. A counter takes no
alarms: a rating is nobody's but a manager's.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from app.domain.approval import Asked
from app.domain.errors import Rejected, Unavailable
from app.ports.approval import ApprovalRequest, HearRequest, nobody
from app.ports.neighbours import NeighbourStore
from sync.client.lan.copies import BadCopy
from sync.client.lan.deny_list import DenyList
from sync.client.lan.leases import LeaseGiver
from sync.client.lan.trust import NotTrusted, Peer, Trust
from sync.protocol.framing import BadBody, decode, encode
from sync.protocol.lan import MOST_TOLD, ApprovalAsk, LanAnswer, LanAsk
from sync.protocol.messages import UrgentRequest

_log = logging.getLogger(__name__)

_LONGEST = 40  # of a level's name

TakeAlarm = Callable[[Peer, UrgentRequest], bool]
"""Keeps a neighbour's copy and rings: False where it can't. Raises BadCopy, Rejected."""


class LanHost:
    """Answers neighbours for one seat; called on the listener's threads."""

    def __init__(
        self,
        store: NeighbourStore,
        trust: Trust,
        deny_list: DenyList,
        *,
        take_alarm: TakeAlarm | None = None,
        take_request: HearRequest = nobody,
        giver: LeaseGiver | None = None,
    ) -> None:
        """`take_alarm` and `take_request` are a desk's, `giver` is a counter's."""
        self._store = store
        self._trust = trust
        self._deny_list = deny_list
        self._take_alarm = take_alarm
        self._take_request = take_request
        self._giver = giver

    def answer(self, certificate: bytes, frame: bytes) -> bytes | None:
        """What to say to the holder of `certificate`; None is for whom we don't know."""
        try:
            peer = self._trust.admit(
                certificate,
                now_ms=self._store.latest_ms(),
                revoked=self._deny_list.devices(),
            )
            return encode(self._answer(peer, frame))
        except NotTrusted as error:
            _log.warning("a device was not let in: %s", error.code)
            if proof := self._deny_list.proof_against(error.device_id):
                return encode(LanAnswer("refused", error.code, shut_out=proof))
        except Unavailable as error:
            _log.warning("a neighbour has to wait: %s", error.message)
            if error.code not in ("revoked", "out_of_contact"):
                return encode(LanAnswer("busy"))
        return None

    def _answer(self, peer: Peer, frame: bytes) -> LanAnswer:
        hears = self._store.hears_server()
        try:
            ask = decode(frame, LanAsk)
            if ask.kind == "present":
                return self._present(ask, hears)
            if ask.kind == "approve":
                return self._approve(peer, ask.approve, hears)
            if ask.kind in ("lease", "hand_on"):
                if ask.lease is None:
                    raise BadCopy("bad_request")
                if self._giver is None:
                    raise Rejected("nothing_held", "Only counters hold points")
                return self._giver.answer(peer, ask.kind, ask.lease, hears=hears)
            if ask.copy is None:
                raise BadCopy("bad_request")
            if self._take_alarm is None:
                raise BadCopy("no_desk")
            kept = self._take_alarm(peer, ask.copy)
        except BadBody:
            return LanAnswer("refused", "bad_request", hears)
        except (BadCopy, Rejected) as refusal:
            if refusal.code != "nothing_held":
                _log.warning("a neighbour was refused: %s", refusal.code)
            return LanAnswer("refused", refusal.code, hears)
        return LanAnswer("kept" if kept else "busy", hears_server=hears)

    def _approve(self, peer: Peer, ask: ApprovalAsk | None, hears: bool) -> LanAnswer:
        """Whose counter it is, its certificate says."""
        if ask is None or peer.device.kind != "counter" or not 0 < ask.points < 2**53:
            raise BadCopy("bad_request")
        reply = self._take_request(
            ApprovalRequest(
                Asked(
                    ask.redemption_id,
                    peer.device.device_id,
                    ask.member_id,
                    ask.reward_id,
                    ask.points,
                ),
                ask.clerk_id,
                ask.trust[:_LONGEST],
                ask.spendable_points,
                ask.list_age_s,
                peer.label,
            )
        )
        if reply.approval is None:
            return LanAnswer(reply.outcome, hears_server=hears)
        return LanAnswer(
            reply.outcome,
            hears_server=hears,
            approved_by=reply.approval.staff_id,
            approval=reply.approval.proof,
        )

    def _present(self, ask: LanAsk, hears: bool) -> LanAnswer:
        self._deny_list.hear(ask.shut_out[:MOST_TOLD])
        return LanAnswer(
            "present",
            hears_server=hears,
            knows_ms=self._deny_list.latest_ms(),
            knows_count=self._deny_list.count(),
            shut_out=self._deny_list.later_than(ask.knows_ms, after=ask.after)[:MOST_TOLD],
        )
