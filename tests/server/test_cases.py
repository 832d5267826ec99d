"""Cases as managers at several desks bring them further, and what desks are told of it."""

from __future__ import annotations

from uuid import UUID

import msgspec
import pytest

from app.domain import events as e
from app.domain.case_facts import standing
from app.domain.records import Case
from sync.server.store import tables as t
from tests.server.books import rows, sound
from tests.server.conftest import Programme, new_id
from tests.server.seats import Seat, visit


def _desk(programme: Programme) -> Seat:
    return programme.seat(counter=2, kind="desk")


def _told(programme: Programme, case_id: UUID) -> Case:
    [row] = rows(programme, t.record, kind="case", id=str(case_id))
    return msgspec.json.decode(row.body, type=Case)


def _low(programme: Programme) -> UUID:
    seat = programme.seat()
    _, case_id = visit(seat, score=1)
    seat.push()
    return case_id


def _codes(desk: Seat, *events: e.CaseAdvanced | e.CaseClosed | e.CaseReopened) -> list[str]:
    return [decision.code for decision in desk.push(*events).decisions]


def test_desks_are_told_each_step_with_its_person_and_time(programme: Programme) -> None:
    case_id, desk = _low(programme), _desk(programme)
    begun_ms = programme.clock.ms
    desk.record(e.CaseAcknowledged(case_id))
    for stage in ("arrived", "investigating", "offered", "told"):
        programme.clock.ms += 60_000
        desk.record(e.CaseAdvanced(case_id, stage))
    programme.clock.ms += 60_000
    assert _codes(desk, e.CaseClosed(case_id, "resolved")) == []
    case = _told(programme, case_id)
    assert (case.state, case.stage, case.outcome) == ("closed", "told", "resolved")
    assert [(step.kind, (step.at_ms - begun_ms) // 60_000) for step in case.steps] == [
        ("acknowledged", 0),
        ("arrived", 1),
        ("investigating", 2),
        ("offered", 3),
        ("told", 4),
        ("closed", 5),
    ]
    assert {step.staff_name for step in case.steps} == {case.acknowledged_by}
    assert case.acknowledged_by
    sound(programme)


def test_stages_are_passed_over_and_nothing_goes_back(programme: Programme) -> None:
    case_id, desk, other = _low(programme), _desk(programme), _desk(programme)
    assert _codes(desk, e.CaseAdvanced(case_id, "offered")) == []
    assert _told(programme, case_id).acknowledged_ms is not None
    late = [e.CaseAdvanced(case_id, stage) for stage in ("arrived", "offered", "closed", "")]
    assert _codes(other, *late) == ["bad_stage", "bad_stage"]
    assert _told(programme, case_id).stage == "offered"
    assert _codes(desk, e.CaseClosed(case_id, "unable")) == []
    assert _codes(other, e.CaseAdvanced(case_id, "told")) == ["case_closed"]
    steps = sorted(step.kind for step in _told(programme, case_id).steps)
    assert steps == ["arrived", "closed", "offered", "offered"]
    sound(programme)


def test_a_closed_case_goes_on_once(programme: Programme) -> None:
    case_id, desk, other = _low(programme), _desk(programme), _desk(programme)
    assert _codes(desk, e.CaseReopened(case_id)) == ["case_open"]
    assert _codes(desk, e.CaseClosed(case_id, "unable")) == []
    assert _codes(desk, e.CaseReopened(case_id)) == []
    assert _codes(other, e.CaseReopened(case_id)) == ["case_open"]
    case = _told(programme, case_id)
    assert (case.state, case.stage, case.closed_ms, case.outcome) == ("acknowledged", "", None, "")
    assert [step.kind for step in case.steps] == ["closed", "reopened"]
    assert _codes(other, e.CaseClosed(case_id, "resolved")) == []
    sound(programme)


@pytest.mark.parametrize("is_another_open", [False, True])
def test_a_matter_is_mentioned_beside_its_member_while_it_is_open(
    programme: Programme, is_another_open: bool
) -> None:
    member_id, seat, desk = programme.member(), programme.seat(), _desk(programme)
    encounter_id, _ = visit(seat, member_id=member_id)

    def opened(number: str) -> UUID:
        matter_id = new_id()
        seat.push(
            e.MatterOpened(
                matter_id, encounter_id, member_id, number, "bag", "desk", 1, seat.blob(b"x")
            )
        )
        return matter_id

    def mentioned() -> str:
        [row] = rows(programme, t.member, member_id=member_id)
        text: str = row.open_matter
        return text

    matter_id = opened("PEK-1")
    assert mentioned() == "PEK-1 bag"
    assert _codes(desk, e.CaseClosed(matter_id, "resolved")) == []
    assert mentioned() == ""
    if is_another_open:
        opened("PEK-2")
    assert _codes(desk, e.CaseReopened(matter_id)) == []
    assert mentioned() == ("PEK-2 bag" if is_another_open else "PEK-1 bag")
    sound(programme)


def test_what_two_desks_say_apart_stands_side_by_side(programme: Programme) -> None:
    case_id, desk, other = _low(programme), _desk(programme), _desk(programme)

    def says(of: Seat, field: str, value: str, *saw: UUID) -> UUID:
        [body] = of.record(e.CaseFieldSet(case_id, field, value, saw, 0))
        return UUID(msgspec.json.decode(body)["event_id"])

    first = says(desk, "severity", "low")
    programme.clock.ms += 1_000
    second = says(other, "severity", "high")
    says(other, "cause", "of_an_older_list")
    assert other.push().decisions == []
    assert desk.push().decisions == []
    case = _told(programme, case_id)
    assert [fact.value for fact in standing(case, "severity")] == ["high", "low"]
    assert [fact.value for fact in standing(case, "cause")] == ["of_an_older_list"]
    assert {fact.staff_name for fact in case.facts} != {""}
    says(desk, "severity", "low", first, second)
    assert _codes(desk, e.CaseClosed(case_id, "resolved")) == []
    says(desk, "satisfied", "yes")  # which is learnt afterwards
    assert desk.push().decisions == []
    case = _told(programme, case_id)
    assert [fact.value for fact in standing(case, "severity")] == ["low"]
    assert len(case.facts) == 5
    sound(programme)


def test_a_field_that_there_isnt_is_refused(programme: Programme) -> None:
    case_id, desk = _low(programme), _desk(programme)
    bad = e.CaseFieldSet(case_id, "cause", "She was rude", (), 1)
    unknown = e.CaseFieldSet(new_id(), "severity", "low", (), 0)
    codes = [decision.code for decision in desk.push(bad, unknown).decisions]
    assert codes == ["bad_field", "unknown_case"]
    assert _told(programme, case_id).facts == ()


def test_fields_with_points_and_without_come_in_one_upload(programme: Programme) -> None:
    case_id, desk = _low(programme), _desk(programme)
    given = e.CaseFieldSet(case_id, "remedy", "goodwill", (), 0, new_id())
    desk.record(e.CaseFieldSet(case_id, "severity", "high", (), 0, None), given)
    assert not desk.push().decisions
    facts = _told(programme, case_id).facts
    assert {fact.field: fact.adjustment_id for fact in facts} == {
        "severity": None,
        "remedy": given.adjustment_id,
    }


def test_what_desks_did_before_the_server_heard_of_the_case_counts_when_it_does(
    programme: Programme,
) -> None:
    """The counter told them over the office's network; whoever came first stays the first."""
    seat, desk, other = programme.seat(), _desk(programme), _desk(programme)
    _, case_id = visit(seat, score=1)
    unrelated: list[e.CaseAcknowledged | e.CaseAdvanced] = [e.CaseAcknowledged(new_id())]
    early = [*unrelated, e.CaseAcknowledged(case_id), e.CaseAdvanced(case_id, "arrived")]
    text = e.CaseNoted(case_id, desk.blob(b"They waited"))
    codes = [d.code for d in desk.push(*early, text).decisions]
    assert codes == ["unknown_case"] * 4
    assert [d.code for d in other.push(e.CaseAcknowledged(case_id)).decisions] == ["unknown_case"]
    assert seat.urgent(seat.bodies[-1]).decision == "accepted"
    seat.push()
    case = _told(programme, case_id)
    assert [step.kind for step in case.steps] == ["acknowledged", "arrived"]
    assert [note.text for note in case.notes] == ["They waited"]
    waiting = [(r.entry_type, r.code) for r in rows(programme, t.exception_item, state="open")]
    assert sorted(waiting) == [
        ("CaseAcknowledged", "case_taken"),
        ("CaseAcknowledged", "unknown_case"),
    ]
    sound(programme)
