"""An office for tests of its network: an authority, devices with certificates, what they sign."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from uuid import UUID, uuid4

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from app.credentials.device_key import DEVICE_KEY, DeviceKey
from app.domain.entry import Actor, Event, Stamp, canonical_body, commitment, copy_statement
from app.domain.errors import Rejected, Unavailable
from app.domain.events import CallWish, RatingDetailed, RatingRecorded
from app.domain.lease import LeaseTransfer, TransferProof, lease_statement
from app.domain.records import Case, Revocation
from app.ports.neighbours import HeardCopy
from app.ports.sync_store import SeatIdentity, StoredBlob, UrgentCopy
from app.ports.transfers import HandedOn
from sync.client.lan.trust import Credentials, Trust, open_credentials
from sync.protocol.certified import Certified
from sync.protocol.messages import Blob, UrgentRequest
from sync.server.keys import ServerKeys, make_keys
from sync.server.revocation import proof
from tests.fakes.sync_store import MemorySyncStore
from tests.store.seats import MemoryVault

NOW_MS = 1_795_000_000_000
YEAR_MS = 365 * 86_400_000


@dataclass
class NeighbourFake:
    """Implements NeighbourStore in memory.

    Attributes:
        revoked: who was shut out, as pulls have told without a proof.
        proved: and with one.
        fail_with: raised by the next call that touches the disk.
    """

    key: DeviceKey
    certificate: str
    authority: str
    now_ms: int = NOW_MS
    revoked: set[UUID] = field(default_factory=set)
    proved: list[Revocation] = field(default_factory=list)
    hears: bool = False
    told: list[Case] = field(default_factory=list)
    kept: list[HeardCopy] = field(default_factory=list)
    fail_with: Unavailable | None = None

    def _touch(self) -> None:
        error, self.fail_with = self.fail_with, None
        if error is not None:
            raise error

    def papers(self) -> tuple[str, str] | None:
        return self.certificate, self.authority

    def present(self, context: ssl.SSLContext) -> None:
        self.key.present(context, self.certificate)

    def latest_ms(self) -> int:
        return self.now_ms

    def revocations(self) -> Sequence[Revocation]:
        return [*(Revocation(device_id, NOW_MS) for device_id in self.revoked), *self.proved]

    def hears_server(self) -> bool:
        return self.hears

    def keep_heard(self, copy: HeardCopy, *, most: int) -> bool:
        self._touch()
        for other in self.kept:
            if other.event_id == copy.event_id:
                if (other.device_id, other.body) != (copy.device_id, copy.body):
                    raise Rejected("conflict", "another entry")
                return True
        if sum(other.device_id == copy.device_id for other in self.kept) >= most:
            return False
        self.kept.append(copy)
        return True

    def heard(self, case_id: UUID | None = None) -> Sequence[HeardCopy]:
        return [copy for copy in self.kept if case_id in (None, copy.case_id)]

    def cases(self) -> Sequence[Case]:
        return self.told

    def forget_heard(self, *, before_ms: int) -> None:
        told = {case.case_id for case in self.told}
        self.kept = [copy for copy in self.kept if copy.case_id not in told]

    def staff_number(self, staff_id: UUID) -> str:
        return "101" if staff_id == CLERK_ID else ""


CLERK_ID = uuid4()


@dataclass
class Device:
    """One enrolled device: who it is, its key, what it can sign."""

    identity: SeatIdentity
    store: NeighbourFake
    key: Ed25519PrivateKey
    label: str

    @property
    def der(self) -> bytes:
        certificate = x509.load_pem_x509_certificate(self.store.certificate.encode())
        return certificate.public_bytes(Encoding.DER)

    @property
    def trust(self) -> Trust:
        authority = x509.load_pem_x509_certificate(self.store.authority.encode())
        return Trust(self.identity, authority)

    def credentials(self) -> Credentials:
        return open_credentials(self.store, self.identity)

    def body(self, event: Event, *, event_id: UUID | None = None, wall_ms: int = NOW_MS) -> bytes:
        return canonical_body(
            event,
            event_id=event_id or uuid4(),
            device_id=self.identity.device_id,
            incarnation=1,
            seq=7,
            actor=Actor(CLERK_ID, None, None),
            stamp=Stamp(wall_ms, "boot", 1, 0),
        )

    def signed(self, body: bytes, *blobs: Blob) -> UrgentRequest:
        return UrgentRequest(msgspec.Raw(body), list(blobs), self.key.sign(copy_statement(body)))

    def rate(
        self, score: int = 1, *, rating_id: UUID | None = None, revision: int = 1
    ) -> UrgentRequest:
        event = RatingRecorded(rating_id or uuid4(), uuid4(), revision, score)
        return self.signed(self.body(event))

    def say(
        self, rating_id: UUID, text: str = "", call: CallWish | None = CallWish.NOW
    ) -> UrgentRequest:
        content = text.encode()
        blobs = [Blob(commitment(b"salt", content), b"salt", content)] if text else []
        wanted = blobs[0].commitment if blobs else None
        event = RatingDetailed(rating_id, uuid4(), ("attitude",), 1, wanted, call)
        return self.signed(self.body(event, wall_ms=NOW_MS + 1), *blobs)


class Office:
    """A programme's authority, and devices of one of its offices unless told otherwise."""

    def __init__(self, keys: ServerKeys | None = None) -> None:
        self.keys = keys or make_keys(now_ms=NOW_MS)[0]
        self.programme_id = uuid4()
        self.office_id = uuid4()

    def device(
        self,
        kind: Literal["counter", "desk"] = "counter",
        *,
        label: str = "A1",
        programme_id: UUID | None = None,
        office_id: UUID | None = None,
        enrolled_ms: int = NOW_MS,
        signer: ServerKeys | None = None,
    ) -> Device:
        programme_id, office_id = programme_id or self.programme_id, office_id or self.office_id
        vault = MemoryVault()
        key = DeviceKey(vault)
        public = key.public_key()
        device_id = uuid4()
        certificate, _ = (signer or self.keys).certify(
            public,
            device=Certified(programme_id, office_id, device_id, kind),
            office_code="PEK",
            counter_label=label,
            now_ms=enrolled_ms,
        )
        identity = SeatIdentity(
            device_id, 1, kind, "http://server.test", programme_id, office_id, uuid4()
        )
        store = NeighbourFake(key, certificate, self.keys.authority_pem)
        private = Ed25519PrivateKey.from_private_bytes(vault.secrets[DEVICE_KEY])
        return Device(identity, store, private, label)

    def revocation(self, device: Device, *, ms: int = NOW_MS) -> Revocation:
        """The authority's word that a device was shut out."""
        device_id = device.identity.device_id
        return Revocation(device_id, ms, proof(self.keys, device_id, ms))


