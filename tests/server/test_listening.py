"""Managers' weekly lists: whom the job draws, what managers say of them, and what is done then."""

from __future__ import annotations

import json
import random
from typing import Any
from uuid import UUID

import msgspec
import pytest
import sqlalchemy as sa

from app.domain import events as e
from app.domain.acting import standing_of
from app.domain.listening import monday_of
from app.domain.listening_records import CorrectiveAction, Listening
from app.domain.office_time import local_day
from sync.server import forgetting
from sync.server.merging import merge
from sync.server.programme import NewStaff, add_counter, add_office, add_staff, put_setting
from sync.server.status import status_lines
from sync.server.store import tables as t
from sync.server.store.engine import reading, writing
from tests.server.books import codes, findings, rows, sound
from tests.server.conftest import Programme
from tests.server.seats import Seat, new_id, visit

DAY_MS = 86_400_000
ZONE = "Asia/Shanghai"


@pytest.fixture
def seat(programme: Programme) -> Seat:
    return programme.seat()


@pytest.fixture
def desk(programme: Programme) -> Seat:
    return programme.seat(counter=2, kind="desk")


def drawn(programme: Programme) -> list[Any]:
    """Whom the job has drawn, this time and before; by week, manager and place."""
    list(programme.upkeep.drawing())
    return sorted(rows(programme, t.listening), key=lambda r: (r.week, str(r.staff_id), r.place))


def told(programme: Programme, kind: type = Listening) -> list[Any]:
    found = rows(programme, t.record, kind=kind.KIND)  # type: ignore[attr-defined]
    assert {row.office_id for row in found} <= {programme.office_id}, "for its office's desks alone"
    return [msgspec.json.decode(row.body, type=kind) for row in found]


def on_list(programme: Programme, seat: Seat, n: int = 1) -> list[UUID]:
    """So many customers of a manager's list."""
    for _ in range(n):
        visit(seat, score=None, member_id=programme.member())
    assert codes(seat) == []
    return [row.listening_id for row in drawn(programme)]


def set_field(
    listening_id: UUID, field: str, value: str, *saw: UUID, text: str | None = None
) -> e.ListeningFieldSet:
    return e.ListeningFieldSet(listening_id, field, value, saw, 1, text)


def opened(desk: Seat, listening_id: UUID, what: str = "More chairs") -> UUID:
    action_id = new_id()
    desk.record(e.ActionOpened(action_id, listening_id, desk.blob(what.encode())))
    return action_id


def action_field(
    action_id: UUID, field: str, value: str, *saw: UUID, text: str | None = None
) -> e.ActionFieldSet:
    return e.ActionFieldSet(action_id, field, value, saw, text)


def spread(programme: Programme, seat: Seat) -> dict[str, UUID]:
    """One customer of each kind."""
    who = {name: programme.member() for name in ("low", "content", "silent", "regular", "lapsed")}
    for name, member_id in who.items():
        tier = "gold" if name == "regular" else "basic"
        with programme.work() as work:
            work.load_members([member_id])
            home = "PEK" if name == "lapsed" else ""
            work.update_profile(work.members[member_id], tier=tier, home_office=home)
    for name, score in (("low", 1), ("content", 4), ("silent", None), ("regular", None)):
        visit(seat, score=score, member_id=who[name])
    assert codes(seat) == []
    return who


def test_a_list_is_drawn_across_strata_once_a_week(programme: Programme, seat: Seat) -> None:
    with programme.work() as work:
        put_setting(work, "rating", {"show_member_name": True})
        put_setting(work, "listening", {"per_week": 5})
    who = spread(programme, seat)
    listed = drawn(programme)
    assert {row.stratum: row.member_id for row in listed} == who
    assert [row.place for row in listed] == [1, 2, 3, 4, 5]
    week = monday_of(local_day(programme.clock(), ZONE))
    assert {(row.staff_id, row.week) for row in listed} == {(programme.manager_id, week)}
    assert {(each.member_id, each.stratum) for each in told(programme)} == {
        (member_id, name) for name, member_id in who.items()
    }
    visit(seat, score=2, member_id=programme.member())
    seat.push()
    assert drawn(programme) == listed, "nobody is drawn again"
    assert list(programme.upkeep.drawing()) == []
    sound(programme)


