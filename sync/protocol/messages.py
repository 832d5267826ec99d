"""The wire: every message between a device and the central server.

JSON (`application/json`), bodies of more than 1 KiB zstd-compressed (`Content-Encoding: zstd`) in
both directions. Bytes are base64, ids UUID text, times milliseconds since 1970 UTC. Entries travel
as the exact JSON bytes that were hashed (`Raw`). See docs/protocol.md for the conversation.
"""

from __future__ import annotations

from typing import Literal
from uuid import UUID

import msgspec

PROTOCOL_VERSION = 1
VERSIONS_BACK = 2
"""How many versions before its own a server understands: PCs are updated one by one."""
VERSION_HEADER = "Guichet-Protocol"

MAX_BODY_BYTES = 8 * 1024 * 1024  # after decompression
MAX_PUSH_ENTRIES = 2_000
MAX_PUSH_BYTES = 3 * 512 * 1024  # so that 2,000 ratings fit
MAX_PAGE_ROWS = 500
MAX_BLOB_BYTES = 8 * 1024

NOTHING = msgspec.Raw(b"null")
"""In place of a document: a Raw field can't be optional, because msgspec would not decode it."""

DeviceKind = Literal["counter", "desk"]
Decision = Literal["accepted", "duplicate", "exception"]


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=False):
    """Base of all messages; unknown fields are ignored so that a newer peer can add some."""


class Problem(Message, frozen=True):
    """Every answer of 400 and above.

    Codes: bad_request, too_large, unauthenticated, forbidden, revoked, code_unknown, code_used,
    code_expired, unknown_device, chain_gap, chain_broken, bad_signature, fork, work_missing,
    old_protocol, new_protocol, epoch_changed, cursor_unknown, no_snapshot, snapshot_gone, busy,
    internal.

    `detail` of 'fork': `incarnation`, the new one issued; of 'chain_gap': `head_seq`, where the
    server's copy of the chain ends. 'busy' comes as 429 or 503 with `Retry-After`.
    """

    code: str
    message: str
    detail: dict[str, str | int] = {}


# --- enrolment ---------------------------------------------------------------------------------


class EnrolRequest(Message, frozen=True):
    code: str
    public_key: bytes  # Ed25519, 32 bytes
    hostname: str
    version: str
    office: str = ""  # the code of the one that the PC is for, where its settings say


class EnrolAnswer(Message, frozen=True):
    """Who the device is; `certificate` is X.509 PEM over its own key, signed by the server's CA."""

    device_id: UUID
    incarnation: int
    kind: DeviceKind
    programme_id: UUID
    programme_name: str
    office_id: UUID
    office_code: str
    office_name: str
    office_time_zone: str
    counter_id: UUID
    counter_label: str
    certificate: str
    authority: str  # the CA's certificate, PEM
    recovery_key: bytes  # X25519 public key; the work key is sealed to it
    epoch: UUID
    server_ms: int
    voucher_credential: bytes = b""  # as HeadAnswer's


class SealedKeyRequest(Message, frozen=True):
    """The device's work key, sealed to the recovery key: how a dead or revoked PC is drained."""

    sealed_work_key: bytes


class LeaveRequest(Message, frozen=True):
    """A device gives its seat up: its chain ends here, and it will never add to it.

    `signature` is its Ed25519 over `leave_statement` (app.domain.entry); it carries no token, since
    whoever takes the program away sends it when there is no program any more.
    """

    device_id: UUID
    incarnation: int
    head_seq: int
    head_link: bytes  # 32 bytes
    signed_ms: int  # by the PC's clock; for people
    signature: bytes


class LeaveAnswer(Message, frozen=True):
    """The server has all of the device's chain, took back what it held, and knows it no more."""

    outcome: Literal["released"]
    server_ms: int


class ChallengeAnswer(Message, frozen=True):
    nonce: str
    server_ms: int


class TokenRequest(Message, frozen=True):
    r"""Signature over b"guichet token 1\0" + device_id bytes + nonce's UTF-8."""

    device_id: UUID
    nonce: str
    signature: bytes


class TokenAnswer(Message, frozen=True):
    token: str  # Authorization: Bearer …
    expires_ms: int
    server_ms: int


class PictureAnswer(Message, frozen=True):
    """A piece of what panels show; the digest that it was asked by is over all of them."""

    piece: bytes


# --- push --------------------------------------------------------------------------------------


class Blob(Message, frozen=True):
    """Personal data beside the chain; `commitment` = SHA-256(salt || content) in hex."""

    commitment: str
    salt: bytes
    content: bytes


class Stub(Message, frozen=True):
    """A place whose `link` doesn't follow from what is sent, told by the device itself.

    The device doesn't have the entry any more, then `null` stands in its place among the
    entries; or the link before it is lost. `link` is empty where that one is lost, too; never for
    the last of an upload. `type` and `wall_ms` are for people.
    """

    seq: int
    event_id: UUID
    link: bytes
    type: str
    wall_ms: int


