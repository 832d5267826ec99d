"""Filling a lost entry's place, once its body has come after all: it is decided then, once.

What was refused because it speaks of that entry is tried again behind it; what a person has settled
meanwhile stays as that person settled it.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from app.domain.entry import genesis, next_link
from app.domain.events import RatingDetailed, RatingRecorded, RedemptionRequested
from app.domain.honouring import DEPENDING
from sync.protocol.messages import EntryDecision
from sync.server import vouchers
from sync.server.batch import Batch
from sync.server.cases import write_cases
from sync.server.deciding import HANDLERS, apply, decide, decision_of, load, set_aside
from sync.server.devices import Device, find_device
from sync.server.exceptions import open_exceptions, settle
from sync.server.reading import Received, read_copy, read_entry
from sync.server.store import tables as t
from sync.server.store.bulk import update_rows
from sync.server.stubs import TEXTLESS
from sync.server.work import Work

_CLOCKS_APART_MS: Final = 86_400_000
"""So far PCs' clocks may differ for what one recorded of another's rating to be found by itself."""
_BEHIND_RATINGS: Final = frozenset({"unknown_rating", "unknown_case"})


@dataclass(frozen=True, slots=True)
class Found:
    """The body of a lost entry, proved by the chain's hash at its place."""

    seq: int
    body: bytes
    link: bytes


def fill(
    work: Work,
    device: Device,
    incarnation: int,
    found: Sequence[Found],
    *,
    aside: Set[int] = frozenset(),
) -> list[EntryDecision]:
    """Put bodies in their places and decide them; returns what isn't accepted.

    Args:
        work: the transaction.
        device: whose chain it is; locked by the caller.
        incarnation: of the chain.
        found: in order; each place holds no bytes as yet.
        aside: places of entries that the server fails at, to stay exceptions.
    """
    by_place = {each.seq: each for each in found}
    rows = {row.seq: row for row in _entries(work, device, incarnation, list(by_place))}
    waiting = _open_exceptions(work, [row.event_id for row in rows.values()])
    entries = [
        read_entry(f.body, device_id=device.device_id, incarnation=incarnation, seq=f.seq)
        for f in found
    ]
    set_aside(entries, aside)
    to_decide = [r for r in entries if rows[r.seq].event_id in waiting]
    batch = _batch(work, device, [(incarnation, received) for received in to_decide])
    batch.exceptions.update(waiting)
    load(batch, to_decide)
    for received in to_decide:  # of which nothing was known but its place
        if received.event_id not in waiting:
            settle(batch, waiting[rows[received.seq].event_id], "noted", "", None)
    decided = dict(zip((r.seq for r in to_decide), decide(batch, to_decide), strict=True))
    unsettled = waiting.keys() & batch.exceptions.keys()
    for received in to_decide:  # such as were known by their copies, and refused
        if received.event_id in unsettled and not (received.code or received.confirmed):
            settle(batch, waiting[received.event_id], "noted", "", None)
    batch.write()
    open_exceptions(work, device, [r for r in to_decide if r.code], anew=True)
    for received in entries:
        if received.seq not in decided:  # a person settled it, and only the bytes are new
            row = rows[received.seq]
            received.code, received.message = row.code, row.message
            decided[received.seq] = row.decision
    update_rows(
        work.connection,
        t.entry,
        ["device_id", "incarnation", "seq"],
        ["event_id", "type", "raw", "link", "decision", "code", "message"],
        [
            (
                device.device_id,
                incarnation,
                received.seq,
                received.event_id,
                received.type,
                received.raw,
                by_place[received.seq].link,
                decided[received.seq],
                received.code,
                received.message,
            )
            for received in entries
        ],
        programme_id=work.programme_id,
    )
    applied = [received for received in to_decide if not received.code]
    if codes := _waiting_for(applied):
        _try_again(work, device, incarnation, applied[0].seq, codes)
    return [
        EntryDecision(received.seq, decided[received.seq], received.code, received.message)
        for received in entries
        if decided[received.seq] != "accepted"
    ]


def decide_anew(work: Work, device: Device, incarnation: int, seqs: Set[int]) -> None:
    """Decide what was refused for want of its text, which is here now, and what depends on it."""
    _try_again(work, device, incarnation, min(seqs) - 1, DEPENDING | {TEXTLESS})


def fill_from_copy(work: Work, device: Device, places: Sequence[Any], body: bytes) -> None:
    """Fill the places that an entry left which has come as a copy now, if the hash fits."""
    for row in places:
        if row.raw or row.device_id != device.device_id:
            continue
        before = _entries(work, device, row.incarnation, [row.seq - 1])
        start = genesis(device.device_id, row.incarnation)
        link = bytes(before[0].link) if before else start
        if link and next_link(link, body) == bytes(row.link):
            fill(work, device, row.incarnation, [Found(row.seq, body, bytes(row.link))])