class TransferFake:
    """Implements TransferStore in memory.

    Attributes:
        leases: (lease, points left, granted points, until when, the authority's signature) by
            member.
        handed_on: by transfer.
        taken_over: in their order.
        is_lost: the next transfer is committed and the process dies before it answers.
    """

    def __init__(self, device: Device | None = None, office: Office | None = None) -> None:
        self._device = device
        self._office = office
        self.leases: dict[UUID, tuple[UUID, int, int, int, bytes]] = {}
        self.handed_on: dict[UUID, HandedOn] = {}
        self.taken_over: list[HandedOn] = []
        self.is_lost = False

    def new_id(self) -> UUID:
        return uuid4()

    def grant(self, member_id: UUID, points: int) -> None:
        assert self._device is not None
        assert self._office is not None
        lease_id, until_ms = uuid4(), NOW_MS + YEAR_MS
        device_id = self._device.identity.device_id
        statement = lease_statement(lease_id, device_id, member_id, points, until_ms)
        signature = self._office.keys.authority_key.sign(statement)
        self.leases[member_id] = (lease_id, points, points, until_ms, signature)

    def could_hand_on(self, member_id: UUID, points: int) -> bool:
        return member_id in self.leases and self.leases[member_id][1] >= points

    def give(self, transfer_id: UUID, member_id: UUID, to_device_id: UUID, points: int) -> HandedOn:
        known = self.handed_on.get(transfer_id)
        if known is not None:
            return known
        if not self.could_hand_on(member_id, points):
            raise Rejected("nothing_held", "none")
        assert self._device is not None
        lease_id, left, granted, until_ms, signature = self.leases[member_id]
        self.leases[member_id] = (lease_id, left - points, granted, until_ms, signature)
        own_id = self._device.identity.device_id
        transfer = LeaseTransfer(transfer_id, lease_id, member_id, own_id, to_device_id, points)
        signed = self._device.key.sign(transfer.statement)
        proof = TransferProof(signed, granted, until_ms, signature, self._device.der)
        self.handed_on[transfer_id] = HandedOn(transfer, proof)
        return self.handed_on[transfer_id]

    def hand_on(
        self, transfer_id: UUID, member_id: UUID, to_device_id: UUID, points: int
    ) -> HandedOn:
        done = self.give(transfer_id, member_id, to_device_id, points)
        lost, self.is_lost = self.is_lost, False
        if lost:
            raise Unavailable("disk_error", "the process died")
        return done

    def take_over(self, handed_on: HandedOn) -> bool:
        if any(each.transfer == handed_on.transfer for each in self.taken_over):
            return False
        self.taken_over.append(handed_on)
        return True


class Waiting(MemorySyncStore):
    """A store in which only what waits for the server matters."""

    def __init__(self, directory: Path, device: Device) -> None:
        super().__init__(directory, device.identity)
        self.device = device
        self.key = device.key
        self.copies: list[UrgentCopy] = []

    def urgent_unsent(self, *, limit: int) -> Sequence[UrgentCopy]:
        self._touch("urgent_unsent")
        return self.copies[:limit]

    def rate(self, score: int = 1) -> UUID:
        event_id = uuid4()
        body = self.device.body(RatingRecorded(uuid4(), uuid4(), 1, score), event_id=event_id)
        blobs = (StoredBlob("0" * 64, b"salt", b"words"),)
        self.copies.append(UrgentCopy(event_id, body, blobs))
        return event_id
