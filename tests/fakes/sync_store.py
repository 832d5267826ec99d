"""A seat's disk in memory for the sync engine; only the members files are real SQLite."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.domain.entry import commitment, genesis, links, next_link
from app.domain.errors import Unavailable
from app.ports.sync_store import (
    Decided,
    GrantedLease,
    GrantedPool,
    GrantedStock,
    Heads,
    SeatIdentity,
    StoredBlob,
    UnsentRun,
    UrgentCopy,
)

T = TypeVar("T")


@dataclass
class _Kept:
    event_id: UUID
    body: bytes
    blobs: tuple[StoredBlob, ...]
    urgent: bool
    delivered: bool = False


@dataclass
class _Chain:
    """What an older incarnation left."""

    entries: list[_Kept]
    confirmed_seq: int


class PlainImport:
    """Implements MembersImport without the cipher; what was appended survives a restart."""

    def __init__(self, directory: Path) -> None:
        self._part = directory / "arriving.part"
        self._name = directory / "arriving.source"
        self.pages = 0

    def source(self) -> str | None:
        return self._name.read_text() if self._name.exists() else None

    def begin(self, source: str) -> None:
        if self.source() != source:
            self._part.write_bytes(b"")
            self._name.write_text(source)
        self.pages = self._part.stat().st_size // 4096

    def append(self, pages: bytes) -> None:
        with self._part.open("ab") as file:
            file.write(pages)
        self.pages += len(pages) // 4096

    def cut(self, pages: int) -> None:
        with self._part.open("r+b") as file:
            file.truncate(pages * 4096)
        self.pages = pages

    def finish(self, path: Path) -> None:
        self._part.replace(path)
        self._name.unlink()

    def discard(self) -> None:
        self._part.unlink(missing_ok=True)
        self._name.unlink(missing_ok=True)

    def close(self) -> None:
        pass


@dataclass
class MemorySyncStore:
    """Implements SyncStore.

    Attributes:
        fail_with: raised by the next call that touches the disk, once.
        told: every set_link_state, oldest first.
        acknowledged: every acknowledge_pull, oldest first.
        leaving: members that were told to leave the members file, in order.
        log: names of the calls that wrote, oldest first.
        has_overlay: whether entries leave anything in the overlay until a pull.
    """

    directory: Path
    seat: SeatIdentity | None = None
    confirmed_seq: int = 0
    marks: dict[int, int] = field(default_factory=dict)
    decisions: dict[int, Decided] = field(default_factory=dict)
    archived: list[tuple[int, bytes]] = field(default_factory=list)
    told: list[tuple[bool, str]] = field(default_factory=list)
    contacts: list[int] = field(default_factory=list)
    acknowledged: list[dict[str, Any]] = field(default_factory=list)
    leaving: list[UUID] = field(default_factory=list)
    announced: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    fail_with: Unavailable | None = None
    has_overlay: bool = True
    too_long: bool = False  # what absent_too_long answers
    genuine: bytes = b"the authority's"  # the one signature that shut_out believes
    shut_for: list[str] = field(default_factory=list)
    backed_up: int | None = None
    prunings: int = 0
    certificate: str = ""
    authority: str = ""
    sealed: bytes | None = b"sealed"  # the work key; None where the vault has none

    def __post_init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.heard: list[UrgentCopy] = []
        self._entries: list[_Kept] = []
        self._older: dict[int, _Chain] = {}
        self._files = 0
        self._path: Path | None = None

    @classmethod
    def enrolled(cls, directory: Path, **changes: Any) -> MemorySyncStore:
        seat = SeatIdentity(
            device_id=uuid4(),
            incarnation=1,
            kind="counter",
            server_url="http://server.test",
            programme_id=uuid4(),
            office_id=uuid4(),
            epoch=uuid4(),
        )
        return cls(directory, replace(seat, **changes))

    # --- what the contract suite and tests do to it ------------------------------------------

    def append(self, *, urgent: bool = False, blobs: int = 0, blob_bytes: int = 40) -> UUID:
        """Add an entry as a user's command would."""
        assert self.seat is not None
        event_id = uuid4()
        made = []
        for _ in range(blobs):
            content = b"x" * blob_bytes
            salt = uuid4().bytes
            made.append(StoredBlob(commitment(salt, content), salt, content))
        body = self._body(event_id, len(self._entries) + 1, [b.commitment for b in made])
        self._entries.append(_Kept(event_id, body, tuple(made), urgent))
        return event_id

    def _body(self, event_id: UUID, seq: int, hashes: Sequence[str]) -> bytes:
        assert self.seat is not None
        document = {
            "device_id": str(self.seat.device_id),
            "event_id": str(event_id),
            "hashes": list(hashes),
            "incarnation": self.seat.incarnation,
            "seq": seq,
        }
        return json.dumps(document, separators=(",", ":"), sort_keys=True).encode()

    def _touch(self, name: str) -> None:
        self.log.append(name)
        if self.fail_with is not None:
            error, self.fail_with = self.fail_with, None
            raise error

    # --- SyncStore ---------------------------------------------------------------------------

    def identity(self) -> SeatIdentity | None:
        return self.seat

    def sign(self, statement: bytes) -> bytes:
        return self.key.sign(statement)

    def note_backed_up(self, horizon: int) -> None:
        self.backed_up = horizon

    def prune(self) -> bool:
        self.prunings += 1
        return self.prunings < 3

    def papers(self) -> tuple[str, str]:
        return self.certificate, self.authority

    def keep_certificate(self, certificate: str) -> None:
        self.certificate = certificate

    def keep_approval_keys(self, keys: Mapping[UUID, bytes]) -> None:
        self.approval_keys = dict(keys)

    def keep_voucher_credential(self, credential: bytes) -> None:
        self.voucher_credential = credential

    def sealed_work_key(self) -> bytes:
        if self.sealed is None:
            raise Unavailable("keys_missing", "This seat's data has no key.")
        return self.sealed

    def unsent(self, *, max_entries: int, max_bytes: int, behind: int = 0) -> UnsentRun | None:
        assert self.seat is not None
        incarnation, entries, confirmed = self._offered()
        before = max(confirmed, behind)
        rest = entries[before:][:max_entries]
        if not rest:
            return None
        taken: list[_Kept] = []
        size = 0
        for entry in rest:
            size += len(entry.body) + sum(len(blob.content) for blob in entry.blobs)
            if taken and size > max_bytes:
                break
            taken.append(entry)
        link = genesis(self.seat.device_id, incarnation)
        for entry in entries[:before]:
            link = next_link(link, entry.body)
        return UnsentRun(
            incarnation=incarnation,
            first_seq=before + 1,
            bodies=tuple(entry.body for entry in taken),
            blobs=tuple(blob for entry in taken for blob in entry.blobs),
            last_seq=before + len(taken),
            head_link=links(link, [entry.body for entry in taken])[-1],
        )

    def _offered(self) -> tuple[int, list[_Kept], int]:
        assert self.seat is not None
        for incarnation, chain in self._older.items():
            if len(chain.entries) > chain.confirmed_seq:
                return incarnation, chain.entries, chain.confirmed_seq
        return self.seat.incarnation, self._entries, self.confirmed_seq

    def confirm(
        self,
        head_seq: int,
        decided: Sequence[Decided],
        *,
        mark: int,
        incarnation: int | None = None,
    ) -> bool:
        self._touch("confirm")
        if incarnation in self._older:
            older = self._older[incarnation]
            older.confirmed_seq = max(older.confirmed_seq, head_seq)
            return self.has_overlay
        is_new = head_seq > self.confirmed_seq
        if head_seq > len(self._entries):
            raise ValueError("beyond the end of the journal")
        for seq in range(self.confirmed_seq + 1, head_seq + 1):
            self.marks[seq] = mark
        for decision in decided:
            if self.confirmed_seq < decision.seq <= head_seq:
                self.decisions[decision.seq] = decision
        self.confirmed_seq = max(self.confirmed_seq, head_seq)
        return is_new and self.has_overlay

    def offer_again(self, heads: Heads) -> None:
        self._touch("offer_again")
        assert self.seat is not None
        for incarnation, chain in self._older.items():
            chain.confirmed_seq = self._known(incarnation, chain, heads)
        newest = _Chain(self._entries, self.confirmed_seq)
        self.confirmed_seq = self._known(self.seat.incarnation, newest, heads)

    def _known(self, incarnation: int, chain: _Chain, heads: Heads) -> int:
        assert self.seat is not None
        head = heads.of(incarnation)
        if head is None or head[0] > chain.confirmed_seq:
            return chain.confirmed_seq
        seq, said = head
        link = genesis(self.seat.device_id, incarnation)
        for entry in chain.entries[:seq]:
            link = next_link(link, entry.body)
        return seq if said in (b"", link) else 0

    def urgent_unsent(self, *, limit: int) -> Sequence[UrgentCopy]:
        waiting = [
            UrgentCopy(entry.event_id, entry.body, entry.blobs)
            for entry in self._entries[self.confirmed_seq :]
            if entry.urgent and not entry.delivered
        ]
        return [*waiting, *self.heard][:limit]

    def has_to_relay(self) -> bool:
        return bool(self.heard)

    def urgent_delivered(self, event_id: UUID) -> None:
        self._touch("urgent_delivered")
        self.heard = [copy for copy in self.heard if copy.event_id != event_id]
        for entry in self._entries:
            if entry.event_id == event_id:
                entry.delivered = True

    def new_incarnation(self, incarnation: int) -> None:
        self._touch("new_incarnation")
        assert self.seat is not None
        if incarnation < self.seat.incarnation:
            raise ValueError("an older incarnation")
        if incarnation == self.seat.incarnation:
            return
        self._older[self.seat.incarnation] = _Chain(self._entries, self.confirmed_seq)
        rest = []
        for before, chain in self._older.items():
            moved = chain.entries[chain.confirmed_seq :]
            chain.entries = chain.entries[: chain.confirmed_seq]
            self.archived += [(before, entry.body) for entry in moved]
            rest += moved
        self.seat = replace(self.seat, incarnation=incarnation)
        self._entries = rest
        self.confirmed_seq = 0
        for seq, entry in enumerate(rest, start=1):
            entry.body = self._body(entry.event_id, seq, [b.commitment for b in entry.blobs])

    def members_file(self) -> Path | None:
        return self._path

    def next_members_file(self) -> Path:
        for path in self.directory.glob("members-*"):
            if self._path is None or not path.name.startswith(self._path.name):
                path.unlink()
        self._files += 1
        return self.directory / f"members-{self._files}.db"

    def adopt_members_file(self, path: Path) -> None:
        self._touch("adopt_members_file")
        before, self._path = self._path, path
        if before is not None and before != path:
            for leftover in self.directory.glob(before.name + "*"):
                leftover.unlink()

    def keep_leaving(self, member_ids: Sequence[UUID]) -> None:
        self._touch("keep_leaving")
        self.leaving += member_ids

    def members_import(self) -> PlainImport:
        return PlainImport(self.directory)

    def connect_members(self, path: Path) -> Any:
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.DatabaseError as error:
            connection.close()
            raise Unavailable("members_damaged", str(error)) from error
        return connection

    def write(self, work: Callable[[], T]) -> T:
        self._touch("write")
        return work()

    def acknowledge_pull(
        self,
        *,
        leases: Sequence[GrantedLease] | None,
        pool: GrantedPool | None,
        horizon: int | None,
        now_ms: int,
        stock: Sequence[GrantedStock] = (),
    ) -> bool:
        self._touch("acknowledge_pull")
        self.acknowledged.append(
            {"leases": leases, "pool": pool, "horizon": horizon, "now_ms": now_ms, "stock": stock}
        )
        states = [*(lease.state for lease in leases or ()), *(units.state for units in stock)]
        return "recall" in states

    def note_contact(self, *, offset_ms: int, now_ms: int) -> None:
        self._touch("note_contact")
        self.contacts.append(offset_ms)

    def absent_too_long(self) -> bool:
        self._touch("absent_too_long")
        return self.too_long

    def lock_up(self) -> None:
        self._touch("lock_up")
        self.shut_for.append("out_of_contact")
        self.seat = None

    def shut_out(self, revoked_ms: int, signature: bytes) -> bool:
        self._touch("shut_out")
        if signature != self.genuine:
            return False
        self.shut_for.append("revoked")
        self.seat = None
        return True

    def is_shut(self) -> bool:
        return bool(self.shut_for)

    def set_link_state(self, *, online: bool, problem: str) -> None:
        self._touch("set_link_state")
        self.told.append((online, problem))

    def set_epoch(self, epoch: UUID) -> None:
        self._touch("set_epoch")
        assert self.seat is not None
        self.seat = replace(self.seat, epoch=epoch)

    def announce(self, *kinds: str) -> None:
        self.announced += kinds
