"""The journal's entry: what it holds, its canonical bytes, and the chain that ties them.

An entry is hashed and signed as the exact bytes that were committed; nobody ever re-encodes it. The
chain of one device and incarnation starts at `genesis` and each link is
``SHA-256(previous link || body)``, so one signature over the last link covers all before it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar, Protocol
from uuid import UUID

from app.domain.lean import dataclass

ENTRY_VERSION = 1
MAX_ENTRY_BYTES = 16 * 1024


class Event(Protocol):
    """What happened: a frozen dataclass of ids, numbers and short codes (never personal data)."""

    TYPE: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Stamp:
    """When an entry was written, in clocks that can be compared later.

    Attributes:
        wall_ms: the PC's wall clock, milliseconds since 1970 UTC; may be wrong.
        boot_id: identifies one run of the operating system.
        boot_ms: milliseconds since that boot, sleep included; can't be set by anybody.
        offset_ms: measured server clock minus wall clock, or None before the first contact.
    """

    wall_ms: int
    boot_id: str
    boot_ms: int
    offset_ms: int | None


@dataclass(frozen=True, slots=True)
class Actor:
    """On whose behalf an entry is written; all None for what the device does by itself."""

    staff_id: UUID | None = None
    session_id: UUID | None = None
    shift_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One committed journal entry.

    Attributes:
        body: the canonical bytes (UTF-8 JSON, keys sorted, no blanks), at most MAX_ENTRY_BYTES.
        link: the chain's 32-byte hash at this entry.
    """

    event_id: UUID
    device_id: UUID
    incarnation: int
    seq: int
    type: str
    body: bytes
    link: bytes


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int | str):
        return str(value) if isinstance(value, StrEnum) else value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    raise TypeError(f"{type(value).__name__} has no place in a journal entry")


def canonical_body(
    event: Event,
    *,
    event_id: UUID,
    device_id: UUID,
    incarnation: int,
    seq: int,
    actor: Actor,
    stamp: Stamp,
) -> bytes:
    """Encode an entry as the bytes that are hashed, signed, stored and sent.

    Returns:
        UTF-8 JSON with sorted keys.

    Raises:
        TypeError: the event holds something other than ids, whole numbers, text, dates and tuples.
        ValueError: the result is longer than MAX_ENTRY_BYTES.
    """
    document = {
        "boot_id": stamp.boot_id,
        "boot_ms": stamp.boot_ms,
        "device_id": str(device_id),
        "event_id": str(event_id),
        "incarnation": incarnation,
        "offset_ms": stamp.offset_ms,
        "payload": _plain(event),
        "seq": seq,
        "session_id": _plain(actor.session_id),
        "shift_id": _plain(actor.shift_id),
        "staff_id": _plain(actor.staff_id),
        "type": event.TYPE,
        "v": ENTRY_VERSION,
        "wall_ms": stamp.wall_ms,
    }
    body = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    if len(body) > MAX_ENTRY_BYTES:
        raise ValueError(f"an entry of {len(body)} bytes is over the limit of {MAX_ENTRY_BYTES}")
    return body


def genesis(device_id: UUID, incarnation: int) -> bytes:
    """The link before a chain's first entry (32 bytes)."""
    return hashlib.sha256(
        b"guichet chain 1\0" + device_id.bytes + incarnation.to_bytes(8, "big")
    ).digest()


def next_link(link: bytes, body: bytes) -> bytes:
    """The chain's hash after one more entry (32 bytes)."""
    return hashlib.sha256(link + body).digest()


def links(start: bytes, bodies: Iterable[bytes]) -> list[bytes]:
    """The chain's hash after each of some consecutive entries."""
    out = []
    for body in bodies:
        start = next_link(start, body)
        out.append(start)
    return out


def place_name(device_id: UUID, incarnation: int, seq: int) -> bytes:
    """32 bytes in lieu of the hash at a place of which nothing is left; no body has them."""
    return hashlib.sha256(
        b"guichet place 1\0"
        + device_id.bytes
        + incarnation.to_bytes(8, "big")
        + seq.to_bytes(8, "big")
    ).digest()


def head_statement(device_id: UUID, incarnation: int, seq: int, link: bytes) -> bytes:
    """What a device signs with each upload: 'my chain ends here'."""
    return (
        b"guichet head 1\0"
        + device_id.bytes
        + incarnation.to_bytes(8, "big")
        + seq.to_bytes(8, "big")
        + link
    )


def leave_statement(
    device_id: UUID, incarnation: int, seq: int, link: bytes, signed_ms: int
) -> bytes:
    """What a device signs when its PC gives the seat up: 'my chain ends here for good'."""
    return (
        b"guichet leave 1\0"
        + device_id.bytes
        + incarnation.to_bytes(8, "big")
        + seq.to_bytes(8, "big")
        + link
        + signed_ms.to_bytes(8, "big")
    )


def stub_statement(
    device_id: UUID, incarnation: int, places: Iterable[tuple[int, UUID, bytes, bytes]]
) -> bytes:
    """What a device signs where its chain doesn't follow from the entries that it sends.

    Args:
        device_id: whose chain it is.
        incarnation: of the chain.
        places: (seq, event id, link, body); link and body are b"" where they are lost.
    """
    digest = hashlib.sha256()
    for seq, event_id, link, body in places:
        digest.update(seq.to_bytes(8, "big") + event_id.bytes)
        digest.update(hashlib.sha256(link).digest() + hashlib.sha256(body).digest())
    head = b"guichet stubs 1\0" + device_id.bytes + incarnation.to_bytes(8, "big")
    return head + digest.digest()


def copy_statement(body: bytes) -> bytes:
    """What a device signs on an entry that travels ahead of its chain."""
    return b"guichet copy 1\0" + hashlib.sha256(body).digest()


def commitment(salt: bytes, blob: bytes) -> str:
    """The hash that stands in the chain for personal data kept beside it (64 hex digits).

    Erasing blob and salt forgets the person; the chain still verifies.
    """
    return hashlib.sha256(salt + blob).hexdigest()
