"""Members are followed after low ratings once a day; desks get sums, and no counter does."""

from __future__ import annotations

from uuid import UUID

import msgspec
import pytest
import sqlalchemy as sa

from app.domain import events as e
from app.domain.records import Recovery, RecoveryGroup
from sync.server import recovery
from sync.server.merging import merge
from sync.server.programme import put_setting
from sync.server.store import tables as t
from tests.server.books import codes, findings, rows
from tests.server.conftest import Programme
from tests.server.seats import Seat, new_id, visit

DAY_MS = 86_400_000


def followed(programme: Programme) -> dict[str, RecoveryGroup]:
    """The groups as they were told last, after a look."""
    for _ in programme.upkeep.following():
        pass
    (row,) = rows(programme, t.record, kind="recovery")
    found = msgspec.json.decode(row.body, type=Recovery)
    return {group.name: group for group in found.groups}


def close(programme: Programme, desk: Seat, score: int = 1, outcome: str = "resolved") -> None:
    """The one case that is open is taken and closed."""
    (case,) = (row for row in rows(programme, t.service_case) if row.state == "new")
    events = (e.CaseAcknowledged(case.case_id), e.CaseClosed(case.case_id, outcome))
    assert codes(desk, *events) == []


def came(seat: Seat, member_id: UUID, score: int | None) -> None:
    visit(seat, score=score, member_id=member_id)
    assert codes(seat) == []


@pytest.fixture
def world(programme: Programme) -> tuple[Programme, Seat, Seat]:
    with programme.work() as work:
        put_setting(work, "figures", {"recovery_days": 10})
    return programme, programme.seat(), programme.seat(counter=2, kind="desk")


def test_each_group_is_followed_for_as_many_days(world: tuple[Programme, Seat, Seat]) -> None:
    programme, seat, desk = world
    resolved, unable, content = (programme.member() for _ in range(3))
    came(seat, resolved, 1)
    close(programme, desk)
    came(seat, unable, 2)
    close(programme, desk, outcome="unable")
    came(seat, content, 5)
    programme.clock.ms += 4 * DAY_MS
    came(seat, resolved, 5)
    came(seat, content, None)
    programme.clock.ms += 3 * DAY_MS
    assert {each.members for each in followed(programme).values()} == {0}, "not followed yet"
    programme.clock.ms += 5 * DAY_MS
    assert followed(programme) == {
        "recovered": RecoveryGroup("recovered", 1, 1, 0, 1, 1),
        "unrecovered": RecoveryGroup("unrecovered", 1, 0, 0, 0, 0),
        "others": RecoveryGroup("others", 1, 1, 0, 0, 0),
    }
    assert list(programme.upkeep.following()) == [], "once a day"
    assert findings(programme) == []


def test_merged_records_are_one_member(world: tuple[Programme, Seat, Seat]) -> None:
    programme, seat, desk = world
    old, new = programme.member(), programme.member()
    came(seat, old, 1)
    close(programme, desk)
    programme.clock.ms += 2 * DAY_MS
    came(seat, new, 4)
    with programme.work() as work:
        keys = programme.server.keys
        merge(work, keys, old, new, reason="one person", recorded_by="op")
    programme.clock.ms += 12 * DAY_MS
    found = followed(programme)
    assert found["recovered"] == RecoveryGroup("recovered", 1, 1, 0, 1, 1)
    assert found["others"].members == 0


def test_sums_go_to_the_offices_desks_alone(world: tuple[Programme, Seat, Seat]) -> None:
    programme, seat, desk = world
    member_id = programme.member()
    came(seat, member_id, 1)
    followed(programme)

    def told(to: Seat) -> list[bytes]:
        return [bytes(each.body) for each in to.pull().records if each.kind == "recovery"]

    (body,) = told(desk)
    assert str(member_id).encode() not in body
    assert told(seat) == []


def test_the_draw_is_the_same_every_day_and_bounded(
    world: tuple[Programme, Seat, Seat], monkeypatch: pytest.MonkeyPatch
) -> None:
    programme, seat, _ = world
    monkeypatch.setattr(recovery, "MOST_MEMBERS", 3)
    for _ in range(6):
        came(seat, programme.member(), 5)
    programme.clock.ms += 12 * DAY_MS
    assert followed(programme)["others"].members == 3


def test_flagged_ratings_make_nobody_dissatisfied(world: tuple[Programme, Seat, Seat]) -> None:
    programme, seat, _ = world
    member_id, encounter_id = programme.member(), new_id()
    seat.record(
        e.EncounterOpened(encounter_id, "search"),
        e.MemberIdentified(encounter_id, member_id, e.Proof.CARD),
        e.EncounterEnded(encounter_id, e.EncounterOutcome.FINISHED),
        e.RatingRecorded(new_id(), encounter_id, 1, 1, ("repeat",)),
    )
    assert codes(seat) == []
    programme.clock.ms += 12 * DAY_MS
    found = followed(programme)
    assert (found["unrecovered"].members, found["others"].members) == (0, 1)


def altered(programme: Programme, old: bytes, new: bytes) -> list[str]:
    """What the audit says once an office's document was altered by hand, and put back."""
    (row,) = rows(programme, t.record, kind="recovery")
    assert old in row.body
    is_it = (t.record.c.kind == "recovery") & (t.record.c.id == row.id)
    with programme.server.engine.begin() as connection:
        connection.execute(
            sa.update(t.record).where(is_it).values(body=row.body.replace(old, new, 1))
        )
    found = [each for each in findings(programme) if each.startswith("record recovery")]
    with programme.server.engine.begin() as connection:
        connection.execute(sa.update(t.record).where(is_it).values(body=row.body))
    return found


def test_the_audit_counts_again_what_was_followed(world: tuple[Programme, Seat, Seat]) -> None:
    programme, seat, desk = world
    low, content = programme.member(), programme.member()
    came(seat, low, 1)
    came(seat, content, 5)
    programme.clock.ms += 3 * DAY_MS
    came(seat, content, 4)
    programme.clock.ms += 9 * DAY_MS
    assert followed(programme)["others"] == RecoveryGroup("others", 1, 1, 0, 1, 1)
    list(programme.upkeep.publishing_office_days())
    assert findings(programme) == []
    assert altered(programme, b'"again":1', b'"again":0') == [
        "record recovery PEK: others: 1 members, 0 again, 0 redeemed, 1 rated, 1 good can't be"
    ]
    assert altered(programme, b'"members":1', b'"members":2') == [
        "record recovery PEK: unrecovered: 2 members, 0 again, 0 redeemed, 0 rated, 0 good,"
        " counted 1 members, 0 again, 0 redeemed, 0 rated, 0 good"
    ]
    assert altered(programme, b'"days":10', b'"days":11') != []
    assert altered(programme, b'"recovered"', b'"restored"') != []
    close(programme, desk)
    list(programme.upkeep.publishing_office_days())
    assert findings(programme) == [], "what came since is the next count's"
