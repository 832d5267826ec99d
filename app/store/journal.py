"""The journal inside one transaction: appending, what is unsent, confirming, a new incarnation."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, func, insert, select, true, update

from app.domain.entry import (
    Actor,
    Entry,
    Event,
    Stamp,
    canonical_body,
    genesis,
    next_link,
)
from app.domain.errors import Unavailable
from app.domain.lean import dataclass
from app.domain.server_time import Contact
from app.ports.clock import Clock
from app.ports.sync_store import BrokenPlace, Decided, Heads, StoredBlob, UnsentRun, UrgentCopy
from app.store.tables import blob, chain, journal, journal_archive, seat, state

_HEAD: Final = select(
    seat.c.device_id,
    chain.c.incarnation,
    chain.c.last_seq,
    chain.c.last_link,
    state.c.last_contact_ms,
    state.c.offset_ms,
    state.c.contact_boot_id,
    state.c.contact_boot_ms,
).select_from(
    seat.join(chain, chain.c.incarnation == seat.c.incarnation).join(state, true())  # one row each
)

_INSERT_ENTRY: Final = insert(journal)
_INSERT_BLOB: Final = insert(blob)
_SAVE_HEAD: Final = (
    update(chain)
    .where(chain.c.incarnation == bindparam("of"))
    .values(last_seq=bindparam("seq"), last_link=bindparam("link"))
)
# Where a chain ends: what stood unconfirmed in an older one has gone to a newer
last_seq: Final = (
    select(func.coalesce(func.max(journal.c.seq), 0))
    .where(journal.c.incarnation == chain.c.incarnation)
    .scalar_subquery()
)
_CHAINS: Final = select(
    chain.c.incarnation, chain.c.confirmed_seq, last_seq.label("last_seq")
).order_by(chain.c.incarnation)
_CHAIN: Final = _CHAINS.where(chain.c.incarnation == bindparam("of"))
_OFFERED: Final = _CHAINS.where(last_seq > chain.c.confirmed_seq)
_OLDEST_OFFERED: Final = _OFFERED.limit(1)
_SAVE_CONFIRMED: Final = (
    update(chain)
    .where(chain.c.incarnation == bindparam("of"))
    .values(confirmed_seq=bindparam("seq"))
)
_BODIES_AFTER: Final = (
    select(journal.c.seq, journal.c.body, journal.c.link)
    .where(journal.c.incarnation == bindparam("of"), journal.c.seq > bindparam("after"))
    .order_by(journal.c.seq)
    .limit(bindparam("count"))
)
_ENTRIES_AFTER: Final = _BODIES_AFTER.add_columns(journal.c.event_id)
_PLACES: Final = (
    select(journal.c.seq, journal.c.event_id, journal.c.link, journal.c.type, journal.c.wall_ms)
    .where(
        journal.c.incarnation == bindparam("of"),
        journal.c.seq.between(bindparam("first"), bindparam("last")),
    )
    .order_by(journal.c.seq)
)
_BLOBS_BETWEEN: Final = (
    select(journal.c.seq, blob.c.commitment, blob.c.salt, blob.c.content)
    .join(journal, journal.c.event_id == blob.c.event_id)
    .where(
        journal.c.incarnation == bindparam("of"),
        journal.c.seq.between(bindparam("first"), bindparam("last")),
    )
    .order_by(journal.c.seq, blob.c.commitment)
)
_URGENT: Final = (
    select(journal.c.event_id, journal.c.body)
    .join(chain, chain.c.incarnation == journal.c.incarnation)
    .where(
        journal.c.urgent == "waiting",
        journal.c.seq > chain.c.confirmed_seq,
        journal.c.body != b"",
    )
    .order_by(journal.c.incarnation, journal.c.seq)
    .limit(bindparam("count"))
)
_BLOBS_OF: Final = (
    select(blob.c.event_id, blob.c.commitment, blob.c.salt, blob.c.content)
    .where(blob.c.event_id.in_(bindparam("of_events", expanding=True)))
    .order_by(blob.c.commitment)
)
_DELIVERED: Final = (
    update(journal).where(journal.c.event_id == bindparam("of_event")).values(urgent="delivered")
)
_DECIDE: Final = (
    update(journal)
    .where(journal.c.incarnation == bindparam("of"), journal.c.seq == bindparam("at"))
    .values(decision=bindparam("decided"), code=bindparam("why"), message=bindparam("text"))
)
_FORGET_DECISIONS: Final = (
    update(journal)
    .where(
        journal.c.incarnation == bindparam("of"),
        journal.c.seq > bindparam("after"),
        journal.c.decision.is_not(None),
    )
    .values(decision=None, code="", message="")
)
_RECHAIN: Final = (
    update(journal)
    .where(journal.c.event_id == bindparam("of_event"))
    .values(
        incarnation=bindparam("to"),
        seq=bindparam("at"),
        body=bindparam("new_body"),
        link=bindparam("new_link"),
    )
)


class Journal:
    """The chain's end while one transaction appends to it; `flush` before the commit."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock
        head = connection.execute(_HEAD).one_or_none()
        if head is None:
            raise Unavailable("not_enrolled", "This seat is not enrolled yet.")
        self._device_id: UUID = head.device_id
        self._incarnation: int = head.incarnation
        self._seq: int = head.last_seq
        self._link: bytes = head.last_link
        self._contact: Contact | None = None
        if head.offset_ms is not None:
            self._contact = Contact(*head[-4:])

    def append(
        self,
        event: Event,
        event_id: UUID,
        actor: Actor,
        blobs: Sequence[StoredBlob],
        *,
        urgent: bool,
    ) -> Entry:
        boot = self._clock.boot()
        wall_ms = self._clock.now_ms()
        offset_ms = None if self._contact is None else self._contact.offset_at(wall_ms, boot)
        seq = self._seq + 1
        body = canonical_body(
            event,
            event_id=event_id,
            device_id=self._device_id,
            incarnation=self._incarnation,
            seq=seq,
            actor=actor,
            stamp=Stamp(wall_ms, *boot, offset_ms),
        )
        link = next_link(self._link, body)
        self._connection.execute(
            _INSERT_ENTRY,
            {
                "incarnation": self._incarnation,
                "seq": seq,
                "event_id": event_id,
                "type": event.TYPE,
                "wall_ms": wall_ms,
                "shift_id": actor.shift_id,
                "body": body,
                "link": link,
                "urgent": "waiting" if urgent else None,
                "code": "",
                "message": "",
            },
        )
        for item in blobs:
            self._connection.execute(
                _INSERT_BLOB,
                {
                    "commitment": item.commitment,
                    "event_id": event_id,
                    "salt": item.salt,
                    "content": item.content,
                },
            )
        self._seq, self._link = seq, link
        return Entry(
            event_id=event_id,
            device_id=self._device_id,
            incarnation=self._incarnation,
            seq=seq,
            type=event.TYPE,
            body=body,
            link=link,
        )

    def flush(self) -> None:
        self._connection.execute(
            _SAVE_HEAD, {"of": self._incarnation, "seq": self._seq, "link": self._link}
        )


