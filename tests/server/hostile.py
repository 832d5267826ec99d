"""What a broken or malicious device could send: strategies, and what has to hold afterwards."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any, get_type_hints
from uuid import UUID

import msgspec
from hypothesis import strategies as st

from app.domain import events as e
from app.domain.entry import Event, copy_statement
from sync.protocol.messages import UrgentRequest
from sync.server.problems import STATUS, ProblemError
from tests.server.conftest import Programme
from tests.server.seats import Seat, new_id, visit

PLANTED = "Zhuang-Planted-13912345678"
"""Somebody's data; hostile text carries it, and it must not come back in a problem or a log."""

# --- values -------------------------------------------------------------------------------------


def rarely(
    usual: st.SearchStrategy[Any], *unusual: st.SearchStrategy[Any]
) -> st.SearchStrategy[Any]:
    """The usual nine times out of ten, so that what is odd elsewhere gets as far as it can."""
    return st.integers(0, 9).flatmap(lambda chosen: usual if chosen else st.one_of(*unusual))


EDGES = [
    0, -1, 1, 2, 5, 1000, 2**31, 2**53, -(2**53), 2**53 + 1, 2**63, -(2**63) - 1, 2**64, 10**40,
]  # fmt: skip
WHOLE = st.sampled_from(EDGES)
_BOUNDED = st.sampled_from([0, 1, 2, 3, 500, 1000, 2**31, 2**53, -1, -(2**53)])
# No index takes keys of that length, and they can't be packed into less
_LONG = [random.Random(n).randbytes(2_000).hex() for n in range(3)]
STORABLE = [
    "",
    "NO-1",
    PLANTED,
    "'; DROP TABLE member; --",
    "<script>alert(1)</script>",
    "%s%n{0}\x7f\x1b[2J",
    "\u202e\u200f\ufeff\u2028",
    "e\u0301" * 40,
    "𝄞𠮷",
    "1" * 41,
    "CA1501 2026-11-18 PEK-SHA",
    "CA1 9999-12-31 PEK-SHA",
    "CA1 0000-00-00 PEK-SHA",
    *_LONG,
]
TEXT = rarely(st.sampled_from(STORABLE), st.sampled_from(["\0", "a\0b"]), st.text(max_size=8))
JSON = st.recursive(
    st.none() | st.booleans() | WHOLE | st.floats(allow_nan=False) | TEXT,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(STORABLE), inner, max_size=3)
    ),
    max_leaves=6,
)


def deep(levels: int) -> bytes:
    """JSON that a recursive reader falls over."""
    return b"[" * levels + b"]" * levels


# --- events that are well formed and mean harm --------------------------------------------------


@dataclass(frozen=True)
class Ids:
    """Ids that mean something, by the field they stand in; hostile events hit on these mostly."""

    meant: dict[str, list[UUID]]

    @classmethod
    def of(cls, programme: Programme) -> Ids:
        """Members, a reward and new ids for what one device may open and come back to."""
        members = [
            programme.member(5_000_000_000),
            programme.member(50_000, home_office="PEK"),
            programme.member(),
        ]
        return cls({"member_id": members, "reward_id": [programme.reward_id]})

    def with_own(self, *, lease_id: UUID | None, pool_id: UUID | None) -> Ids:
        """The same for one device, and what it may open and come back to."""
        opened = {
            name: [new_id(), new_id()]
            for name in ("encounter_id", "accrual_id", "redemption_id", "matter_id", "rating_id")
        }
        opened["case_id"] = opened["rating_id"] + opened["matter_id"]
        opened["lease_id"] = [lease_id or new_id()]
        opened["pool_id"] = [pool_id or new_id()]
        return Ids(self.meant | opened)

    def of_field(self, name: str) -> st.SearchStrategy[UUID]:
        """Mostly what belongs in the field, else what belongs in another, or is unknown."""
        others = [each for some in self.meant.values() for each in some]
        right = st.sampled_from(self.meant.get(name, others))
        return rarely(right, st.sampled_from([*others, UUID(int=0), UUID(int=2**128 - 1)]))


def _profile(name: str, latin_name: str, phone: str, language: str) -> bytes:
    return msgspec.json.encode(
        {"name": name, "latin_name": latin_name, "phone": phone, "language": language}
    )


_BLOBS = rarely(
    st.builds(
        _profile,
        rarely(st.sampled_from(["张伟", PLANTED, "e\u0301" * 20, "𠮷\u202e"]), TEXT),
        st.sampled_from(["", "ZHANG/WEI", PLANTED]),
        rarely(st.just("13812345678"), st.sampled_from(["", "+86", "1" * 21, "\0", "１２"])),
        st.sampled_from(["zh_CN", "", "\0", PLANTED]),
    ),
    JSON.map(msgspec.json.encode),
    TEXT.map(str.encode),
    st.sampled_from(
        [b"", b"\xff", b"\0", deep(3_000), b"x" * 9_000, b'{"name":"\\ud800","phone":"\\ud800"}']
    ),
)


def events(seat: Seat, ids: Ids) -> st.SearchStrategy[Event]:
    """Any event with fields of the right type and any value; blobs are added to `seat`."""
    kinds = [k for k in e.ALL_EVENTS if not k.TYPE.startswith(("Session", "Shift"))]
    return st.sampled_from(kinds).flatmap(lambda kind: _built(kind, seat, ids))


def _built(kind: type, seat: Seat, ids: Ids) -> st.SearchStrategy[Any]:
    hints = get_type_hints(kind)
    return st.builds(
        kind,
        **{field.name: _value(field.name, hints[field.name], seat, ids) for field in fields(kind)},
    )