class PushRequest(Message, frozen=True):
    """Consecutive entries of one chain, from `first_seq`, signed over `head_statement`.

    `stubs`, in order, are signed besides, over `stub_statement`.

    Attributes:
        newest: the incarnation that the device works under, which can be newer than this chain's:
            then it tells again what a restored server lacks of it. 0 from those that never do.
    """

    incarnation: int
    first_seq: int
    entries: list[msgspec.Raw]
    blobs: list[Blob]
    signature: bytes
    stubs: list[Stub] = []
    stubs_signature: bytes = b""
    newest: int = 0


class OlderHead(Message, frozen=True):
    """Where the server's copy of an older incarnation's chain ends."""

    incarnation: int
    head_seq: int
    head_link: bytes


class EntryDecision(Message, frozen=True):
    seq: int
    decision: Decision
    code: str = ""  # why it is an exception
    message: str = ""


class PushAnswer(Message, frozen=True):
    """The server holds the chain up to `head_seq` for good; decisions only where not 'accepted'.

    `mark` names the transaction that applied it: a complete pull whose `horizon` is greater than
    `mark` shows all that these entries changed.
    """

    head_seq: int
    decisions: list[EntryDecision]
    mark: int
    server_ms: int


class ApprovalKey(Message, frozen=True):
    """By which a counter knows a desk's codes (app.domain.approval); a desk is told its own."""

    desk_id: UUID
    key: bytes


class HeadAnswer(Message, frozen=True):
    """Where the server's copy of this device's chain ends (GET /v1/head).

    Attributes:
        key_is_here: whether the server has the device's sealed work key (`SealedKeyRequest`).
        certificate: the device's, PEM, renewed when a third of its life is left.
        backed_up: transactions of this epoch below it are in backups that the operator confirmed.
        older: the chains of older incarnations, those without entries left out; None from servers
            that don't tell.
        voucher_credential: what the device shows on its vouchers (`voucher.Credential`), and the
            CA's signature over it; b"" from servers that don't tell.
        approval_keys: by which a manager's codes are made and known; None from servers that don't
            tell.
    """

    incarnation: int
    head_seq: int
    head_link: bytes
    epoch: UUID
    server_ms: int
    key_is_here: bool = True
    certificate: str = ""
    backed_up: int = 0
    older: list[OlderHead] | None = None
    voucher_credential: bytes = b""
    approval_keys: list[ApprovalKey] | None = None


class UrgentRequest(Message, frozen=True):
    """One entry ahead of its chain, signed by itself (`copy_statement`)."""

    entry: msgspec.Raw
    blobs: list[Blob]
    signature: bytes


class SetAside(Message, frozen=True):
    """Points of a member that a counter holds, of which it was asked to hand them back."""

    points: int
    office_code: str
    counter_label: str
    since_ms: int


class UrgentAnswer(Message, frozen=True):
    """For a refused redemption `code` says why: insufficient, member_closed, voided, and so on.

    Attributes:
        set_aside: with 'insufficient', where the member has points enough: what counters hold of
            them. They are asked to hand it back; the same request again may succeed.
    """

    decision: Literal["accepted", "duplicate", "exception", "refused"]
    code: str
    message: str
    available_points: int | None
    mark: int  # as PushAnswer.mark
    server_ms: int
    set_aside: list[SetAside] = []


# --- pull --------------------------------------------------------------------------------------


class Cursor(Message, frozen=True, order=True):
    """A place in the change log; opaque to clients but comparable: (xid, seq)."""

    xid: int
    seq: int


class MemberRow(Message, frozen=True):
    """One member as the replica holds it (see app.domain.member.Member, whose fields these are)."""

    member_id: UUID
    rank: int
    card_no: str
    name: str
    latin_name: str
    initials: str
    phone: str
    tier: str
    home_office: str
    status: str
    merged_into: UUID | None
    posted_points: int
    leased_points: int
    pending_points: int
    next_expiry_on: str | None
    next_expiry_points: int
    preference: str
    open_matter: str
    language: str
    born_on_year: int | None
    joined_on: str | None
    generated: bool


class Record(Message, frozen=True):
    """Any other server state: kind and id name it, body is its JSON; NOTHING is a tombstone.

    Kinds and who gets them: staff, reward, office, counter, setting, revocation, used_vouchers (all
    devices of the programme); case, exception, figures, recovery (desks of the
    office alone).
    """

    kind: str
    id: str
    body: msgspec.Raw


class LeaseGrant(Message, frozen=True):
    """Points moved aside for this device; a spend under it is never refused later.

    `signature` is the server's Ed25519 over `lease_statement` (app.domain.lease).
    `restored_points` were spent under the lease but had been posted online already.
    `points` grow where the server fills the lease up. In state 'recall' the device is to hand it
    back, by the entry LeaseReturned at the end of its chain.
    `may_hand_on`: this server knows what to do with parts of it that neighbours were handed.
    """

    lease_id: UUID
    member_id: UUID
    points: int
    restored_points: int
    expires_ms: int
    state: Literal["open", "recall", "closed"]
    signature: bytes
    may_hand_on: bool = False


