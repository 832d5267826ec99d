"""From an entry's raw bytes to a typed event; what can't be read becomes an exception."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import fields
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final, get_type_hints
from uuid import UUID

import msgspec

from app.domain.entry import ENTRY_VERSION, MAX_ENTRY_BYTES
from app.domain.events import EVENT_TYPES
from app.domain.ledger import MAX_POINTS


@lru_cache(maxsize=4_096)
def _shared(text: str | None) -> UUID | None:
    """One object for an id that stands in many entries, which makes its comparisons cheap."""
    return msgspec.convert(text, UUID | None)


class Envelope(msgspec.Struct, frozen=True, gc=False):
    """What stands around every payload.

    Ids that are the same in many entries stay text until they are asked for.
    """

    event_id: UUID
    incarnation: int
    seq: int
    payload: msgspec.Raw
    type: str
    v: int
    wall_ms: int
    boot_id: str
    boot_ms: int
    offset_ms: int | None
    device: str = msgspec.field(name="device_id")
    session: str | None = msgspec.field(name="session_id")
    shift: str | None = msgspec.field(name="shift_id")
    staff: str | None = msgspec.field(name="staff_id")

    @property
    def device_id(self) -> UUID:
        device_id = _shared(self.device)
        assert device_id is not None
        return device_id

    @property
    def session_id(self) -> UUID | None:
        return _shared(self.session)

    @property
    def shift_id(self) -> UUID | None:
        return _shared(self.shift)

    @property
    def staff_id(self) -> UUID | None:
        return _shared(self.staff)


class Received(msgspec.Struct):
    """One entry as it came in, and what was made of it.

    Attributes:
        raw: b"" where the device doesn't have the entry any more.
        envelope, event: None where the bytes can't be read; then `code` says why.
        code, message: why it is an exception, '' otherwise.
        copied: the same event has been decided already (an urgent copy, an older incarnation).
        confirmed: as part of a chain, so that nothing is left to decide.
        named: the type of a lost entry, as its device says.
        held: nothing that its device signed covers it.
    """

    seq: int
    raw: bytes
    event_id: UUID
    envelope: Envelope | None = None
    event: Any = None
    code: str = ""
    message: str = ""
    copied: bool = False
    confirmed: bool = False
    named: str = ""
    held: bool = False

    @property
    def type(self) -> str:
        return self.envelope.type if self.envelope is not None else self.named

    @property
    def texts(self) -> list[str]:
        """The commitments to what people wrote that the entry names."""
        named = (getattr(self.event, name) for name in TEXTS_OF.get(type(self.event), ()))
        return [commitment for commitment in named if commitment is not None]

    @property
    def at_ms(self) -> int:
        """When it happened, by the server's clock as far as the device knew it."""
        assert self.envelope is not None
        return self.envelope.wall_ms + (self.envelope.offset_ms or 0)


TEXTS_OF: Final[dict[type, tuple[str, ...]]] = {
    kind: tuple(field.name for field in fields(kind) if field.name.endswith("_hash"))
    for kind in EVENT_TYPES.values()
}
"""The fields of each event that commit to what people wrote; most have none."""

_VERSIONS: Final = frozenset(range(1, ENTRY_VERSION + 1))
_UNTOLD: Final = UUID(int=0)
# The database has no place for this character in a text
_NUL: Final = b"\\u0000"
_SHARED: Final = attrgetter("device", "session", "shift", "staff")
_ENVELOPE: Final = msgspec.json.Decoder(Envelope)
_PAYLOAD: Final[dict[str, msgspec.json.Decoder[Any]]] = {
    name: msgspec.json.Decoder(kind) for name, kind in EVENT_TYPES.items()
}
_NUMBERS: Final = {
    name: tuple(
        field.name
        for field in fields(kind)
        if get_type_hints(kind)[field.name] in (int, int | None)
    )
    for name, kind in EVENT_TYPES.items()
}


def place_id(device_id: UUID, incarnation: int, seq: int) -> UUID:
    """An id for an entry that doesn't tell its own."""
    name = f"guichet entry {device_id} {incarnation} {seq}".encode()
    return UUID(bytes=hashlib.sha256(name).digest()[:16])