def test_where_names_stay_hidden_nobody_is_listed_as_a_low_rater(
    programme: Programme, seat: Seat
) -> None:
    with programme.work() as work:
        put_setting(work, "listening", {"per_week": 5})
    spread(programme, seat)
    assert sorted(row.stratum for row in drawn(programme)) == [
        "lapsed", "rated", "rated", "regular", "silent",
    ]  # fmt: skip
    assert {each.stratum for each in told(programme)}.isdisjoint({"low", "content"})
    sound(programme)


def test_each_office_begins_its_week_on_its_own_monday(programme: Programme, seat: Seat) -> None:
    for _ in range(6):
        visit(seat, score=None, member_id=programme.member())
    seat.push()
    day = local_day(programme.clock(), ZONE)
    to_sunday_ms = (6 - day.weekday()) * DAY_MS
    programme.clock.ms += to_sunday_ms
    assert len(drawn(programme)) == 3
    midnight_ms = 16 * 3_600_000  # in Shanghai, UTC
    programme.clock.ms += (midnight_ms - programme.clock.ms) % DAY_MS - 1
    assert len(drawn(programme)) == 3
    programme.clock.ms += 1
    listed = drawn(programme)
    assert len({row.member_id for row in listed}) == 6
    assert len({row.week for row in listed}) == 2
    sound(programme)


def test_nobody_is_on_a_list_twice_until_the_time_is_over(programme: Programme, seat: Seat) -> None:
    with programme.work() as work:
        put_setting(work, "listening", {"apart_days": 14, "visited_days": 60})
        other = NewStaff("901", "Chen", ("duty_manager",), programme.office_id, "$argon2id$")
        add_staff(work, other)
    people = [programme.member() for _ in range(4)]
    for member_id in people:
        visit(seat, score=None, member_id=member_id)
    seat.push()
    assert sorted(row.member_id for row in drawn(programme)) == sorted(people), "3 and 1"
    programme.clock.ms += 7 * DAY_MS
    assert len(drawn(programme)) == 4, "nobody is left"
    programme.clock.ms += 7 * DAY_MS
    assert len(drawn(programme)) == 8, "14 days later they may be asked again"
    sound(programme)


def test_who_has_no_phone_works_here_or_was_merged_away_is_on_no_list(
    programme: Programme, seat: Seat
) -> None:
    silent, own, alias, kept = (programme.member() for _ in range(4))
    with programme.work() as work:
        work.load_members([silent])
        work.update_profile(work.members[silent], phone="")
        add_staff(
            work,
            NewStaff("103", "Own", ("clerk",), programme.office_id, "$argon2id$", member_id=own),
        )
    for member_id in (silent, own, alias, kept):
        visit(seat, score=None, member_id=member_id)
    seat.push()
    with programme.work() as work:
        merge(work, programme.server.keys, alias, kept, reason="one", recorded_by="op")
    assert [row.member_id for row in drawn(programme)] == [kept]
    sound(programme)


def test_a_manager_who_comes_later_gets_a_list_and_turned_off_nobody_does(
    programme: Programme, seat: Seat
) -> None:
    with programme.work() as work:
        put_setting(work, "listening", {"per_week": 0})
    for _ in range(4):
        visit(seat, score=None, member_id=programme.member())
    seat.push()
    assert drawn(programme) == []
    with programme.work() as work:
        put_setting(work, "listening", {"per_week": 2})
    first = drawn(programme)
    assert len(first) == 2
    with programme.work() as work:
        roles = ("clerk", "duty_manager")
        add_staff(work, NewStaff("901", "Chen", roles, programme.office_id, "$argon2id$"))
        add_staff(work, NewStaff("902", "Gao", ("clerk",), programme.office_id, "$argon2id$"))
    listed = drawn(programme)
    assert len({row.member_id for row in listed}) == 4
    assert {row.listening_id for row in first} < {row.listening_id for row in listed}
    sound(programme)


