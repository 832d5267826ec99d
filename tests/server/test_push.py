"""Uploads: exactly once, nothing dropped, nothing blocked, forks kept apart."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.domain import events as e
from app.domain.entry import Event
from sync.server.store import tables as t
from sync.server.store.engine import reading
from tests.server.conftest import Programme
from tests.server.hostile import entry
from tests.server.seats import new_id, visit


def test_a_visit_is_taken_in_once_however_often_it_comes(programme: Programme) -> None:
    seat = programme.seat()
    visit(seat)
    first = seat.push()
    assert (first.head_seq, first.decisions) == (3, [])
    seat.sent = 0
    again = seat.push()
    assert [d.decision for d in again.decisions] == ["duplicate"] * 3
    sum(programme.upkeep.publishing_office_days())
    answer = programme.seat(counter=2, kind="desk").pull()
    (figures,) = [r for r in answer.records if r.kind == "figures"]
    assert b'"encounters":1,"by_state":{"rated":1},"by_score":{"5":1}' in bytes(figures.body or b"")


def test_what_comes_days_later_counts_on_the_day_and_in_the_shift_it_was_done(
    programme: Programme,
) -> None:
    seat, shift_id = programme.seat(), new_id()
    day = at_office(programme.clock.ms)
    for _ in range(2):
        opened = e.EncounterOpened(new_id(), "search")
        ended = e.EncounterEnded(opened.encounter_id, e.EncounterOutcome.FINISHED)
        rated = e.RatingRecorded(new_id(), opened.encounter_id, 1, 5)
        for event in (opened, ended, rated):
            seat.append(entry(seat, event, shift_id=str(shift_id)))
    seat.append(entry(seat, e.ShiftClosed(shift_id, 6), shift_id=str(shift_id)))
    programme.clock.ms += 3 * 86_400_000
    visit(seat)  # of today, in no shift
    assert seat.push().decisions == []
    sum(programme.upkeep.publishing_office_days())
    records = programme.seat(counter=2, kind="desk").pull().records
    counted = {
        r.id: json.loads(bytes(r.body))["encounters"] for r in records if r.kind == "figures"
    }
    assert counted == {f"PEK {day}": 2, f"PEK {at_office(programme.clock.ms)}": 1}
    with reading(programme.server.engine) as connection:
        of_shift = sa.select(t.encounter.c.day).where(t.encounter.c.shift_id == shift_id)
        assert connection.execute(of_shift).scalars().all() == [day, day]


def at_office(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, ZoneInfo("Asia/Shanghai")).date().isoformat()


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