def start_chain(connection: Connection, device_id: UUID, incarnation: int) -> None:
    """Begin an empty chain."""
    connection.execute(
        insert(chain),
        {
            "incarnation": incarnation,
            "last_seq": 0,
            "last_link": genesis(device_id, incarnation),
            "confirmed_seq": 0,
            "safe_seq": 0,
            "pruned_seq": 0,
        },
    )


def unsent_run(
    connection: Connection, *, max_entries: int, max_bytes: int, behind: int = 0
) -> UnsentRun | None:
    """The oldest unconfirmed entries, or those behind `behind` in their chain; None without any.

    Bodies and blobs together stay within `max_bytes`, but for the first entry, which always goes.
    """
    place = connection.execute(_OLDEST_OFFERED).one_or_none()
    if place is None:
        return None
    after = behind or place.confirmed_seq
    if after >= place.last_seq:
        return None
    return _run(
        connection, place.incarnation, after=after, max_entries=max_entries, max_bytes=max_bytes
    )


def all_runs(connection: Connection, *, max_entries: int, max_bytes: int) -> list[UnsentRun]:
    """All entries, sent or not, of all incarnations, the oldest first."""
    runs: list[UnsentRun] = []
    for place in connection.execute(_CHAINS).all():
        after = 0
        while after < place.last_seq:
            run = _run(
                connection,
                place.incarnation,
                after=after,
                max_entries=max_entries,
                max_bytes=max_bytes,
            )
            runs.append(run)
            after = run.last_seq
    return runs