def try_what_came_early(of: Batch) -> None:
    """Decide what desks recorded of cases that `of` opened, which they heard of before the server.

    A counter brings its low ratings to its office's desks by itself, and a desk's entry may come
    here first. What came to a rating that was lost and found stays a manager's to honour.
    """
    if not of.opened:
        return
    work, entry, item = of.work, t.entry, t.exception_item
    same = (item.c.programme_id == entry.c.programme_id) & (item.c.exception_id == entry.c.event_id)
    rows = work.connection.execute(
        sa.select(entry)
        .join(item, same)
        .where(
            item.c.programme_id == work.programme_id,
            # An entry's id says when it was made: nothing older can speak of these cases
            item.c.exception_id >= _first_id(min(of.opened.values()) - _CLOCKS_APART_MS),
            item.c.office_id == of.device.office_id,
            item.c.state == "open",
            item.c.code == "unknown_case",
        )
        .order_by(entry.c.received_ms, entry.c.device_id, entry.c.incarnation, entry.c.seq)
    ).all()
    for row in rows:
        event = _read_again(row).event
        if getattr(event, "case_id", None) in of.opened:
            device = find_device(work.connection, row.device_id)
            assert device is not None, "an entry is of a device"
            _decide_again(work, device, [row])


def _first_id(at_ms: int) -> UUID:
    """The lowest id that can have been made then."""
    return UUID(int=max(0, at_ms) << 80)


def _entries(work: Work, device: Device, incarnation: int, seqs: Sequence[int]) -> Sequence[Any]:
    entry = t.entry
    return work.connection.execute(
        work.mine(entry).where(
            entry.c.device_id == device.device_id,
            entry.c.incarnation == incarnation,
            entry.c.seq.in_(seqs),
        )
    ).all()


def _open_exceptions(work: Work, ids: Sequence[UUID]) -> dict[UUID, Any]:
    found = work.find(t.exception_item, "exception_id", ids, lock=True)
    return {row.exception_id: row for row in found if row.state == "open"}


def _batch(work: Work, device: Device, entries: Sequence[tuple[int, Received]]) -> Batch:
    """What a shut-out device says is held, and what nothing that it signed covers.

    `entries` are (incarnation, entry).
    """
    batch = Batch(work, device)
    batch.held, batch.handlers = device.revoked, HANDLERS
    chains = work.find(t.chain, "device_id", [device.device_id])
    signed_seq = {chain.incarnation: chain.signed_seq for chain in chains}
    for incarnation, received in entries:
        received.held = received.seq > signed_seq[incarnation]
    return batch


def _waiting_for(applied: Sequence[Received]) -> frozenset[str]:
    """Why entries may wait for these; few do for what comes as a copy, while a customer waits."""
    kinds = {type(received.event) for received in applied}
    if kinds <= {RedemptionRequested}:
        return frozenset()
    if kinds <= {RedemptionRequested, RatingRecorded, RatingDetailed}:
        return _BEHIND_RATINGS
    return DEPENDING


def _try_again(work: Work, device: Device, incarnation: int, behind: int, codes: Set[str]) -> None:
    """Decide what stands behind a place that was filled, and may have waited for that."""
    entry, item = t.entry, t.exception_item
    same = (item.c.programme_id == entry.c.programme_id) & (item.c.exception_id == entry.c.event_id)
    rows = work.connection.execute(
        sa.select(entry, item.c.exception_id)
        .join(item, same)
        .where(
            entry.c.programme_id == work.programme_id,
            entry.c.device_id == device.device_id,
            (entry.c.incarnation > incarnation)
            | ((entry.c.incarnation == incarnation) & (entry.c.seq > behind)),
            entry.c.decision == "exception",
            entry.c.code.in_(codes),
            item.c.state == "open",
        )
        .order_by(entry.c.incarnation, entry.c.seq)
    ).all()
    _decide_again(work, device, rows)


def _decide_again(work: Work, device: Device, rows: Sequence[Any]) -> None:
    """Decide a device's entries that are exceptions, unless a person has settled them."""
    waiting = _open_exceptions(work, [row.event_id for row in rows])
    rows = [row for row in rows if row.event_id in waiting]  # people settle some until the lock
    if not rows:
        return
    entries = [_read_again(row) for row in rows]
    numbers = [row.incarnation for row in rows]
    batch = _batch(work, device, list(zip(numbers, entries, strict=True)))
    load(batch, entries, are_stored=True)
    decided = []
    for row, received in zip(rows, entries, strict=True):
        apply(batch, received)
        if not received.code:
            settle(batch, waiting[row.event_id], "noted", "", None)
        place = (device.device_id, row.incarnation, row.seq)
        decided.append((*place, decision_of(received), received.code, received.message))
    batch.write()
    write_cases(batch)
    vouchers.publish(work, batch.used_shelves)
    refused = [received for received in entries if received.code]
    open_exceptions(work, device, [*refused, *batch.remarked], anew=True)
    update_rows(
        work.connection,
        t.entry,
        ["device_id", "incarnation", "seq"],
        ["decision", "code", "message"],
        decided,
        programme_id=work.programme_id,
    )


def _read_again(row: Any) -> Received:
    """A stored entry as it came; one without bytes is known by its copy, as `load` finds it."""
    if row.raw:
        return read_copy(bytes(row.raw))
    return Received(row.seq, b"", row.event_id, code=row.code, message=row.message, named=row.type)
