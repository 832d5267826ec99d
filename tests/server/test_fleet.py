"""What devices say of themselves, who is told of it, and who may do what about a device."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid4

import pytest

from app.domain.fleet import AWAY_MS, Condition, FleetDevice, Trouble, worst_first
from app.ports.online import FleetVerdict
from sync.client.outcome import Refusal, Why
from sync.client.told_fleet import act_told, fleet_told
from sync.protocol.framing import decode, encode
from sync.protocol.told import (
    ConditionRequest,
    FleetActAnswer,
    FleetActRequest,
    FleetAnswer,
    FleetRequest,
)
from sync.server import fleet_at_desk
from sync.server.cli import main
from sync.server.fleet import devices_of
from sync.server.problems import ProblemError
from sync.server.programme import NewStaff, add_office, add_staff
from sync.server.settings import write_configuration
from sync.server.store import tables as t
from sync.server.store.engine import reading
from tests.server.books import rows, sound
from tests.server.conftest import Programme
from tests.server.seats import Seat, new_id

NOW = 10**12
GOOD = Condition("1.0", "Linux")


def device(label: str, condition: Condition = GOOD, **more: Any) -> FleetDevice:
    fields: dict[str, Any] = {"last_ms": NOW, "said_ms": NOW, "is_shut_out": False, **more}
    return FleetDevice(uuid4(), "PEK", label, "counter", condition=condition, **fields)


def test_what_is_wrong_stands_first() -> None:
    stuck = device("A", replace(GOOD, unsent=1, oldest_unsent_ms=3_600_001))
    fresh = device("B", replace(GOOD, unsent=9, oldest_unsent_ms=60_000))
    away = device("C", last_ms=NOW - AWAY_MS - 1)
    never = device("D", last_ms=NOW - 2 * AWAY_MS, said_ms=None)
    ill = device("E", replace(GOOD, doctor_worst="error", free_mb=10, offset_ms=-120_001))
    gone = device("F", is_shut_out=True)
    found = worst_first([gone, fresh, ill, never, away, stuck], NOW)
    assert [each.counter_label for each in found] == ["A", "C", "D", "E", "B", "F"]
    assert ill.troubles(NOW) == (Trouble.DOCTOR, Trouble.DISK, Trouble.CLOCK)
    assert fresh.troubles(NOW) == ()
    # what waited when it spoke last waits on
    assert fresh.troubles(NOW + 3_600_000) == (Trouble.STUCK,)


@pytest.fixture
def desk(programme: Programme) -> Seat:
    return programme.seat(counter=2, kind="desk")


def say(seat: Seat, **more: Any) -> None:
    seat.server.note_condition(seat.device_id, ConditionRequest("1.0", "Linux 6.1", **more))


def told(desk: Seat, staff_id: UUID | None) -> FleetAnswer:
    return desk.server.fleet(desk.device_id, FleetRequest(staff_id or new_id(), new_id()))


def act(
    desk: Seat,
    what: Literal["revoke", "release"],
    of: UUID,
    staff_id: UUID | None,
    reason: str = "left on a train",
) -> FleetActAnswer:
    request = FleetActRequest(what, of, staff_id or new_id(), new_id(), reason)
    return desk.server.act_on_device(desk.device_id, request)


def test_one_row_a_device_and_what_is_too_long_is_cut(programme: Programme, desk: Seat) -> None:
    seat = programme.seat()
    say(seat, unsent=3, oldest_unsent_ms=5_000, doctor_worst="nonsense")
    seat.server.note_condition(
        seat.device_id,
        ConditionRequest(
            "v" * 500, "a\x1b[2J\nb", free_mb=7, offset_ms=-5, doctor_worst="error",
            doctor_codes=tuple(f"code {n}" for n in range(99)),
        ),
    )  # fmt: skip
    (row,) = rows(programme, t.condition)
    assert (row.unsent, row.free_mb, row.offset_ms, row.doctor_worst) == (0, 7, -5, "error")
    assert len(row.version) == 80
    assert row.system == "a [2J b"
    assert len(row.doctor_codes.split()) == 20
    for wrong in ({"unsent": -1}, {"free_mb": 2**60}, {"offset_ms": -(2**60)}):
        with pytest.raises(ProblemError):
            say(seat, **wrong)


def test_a_manager_is_told_of_their_office_an_administrator_of_all(
    programme: Programme, desk: Seat
) -> None:
    seat = programme.seat()
    say(seat, unsent=3, oldest_unsent_ms=5_000)
    with programme.work() as work:
        elsewhere = add_office(work, code="SHA", name="Shanghai", time_zone="Asia/Shanghai")
        admin = add_staff(work, NewStaff("1", "Wu", ("administrator",), elsewhere, "$argon2id$"))
        far = add_staff(work, NewStaff("2", "Xu", ("duty_manager",), elsewhere, "$argon2id$"))
        work.connection.execute(
            t.device.update().where(t.device.c.device_id == seat.device_id)
            .values(office_id=elsewhere)
        )  # fmt: skip
    assert [each.counter_label for each in told(desk, programme.manager_id).devices] == ["D"]
    everywhere = told(desk, admin)
    assert {(each.office_code, each.counter_label) for each in everywhere.devices} == {
        ("PEK", "D"),
        ("SHA", "A1"),
    }
    (there,) = [each for each in everywhere.devices if each.office_code == "SHA"]
    assert (there.condition.unsent, there.condition.system) == (3, "Linux 6.1")
    for who in (programme.clerk_id, far, None):
        with pytest.raises(ProblemError):
            told(desk, who)
    with pytest.raises(ProblemError):
        told(seat, programme.manager_id)
    with pytest.raises(ProblemError):  # nor may the office's manager do anything about it
        act(desk, "revoke", seat.device_id, programme.manager_id)
    act(desk, "revoke", seat.device_id, admin)


def test_who_shuts_a_device_out_stands_with_why(programme: Programme, desk: Seat) -> None:
    seat = programme.seat()
    for who, reason in (
        (programme.clerk_id, "x"), (programme.manager_id, " "), (programme.manager_id, "x" * 201),
    ):  # fmt: skip
        with pytest.raises(ProblemError):
            act(desk, "revoke", seat.device_id, who, reason)
    for of in (desk.device_id, new_id()):
        with pytest.raises(ProblemError):
            act(desk, "revoke", of, programme.manager_id)
    assert rows(programme, t.device_act) == []
    act(desk, "revoke", seat.device_id, programme.manager_id)
    (row,) = rows(programme, t.device_act)
    assert (row.act, row.device_id, row.staff_id) == (
        "revoke",
        seat.device_id,
        programme.manager_id,
    )
    assert row.reason == "left on a train"
    with pytest.raises(ProblemError) as refused:
        seat.pull()
    assert refused.value.problem.code == "revoked"
    shown = told(desk, programme.manager_id).devices
    assert [each.is_shut_out for each in shown] == [False, True]


def test_what_a_lost_device_holds_is_given_up_by_whoever_says_why(
    programme: Programme, desk: Seat
) -> None:
    seat = programme.seat()
    for _ in range(3):
        programme.member(4_000, home_office="PEK")
    seat.pull()
    seat.pull()
    held = told(desk, programme.manager_id).devices
    assert max(each.leases for each in held) == 3
    done = act(desk, "release", seat.device_id, programme.manager_id)
    assert (done.leases, done.points) == (3, sum(each.leased_points for each in held))
    assert [row.act for row in rows(programme, t.device_act)] == ["release"]
    why = json.loads(next(r.why for r in rows(programme, t.ledger_txn, kind="lease_write_off")))
    assert why == {"by": "Wang Min (900)", "reason": "left on a train"}
    sound(programme)


def test_a_stolen_desk_shuts_no_programme_out(
    programme: Programme, desk: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet_at_desk, "MOST_ACTS", 2)
    with programme.work() as work:
        admin = add_staff(
            work, NewStaff("1", "Wu", ("administrator",), programme.office_id, "$argon2id$")
        )
    seats = [programme.seat(counter=number % 2) for number in range(4)]
    for seat in seats[:2]:
        act(desk, "revoke", seat.device_id, admin)
        act(desk, "release", seat.device_id, admin)
    for what in ("revoke", "release"):
        with pytest.raises(ProblemError) as refused:
            act(desk, what, seats[2].device_id, admin)
        assert refused.value.problem.code == "too_many_acts"
    seats[2].pull()
    act(desk, "release", seats[1].device_id, admin)  # goes on with what was begun
    assert len(rows(programme, t.device_act)) == 5
    other = programme.seat(counter=2, kind="desk")
    act(other, "revoke", seats[2].device_id, programme.manager_id)
    programme.clock.ms += 86_400_000
    act(desk, "revoke", seats[3].device_id, programme.manager_id)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_operators_table(
    programme: Programme, database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seat = programme.seat()
    say(seat, unsent=2, oldest_unsent_ms=7_200_000, doctor_worst="error", doctor_codes=("dns",))
    data = ["--data", str(tmp_path)]
    write_configuration(tmp_path, database_url=database_url)
    with reading(programme.server.engine) as connection:
        assert len(devices_of(connection, programme.programme_id)) == 1
    assert main([*data, "fleet"]) == 0
    heads, line = capsys.readouterr().out.splitlines()
    found = dict(zip(heads.split(), line.split(), strict=True))
    assert found["PLACE"] == "PEK/A1"
    assert found["DOCTOR"] == "error:dns"
    assert main([*data, "fleet", "--json", "--stale", "--office", "PEK"]) == 0
    (parsed,) = json.loads(capsys.readouterr().out)
    assert (parsed["place"], parsed["condition"]["unsent"]) == ("PEK/A1", 2)
    assert main([*data, "fleet", "--office", "XXX"]) == 1


def test_what_a_desk_reads_is_what_the_server_knows(programme: Programme, desk: Seat) -> None:
    seat = programme.seat()
    say(seat, unsent=3, oldest_unsent_ms=5_000, doctor_worst="error", doctor_codes=("dns", "disk"))
    answer = told(desk, programme.manager_id)
    read = fleet_told(decode(encode(answer), FleetAnswer))
    with reading(programme.server.engine) as connection:
        known = devices_of(connection, programme.programme_id)
    assert sorted(read.devices, key=lambda each: each.place) == sorted(
        known, key=lambda each: each.place
    )
    assert fleet_told("timeout") == FleetVerdict("unreachable", "timeout")
    assert act_told(Refusal(Why.REFUSED, "forbidden")).outcome == "refused"
    assert act_told(Refusal(Why.SERVER_ERROR, "internal")).outcome == "unreachable"