def _run(
    connection: Connection, incarnation: int, *, after: int, max_entries: int, max_bytes: int
) -> UnsentRun:
    rows = connection.execute(
        _BODIES_AFTER, {"of": incarnation, "after": after, "count": max(max_entries, 1)}
    ).all()
    seqs, bodies, links = zip(*rows, strict=True)
    if not any(links):  # nothing to sign: as far as a hash is known again
        return _run(
            connection,
            incarnation,
            after=after,
            max_entries=2 * max_entries,
            max_bytes=max_bytes,
        )
    sizes = list(map(len, bodies))
    blobs = connection.execute(
        _BLOBS_BETWEEN, {"of": incarnation, "first": seqs[0], "last": seqs[-1]}
    ).all()
    for item in blobs:
        sizes[item.seq - seqs[0]] += len(item.content)  # a chain has no gaps
    end = max(1, bisect_right(list(accumulate(sizes)), max_bytes))
    if not links[end - 1]:
        known = [place for place, link in enumerate(links, start=1) if link]
        end = max((place for place in known if place < end), default=known[0])
    last = seqs[end - 1]
    return UnsentRun(
        incarnation=incarnation,
        first_seq=seqs[0],
        bodies=bodies[:end],
        blobs=tuple([StoredBlob(*item[1:]) for item in blobs if item.seq <= last]),
        last_seq=last,
        head_link=links[end - 1],
        broken=() if all(bodies) else _broken(connection, incarnation, rows[:end]),
    )


def _broken(
    connection: Connection, incarnation: int, rows: Sequence[Row[Any]]
) -> tuple[BrokenPlace, ...]:
    """Where the chain's hash has to be told, of rows the first of which the server can join on."""
    broken, is_known = set(), True
    for seq, body, link in rows:
        if not (body and is_known):
            broken.add(seq)
        is_known = bool(link)
    span = {"of": incarnation, "first": rows[0].seq, "last": rows[-1].seq}
    places = connection.execute(_PLACES, span)
    return tuple([BrokenPlace(*row) for row in places if row.seq in broken])


def urgent_copies(connection: Connection, limit: int) -> list[UrgentCopy]:
    """Urgent entries that are neither delivered nor confirmed, oldest first."""
    rows = connection.execute(_URGENT, {"count": limit}).all()
    if not rows:
        return []
    blobs: dict[UUID, list[StoredBlob]] = {row.event_id: [] for row in rows}
    for event_id, *item in connection.execute(_BLOBS_OF, {"of_events": list(blobs)}):
        blobs[event_id].append(StoredBlob(*item))
    return [UrgentCopy(row.event_id, row.body, tuple(blobs[row.event_id])) for row in rows]


def mark_delivered(connection: Connection, event_id: UUID) -> None:
    """An urgent copy has arrived; its chain copy still has to."""
    connection.execute(_DELIVERED, {"of_event": event_id})


@dataclass(frozen=True, slots=True)
class Span:
    """Consecutive entries of one chain, `first_seq` and `last_seq` included."""

    incarnation: int
    first_seq: int
    last_seq: int


