"""Entries and messages that no sane device sends: decided or refused, and in nobody's way."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain import events as e
from app.domain.entry import Event
from sync.protocol.framing import BadBody, decode, encode
from sync.protocol.messages import Message, PushRequest, UrgentRequest
from sync.server import forgetting
from sync.server.store.engine import reading
from tests.server.books import findings
from tests.server.conftest import Programme
from tests.server.hostile import (
    PLANTED,
    TEXT,
    WHOLE,
    Ids,
    damaged,
    deep,
    entry,
    events,
    goes_on,
    quiet,
    rarely,
    refusal,
    rewritten,
    urgent_request,
)
from tests.server.seats import Seat, new_id, visit

M = TypeVar("M", bound=Message)
FEW, MANY = 10, 150
often = pytest.mark.parametrize("often", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])


def times(examples: int) -> settings:
    return settings(max_examples=examples, suppress_health_check=[HealthCheck.too_slow])


@often
def test_whatever_an_event_says_is_decided(programme: Programme, often: int) -> None:
    known = Ids.of(programme)

    @times(often)
    @given(st.data())
    def holds(data: st.DataObject) -> None:
        seat = programme.seat(counter=2, kind=data.draw(st.sampled_from(["counter", "desk"])))
        seat.staff_id = programme.clerk_id
        leases = seat.pull().leases
        lease_id = leases[0].lease_id if leases else None
        ids = known.with_own(lease_id=lease_id, pool_id=seat.pool_id)
        for encounter_id in ids.meant["encounter_id"]:
            seat.record(e.EncounterOpened(encounter_id, "scan"))
        twice = new_id()
        people = st.sampled_from([programme.clerk_id, None])
        for event in data.draw(st.lists(events(seat, ids), min_size=12, max_size=20)):
            body = entry(
                seat,
                event,
                event_id=data.draw(rarely(st.builds(new_id), st.just(twice))),
                staff_id=data.draw(rarely(st.just(programme.manager_id), people)),
                wall_ms=data.draw(rarely(st.just(seat.clock()), WHOLE)),
                boot_id=data.draw(TEXT),
                session_id=data.draw(rarely(st.none(), ids.of_field("session_id"))),
            )
            if data.draw(rarely(st.just(False), st.just(True))):
                with quiet():
                    refusal(lambda body=body: seat.urgent(body))  # type: ignore[misc]
            seat.append(body)
        with quiet():
            seat.push()
            goes_on(seat)

    holds()
    assert findings(programme) == []


def served(programme: Programme) -> tuple[Seat, list[bytes]]:
    """A counter, and the bytes of some good entries, which aren't in its journal yet."""
    member_id = programme.member(3_000)
    seat = programme.seat()
    encounter_id, rating_id = visit(seat, score=2, member_id=member_id)
    good: list[Event] = [
        e.RatingDetailed(rating_id, encounter_id, ("speed",), 1, seat.blob(b"slow"), None),
        e.RatingRecorded(rating_id, encounter_id, 2, 1),
        e.RedemptionRequested(
            new_id(), encounter_id, member_id, programme.reward_id, 1000,
            e.Proof.CARD, e.CustomerYes.PANEL,
        ),
        e.AccrualRecorded(
            new_id(), encounter_id, member_id, 500, e.AccrualSource.AMOUNT, "1-1", 100, "CNY",
            1, "", None,
        ),
    ]  # fmt: skip
    return seat, [*seat.bodies, *(seat.body(event) for event in good)]


@often
def test_damaged_entries_are_decided(programme: Programme, often: int) -> None:
    @times(often)
    @given(st.data())
    def holds(data: st.DataObject) -> None:
        seat, good = served(programme)
        for number in data.draw(st.lists(st.integers(0, len(good) - 1), min_size=6, max_size=9)):
            bad = data.draw(damaged(good[number]) | rewritten(good[number]))
            seat.append(bad)
            if number >= 3:  # what is urgent among them
                with quiet():
                    refusal(lambda bad=bad: _urgent(seat, bad))  # type: ignore[misc]
        with quiet():
            _push(seat, encode_push(seat))
            goes_on(seat)

    holds()
    assert findings(programme) == []


