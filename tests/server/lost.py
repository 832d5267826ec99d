"""Uploads of counters whose disks have lost entries."""

from __future__ import annotations

from typing import Any

import msgspec

from app.domain import events as e
from app.domain.entry import stub_statement
from sync.protocol.messages import NOTHING, PushRequest, Stub
from sync.server.reading import read_copy
from sync.server.store import tables as t
from tests.server.books import rows
from tests.server.conftest import Programme, new_id
from tests.server.seats import Seat


def broken(
    seat: Seat,
    lost: set[int],
    *,
    unknown: frozenset[int] = frozenset(),
    request: PushRequest | None = None,
) -> PushRequest:
    """The upload of a seat that can't read `lost`, and of `unknown` not even the hashes."""
    whole = request or seat.request()
    stubs, entries = [], list(whole.entries)
    for place, raw in enumerate(whole.entries):
        seq = whole.first_seq + place
        if seq in lost or seq - 1 in unknown:
            copy = read_copy(bytes(raw))
            link = b"" if seq in unknown else seat.chain[seq - 1]
            stubs.append(Stub(seq, copy.event_id, link, copy.type, 1))
        if seq in lost:
            entries[place] = NOTHING
    return sign(seat, msgspec.structs.replace(whole, entries=entries, stubs=stubs))


def sign(seat: Seat, request: PushRequest) -> PushRequest:
    bodies = dict(enumerate(map(bytes, request.entries), start=request.first_seq))
    places = []
    for stub in request.stubs:
        body = bodies.get(stub.seq, b"null")
        places.append((stub.seq, stub.event_id, stub.link, b"" if body == b"null" else body))
    statement = stub_statement(seat.device_id, seat.incarnation, places)
    return msgspec.structs.replace(request, stubs_signature=seat.key.sign(statement))


def push(seat: Seat, request: PushRequest) -> list[tuple[int, str, str]]:
    answer = seat.server.push(seat.device_id, request)
    seat.sent = answer.head_seq
    return [(d.seq, d.decision, d.code) for d in answer.decisions]


def earn(seat: Seat, member_id: Any, encounter_id: Any, points: int = 100) -> Any:
    accrual_id = new_id()
    seat.record(
        e.AccrualRecorded(
            accrual_id, encounter_id, member_id, points, e.AccrualSource.AMOUNT,
            None, 100, "CNY", 1, "",
        )
    )  # fmt: skip
    return accrual_id


def open_items(programme: Programme) -> list[tuple[str, str]]:
    return [(r.entry_type, r.code) for r in rows(programme, t.exception_item) if r.state == "open"]
