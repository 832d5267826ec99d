"""Taking in an upload: verified as a chain, decided entry by entry, stored in one transaction.

A chain that differs from the one already here is a fork: its entries are quarantined and the device
gets a new incarnation. An older incarnation's chain is gone on with only by a device that knows of
the newer one: it tells again what this server lost when it was restored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Final

import msgspec
import sqlalchemy as sa
import structlog
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.domain.entry import genesis, head_statement, place_name
from sync.protocol.messages import (
    MAX_PUSH_ENTRIES,
    Blob,
    Decision,
    EntryDecision,
    PushAnswer,
    PushRequest,
)
from sync.server.batch import Batch
from sync.server.deciding import HANDLERS, decide, decision_of, keep_blobs, load, set_aside
from sync.server.devices import Device
from sync.server.exceptions import open_exceptions
from sync.server.filling import Found, decide_anew, fill, try_what_came_early
from sync.server.problems import ProblemError
from sync.server.reading import Received, read_copy, read_entries
from sync.server.store import tables as t
from sync.server.store.bulk import insert_columns, insert_rows, update_rows
from sync.server.stubs import TEXTLESS, check_signed, copies_for, link_up, mark_lost, read_stubs
from sync.server.work import Work

_log = structlog.get_logger("guichet.ingest")

_MAX_INCARNATION: Final = 2**31


def push(
    work: Work,
    device: Device,
    request: PushRequest,
    *,
    aside: frozenset[int] = frozenset(),
    unsigned: bool = False,
) -> PushAnswer:
    """Take in consecutive entries of a device's chain; `device` is locked by the caller.

    Args:
        work: the transaction.
        device: whose chain it is.
        request: the upload.
        aside: places of entries that the server fails at, to be kept as exceptions unread.
        unsigned: the device could not sign it: a rescued disk, whose file proves itself.

    Raises:
        ProblemError: bad_request, too_large, chain_gap, bad_signature, fork.
    """
    bodies = [bytes(raw) for raw in request.entries]
    stubs = read_stubs(request, bodies)
    if not bodies or request.first_seq < 1 or request.incarnation < 1:
        raise ProblemError("bad_request", "An upload holds entries, numbered from 1")
    if len(bodies) > MAX_PUSH_ENTRIES:
        raise ProblemError("too_large", f"At most {MAX_PUSH_ENTRIES} entries at a time")
    chains = work.find(t.chain, "device_id", [device.device_id])
    chain = next((c for c in chains if c.incarnation == request.incarnation), None)
    head_seq = 0 if chain is None else chain.head_seq
    if request.first_seq > head_seq + 1:
        # It was told that these are here, by a database that has been restored since
        there = request.first_seq - 1
        _log.warning(
            "device_knows_of_more", device=str(device.device_id), here=head_seq, there=there
        )
        raise ProblemError(
            "chain_gap",
            f"The server has this chain up to {head_seq}",
            head_seq=head_seq,
            incarnation=device.incarnation,
        )
    if max(request.incarnation, request.newest) > _MAX_INCARNATION:
        raise ProblemError("bad_request", "No device has had that many incarnations")
    last_seq = request.first_seq + len(bodies) - 1
    if chain is not None and request.first_seq == head_seq + 1:  # as nearly always
        start, stored = bytes(chain.head_link), dict[int, _Stored]()
    else:
        start, stored = _overlap(work, device, request, last_seq)
    if stubs and not unsigned:
        check_signed(device, request, bodies)
    copies = copies_for(work, device, stubs) if stubs else {}
    chained = link_up(start, bodies, stubs, copies, first_seq=request.first_seq)
    if not unsigned:
        _verify(device, request, last_seq, chained[-1])
    if request.incarnation > device.incarnation:
        device = _renumber(work, device, request.incarnation)
    again = {
        seq: (bodies[seq - request.first_seq], chained[seq - request.first_seq]) for seq in stored
    }
    # Where a hash is lost, its place's name may stand for it, and speaks against nothing
    names = {seq: place_name(device.device_id, request.incarnation, seq) for seq in stored}
    differing = [
        seq
        for seq, (_, link) in again.items()
        if stored[seq].link not in (b"", names[seq])
        and link not in (b"", names[seq], stored[seq].link)
    ]
    if _works_under(request) < device.incarnation or differing:
        _quarantine(work, device, request, bodies, stored.keys() - differing)
    known = len(stored)  # the chain has no gaps, so they come first
    found = [
        Found(seq, body, link)
        for seq, (body, link) in again.items()
        if body and stored[seq].is_lost and stored[seq].link == link
    ]
    filled = {each.seq for each in found}
    decisions = [
        EntryDecision(seq, "duplicate")
        for seq in range(request.first_seq, min(last_seq, head_seq) + 1)
        if seq not in filled
    ]
    textless = {seq for seq in stored if stored[seq].lacks_text and seq not in aside}
    if request.blobs and stored and (found or textless or known < len(bodies)):
        heard = [again[seq][0] for seq in stored.keys() - filled - textless]
        request = msgspec.structs.replace(request, blobs=_unheard(request.blobs, heard))
    if found or textless:
        waiting = {seq: again[seq][0] for seq in textless}
        decisions += _complete(work, device, request, found, waiting, aside)
    if known < len(bodies):
        fresh = read_entries(
            bodies[known:],
            device_id=device.device_id,
            incarnation=request.incarnation,
            first_seq=request.first_seq + known,
        )
        if stubs:
            mark_lost(fresh, stubs)
        decisions += _take_in(work, device, request, fresh, chained[known:], aside, unsigned)
    return PushAnswer(
        head_seq=max(head_seq, last_seq),
        decisions=decisions,
        mark=work.xid,
        server_ms=work.now_ms,
    )


def _works_under(request: PushRequest) -> int:
    return max(request.incarnation, request.newest)


def _unheard(blobs: Sequence[Blob], known: Sequence[bytes]) -> list[Blob]:
    """What people wrote beside other entries than these, of which it may be forgotten by now."""
    heard = {text for body in known for text in read_copy(body).texts}
    return [blob for blob in blobs if blob.commitment not in heard]


def _complete(
    work: Work,
    device: Device,
    request: PushRequest,
    found: Sequence[Found],
    textless: Mapping[int, bytes],
    aside: frozenset[int],
) -> list[EntryDecision]:
    """Decide entries whose places have waited for their bodies, or for a text of the upload's."""
    texts = keep_blobs(work, request.blobs).keys()
    decisions = fill(work, device, request.incarnation, found, aside=aside) if found else []
    here = {seq for seq, body in textless.items() if texts & set(read_copy(body).texts)}
    if here:
        decide_anew(work, device, request.incarnation, here)
    return decisions