def test_what_a_manager_says_reaches_the_desks_field_by_field(
    programme: Programme, seat: Seat, desk: Seat
) -> None:
    [listening_id] = on_list(programme, seat)
    other = programme.seat(counter=2, kind="desk")  # the same manager's
    other.record(set_field(listening_id, "outcome", "not_reached"))
    events = (
        set_field(listening_id, "outcome", "reached"),
        set_field(listening_id, "topic", "waiting"),
        set_field(listening_id, "heard", "", text=desk.blob("等太久".encode())),
    )
    programme.clock.ms += 1000
    assert codes(desk, *events) == []
    assert codes(other) == []
    [record] = told(programme)
    assert [(each.field, each.value, each.text) for each in record.said[:1]] == [
        ("outcome", "not_reached", "")
    ]
    assert {(each.field, each.value, each.text) for each in record.said[1:]} == {
        ("outcome", "reached", ""), ("topic", "waiting", ""), ("heard", "", "等太久"),
    }  # fmt: skip
    assert {each.staff_id for each in record.said} == {programme.manager_id}
    desk.sent = 0
    assert {each.code for each in desk.push().decisions} <= {""}, "twice is once"
    assert told(programme) == [record]
    assert "listening" in {row.kind for row in desk.pull().records}
    assert "listening" not in {row.kind for row in seat.pull().records}, "counters hear nothing"
    sound(programme)


def test_status_tells_how_far_each_office_is(programme: Programme, seat: Seat, desk: Seat) -> None:
    ids = on_list(programme, seat, 3)
    opened(desk, ids[0])
    assert codes(desk, set_field(ids[0], "outcome", "reached")) == []
    assert codes(desk, set_field(ids[0], "outcome", "declined")) == []
    with reading(programme.server.engine) as connection:
        lines = list(status_lines(connection))
    week = monday_of(local_day(programme.clock(), ZONE))
    assert f"customers listened to at PEK, {week}\t1 of 3" in lines
    assert "actions open\t1" in lines


def test_nobody_speaks_of_anothers_list(programme: Programme, seat: Seat, desk: Seat) -> None:
    [listening_id] = on_list(programme, seat)
    with programme.work() as work:
        other_id = add_staff(
            work, NewStaff("901", "Chen", ("duty_manager",), programme.office_id, "$argon2id$")
        )
        office_id = add_office(work, code="SHA", name="Shanghai", time_zone=ZONE)
        counter_id = add_counter(work, office_id=office_id, label="D")
        far = NewStaff("950", "Far", ("duty_manager",), office_id, "$argon2id$")
        far_id = add_staff(work, far)
    reached = set_field(listening_id, "outcome", "reached")
    desk.staff_id = other_id
    assert codes(desk, reached, e.ContactShown(listening_id)) == ["not_own_listening"] * 2
    opened(desk, listening_id)
    assert codes(desk) == ["not_own_listening"]
    desk.staff_id = programme.clerk_id
    assert codes(desk, reached) == ["not_manager"]
    desk.staff_id = programme.manager_id
    assert codes(desk, set_field(new_id(), "outcome", "reached")) == ["unknown_listening"]
    assert codes(desk, set_field(listening_id, "outcome", "perhaps")) == ["bad_field"]
    assert codes(desk, set_field(listening_id, "heard", "", text="ff" * 32)) == ["blob_missing"]
    programme.counter_ids.append(counter_id)
    elsewhere = programme.seat(counter=3, kind="desk")
    elsewhere.staff_id = far_id
    assert codes(elsewhere, reached) == ["wrong_office"]
    assert rows(programme, t.listening_said) == []
    assert rows(programme, t.look_up) == []
    sound(programme)


def test_a_number_that_was_shown_stands_among_the_look_ups(
    programme: Programme, seat: Seat, desk: Seat
) -> None:
    [listening_id] = on_list(programme, seat)
    assert codes(desk, e.ContactShown(listening_id)) == []
    [look] = rows(programme, t.look_up)
    [listed] = rows(programme, t.listening)
    assert (look.staff_id, look.outcome) == (programme.manager_id, "shown")
    assert look.member_ids == str(listed.member_id)


