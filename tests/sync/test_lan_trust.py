"""Whom a desk lets in, what it believes, and what it keeps: no network in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import permutations
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.entry import MAX_ENTRY_BYTES
from app.domain.errors import Unavailable
from app.domain.events import CallWish, RatingNotGiven, RatingRecorded, RatingState
from app.domain.records import Case, Revocation
from sync.client.lan.copies import BadCopy, read_copy
from sync.client.lan.deny_list import DenyList
from sync.client.lan.desk import MOST_OF_ONE_DEVICE, LanDesk
from sync.client.lan.host import LanHost
from sync.client.lan.trust import NotTrusted, Peer
from sync.protocol.framing import decode, encode
from sync.protocol.lan import MAX_FRAME_BYTES, LanAnswer, LanAsk
from sync.protocol.messages import MAX_BLOB_BYTES, Blob, UrgentRequest
from sync.server.keys import make_keys
from tests.fakes.sync_store import MemorySyncStore
from tests.sync.lan_office import NOW_MS, YEAR_MS, Device, Office
from tests.sync.scripted import FakeClock

OFFICE = Office()
DESK, COUNTER = OFFICE.device("desk", label="D"), OFFICE.device(label="A1")
STRANGERS = make_keys(now_ms=NOW_MS)[0]


def admit(guest: Device, *, at: Device = DESK, now_ms: int = NOW_MS, **known: Any) -> Peer:
    revoked = known.get("revoked", frozenset())
    return at.trust.admit(guest.der, now_ms=now_ms, revoked=revoked)


# --- whom it lets in -----------------------------------------------------------------------------


def test_a_device_of_the_office_is_let_in_as_who_it_is() -> None:
    peer = admit(COUNTER)
    assert peer.device.device_id == COUNTER.identity.device_id
    assert (peer.device.kind, peer.label) == ("counter", "A1")
    assert admit(DESK, at=COUNTER).device.kind == "desk"


@pytest.mark.parametrize(
    ("guest", "now_ms", "code"),
    [
        (OFFICE.device(signer=STRANGERS), NOW_MS, "forged"),
        (OFFICE.device(programme_id=uuid4()), NOW_MS, "other_programme"),
        (OFFICE.device(office_id=uuid4()), NOW_MS, "other_office"),
        (OFFICE.device(enrolled_ms=NOW_MS - 5 * YEAR_MS), NOW_MS, "expired"),
        (COUNTER, NOW_MS + 5 * YEAR_MS, "expired"),
        (DESK, NOW_MS, "itself"),
    ],
)
def test_nobody_else_is(guest: Device, now_ms: int, code: str) -> None:
    with pytest.raises(NotTrusted) as refused:
        admit(guest, now_ms=now_ms)
    assert refused.value.code == code


def test_nor_is_who_was_shut_out() -> None:
    with pytest.raises(NotTrusted) as refused:
        admit(COUNTER, revoked=frozenset({COUNTER.identity.device_id}))
    assert refused.value.code == "revoked"


@given(st.binary(max_size=64), st.integers(0, 600))
@settings(max_examples=150)
def test_no_certificate_that_was_tampered_with_gets_in(junk: bytes, place: int) -> None:
    der = COUNTER.der
    with pytest.raises(NotTrusted):
        DESK.trust.admit(junk, now_ms=NOW_MS, revoked=frozenset())
    flipped = bytearray(der)
    flipped[place % len(der)] ^= 0x20
    with pytest.raises(NotTrusted):
        DESK.trust.admit(bytes(flipped), now_ms=NOW_MS, revoked=frozenset())


# --- what it believes ----------------------------------------------------------------------------


def refusal(request: UrgentRequest, *, sender: Device = COUNTER) -> str:
    with pytest.raises(BadCopy) as refused:
        read_copy(request, admit(sender))
    return refused.value.code


def test_a_copy_is_believed_as_it_was_signed() -> None:
    rating_id = uuid4()
    copy = read_copy(COUNTER.rate(2, rating_id=rating_id), admit(COUNTER))
    assert (copy.case_id, copy.device_id) == (rating_id, COUNTER.identity.device_id)
    assert copy.counter_label == "A1"
    said = read_copy(COUNTER.say(rating_id, "等了一个小时"), admit(COUNTER))
    assert (said.case_id, said.comment) == (rating_id, "等了一个小时")


def test_a_copy_that_another_device_signed_is_not() -> None:
    other = OFFICE.device(label="A2")
    assert refusal(other.rate(1)) == "bad_signature"
    own_words = COUNTER.rate(1)
    assert refusal(own_words, sender=other) == "bad_signature"
    # signed by the sender, but another device's words
    assert refusal(other.signed(bytes(own_words.entry)), sender=other) == "wrong_device"


@pytest.mark.parametrize("place", range(0, 400, 23))
def test_a_copy_of_which_a_bit_differs_is_not(place: int) -> None:
    request = COUNTER.rate(1)
    body = bytearray(bytes(request.entry))
    body[place % len(body)] ^= 1
    assert refusal(replace_struct(request, entry=msgspec.Raw(bytes(body)))) == "bad_signature"


def replace_struct(request: UrgentRequest, **changes: Any) -> UrgentRequest:
    return msgspec.structs.replace(request, **changes)


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (RatingRecorded(uuid4(), uuid4(), 1, 5), "not_urgent"),
        (RatingRecorded(uuid4(), uuid4(), 1, 0), "bad_request"),
        (RatingRecorded(uuid4(), uuid4(), 0, 1), "bad_request"),
        (RatingRecorded(uuid4(), uuid4(), 1_001, 1), "bad_request"),
        (RatingNotGiven(uuid4(), RatingState.DECLINED), "not_urgent"),
    ],
)
def test_what_is_no_low_rating_is_refused(event: Any, code: str) -> None:
    assert refusal(COUNTER.signed(COUNTER.body(event))) == code


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff\xfe",
        b'{"type":"RatingRecorded"}',
        b'{"a":' * 2_000,
        b" " * (MAX_ENTRY_BYTES + 1),
    ],
)
def test_what_is_no_entry_is_refused(body: bytes) -> None:
    assert refusal(COUNTER.signed(body)) == "bad_request"


def test_a_time_or_version_out_of_bounds_is_refused() -> None:
    event = RatingRecorded(uuid4(), uuid4(), 1, 1)
    assert refusal(COUNTER.signed(COUNTER.body(event, wall_ms=2**60))) == "bad_request"
    newer = COUNTER.body(event).replace(b'"v":1', b'"v":9')
    assert refusal(COUNTER.signed(newer)) == "bad_request"


@pytest.mark.parametrize(
    "blobs",
    [
        [],
        [Blob("0" * 64, b"salt", "等了很久".encode())],
        [Blob("0" * 64, b"", b"")],
    ],
)
def test_a_comment_that_is_not_the_one_committed_to_is_refused(blobs: list[Blob]) -> None:
    request = COUNTER.say(uuid4(), "太慢")
    assert refusal(replace_struct(request, blobs=blobs)) == "bad_request"


def test_a_comment_too_long_is_refused() -> None:
    assert refusal(COUNTER.say(uuid4(), "慢" * 501)) == "bad_request"


def test_the_longest_copy_there_can_be_fits_a_frame() -> None:
    content = "\\慢" * (MAX_BLOB_BYTES // 4)
    request = COUNTER.say(uuid4(), content)
    entry = msgspec.Raw(b'"' + b"x" * MAX_ENTRY_BYTES + b'"')
    ask = LanAsk("alarm", replace_struct(request, entry=entry))
    assert len(encode(ask)) < MAX_FRAME_BYTES


# --- what it keeps, and when it rings ------------------------------------------------------------


class Hall:
    """A desk, or a counter, that is asked, and what rang there."""

    def __init__(self, kind: Literal["counter", "desk"] = "desk") -> None:
        self.rang: list[Case] = []
        self.device = OFFICE.device(kind)
        self.store = self.device.store
        self.clock = FakeClock()
        self.open(self.rang.append)

    def open(self, on_alarm: Callable[[Case], None]) -> None:
        trust = self.device.trust
        self.desk = LanDesk(self.store, self.clock, trust, on_alarm)
        deny_list = DenyList(self.store, MemorySyncStore(Path(), self.device.identity), trust)
        take = self.desk.take if self.device.identity.kind == "desk" else None
        self.host = LanHost(self.store, trust, deny_list, take_alarm=take)

    def ask(self, ask: LanAsk, *, sender: Device = COUNTER) -> LanAnswer | None:
        return self.say(encode(ask), sender=sender)

    def say(self, frame: bytes, *, sender: Device = COUNTER) -> LanAnswer | None:
        answer = self.host.answer(sender.der, frame)
        return None if answer is None else decode(answer, LanAnswer)

    def alarm(self, request: UrgentRequest, *, sender: Device = COUNTER) -> LanAnswer | None:
        return self.ask(LanAsk("alarm", request), sender=sender)


@pytest.fixture
def hall() -> Hall:
    return Hall()


def test_a_low_rating_is_kept_before_it_rings(hall: Hall) -> None:
    kept_then: list[int] = []
    hall.open(lambda case: kept_then.append(len(hall.store.kept)))
    assert hall.alarm(COUNTER.rate(1)) == LanAnswer("kept", hears_server=False)
    assert kept_then == [1]


def test_a_disk_that_fails_neither_rings_nor_says_that_it_keeps(hall: Hall) -> None:
    hall.store.fail_with = Unavailable("disk_full", "no space left")
    answer = hall.alarm(COUNTER.rate(1))
    assert answer is not None
    assert answer.outcome == "busy"
    assert hall.rang == []


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_however_often_and_in_whatever_order_it_is_one_case(
    hall: Hall, order: tuple[int, ...]
) -> None:
    rating_id = uuid4()
    requests = [
        COUNTER.rate(1, rating_id=rating_id),
        COUNTER.rate(4, rating_id=rating_id, revision=2),
        COUNTER.say(rating_id, "没人理我"),
    ]
    for place in (*order, *order):
        answer = hall.alarm(requests[place])
        assert answer is not None
        assert answer.outcome == "kept"
    assert len(hall.store.kept) == 3
    assert {case.case_id for case in hall.rang} == {rating_id}
    case = hall.rang[-1]
    assert (case.state, case.origin, case.score) == ("new", "rating", 4)
    assert (case.comment, case.call, case.reasons) == ("没人理我", "now", ("attitude",))
    assert (case.counter_label, case.clerk_number, case.member_name) == ("A1", "101", "")
    assert case.opened_ms == NOW_MS


def test_words_without_a_low_rating_ring_for_nothing(hall: Hall) -> None:
    rating_id = uuid4()
    hall.alarm(COUNTER.say(rating_id))
    hall.alarm(COUNTER.rate(4, rating_id=rating_id, revision=2))
    assert hall.rang == []


def test_what_the_server_has_told_of_is_neither_kept_nor_rung_for(hall: Hall) -> None:
    request = COUNTER.rate(1)
    hall.alarm(request)
    hall.store.told = [hall.rang.pop()]
    answer = hall.alarm(request)
    assert answer is not None
    assert answer.outcome == "kept"
    hall.desk.sweep()
    assert (hall.rang, hall.store.kept) == ([], [])


def test_a_desk_that_was_restarted_rings_again_until_the_server_has_told(hall: Hall) -> None:
    ids = [uuid4(), uuid4()]
    for rating_id in ids:
        hall.alarm(COUNTER.rate(1, rating_id=rating_id))
        hall.alarm(COUNTER.say(rating_id, call=CallWish.WAIT))
    first = hall.rang[-1]
    hall.rang.clear()
    hall.desk.ring_again()
    assert [case.case_id for case in hall.rang] == ids
    assert hall.rang[-1] == first
    hall.store.told = [first]
    hall.rang.clear()
    hall.desk.ring_again()
    assert [case.case_id for case in hall.rang] == ids[:1]


def test_no_counter_speaks_of_anothers_rating(hall: Hall) -> None:
    rating_id, other = uuid4(), OFFICE.device(label="A2")
    hall.alarm(COUNTER.rate(1, rating_id=rating_id))
    answer = hall.alarm(other.rate(2, rating_id=rating_id), sender=other)
    assert answer == LanAnswer("refused", "conflict", hears_server=False)
    assert len(hall.rang) == 1


def test_the_same_id_with_other_words_is_refused(hall: Hall) -> None:
    event_id, rating_id = uuid4(), uuid4()
    for score, outcome in ((1, "kept"), (2, "refused")):
        event = RatingRecorded(rating_id, uuid4(), 1, score)
        answer = hall.alarm(COUNTER.signed(COUNTER.body(event, event_id=event_id)))
        assert answer is not None
        assert answer.outcome == outcome


def test_one_counter_can_fill_no_disk(hall: Hall) -> None:
    outcomes = {hall.alarm(COUNTER.rate(1)) for _ in range(MOST_OF_ONE_DEVICE)}
    assert outcomes == {LanAnswer("kept", hears_server=False)}
    answer = hall.alarm(COUNTER.rate(1))
    assert answer is not None
    assert answer.outcome == "busy"
    other = OFFICE.device(label="A2")
    assert hall.alarm(other.rate(1), sender=other) == LanAnswer("kept", hears_server=False)


def test_it_says_that_it_is_there_and_whether_it_hears_the_server(hall: Hall) -> None:
    for hears in (False, True):
        hall.store.hears = hears
        assert hall.ask(LanAsk("present")) == LanAnswer("present", hears_server=hears)


def test_a_counter_says_that_it_is_there_and_takes_no_alarm() -> None:
    hall, other = Hall("counter"), OFFICE.device(label="A2")
    assert hall.ask(LanAsk("present"), sender=other) == LanAnswer("present", hears_server=False)
    refused = LanAnswer("refused", "no_desk", hears_server=False)
    assert hall.alarm(other.rate(1), sender=other) == refused
    assert (hall.rang, hall.store.kept) == ([], [])


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b'{"kind":"present","knows_ms":"late"}',
        b'{"kind":"present","shut_out":[{"device_id":"x","revoked_ms":1}]}',
        b"{}",
        b'{"kind":"lease"}',
        b'{"kind":"alarm"}',
        b"\xff",
        b'{"kind":"present","x":' + b"[" * 9_000 + b"]" * 9_000 + b"}",
    ],
)
def test_what_is_no_ask_is_refused(hall: Hall, frame: bytes) -> None:
    assert hall.say(frame) == LanAnswer("refused", "bad_request", hears_server=False)


@pytest.mark.parametrize(
    "make",
    [
        lambda: OFFICE.device(signer=STRANGERS),
        lambda: OFFICE.device(office_id=uuid4()),
        lambda: OFFICE.device(programme_id=uuid4()),
        lambda: OFFICE.device(enrolled_ms=NOW_MS - 6 * YEAR_MS),
    ],
)
@pytest.mark.parametrize("kind", ["desk", "counter"])
def test_whoever_is_not_let_in_hears_nothing(
    make: Callable[[], Device], kind: Literal["desk", "counter"]
) -> None:
    hall, stranger = Hall(kind), make()
    assert hall.alarm(stranger.rate(1), sender=stranger) is None
    assert hall.ask(LanAsk("present"), sender=stranger) is None
    assert (hall.rang, hall.store.kept) == ([], [])


def test_a_pull_is_enough_to_shut_a_device_out(hall: Hall) -> None:
    assert hall.ask(LanAsk("present")) is not None
    hall.store.revoked.add(COUNTER.identity.device_id)
    assert hall.alarm(COUNTER.rate(1)) is None


def test_an_expired_certificate_is_not_revived_by_a_clock_set_back(hall: Hall) -> None:
    """The store's latest time doesn't go back; the clock that it is asked beside may."""
    hall.store.now_ms = NOW_MS + 5 * YEAR_MS
    hall.clock.wall_off_ms = -10 * YEAR_MS
    assert hall.alarm(COUNTER.rate(1)) is None


def test_a_blind_desk_says_nothing(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    def blind() -> Sequence[Revocation]:
        raise Unavailable("revoked", "shut out")

    monkeypatch.setattr(hall.store, "revocations", blind)
    assert hall.ask(LanAsk("present")) is None