@dataclass(frozen=True, slots=True)
class _Stored:
    """A place of the chain as it is here.

    Attributes:
        link: b"" where it is unknown.
        is_lost: its bytes are.
        lacks_text: it was refused because what people wrote beside it didn't come.
    """

    link: bytes
    is_lost: bool
    lacks_text: bool


def _overlap(
    work: Work, device: Device, request: PushRequest, last_seq: int
) -> tuple[bytes, dict[int, _Stored]]:
    """(link before the first entry, what is here already by seq)."""
    entry = t.entry
    is_lost = sa.func.length(entry.c.raw) == 0
    rows = work.connection.execute(
        work.mine(entry)
        .with_only_columns(entry.c.seq, entry.c.link, entry.c.code, is_lost.label("is_lost"))
        .where(
            entry.c.device_id == device.device_id,
            entry.c.incarnation == request.incarnation,
            entry.c.seq.between(request.first_seq - 1, last_seq),
        )
    )
    start = genesis(device.device_id, request.incarnation)
    stored = {}
    for row in rows:
        if row.seq == request.first_seq - 1:
            start = bytes(row.link)
        else:
            lacks_text = row.code == TEXTLESS
            stored[row.seq] = _Stored(bytes(row.link), bool(row.is_lost), lacks_text)
    return start, stored


def _verify(device: Device, request: PushRequest, last_seq: int, link: bytes) -> None:
    statement = head_statement(device.device_id, request.incarnation, last_seq, link)
    try:
        Ed25519PublicKey.from_public_bytes(device.public_key).verify(request.signature, statement)
    except InvalidSignature as error:
        raise ProblemError(
            "bad_signature", "The signature doesn't fit these entries behind the server's chain"
        ) from error


def _renumber(work: Work, device: Device, incarnation: int) -> Device:
    """Make an incarnation the device's newest.

    A fresh one after a fork, or one that this server issued before it was restored and forgot it,
    under which the device has signed its chain.
    """
    work.connection.execute(
        t.device.update()
        .where(
            t.device.c.programme_id == work.programme_id,
            t.device.c.device_id == device.device_id,
        )
        .values(incarnation=incarnation)
    )
    return replace(device, incarnation=incarnation)


