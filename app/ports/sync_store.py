"""What the sync engine needs of the seat's disk; the adapter is app.store, a fake is tests.fakes.

Every write runs on the seat's single writer, behind the user's own commands. A call that returns
has committed; a call that raises has changed nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar
from uuid import UUID

from app.domain.lean import dataclass
from app.domain.risk import RiskCaps


@dataclass(frozen=True, slots=True)
class SeatIdentity:
    """Who this device is, written at enrolment."""

    device_id: UUID
    incarnation: int
    kind: Literal["counter", "desk"]
    server_url: str
    programme_id: UUID
    office_id: UUID
    epoch: UUID


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """Personal data beside the chain, and what the chain holds of it."""

    commitment: str
    salt: bytes
    content: bytes


@dataclass(frozen=True, slots=True)
class BrokenPlace:
    """A place in the chain whose hash doesn't follow from the entries before it and its own.

    The entry can't be read from the disk any more; or it can, and the hash before it is lost.

    Attributes:
        event_id: the entry's.
        link: the chain's hash after it (32 bytes), b"" where that is lost, too.
        type: the entry's, '' where that is lost.
        wall_ms: when it was recorded.
    """

    seq: int
    event_id: UUID
    link: bytes
    type: str
    wall_ms: int


@dataclass(frozen=True, slots=True)
class UnsentRun:
    """Consecutive entries the server hasn't confirmed, from `first_seq`.

    Attributes:
        incarnation: the chain's, older than the one in use where a restored server lacks them.
        bodies: b"" where the disk doesn't give one back.
        head_link: the chain's hash after the last of `bodies`.
        last_seq: seq of the last of `bodies`.
        broken: by place.
    """

    incarnation: int
    first_seq: int
    bodies: tuple[bytes, ...]
    blobs: tuple[StoredBlob, ...]
    last_seq: int
    head_link: bytes
    broken: tuple[BrokenPlace, ...] = ()


@dataclass(frozen=True, slots=True)
class Heads:
    """Where the server's copies of the device's chains end.

    Attributes:
        ends: (last seq, the hash after it or b"" where that isn't said), by incarnation.
        whole_from: of this incarnation and the newer ones it has only what `ends` names; None
            where nothing is said of others.
    """

    ends: Mapping[int, tuple[int, bytes]]
    whole_from: int | None = None

    def of(self, incarnation: int) -> tuple[int, bytes] | None:
        """The end of one chain, None where that isn't said."""
        is_told = self.whole_from is not None and incarnation >= self.whole_from
        return self.ends.get(incarnation, (0, b"") if is_told else None)


@dataclass(frozen=True, slots=True)
class UrgentCopy:
    """One entry that is to travel ahead of its chain (a low rating).

    Attributes:
        signature: of the neighbour who brought it here; b"" of an entry of our own.
    """

    event_id: UUID
    body: bytes
    blobs: tuple[StoredBlob, ...]
    signature: bytes = b""


@dataclass(frozen=True, slots=True)
class Decided:
    """What the server decided of one of our entries, where it is more than 'accepted'."""

    seq: int
    decision: Literal["duplicate", "exception"]
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class GrantedLease:
    """A lease as the server states it (see sync.protocol.messages.LeaseGrant)."""

    lease_id: UUID
    member_id: UUID
    points: int
    restored_points: int
    expires_ms: int
    state: Literal["open", "recall", "closed"]
    signature: bytes
    may_hand_on: bool = False


@dataclass(frozen=True, slots=True)
class GrantedStock:
    """Units of a reward as the server states them (see sync.protocol.messages.StockGrant)."""

    stock_lease_id: UUID
    reward_id: UUID
    units: int
    restored_units: int
    state: Literal["open", "recall", "closed"]
    signature: bytes


@dataclass(frozen=True, slots=True)
class GrantedPool:
    """A risk pool as the server states it (see sync.protocol.messages.RiskPool)."""

    pool_id: UUID
    points: int
    caps: RiskCaps


T = TypeVar("T")


class MembersImport(Protocol):
    """A members file that arrives ready made, in plain pages, and lies encrypted on the disk.

    Not for the writer: nobody reads or writes the file before `adopt_members_file`.
    """

    pages: int
    """How many pages are in it."""

    def source(self) -> str | None:
        """What a file left unfinished is a copy of, None when there is none."""

    def begin(self, source: str) -> None:
        """Go on with the file left unfinished if it is a copy of `source`, else begin an empty one.

        Raises:
            Unavailable: disk_full, disk_error; so do `append` and `finish`.
        """

    def append(self, pages: bytes) -> None:
        """Add whole pages of 4,096 bytes, the last 80 bytes of each unused."""

    def cut(self, pages: int) -> None:
        """Keep the first pages alone."""

    def finish(self, path: Path) -> None:
        """Put the whole file safely on the disk as `path`, from `next_members_file`."""

    def discard(self) -> None:
        """Remove what there is of the file."""

    def close(self) -> None:
        """Let go of the file; it can be gone on with."""


class SyncStore(Protocol):
    """The journal as upload queue, the members file as download, and what ties the two together."""

    def identity(self) -> SeatIdentity | None:
        """None until enrolled."""

    def sign(self, statement: bytes) -> bytes:
        """The device's Ed25519 signature. Raises Unavailable when the vault is locked or gone."""

    def sealed_work_key(self) -> bytes:
        """The work file's key, sealed to the server's recovery key.

        Raises:
            Unavailable: the vault or the disk.
        """

    def papers(self) -> tuple[str, str]:
        """(the device's certificate, its authority's), PEM; '' where there is none."""

    def keep_certificate(self, certificate: str) -> None:
        """From now on the device shows this certificate (PEM), over the same key."""

    def keep_approval_keys(self, keys: Mapping[UUID, bytes]) -> None:
        """Keep what managers' codes are made and known by, by desk."""

    def keep_voucher_credential(self, credential: bytes) -> None:
        """From now on the device shows this on its vouchers; the same again changes nothing."""

    # upload

    def unsent(self, *, max_entries: int, max_bytes: int, behind: int = 0) -> UnsentRun | None:
        """The oldest unconfirmed run (at least one entry even if it is over `max_bytes`).

        What is offered again of an older incarnation comes before the newer ones. With `behind`,
        the run of that chain that will be the oldest once it is confirmed up to there.
        More than `max_entries` where the chain's hash isn't known before.
        """

    def confirm(
        self,
        head_seq: int,
        decided: Sequence[Decided],
        *,
        mark: int,
        incarnation: int | None = None,
    ) -> bool:
        """The server holds the chain up to `head_seq`, applied by its transaction `mark`.

        It is the chain of the incarnation in use unless another is named.

        What those entries changed stays in the overlay until a pull's horizon is beyond `mark`.
        Applying it twice changes nothing.

        Returns:
            Whether a pull is awaited: the overlay has something of theirs, or of a new member whose
            visit has ended.
        """

    def offer_again(self, heads: Heads) -> None:
        """Mark what a restored server forgot as unsent: the entries after its heads.

        All of a chain where it has other entries than those that were confirmed: a fork.

        Changes nothing when none of them had been confirmed.
        """

    def note_backed_up(self, horizon: int) -> None:
        """Confirmed backups hold what the server's transactions below `horizon` applied."""

    def prune(self) -> bool:
        """Let go of a few entries' bodies that such backups hold; whether there may be more."""

    def urgent_unsent(self, *, limit: int) -> Sequence[UrgentCopy]:
        """Urgent entries neither delivered by copy nor confirmed with the chain, oldest first.

        Then what neighbours brought here and the server hasn't taken yet.
        """

    def urgent_delivered(self, event_id: UUID) -> None:
        """The server has taken a copy, ours or a neighbour's, or never will."""

    def has_to_relay(self) -> bool:
        """Whether something that neighbours brought here is still to be passed on."""

    def new_incarnation(self, incarnation: int) -> None:
        """Go on under the incarnation that the server issued after a fork.

        Unconfirmed entries of all chains are offered again under it (same event ids, re-chained);
        the old chains are kept as they were.
        """

    # download: the members file

    def members_file(self) -> Path | None:
        """The members file in use, None before the first bootstrap."""

    def next_members_file(self) -> Path:
        """A fresh name for a rebuild; leftovers of an unfinished one are removed."""

    def adopt_members_file(self, path: Path) -> None:
        """From now on reads use `path`; the file before it is deleted when nobody reads it.

        Whom the seat needs and the new file may not hold is kept, as by `keep_leaving`, as far as
        the file before can be read.
        """

    def keep_leaving(self, member_ids: Sequence[UUID]) -> None:
        """The file in use is about to lose these members: keep beside it whom the seat needs.

        Whoever is served, has a lease here, or work that a pull hasn't shown stays until that is
        settled; the others go when a pull is acknowledged. Raises Unavailable 'members_damaged'
        when the file can't be read and has to be made anew.
        """

    def members_import(self) -> MembersImport:
        """The one file that may be on its way."""

    def connect_members(self, path: Path) -> Any:
        """A read-write DB-API connection with the members key set, WAL, synchronous FULL.

        Whoever writes rows does so on the writer alone (inside `write`). Raises Unavailable:
        'members_damaged' when it is no such file or the key doesn't fit (it will be made anew),
        'disk_full', 'disk_error', 'keyring_locked', 'keyring_missing'.
        """

    def write(self, work: Callable[[], T]) -> T:
        """Run `work` on the single writer, behind the user's commands; returns its result."""

    def acknowledge_pull(
        self,
        *,
        leases: Sequence[GrantedLease] | None,
        pool: GrantedPool | None,
        horizon: int | None,
        now_ms: int,
        stock: Sequence[GrantedStock] = (),
    ) -> bool:
        """Take note of a page that is committed to the members file.

        Leases are all of this device's, or None on a page that names none; `stock` is all that it
        holds of rewards on a page that names leases, and means nothing on others. The last page of
        a pull has its `horizon`: overlay rows confirmed with a smaller mark are now part of the
        server state and go.

        Returns:
            Whether the server asked for leases or stock, which the journal's end now hands back.
        """

    # both

    def note_contact(self, *, offset_ms: int, now_ms: int) -> None:
        """The server answered; `offset_ms` is its clock minus ours."""

    def absent_too_long(self) -> bool:
        """Count the time since the server last answered; whether it is more than is allowed."""

    def lock_up(self) -> None:
        """It was too long: go blind, as `shut_out`.

        Raises:
            Unavailable: the vault or the disk; to be tried again.
        """

    def shut_out(self, revoked_ms: int, signature: bytes) -> bool:
        """Go blind, because the server says so: the keys of both files are deleted.

        From then on `identity` is None and everything else is Unavailable('revoked'). What was
        journalled is kept for the recovery key.

        Args:
            revoked_ms: when, by the server's clock.
            signature: of the server's authority over
                `app.domain.shutting_out.revocation_statement`.

        Returns:
            Whether the server's word is genuine; otherwise nothing has changed.

        Raises:
            Unavailable: the vault or the disk; to be tried again.
        """

    def is_shut(self) -> bool:
        """Whether the seat has gone blind, by whichever of these; asked before each call."""

    def set_link_state(self, *, online: bool, problem: str) -> None:
        """Note whether the server answers, and a code of why not.

        Codes: '', unreachable, not_guichet, server_error, revoked, clock, old_client, old_server,
        certificate.
        """

    def set_epoch(self, epoch: UUID) -> None: ...

    def announce(self, *kinds: str) -> None:
        """Tell listeners what kind of thing changed (app.services.views.ChangeKind values)."""
