"""A counter as the server sees it: keys, a chain, signed messages; no client code in it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
import uuid_utils.compat
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.domain import events as e
from app.domain.entry import (
    Actor,
    Event,
    Stamp,
    canonical_body,
    commitment,
    copy_statement,
    genesis,
    head_statement,
    next_link,
)
from app.domain.voucher import (
    Credential,
    SignedVoucher,
    Voucher,
    read_voucher,
    voucher_statement,
)
from sync.protocol.messages import (
    Blob,
    Cursor,
    EnrolRequest,
    PullAnswer,
    PushAnswer,
    PushRequest,
    TokenRequest,
    UrgentAnswer,
    UrgentRequest,
    VoucherAnswer,
    VoucherRequest,
)
from sync.protocol.told import ExposureAnswer, ExposureRequest, StatementAnswer, StatementRequest
from sync.server.service import CentralServer

new_id = uuid_utils.compat.uuid7


@dataclass
class Clock:
    ms: int = 1_790_000_000_000

    def __call__(self) -> int:
        return self.ms


@dataclass
class Seat:
    """One device and its journal."""

    server: CentralServer
    clock: Clock
    device_id: UUID
    key: Ed25519PrivateKey
    staff_id: UUID | None = None
    incarnation: int = 1
    bodies: list[bytes] = field(default_factory=list)
    chain: list[bytes] = field(default_factory=list)
    blobs: list[Blob] = field(default_factory=list)
    sent: int = 0
    cursor: Cursor = field(default_factory=lambda: Cursor(0, 0))
    pool_id: UUID | None = None

    def body(self, event: Event, *, seq: int | None = None, event_id: UUID | None = None) -> bytes:
        return canonical_body(
            event,
            event_id=event_id or new_id(),
            device_id=self.device_id,
            incarnation=self.incarnation,
            seq=len(self.bodies) + 1 if seq is None else seq,
            actor=Actor(self.staff_id, None, None),
            stamp=Stamp(self.clock(), "boot", 1, 0),
        )

    def record(self, *events: Event) -> list[bytes]:
        bodies = [self.append(self.body(event)) for event in events]
        return bodies

    def append(self, body: bytes) -> bytes:
        link = self.chain[-1] if self.chain else genesis(self.device_id, self.incarnation)
        self.bodies.append(body)
        self.chain.append(next_link(link, body))
        return body

    def blob(self, content: Any) -> str:
        raw = content if isinstance(content, bytes) else msgspec.json.encode(content)
        salt = os.urandom(16)
        self.blobs.append(Blob(commitment(salt, raw), salt, raw))
        return commitment(salt, raw)

    def request(self, first: int | None = None, count: int = 2000) -> PushRequest:
        first = self.sent + 1 if first is None else first
        last = min(len(self.bodies), first + count - 1)
        statement = head_statement(self.device_id, self.incarnation, last, self.chain[last - 1])
        return PushRequest(
            self.incarnation,
            first,
            [msgspec.Raw(body) for body in self.bodies[first - 1 : last]],
            self.blobs,
            self.key.sign(statement),
        )

    def push(self, *events: Event) -> PushAnswer:
        self.record(*events)
        answer = self.server.push(self.device_id, self.request())
        self.sent = answer.head_seq
        return answer

    def urgent(self, body: bytes) -> UrgentAnswer:
        return self.server.urgent(
            self.device_id,
            UrgentRequest(msgspec.Raw(body), self.blobs, self.key.sign(copy_statement(body))),
        )

    def pull(self, limit: int = 500) -> PullAnswer:
        answer = self.server.pull(self.device_id, self.cursor, limit=limit)
        self.cursor = answer.cursor
        if answer.pool is not None:
            self.pool_id = answer.pool.pool_id
        return answer

    def claim(self, voucher: str, use_id: UUID | None = None) -> VoucherAnswer:
        return self.server.claim_voucher(
            self.device_id, VoucherRequest(use_id or new_id(), voucher)
        )

    def statement(self, member_id: UUID, first_day: str = "") -> StatementAnswer:
        assert self.staff_id is not None
        request = StatementRequest(member_id, self.staff_id, new_id(), first_day)
        return self.server.statement(self.device_id, request)

    def exposure(self) -> ExposureAnswer:
        return self.server.exposure(self.device_id, ExposureRequest())

    def token(self) -> str:
        nonce = self.server.challenge().nonce
        statement = b"guichet token 1\0" + self.device_id.bytes + nonce.encode()
        request = TokenRequest(self.device_id, nonce, self.key.sign(statement))
        return self.server.token(request).token


def enrol(server: CentralServer, clock: Clock, code: str) -> Seat:
    key = Ed25519PrivateKey.generate()
    answer = server.enrol(EnrolRequest(code, key.public_key().public_bytes_raw(), "pc", "1"))
    return Seat(server, clock, answer.device_id, key, incarnation=answer.incarnation)


def visit(seat: Seat, *, score: int | None = 5, member_id: UUID | None = None) -> tuple[UUID, UUID]:
    """Record one encounter; returns (encounter, rating)."""
    encounter_id, rating_id = new_id(), new_id()
    seat.record(e.EncounterOpened(encounter_id, "search"))
    if member_id is not None:
        seat.record(e.MemberIdentified(encounter_id, member_id, e.Proof.CARD))
    seat.record(e.EncounterEnded(encounter_id, e.EncounterOutcome.FINISHED))
    if score is not None:
        seat.record(e.RatingRecorded(rating_id, encounter_id, 1, score))
    return encounter_id, rating_id


def voucher_of(seat: Seat, redemption_id: UUID, **changes: Any) -> str:
    """The text of a voucher that the seat issues."""
    held = seat.server.head(seat.device_id).voucher_credential
    credential = Credential.unpacked(held[:-64])
    terms = {
        "redemption_id": redemption_id,
        "reward_id": UUID(int=1),
        "points": 1000,
        "issued_s": seat.clock() // 1000,
        "last_day": date(2027, 6, 30),
        "is_open": True,
        "cover": e.Cover.ONLINE,
        **changes,
    }
    voucher = Voucher(**terms)
    signature = seat.key.sign(voucher_statement(credential, voucher))
    return SignedVoucher(credential, held[-64:], voucher, signature).to_text()


def used(encounter_id: UUID, text: str, use_id: UUID | None = None) -> e.VoucherUsed:
    """What a counter records that takes it."""
    voucher = read_voucher(text).voucher
    return e.VoucherUsed(
        use_id or new_id(),
        encounter_id,
        voucher.redemption_id,
        voucher.reward_id,
        voucher.points,
        text,
    )
