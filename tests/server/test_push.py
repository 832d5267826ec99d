"""Uploads: exactly once, nothing dropped, nothing blocked, forks kept apart."""

from __future__ import annotations

import json
from uuid import UUID

from app.domain import events as e
from app.domain.entry import Event
from tests.server.conftest import Programme
from tests.server.seats import new_id, visit


def test_a_visit_is_taken_in_once_however_often_it_comes(programme: Programme) -> None:
    seat = programme.seat()
    visit(seat)
    first = seat.push()
    assert (first.head_seq, first.decisions) == (3, [])
    seat.sent = 0
    again = seat.push()
    assert [d.decision for d in again.decisions] == ["duplicate"] * 3
    programme.server.publish_office_days()
    answer = programme.seat(counter=2, kind="desk").pull()
    (figures,) = [r for r in answer.records if r.kind == "figures"]
    assert b'"encounters":1,"by_state":{"rated":1},"by_score":{"5":1}' in bytes(figures.body or b"")


def test_online_redemption_posts_once(programme: Programme) -> None:
    member_id = programme.member(3000)
    seat = programme.seat()
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    intent = e.RedemptionRequested(
        new_id(), encounter_id, member_id, programme.reward_id, 1000,
        e.Proof.CARD, e.CustomerYes.PANEL,
    )  # fmt: skip
    body = seat.record(intent)[0]
    answer = seat.urgent(body)
    assert (answer.decision, answer.available_points) == ("accepted", 2000)
    again = seat.urgent(body)
    assert (again.decision, again.available_points) == ("duplicate", 2000)
    pushed = seat.push()
    assert [(d.seq, d.decision) for d in pushed.decisions] == [(4, "duplicate")]


def test_a_refused_rating_that_comes_again_in_a_new_chain_is_not_decided_again(
    programme: Programme,
) -> None:
    seat = programme.seat()
    encounter_id, _ = visit(seat)
    second = e.RatingRecorded(new_id(), encounter_id, 1, 2)
    detail = e.RatingDetailed(second.rating_id, encounter_id, (), 1, None, e.CallWish.NOW)
    events: list[Event] = [second, detail]
    first = seat.push(*events)
    assert [d.code for d in first.decisions] == ["already_rated", "unknown_rating"]
    ids = [UUID(json.loads(body)["event_id"]) for body in seat.bodies[-2:]]
    seat.incarnation, seat.bodies, seat.chain, seat.sent = 2, [], [], 0
    for event, event_id in zip(events, ids, strict=True):
        seat.append(seat.body(event, event_id=event_id))
    again = seat.push()
    assert [d.decision for d in again.decisions] == ["duplicate", "duplicate"]