def _quarantine(
    work: Work,
    device: Device,
    request: PushRequest,
    bodies: Sequence[bytes],
    known: Set[int],
) -> None:
    """Keep a forked chain's entries apart, issue a new incarnation, and answer so."""
    other = [
        (seq, body)
        for seq, body in enumerate(bodies, start=request.first_seq)
        if body and seq not in known
    ]
    place = (work.programme_id, device.device_id, request.incarnation)
    insert_rows(
        work.connection,
        t.quarantine,
        [c.name for c in t.quarantine.columns],
        [(*place, seq, hashlib.sha256(body).digest(), body, work.now_ms) for seq, body in other],
        skip_known=True,
    )
    readable = [r for _, body in other if (r := read_copy(body)).envelope is not None]
    chained = {
        row.event_id for row in work.find(t.entry, "event_id", [r.event_id for r in readable])
    }
    for received in readable:
        received.code = "fork"
        received.message = "The counter's journal went on from an older copy of itself"
    open_exceptions(work, device, [r for r in readable if r.event_id not in chained])
    incarnation, own = device.incarnation, _works_under(request)
    if own >= incarnation:
        incarnation = _renumber(work, device, own + 1).incarnation
    raise ProblemError(
        "fork",
        "The server has other entries in this place of the chain",
        keep=True,
        incarnation=incarnation,
    )


def _take_in(
    work: Work,
    device: Device,
    request: PushRequest,
    entries: Sequence[Received],
    chained: Sequence[bytes],
    aside: frozenset[int],
    unsigned: bool,
) -> list[EntryDecision]:
    batch = Batch(work, device)
    batch.held, batch.handlers = unsigned or device.revoked, HANDLERS
    batch.blobs.update(keep_blobs(work, request.blobs))
    if aside:
        set_aside(entries, aside)
    load(batch, entries)
    # The journal first: the database stores it while these entries are decided
    signature = None if unsigned else request.signature
    expected = _store(work, device, request.incarnation, entries, chained, signature)
    decided = decide(batch, entries)
    _correct(work, device, request.incarnation, entries, expected, decided)
    try_what_came_early(batch)
    return [
        EntryDecision(received.seq, decision, received.code, received.message)
        for received, decision in zip(entries, decided, strict=True)
        if decision != "accepted"
    ]


def _store(
    work: Work,
    device: Device,
    incarnation: int,
    entries: Sequence[Received],
    chained: Sequence[bytes],
    signature: bytes | None,
) -> list[Decision]:
    """Store entries as if no rule would refuse them; returns what they are stored as."""
    expected = [decision_of(received) for received in entries]
    insert_columns(
        work.connection,
        t.entry,
        {
            "programme_id": [work.programme_id] * len(entries),
            "device_id": [device.device_id] * len(entries),
            "incarnation": [incarnation] * len(entries),
            "seq": [received.seq for received in entries],
            "event_id": [received.event_id for received in entries],
            "type": [received.type for received in entries],
            "raw": [received.raw for received in entries],
            "link": chained,
            "decision": expected,
            "code": [received.code for received in entries],
            "message": [received.message for received in entries],
            "received_ms": [work.now_ms] * len(entries),
        },
    )
    last_seq, signed_seq = entries[-1].seq, entries[-1].seq
    if signature is None:  # what the device signed last covers the chain up to there
        chains = work.find(t.chain, "device_id", [device.device_id])
        signed = {c.incarnation: (c.signed_seq, bytes(c.signature)) for c in chains}
        signed_seq, signature = signed.get(incarnation, (0, b""))
    work.add_or_replace(
        t.chain, device.device_id, incarnation, last_seq, chained[-1], signed_seq, signature
    )
    return expected


def _correct(
    work: Work,
    device: Device,
    incarnation: int,
    entries: Sequence[Received],
    expected: Sequence[Decision],
    decided: Sequence[Decision],
) -> None:
    """Store what was decided of the entries that a rule refused."""
    place = (device.device_id, incarnation)
    update_rows(
        work.connection,
        t.entry,
        ["device_id", "incarnation", "seq"],
        ["decision", "code", "message"],
        [
            (*place, received.seq, decision, received.code, received.message)
            for received, before, decision in zip(entries, expected, decided, strict=True)
            if decision != before
        ],
        programme_id=work.programme_id,
    )
