"""The upload: the chain in runs, and what is done when the server's copy doesn't join on."""

from __future__ import annotations

import enum
import logging
from dataclasses import replace
from typing import Final

from app.domain.errors import Unavailable
from app.domain.lean import dataclass
from app.ports.sync_store import Decided, Heads, SeatIdentity, SyncStore
from sync.client.backoff import Lane
from sync.client.exchange import Deposit, Head, Push, Request
from sync.client.outcome import Refusal, Why
from sync.client.papers import Renewal, take_voucher_credential
from sync.client.signing import signed_upload
from sync.protocol.framing import compress, encode
from sync.protocol.messages import (
    MAX_BODY_BYTES,
    MAX_PUSH_BYTES,
    MAX_PUSH_ENTRIES,
    HeadAnswer,
    PushAnswer,
    SealedKeyRequest,
)

_log = logging.getLogger(__name__)

LOOK_AGAIN_S: Final = 30.0
"""The journal is looked at this often even if nobody has said that something was added."""

HEAD_AGAIN_S: Final = 3_600.0  # as soon as that a counter takes a new desk's codes
"""The server is asked this often where the chain ends, for what else it says: a certificate, and
what is backed up."""

RELAY_FIRST_S: Final = 10.0
"""So long the urgent lane has, once there is something and the link works, to pass on what counters
brought to a desk before the desk's own entries about it go. The server sorts the others, too."""

RELAY_LOOK_S: Final = 0.1

PRUNE_AGAIN_S: Final = 1.0
"""Between two prunings, while there is nothing to send."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """An upload, encoded and signed; compressed too where there was time for it.

    Attributes:
        is_full: it could not have taken much more, so there is likely something behind it.
    """

    step: Push
    body: bytes
    is_full: bool
    packed: tuple[bytes, str] | None = None


class Pushed(enum.Enum):
    """What an upload's answer came to."""

    NOTHING = enum.auto()
    CONFIRMED = enum.auto()
    PULL_AWAITED = enum.auto()
    """Confirmed; the overlay shows something of it until a pull does."""