_LIKELY: dict[str, st.SearchStrategy[Any]] = {
    "score": rarely(st.sampled_from([1, 2, 3, 5]), WHOLE),
    "revision": rarely(st.sampled_from([1, 2, 3]), WHOLE),
    "points": rarely(st.sampled_from([1, 500, 1000, 2**53]), WHOLE),
    "answer": rarely(st.sampled_from(["honour", "write_off", "noted"]), TEXT),
    "outcome": rarely(st.sampled_from(["resolved", "unable"]), TEXT),
    "phone": rarely(st.just("13812345678"), TEXT),
}


def _value(name: str, hint: Any, seat: Seat, ids: Ids) -> st.SearchStrategy[Any]:
    if name.endswith("_hash"):
        there = _BLOBS.map(seat.blob)
        return rarely(there, TEXT)
    if hint is UUID:
        return ids.of_field(name)
    if hint == UUID | None:
        return ids.of_field(name) | st.none()
    if name in _LIKELY and hint in (int, str):
        return _LIKELY[name]
    if hint is int:
        return rarely(_BOUNDED, WHOLE)
    if hint == int | None:
        return st.none() | _BOUNDED
    if hint is str:
        return TEXT
    if hint == str | None:
        return st.none() | TEXT
    if hint == tuple[str, ...]:
        return st.lists(TEXT, max_size=3).map(tuple)
    return st.from_type(hint)


def entry(seat: Seat, event: Event, **other: Any) -> bytes:
    """An entry's bytes with some of its fields as they like, whatever that makes of its length."""
    document = msgspec.json.decode(seat.body(e.EncounterResumed(new_id())))
    payload = msgspec.to_builtins(event)
    return msgspec.json.encode(document | {"payload": payload, "type": event.TYPE} | other)


# --- bytes that were good once ------------------------------------------------------------------


@st.composite
def damaged(draw: st.DrawFn, good: bytes) -> bytes:
    """Bytes with a few of them flipped, cut, doubled or replaced."""
    body = bytearray(good)
    for _ in range(draw(st.integers(1, 3))):
        if not body:
            break
        # of the whole, because keys and ids make one run's bytes longer than another's
        place = draw(st.integers(0, 2**16)) * (len(body) - 1) >> 16
        match draw(st.sampled_from(["flip", "cut", "double", "swap", "stuff"])):
            case "flip":
                body[place] ^= 1 << draw(st.integers(0, 7))
            case "cut":
                del body[place:]
            case "double":
                body[place:place] = body[place : place + 40]
            case "swap":
                other = draw(st.integers(0, 2**16)) * (len(body) - 1) >> 16
                body[place], body[other] = body[other], body[place]
            case "stuff":
                stuff = st.sampled_from([b"\0", b"\xff\xfe", b'"', b"\\ud800", b"\\u0000", b"}"])
                body[place:place] = draw(stuff | st.just(deep(2_000)))
    return bytes(body)


@st.composite
def rewritten(draw: st.DrawFn, good: bytes) -> bytes:
    """A JSON document with fields lost, renamed, exchanged or of another type, at any depth."""
    document = msgspec.json.decode(good)
    for _ in range(draw(st.integers(1, 2))):
        node = document
        while True:
            keys: list[Any] = list(node) if isinstance(node, dict) else list(range(len(node)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(node[key], dict | list) and node[key] and draw(st.booleans()):
                node = node[key]
                continue
            _rewrite(draw, node, key, keys)
            break
    return msgspec.json.encode(document)


def _rewrite(draw: st.DrawFn, node: Any, key: Any, keys: list[Any]) -> None:
    match draw(st.sampled_from(["lose", "other", "exchange", "same kind"])):
        case "lose":
            del node[key]
        case "other":
            node[key] = draw(JSON)
        case "exchange":
            other = draw(st.sampled_from(keys))
            node[key], node[other] = node[other], node[key]
        case "same kind" if isinstance(node[key], int):
            node[key] = draw(WHOLE)
        case "same kind" if isinstance(node[key], str):
            node[key] = draw(TEXT | st.uuids().map(str))
        case _:
            node[key] = None


def urgent_request(seat: Seat, body: bytes) -> UrgentRequest:
    """A copy of an entry, signed as it is."""
    return UrgentRequest(msgspec.Raw(body), seat.blobs, seat.key.sign(copy_statement(body)))


# --- what has to hold ---------------------------------------------------------------------------


class _Everything(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing inside is logged as an error, and nothing of people at all."""
    root = logging.getLogger()
    handler, level = _Everything(), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
    for record in handler.records:
        said = f"{record.name}: {record.getMessage()}"
        assert record.levelno < logging.ERROR, said
        # the test's own HTTP client writes down the address it asks
        assert PLANTED not in said or record.name.startswith("urllib3"), said


def refusal(call: Callable[[], object]) -> str:
    """Make a call; returns the problem's code, '' where there was none.

    A problem is one of the document's, is no failure of the server's, and quotes nobody.
    """
    try:
        call()
    except ProblemError as error:
        problem = error.problem
        assert problem.code in STATUS
        assert problem.code != "internal"
        assert PLANTED not in problem.message + repr(problem.detail)
        return problem.code
    return ""


def goes_on(seat: Seat) -> None:
    """The next thing that a device does right is accepted."""
    visit(seat, score=1)
    assert seat.urgent(seat.bodies[-1]).decision == "accepted"
    decisions = seat.push().decisions
    assert {d.seq: d.code for d in decisions if d.seq > len(seat.bodies) - 3} == {
        len(seat.bodies): ""  # its urgent copy came before
    }
