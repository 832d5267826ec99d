"""What devices send that they should not, and what comes late, twice or in another order."""

from __future__ import annotations

import msgspec
import pytest
import sqlalchemy as sa

from app.domain import events as e
from app.domain.entry import Event
from sync.protocol.messages import Blob, PushRequest
from sync.server.problems import ProblemError
from sync.server.store import tables as t
from tests.server.books import findings
from tests.server.conftest import Programme
from tests.server.seats import Seat, new_id, visit


def codes(seat: Seat, *events: Event) -> list[str]:
    return [d.code or d.decision for d in seat.push(*events).decisions]


HOSTILE = [
    b"{}",
    b"5",
    b'"text"',
    b'{"type":"EncounterOpened"}',
    b'{"payload":{"x":"\\u0000"}}',
    b'{"x":"' + b"y" * 20_000 + b'"}',
    b'{"x":' + b"[" * 4_000 + b"]" * 4_000 + b"}",
]


def test_nothing_hostile_is_dropped_and_nothing_behind_it_waits(programme: Programme) -> None:
    seat = programme.seat()
    for body in HOSTILE:
        seat.append(body)
    seat.append(seat.body(e.EncounterOpened(new_id(), "x"), seq=99))
    encounter_id, _ = visit(seat)
    seat.record(
        e.AccrualRecorded(
            new_id(), encounter_id, programme.member(), 2**60, e.AccrualSource.AMOUNT,
            None, None, None, 1, "",
        ),
        e.RatingRecorded(new_id(), new_id(), 1, 3),
        e.RatingRecorded(new_id(), encounter_id, 1, 9),
    )  # fmt: skip
    answer = seat.push()
    decided = {d.seq: d.code for d in answer.decisions}
    assert decided == {
        **dict.fromkeys(range(1, 9), "malformed"),
        12: "malformed",
        13: "unknown_encounter",
        14: "bad_score",
    }
    desk = programme.seat(counter=2, kind="desk")
    assert len([r for r in desk.pull().records if r.kind == "exception"]) == 11
    assert findings(programme) == []


def test_a_gap_says_where_to_go_on(programme: Programme) -> None:
    seat = programme.seat()
    visit(seat)
    with pytest.raises(ProblemError) as error:
        seat.server.push(seat.device_id, seat.request(2))
    assert error.value.problem.code == "chain_gap"
    assert error.value.problem.detail["head_seq"] == 0


def test_another_signature_is_refused_whole(programme: Programme) -> None:
    seat, other = programme.seat(), programme.seat(counter=1)
    visit(seat)
    request = msgspec.structs.replace(seat.request(), signature=other.key.sign(b"x"))
    with pytest.raises(ProblemError) as error:
        seat.server.push(seat.device_id, request)
    assert error.value.problem.code == "bad_signature"
    assert seat.push().decisions == []


def test_a_chain_that_does_not_fit_is_refused_whole(programme: Programme) -> None:
    """What goes on from another past is signed by the right key, and yet joins on to nothing."""
    seat = programme.seat()
    visit(seat)
    seat.push()
    other_past = Seat(seat.server, seat.clock, seat.device_id, seat.key, seat.staff_id)
    visit(other_past)
    encounter_id, _ = visit(other_past)
    with pytest.raises(ProblemError) as error:
        other_past.server.push(other_past.device_id, other_past.request(4))
    assert error.value.problem.code == "bad_signature"
    visit(seat)
    assert (seat.push().head_seq, findings(programme)) == (6, [])
    assert codes(seat, e.EncounterResumed(encounter_id)) == ["unknown_encounter"]


def test_entries_out_of_their_order_are_exceptions(programme: Programme) -> None:
    seat = programme.seat()
    first, second = (seat.body(e.EncounterOpened(new_id(), "x"), seq=n) for n in (2, 1))
    third = seat.body(e.EncounterOpened(new_id(), "x"), seq=3)
    for body in (first, second, third, third):
        seat.append(body)
    visit(seat)
    decisions = {d.seq: (d.decision, d.code) for d in seat.push().decisions}
    assert decisions == dict.fromkeys((1, 2, 4), ("exception", "malformed"))
    assert findings(programme) == []


