"""What `guichet-server audit` proves of the journals, recomputed entry by entry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy.engine import Connection

from app.domain.entry import genesis, head_statement, next_link
from app.domain.honouring import WEIGHTY
from sync.server.store import tables as t
from sync.server.store.bulk import stream

# What a rescued disk may not say by itself
_HELD: Final = frozenset(kind.TYPE for kind in WEIGHTY)


def chains(connection: Connection) -> Iterator[str]:
    """Recompute every chain from its raw bytes, and check the signature over its head."""
    entry = t.entry
    heads = {
        (row.device_id, row.incarnation): row for row in connection.execute(sa.select(t.chain))
    }
    keys = {
        row.device_id: bytes(row.public_key)
        for row in connection.execute(sa.select(t.device.c.device_id, t.device.c.public_key))
    }
    rows = stream(
        connection,
        sa.select(
            entry.c.device_id,
            entry.c.incarnation,
            entry.c.seq,
            entry.c.type,
            entry.c.decision,
            entry.c.raw,
            entry.c.link,
        ).order_by(entry.c.programme_id, entry.c.device_id, entry.c.incarnation, entry.c.seq),
    )
    place: tuple[UUID, int] | None = None
    seq, link, signed = 0, b"", b""
    for row in rows:
        name = f"entry {row.device_id}/{row.incarnation}/{row.seq}"
        if (row.device_id, row.incarnation) != place:
            if place is not None:
                yield from _head(heads.pop(place, None), keys, place, (seq, link), signed)
            place = (row.device_id, row.incarnation)
            seq, link, signed = 0, genesis(*place), b""
        if row.seq != seq + 1:
            yield f"{name}: it follows {seq}, a gap"
        if link and row.raw:
            link = next_link(link, bytes(row.raw))
            if link != bytes(row.link):
                yield f"{name}: its bytes don't give its link"
        link = bytes(row.link)  # where the counter's disk lost the bytes, what it said of them
        if not row.raw and row.decision == "accepted":
            yield f"{name}: it counts, and its bytes aren't here"
        seq = row.seq
        head = heads.get(place)
        if head is not None and seq == head.signed_seq:
            signed = link
        unsigned = head is not None and seq > head.signed_seq
        if unsigned and row.type in _HELD and row.decision == "accepted":
            yield f"{name}: it counts, and the device never signed it"
    if place is not None:
        yield from _head(heads.pop(place, None), keys, place, (seq, link), signed)
    for device_id, incarnation in heads:
        yield f"chain {device_id}/{incarnation}: it has a head and no entries"


def _head(
    head: Any,
    keys: dict[UUID, bytes],
    place: tuple[UUID, int],
    last: tuple[int, bytes],
    signed: bytes,
) -> Iterator[str]:
    """Check a chain's end; what a device could not sign any more came from its rescued disk."""
    name = f"chain {place[0]}/{place[1]}"
    if head is None or (head.head_seq, bytes(head.head_link)) != last:
        yield f"{name}: its head isn't its last entry"
        return
    if head.signed_seq == 0:
        return
    try:
        Ed25519PublicKey.from_public_bytes(keys[place[0]]).verify(
            bytes(head.signature), head_statement(*place, head.signed_seq, signed)
        )
    except (InvalidSignature, KeyError, ValueError):
        yield f"{name}: the device's signature doesn't fit its head"
