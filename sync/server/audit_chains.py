"""What `guichet-server audit` proves of the journals, recomputed entry by entry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
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
    for place, entries in groupby(rows, key=itemgetter(0, 1)):
        yield from _chain(place, entries, heads.pop(place, None), keys)
    for device_id, incarnation in heads:
        yield f"chain {device_id}/{incarnation}: it has a head and no entries"


def _chain(
    place: tuple[UUID, int], entries: Iterable[Any], head: Any, keys: dict[UUID, bytes]
) -> Iterator[str]:
    """Go through one chain; an audit does this for each entry there ever was."""
    chain = f"{place[0]}/{place[1]}"
    signed_seq = None if head is None else head.signed_seq
    seq, link, signed = 0, genesis(*place), b""
    for _, _, number, kind, decision, raw, told in entries:
        if number != seq + 1:
            yield f"entry {chain}/{number}: it follows {seq}, a gap"
        if link and raw and next_link(link, raw) != told:
            yield f"entry {chain}/{number}: its bytes don't give its link"
        # Where the counter's disk lost the bytes, what it said of them
        seq, link = number, told
        if decision == "accepted":
            if not raw:
                yield f"entry {chain}/{number}: it counts, and its bytes aren't here"
            if signed_seq is not None and number > signed_seq and kind in _HELD:
                yield f"entry {chain}/{number}: it counts, and the device never signed it"
        if number == signed_seq:
            signed = link
    yield from _head(head, keys, place, (seq, link), signed)


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