def test_a_rolled_back_device_goes_on_under_a_new_incarnation(programme: Programme) -> None:
    seat = programme.seat()
    visit(seat)
    seat.push()
    clone = Seat(seat.server, seat.clock, seat.device_id, seat.key, seat.staff_id)
    encounter_id, rating_id = visit(clone)
    with pytest.raises(ProblemError) as error:
        clone.push()
    assert error.value.problem.code == "fork"
    assert error.value.problem.detail["incarnation"] == 2
    with pytest.raises(ProblemError) as error:  # its answer was lost: it is told the same again
        clone.push()
    assert error.value.problem.detail["incarnation"] == 2
    desk = programme.seat(counter=2, kind="desk")
    waiting = [r for r in desk.pull().records if r.kind == "exception"]
    assert len(waiting) == 3
    offered = [msgspec.json.decode(body) for body in clone.bodies]
    again = Seat(seat.server, seat.clock, seat.device_id, seat.key, seat.staff_id, incarnation=2)
    events: tuple[Event, ...] = (
        e.EncounterOpened(encounter_id, "search"),
        e.EncounterEnded(encounter_id, e.EncounterOutcome.FINISHED),
        e.RatingRecorded(rating_id, encounter_id, 1, 5),
    )
    for event, old in zip(events, offered, strict=True):
        again.append(again.body(event, event_id=msgspec.convert(old["event_id"], type(rating_id))))
    assert again.push().decisions == []
    settled = [r for r in desk.pull().records if r.kind == "exception"]
    assert len(settled) == 3
    assert all(b'"settled"' in bytes(r.body) for r in settled)
    assert findings(programme) == []


def test_an_event_posts_once_in_whatever_incarnation(programme: Programme) -> None:
    member_id = programme.member()
    seat = programme.seat()
    encounter_id, _ = visit(seat, member_id=member_id)
    event_id = new_id()
    earned = e.AccrualRecorded(
        new_id(), encounter_id, member_id, 500, e.AccrualSource.AMOUNT, None, None, None, 1, ""
    )
    seat.append(seat.body(earned, event_id=event_id))
    seat.append(seat.body(earned, event_id=event_id))
    seat.append(
        seat.body(e.EncounterResumed(encounter_id), event_id=event_id)  # another, with its id
    )
    assert codes(seat) == ["duplicate", "conflict"]
    (row,) = programme.seat(counter=2, kind="desk").pull().members
    assert row.posted_points == 500


def test_a_blob_that_is_another_is_missed(programme: Programme) -> None:
    seat = programme.seat()
    encounter_id, _ = visit(seat)
    good = seat.blob({"phone": "13900000000"})
    seat.blobs[-1] = Blob(good, seat.blobs[-1].salt, b'{"phone":"666"}')
    member_id = programme.member()
    assert codes(seat, e.ContactUpdated(encounter_id, member_id, good)) == ["blob_missing"]


def test_a_low_rating_is_one_case_however_it_comes(programme: Programme) -> None:
    seat, desk = programme.seat(), programme.seat(counter=2, kind="desk")
    alarms: list[bytes] = []
    programme.server.transactions.after_commit.append(
        lambda changed: alarms.extend(case for _, case in changed.alarms)
    )
    encounter_id, rating_id = visit(seat, score=1)
    body = seat.bodies[-1]
    assert seat.urgent(body).decision == "accepted"  # before its encounter is known
    assert seat.urgent(body).decision == "duplicate"
    assert [d.decision for d in seat.push().decisions] == ["duplicate"]
    comment = seat.blob(b"too slow")
    seat.push(
        e.RatingDetailed(rating_id, encounter_id, ("attitude",), 1, comment, e.CallWish.NOW),
        e.RatingRecorded(rating_id, encounter_id, 2, 4),
    )
    (case,) = [r for r in desk.pull().records if r.kind == "case"]
    document = msgspec.json.decode(bytes(case.body))
    assert (document["score"], document["comment"], document["call"]) == (4, "too slow", "now")
    assert document["member_name"] == ""
    assert len(alarms) == 2  # the face, and the call
    assert findings(programme) == []


