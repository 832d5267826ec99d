"""Lost entries that are known, or come after all, by copies sent ahead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from app.domain import events as e
from sync.protocol.messages import Stub
from sync.server import filling
from sync.server.reading import read_copy
from sync.server.store import tables as t
from sync.server.work import Work
from tests.server.books import posted, rows, sound
from tests.server.conftest import Programme, new_id
from tests.server.lost import broken, earn, open_items, push, sign
from tests.server.seats import visit


@pytest.mark.parametrize("copy_first", [True, False])
def test_a_copy_that_travelled_ahead_fills_the_place(
    programme: Programme, copy_first: bool
) -> None:
    seat = programme.seat()
    encounter_id, _ = visit(seat, score=None)
    body = seat.record(e.RatingRecorded(new_id(), encounter_id, 1, 1))[0]
    if copy_first:
        assert seat.urgent(body).decision == "accepted"
        assert push(seat, broken(seat, {3})) == [(3, "duplicate", "")]
    else:
        assert push(seat, broken(seat, {3})) == [(3, "exception", "unreadable")]
        assert seat.urgent(body).decision == "accepted"
    assert open_items(programme) == []
    assert len(rows(programme, t.service_case)) == len(rows(programme, t.rating)) == 1
    assert [r.score for r in rows(programme, t.encounter)] == [1]
    assert all(r.raw for r in rows(programme, t.entry))
    assert seat.urgent(body).decision == "duplicate"
    sound(programme)


def test_a_redemption_that_fills_its_place_tries_nothing_again(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A customer waits for its answer, and nothing waits for the intent."""
    seat, member_id = programme.seat(), programme.member(5_000)
    seat.record(
        e.RedemptionRequested(
            new_id(), new_id(), member_id, programme.reward_id, 1000,
            e.Proof.CARD, e.CustomerYes.PANEL,
        )
    )  # fmt: skip
    for _ in range(3):
        visit(seat)
    push(seat, broken(seat, {1, 2, 5}))
    look = filling._open_exceptions
    looked: list[Any] = []

    def count(work: Work, ids: Sequence[Any]) -> dict[Any, Any]:
        looked.extend(ids)
        return look(work, ids)

    monkeypatch.setattr(filling, "_open_exceptions", count)
    assert seat.urgent(seat.bodies[0]).decision == "accepted"
    assert looked == [read_copy(seat.bodies[0]).event_id]
    assert ("RedemptionRequested", "unreadable") not in open_items(programme)
    assert posted(programme, member_id) == 4_000
    sound(programme)


def test_a_rating_that_fills_its_place_tries_what_was_said_with_it_again(
    programme: Programme,
) -> None:
    seat, rating_id = programme.seat(), new_id()
    encounter_id, _ = visit(seat, score=None)
    body = seat.record(e.RatingRecorded(rating_id, encounter_id, 1, 1))[0]
    seat.record(e.RatingDetailed(rating_id, encounter_id, ("attitude",), 1, None, None))
    assert push(seat, broken(seat, {3})) == [
        (3, "exception", "unreadable"),
        (4, "exception", "unknown_rating"),
    ]
    seat.urgent(body)
    assert open_items(programme) == []
    sound(programme)


def test_a_new_incarnation_knows_it_by_its_copy(programme: Programme) -> None:
    """Encoded anew it would have another hash; the device signed the copy, and names its event."""
    seat = programme.seat()
    encounter_id, _ = visit(seat, score=None)
    body = seat.record(e.RatingRecorded(new_id(), encounter_id, 1, 2))[0]
    seat.urgent(body)
    event_id = read_copy(body).event_id
    newer = replace(seat, incarnation=2, bodies=[], chain=[], sent=0)
    for old in seat.bodies[:2]:
        copy = read_copy(old)
        newer.append(newer.body(copy.event, event_id=copy.event_id))
    newer.append(b"null")
    request = newer.request()
    stub = Stub(3, event_id, newer.chain[2], "RatingRecorded", 1)
    request = sign(newer, msgspec.structs.replace(request, stubs=[stub]))
    assert push(newer, request) == [(3, "duplicate", "")]
    assert [r.score for r in rows(programme, t.encounter)] == [2]
    assert len(rows(programme, t.rating)) == 1
    sound(programme)


def test_a_text_that_comes_after_all_is_what_its_entry_waited_for(programme: Programme) -> None:
    """A copy of the disk brings it; the entries themselves had come without."""
    seat, member_id = programme.seat(), new_id()
    encounter_id, _ = visit(seat)
    profile = seat.blob({"name": "李娜", "phone": "13800000001"})
    seat.record(
        e.MemberJoined(encounter_id, member_id, "CA777", profile),
        e.MemberIdentified(encounter_id, member_id, e.Proof.CARD),
    )
    earn(seat, member_id, encounter_id)
    whole = seat.request()
    textless = msgspec.structs.replace(whole, blobs=[])
    assert {code for _, _, code in push(seat, textless)} == {"blob_missing", "unknown_member"}
    assert {decision for _, decision, _ in push(seat, textless)} == {"duplicate"}
    assert len(open_items(programme)) == 3
    push(seat, whole)
    assert open_items(programme) == []
    assert {r.decision for r in rows(programme, t.entry)} == {"accepted"}
    assert [r.name for r in rows(programme, t.member) if r.member_id == member_id] == ["李娜"]
    assert posted(programme, member_id) == 100
    push(seat, whole)
    assert posted(programme, member_id) == 100
    sound(programme)


def test_a_text_that_a_manager_gave_up_waiting_for_changes_nothing(programme: Programme) -> None:
    seat, desk, member_id = programme.seat(), programme.seat(counter=2, kind="desk"), new_id()
    encounter_id, _ = visit(seat)
    profile = seat.blob({"name": "李娜"})
    seat.record(e.MemberJoined(encounter_id, member_id, "CA777", profile))
    whole = seat.request()
    push(seat, msgspec.structs.replace(whole, blobs=[]))
    [item] = rows(programme, t.exception_item)
    assert desk.push(e.ExceptionSettled(item.exception_id, "noted", None)).decisions == []
    push(seat, whole)
    assert [r for r in rows(programme, t.member) if r.member_id == member_id] == []
    sound(programme)
