"""A PC that gives its seat up: its letter is believed where all of its work is here."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain import events as e
from app.domain.entry import genesis, leave_statement
from sync.protocol.messages import LeaseGrant, LeaveAnswer, LeaveRequest
from sync.server import write_off as writing_off
from sync.server.api.app import make_app
from sync.server.exposure import exposure
from sync.server.leaving import LEFT, NOBODY, let_go
from sync.server.problems import ProblemError
from sync.server.programme import put_setting, put_stock, revoke_device
from sync.server.store import tables as t
from sync.server.store.engine import reading
from tests.server.books import balance, explained, rows, sound
from tests.server.conftest import KEYS, Programme
from tests.server.http import Http, serving
from tests.server.lost import broken, push
from tests.server.seats import Seat, new_id, visit

V = {"Guichet-Protocol": "1"}
SIGNED_MS = 1_790_000_000_000
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def letter_of(seat: Seat, **changes: Any) -> LeaveRequest:
    link = seat.chain[-1] if seat.chain else genesis(seat.device_id, seat.incarnation)
    said: dict[str, Any] = {
        "device_id": seat.device_id,
        "incarnation": seat.incarnation,
        "head_seq": len(seat.chain),
        "head_link": link,
        "signed_ms": SIGNED_MS,
        **changes,
    }
    signature = seat.key.sign(leave_statement(*said.values()))
    return LeaveRequest(**said, signature=signature)


def leave(seat: Seat, letter: LeaveRequest | None = None) -> LeaveAnswer:
    return seat.server.leave(letter or letter_of(seat), address="10.0.0.9")


def refused(seat: Seat, letter: LeaveRequest | None = None) -> str:
    with pytest.raises(ProblemError) as error:
        leave(seat, letter)
    return error.value.problem.code


def spend(lease: LeaseGrant, reward_id: UUID, points: int) -> e.RedemptionGranted:
    return e.RedemptionGranted(
        new_id(), new_id(), lease.member_id, reward_id, points, e.Cover.LEASE,
        lease.lease_id, None,
    )  # fmt: skip


def exposed(programme: Programme) -> int:
    with reading(programme.server.engine) as connection:
        return exposure(connection, programme.programme_id).points


def left_alone(programme: Programme, seat: Seat) -> bool:
    (device,) = rows(programme, t.device, device_id=seat.device_id)
    return device.revoked_ms is None and rows(programme, t.device_act) == []


@pytest.fixture
def counter(programme: Programme) -> Seat:
    """Holds points of three members, and units of a reward."""
    for _ in range(3):
        programme.member(4_000, home_office="PEK")
    with programme.work() as work:
        put_stock(work, 1, left=5)
    seat = programme.seat()
    seat.pull()
    seat.pull()
    return seat


def test_what_it_held_is_free_again_and_nothing_of_it_exposed(
    programme: Programme, counter: Seat
) -> None:
    lease, other, *_ = counter.pull().leases
    counter.push(spend(lease, programme.reward_id, 1000))
    (stock,) = rows(programme, t.reward_stock)
    assert stock.free < 5
    assert leave(counter).outcome == "released"
    assert {row.state for row in rows(programme, t.lease)} == {"closed"}
    assert {row.state for row in rows(programme, t.stock_lease)} == {"closed"}
    given = sum(not row.returned for row in rows(programme, t.stock_use))
    assert rows(programme, t.reward_stock)[0].free == 5 - given
    assert balance(programme, lease.member_id) == (3_000, 0)
    assert exposed(programme) == 0  # nor by the allowance that it had
    assert rows(programme, t.ledger_txn, kind="lease_write_off") == []
    assert "the PC itself gave it up" in explained(programme, other.lease_id)
    (act,) = rows(programme, t.device_act)
    assert (act.act, act.device_id, act.staff_id) == (LEFT, counter.device_id, NOBODY)
    sound(programme)
    with pytest.raises(ProblemError) as error:
        counter.pull()
    assert error.value.problem.code == "revoked"
    proofs = [r for r in rows(programme, t.record) if r.kind == "revocation"]
    assert [each.record_id for each in proofs] == [str(counter.device_id)]


@on_sqlite
def test_the_same_letter_again_is_answered_the_same_and_books_nothing(
    programme: Programme, counter: Seat
) -> None:
    letter = letter_of(counter)
    assert leave(counter, letter).outcome == "released"
    before = len(rows(programme, t.ledger_txn))
    programme.clock.ms += 86_400_000
    assert leave(counter, letter).outcome == "released"
    assert len(rows(programme, t.ledger_txn)) == before
    assert len(rows(programme, t.device_act)) == 1
    sound(programme)


@on_sqlite
def test_a_pc_that_never_recorded_anything_may_leave(programme: Programme) -> None:
    for kind in ("counter", "desk"):
        seat = programme.seat(counter=1, kind=kind)
        assert leave(seat).outcome == "released"
    sound(programme)


@on_sqlite
def test_a_letter_from_before_newer_entries_is_refused_and_changes_nothing(
    programme: Programme, counter: Seat
) -> None:
    letter = letter_of(counter)
    visit(counter)
    assert refused(counter) == "work_missing"  # signed and not sent
    counter.push()
    assert refused(counter, letter) == "work_missing"  # reinstalled, and worked at, since
    assert left_alone(programme, counter)
    assert {row.state for row in rows(programme, t.lease)} == {"open"}
    assert leave(counter).outcome == "released"


@on_sqlite
def test_a_server_that_was_set_back_lets_nobody_go(programme: Programme, counter: Seat) -> None:
    visit(counter)
    counter.push()
    visit(counter)
    letter = letter_of(counter)  # of what a server had that isn't there any more
    assert refused(counter, letter) == "work_missing"
    assert refused(counter, letter_of(counter, incarnation=2)) == "work_missing"
    link = bytes(32)
    assert refused(counter, letter_of(counter, head_seq=4, head_link=link)) == "work_missing"
    assert left_alone(programme, counter)


@on_sqlite
def test_only_the_device_itself_is_believed(programme: Programme, counter: Seat) -> None:
    good, other = letter_of(counter), programme.seat(counter=1)
    replace = msgspec.structs.replace
    for forged in (
        replace(good, signature=other.key.sign(b"anything")),
        replace(good, signature=b""),
        replace(good, signature=letter_of(other).signature),
        replace(good, device_id=other.device_id),
        replace(good, signed_ms=SIGNED_MS + 1),
        replace(good, head_seq=-1),
        replace(good, incarnation=2**70),
    ):
        assert refused(counter, forged) == "bad_signature"
        programme.clock.ms += 60_000
    assert refused(counter, replace(good, device_id=new_id())) == "unknown_device"
    assert left_alone(programme, counter)


@on_sqlite
def test_who_tries_on_and_on_has_to_wait(programme: Programme, counter: Seat) -> None:
    forged = msgspec.structs.replace(letter_of(counter), signature=b"x" * 64)
    answers = [refused(counter, forged) for _ in range(40)]
    assert answers[0] == "bad_signature"
    assert answers[-1] == "busy"
    assert refused(counter) == "busy"
    programme.clock.ms += 60_000
    assert leave(counter).outcome == "released"


@on_sqlite
def test_who_was_shut_out_by_somebody_does_not_leave_by_a_letter(
    programme: Programme, counter: Seat
) -> None:
    with programme.work() as work:
        revoke_device(work, KEYS, counter.device_id)
    assert refused(counter) == "revoked"
    assert rows(programme, t.device_act) == []
    assert {row.state for row in rows(programme, t.lease)} == {"open"}


@on_sqlite
def test_a_letter_does_not_touch_who_sits_at_the_counter_since(
    programme: Programme, counter: Seat
) -> None:
    letter = letter_of(counter)
    leave(counter, letter)
    newer = programme.seat()
    newer.pull()
    held = rows(programme, t.lease, state="open")
    assert {row.device_id for row in held} == {newer.device_id}
    assert leave(counter, letter).outcome == "released"
    assert rows(programme, t.lease, state="open") == held
    visit(newer)
    assert newer.push().decisions == []
    sound(programme)


@on_sqlite
def test_what_was_given_up_before_is_exposed_no_more(programme: Programme, counter: Seat) -> None:
    with programme.work() as work:
        writing_off.write_off(work, counter.device_id, by="Wang Min", reason="thought lost")
    assert {row.state for row in rows(programme, t.lease)} == {"written_off"}
    assert exposed(programme) > 0
    leave(counter)
    assert {row.state for row in rows(programme, t.lease)} == {"closed"}
    assert exposed(programme) == 0
    sound(programme)


@on_sqlite
@pytest.mark.parametrize("found", [True, False])
def test_what_its_disk_lost_may_be_a_reward_that_it_gave(
    programme: Programme, counter: Seat, found: bool
) -> None:
    (lease, *_), bound = counter.pull().leases, exposed(programme)
    visit(counter, member_id=lease.member_id)
    counter.record(spend(lease, programme.reward_id, 1000))
    whole = counter.request()
    push(counter, broken(counter, {len(counter.bodies)}))
    letter = letter_of(counter)
    assert refused(counter, letter) == "work_missing"
    assert left_alone(programme, counter)
    assert exposed(programme) == bound
    assert balance(programme, lease.member_id) == (4_000, lease.points)
    if found:
        push(counter, whole)
    else:
        desk = programme.seat(counter=2, kind="desk")
        (item,) = rows(programme, t.exception_item, code="unreadable")
        assert desk.push(e.ExceptionSettled(item.exception_id, "noted", None)).decisions == []
    assert leave(counter, letter).outcome == "released"
    assert balance(programme, lease.member_id) == (3_000 if found else 4_000, 0)
    sound(programme)


@on_sqlite
def test_a_text_that_its_disk_lost_is_missing_here(programme: Programme, counter: Seat) -> None:
    encounter_id, rating_id = visit(counter, score=1)
    comment = counter.blob("too slow")
    counter.record(e.RatingDetailed(rating_id, encounter_id, (), 1, comment, None))
    texts, counter.blobs = counter.blobs, []
    counter.push()
    assert refused(counter) == "work_missing"
    counter.blobs = texts
    counter.server.push(counter.device_id, counter.request(1))
    assert leave(counter).outcome == "released"
    sound(programme)


@on_sqlite
def test_of_a_disk_that_was_cloned_once_it_stays_exposed(
    programme: Programme, counter: Seat
) -> None:
    visit(counter)
    counter.push()
    # The twin tells another story of the same places
    lost = counter.bodies[:], counter.chain[:]
    counter.bodies, counter.chain, counter.sent = [], [], 0
    visit(counter, score=1)
    with pytest.raises(ProblemError) as fork:
        counter.push()
    assert fork.value.problem.code == "fork"
    counter.incarnation = int(fork.value.problem.detail["incarnation"])
    counter.bodies, counter.chain, counter.sent = [], [], 0
    old = msgspec.structs.replace(letter_of(counter), incarnation=1, head_seq=len(lost[1]))
    assert refused(counter, old) == "bad_signature"
    held = sum(row.remaining for row in rows(programme, t.lease))
    assert leave(counter).outcome == "released"
    assert sum(row.exposed for row in rows(programme, t.lease)) == held
    sound(programme)


def test_a_server_that_stops_half_way_goes_on_when_asked_again(
    programme: Programme, counter: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing_off, "AT_ONCE", 1)
    letter = letter_of(counter)
    step = programme.server.transactions.step
    assert step(programme.programme_id, lambda work: let_go(work, letter, KEYS))
    assert sorted(row.state for row in rows(programme, t.lease)) == ["closed", "open", "open"]
    sound(programme)
    visit(counter)
    with pytest.raises(ProblemError):  # nothing newer gets in between
        counter.push()
    assert leave(counter, letter).outcome == "released"
    assert {row.state for row in rows(programme, t.lease)} == {"closed"}
    assert len(rows(programme, t.device_act)) == 1
    sound(programme)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_two_letters_at_once_and_an_upload_between(programme: Programme, counter: Seat) -> None:
    letter = letter_of(counter)
    visit(counter)
    request = counter.request()

    def push() -> str:
        try:
            counter.server.push(counter.device_id, request)
        except ProblemError as error:
            return error.problem.code
        return "pushed"

    def go() -> str:
        try:
            return leave(counter, letter).outcome
        except ProblemError as error:
            return error.problem.code

    with ThreadPoolExecutor(3) as pool:
        pushed, *left = [pool.submit(each) for each in (push, go, go)]
        outcomes = {each.result() for each in left}
        assert (pushed.result(), outcomes) in (
            ("pushed", {"work_missing"}),
            ("revoked", {"released"}),
        )
    sound(programme)


@given(
    members=st.lists(st.integers(0, 6_000), min_size=1, max_size=4),
    spends=st.lists(st.tuples(st.integers(0, 3), st.integers(1, 5)), max_size=4),
    given_up=st.booleans(),
)
@settings(
    max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_members_have_what_they_would_have_had_it_been_handed_back(
    programme: Programme, members: list[int], spends: list[tuple[int, int]], given_up: bool
) -> None:
    with programme.work() as work:
        put_setting(work, "redemption", {"lease_min_points": 1})
    ids = [programme.member(points, home_office="PEK") for points in members]
    seat = programme.seat()
    seat.pull()
    leases = {lease.member_id: lease for lease in seat.pull().leases}
    left = dict(zip(ids, members, strict=True))
    room = {member_id: lease.points for member_id, lease in leases.items()}
    for which, part in spends:
        member_id = ids[which % len(ids)]
        points = room.get(member_id, 0) // part
        if points:
            seat.record(spend(leases[member_id], programme.reward_id, points))
            room[member_id] -= points
            left[member_id] -= points
    if seat.bodies:
        assert {d.code for d in seat.push().decisions} <= {"unknown_encounter"}
    if given_up:
        with programme.work() as work:
            writing_off.write_off(work, seat.device_id, by="W", reason="r")
    leave(seat)
    for member_id, points in left.items():
        assert balance(programme, member_id) == (points, 0)
    assert exposed(programme) == 0
    sound(programme)


# --- over the wire --------------------------------------------------------------------------------


@pytest.fixture
def client(programme: Programme) -> Iterator[Http]:
    with serving(make_app(programme.server, feed_tick_s=0.05)) as client:
        yield client


@on_sqlite
def test_the_letter_needs_no_token_and_is_no_longer_than_a_letter(
    client: Http, programme: Programme, counter: Seat
) -> None:
    body = msgspec.json.encode(letter_of(counter))
    assert client.post("/v1/leave", headers=V, content=b" " * 4_100 + body).status_code == 413
    for bad in (b"{}", b"[" * 4_096, b'{"x":' * 800):
        answer = client.post("/v1/leave", headers=V, content=bad)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
    assert left_alone(programme, counter)
    # what the installer's script looks for, to the letter
    answer = client.post("/v1/leave", headers=V, content=body)
    assert (answer.status_code, '"outcome":"released"' in answer.text) == (200, True)
    visit(counter)
    unknown = msgspec.json.encode(letter_of(counter, device_id=new_id()))
    assert client.post("/v1/leave", headers=V, content=unknown).json()["code"] == "unknown_device"