def test_an_action_goes_from_opened_to_what_it_did(
    programme: Programme, seat: Seat, desk: Seat
) -> None:
    [listening_id] = on_list(programme, seat)
    action_id = opened(desk, listening_id, "More chairs")
    desk.record(
        action_field(action_id, "owner", str(programme.clerk_id)),
        action_field(action_id, "check_on", "2026-12-07"),
    )
    assert codes(desk) == []
    [record] = told(programme, CorrectiveAction)
    assert (record.what, record.staff_id) == ("More chairs", programme.manager_id)
    [row] = rows(programme, t.corrective_action)
    assert (row.state, row.owner_id, row.check_on) == ("open", programme.clerk_id, "2026-12-07")
    programme.clock.ms += 1000
    why = desk.blob("未送到".encode())
    date = next(each.entry_id for each in record.said if each.field == "check_on")
    assert (
        codes(
            desk,
            action_field(action_id, "result", "not_done", text=why),
            action_field(action_id, "check_on", "2026-12-14", date),
        )
        == []
    )
    [row] = rows(programme, t.corrective_action)
    assert (row.state, row.check_on) == ("open", "2026-12-14")
    [record] = told(programme, CorrectiveAction)
    assert "未送到" in {each.text for each in record.said}
    seen = next(each.entry_id for each in record.said if each.field == "result")
    programme.clock.ms += 1000
    assert codes(desk, action_field(action_id, "result", "effective", seen)) == []
    assert rows(programme, t.corrective_action)[0].state == "effective"
    assert len(told(programme, CorrectiveAction)[0].said) == 5, "all of it is kept"
    sound(programme)