def confirm_up_to(
    connection: Connection, incarnation: int | None, head_seq: int, decided: Iterable[Decided]
) -> Span | None:
    """Move a chain's confirmed end to `head_seq`; None when it was there already.

    Args:
        connection: the transaction.
        incarnation: the chain's, None for the one in use.
        head_seq: what the server has of it.
        decided: what the server decided, where it is more than 'accepted'.

    Raises:
        ValueError: the server claims entries that this chain doesn't have.
    """
    if incarnation is None:
        incarnation = connection.execute(select(seat.c.incarnation)).scalar_one()
    place = connection.execute(_CHAIN, {"of": incarnation}).one_or_none()
    if place is None or head_seq > place.last_seq:
        raise ValueError(f"confirmed up to {head_seq}, beyond the end of the journal")
    before = place.confirmed_seq
    if head_seq <= before:
        return None
    decisions = [
        {"of": incarnation, "at": d.seq, "decided": d.decision, "why": d.code, "text": d.message}
        for d in decided
        if before < d.seq <= head_seq
    ]
    if decisions:
        connection.execute(_DECIDE, decisions)
    connection.execute(_SAVE_CONFIRMED, {"of": incarnation, "seq": head_seq})
    return Span(incarnation, before + 1, head_seq)


def unconfirm_after(connection: Connection, heads: Heads) -> list[Span]:
    """Offer again what the server has forgotten; returns what that is, chain by chain."""
    forgotten = []
    for incarnation, confirmed, _ in connection.execute(_CHAINS).all():
        head = heads.of(incarnation)
        if head is None or head[0] > confirmed:
            continue
        head_seq = head[0] if _is_ours(connection, incarnation, *head) else 0
        if head_seq == confirmed:
            continue
        connection.execute(_FORGET_DECISIONS, {"of": incarnation, "after": head_seq})
        connection.execute(_SAVE_CONFIRMED, {"of": incarnation, "seq": head_seq})
        forgotten.append(Span(incarnation, head_seq + 1, confirmed))
    return forgotten


def _is_ours(connection: Connection, incarnation: int, seq: int, link: bytes) -> bool:
    """Whether this chain has the hash there, as far as both are known."""
    place = {"of": incarnation, "first": seq, "last": seq}
    ours = connection.execute(_PLACES, place).one_or_none()
    return not link or ours is None or ours.link in (b"", link)


def rechain(connection: Connection, incarnation: int) -> None:
    """Offer the unconfirmed entries of all chains again under a new incarnation, after a fork.

    Event ids, times and payloads stay; incarnation and seq are part of the hashed bytes, so the
    bodies are encoded anew. The entries as they were are kept in `journal_archive`. One that can't
    be read any more keeps a place in the new chain, which its body will never fit. A second call
    with the same incarnation changes nothing.

    Raises:
        ValueError: the incarnation is older than the one in use.
    """
    head = connection.execute(_HEAD).one()
    if incarnation < head.incarnation:
        raise ValueError(f"incarnation {incarnation} is older than {head.incarnation}, in use")
    if incarnation == head.incarnation:
        return
    rows = [
        (place.incarnation, row)
        for place in connection.execute(_OFFERED).all()
        for row in connection.execute(
            _ENTRIES_AFTER,
            {"of": place.incarnation, "after": place.confirmed_seq, "count": place.last_seq},
        )
    ]
    start_chain(connection, head.device_id, incarnation)
    link = genesis(head.device_id, incarnation)
    old: list[dict[str, Any]] = []
    new: list[dict[str, Any]] = []
    for seq, (before, row) in enumerate(rows, start=1):
        body = _under(row.body, incarnation, seq)
        link = next_link(link, body)
        old.append({"incarnation": before, **row._mapping})
        new.append(
            {
                "of_event": row.event_id,
                "to": incarnation,
                "at": seq,
                "new_body": body,
                "new_link": link,
            }
        )
    if rows:
        connection.execute(insert(journal_archive), old)
        connection.execute(_RECHAIN, new)
    connection.execute(_SAVE_HEAD, {"of": incarnation, "seq": len(rows), "link": link})
    connection.execute(update(seat).values(incarnation=incarnation))


def _under(body: bytes, incarnation: int, seq: int) -> bytes:
    if not body:
        return body
    document = json.loads(body)
    document["incarnation"] = incarnation
    document["seq"] = seq
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
