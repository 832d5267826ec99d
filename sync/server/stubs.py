"""Places of a chain whose entries the device doesn't have any more.

Its disk lost them, or it let go of them to a backup of this server's that turns out to lack them.

The device tells the hash that the chain has there, so the chain goes on, and the body is known by
that hash when it comes after all: from a copy that travelled ahead, a rescued disk, or the device
itself. Until then the place holds no bytes and is an exception, code 'unreadable'.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.domain.entry import links, next_link, stub_statement
from app.domain.events import EVENT_TYPES
from sync.protocol.messages import NOTHING, PushRequest, Stub
from sync.server.devices import Device
from sync.server.problems import ProblemError
from sync.server.reading import Received
from sync.server.store import tables as t
from sync.server.work import Work

UNREADABLE: Final = "unreadable"
TEXTLESS: Final = "blob_missing"
"""Of an entry that is here and whose text its disk lost."""
_LINK_BYTES: Final = 32
_LOST: Final = bytes(NOTHING)


def read_stubs(request: PushRequest, bodies: list[bytes]) -> dict[int, Stub]:
    """The upload's stubs by place; in `bodies` what is lost becomes b"".

    Raises:
        ProblemError: bad_request.
    """
    stubs: dict[int, Stub] = {}
    before = request.first_seq - 1
    for stub in request.stubs:
        place = stub.seq - request.first_seq
        if not before < stub.seq or place >= len(bodies):
            raise ProblemError("bad_request", "Stubs stand for entries of the upload, in order")
        if len(stub.link) not in (0, _LINK_BYTES) or (not stub.link and bodies[place] != _LOST):
            raise ProblemError("bad_request", "A stub has no such link")
        if bodies[place] == _LOST:
            bodies[place] = b""
        before, stubs[stub.seq] = stub.seq, stub
    last = stubs.get(request.first_seq + len(bodies) - 1)
    if last is not None and not last.link:
        raise ProblemError("bad_request", "The upload's end has no link")
    return stubs


def check_signed(device: Device, request: PushRequest, bodies: Sequence[bytes]) -> None:
    """Raises ProblemError('bad_signature') where the device didn't sign the upload's stubs."""
    statement = stub_statement(
        device.device_id,
        request.incarnation,
        [(s.seq, s.event_id, s.link, bodies[s.seq - request.first_seq]) for s in request.stubs],
    )
    try:
        Ed25519PublicKey.from_public_bytes(device.public_key).verify(
            request.stubs_signature, statement
        )
    except InvalidSignature as error:
        raise ProblemError("bad_signature", "The signature doesn't fit the stubs") from error


def link_up(
    start: bytes,
    bodies: list[bytes],
    stubs: Mapping[int, Stub],
    copies: Mapping[UUID, bytes],
    *,
    first_seq: int,
) -> list[bytes]:
    """The chain's hash after each entry; b"" where it is lost.

    A copy that travelled ahead takes its place in `bodies` if its hash fits.

    Raises:
        ProblemError: bad_request.
    """
    if not stubs:
        return links(start, bodies)
    link, chained = start, []
    for place, body in enumerate(bodies):
        stub = stubs.get(first_seq + place)
        if stub is None:
            if not link:
                raise ProblemError("bad_request", "An entry joins on to nothing")
            link = next_link(link, body)
        else:
            copy = body or copies.get(stub.event_id, b"")
            if link and copy:
                if next_link(link, copy) == stub.link:
                    bodies[place] = copy
                elif body:
                    raise ProblemError("bad_request", "A stub's link isn't its entry's")
            link = stub.link
        chained.append(link)
    return chained


def copies_for(work: Work, device: Device, stubs: Mapping[int, Stub]) -> dict[UUID, bytes]:
    """What came ahead, signed by the device, of the entries that are lost."""
    ids = [stub.event_id for stub in stubs.values()]
    return {
        row.event_id: bytes(row.raw)
        for row in work.find(t.urgent_copy, "event_id", ids)
        if row.device_id == device.device_id
    }


def mark_lost(entries: Sequence[Received], stubs: Mapping[int, Stub]) -> None:
    """Say of entries without a body which they were and what is known of them."""
    for received in entries:
        if received.raw:
            continue
        stub = stubs[received.seq]
        received.event_id = stub.event_id
        received.named = stub.type if stub.type in EVENT_TYPES else ""
        received.code = UNREADABLE
        received.message = "The counter doesn't have this entry any more"