@pytest.mark.parametrize("at_a_time", [1, 700])
def test_an_action_that_isnt_there_or_says_nonsense(
    programme: Programme, seat: Seat, desk: Seat, at_a_time: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.server.deciding._PART", at_a_time)
    [listening_id] = on_list(programme, seat)
    action_id = opened(desk, listening_id)
    desk.record(
        action_field(new_id(), "check_on", "2026-12-07"),
        action_field(action_id, "owner", str(new_id())),
        action_field(action_id, "check_on", "soon"),
        action_field(action_id, "owner", str(programme.manager_id)),
        e.ActionOpened(action_id, listening_id, desk.blob(b"again")),
    )
    assert codes(desk) == ["unknown_action", "unknown_owner", "bad_field", "action_known"]
    [row] = rows(programme, t.corrective_action)
    assert row.owner_id == programme.manager_id
    sound(programme)


def erased(programme: Programme, member_id: UUID) -> None:
    with reading(programme.server.engine) as connection:
        held = forgetting.gather(connection, programme.programme_id, member_id)
    with programme.work() as work:
        forgetting.erase(work, held)


def spoken(programme: Programme, seat: Seat, desk: Seat) -> UUID:
    """A conversation and an action, both with words; returns the member."""
    [listening_id] = on_list(programme, seat)
    action_id = opened(desk, listening_id, "给张伟加座")
    heard = desk.blob("张伟等太久".encode())
    why = desk.blob("张伟没来".encode())
    assert (
        codes(
            desk,
            set_field(listening_id, "heard", "", text=heard),
            action_field(action_id, "result", "not_done", text=why),
        )
        == []
    )
    assert "张伟" in str(told(programme)) + str(told(programme, CorrectiveAction))
    member_id: UUID = rows(programme, t.listening)[0].member_id
    return member_id


def without_words(programme: Programme) -> None:
    [listening], [action] = told(programme), told(programme, CorrectiveAction)
    assert {each.text for each in (*listening.said, *action.said)} == {""}
    assert action.what == ""
    said = rows(programme, t.listening_said)
    hashes = [row.text_hash for row in said] + [
        action.what_hash for action in rows(programme, t.corrective_action)
    ]
    assert [b for each in hashes if each for b in rows(programme, t.blob, commitment=each)] == []


def test_words_go_with_the_member(programme: Programme, seat: Seat, desk: Seat) -> None:
    member_id = spoken(programme, seat, desk)
    with reading(programme.server.engine) as connection:
        copy = forgetting.copy_of(connection, programme.programme_id, member_id)
    assert len(copy["listened_to"]) == 1
    assert "张伟等太久" in copy["texts"].values()
    erased(programme, member_id)
    without_words(programme)
    sound(programme)


def test_words_go_after_their_time(programme: Programme, seat: Seat, desk: Seat) -> None:
    spoken(programme, seat, desk)
    programme.clock.ms += 729 * DAY_MS
    list(programme.upkeep.tidying())
    assert "张伟" in str(told(programme))
    programme.clock.ms += 2 * DAY_MS
    list(programme.upkeep.tidying())
    without_words(programme)
    assert list(programme.upkeep.tidying()) == [], "once"
    sound(programme)


@pytest.mark.parametrize(
    ("table", "change", "finding"),
    [
        (t.listening, {"member_id": UUID(int=5)}, "its lot isn't its member's"),
        (t.listening, {"stratum": "low"}, "isn't drawn from the strata in turn"),
        (t.listening, {"place": 2}, "isn't drawn from the strata in turn"),
        (t.listening_draw, {"frame": json.dumps({"rated": 1, "silent": 0})}, "in turn"),
        (t.listening_draw, {"week": "2020-01-06"}, "whom nobody drew"),
        (t.corrective_action, {"state": "effective"}, "its entries make it open"),
        (t.corrective_action, {"check_on": "2027-01-01"}, "its entries make it open"),
        (t.listening_said, {"value": "2027-01-01"}, "its entry says otherwise"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_audit_finds_what_was_changed_by_hand(
    programme: Programme,
    seat: Seat,
    desk: Seat,
    table: sa.Table,
    change: dict[str, Any],
    finding: str,
) -> None:
    [listening_id] = on_list(programme, seat)
    action_id = opened(desk, listening_id)
    assert codes(desk, action_field(action_id, "check_on", "2026-12-07")) == []
    sound(programme)
    with writing(programme.server.engine) as connection:
        connection.execute(sa.update(table).values(**change))
    assert any(finding in line for line in findings(programme)), findings(programme)


def test_the_audit_finds_a_customer_who_was_on_two_lists(programme: Programme, seat: Seat) -> None:
    on_list(programme, seat, 1)
    programme.clock.ms += 7 * DAY_MS
    with programme.work() as work:
        put_setting(work, "listening", {"apart_days": 1})
    drawn(programme)
    sound(programme)
    with writing(programme.server.engine) as connection:
        connection.execute(sa.update(t.listening_draw).values(version=1))
        connection.execute(
            sa.update(t.setting_version)
            .where(t.setting_version.c.name == "listening")
            .values(value=json.dumps({"apart_days": 30}))
        )
    assert any("was on a list of" in line for line in findings(programme))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_desks_apart_come_to_one_in_whatever_order_and_however_often_they_send(
    programme: Programme, seat: Seat
) -> None:
    """What two desks of one manager and one of another's say, uploaded in turns and twice."""
    [listening_id] = on_list(programme, seat)
    source = random.Random(7)
    desks = [programme.seat(counter=2, kind="desk") for _ in range(3)]
    action_id = opened(desks[0], listening_id)
    desks[0].push()
    seen: dict[int, list[tuple[str, UUID]]] = {0: [], 1: [], 2: []}
    wanted = []
    for _ in range(30):
        which = source.randrange(3)
        programme.clock.ms += source.randrange(-500, 2_000)  # clocks are wrong, too
        field, value = source.choice(
            [("result", "effective"), ("result", "not_done"), ("check_on", "2027-01-01")]
        )
        known = [i for name, i in seen[which] if name == field]
        saw = tuple(source.sample(known, source.randrange(len(known) + 1)))
        event_id = new_id()
        event = action_field(action_id, field, value, *saw)
        desks[which].append(desks[which].body(event, event_id=event_id))
        seen[which].append((field, event_id))
        wanted.append(event_id)
        if source.random() < 0.3:
            sender = desks[source.randrange(3)]
            if source.random() < 0.3:
                sender.sent = 0
            if sender.sent < len(sender.bodies):
                sender.push()
        if source.random() < 0.3:
            other = source.randrange(3)
            seen[other] = sorted({*seen[other], *seen[which]}, key=str)
    for each in filter(lambda each: each.bodies, desks):
        each.sent = 0
        each.push()
    [record] = told(programme, CorrectiveAction)
    assert {each.entry_id for each in record.said} == set(wanted)
    assert [each.at_ms for each in record.said] == sorted(each.at_ms for each in record.said)
    [row] = rows(programme, t.corrective_action)
    folded = standing_of(sorted(record.said, key=lambda each: each.entry_id.bytes))
    assert (row.state, row.check_on) == (folded.state, folded.check_on)
    sound(programme)