def test_a_provisional_rating_of_an_unknown_encounter_keeps_its_case(programme: Programme) -> None:
    seat, desk = programme.seat(), programme.seat(counter=2, kind="desk")
    (body,) = seat.record(e.RatingRecorded(new_id(), new_id(), 1, 2))
    seat.urgent(body)
    assert codes(seat) == ["unknown_encounter"]
    kinds = sorted(r.kind for r in desk.pull().records if r.kind in ("case", "exception"))
    assert kinds == ["case", "exception"]
    assert findings(programme) == []


@pytest.mark.parametrize(
    ("table", "change", "says"),
    [
        (t.posting, {"amount": t.posting.c.amount + 1}, "ledger_txn"),
        (t.balance, {"posted": t.balance.c.posted + 1}, "balance"),
        (t.lot, {"remaining": t.lot.c.remaining - 1}, "lot"),
        (t.lease, {"remaining": t.lease.c.remaining - 1}, "lease"),
        (t.entry, {"raw": b"{}"}, "entry"),
        (t.chain, {"signature": b"x" * 64}, "chain"),
        (t.entry, {"decision": ""}, "entry"),
        (t.blob, {"content": b"other"}, "blob"),
        (t.service_case, {"origin": "matter", "case_id": new_id()}, "rating"),
        (t.encounter, {"rating_state": "declined"}, "record figures"),
        (t.encounter, {"flags": "repeat"}, "record figures"),
        (t.encounter, {"day": "2026-01-01"}, "day_sum"),
        (t.exception_item, {"exception_id": new_id()}, "entry"),
        (t.redemption, {"points": t.redemption.c.points + 1}, "redemption"),
        (t.ledger_txn, {"kind": "accrual", "ref_id": new_id()}, "accrual"),
    ],
)
def test_the_audit_finds_what_was_altered_by_hand(
    programme: Programme, table: sa.Table, change: dict[str, object], says: str
) -> None:
    member_id = programme.member(8000, home_office="PEK")
    seat = programme.seat()
    seat.pull()
    encounter_id, rating_id = visit(seat, score=1, member_id=member_id)
    body = seat.record(
        e.RedemptionRequested(
            new_id(), encounter_id, member_id, programme.reward_id, 1000,
            e.Proof.CARD, e.CustomerYes.PANEL,
        )
    )[0]  # fmt: skip
    seat.urgent(body)
    seat.push(
        e.RatingDetailed(rating_id, encounter_id, (), 1, seat.blob(b"x"), None),
        e.RatingRecorded(new_id(), new_id(), 1, 3),
    )
    list(programme.upkeep.publishing_office_days())
    assert findings(programme) == []
    with programme.server.engine.begin() as connection:
        key = next(c for c in table.primary_key if c.name != "programme_id")
        first = connection.execute(sa.select(key).limit(1)).scalar_one()
        where = key == first
        if table is t.ledger_txn:
            kinds = sa.select(t.ledger_txn.c.txn_id).limit(2)
            ids = [row.txn_id for row in connection.execute(kinds)]
            where = t.ledger_txn.c.txn_id.in_(ids)
        connection.execute(table.update().where(where).values(**change))
    assert any(line.startswith(says) for line in findings(programme))


def test_an_upload_is_bounded(programme: Programme) -> None:
    seat = programme.seat()
    visit(seat)
    request = seat.request()
    long = msgspec.structs.replace(request, entries=list(request.entries) * 1000)
    with pytest.raises(ProblemError) as error:
        seat.server.push(seat.device_id, long)
    assert error.value.problem.code == "too_large"
    empty = PushRequest(1, 1, [], [], b"")
    with pytest.raises(ProblemError) as error:
        seat.server.push(seat.device_id, empty)
    assert error.value.problem.code == "bad_request"