def read_entry(raw: bytes, *, device_id: UUID, incarnation: int, seq: int) -> Received:
    """Read one entry of a chain; never raises for what a device may send."""
    received = Received(seq, raw, _UNTOLD)
    problem = _read(received)
    envelope = received.envelope
    if not problem and envelope is not None:
        place = (envelope.seq, envelope.incarnation, envelope.device_id)
        if place != (seq, incarnation, device_id):
            problem = "The entry names another place than it stands in"
            received.event_id = _UNTOLD
    if received.event_id is _UNTOLD:
        received.event_id = place_id(device_id, incarnation, seq)
    if problem:
        received.code, received.message = "malformed", problem
        received.event = None
    return received


def read_entries(
    bodies: Sequence[bytes], *, device_id: UUID, incarnation: int, first_seq: int
) -> list[Received]:
    """Read consecutive entries of a chain, as `read_entry` reads each; never raises.

    A run without anything to object to, which is nearly every one, is looked at column by column.
    """
    run = _read_run(bodies, device_id=device_id, incarnation=incarnation, first_seq=first_seq)
    if run is not None:
        return run
    return [
        read_entry(body, device_id=device_id, incarnation=incarnation, seq=seq)
        for seq, body in enumerate(bodies, start=first_seq)
    ]


def _read_run(
    bodies: Sequence[bytes], *, device_id: UUID, incarnation: int, first_seq: int
) -> list[Received] | None:
    """The entries where none of them is to be objected to, else None."""
    if max(map(len, bodies)) > MAX_ENTRY_BYTES or _NUL in b"".join(bodies):
        return None
    seqs = range(first_seq, first_seq + len(bodies))
    try:
        envelopes = list(map(_ENVELOPE.decode, bodies))
        for texts in map(set, zip(*map(_SHARED, envelopes), strict=True)):
            for text in texts:
                _shared(text)
        events = [_PAYLOAD[each.type].decode(each.payload) for each in envelopes]
    except (KeyError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    places = {(each.incarnation, each.device) for each in envelopes}
    if any((of, _shared(device)) != (incarnation, device_id) for of, device in places):
        return None
    if [each.seq for each in envelopes] != list(seqs):
        return None
    if not {each.v for each in envelopes} <= _VERSIONS:
        return None
    numbers = [map(attrgetter("wall_ms"), envelopes), map(attrgetter("offset_ms"), envelopes)]
    alike: defaultdict[str, list[Any]] = defaultdict(list)
    for envelope, event in zip(envelopes, events, strict=True):
        alike[envelope.type].append(event)
    for name, group in alike.items():
        numbers += [map(attrgetter(number), group) for number in _NUMBERS[name]]
    if not all(map(_all_bounded, numbers)):
        return None
    return [
        Received(seq, body, envelope.event_id, envelope, event)
        for seq, body, envelope, event in zip(seqs, bodies, envelopes, events, strict=True)
    ]


def read_copy(raw: bytes) -> Received:
    """Read an entry that travels by itself; its place is what it says."""
    received = Received(0, raw, _UNTOLD)
    problem = _read(received)
    if received.envelope is not None:
        received.seq = received.envelope.seq
    if problem:
        received.code, received.message = "malformed", problem
    return received


def _read(received: Received) -> str:
    """Fill in envelope and event; returns what is wrong, or ''."""
    raw = received.raw
    if len(raw) > MAX_ENTRY_BYTES:
        return "The entry is longer than an entry may be"
    if _NUL in raw:
        return "The entry holds a character that can't be stored"
    try:
        envelope = _ENVELOPE.decode(raw)
        for shared in (envelope.device, envelope.session, envelope.shift, envelope.staff):
            _shared(shared)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError):
        return "The entry can't be read"
    if not (_bounded(envelope.wall_ms) and _bounded(envelope.offset_ms)):
        return "The entry's time is out of bounds"
    received.envelope = envelope
    received.event_id = envelope.event_id
    if envelope.v not in _VERSIONS:
        return "The entry is of a version that this server doesn't know"
    decoder = _PAYLOAD.get(envelope.type)
    if decoder is None:
        return "The entry is of a type that this server doesn't know"
    try:
        event = decoder.decode(envelope.payload)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError):
        return "The entry's payload doesn't fit its type"
    for name in _NUMBERS[envelope.type]:
        if not _bounded(getattr(event, name)):
            return "A number in the entry is out of bounds"
    received.event = event
    return ""


def _bounded(number: int | None) -> bool:
    return number is None or -MAX_POINTS <= number <= MAX_POINTS


def _all_bounded(numbers: Iterable[int | None]) -> bool:
    there = [number for number in numbers if number is not None]
    return not there or (min(there) >= -MAX_POINTS and max(there) <= MAX_POINTS)