@often
def test_damaged_messages_are_refused_or_what_they_say(programme: Programme, often: int) -> None:
    @times(3 * often)
    @given(st.data())
    def holds(data: st.DataObject) -> None:
        seat, good = served(programme)
        pushed, urgent = encode_push(seat), encode(urgent_request(seat, good[3]))
        with quiet():
            bad = data.draw(damaged(pushed) | rewritten(pushed))
            refusal(lambda: _push(seat, bad))
            also_bad = data.draw(damaged(urgent) | rewritten(urgent))
            refusal(lambda: _take(also_bad, UrgentRequest, seat.server.urgent, seat))
            goes_on(seat)

    holds()
    assert findings(programme) == []


def encode_push(seat: Seat) -> bytes:
    """What the device would upload, where nothing in it is JSON that can be encoded again."""
    request = seat.request()
    empty = encode(msgspec.structs.replace(request, entries=[]))
    bodies = b",".join(seat.bodies[request.first_seq - 1 :])
    return empty.replace(b'"entries":[]', b'"entries":[' + bodies + b"]")


def _push(seat: Seat, body: bytes) -> None:
    _take(body, PushRequest, seat.server.push, seat)


def _urgent(seat: Seat, body: bytes) -> None:
    seat.server.urgent(seat.device_id, urgent_request(seat, body))


def _take(body: bytes, kind: type[M], do: Callable[..., object], seat: Seat) -> None:
    try:
        request = decode(body, kind)
    except BadBody:
        return  # over HTTP a 'bad_request'
    do(seat.device_id, request)


# --- what such mutations found ------------------------------------------------------------------


def codes(seat: Seat, *found: Event) -> list[str]:
    return [decision.code for decision in seat.push(*found).decisions]


def test_details_nested_too_deeply_stop_no_upload(programme: Programme) -> None:
    """A reader that fails at more than a few entries would refuse the upload for ever."""
    seat, member_id = programme.seat(), programme.member()
    encounter_id, _ = visit(seat)
    bombs = [b'{"name":"a","phone":"1","x":' + deep(1_500 + n) + b"}" for n in range(8)]
    with quiet():
        found = codes(
            seat,
            *[e.MemberJoined(encounter_id, new_id(), f"N{n}", seat.blob(bombs[n])) for n in (0, 1)],
            *[e.ContactUpdated(encounter_id, member_id, seat.blob(bomb)) for bomb in bombs[2:]],
        )
        goes_on(seat)
    assert found == ["bad_profile"] * 8
    assert findings(programme) == []


def test_a_coupon_longer_than_any_index_takes_is_an_exception(programme: Programme) -> None:
    seat, member_id = programme.seat(), programme.member()
    encounter_id, _ = visit(seat)
    long = "".join(chr(0x4E00 + n) for n in range(4_000))
    with quiet():
        found = codes(
            seat,
            *[
                e.AccrualRecorded(
                    new_id(), encounter_id, member_id, 500, e.AccrualSource.FLIGHT,
                    long[n:], None, None, 1, "", None,
                )
                for n in range(5)
            ],
        )  # fmt: skip
        goes_on(seat)
    assert found == ["bad_coupon"] * 5
    assert findings(programme) == []


@pytest.mark.parametrize(
    "said",
    [
        *({"v": version} for version in (0, -1, 2, 2**70)),
        *({"type": kind} for kind in ("EncounterTeleported", "encounteropened", "", PLANTED, 7)),
    ],
)
def test_an_entry_of_a_kind_or_version_there_never_was_is_an_exception(
    programme: Programme, said: dict[str, object]
) -> None:
    seat = programme.seat()
    seat.append(entry(seat, e.EncounterOpened(new_id(), "scan"), **said))
    with quiet():
        (decision,) = seat.push().decisions
        assert (decision.decision, decision.code) == ("exception", "malformed")
        assert PLANTED not in decision.message
        goes_on(seat)
    assert findings(programme) == []


def test_unreadable_entries_keep_nobody_from_being_forgotten(programme: Programme) -> None:
    seat, member_id = programme.seat(), programme.member()
    encounter_id, _ = visit(seat)
    joined = e.MemberJoined(encounter_id, new_id(), "N1", seat.blob({"name": "a"}))
    for payload in ('["{}"]', '"{}"', '{{"x":["{}",' + deep(2_000).decode() + "]}}"):
        said = msgspec.Raw(payload.format(member_id).encode())
        seat.append(entry(seat, joined, payload=said))
    assert codes(seat) == ["malformed"] * 3
    with reading(programme.server.engine) as connection:
        held = forgetting.gather(connection, programme.programme_id, member_id)
    with programme.work() as work:
        forgetting.erase(work, held)
    assert findings(programme) == []