class StockGrant(Message, frozen=True):
    """Units of a reward that only this device may promise, with the network or without.

    `signature` is the server's Ed25519 over `stock_statement` (app.domain.stock). The other fields
    are a `LeaseGrant`'s, in units; it is handed back by the entry StockReturned.
    """

    stock_lease_id: UUID
    reward_id: UUID
    units: int
    restored_units: int
    state: Literal["open", "recall", "closed"]
    signature: bytes


class RiskPool(Message, frozen=True):
    """What this device may give away at risk, and what bounds it (app.domain.risk.RiskCaps).

    `per_member` is a known member's. What an older server leaves out is unbounded.
    """

    pool_id: UUID
    points: int
    per_redemption: int
    per_member: int
    per_new: int | None = None
    per_trusted: int | None = None
    window_points: int | None = None
    window_redemptions: int | None = None
    list_hours: int | None = None
    approval_points: int | None = None


class PullAnswer(Message, frozen=True):
    """What changed after the cursor that was sent, oldest first; go on while `more`."""

    epoch: UUID
    cursor: Cursor
    more: bool
    members: list[MemberRow]
    removed_members: list[UUID]
    records: list[Record]
    row_count: int | None  # of the scope at `cursor`, with `row_sum`; only on the last page
    row_sum: bytes | None  # 16 bytes, big endian
    leases: list[LeaseGrant]  # all of this device's, on the last page
    pool: RiskPool | None
    horizon: int  # with more=False: every transaction numbered below it is covered
    server_ms: int
    standing: str = ""  # a name for these leases and this pool, to be said with the next pull
    stands: bool = False  # leases and pool are as the standing that was said; they aren't repeated
    stock_leases: list[StockGrant] = []  # all of this device's, with the leases


class SnapshotAnswer(Message, frozen=True):
    """A members file ready made (GET /v1/snapshot?going_on=…); where there is none, pages are sent.

    The file has `page_count` SQLite pages of `page_bytes`, 80 bytes reserved in each. It comes as
    chunks of `chunk_pages` pages, the last perhaps fewer: GET /v1/snapshot/{id}/{number}, number
    from 0, gives pages whose SHA-256 is `digests[number]`. Its rows are those at `cursor`.
    """

    snapshot_id: UUID
    schema_version: int
    page_bytes: int
    page_count: int
    chunk_pages: int
    digests: list[bytes]
    epoch: UUID
    cursor: Cursor
    row_count: int
    built_ms: int
    server_ms: int


class BootstrapAnswer(Message, frozen=True):
    """One page of the whole scope in rank order; pulls go on from the first page's `cursor`."""

    epoch: UUID
    cursor: Cursor
    next_rank: int | None  # None: that was the last page
    members: list[MemberRow]
    records: list[Record]  # all of them, on the first page
    server_ms: int


# --- looking up --------------------------------------------------------------------------------


class LookUpRequest(Message, frozen=True):
    """What was typed or scanned and nobody on the PC answers; see `app.domain.look_up`.

    `staff_id` is who is signed in, in the clerk's session `session_id`.
    """

    text: str
    staff_id: UUID
    session_id: UUID


class LookUpAnswer(Message, frozen=True):
    """Whom it means, in display order; nobody where too many answer."""

    outcome: Literal["found", "none", "too_many"]
    members: list[MemberRow]
    server_ms: int


# --- vouchers ----------------------------------------------------------------------------------


class VoucherRequest(Message, frozen=True):
    """May this counter take the voucher? `use_id` is that of the entry which will say that it did.

    Asked again with the same `use_id` the answer is the same.
    """

    use_id: UUID
    voucher: str  # as it was read (app.domain.voucher)


class VoucherAnswer(Message, frozen=True):
    """'taken': nobody else can any more. 'refused': `code` says why.

    Codes: voucher_unreadable, voucher_forged, voucher_issuer_shut_out, voucher_elsewhere,
    voucher_voided, voucher_refunded, voucher_used.
    """

    outcome: Literal["taken", "refused"]
    code: str
    message: str
    server_ms: int


# --- live feed ---------------------------------------------------------------------------------


class FeedLine(Message, frozen=True):
    """One line of GET /v1/feed (NDJSON, one a line; a 'tick' at least every 15 s).

    `changed` says only that a pull is worth making; an `alarm` carries the case itself, because a
    cursor can be held up by somebody else's transaction and an alarm must not be.
    """

    kind: Literal["hello", "tick", "changed", "alarm"]
    server_ms: int
    case: msgspec.Raw  # NOTHING unless it is an alarm