class Upload:
    """Decides what of the chain to send next."""

    def __init__(self, store: SyncStore, lane: Lane) -> None:
        self._store = store
        self._renewal = Renewal(store)
        self.lane = lane
        self.head_is_known = False
        self._head_due_s = 0.0
        self._key_is_missing = False
        self._answered_since_s: float | None = None
        self._relay_since_s: float | None = None
        self._may_prune = False
        self._max_entries = MAX_PUSH_ENTRIES
        self.is_full = False
        """Whether something is likely to be behind the upload that was asked for last."""
        self._ahead: _Ready | None = None  # made while the one before it was under way
        self._next_up: _Ready | None = None  # made ahead, and the server's chain ends before it

    def next_request(self, identity: SeatIdentity, token: str, now: float) -> Request | None:
        """The next call, None when all is with the server.

        Raises:
            Unavailable: the disk or the vault.
        """
        if identity.kind == "desk" and self.head_is_known and self._waits_for_relay(now):
            self.lane.due_s = now + RELAY_LOOK_S
            return None
        next_up, self._ahead, self._next_up = self._next_up, None, None
        if not self.head_is_known or now >= self._head_due_s:
            return Request("GET", "/v1/head", Head(), now, token=token)
        if self._key_is_missing and (deposit := self._deposit(token, now)) is not None:
            return deposit
        if next_up is None:
            next_up = self._make(identity, behind=0)
        if next_up is None:
            self._renewal.go_on(identity, now)
            self._may_prune = self._may_prune and self._store.prune()
            self.lane.due_s = now + (PRUNE_AGAIN_S if self._may_prune else LOOK_AGAIN_S)
            return None
        self.is_full = next_up.is_full
        return Request(
            "POST",
            "/v1/push",
            next_up.step,
            now,
            body=next_up.body,
            token=token,
            packed=next_up.packed,
        )

    def link_works(self, now: float) -> None:
        """The server has answered."""
        if self._answered_since_s is None:
            self._answered_since_s = now

    def link_lost(self) -> None:
        """Nothing reached the server: what is relayed has its time again once it is back."""
        self._answered_since_s = self._relay_since_s = None

    def _waits_for_relay(self, now: float) -> bool:
        """Whether what counters brought here should be with the server first, for a while."""
        if not self._store.has_to_relay():
            self._relay_since_s = None
            return False
        if self._answered_since_s is None:
            return True
        if self._relay_since_s is None:
            self._relay_since_s = now
        return now - max(self._answered_since_s, self._relay_since_s) < RELAY_FIRST_S

    def _deposit(self, token: str, now: float) -> Request | None:
        """Leave the sealed key with the server, which lacks it: a rescue may hang on that."""
        try:
            ask = SealedKeyRequest(self._store.sealed_work_key())
        except Unavailable as error:
            _log.warning("the sealed key can't be left with the server: %s", error.message)
            self._key_is_missing = False
            return None
        return Request("POST", "/v1/sealed-key", Deposit(), now, body=encode(ask), token=token)

    def ready_behind(self, identity: SeatIdentity, step: Push) -> None:
        """Make the upload that comes next if the server takes all of the one under way.

        Raises:
            Unavailable: the disk or the vault.
        """
        upload = self._make(identity, behind=step.last_seq)
        if upload is not None:
            self._ahead = replace(upload, packed=compress(upload.body))

    def _make(self, identity: SeatIdentity, *, behind: int) -> _Ready | None:
        max_entries = self._max_entries
        while True:
            run = self._store.unsent(
                max_entries=max_entries, max_bytes=MAX_PUSH_BYTES, behind=behind
            )
            if run is None:
                return None
            body = encode(signed_upload(identity, run, self._store.sign))
            if len(body) <= MAX_BODY_BYTES or len(run.bodies) == 1:
                is_full = len(run.bodies) == max_entries or len(body) > MAX_PUSH_BYTES // 2
                step = Push(run.incarnation, run.first_seq, run.last_seq)
                return _Ready(step, body, is_full)
            max_entries = len(run.bodies) // 2  # many long blobs

    def head_received(self, identity: SeatIdentity, answer: HeadAnswer, now: float) -> None:
        """Offer again what the server doesn't have any more.

        A server that knows an older incarnation than ours has forgotten all that are newer; one
        that knows a newer will answer the next push with a fork.
        """
        chains = (*(answer.older or ()), answer)
        ends = {each.incarnation: (each.head_seq, each.head_link) for each in chains}
        whole_from = answer.incarnation if answer.older is None else 0
        self._store.offer_again(Heads(ends, whole_from))
        self.head_is_known = True
        self._head_due_s = now + HEAD_AGAIN_S
        if answer.certificate:
            self._renewal.offer(identity, answer.certificate, now)
        take_voucher_credential(self._store, identity, answer.voucher_credential)
        if answer.approval_keys is not None:
            self._store.keep_approval_keys(
                {each.desk_id: each.key for each in answer.approval_keys}
            )
        if answer.backed_up:
            self._store.note_backed_up(answer.backed_up)
            self._may_prune = True
        self._key_is_missing = not answer.key_is_here
        self.lane.succeed(now)

    def deposited(self, now: float) -> None:
        """The server has the sealed key, or doesn't want it: the entries needn't wait for that."""
        self._key_is_missing = False
        self.lane.succeed(now)

    def pushed(self, step: Push, answer: PushAnswer, now: float) -> Pushed:
        """Confirm what the server holds.

        Never beyond what was sent: a server that holds more of 'our' chain than we do saw the
        future of a disk that was set back, and only another push tells.
        """
        head_seq = min(answer.head_seq, step.last_seq)
        if head_seq < step.first_seq:
            self.head_is_known = False
            self.lane.fail(now, "server_error")
            return Pushed.NOTHING
        decided = [
            Decided(d.seq, d.decision, d.code, d.message)
            for d in answer.decisions
            if d.decision != "accepted" and step.first_seq <= d.seq <= head_seq
        ]
        is_awaited = self._store.confirm(
            head_seq, decided, mark=answer.mark, incarnation=step.incarnation
        )
        self._next_up = self._ahead if head_seq == step.last_seq else None
        self._max_entries = min(MAX_PUSH_ENTRIES, self._max_entries * 2)
        self.lane.succeed(now)
        return Pushed.PULL_AWAITED if is_awaited else Pushed.CONFIRMED

    def refused(self, identity: SeatIdentity, step: Push, refusal: Refusal, now: float) -> bool:
        """Mend what a push was refused for; returns whether that could be done."""
        sent = step.last_seq - step.first_seq + 1
        match refusal.why:
            case Why.FORK:
                incarnation = refusal.number("incarnation")
                if incarnation is None or incarnation <= identity.incarnation:
                    return False
                _log.warning("the journal has forked: going on as incarnation %d", incarnation)
                self._store.new_incarnation(incarnation)
                self.lane.succeed(now)
                return True
            case Why.CHAIN:
                self.head_is_known = False
                head_seq = refusal.number("head_seq")
                if head_seq is None or head_seq >= step.first_seq - 1:
                    return False
                _log.warning("the server has the journal up to %d only: offering again", head_seq)
                self._store.offer_again(Heads({step.incarnation: (head_seq, b"")}))
                self.lane.succeed(now)
                return True
            case Why.TOO_LARGE | Why.REFUSED if 1 < sent <= self._max_entries:
                # Whatever is wrong with one entry or with their size must not hold up the others.
                # Lost hashes may have made it longer than asked for: then it can't be shorter
                self._max_entries = sent // 2
                self.lane.succeed(now)
                return True
            case _:
                return False
