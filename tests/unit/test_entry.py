"""An entry's bytes, the chain over them, and what is signed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import events as e
from app.domain.entry import (
    MAX_ENTRY_BYTES,
    Actor,
    Event,
    Stamp,
    canonical_body,
    commitment,
    copy_statement,
    genesis,
    head_statement,
    leave_statement,
    links,
    next_link,
    place_name,
    stub_statement,
)
from app.domain.lease import Lease, lease_statement

DEVICE, EVENT = UUID(int=1), UUID(int=2)


@dataclass(frozen=True, slots=True)
class Nested:
    day: date
    cover: e.Cover


@dataclass(frozen=True, slots=True)
class Anything:
    TYPE: ClassVar[str] = "Anything"
    value: Any
    nested: Nested = field(default_factory=lambda: Nested(date(2026, 11, 22), e.Cover.LEASE))


def body(event: Event, *, seq: int = 1, wall_ms: int = 5) -> bytes:
    return canonical_body(
        event,
        event_id=EVENT,
        device_id=DEVICE,
        incarnation=1,
        seq=seq,
        actor=Actor(),
        stamp=Stamp(wall_ms, "boot", 7, None),
    )


def test_the_bytes_are_one_way_to_say_it() -> None:
    raw = body(Anything((EVENT, "客", None, True, 3)))
    assert raw.decode() == (
        '{"boot_id":"boot","boot_ms":7,"device_id":"00000000-0000-0000-0000-000000000001",'
        '"event_id":"00000000-0000-0000-0000-000000000002","incarnation":1,"offset_ms":null,'
        '"payload":{"nested":{"cover":"lease","day":"2026-11-22"},'
        '"value":["00000000-0000-0000-0000-000000000002","客",null,true,3]},'
        '"seq":1,"session_id":null,"shift_id":null,"staff_id":null,"type":"Anything","v":1,'
        '"wall_ms":5}'
    )


@pytest.mark.parametrize("value", [1.5, b"x", {"a": 1}, [1], {1}, object()])
def test_nothing_inexact_gets_in(value: object) -> None:
    with pytest.raises(TypeError, match="no place in a journal entry"):
        body(Anything(value))


def test_an_entry_is_bounded_to_the_byte() -> None:
    room = MAX_ENTRY_BYTES - len(body(Anything("")))
    assert len(body(Anything("x" * room))) == MAX_ENTRY_BYTES
    for text in ("x" * (room + 1), "客" * (room // 3 + 1)):
        with pytest.raises(ValueError, match="over the limit"):
            body(Anything(text))


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=8), st.data())
def test_no_entry_can_be_changed_dropped_moved_or_added_behind_a_link(
    bodies: list[bytes], data: st.DataObject
) -> None:
    start = genesis(DEVICE, 1)
    chained = links(start, bodies)
    assert chained[-1] == next_link(chained[-2] if len(bodies) > 1 else start, bodies[-1])
    other = data.draw(st.lists(st.binary(max_size=40), max_size=9))
    if other != bodies:
        assert links(start, other)[-1:] != chained[-1:]
    assert links(genesis(DEVICE, 2), bodies)[-1] != chained[-1]
    assert links(genesis(EVENT, 1), bodies)[-1] != chained[-1]


def test_a_signature_for_one_purpose_is_none_for_another() -> None:
    raw = body(Anything(1))
    link = next_link(genesis(DEVICE, 1), raw)
    statements = {
        head_statement(DEVICE, 1, 1, link),
        head_statement(DEVICE, 1, 2, link),
        head_statement(DEVICE, 2, 1, link),
        head_statement(EVENT, 1, 1, link),
        copy_statement(raw),
        copy_statement(raw + b" "),
        lease_statement(EVENT, DEVICE, EVENT, 5, 6),
        lease_statement(EVENT, DEVICE, EVENT, 6, 5),
        lease_statement(DEVICE, EVENT, EVENT, 5, 6),
        leave_statement(DEVICE, 1, 1, link, 7),
        leave_statement(DEVICE, 1, 1, link, 8),
        leave_statement(DEVICE, 1, 2, link, 7),
    }
    assert len(statements) == 12
    kinds = {statement.partition(b"\0")[0] for statement in statements}
    assert kinds == {
        b"guichet head 1",
        b"guichet copy 1",
        b"guichet lease 1",
        b"guichet leave 1",
    }


def test_a_forgotten_blob_leaves_its_commitment() -> None:
    found = commitment(b"salt", "张伟".encode())
    assert found == hashlib.sha256(b"salt" + "张伟".encode()).hexdigest()
    assert found != commitment(b"Salt", "张伟".encode())


@pytest.mark.parametrize("kind", e.ALL_EVENTS)
def test_every_event_carries_ids_numbers_and_codes_alone(kind: type) -> None:
    """Personal data has no field to stand in: what is text is a code, a number or a commitment."""
    free_text = {"name", "phone", "comment", "text", "note", "address", "email", "message"}
    names = {field.name for field in fields(kind)}
    assert not free_text & names
    event = kind(**{name: EVENT if name.endswith("_id") else 1 for name in names})
    assert set(json.loads(body(event))["payload"]) == names


@pytest.mark.parametrize(("state", "left"), [("open", 70), ("returned", 0), ("closed", 0)])
def test_only_an_open_lease_has_anything_left(state: Any, left: int) -> None:
    assert Lease(EVENT, DEVICE, 100, 30, 0, state).remaining_points == left


def test_what_is_signed_of_lost_entries_names_each_place_and_what_is_known_of_it() -> None:
    device_id, other = UUID(int=1), UUID(int=2)
    place = (7, UUID(int=3), b"l" * 32, b"")
    statement = stub_statement(device_id, 1, [place])
    assert statement.startswith(b"guichet stubs 1\0" + device_id.bytes + (1).to_bytes(8, "big"))
    others = [
        stub_statement(other, 1, [place]),
        stub_statement(device_id, 2, [place]),
        stub_statement(device_id, 1, [(8, *place[1:])]),
        stub_statement(device_id, 1, [(7, other, *place[2:])]),
        stub_statement(device_id, 1, [(*place[:2], b"", b"")]),
        stub_statement(device_id, 1, [(*place[:3], b"body")]),
        stub_statement(device_id, 1, [place, place]),
    ]
    assert len({statement, *others}) == 8


def test_no_two_places_of_which_nothing_is_left_have_one_name() -> None:
    one, other = UUID(int=1), UUID(int=2)
    places = [(one, 1, 7), (one, 1, 8), (one, 2, 7), (other, 1, 7)]
    names = {place_name(*place) for place in places}
    assert len(names) == len(places)
    assert {len(name) for name in names} == {32}
